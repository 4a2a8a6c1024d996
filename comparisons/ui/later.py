"""What a page waits for: an answer is shown with what is known, and asked for anew once the rest has come.

So no handler holds one of gradio's places while a provider thinks about a price, or an image is read.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import secrets
import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future
from html import escape
from typing import Any

from comparisons.records import Person

GLANCE_S = 0.4
"""Seconds a handler waits itself: most of what is asked for has come by then."""
HELD_S = 25.0
"""Seconds after which a waiting request is answered though nothing has come; the page then asks again."""
KEPT = 5_000
READING = "The image is being read."
FETCHING = "Fetching the picture…"
ASKING = "Providers are being asked for their prices."
COUNTING = "The plan is being counted."
STARTING = "The session is being made ready."
PLACE = "takes/watch/prices/"


def glance(futures: Sequence[Future[Any]], within_s: float = GLANCE_S) -> list[Future[Any]]:
    """Those of these that are not done after ``GLANCE_S`` seconds."""
    return list(concurrent.futures.wait(futures, within_s).not_done)


class Later:
    """What pages wait for, under unguessable names, each with the person who may wait for it."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, tuple[str, list[Future[Any]]]] = OrderedDict()
        self._acting = threading.Lock()

    def url(self, who: Person, futures: Sequence[Future[Any]]) -> str | None:
        """Where a page is told that all of these are done; None if there are none."""
        if not futures:
            return None
        name = secrets.token_hex(16)
        with self._acting:
            self._waiting[name] = who.id, list(futures)
            while len(self._waiting) > KEPT:
                self._waiting.popitem(last=False)
        return f"{PLACE}{name}"

    def knows(self, name: str, who: Person) -> bool:
        """Whether this person waits for something of that name."""
        owner, _ = self._waiting.get(name, (None, []))
        return owner == who.id

    async def wait(self, name: str) -> None:
        """Returns when it is all done, however it came out, or when the page has been kept for long enough."""
        _, futures = self._waiting.get(name, ("", []))
        waits = [asyncio.ensure_future(_done(each)) for each in futures]
        try:
            if waits:
                await asyncio.wait(waits, timeout=HELD_S)
        finally:
            for each in waits:
                each.cancel()
            with self._acting:
                self._waiting.pop(name, None)


async def _done(future: Future[Any]) -> None:
    """Returns when a future of another thread is done; it goes on if nobody waits any more."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    future.add_done_callback(lambda _: None if loop.is_closed() else loop.call_soon_threadsafe(done.set))
    await done.wait()


def waits(sentence: str, later: str | None) -> str:
    """What a form waits for, and where it is told that it has come; empty if for nothing."""
    return f'<p class="takes-quiet" data-later="{escape(later)}">{escape(sentence)}</p>' if later else ""
