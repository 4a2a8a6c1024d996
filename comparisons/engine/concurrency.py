"""Places at a provider: how many jobs we keep there at once under one key.

After an answer of "too many requests" there are fewer places for a while. After a refused key, the jobs that wait for
a place are not sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from providers import TakesError

CAUTION_S = 60.0
"""For how many seconds a provider that answered 429 gets half as many jobs at once."""
BURST_S = 5.0
"""Answers of 429 that come within this many seconds belong to requests that were sent together, so they count once."""

SENDING = 6
"""Uploads and submits that are under way at once, for one key. Without this limit, those of a thousand jobs would be
sent before the polls that are due for the first of them. It is more than any provider's limit of jobs."""


class Untried(TakesError):
    """The provider refused the key for another job, so this one was not sent."""


@dataclass(frozen=True, eq=False)
class Waiting:
    """A job, by its id, that waits for a place; the future ``turn`` is done once it has one."""

    job: str
    turn: asyncio.Future[None]


class Places:
    """The places of one key at one provider, given out in the order in which they are asked for.

    Args:
        limit: jobs at once.
        now: seconds of the ledger's clock.
    """

    def __init__(self, limit: int, now: Callable[[], float]) -> None:
        self._limit = limit
        self._now = now
        self._inside = 0
        self.sending = asyncio.Semaphore(SENDING)
        self._waiting: list[Waiting] = []
        self._halved: tuple[int, float] | None = None
        self._refused: tuple[str, float] | None = None

    @property
    def capacity(self) -> int:
        """How many jobs may be at the provider at once, as of now."""
        if self._halved is None or self._now() >= self._halved[1] + CAUTION_S:
            return self._limit
        return self._halved[0]

    @property
    def free(self) -> bool:
        return self._inside < self.capacity and not self._waiting

    async def enter(self, job: str = "") -> None:
        """Waits for a place for a job, named by its id. Whoever enters must ``leave``."""
        if self.free:
            self._let_in(job)
            return
        mine = Waiting(job, asyncio.get_running_loop().create_future())
        self._waiting.append(mine)
        try:
            await mine.turn
        except asyncio.CancelledError:
            if mine.turn.done() and not mine.turn.cancelled():
                self.leave()
            else:
                self._waiting.remove(mine)
            raise

    def leave(self) -> None:
        """Gives a place back, and lets the next job in."""
        self._inside -= 1
        while self._waiting and self._inside < self.capacity:
            each = self._waiting.pop(self._next(self._waiting))
            if not each.turn.done():
                self._let_in(each.job)
                each.turn.set_result(None)

    def _next(self, waiting: Sequence[Waiting]) -> int:
        """The index in ``waiting``, which is in order of arrival, of the job that gets the next place.

        Here it is the one that has waited longest; subclasses choose otherwise.
        """
        return 0

    def _let_in(self, job: str) -> None:
        """Counts one more job inside."""
        self._inside += 1

    def too_many(self) -> None:
        """The provider answered 429: half as many at once, for ``CAUTION_S`` seconds."""
        now = self._now()
        if self._halved is None or now > self._halved[1] + BURST_S:
            self._halved = max(1, self.capacity // 2), now

    def refuse(self, why: str) -> None:
        """The provider refused the key: jobs that were planned until now are not sent."""
        self._refused = why, self._now()

    def check(self, planned_at: float) -> None:
        """Raises ``Untried`` if the key was refused after ``planned_at``, in seconds of the ledger's clock."""
        if self._refused is not None and planned_at <= self._refused[1]:
            raise Untried(self._refused[0])
