"""Bodies of requests, limited before and while they are read."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from comparisons.ui.refusals import Refused

POSTED = 1_000_000
"""Bytes of anything posted but an upload: the fields of a form with all their prompts are less."""
HELD = 8_000_000
"""Bytes of one visitor's bodies that are on their way."""
SMALL = 64_000
"""Bytes of a body that is let in whatever else is on its way: an honest one is hardly ever more."""
LARGE = 2
"""Bodies beyond that size which one visitor may have on their way."""
LARGE_ALL = 100_000_000
"""Bytes of all such bodies that are on their way, of all visitors together."""
PATIENCE_S = 60.0
STALL_S = 5.0
STALL = 1_000
"""Bytes that come in as many seconds at least, until a body is whole."""
TOO_MUCH = "Too much is on its way here at once. Please try again in a minute."
TOO_SLOW = "This did not arrive in time; try again."
TOO_LONG = f"This is more than the {POSTED // 1_000_000} MB that may be sent at once; shorten the longest field."


def announced(headers: Headers) -> int:
    """The length a body is said to have; 0 if nothing is said, or nonsense."""
    text = headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0


class Pace:
    """How long a body is waited for: for the whole of it, and for each next so many bytes."""

    def __init__(self, whole_s: float, stall_s: float, stall: int) -> None:
        self._until = asyncio.get_running_loop().time() + whole_s
        self._stall_s = stall_s
        self._stall = stall
        self._restart()

    async def next(self, receive: Receive) -> Message:
        """The next part of a body. Only waiting counts as a stall, not what is done between two parts.

        Raises:
            TimeoutError: it does not come, or too little of it.
        """
        clock = asyncio.get_running_loop().time
        began = clock()
        async with asyncio.timeout_at(min(began + self._left_s, self._until)):
            message = await receive()
        self._left_s -= clock() - began
        self._missing -= len(message.get("body", b""))
        if self._missing <= 0:
            self._restart()
        return message

    def _restart(self) -> None:
        self._left_s = self._stall_s
        self._missing = self._stall


class Bodies:
    """Reads bodies; of what is on its way, no visitor may have much in memory here.

    Nor may all of them together of large ones. Small ones are let in whatever the large ones take.
    """

    def __init__(self) -> None:
        self._held: Counter[str] = Counter()
        self._large: Counter[str] = Counter()
        self._large_bytes = 0

    async def read(self, headers: Headers, receive: Receive, visitor: str) -> bytes:
        """A whole body.

        Raises:
            Refused: 413, before it is read if it says so itself, else as soon as it is too long; 429 while too much
                else of the visitor's is on its way; 408 if it does not come to its end.
            ClientDisconnect: whoever sends it is gone.
        """
        if announced(headers) > POSTED or len(headers.get("content-length", "")) >= 20:
            raise Refused(413, TOO_LONG)
        body = bytearray()
        pace = Pace(PATIENCE_S, STALL_S, STALL)
        try:
            async for part in _parts(pace, receive):
                self._hold(visitor, len(body), len(part))
                body += part
                if len(body) > POSTED:
                    raise Refused(413, TOO_LONG)
                self._check(visitor, len(body))
        except TimeoutError as error:
            raise Refused(408, TOO_SLOW) from error
        finally:
            self._let_go(visitor, len(body))
        return bytes(body)

    def _hold(self, visitor: str, before: int, size: int) -> None:
        """Counts what has arrived of a body; a large one as such, with all of it, from where it stops being small."""
        self._held[visitor] += size
        if before > SMALL:
            self._large_bytes += size
        elif before + size > SMALL:
            self._large[visitor] += 1
            self._large_bytes += before + size

    def _check(self, visitor: str, size: int) -> None:
        if self._held[visitor] > HELD:
            raise Refused(429, TOO_MUCH)
        if size > SMALL and (self._large[visitor] > LARGE or self._large_bytes > LARGE_ALL):
            raise Refused(429, TOO_MUCH)

    def _let_go(self, visitor: str, size: int) -> None:
        self._held[visitor] -= size
        if size > SMALL:
            self._large[visitor] -= 1
            self._large_bytes -= size
        self._held += Counter()  # drops those who hold nothing
        self._large += Counter()


async def _parts(pace: Pace, receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await pace.next(receive)
        if message["type"] != "http.request":
            raise ClientDisconnect
        yield message.get("body", b"")
        more = message.get("more_body", False)


def again(body: bytes, receive: Receive) -> Receive:
    """A body that was read, for whom it is meant; then whatever else comes."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receiving() -> Message:
        return left.pop() if left else await receive()

    return receiving
