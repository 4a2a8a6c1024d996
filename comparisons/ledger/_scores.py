"""The table of scores: what was measured of a take's clip. It is no event of the job, since it can be made again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection

from comparisons.metrics import VERSION, Scores
from comparisons.records import State

MISSING = (
    f"FROM jobs WHERE state = '{State.DELIVERED}'"
    f" AND NOT EXISTS (SELECT 1 FROM scores WHERE job = jobs.id AND version = {VERSION})"
)
"""SQL: the delivered jobs without scores by today's rules."""


def put(db: sqlite3.Connection, job: str, scores: Scores) -> None:
    """Replaces the scores of a job; does nothing if the job was deleted meanwhile."""
    known = "SELECT ?, ?, ? WHERE EXISTS (SELECT 1 FROM jobs WHERE id = ?)"
    row = (job, scores.version, json.dumps(scores.to_json()), job)
    db.execute(f"INSERT OR REPLACE INTO scores (job, version, data) {known}", row)


def of(db: sqlite3.Connection, job: str) -> Scores | None:
    """A job's scores by today's rules, None if there are none: those by older rules say something else."""
    row = db.execute("SELECT data FROM scores WHERE job = ? AND version = ?", (job, VERSION)).fetchone()
    return None if row is None else Scores.from_json(json.loads(row[0]))


def missing(db: sqlite3.Connection, limit: int, among: Collection[str] | None) -> list[str]:
    """The ids of delivered jobs without scores, latest first; of ``among`` these, if given."""
    within = "" if among is None else " AND id IN (SELECT value FROM json_each(?))"
    given = () if among is None else (json.dumps(list(among)),)
    return [job for (job,) in db.execute(f"SELECT id {MISSING}{within} ORDER BY rowid DESC LIMIT ?", (*given, limit))]


def count_missing(db: sqlite3.Connection) -> int:
    """How many delivered jobs have no scores."""
    return int(db.execute(f"SELECT count(*) {MISSING}").fetchone()[0])
