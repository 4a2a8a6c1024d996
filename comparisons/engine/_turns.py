"""Taking turns on an event loop, so that what a thousand jobs do at the same time does not keep it from all others."""

from __future__ import annotations

import asyncio
from collections import deque


class Turns:
    """Lets so many of those who wait go on in each turn of the loop, in the order in which they came."""

    def __init__(self, at_once: int = 1) -> None:
        self._at_once = at_once
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def take(self) -> None:
        """Returns when it is one's turn: in the next one, if nobody else waits."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._let_go, loop)
        turn = loop.create_future()
        self._waiting.append(turn)
        await turn

    def _let_go(self, loop: asyncio.AbstractEventLoop) -> None:
        for _ in range(min(self._at_once, len(self._waiting))):
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
        if self._waiting:
            loop.call_soon(self._let_go, loop)
