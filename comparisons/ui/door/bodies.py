"""Request bodies, limited in size and time before and while they are read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from comparisons.records import Person
from comparisons.shares import Full, Shares
from comparisons.ui.door.limits import Limits, Patience, full
from comparisons.ui.door.refusals import NotLetIn

POSTED = 1_000_000
"""The most bytes of a posted body other than an upload: a form's fields with all prompts have fewer."""
SMALL = 64_000
"""Up to so many bytes a body does not count as large; honest ones hardly ever have more."""
TOO_MUCH = "Too much is on its way here at once. Please try again in a minute."
TOO_SLOW = "This did not arrive in time; try again."
TOO_LONG = f"This is more than the {POSTED // 1_000_000} MB that may be sent at once; shorten the longest field."


def announced(headers: Headers) -> int:
    """The body's length by its Content-Length header, in bytes; 0 without one, or if it is no number."""
    text = headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0


class Pace:
    """The time limits for one body: for all of it, and for every next ``Patience.stall`` bytes."""

    def __init__(self, patience: Patience) -> None:
        self._until = asyncio.get_running_loop().time() + patience.whole_s
        self._stall_s = patience.stall_s
        self._stall = patience.stall
        self._restart()

    async def next(self, receive: Receive) -> Message:
        """The next part of a body. Only time spent waiting counts, not what is done between two parts.

        Raises:
            TimeoutError: a time limit is over.
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
    """Reads bodies. Limits how many bytes of unfinished bodies a visitor, an address and all together have in memory.

    Large bodies have limits of their own, so that small ones are let in however many large ones are on their way.
    """

    def __init__(self, limits: Limits) -> None:
        self.held = Shares(limits.body_bytes)
        self.large = Shares(limits.large_bodies)
        self._patience = limits.body_patience

    async def read(self, headers: Headers, receive: Receive, who: Person) -> bytes:
        """A whole body.

        Raises:
            NotLetIn: 413 if it is too long, before it is read if its header says so; 429 while too much else of the
                visitor's is on its way; 408 if it does not arrive in time.
            ClientDisconnect: the sender is gone.
        """
        if announced(headers) > POSTED or len(headers.get("content-length", "")) >= 20:
            raise NotLetIn(413, TOO_LONG)
        body = bytearray()
        try:
            with ExitStack() as counted:
                async for part in _parts(Pace(self._patience), receive):
                    if len(body) + len(part) > POSTED:
                        raise NotLetIn(413, TOO_LONG)
                    self._count(counted, who, len(body), len(part))
                    body += part
        except TimeoutError as error:
            raise NotLetIn(408, TOO_SLOW) from error
        except Full as error:
            raise full(error, TOO_MUCH, TOO_MUCH) from error
        return bytes(body)

    def _count(self, counted: ExitStack, who: Person, before: int, size: int) -> None:
        """Counts the next ``size`` bytes of a body until it is read; beyond ``SMALL`` it counts as a large body too."""
        self.held.take(who, size)
        counted.callback(self.held.give_back, who, size)
        if before <= SMALL < before + size:
            self.large.take(who)
            counted.callback(self.large.give_back, who)


async def _parts(pace: Pace, receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await pace.next(receive)
        if message["type"] != "http.request":
            raise ClientDisconnect
        yield message.get("body", b"")
        more = message.get("more_body", False)


def again(body: bytes, receive: Receive) -> Receive:
    """The ``receive`` of a request whose body was read already: gives the body once, then what the connection sends."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receiving() -> Message:
        return left.pop() if left else await receive()

    return receiving
