"""The ledger: one SQLite file. ``Ledger`` inherits its methods from parts, each in a file ``_…_part.py``."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from comparisons import private
from comparisons.ledger._history_part import HistoryPart
from comparisons.ledger._jobs_part import JobsPart
from comparisons.ledger._scores_part import ScoresPart
from comparisons.ledger._sessions_part import SessionsPart
from comparisons.ledger._votes_part import VotesPart


class Ledger(JobsPart, HistoryPart, ScoresPart, SessionsPart, VotesPart):
    """One SQLite file. Safe to use from several threads and processes. Its methods are in its five parts."""

    def close(self) -> None:
        """Closes every connection; the next use opens new ones."""
        self._file.close()

    def copy(self, to: Path) -> None:
        """Writes the ledger as it is at this moment into a new file. Writers do not wait for it."""
        private.make_file(to)
        with self._file.reading() as db, closing(sqlite3.connect(to)) as copy:
            db.backup(copy)
