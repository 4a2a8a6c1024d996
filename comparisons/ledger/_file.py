"""The ledger's file: its connections, and the transactions on them."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from types import TracebackType

from comparisons import private
from comparisons.ledger import _history, _schema
from comparisons.ledger._connections import Connections
from providers import TakesError


class LedgerError(TakesError):
    """The ledger cannot be read or written; nothing that costs money is done without it."""


class File:
    """One SQLite file, whose tables are migrated when it is opened. Safe to use from several threads and processes.

    Args:
        busy_timeout_s: for how many seconds to wait while another process writes.

    Raises:
        LedgerError: it cannot be read or written, or a newer version of Takes has changed it.
    """

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
        """Refuses a ledger that a newer Takes has changed, before anything in it is touched."""
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
        db.execute("PRAGMA secure_delete = ON")  # overwrites what is deleted or moved within the file
        _history.register(db)
        return db

    def reading(self) -> Use:
        return Use(self._connections)

    def transaction(self) -> Transaction:
        return Transaction(self._connections)


class Use:
    """A connection for the length of a ``with`` block. SQLite's errors in the block become a ``LedgerError``.

    Every event goes through one of these, and a generator of ``contextlib`` would make each a tenth slower.
    """

    _what = "read"

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def __enter__(self) -> sqlite3.Connection:
        try:
            self._db, self._pool = self._connections.take()
        except sqlite3.Error as error:
            raise self._told(error) from error
        return self._db

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connections.give_back(self._db, self._pool)
        if isinstance(error, sqlite3.Error):
            raise self._told(error) from error

    def _told(self, error: sqlite3.Error) -> LedgerError:
        return LedgerError(f"The ledger in the data folder cannot be {self._what}: {error}")


class Transaction(Use):
    """A ``with`` block that writes everything or nothing. After it, what is written survives a power cut."""

    _what = "written"

    def __enter__(self) -> sqlite3.Connection:
        db = super().__enter__()
        try:
            db.execute("BEGIN IMMEDIATE")
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return db

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._commit()
            else:
                self._undo()
        except BaseException as refused:
            super().__exit__(type(refused), refused, trace)
            raise
        super().__exit__(kind, error, trace)

    def _commit(self) -> None:
        try:
            self._db.execute("COMMIT")
        except BaseException:
            self._undo()
            raise

    def _undo(self) -> None:
        if self._db.in_transaction:  # with a full disk SQLite has ended it already
            self._db.execute("ROLLBACK")
