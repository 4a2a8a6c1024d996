"""Lets a page show an incomplete answer at once, and ask again when the rest is available.

The page learns that from a request to a URL under ``PLACE``, which is answered when the awaited futures are done. So no
handler occupies one of Gradio's workers while a provider answers with a price, or an image is read.
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
"""Seconds for which a handler waits itself: most answers have come by then."""
HELD_S = 25.0
"""Seconds after which a waiting request is answered even though nothing is done; the page then asks again."""
KEPT = 5_000
"""How many URLs are remembered."""
READING = "The image is being read."
FETCHING = "Fetching the picture…"
ASKING = "Providers are being asked for their prices."
COUNTING = "The plan is being counted."
STARTING = "The session is being made ready."
PLACE = "takes/watch/later/"
"""Under this path, relative to the page, awaited answers are waited for."""


def glance(futures: Sequence[Future[Any]], within_s: float = GLANCE_S) -> list[Future[Any]]:
    """Waits up to ``within_s`` seconds; returns the futures that are not done then."""
    return list(concurrent.futures.wait(futures, within_s).not_done)


class Later:
    """The futures that pages wait for, under unguessable names, each with the person who may wait for them."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, tuple[str, list[Future[Any]]]] = OrderedDict()
        self._acting = threading.Lock()

    def url(self, who: Person, futures: Sequence[Future[Any]]) -> str | None:
        """The URL that answers once all these futures are done; None if there are no futures."""
        if not futures:
            return None
        name = secrets.token_hex(16)
        with self._acting:
            self._waiting[name] = who.id, list(futures)
            while len(self._waiting) > KEPT:
                self._waiting.popitem(last=False)
        return f"{PLACE}{name}"

    def knows(self, name: str, who: Person) -> bool:
        """Whether this name exists and belongs to this person."""
        owner, _ = self._waiting.get(name, (None, []))
        return owner == who.id

    async def wait(self, name: str) -> None:
        """Returns when all futures of that name are done, even if they failed, or after ``HELD_S`` seconds."""
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
    """Returns when a future of another thread is done. Cancelling this wait does not cancel the future."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    future.add_done_callback(lambda _: None if loop.is_closed() else loop.call_soon_threadsafe(done.set))
    await done.wait()


def waits(sentence: str, later: str | None) -> str:
    """HTML with a sentence that says what the form waits for, and the URL that tells its end; empty without a URL."""
    return f'<p class="takes-quiet" data-later="{escape(later)}">{escape(sentence)}</p>' if later else ""
