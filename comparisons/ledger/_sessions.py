"""The tables of benchmark sessions and of the runs that belong to them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from comparisons.ledger import _rows
from comparisons.records import OVER, End, Ending, Placed, Session, State

SESSION = "id, at, name, plan, identity, simulated, live, owner, facts, ending, ending_figures"

PLANNED = "json_extract((SELECT data FROM events WHERE job = jobs.id ORDER BY seq LIMIT 1), '$.session') IS NOT NULL"
"""SQL: true for a job that was made from a plan, false for one that a person added by hand."""
UNFINISHED = (
    "EXISTS (SELECT 1 FROM session_runs JOIN jobs ON jobs.run = session_runs.run"
    f" WHERE session = sessions.id AND state NOT IN ({_rows.texts(OVER)}))"
)
"""SQL: true for a session that has a job that is not over."""


@dataclass(frozen=True)
class Head:
    """A session in a list, with three counts: the jobs of its plan, those that are over, and those delivered."""

    session: Session
    planned: int
    over: int
    delivered: int


def add(db: sqlite3.Connection, session: Session) -> None:
    row = (
        session.id, session.at, session.owner, _rows.storable(session.name), session.identity,
        _rows.storable(session.plan), session.simulated, session.live, json.dumps(dict(session.facts)),
    )  # fmt: skip
    db.execute(
        "INSERT INTO sessions (id, at, owner, name, identity, plan, simulated, live, facts)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        row,
    )


def rewrite(db: sqlite3.Connection, session: Session) -> None:
    db.execute(
        "UPDATE sessions SET plan = ?, facts = ? WHERE id = ?",
        (_rows.storable(session.plan), json.dumps(dict(session.facts)), session.id),
    )
    reopen(db, session.id)


def reopen(db: sqlite3.Connection, session_id: str) -> None:
    """Records that a session goes on, unless a person stopped it."""
    db.execute(
        "UPDATE sessions SET ending = NULL, ending_figures = '{}' WHERE id = ? AND ending IS NOT ?",
        (session_id, End.STOPPED),
    )


def end(db: sqlite3.Connection, session_id: str, ending: Ending) -> None:
    db.execute(
        "UPDATE sessions SET ending = ?, ending_figures = ? WHERE id = ? AND ending IS NULL",
        (ending.how, json.dumps(ending.to_json()), session_id),
    )


def stop(db: sqlite3.Connection, session_id: str) -> None:
    db.execute(
        f"UPDATE sessions SET ending = ?, ending_figures = '{{}}' WHERE id = ? AND (ending IS NULL OR {UNFINISHED})",
        (End.STOPPED, session_id),
    )


def place(db: sqlite3.Connection, session_id: str, placed: Placed) -> None:
    """Records that a run belongs to a session."""
    db.execute(
        "INSERT INTO session_runs (session, request, repeat, warm_up, run) VALUES (?, ?, ?, ?, ?)",
        (session_id, placed.request, placed.repeat, placed.warm_up, placed.run.id),
    )


def of_identity(db: sqlite3.Connection, identity: str, owner: str) -> str | None:
    row = db.execute("SELECT id FROM sessions WHERE owner = ? AND identity = ?", (owner, identity)).fetchone()
    return None if row is None else str(row[0])


def is_last(db: sqlite3.Connection, run: str) -> bool:
    """Whether a run is the only one that is left of a session."""
    row = db.execute(
        "SELECT count(*) FROM session_runs JOIN runs ON runs.id = run"
        " WHERE session = (SELECT session FROM session_runs WHERE run = ?)",
        (run,),
    ).fetchone()
    return int(row[0]) == 1


def delete_of(db: sqlite3.Connection, run: str) -> None:
    """Deletes the session that a run belongs to, with its plan, which holds the prompts of all of its runs."""
    (session,) = db.execute("SELECT session FROM session_runs WHERE run = ?", (run,)).fetchone()
    db.execute("DELETE FROM session_runs WHERE session = ?", (session,))
    db.execute("DELETE FROM sessions WHERE id = ?", (session,))


def ended(db: sqlite3.Connection, session_id: str) -> End | None:
    row = db.execute("SELECT ending FROM sessions WHERE id = ?", (session_id,)).fetchone()
    return None if row is None or row[0] is None else End(row[0])


def whole(db: sqlite3.Connection, session_id: str) -> Session | None:
    """A session with all its runs."""
    row = db.execute(f"SELECT {SESSION} FROM sessions WHERE id = ?", (session_id,)).fetchone()
    if row is None:
        return None
    noted = db.execute("SELECT count(*) FROM session_runs WHERE session = ?", (session_id,)).fetchone()[0]
    runs = _placed(db, session_id)
    return replace(_session(row), runs=tuple(runs), deleted=noted - len(runs))


def heads(db: sqlite3.Connection, owner: str | None, limit: int) -> list[Head]:
    """The latest sessions first, with counts instead of runs."""
    mine = "" if owner is None else "WHERE owner = :owner "
    rows = db.execute(
        f"SELECT {SESSION} FROM sessions {mine}ORDER BY at DESC, id LIMIT :limit", {"owner": owner, "limit": limit}
    ).fetchall()
    return [Head(_session(row), *_counts(db, row[0])) for row in rows]


def _counts(db: sqlite3.Connection, session_id: str) -> tuple[int, int, int]:
    over = f"sum(state IN ({_rows.texts(OVER)}))"
    cells = (  # where a job was tried again, only the last one counts
        "SELECT state, max(position) FROM session_runs JOIN jobs ON jobs.run = session_runs.run"
        f" WHERE session = ? AND {PLANNED} GROUP BY jobs.run, variant"
    )
    row = db.execute(
        f"SELECT count(*), coalesce({over}, 0), coalesce(sum(state = '{State.DELIVERED}'), 0) FROM ({cells})",
        (session_id,),
    ).fetchone()
    return int(row[0]), int(row[1]), int(row[2])


def unended(db: sqlite3.Connection) -> list[str]:
    """The sessions to which runs may still be added, or that have a job that is not over; oldest first."""
    rows = db.execute(f"SELECT id FROM sessions WHERE ending IS NULL OR {UNFINISHED} ORDER BY at, id")
    return [str(session) for (session,) in rows]


def _session(row: Sequence[Any]) -> Session:
    session_id, at, name, plan, identity, simulated, live, owner, facts, how, figures = row
    ending = None if how is None else Ending.from_json(how, json.loads(figures))
    return Session(session_id, at, name, plan, identity, bool(simulated), bool(live), owner, json.loads(facts), ending)


def _placed(db: sqlite3.Connection, session_id: str) -> list[Placed]:
    columns = ", ".join(f"runs.{name}" for name in _rows.RUN.split(", "))
    rows = db.execute(
        f"SELECT request, repeat, warm_up, {columns} FROM session_runs JOIN runs ON runs.id = run"
        " WHERE session = ? ORDER BY warm_up DESC, repeat, request",
        (session_id,),
    ).fetchall()
    return [Placed(request, repeat, _rows.run(db, row), bool(warm_up)) for request, repeat, warm_up, *row in rows]
