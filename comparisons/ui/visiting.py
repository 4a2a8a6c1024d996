"""The door: hands out clips, and where strangers visit tells them apart and keeps each to what is theirs.

A visitor is known by an unguessable cookie that no script on the page can read. Only its hash is written down, as the
owner of what they run. Raw calls to the page's own interface pass through the same door.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import random
import re
import secrets
import tempfile
import zipfile
from collections import OrderedDict, deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import gradio as gr
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from comparisons import export, room, session_report
from comparisons.ballots import Ballots
from comparisons.media import BrokenClip
from comparisons.playground import Playground
from comparisons.records import Job, Run
from comparisons.sessions import Sessions
from comparisons.ui.later import Later
from comparisons.ui.reading import Reading
from comparisons.visitors import HOST, HOUR_S, Person
from providers import InvalidRequest, TakesError

COOKIE = "takes_visitor"
TOKEN = re.compile(r"[0-9a-f]{64}")
CLIPS = "/takes/clips/"
BLIND = "/takes/blind/"
BLIND_CLIP = re.compile(r"([0-9a-f]{32})/([0-9])\.mp4")
EXPORTS = "/takes/exports/"
EXPORT = re.compile(r"(r_[0-9a-f]{32})\.zip")
REPORTS = "/takes/sessions/"
REPORT = re.compile(r"(s_[0-9a-f]{32})\.zip")
FILES: dict[room.Kind, str] = {
    "clip": ".mp4", "poster": ".jpg", "strip": "-strip.jpg", "given": "-given", "small": "-small.mp4",
}  # fmt: skip
"""How the files of a job are called at the door, after its id."""
MADE = (FILES["strip"], FILES["small"])
"""Those that are made when they are first asked for, which takes a decoding of the clip."""
CLIP = re.compile(rf"(j_[0-9a-f]{{32}})({'|'.join(map(re.escape, FILES.values()))})")
SESSIONS_KEPT = 10_000
UPLOADED_AN_HOUR = 200_000_000
"""Bytes one visitor may upload in an hour."""
UPLOADED_AN_HOUR_ALL = 2_000_000_000
"""Bytes all visitors together may upload in an hour."""
A_YEAR_S = 365 * 24 * 3600


def file_url(job: Job, kind: room.Kind) -> str:
    """Where the page reads a file of a job."""
    return f"{CLIPS.removeprefix('/')}{job.id}{FILES[kind]}"


def export_url(run: Run) -> str:
    """Where the page reads all of a run, as one zip."""
    return f"{EXPORTS.removeprefix('/')}{run.id}.zip"


def report_url(session_id: str) -> str:
    """Where the page reads the report of a benchmark session, as one zip."""
    return f"{REPORTS.removeprefix('/')}{session_id}.zip"


class Door:
    """Who stands behind a request, for the middleware and the handlers alike."""

    def __init__(self, playground: Playground) -> None:
        self.playground = playground
        self.sessions = Sessions(playground)
        self.ballots = Ballots(playground.ledger, playground.media, playground.clock.now, random.SystemRandom())
        self.later = Later()
        self.reading = Reading()
        self._sessions: OrderedDict[str, str] = OrderedDict()
        self._uploads: deque[tuple[float, str, int]] = deque()

    @property
    def public(self) -> bool:
        return self.playground.settings.public

    def visitor(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> str:
        """The id behind a request; empty if it brings no cookie, or was sent by another site's page."""
        token = cookies.get(COOKIE, "")
        if not TOKEN.fullmatch(token) or _is_from_elsewhere(headers):
            return ""
        return hashlib.sha256(token.encode()).hexdigest()[:32]

    def person(self, request: gr.Request, keys: Mapping[str, str] | None = None) -> Person:
        """Who pressed. On one's own machine that is the host.

        Raises:
            InvalidRequest: a stranger without a cookie, or with somebody else's session.
        """
        keys = {slug: key for slug, key in (keys or {}).items() if key}
        if not self.public:
            return Person(HOST.id, keys)
        visitor = self.visitor(dict(request.headers), dict(request.cookies))
        if not visitor:
            raise InvalidRequest("This page needs its cookie to know which takes are yours: allow it, then reload.")
        if not self.is_of(request.session_hash or "", visitor):
            raise InvalidRequest("This page belongs to somebody else; reload it.")
        return Person(visitor, keys)

    def is_of(self, session: str, visitor: str) -> bool:
        """Whether a session of the page is this visitor's: it belongs to whoever came with it first."""
        while len(self._sessions) >= SESSIONS_KEPT:
            self._sessions.popitem(last=False)
        if not visitor:
            return session not in self._sessions
        return not session or self._sessions.setdefault(session, visitor) == visitor

    def may_upload(self, visitor: str, size: int) -> bool:
        """Counts an upload; False if that would be too much for the hour."""
        now = self.playground.clock.now()
        while self._uploads and self._uploads[0][0] < now - HOUR_S:
            self._uploads.popleft()
        mine = sum(each for _, who, each in self._uploads if who == visitor)
        if mine + size > UPLOADED_AN_HOUR or sum(each for *_, each in self._uploads) + size > UPLOADED_AN_HOUR_ALL:
            return False
        self._uploads.append((now, visitor, size))
        return True

    def file(self, job_id: str, suffix: str) -> Path | None:
        """A file of a job, by how it is called at the door; some are made when they are first asked for."""
        media = self.playground.media
        if suffix in (FILES["clip"], FILES["poster"]):
            return media.clips / f"{job_id}{suffix}"
        job = self.playground.ledger.job(job_id)
        if job is None:
            return None
        if suffix in MADE:
            make = media.strip if suffix == FILES["strip"] else media.small
            return make(job.result) if job.result else None
        return media.input_path(job.plan.first_frame) if job.plan.first_frame else None

    def exported(self, run_id: str, visitor: str) -> Path | None:
        """All of a run as one zip, for whom it belongs to; takes as long as its mosaic does."""
        if self.public and not visitor:
            return None
        run = self.playground.run(run_id, Person(visitor) if self.public else HOST)
        return None if run is None else export.zipped(self.playground, run)

    def report(self, session_id: str, visitor: str) -> bytes | None:
        """A session's report as one zip, made anew and kept nowhere, for whom it belongs to; None for others."""
        session = self.playground.ledger.session(session_id)
        if session is None or (self.public and (not visitor or session.owner != visitor)):
            return None
        now, settings, rows = self.playground.clock.now(), self.playground.settings, self.sessions.rows(session)
        with tempfile.TemporaryDirectory() as folder:
            try:
                out = session_report.write(session, rows, settings.usd, now, Path(folder), settings.rate_days)
                return _zip_of(out)
            except InvalidRequest as error:  # it names a path of this machine, which is no visitor's to know
                raise InvalidRequest("The report cannot be written just now: there may be no room for it.") from error

    def blind_clip(self, token: str, place: int, visitor: str) -> Path | None:
        """A clip of a ballot that is open, for whom it was drawn."""
        if self.public and not visitor:
            return None
        return self.ballots.clip(token, place, visitor if self.public else HOST.id)

    def is_made(self, job_id: str, suffix: str) -> bool:
        """Whether a file need not be made first."""
        return suffix not in MADE or (self.playground.media.clips / f"{job_id}{suffix}").exists()

    def may_watch(self, job_id: str, visitor: str) -> bool:
        return not self.public or (bool(visitor) and self.playground.ledger.owner(job_id) == visitor)


class Doorkeeper:
    """The door as ASGI middleware around the page."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door
        self._exporting = asyncio.Lock()
        self._reporting = asyncio.Lock()
        self._making = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        visitor = self._door.visitor(request.headers, request.cookies)
        refusal = await self._file(request, visitor)
        if refusal is None and self._door.public:
            refusal = self._refusal(request, visitor)
        if refusal is not None:
            await refusal(scope, receive, send)
        elif self._door.public:
            await self._app(scope, receive, _Sending(request, send))
        else:
            await self._app(scope, receive, send)

    async def _file(self, request: Request, visitor: str) -> Response | None:
        """A file of a job, to whom it belongs; None if something else was asked for."""
        path = request.url.path
        if path.startswith(EXPORTS):
            return await self._export(EXPORT.fullmatch(path.removeprefix(EXPORTS)), visitor)
        if path.startswith(REPORTS):
            return await self._report(REPORT.fullmatch(path.removeprefix(REPORTS)), visitor)
        if path.startswith(BLIND):
            return await self._blind(BLIND_CLIP.fullmatch(path.removeprefix(BLIND)), visitor)
        if not path.startswith(CLIPS):
            return None
        name = CLIP.fullmatch(path.removeprefix(CLIPS))
        may = name is not None and self._door.may_watch(name[1], visitor)
        try:
            file = await self._clip(name[1], name[2]) if name is not None and may else None
        except BrokenClip as error:
            return _said(str(error), 404)
        if file is None or not file.is_file():
            return _said("There is no such clip here.", 404)
        headers = {"Cache-Control": "private, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
        return FileResponse(file, headers=headers)

    async def _clip(self, job_id: str, suffix: str) -> Path | None:
        """What is made is made one at a time: whoever waits for that holds no thread that hands out clips."""
        if self._door.is_made(job_id, suffix):
            return await asyncio.to_thread(self._door.file, job_id, suffix)
        async with self._making:
            return await asyncio.to_thread(self._door.file, job_id, suffix)

    async def _export(self, name: re.Match[str] | None, visitor: str) -> Response:
        """One at a time: whoever waits holds no thread that hands out clips."""
        try:
            async with self._exporting:
                file = await asyncio.to_thread(self._door.exported, name[1], visitor) if name else None
        except TakesError as error:
            return _said(str(error), 409)
        if file is None:
            return _said("There is no such run here.", 404)
        return FileResponse(file, filename=file.name, headers={"Cache-Control": "no-store"})

    async def _report(self, name: re.Match[str] | None, visitor: str) -> Response:
        """One at a time, as an export is."""
        try:
            async with self._reporting:
                made = await asyncio.to_thread(self._door.report, name[1], visitor) if name else None
        except TakesError as error:
            return _said(str(error), 409)
        if made is None or name is None:
            return _said("There is no such session here.", 404)
        headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="takes-{name[1]}.zip"'}
        return Response(made, media_type="application/zip", headers=headers)

    async def _blind(self, name: re.Match[str] | None, visitor: str) -> Response:
        """A clip of an open ballot, with nothing that could be matched with the clip of a name."""
        try:
            found = await self._blind_clip(name[1], int(name[2]), visitor) if name else None
        except TakesError as error:
            return _said(str(error), 404)
        if found is None:
            return _said("There is no such clip here.", 404)
        return _Nameless(found, headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})

    async def _blind_clip(self, token: str, place: int, visitor: str) -> Path | None:
        """A copy is made one at a time, as a strip is."""
        if self._door.playground.media.is_blind(f"{token}-{place}"):
            return await asyncio.to_thread(self._door.blind_clip, token, place, visitor)
        async with self._making:
            return await asyncio.to_thread(self._door.blind_clip, token, place, visitor)

    def _refusal(self, request: Request, visitor: str) -> Response | None:
        path = request.url.path
        if path.endswith("/upload") and request.method == "POST":
            size = request.headers.get("content-length", "")
            if not visitor or not size.isdecimal():
                return _said("This page needs its cookie to take an image: allow it, then reload.", 403)
            if not self._door.may_upload(visitor, int(size)):
                return _said("That is a lot of images for one hour. Please come back a little later.", 429)
        session = _session(request)
        if session and not self._door.is_of(session, visitor):
            return _said("This page belongs to somebody else; reload it.", 403)
        return None


class _Nameless(FileResponse):
    """A file without its age or a tag of its content: either could be matched with the same clip's under its name."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def nameless(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                del headers["last-modified"], headers["etag"]
            await send(message)

        await super().__call__(scope, receive, nameless)


class _Sending:
    """What goes back to a visitor: their cookie, and a polite word when the queue is full."""

    def __init__(self, request: Request, send: Send) -> None:
        self._request = request
        self._send = send
        self._full = False

    async def __call__(self, message: Message) -> None:
        if self._full:
            return
        if message["type"] == "http.response.start":
            if message["status"] == 503:
                self._full = True
                sentence = "Too many people are using this page just now. Please try again in a minute."
                await _said(sentence, 429)(self._request.scope, self._request.receive, self._send)
                return
            if self._request.url.path == "/" and not TOKEN.fullmatch(self._request.cookies.get(COOKIE, "")):
                MutableHeaders(scope=message).append("set-cookie", self._cookie())
        await self._send(message)

    def _cookie(self) -> str:
        """Within a frame of another site, as a Space is shown, a cookie must be partitioned, and thereby secure."""
        secure = self._request.headers.get("x-forwarded-proto", self._request.url.scheme) == "https"
        reach = "SameSite=None; Secure; Partitioned" if secure else "SameSite=Lax"
        return f"{COOKIE}={secrets.token_hex(32)}; Path=/; HttpOnly; Max-Age={A_YEAR_S}; {reach}"


def _zip_of(folder: Path) -> bytes:
    """A folder with all that is in it, under its own name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(folder.rglob("*")):
            file.write(path, path.relative_to(folder.parent))
    return buffer.getvalue()


def _session(request: Request) -> str:
    """The page's session a request listens in on, if it does."""
    beat = re.search(r"/heartbeat/([^/]+)$", request.url.path)
    return beat[1] if beat else next(iter(parse_qs(request.url.query).get("session_hash", [])), "")


def _is_from_elsewhere(headers: Mapping[str, str]) -> bool:
    """Whether another site's page sent a request: a browser then says so, whatever cookies it brings along."""
    origin = headers.get("origin", "")
    if not origin:
        return False
    return urlsplit(origin).netloc not in (headers.get("host"), headers.get("x-forwarded-host"))


def _said(sentence: str, status: int) -> Response:
    body: dict[str, Any] = {"detail": sentence, "error": sentence}
    return JSONResponse(body, status_code=status, headers={"Retry-After": "600"} if status == 429 else None)
