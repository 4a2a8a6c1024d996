"""How a world's time goes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Tempo:
    """How a world's time goes: by which clock (seconds, any origin), how it waits, and from when.

    ``speed`` divides the seeded latencies; ``began`` is the wall time at which world time is 0, by default now.
    """

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    speed: float = 1.0
    began: datetime | None = None


REAL_TIME = Tempo()
