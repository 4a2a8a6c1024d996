"""When a session's next job may begin: when fewer than a number are under way, or at random moments at a mean rate."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Protocol

LONGEST_S = 1.0
"""The most seconds between two looks, also if no change was notified."""


class Arrivals(Protocol):
    """Says when the next job may begin."""

    def free(self, under_way: int) -> bool:
        """Whether a job may begin while so many are under way."""

    def begun(self) -> None:
        """To be called when a job begins."""

    def wait_s(self) -> float:
        """Seconds until it is worth looking again."""


class Closed:
    """A closed loop: a fixed number of jobs at once, the next as soon as one is over."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once

    def free(self, under_way: int) -> bool:
        return under_way < self._at_once

    def begun(self) -> None:
        return None

    def wait_s(self) -> float:
        return LONGEST_S


class Open:
    """An open loop: jobs begin at random moments (a Poisson process), however slow their providers are."""

    def __init__(self, rate_per_minute: float, rng: random.Random, now: Callable[[], float]) -> None:
        self._mean_s = 60 / rate_per_minute
        self._rng = rng
        self._now = now
        self._due = now()

    def free(self, under_way: int) -> bool:
        return self._now() >= self._due

    def begun(self) -> None:
        self._due += self._rng.expovariate(1 / self._mean_s)

    def wait_s(self) -> float:
        return min(LONGEST_S, max(0.0, self._due - self._now()))
