"""The ledger's file: its connections, and the transactions on them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from comparisons import private
from comparisons.ledger import _history, _schema
from comparisons.ledger._connections import Connections
from providers import TakesError


class LedgerError(TakesError):
    """The ledger cannot be read or written; nothing that costs money is done without it."""


class File:
    """One SQLite file, brought up to date when it is opened. Safe to use from several threads and processes."""

    def __init__(self, path: Path, busy_timeout_s: float) -> None:
        self._path = path
        self._busy_timeout_s = busy_timeout_s
        self._connections = Connections(self._connected)
        self._check_version()
        try:
            private.make_file(path)
        except OSError as error:
            raise LedgerError(f"The ledger in the data folder cannot be written: {error.strerror}") from error
        with self.transaction() as db:
            _schema.migrate(db)

    def close(self) -> None:
        """Closes every connection; the next use opens new ones."""
        self._connections.close()

    def _check_version(self) -> None:
        """Refuses a ledger that a newer Takes has changed, and has touched nothing of it by then."""
        try:
            newer = _schema.newer(self._path, self._busy_timeout_s)
        except sqlite3.Error as error:
            raise LedgerError(f"The ledger in the data folder cannot be read: {error}") from error
        if newer:
            whose = f"The ledger in {self._path.parent} was written by a newer Takes ({newer[0]})"
            raise LedgerError(f"{whose}: update this one, or set TAKES_HOME to another folder.")

    def _connected(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, timeout=self._busy_timeout_s, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA secure_delete = ON")  # what is deleted, or moved within the file, is overwritten there
        _history.register(db)
        return db

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._connections.taken() as db:
                yield db
        except sqlite3.Error as error:
            raise LedgerError(f"The ledger in the data folder cannot be read: {error}") from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._connections.taken() as db:
                db.execute("BEGIN IMMEDIATE")
                try:
                    yield db
                    db.execute("COMMIT")
                except BaseException:
                    if db.in_transaction:  # a full disk has ended it already
                        db.execute("ROLLBACK")
                    raise
        except sqlite3.Error as error:
            raise LedgerError(f"The ledger in the data folder cannot be written: {error}") from error
