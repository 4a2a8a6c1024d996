"""Places at a provider: how many jobs we keep there at once under one key.

Fewer for a while after it said "too many requests"; none for those that wait when it refused the key.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from providers import TakesError

CAUTION_S = 60.0
"""How long a provider that answered 429 gets half as many jobs at once."""
BURST_S = 5.0
"""Replies of 429 within so many seconds answer requests that were sent together, so they count once."""

SENDING = 6
"""Uploads and submits in the air at once, more than any provider's limit of jobs: those of a thousand jobs must not
come before what is due about the first of them."""


class Untried(TakesError):
    """The provider refused the key for another job, so this one was not sent."""


@dataclass(frozen=True, eq=False)
class Waiting:
    """A job, by its id, that waits for a place; ``turn`` is over when it has one."""

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
        """Jobs at once, now."""
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
        """Gives a place back, to whoever is next."""
        self._inside -= 1
        while self._waiting and self._inside < self.capacity:
            each = self._waiting.pop(self._next(self._waiting))
            if not each.turn.done():
                self._let_in(each.job)
                each.turn.set_result(None)

    def _next(self, waiting: Sequence[Waiting]) -> int:
        """Who of those that wait, the first to come first, gets the next place, as an index: whoever waited longest."""
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
        """The provider refused the key: whoever was planned until now need not try."""
        self._refused = why, self._now()

    def check(self, planned_at: float) -> None:
        """Raises ``Untried`` if the key was refused since a job was planned."""
        if self._refused is not None and planned_at <= self._refused[1]:
            raise Untried(self._refused[0])
