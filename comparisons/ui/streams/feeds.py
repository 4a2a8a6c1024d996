"""Reads what people watch once for all of them, so that each further reader costs only the bytes that are sent.

Nothing is read while nobody watches. For a slow reader nothing is kept but the latest state.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from comparisons.ledger import LedgerError

K = TypeVar("K", bound=Hashable)
log = logging.getLogger(__name__)
SLICE_S = 0.02
"""For so many seconds the thread looks at one thing after another, before it passes on the states that it found."""
Watched = Callable[[Callable[[], None]], AbstractContextManager[None]]
"""Makes a context in which the given function is called whenever something may have changed, from any thread."""


@dataclass(frozen=True)
class FeedState:
    """One state of what is watched, as named parts, each a JSON object. ``last``: no further state will come."""

    parts: Mapping[str, bytes]
    last: bool = False


Look = Callable[[], FeedState | None]
"""Returns the present state; None if it equals that of the last call. May block."""


class Feed:
    """One thing that is watched, and its latest state. For one event loop."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.readers = 0
        self.version = 0
        self.last = False
        self.broken = False
        self._parts: dict[str, tuple[int, bytes]] = {}
        self._news = asyncio.Event()

    def tell(self, state: FeedState) -> None:
        self.version, self.last = self.version + 1, state.last
        for name, text in state.parts.items():
            if self._parts.get(name, (0, b""))[1] != text:
                self._parts[name] = (self.version, text)
        self._wake()

    def since(self, version: int) -> bytes:
        """All parts that have changed since a version, as one server-sent event; empty if none has."""
        news = [text[1:-1] for changed, text in self._parts.values() if changed > version]
        return b"data: {%b}\n\n" % b", ".join(news) if news else b""

    def give_up(self) -> None:
        """Ends the feed because of a defect, which is in the log; its streams end."""
        self.broken = True
        self._wake()

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def newer(self, version: int, within_s: float) -> bool:
        """Waits up to ``within_s`` seconds; True if there is a newer state than ``version``, or the feed has ended."""
        news = self._news
        if self.version > version or self.broken:
            return True
        try:
            await asyncio.wait_for(news.wait(), within_s)
        except TimeoutError:
            return False
        return True


class Feeds(Generic[K]):
    """The feeds of one kind. They are read in turn on one thread: many feeds make each later, but not the page slow.

    Args:
        look: makes the function that reads what a key names.
        watched: see ``Watched``.
        now: seconds of any clock.
        burst_s: changes within so many seconds are read once.
        every_s: how many seconds pass at most until the next reading, since other processes may have changed something.
    """

    def __init__(
        self,
        name: str,
        look: Callable[[K], Look],
        watched: Watched,
        now: Callable[[], float],
        *,
        burst_s: float,
        every_s: float,
    ) -> None:
        self._look, self._watched, self._now = look, watched, now
        self._burst_s, self._every_s = burst_s, every_s
        self._feeds: dict[K, Feed] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"takes-{name}")
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._feeds)

    @contextmanager
    def reading(self, key: K) -> Iterator[Feed]:
        """The feed of a key, which is kept up to date during the block."""
        feed = self._feeds.get(key)
        fresh = feed is None
        if feed is None:
            feed = self._feeds[key] = Feed(self._look(key))
        feed.readers += 1
        self._start()
        first = asyncio.ensure_future(self._round([feed])) if fresh else None
        try:
            yield feed
        finally:
            feed.readers -= 1
            if not feed.readers:
                self._drop(key, feed, first)

    def _drop(self, key: K, feed: Feed, first: asyncio.Future[None] | None) -> None:
        if self._feeds.get(key) is feed:
            del self._feeds[key]
        if first is not None:
            first.cancel()
        if not self._feeds and self._task is not None:
            self._task.cancel()
            self._task = None

    def _start(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        """Reads all feeds whenever something may have changed, then rests as long as that took."""
        loop, changed = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            if not changed.is_set() and not loop.is_closed():
                loop.call_soon_threadsafe(changed.set)

        with self._watched(wake):
            while True:
                await _within(changed.wait(), self._every_s)
                changed.clear()
                began = loop.time()
                await self._round(list(self._feeds.values()))
                await _within(asyncio.Event().wait(), max(self._burst_s, loop.time() - began))

    async def _round(self, feeds: Iterable[Feed]) -> None:
        waiting = deque(feeds)
        while waiting:
            try:
                seen = await asyncio.get_running_loop().run_in_executor(self._thread, self._slice, waiting)
            except _Defect as defect:
                log.error("What is watched cannot be looked at, by a defect.", exc_info=defect.__cause__)
                self._give_up(defect.feed)
                seen = defect.seen
            for feed, state in seen:
                feed.tell(state)

    def _give_up(self, broken: Feed) -> None:
        """Ends a feed. A reader who comes back gets a new one."""
        self._feeds = {key: feed for key, feed in self._feeds.items() if feed is not broken}
        broken.give_up()

    def _slice(self, waiting: deque[Feed]) -> list[tuple[Feed, FeedState]]:
        """Reads as many of the waiting feeds as ``SLICE_S`` allows; gives the new states. Runs in the thread."""
        until = self._now() + SLICE_S
        seen: list[tuple[Feed, FeedState]] = []
        while waiting and self._now() < until:
            feed = waiting.popleft()
            try:
                state = feed.look()
            except LedgerError:
                continue  # shown elsewhere; the next round tries again
            except Exception as error:
                raise _Defect(feed, seen) from error
            if state is not None:
                seen.append((feed, state))
        return seen


class _Defect(Exception):
    """Looking at a feed raised an unexpected error; ``seen``, found before it, still goes to its readers."""

    def __init__(self, feed: Feed, seen: list[tuple[Feed, FeedState]]) -> None:
        super().__init__()
        self.feed, self.seen = feed, seen


async def _within(work: Awaitable[object], seconds: float) -> None:
    """Waits for an awaitable, but no longer than this many seconds."""
    try:
        await asyncio.wait_for(work, seconds)
    except TimeoutError:
        return
