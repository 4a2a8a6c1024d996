"""The table of votes. A vote stays when the run that it was about is deleted."""

from __future__ import annotations

import json
import sqlite3

from comparisons.records import EventKind, Pool, State, Vote

COLUMNS = ("id", "at", "owner", "run", "simulated", "pool", "kind", "shown", "verdict", "looked_s", "watched", "layout",
           "surface")  # fmt: skip
AS_JSON = ("shown", "verdict", "watched", "layout")
"""The columns that hold JSON."""
HAS_SOUND = (
    "(SELECT json_extract(data, '$.result.media.audio') FROM events"
    f" WHERE job = jobs.id AND state IS NOT NULL AND kind = '{EventKind.DELIVERED}')"
)
"""SQL: whether a job's clip has sound."""


def add(db: sqlite3.Connection, vote: Vote) -> None:
    data = vote.to_json()
    row = [json.dumps(data[name]) if name in AS_JSON else data[name] for name in COLUMNS]
    db.execute(f"INSERT INTO votes ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})", row)


def votes(db: sqlite3.Connection, owner: str | None) -> list[Vote]:
    """Oldest first; of one person, if named."""
    mine = "" if owner is None else " WHERE owner = :owner"
    rows = db.execute(f"SELECT {', '.join(COLUMNS)} FROM votes{mine} ORDER BY at, id", {"owner": owner})
    return [_vote(dict(zip(COLUMNS, row, strict=True))) for row in rows]


def trim(db: sqlite3.Connection, most: int) -> None:
    """Deletes visitors' votes until ``most`` are left: the oldest votes of the visitors who have cast most."""
    theirs = [count for (count,) in db.execute("SELECT count(*) FROM votes WHERE owner != '' GROUP BY owner")]
    each = max(theirs, default=0)
    while sum(min(count, each) for count in theirs) > most:
        each = each * 3 // 4
    if theirs and each < max(theirs):
        numbered = "SELECT id, row_number() OVER (PARTITION BY owner ORDER BY at DESC, id) AS place FROM votes"
        db.execute(
            f"DELETE FROM votes WHERE id IN (SELECT id FROM ({numbered} WHERE owner != '') WHERE place > ?)", (each,)
        )


def _vote(row: dict[str, object]) -> Vote:
    read = {name: json.loads(str(row[name])) for name in AS_JSON}
    return Vote.from_json({**row, **read, "simulated": bool(row["simulated"])})


def judged(db: sqlite3.Connection, run: str, owner: str) -> list[frozenset[str]]:
    """The ids of the jobs of each ballot about a run that a person has voted on."""
    rows = db.execute("SELECT shown FROM votes WHERE run = ? AND owner = ?", (run, owner))
    return [frozenset(each["job"] for each in json.loads(shown)) for (shown,) in rows]


def compared(db: sqlite3.Connection, simulated: bool) -> dict[tuple[Pool, str], int]:
    """In how many votes, whoever cast them, each variant was shown in each pool."""
    rows = db.execute(
        "SELECT pool, json_extract(take.value, '$.variant'), count(*) FROM votes, json_each(shown) AS take"
        " WHERE simulated = ? GROUP BY 1, 2",
        (simulated,),
    )
    return {(pool, variant): count for pool, variant, count in rows}


def to_judge(db: sqlite3.Connection, voter: str, owner: str | None, limit: int) -> list[str]:
    """The ids of runs that can be judged: first those that this person voted on least, then the latest; of one owner,
    if named.

    A run can be judged if it has clips of two variants of one pool: both with or without input images, and both with
    or without sound.
    """
    mine = "" if owner is None else " AND runs.owner = :owner"
    rows = db.execute(
        "SELECT runs.id FROM runs"
        f" WHERE EXISTS (SELECT 1 FROM jobs WHERE run = runs.id AND state = '{State.DELIVERED}'"
        f"  GROUP BY EXISTS (SELECT 1 FROM job_images WHERE job = jobs.id), {HAS_SOUND}"
        "  HAVING count(DISTINCT variant) > 1)"
        f" {mine}"
        " ORDER BY (SELECT count(*) FROM votes WHERE votes.run = runs.id AND votes.owner = :voter), runs.at DESC"
        " LIMIT :limit",
        {"voter": voter, "owner": owner, "limit": limit},
    )
    return [run for (run,) in rows]
