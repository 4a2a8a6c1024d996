"""The table of marks: stars, notes and tags. At most one for a run, and one for each of its takes."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence

from comparisons.ledger import _rows
from comparisons.records import Mark

SAID = "SELECT group_concat(note || ' ' || tags, ' ') FROM marks WHERE run = runs.id"
"""The notes and tags of a run and its takes in one text, to search for words."""


def put(db: sqlite3.Connection, run: str, job: str, mark: Mark) -> None:
    """Replaces a mark; an empty one deletes it."""
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
    """The marks of these runs: by run id, then by job id; the run's own is under an empty job id."""
    found: dict[str, dict[str, Mark]] = defaultdict(dict)
    asked = f"SELECT run, job, star, note, tags FROM marks WHERE run IN ({_rows.placeholders(runs)})"
    for run, job, star, note, tags in db.execute(asked, list(runs)):
        found[run][job] = Mark(bool(star), note, tuple(json.loads(tags)))
    return found
