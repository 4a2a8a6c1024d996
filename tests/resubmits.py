"""Who pays twice: how often each vendor's own client, and Takes, submits one job whose answer goes wrong.

``python -m tests.resubmits`` puts a wire that breaks between a client and the sandbox on loopback, asks for one clip,
and prints how many submits were sent within ``WINDOW_S`` seconds and how many of them the sandbox charged: where the
answer is 429 or 500, where the connection is dropped after the job was accepted, and where no answer comes. Clients
are as they come, but for their base URL, and for the time they wait for an answer, which is ``ANSWER_S``.
Names of clients after it (``fal-client takes:fal``) have it run those alone. One that is not installed is left out.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import httpx
from starlette.routing import Match, Mount, Route

from providers import PROVIDERS
from providers.sandbox import Tempo, World, create_app
from tests import resubmit_clients

WINDOW_S = 15.0
ANSWER_S = 3.0
WAYS = ("429", "500", "dropped", "no answer")
"""What becomes of the answer to every submit. All but the first are given after the job was accepted."""


class Count(NamedTuple):
    """What one client did about one way."""

    submits: int
    charges: int


# The wire -----------------------------------------------------------------------------------------------------


class Wire:
    """A server on loopback that hands requests on to a sandbox, and breaks the answers to submits of one provider."""

    def __init__(self, slug: str, way: str, world: World) -> None:
        self.submits = 0
        self._slug = slug
        self._way = way
        self.world = world
        self.url = ""
        self._routes: list[Route] = []
        self._sandbox: httpx.AsyncClient | None = None

    async def open(self) -> None:
        """Listens on a free port; ends with its loop."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        app = create_app(self.world, self.url, stall=lambda: asyncio.sleep(3600))
        mounted = [each for each in app.routes if isinstance(each, Mount) and each.path == f"/{self._slug}"]
        self._routes = [route for each in mounted for route in each.routes if isinstance(route, Route)]
        self._sandbox = httpx.AsyncClient(transport=httpx.ASGITransport(app))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            while await self._answered(reader, writer):
                pass
        writer.close()

    async def _answered(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answers one request; whether the connection goes on."""
        request = await _request(reader, self.url)
        if not self._is_submit(request):
            await _reply(writer, await self._asked(request))
            return True
        self.submits += 1
        if self._way == "429":
            await _reply(writer, httpx.Response(429, json={"detail": "too many requests"}))
            return True
        await self._asked(request)
        if self._way == "no answer":
            await asyncio.sleep(WINDOW_S)
        if self._way == "500":
            await _reply(writer, httpx.Response(500, json={"detail": "internal error"}))
        return self._way == "500"

    async def _asked(self, request: httpx.Request) -> httpx.Response:
        assert self._sandbox is not None
        return await self._sandbox.send(request)

    def _is_submit(self, request: httpx.Request) -> bool:
        inside = request.url.path.removeprefix(f"/{self._slug}")
        scope = {"type": "http", "method": request.method, "path": inside, "root_path": "", "headers": []}
        route = next((each for each in self._routes if each.matches(scope)[0] is Match.FULL), None)
        return route is not None and route.name == "submit"


async def _request(reader: asyncio.StreamReader, origin: str) -> httpx.Request:
    """One HTTP/1.1 request off a connection, as the sandbox is to have it."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ", 2)
    headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in head[1:] if line)]
    told = httpx.Headers(headers)
    if told.get("transfer-encoding", "").lower() == "chunked":
        body = b"".join([chunk async for chunk in _chunks(reader)])
        del told["transfer-encoding"]
    else:
        body = await reader.readexactly(int(told.get("content-length", "0")))
    return httpx.Request(method, f"{origin}{path}", headers=told, content=body)


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while size := int((await reader.readline()).split(b";")[0], 16):
        yield await reader.readexactly(size)
        await reader.readline()
    await reader.readline()


async def _reply(writer: asyncio.StreamWriter, reply: httpx.Response) -> None:
    dropped = ("transfer-encoding", "content-length", "content-encoding", "connection")
    lines = [f"{name}: {value}" for name, value in reply.headers.items() if name not in dropped]
    head = [f"HTTP/1.1 {reply.status_code} {reply.reason_phrase}", *lines, f"content-length: {len(reply.content)}"]
    writer.write("\r\n".join([*head, "", ""]).encode("latin-1") + reply.content)
    await writer.drain()


@contextmanager
def broken(slug: str, way: str) -> Iterator[Wire]:
    """A wire in a thread of its own, with a sandbox behind it that renders what it is asked for."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    with tempfile.TemporaryDirectory() as clips:
        world = World(tempo=Tempo(speed=50.0), clips=Path(clips))
        wire = Wire(slug, way, world)
        asyncio.run_coroutine_threadsafe(wire.open(), loop).result()
        try:
            yield wire
        finally:
            asyncio.run_coroutine_threadsafe(_end_all(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()
            world.close()


async def _end_all() -> None:
    """Ends what still waits on this loop: connections that are not answered, and the server itself."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


# The clients --------------------------------------------------------------------------------------------------


def measured(name: str, slug: str, way: str) -> Count:
    """One clip asked for by one client, in a process that is ended after ``WINDOW_S`` seconds."""
    with broken(slug, way) as wire:
        asked = [sys.executable, "-m", "tests.resubmit_clients", name, wire.url, str(ANSWER_S)]
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(asked, timeout=WINDOW_S, capture_output=True, check=False)
        return Count(wire.submits, wire.world.charges(slug))


def clients() -> dict[str, str]:
    """Every client with its provider: the vendors' own, and Takes at each provider."""
    theirs = {name: slug for name, (slug, _) in resubmit_clients.THEIRS.items() if is_here(name)}
    return theirs | {f"takes:{slug}": slug for slug in PROVIDERS}


def is_here(name: str) -> bool:
    try:
        return bool(version(name))
    except PackageNotFoundError:
        return False


def title(name: str) -> str:
    return name if name.startswith("takes:") else f"{name} {version(name)}"


def main(wanted: Sequence[str]) -> int:
    """Prints the table; 1 where Takes sent again what may have arrived, without a key that allows it."""
    bad = 0
    print(f"| client | {' | '.join(WAYS)} |\n|---|{'---|' * len(WAYS)}")
    for name, slug in clients().items():
        if wanted and name not in wanted:
            continue
        counts = {way: measured(name, slug, way) for way in WAYS}
        told = (f"{count.submits} sent, {count.charges} charged" for count in counts.values())
        print(f"| {title(name)} | {' | '.join(told)} |", flush=True)
        if name.startswith("takes:"):
            bad += sum(count.charges > 1 for count in counts.values())
            may = PROVIDERS[slug].idempotency_s is not None
            bad += sum(count.submits != 1 for way, count in counts.items() if way != "429" and not may)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
