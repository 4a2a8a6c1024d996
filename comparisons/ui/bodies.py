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
HELD_ALL = 100_000_000
ALL = "all"
PATIENCE_S = 60.0
TOO_MUCH = "Too much is on its way here at once. Please try again in a minute."
TOO_SLOW = "This did not arrive within a minute; try again."
TOO_LONG = f"This is more than the {POSTED // 1_000_000} MB that may be sent at once; shorten the longest field."


def announced(headers: Headers) -> int:
    """The length a body is said to have; 0 if nothing is said, or nonsense."""
    text = headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0


class Bodies:
    """Reads bodies; of what is on its way, no visitor may have much in memory here, nor all of them together."""

    def __init__(self) -> None:
        self._held: Counter[str] = Counter()

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
        try:
            async with asyncio.timeout(PATIENCE_S):
                async for part in _parts(receive):
                    body += part
                    self._hold(visitor, len(part))
                    if len(body) > POSTED:
                        raise Refused(413, TOO_LONG)
        except TimeoutError as error:
            raise Refused(408, TOO_SLOW) from error
        finally:
            self._held[visitor] -= len(body)
            self._held[ALL] -= len(body)
            self._held += Counter()  # drops those who hold nothing
        return bytes(body)

    def _hold(self, visitor: str, size: int) -> None:
        self._held[visitor] += size
        self._held[ALL] += size
        if self._held[visitor] > HELD or self._held[ALL] > HELD_ALL:
            raise Refused(429, TOO_MUCH)


async def _parts(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
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
