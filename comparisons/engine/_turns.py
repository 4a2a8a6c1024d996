"""Taking turns on an event loop, so that a thousand jobs that act at the same time do not hold up everything else."""

from __future__ import annotations

import asyncio
from collections import deque


class Turns:
    """Lets ``at_once`` callers go on in each turn of the loop, in the order in which they came."""

    def __init__(self, at_once: int = 1) -> None:
        self._at_once = at_once
        self._gone = 0  # how many were let go in this turn
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def take(self) -> None:
        """Returns when it is the caller's turn: at once, if this turn has room and nobody else waits."""
        loop = asyncio.get_running_loop()
        if self._gone < self._at_once and not self._waiting:
            if not self._gone:
                loop.call_soon(self._let_go, loop)
            self._gone += 1
            return
        turn = loop.create_future()
        self._waiting.append(turn)
        await turn

    def _let_go(self, loop: asyncio.AbstractEventLoop) -> None:
        """Runs once a turn, while anybody takes turns: lets the next ones go on."""
        self._gone = 0
        while self._waiting and self._gone < self._at_once:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                self._gone += 1
        if self._gone:
            loop.call_soon(self._let_go, loop)
