"""How many takes visitors have under way or waiting, and started lately."""

from __future__ import annotations

import sqlite3
from collections import Counter

from comparisons.ledger import _rows
from comparisons.records import OVER, EventKind, State

Takes = Counter[tuple[str, bool]]
"""How many takes there are, by owner and whether they are live."""
LIVE = "coalesce(json_extract(plan, '$.live'), 0)"


def under_way(db: sqlite3.Connection) -> Takes:
    """The visitors' takes that are not over."""
    rows = db.execute(
        f"SELECT owner, {LIVE}, count(*) FROM jobs JOIN runs ON runs.id = run"
        f" WHERE state NOT IN ({_rows.texts(OVER)}) AND owner != '' GROUP BY 1, 2",
    )
    return _counted(rows)


def since(db: sqlite3.Connection, at: float) -> Takes:
    """The visitors' takes that were planned at or after a time, in runs of any age, deleted ones included.

    A deleted take counts as simulated if it was not recorded whether it was live.
    """
    rows = db.execute(
        f"SELECT owner, {LIVE}, count(*) FROM events JOIN jobs ON jobs.id = job JOIN runs ON runs.id = run"
        f" WHERE kind = '{EventKind.PLANNED}' AND events.at >= :at AND owner != '' GROUP BY 1, 2"
        " UNION ALL SELECT owner, coalesce(live, 0), count(DISTINCT job) FROM deleted_jobs"
        " WHERE at >= :at AND owner != '' GROUP BY 1, 2",
        {"at": at},
    )
    return _counted(rows)


def waiting_in_sandbox(db: sqlite3.Connection) -> list[tuple[str, str]]:
    """The sandbox's jobs for which nothing was sent yet, with their owners, in the order in which they were planned."""
    rows = db.execute(
        f"SELECT jobs.id, owner FROM jobs JOIN runs ON runs.id = run WHERE state = '{State.PLANNED}' AND NOT {LIVE}"
        " ORDER BY jobs.rowid"
    )
    return [(str(job), str(owner)) for job, owner in rows]


def _counted(rows: sqlite3.Cursor) -> Takes:
    counted: Takes = Counter()
    for owner, live, count in rows:
        counted[owner, bool(live)] += count
    return counted
