"""Somebody who gets webhooks: an HTTP server of this machine, in the loop of the test."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import trustme

from tests.providers.sandbox.test_sandbox import Bench

HANGS = 0
"""In place of a status: the receiver takes a webhook, and does not answer while it is there."""


@dataclass
class Receiver:
    """Keeps what came: headers, in small letters, and body. It answers with its statuses in turn, then with the last.

    A challenge is given back unless ``silent``.
    """

    statuses: tuple[int, ...] = (200,)
    silent: bool = False
    url: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        fields = (line.split(": ", 1) for line in head[1:] if line)
        headers = {name.lower(): value for name, value in fields}
        body = await reader.readexactly(int(headers["content-length"]))
        self.got.append((headers, body))
        status = self.statuses[min(len(self.got), len(self.statuses)) - 1]
        if status == HANGS:
            await self.ended.wait()
            status = 200
        said = json.loads(body)
        reply = body if isinstance(said, dict) and "challenge" in said and not self.silent else b"{}"
        more = b"Location: /elsewhere\r\n" if 300 <= status < 400 else b""
        writer.write(b"HTTP/1.1 %d X\r\n%bContent-Length: %d\r\nConnection: close\r\n\r\n" % (status, more, len(reply)))
        writer.write(reply)
        writer.close()

    def said(self) -> list[Any]:
        """The bodies."""
        return [json.loads(body) for _, body in self.got]

    async def has(self, number: int) -> None:
        """Waits until so many webhooks have come."""
        await met(lambda: len(self.got) >= number)


async def met(condition: Callable[[], object], within_s: float = 20.0) -> None:
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.005)


def hurried(bench: Bench) -> Bench:
    """A bench whose clock goes on by itself: whoever sleeps moves it, and waits for nothing."""

    async def sleep(seconds: float) -> None:
        bench.time += max(seconds, 1e-6)  # less would not move it
        await asyncio.sleep(0)

    bench.world.sleep = sleep
    return bench


@asynccontextmanager
async def receiving(*statuses: int, secure: bool = False, silent: bool = False) -> AsyncIterator[Receiver]:
    """A receiver; a secure one has a certificate that nobody else trusts."""
    receiver, proof = Receiver(statuses or (200,), silent), None
    if secure:
        proof = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        trustme.CA().issue_cert("127.0.0.1").configure_cert(proof)
    async with await asyncio.start_server(receiver.answer, "127.0.0.1", 0, ssl=proof) as server:
        port = server.sockets[0].getsockname()[1]
        receiver.url = f"http{'s' if secure else ''}://127.0.0.1:{port}/hook?of=takes"
        yield receiver
        receiver.ended.set()
        await asyncio.sleep(0)
