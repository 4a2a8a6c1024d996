"""Limits on downloads: how many files at a time, and how many bytes in an hour, for each visitor and all together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from starlette.requests import ClientDisconnect
from starlette.types import Message, Send

from comparisons.records import Person
from comparisons.shares import Full, Hourly, Shares
from comparisons.ui.door.limits import Limits, full, one

SLOW_S = 120.0
"""A reader that accepts no further part of a file for so many seconds is dropped."""
MINE = "You are loading a lot at once here. Please try again when some of it is there."
MINE_AN_HOUR = "That is a lot of clips for one hour. Please come back a little later."
EVERYBODYS = "Too much is being loaded here just now. Please try again in a minute."


class Downloads:
    """Counts the files that are being sent, and the bytes that were sent in the last hour, for each visitor."""

    def __init__(self, limits: Limits, now: Callable[[], float]) -> None:
        self._open = Shares(limits.downloads)
        self.sent = Hourly(limits.download_bytes, now)

    @contextmanager
    def one(self, who: Person) -> Iterator[Callable[[Send], Send]]:
        """Holds a place for one file during the block; gives a function that makes a ``send`` count the bytes sent.

        The host's downloads are not counted.

        Raises:
            NotLetIn: 429, if a limit is reached.
        """
        whose = self.sent.exceeded(who) if who.id else None
        if whose is not None:
            raise full(Full(whose), MINE_AN_HOUR, EVERYBODYS)
        with one(self._open, who, MINE, EVERYBODYS):
            yield lambda send: self._counted(who, send)

    def _counted(self, who: Person, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if who.id:
                self.sent.count(who, len(message.get("body", b"")))
            try:
                async with asyncio.timeout(SLOW_S):
                    await send(message)
            except TimeoutError as error:
                raise ClientDisconnect from error

        return sending
