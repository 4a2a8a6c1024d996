"""The page's streams of server-sent events. Each belongs to a visitor, and ends when its reader is gone.

They do not go through Gradio, which handles only forty events at a time; those are needed for what people press.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from contextlib import AbstractContextManager, suppress
from typing import Any, Generic, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from comparisons.records import Person
from comparisons.shares import Shares
from comparisons.ui import later
from comparisons.ui.compare.run_value import WATCH, RunLook
from comparisons.ui.door.door import Door
from comparisons.ui.door.limits import one
from comparisons.ui.door.refusals import said
from comparisons.ui.sessions.watch import SessionsLook
from comparisons.ui.streams.feeds import Feed, Feeds

K = TypeVar("K", bound=Hashable)
SESSIONS = "takes/watch/sessions"
MINE = "You have {} pages open that watch something: close one, then reload this."
EVERYBODYS = "Too many people are watching just now. Please try again in a minute."
BEAT_S = 15.0
"""After so many seconds without news an empty comment is sent, which shows whether the reader is still there."""
SLOW_S = 60.0
"""A reader that does not accept what is sent for so many seconds is dropped."""
BURST_S, EVERY_S = 0.15, 1.0
"""Changes of a run within ``BURST_S`` seconds are sent once; changes by another process are seen after ``EVERY_S``."""
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


class Streams:
    """All streams of the page."""

    def __init__(self, door: Door) -> None:
        self._door = door
        playground = door.playground
        self._ledger = playground.ledger
        watched, now = playground.workers.watched, playground.clock.now
        self.runs: Feeds[str] = Feeds(
            "runs", lambda run: RunLook(playground, run), watched, now, burst_s=BURST_S, every_s=EVERY_S
        )
        self.sessions: Feeds[tuple[str, str]] = Feeds(
            "sessions", lambda key: SessionsLook(door, Person(key[0]), key[1]), watched, now,
            burst_s=EVERY_S, every_s=EVERY_S,
        )  # fmt: skip
        self._readers = Shares(door.limits.watching)

    @property
    def open(self) -> int:
        """How many streams are open."""
        return self._readers.total

    def counted(self, who: Person) -> AbstractContextManager[None]:
        """Counts one more stream of a person while it is open; raises ``NotLetIn`` if they have too many."""
        return one(self._readers, who, MINE.format(self._readers.limit.each), EVERYBODYS)

    def routes(self) -> list[Route]:
        return [
            Route(f"/{WATCH}{{run_id}}", self._run, methods=["GET"]),
            Route(f"/{SESSIONS}", self._sessions, methods=["GET"]),
            Route(f"/{later.PLACE}{{name}}", self._later, methods=["GET"]),
        ]

    async def _run(self, request: Request) -> ASGIApp:
        """The stream of a run's grid, until no process works on the run any more."""
        who, run_id = self._door.person_of(request), request.path_params["run_id"]
        owner = await asyncio.to_thread(self._ledger.run_owner, run_id)
        return self._told(who, owner, self.runs, run_id, "There is no such run here.")

    async def _sessions(self, request: Request) -> ASGIApp:
        """The stream of a person's sessions, with everything about the chosen one."""
        who, chosen = self._door.person_of(request), request.query_params.get("chosen", "")
        owner = await asyncio.to_thread(self._ledger.session_owner, chosen) if chosen else who.id
        return self._told(who, owner, self.sessions, (who.id, chosen), "There is no such session here.")

    async def _later(self, request: Request) -> ASGIApp:
        """A reply that comes when what a form waits for is there."""
        who, name = self._door.person_of(request), request.path_params["name"]
        if not self._door.later.knows(name, who):
            return Response(status_code=204)  # it is there already
        return Reply(lambda: self.counted(who), lambda: self._door.later.wait(name))

    def _told(self, who: Person, owner: str | None, feeds: Feeds[K], key: K, unknown: str) -> ASGIApp:
        if owner is None or who.id not in ("", owner):
            return said(unknown, 404)
        return Stream(lambda: self.counted(who), feeds, key)


class Reply:
    """A response without content that is sent when something is done, unless its reader is gone before."""

    def __init__(
        self, counted: Callable[[], AbstractContextManager[None]], done: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        self._counted, self._done = counted, done

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._counted():
            await _until_first(self._replied(scope, receive, send), _left(receive))

    async def _replied(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._done()
        await Response(status_code=204)(scope, receive, send)


class Stream(Generic[K]):
    """A response that sends the present state, and each later one as it comes."""

    def __init__(self, counted: Callable[[], AbstractContextManager[None]], feeds: Feeds[K], key: K) -> None:
        self._counted, self._feeds, self._key = counted, feeds, key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._counted(), self._feeds.reading(self._key) as feed:
            await _until_first(_tell(feed, send), _left(receive))


async def _tell(feed: Feed, send: Send) -> None:
    """Sends each new state; of several that came while one was being sent, only the latest."""
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    version = 0
    while not feed.broken:
        if not await feed.newer(version, BEAT_S):
            await _sent(send, b": \n\n")
        elif not feed.broken:
            news, version = feed.since(version), feed.version
            end = b"event: end\ndata: over\n\n" if feed.last else b""
            await _sent(send, news + end)
            if end:
                break
    await _sent(send, b"", more=False)


async def _sent(send: Send, body: bytes, *, more: bool = True) -> None:
    """Sends a part of the body; raises ``TimeoutError`` if the reader does not accept it in time."""
    await asyncio.wait_for(send({"type": "http.response.body", "body": body, "more_body": more}), SLOW_S)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _until_first(*works: Coroutine[Any, Any, None]) -> None:
    """Runs these side by side until one of them is over, then cancels the others. Ignores lost or slow readers."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            with suppress(OSError):  # TimeoutError is one
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def routes(door: Door) -> list[Route]:
    """The streams, under ``/takes/watch/``."""
    return Streams(door).routes()
