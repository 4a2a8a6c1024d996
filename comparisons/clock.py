"""The only clock: time that cannot run backwards within a process, and the system's own time, which budgets use."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime


class Clock:
    """Two times in epoch seconds. ``now`` starts at the system's time and then follows the monotonic clock, so that a
    changed system time changes no latency; it is the ledger's clock."""

    def __init__(self, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._offset = wall() - monotonic()

    def now(self) -> float:
        """Seconds of the ledger's clock."""
        return self._offset + self._monotonic()

    def wall(self) -> float:
        """Epoch seconds of the system's clock, which goes on while a machine sleeps, and which people can set."""
        return self._wall()

    def today(self) -> date:
        """Today's date in UTC, by the system's clock."""
        return datetime.fromtimestamp(self._wall(), UTC).date()
