"""Limits how many clips are downloaded at once. Where many wait, those that their provider deletes soonest are next."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

OF_ONE = 16
"""The most clips of one provider that are fetched and measured at once: more would only wait for each other."""
OF_ALL = 64
"""The most clips of all providers at once."""


class ClipPlaces:
    """Places for downloads. A free place goes to the waiting clip that is deleted first, of those whose provider has a
    place left."""

    def __init__(self, of_one: int = OF_ONE, of_all: int = OF_ALL) -> None:
        self._of_one = of_one
        self._of_all = of_all
        self._inside: Counter[str] = Counter()
        self._waiting: list[tuple[float, int, str, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    @asynccontextmanager
    async def place(self, slug: str, ends_at: float) -> AsyncIterator[None]:
        """Waits for a place for a clip of this provider, and holds it for the length of the block.

        ``ends_at``: when the provider may delete the clip, in seconds of the ledger's clock; infinity if unknown.
        """
        await self._enter(slug, ends_at)
        try:
            yield
        finally:
            self._leave(slug)

    async def _enter(self, slug: str, ends_at: float) -> None:
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (ends_at, next(self._numbers), slug, turn))
        self._let_in()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave(slug)
            raise

    def _leave(self, slug: str) -> None:
        self._inside[slug] -= 1
        self._let_in()

    def _let_in(self) -> None:
        """Gives out the free places; clips whose provider has no place left go on waiting."""
        later = []
        while self._waiting and self._inside.total() < self._of_all:
            first = heapq.heappop(self._waiting)
            slug, turn = first[2:]
            if turn.done():
                continue
            if self._inside[slug] >= self._of_one:
                later.append(first)
                continue
            self._inside[slug] += 1
            turn.set_result(None)
        for each in later:
            heapq.heappush(self._waiting, each)
