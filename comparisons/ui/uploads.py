"""Uploads: how much each visitor may send in an hour, counted as it arrives, and whose each file then is."""

from __future__ import annotations

import asyncio
import json
from collections import Counter, OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from gradio.utils import get_upload_folder
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from comparisons.ui import bodies
from comparisons.ui.refusals import Refused
from comparisons.visitors import HOUR_S, Person

AN_HOUR = 200_000_000
"""Bytes one visitor may upload in an hour."""
AN_HOUR_ALL = 2_000_000_000
"""Bytes all visitors together may upload in an hour."""
LEAST = 50_000
"""Bytes that a file counts as at least, once anything of it arrives: small files cost too."""
LARGEST = 60_000_000
"""Bytes of one file."""
FRAME = 100_000
"""Bytes around the file, at most."""
EACH = 300
"""Files one person may have at a time; those read longest ago are let go."""
ALL = 50_000
MINUTE_S = 60.0
TOO_LARGE = f"A file may have {LARGEST // 1_000_000} MB; choose a smaller one."
TOO_MUCH = "That is a lot of images for one hour. Please come back a little later."


def sweep(folder: Path, before: float) -> None:
    """Deletes what uploads that did not come to their end have left in Gradio's folder, if not written to since."""
    for path in folder.glob("tmp????????"):
        with suppress(FileNotFoundError):  # another sweep
            if path.is_file() and path.stat().st_mtime < before:
                path.unlink()


class Quota:
    """What arrived in the last hour, by minutes."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self._minutes: OrderedDict[int, Counter[str]] = OrderedDict()

    def left(self, visitor: str) -> int:
        """Bytes that a visitor may still upload now."""
        this = int(self.now() // MINUTE_S)
        while self._minutes and next(iter(self._minutes)) <= this - 60:
            self._minutes.popitem(last=False)
        mine = sum(minute[visitor] for minute in self._minutes.values())
        return min(AN_HOUR - mine, AN_HOUR_ALL - sum(minute[""] for minute in self._minutes.values()))

    def count(self, visitor: str, size: int) -> None:
        """Counts bytes that have arrived."""
        minute = self._minutes.setdefault(int(self.now() // MINUTE_S), Counter())
        minute[visitor] += size
        minute[""] += size  # of all


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


class Upload:
    """One upload of a visitor on its way in. It is read no further than the visitor may send."""

    def __init__(self, quota: Quota, files: Files, person: Person) -> None:
        self._quota = quota
        self._files = files
        self._person = person
        self._refusal: Refused | None = None
        self._arrived = 0
        self._status = 0
        self._answer = bytearray()

    def check(self, headers: Headers) -> None:
        """Refuses what says itself that it is too much, before anything of it is read.

        Raises:
            Refused: 413 or 429.
        """
        announced = bodies.announced(headers)
        if announced > LARGEST + FRAME:
            raise Refused(413, TOO_LARGE)
        if max(announced, 1) > self._quota.left(self._person.id):
            raise Refused(429, TOO_MUCH)

    async def run(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands the upload on, and notes what came of it."""

        async def receiving() -> Message:
            message = {"type": "http.disconnect"} if self._refusal else await receive()
            self._arrives(len(message.get("body", b"")))
            return {"type": "http.disconnect"} if self._refusal else message

        async def sending(message: Message) -> None:
            if self._refusal is None:
                self._said(message)
                await send(message)

        try:
            await app(scope, receiving, sending)
        except ClientDisconnect:
            if self._refusal is None:
                raise
        finally:
            if self._status != 200:
                await asyncio.to_thread(sweep, Path(get_upload_folder()), self._quota.now() - HOUR_S)
        if self._refusal is not None and not self._status:
            await self._refusal.response()(scope, receive, send)

    def _arrives(self, size: int) -> None:
        if not size or self._refusal:
            return
        counted = size if self._arrived else max(size, LEAST)
        self._arrived += size
        if self._arrived > LARGEST + FRAME:
            self._refusal = Refused(413, TOO_LARGE)
        elif counted > self._quota.left(self._person.id):
            self._refusal = Refused(429, TOO_MUCH)
        self._quota.count(self._person.id, counted)

    def _said(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            return
        self._answer += message.get("body", b"")
        if self._status == 200 and not message.get("more_body", False):
            paths = json.loads(self._answer)
            for path in paths:
                self._files.grant(str(path), self._person)
            self._quota.count(self._person.id, LEAST * (len(paths) - 1))
