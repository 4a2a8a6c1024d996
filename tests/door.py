"""The page as it is served, in this process: what the tests of the door stand on."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import itertools
import json
import platform
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import gradio as gr
import httpx
from starlette.responses import PlainTextResponse

from comparisons import settings
from comparisons.playground import Playground
from comparisons.ui import Door, build_ui, launch_options
from comparisons.ui.door.door import LIMITS
from comparisons.ui.door.doorkeeper import Doorkeeper
from comparisons.ui.door.limits import Limits
from comparisons.ui.server import routes
from tests.browser import free_port
from tests.plain_http import LOOPBACK

NAMES = itertools.count()
NO_FILTER = ["", "", "", "", "", False, "", ""]
"""What the fields of History hold when nothing is asked of it."""


@dataclass
class Opened:
    """A Takes that is served."""

    url: str
    door: Door | None = None
    demo: gr.Blocks | None = None

    def client(self, cookie: str = "", **headers: str) -> httpx.Client:
        """Somebody who talks to it past the page, with a cookie or none."""
        told = headers | ({"cookie": cookie} if cookie else {})
        return httpx.Client(base_url=self.url, headers=told, timeout=20, **LOOPBACK)

    def cookie(self) -> str:
        """A new visitor's."""
        with self.client() as client:
            return client.get("/").headers["set-cookie"].partition(";")[0]

    @contextlib.contextmanager
    def visitor(self) -> Iterator[httpx.Client]:
        with self.client(self.cookie()) as client:
            yield client


def kept(door: Door, page: str = "the page", status: int = 200) -> Doorkeeper:
    """The door around a page that says always the same, with our own routes."""
    return Doorkeeper(PlainTextResponse(page, status_code=status), door, routes(door))


def new_cookie(door: Door) -> str:
    """A new visitor's, over http."""
    return door.cookies.renewed({}, https=False).partition(";")[0]


def id_in(cookie: str) -> str:
    """The visitor that a cookie names."""
    return cookie.partition("=")[2].partition(".")[0]


@contextlib.contextmanager
def opened(home: Path, limits: Limits = LIMITS, **env: str) -> Iterator[Opened]:
    """Serves a Takes on a free port, as ``app.py`` does."""
    told = {"TAKES_HOME": str(home), "TAKES_SANDBOX_SPEED": "60", **env}
    playground = Playground(settings.read(told, Path("no.env")))
    door = Door(playground, limits)
    port = free_port()

    async def launched() -> gr.Blocks:  # within a loop: without one gradio makes several, and leaves them open
        demo = build_ui(playground, door)
        demo.launch(**launch_options(door), server_port=port, prevent_thread_lock=True, quiet=True)
        return demo

    demo = asyncio.run(launched())
    try:
        yield Opened(f"http://127.0.0.1:{port}/", door, demo)
    finally:
        demo.close()
        door.sessions.close()
        playground.close()


@dataclass
class Pressed:
    """An event of the page, as its script sends it."""

    handler: str
    data: list[Any] = field(default_factory=list)
    event: Any = None
    session: str = ""


def config_of(client: httpx.Client) -> dict[str, Any]:
    """What the page says of itself: its components, and its handlers as ``dependencies``."""
    return _config_at(str(client.base_url))


@functools.cache
def _config_at(url: str) -> dict[str, Any]:
    page = httpx.get(url, **LOOPBACK).text  # not by the client, who would have a cookie from then on
    return dict(json.loads(re.search(r"window\.gradio_config = (.*?);</script>", page)[1]))


def body_of(client: httpx.Client, sent: Pressed) -> dict[str, Any]:
    """What joins the queue for an event."""
    number = next(each["id"] for each in config_of(client)["dependencies"] if each["api_name"] == sent.handler)
    session = sent.session or f"raw{next(NAMES)}"
    return {
        "fn_index": number, "data": sent.data, "event_data": sent.event, "session_hash": session, "trigger_id": None,
    }  # fmt: skip


def data_of(client: httpx.Client, handler: str, told: dict[str, Any]) -> list[Any]:
    """What the page sends with an event: its fields as they open, but for those told, by the ids of their elements."""
    config = config_of(client)
    parts = {part["id"]: part["props"] for part in config["components"]}
    (asked,) = [each for each in config["dependencies"] if each["api_name"] == handler]
    return [told.get(parts[part].get("elem_id"), parts[part].get("value")) for part in asked["inputs"]]


def heard(client: httpx.Client, body: dict[str, Any], enough: str = "process_completed") -> str:
    """Joins the queue and listens until the event is over, or until ``enough`` is said; all of it, as one text."""
    joined = client.post("gradio_api/queue/join", json=body)
    if joined.status_code != 200:
        return joined.text
    said = ""
    with client.stream("GET", "gradio_api/queue/data", params={"session_hash": body["session_hash"]}) as stream:
        if stream.status_code != 200:
            return stream.read().decode()
        for line in stream.iter_lines():
            said += line + "\n"
            if enough in line or "process_completed" in line or "close_stream" in line:
                break
    return said


def machine() -> str:
    """This machine's name."""
    return platform.node().lower()


def old_visitor(token: str) -> str:
    """Whom a cookie of earlier versions stood for."""
    return hashlib.sha256(token.encode()).hexdigest()[:32]


@contextlib.contextmanager
def portless(it: Opened) -> Iterator[int]:
    """A proxy before a Takes that passes on every request, but of the host only its name; its port."""
    upstream = urlsplit(it.url).port or 0

    def passed_on(front: socket.socket) -> None:
        with front, socket.create_connection(("127.0.0.1", upstream)) as back:
            head = b""
            while b"\r\n\r\n" not in head and (more := front.recv(65536)):
                head += more
            head = re.sub(rb"(?im)^(host: [^:\r]+)(:\d+)?\r", rb"\1\r", head, count=1)
            head = re.sub(rb"(?im)^connection: .*\r\n", b"", head)
            back.sendall(head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
            upward = threading.Thread(target=poured, args=(front, back), daemon=True)
            upward.start()
            poured(back, front)

    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accepting() -> None:
            with contextlib.suppress(OSError):  # closed: it is over
                while True:
                    threading.Thread(target=passed_on, args=(listening.accept()[0],), daemon=True).start()

        threading.Thread(target=accepting, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


def poured(source: socket.socket, target: socket.socket) -> None:
    """Passes on all that comes, to its end."""
    with contextlib.suppress(OSError):
        while some := source.recv(65536):
            target.sendall(some)
        target.shutdown(socket.SHUT_WR)
