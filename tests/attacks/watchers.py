"""Pages that watch, in one process of their own: ``python -m tests.attacks.watchers PORT``.

Reads lines ``COOKIE PATH`` and opens each as a stream, as cheaply as it can be read: what comes is counted and dropped.
Says ``open N`` once all are, and at the end of its input how many were, which statuses they had and how much came.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter

AT_ONCE = 50
"""Opened side by side, as by people who come within some seconds."""


class _Line(asyncio.Protocol):
    """One stream: its status, its bytes, and whether it is still open."""

    def __init__(self, ask: bytes) -> None:
        self._ask = ask
        self.status, self.bytes, self.open = 0, 0, False
        self.answered = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.open = True
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._ask)

    def data_received(self, data: bytes) -> None:
        self.bytes += len(data)
        if not self.status:
            self.status = int(data.split(b" ", 2)[1])
            self.answered.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        self.open = False
        if not self.answered.done():
            self.answered.set_result(None)


async def watch(port: int) -> None:
    loop, lines = asyncio.get_running_loop(), []
    asked = [line.split() for line in iter(sys.stdin.readline, "\n")]
    for start in range(0, len(asked), AT_ONCE):
        some = []
        for cookie, path in asked[start : start + AT_ONCE]:
            ask = f"GET /{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n".encode()
            _, line = await loop.create_connection(lambda ask=ask: _Line(ask), "127.0.0.1", port)
            some.append(line)
        await asyncio.wait([line.answered for line in some], timeout=30)
        lines += some
    print("open", sum(line.open for line in lines), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    statuses = Counter(line.status for line in lines)
    told = {"open": sum(line.open for line in lines), "statuses": statuses, "bytes": sum(line.bytes for line in lines)}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    asyncio.run(watch(int(sys.argv[1])))
