"""Connections to the ledger's file: few, and each used by one reading or transaction at a time."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable

Pool = list[sqlite3.Connection]
KEPT = 4
"""How many connections stay open while nobody uses them. Each has up to three of the system's file handles."""


class Connections:
    """Hands out connections and takes them back; safe across threads, also nested in one of them."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._idle: Pool = []
        self._giving = threading.Lock()

    def take(self) -> tuple[sqlite3.Connection, Pool]:
        """A connection that nobody else uses until it is given back, and the pool to give it back to."""
        idle = self._idle
        try:
            return idle.pop(), idle
        except IndexError:
            return self._connect(), idle

    def give_back(self, db: sqlite3.Connection, idle: Pool) -> None:
        """Keeps a connection for the next use. Closes it if enough are kept, its pool was closed, or a transaction on
        it could not be ended."""
        with self._giving:
            keep = idle is self._idle and len(idle) < KEPT and not db.in_transaction
            if keep:
                idle.append(db)
        if not keep:
            db.close()

    def close(self) -> None:
        """Closes all idle connections now, and those in use when they are given back. The next use opens new ones."""
        with self._giving:
            idle, self._idle = self._idle, []
        for db in idle:
            db.close()
