"""The one clock: wall time that cannot run backwards within a process; and the system's own time, for money."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime


class Clock:
    """Epoch seconds that advance with the monotonic clock, so a changed system time moves no latency."""

    def __init__(self, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._offset = wall() - monotonic()

    def now(self) -> float:
        return self._offset + self._monotonic()

    def wall(self) -> float:
        """Epoch seconds of the system's clock, which also goes on while a machine sleeps, and which people can set."""
        return self._wall()

    def today(self) -> date:
        """The day it is in UTC, by the system's clock."""
        return datetime.fromtimestamp(self._wall(), UTC).date()
