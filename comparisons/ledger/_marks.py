"""The table of marks: at most one for a run, and one for each of its takes."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence

from comparisons.ledger import _rows
from comparisons.records import Mark

SAID = "SELECT group_concat(note || ' ' || tags, ' ') FROM marks WHERE run = runs.id"
"""All that is noted of a run and its takes, to look for words in."""


def put(db: sqlite3.Connection, run: str, job: str, mark: Mark) -> None:
    """Puts a mark in place of the one that is there; an empty one takes it away."""
    db.execute("DELETE FROM marks WHERE run = ? AND job = ?", (run, job))
    if mark != Mark():
        row = (
            run,
            job,
            mark.star,
            _rows.storable(mark.note),
            _rows.storable(json.dumps(mark.tags, ensure_ascii=False)),
        )
        db.execute("INSERT INTO marks (run, job, star, note, tags) VALUES (?, ?, ?, ?, ?)", row)


def of(db: sqlite3.Connection, runs: Sequence[str]) -> Mapping[str, Mapping[str, Mark]]:
    """What is noted of these runs: by run, then by job; under an empty one, of the run itself."""
    found: dict[str, dict[str, Mark]] = defaultdict(dict)
    asked = f"SELECT run, job, star, note, tags FROM marks WHERE run IN ({_rows.marks(runs)})"
    for run, job, star, note, tags in db.execute(asked, list(runs)):
        found[run][job] = Mark(bool(star), note, tuple(json.loads(tags)))
    return found
