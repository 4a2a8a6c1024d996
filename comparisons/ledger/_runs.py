"""Queries about runs and their jobs, and about who owns them."""

from __future__ import annotations

import sqlite3

from comparisons.ledger import _rows
from comparisons.records import OVER, WITHOUT_ID, EventKind, Job, Run, State

JOBS = "SELECT jobs.id, run, position, plan FROM jobs JOIN runs ON runs.id = run"
OLDEST_FIRST = "ORDER BY at, run, position"


def run(db: sqlite3.Connection, run_id: str) -> Run | None:
    """A run with all its jobs, or None if there is no such run."""
    row = db.execute(f"SELECT {_rows.RUN} FROM runs WHERE id = ?", (run_id,)).fetchone()
    return None if row is None else _rows.run(db, row)


def latest(db: sqlite3.Connection, limit: int, offset: int, owner: str | None) -> list[Run]:
    """The latest runs first; of one owner, if named."""
    mine = "" if owner is None else "WHERE owner = :owner "
    rows = db.execute(
        f"SELECT {_rows.RUN} FROM runs {mine}ORDER BY at DESC LIMIT :limit OFFSET :offset",
        {"owner": owner, "limit": limit, "offset": offset},
    ).fetchall()
    return [_rows.run(db, row) for row in rows]


def jobs(db: sqlite3.Connection) -> list[Job]:
    """Every job, oldest run first."""
    return _rows.jobs(db, db.execute(f"{JOBS} {OLDEST_FIRST}").fetchall())


def under_way(db: sqlite3.Connection, owner: str | None) -> list[tuple[str, str]]:
    """The run and the id of each job that is not over; of one owner, if named."""
    mine = "" if owner is None else " AND owner = ?"
    return db.execute(
        f"SELECT run, jobs.id FROM jobs JOIN runs ON runs.id = run WHERE state NOT IN ({_rows.texts(OVER)}){mine}",
        () if owner is None else (owner,),
    ).fetchall()


def uncertain(db: sqlite3.Connection, owner: str | None) -> list[Job]:
    """The uncertain jobs, oldest first; of one owner, if named."""
    mine = "" if owner is None else " AND owner = :owner"
    asked = f"{JOBS} WHERE state = '{State.UNCERTAIN}'{mine} {OLDEST_FIRST}"
    return _rows.jobs(db, db.execute(asked, {"owner": owner}).fetchall())


def without_id(db: sqlite3.Connection, provider: str) -> list[Job]:
    """As ``Ledger.without_id``."""
    said = f"SELECT 1 FROM events WHERE job = jobs.id AND kind = '{EventKind.NOT_CHARGED}'"
    rows = db.execute(
        "SELECT id, run, position, plan FROM jobs WHERE provider = ? AND"
        f" (state IN ({_rows.texts(WITHOUT_ID)}) OR (state = '{State.REJECTED}' AND EXISTS ({said})))",
        (provider,),
    ).fetchall()
    return _rows.jobs(db, rows)


def planned_live(db: sqlite3.Connection) -> list[Job]:
    """The live jobs that are still planned: nothing of them was sent yet."""
    chosen = "SELECT id, run, position, plan FROM jobs WHERE state = ? AND json_extract(plan, '$.live')"
    return _rows.jobs(db, db.execute(chosen, (State.PLANNED,)).fetchall())


def owner_of(db: sqlite3.Connection, query: str, id_: str) -> str | None:
    """The owner that a query finds for an id; None if it finds no row."""
    row = db.execute(query, (id_,)).fetchone()
    return None if row is None else str(row[0])
