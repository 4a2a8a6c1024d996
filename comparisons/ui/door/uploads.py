"""Uploads: counted while they arrive, cut off at what the visitor may send, and noted as that visitor's files."""

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
"""Bytes that a file counts as at least for whoever sends it, once anything of it arrives: small files cost too."""
LARGEST = 60_000_000
"""Bytes of one file."""
FRAME = 100_000
"""Bytes of an upload beyond its files', at most: form headers and boundaries."""
PARTS = 4
"""Files in one upload: the page sends one, and each is open until the upload is over."""
EACH = 300
"""Files one person may have at a time; those read longest ago are let go."""
ALL = 50_000
TOO_LARGE = f"A file may have {LARGEST // 1_000_000} MB; choose a smaller one."
TOO_MUCH = "That is a lot of images for one hour. Please come back a little later."
TOO_MANY_PARTS = f"One upload may have {PARTS} files; choose fewer at a time."
TOO_MANY = "Too many images are on their way here at once. Please try again in a minute."
TOO_SLOW = "This image did not arrive in time; try again."


def sweep(folder: Path, before: float) -> None:
    """Deletes what uploads that did not come to their end have left in Gradio's folder, if not written to since."""
    for path in folder.glob("tmp????????"):
        with suppress(FileNotFoundError):  # another sweep
            if path.is_file() and path.stat().st_mtime < before:
                path.unlink()


class FormParts:
    """The parts of a form on its way in, counted by the boundary before each, wherever it is cut."""

    def __init__(self, content_type: str) -> None:
        boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
        self._mark = b"--" + boundary + b"\r\n"
        self._tail = b""
        self.count = 0

    def arrives(self, body: bytes) -> None:
        text = self._tail + body
        self.count += text.count(self._mark)
        self._tail = text[1 - len(self._mark) :]  # too short for a mark that was counted


class Files:
    """Which of the files in Gradio's folder a person may read and use."""

    def __init__(self) -> None:
        self.everybodys: frozenset[str] = frozenset()
        self._of: OrderedDict[str, OrderedDict[str, None]] = OrderedDict()
        self._count = 0

    def grant(self, path: str, person: Person) -> None:
        """A file is this person's from now on; it may be somebody else's too, who sent the same."""
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
    """The answer to an upload on its way out. Before it is whole there, ``kept`` hears which files there are now."""

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
    """One file of a person on its way in, counted as it arrives, and refused where it is more than they may have.

    Args:
        most: bytes of it, with all that comes around it.

    Attributes:
        arrived: bytes of it so far.
    """

    def __init__(self, quota: Hourly, person: Person, most: int) -> None:
        self._quota, self._person, self._most = quota, person, most
        self.arrived = 0

    def check(self, announced: int) -> None:
        """Refuses what says itself that it is too much, before anything of it is read; 0 where it does not say.

        Raises:
            NotLetIn: 413 or 429.
        """
        if announced > self._most:
            raise NotLetIn(413, TOO_LARGE)
        if max(announced, 1) > self._quota.left(self._person):
            raise NotLetIn(429, TOO_MUCH)

    def arrives(self, size: int) -> None:
        """Counts the next bytes of it.

        Raises:
            NotLetIn: 413 or 429.
        """
        more = 0 if self.arrived else max(LEAST - size, 0)
        self.arrived += size
        left = self._quota.left(self._person)
        self._quota.count(self._person, size, more)
        if self.arrived > self._most:
            raise NotLetIn(413, TOO_LARGE)
        if size + more > left:
            raise NotLetIn(429, TOO_MUCH)


class Upload:
    """One upload of a visitor on its way in. It is read no further than the visitor may send."""

    def __init__(self, quota: Hourly, kept: Callable[[list[str]], None], person: Person, patience: Patience) -> None:
        self._quota = quota
        self._kept = kept
        self._person = person
        self._patience = patience
        self._arriving = Arriving(quota, person, LARGEST + FRAME)
        self._refusal: NotLetIn | None = None
        self._whole = False

    def check(self, headers: Headers) -> None:
        """Refuses what says itself that it is too much, before anything of it is read.

        Raises:
            NotLetIn: 413 or 429.
        """
        self._arriving.check(bodies.announced(headers))

    async def run(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the upload on to Gradio, and notes the resulting files as the visitor's."""
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
