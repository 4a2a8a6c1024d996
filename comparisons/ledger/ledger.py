"""The ledger: one SQLite file, and everything that is recorded in it and asked of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from comparisons import private
from comparisons.ledger._history_part import HistoryPart
from comparisons.ledger._jobs_part import JobsPart
from comparisons.ledger._sessions_part import SessionsPart
from comparisons.ledger._votes_part import VotesPart


class Ledger(JobsPart, HistoryPart, SessionsPart, VotesPart):
    """One file. Safe to use from several threads and processes. Its parts say what each of them records."""

    def close(self) -> None:
        """Closes every connection; the next use opens new ones."""
        self._file.close()

    def copy(self, to: Path) -> None:
        """Writes the ledger of this moment as a new file; nobody who writes meanwhile waits for it."""
        private.make_file(to)
        with self._file.reading() as db, closing(sqlite3.connect(to)) as copy:
            db.backup(copy)
