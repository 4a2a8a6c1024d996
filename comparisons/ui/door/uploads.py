"""Uploads: counted while they arrive, ended at the visitor's limit, and recorded as the visitor's files."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from gradio.utils import get_upload_folder
from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from comparisons.records import Person
from comparisons.runs import HOUR_S
from comparisons.shares import Hourly
from comparisons.ui.door import bodies
from comparisons.ui.door.limits import Patience
from comparisons.ui.door.refusals import NotLetIn

LEAST = 50_000
"""The least bytes that a file counts as in the visitor's limit, since small files cost something too."""
LARGEST = 60_000_000
"""The most bytes of one file."""
FRAME = 100_000
"""The most bytes of an upload besides its files: form headers and boundaries."""
PARTS = 4
"""The most files in one upload. The page sends one; each is open until the upload is over."""
EACH = 300
"""How many files one person may have; beyond that, the one read longest ago is dropped."""
ALL = 50_000
"""How many files all people together may have; beyond that, those of whoever was active longest ago are dropped."""
TOO_LARGE = f"A file may have {LARGEST // 1_000_000} MB; choose a smaller one."
TOO_MUCH = "That is a lot of images for one hour. Please come back a little later."
TOO_MANY_PARTS = f"One upload may have {PARTS} files; choose fewer at a time."
TOO_MANY = "Too many images are on their way here at once. Please try again in a minute."
TOO_SLOW = "This image did not arrive in time; try again."


def sweep(folder: Path, before: float) -> None:
    """Deletes what unfinished uploads left in Gradio's folder and was last written ``before`` (epoch seconds)."""
    for path in folder.glob("tmp????????"):
        with suppress(FileNotFoundError):  # another process has just deleted it
            if path.is_file() and path.stat().st_mtime < before:
                path.unlink()


class FormParts:
    """Counts the parts of an arriving form by their boundaries, also where a boundary is split over two chunks."""

    def __init__(self, content_type: str) -> None:
        boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
        self._mark = b"--" + boundary + b"\r\n"
        self._tail = b""
        self.count = 0

    def arrives(self, body: bytes) -> None:
        text = self._tail + body
        self.count += text.count(self._mark)
        self._tail = text[1 - len(self._mark) :]  # one byte shorter than a boundary, so that none is counted twice


class Files:
    """Which of the files in Gradio's folder a person may read and use."""

    def __init__(self) -> None:
        self.everybodys: frozenset[str] = frozenset()
        self._of: OrderedDict[str, OrderedDict[str, None]] = OrderedDict()
        self._count = 0

    def grant(self, path: str, person: Person) -> None:
        """Makes a file this person's; it may be somebody else's too, who uploaded the same content."""
        mine = self._of.setdefault(person.id, OrderedDict())
        self._count += path not in mine
        mine[path] = None
        mine.move_to_end(path)
        self._of.move_to_end(person.id)
        if len(mine) > EACH:
            mine.popitem(last=False)
            self._count -= 1
        while self._count > ALL:
            self._count -= len(self._of.popitem(last=False)[1])

    def may_read(self, path: str, person: Person) -> bool:
        if path in self.everybodys:
            return True
        mine = self._of.get(person.id, OrderedDict())
        if path in mine:
            mine.move_to_end(path)
        return path in mine


class UploadReply:
    """Passes on Gradio's answer to an upload; before its end is sent, calls ``kept`` with the new files' paths."""

    def __init__(self, send: Send, kept: Callable[[list[str]], None]) -> None:
        self._send, self._kept = send, kept
        self._body = bytearray()
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif self.status == 200:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                self._kept([str(path) for path in json.loads(self._body)])
        await self._send(message)


class Arriving:
    """Counts one arriving file in a person's limit, and refuses it if it is too much.

    Args:
        quota: the bytes that visitors sent in the last hour.
        most: the most bytes of it, including form headers.

    Attributes:
        arrived: bytes of it so far.
    """

    def __init__(self, quota: Hourly, person: Person, most: int) -> None:
        self._quota, self._person, self._most = quota, person, most
        self.arrived = 0

    def check(self, announced: int) -> None:
        """Refuses a file by its announced length (0 if none was announced), before anything of it is read.

        Raises:
            NotLetIn: 413 if it is too large, 429 if it is more than the person may send now.
        """
        if announced > self._most:
            raise NotLetIn(413, TOO_LARGE)
        if max(announced, 1) > self._quota.left(self._person):
            raise NotLetIn(429, TOO_MUCH)

    def arrives(self, size: int) -> None:
        """Counts the next ``size`` bytes; raises as ``check``."""
        more = 0 if self.arrived else max(LEAST - size, 0)
        self.arrived += size
        left = self._quota.left(self._person)
        self._quota.count(self._person, size, more)
        if self.arrived > self._most:
            raise NotLetIn(413, TOO_LARGE)
        if size + more > left:
            raise NotLetIn(429, TOO_MUCH)


class Upload:
    """One arriving upload of a visitor, which is read no further than the visitor may send."""

    def __init__(self, quota: Hourly, kept: Callable[[list[str]], None], person: Person, patience: Patience) -> None:
        self._quota = quota
        self._kept = kept
        self._person = person
        self._patience = patience
        self._arriving = Arriving(quota, person, LARGEST + FRAME)
        self._refusal: NotLetIn | None = None
        self._whole = False

    def check(self, headers: Headers) -> None:
        """Refuses an upload by its announced length, before anything of it is read; raises as ``Arriving.check``."""
        self._arriving.check(bodies.announced(headers))

    async def run(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the upload on to Gradio, and records the resulting files as the visitor's."""
        parts = FormParts(Headers(scope=scope).get("content-type", ""))
        pace = bodies.Pace(self._patience)
        answer = UploadReply(send, self._count)

        async def receiving() -> Message:
            message: Message = {"type": "http.disconnect"} if self._refusal else await self._next(pace, receive)
            self._arrives(message.get("body", b""), parts)
            return {"type": "http.disconnect"} if self._refusal else message

        async def sending(message: Message) -> None:
            if self._refusal is None:
                await answer.send(message)

        try:
            await app(scope, receiving, sending)
        except ClientDisconnect:
            if self._refusal is None:
                raise
        finally:
            if answer.status != 200:
                await asyncio.to_thread(sweep, Path(get_upload_folder()), self._quota.now() - HOUR_S)
        if self._refusal is not None and not answer.status:
            await self._refusal.response()(scope, receive, send)

    async def _next(self, pace: bodies.Pace, receive: Receive) -> Message:
        """The next message of the upload; a disconnect if it does not come in time."""
        if self._whole:
            return await receive()
        try:
            message = await pace.next(receive)
        except TimeoutError:
            self._refusal = NotLetIn(408, TOO_SLOW)
            return {"type": "http.disconnect"}
        self._whole = not message.get("more_body", False)
        return message

    def _count(self, paths: list[str]) -> None:
        self._kept(paths)
        self._quota.count(self._person, 0, LEAST * max(len(paths) - 1, 0))

    def _arrives(self, body: bytes, parts: FormParts) -> None:
        if not body or self._refusal:
            return
        parts.arrives(body)
        try:
            self._arriving.arrives(len(body))
            if parts.count > PARTS:
                raise NotLetIn(413, TOO_MANY_PARTS)
        except NotLetIn as refusal:
            self._refusal = refusal
