"""A provider's object store: its clips, the pictures beside them and its uploads, served without a key."""

from __future__ import annotations

import functools
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from providers.sandbox._faults import Fault
from providers.sandbox._jobs import SimJob
from providers.sandbox._origins import root_url
from providers.sandbox._scenery import paint
from providers.sandbox._world import World

# What an object store says of a signed URL past its time, and of a file it does not have (yet): the error documents of
# COS and S3 alike.
_EXPIRED = (
    "<?xml version='1.0' encoding='utf-8' ?>\n"
    "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>\n"
)
_NO_SUCH_KEY = (
    "<?xml version='1.0' encoding='utf-8' ?>\n"
    "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>\n"
)
_DOCUMENTS = {403: _EXPIRED, 404: _NO_SUCH_KEY}
_HTML = "<!doctype html><title>Please wait</title><p>Checking your browser before you continue.</p>\n"
_JSON = {"error": {"code": "InternalError", "message": "We encountered an internal error. Please try again."}}
_COVER = 320, 180


@dataclass(frozen=True)
class Store:
    """The files of one provider. ``public_url`` is where clients reach the sandbox."""

    slug: str
    world: World
    public_url: str

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/cdn/clips/{job}.{suffix}", self.clip, methods=["GET"]),
            Route("/cdn/clips/{job}/{name}", self.clip, methods=["GET"]),
            Route("/cdn/clips/{job}", self.clip, methods=["GET"]),
            Route("/cdn/pictures/{job}.png", self.picture, methods=["GET"]),
            Route("/cdn/uploads/{name}.{suffix}", self.upload, methods=["GET"]),
        ]

    async def clip(self, request: Request) -> Response:
        if trouble := self._trouble():
            return trouble
        job = self._done(request)
        if job is None or job.clip is None or not _is_called(job, request):
            return _refusal(404)
        if self._take("expired_url"):
            job.url_version += 1
        if request.query_params.get("sign") != job.signature():
            return _refusal(403)
        if job.handout.redirect and "moved" not in request.query_params:
            return RedirectResponse(f"{clip_url(self.public_url, job)}&moved=1", status_code=302)
        return self._served(job, job.clip)

    def behind_the_key(self, job: SimJob) -> Response:
        """The clip of a job that is done, where a vendor hands it out itself and has seen the key."""
        if trouble := self._trouble():
            return trouble
        return _refusal(404) if job.clip is None else self._served(job, job.clip)

    def _trouble(self) -> Response | None:
        """Counts a download, and says what comes in its place by plan."""
        self.world.count(self.slug, "download")
        if fault := self._take("rate_limited"):
            return later(too_many(), fault)
        return PlainTextResponse("Internal Server Error", status_code=500) if self._take("server_error") else None

    def _served(self, job: SimJob, clip: Path) -> Response:
        first = job.answers_at_first(self.world.now())
        job.downloads += 1
        if isinstance(first, int):
            return _refusal(first)
        if self._take("html_clip"):
            first = "page"
        if self._take("truncated_clip"):
            first = "cut"
        if first:
            return _wrong(first, clip.read_bytes(), job.handout.media_type)
        return FileResponse(clip, media_type=job.handout.media_type)

    async def picture(self, request: Request) -> Response:
        job = self._done(request)
        if job is None or not job.handout.picture:
            return _refusal(404)
        if request.query_params.get("sign") != job.signature():
            return _refusal(403)
        return Response(cover(job), media_type="image/png")

    async def upload(self, request: Request) -> Response:
        stored = self.world.stored(request.path_params["name"])
        if stored is None:
            return _refusal(404)
        return Response(stored.data, media_type=stored.media_type)

    def _take(self, kind: str) -> Fault | None:
        return self.world.faults.take(kind, self.slug, "download")

    def _done(self, request: Request) -> SimJob | None:
        """The job whose clip is there."""
        job = self.world.find(self.slug, request.path_params["job"])
        if job is None or job.clip is None or not job.clip.exists() or job.ended_at > self.world.now():
            return None
        return job


def clip_url(public_url: str, job: SimJob) -> str:
    """Where a clip is, as the provider says it: a name that the fault plan gives is not escaped."""
    folder = f"{root_url(public_url, job.provider)}/cdn/clips/{job.id}"
    last = f"/{job.handout.name}" if job.handout.name else job.handout.suffix
    return f"{folder}{last}?sign={job.signature()}"


def cover(job: SimJob) -> bytes:
    """The picture beside a clip: a PNG."""
    return _painted(job.prompt, job.provider)


@functools.lru_cache(maxsize=32)
def _painted(prompt: str, provider: str) -> bytes:
    file = io.BytesIO()
    paint(prompt, provider, *_COVER).save(file, "PNG")
    return file.getvalue()


def too_many() -> Response:
    return PlainTextResponse("Too Many Requests", status_code=429)


def later(response: Response, fault: Fault) -> Response:
    response.headers["Retry-After"] = f"{fault.retry_after:g}"
    return response


def _is_called(job: SimJob, request: Request) -> bool:
    """Whether a URL's path is that of the clip."""
    if job.handout.name:
        return bool(request.path_params.get("name") == unquote(job.handout.name))
    return bool(request.path_params.get("suffix", "") == job.handout.suffix.lstrip("."))


def _refusal(status: int) -> Response:
    if status in _DOCUMENTS:
        return Response(_DOCUMENTS[status], status_code=status, media_type="application/xml")
    return PlainTextResponse(_phrase(status), status_code=status)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def _wrong(kind: str, data: bytes, media_type: str) -> Response:
    """A body that is no whole clip, one of ``WRONG``."""
    half = data[: len(data) // 2]
    if kind == "page":
        return HTMLResponse(_HTML)
    if kind == "json":
        return JSONResponse(_JSON)
    if kind == "cut":
        return _Half(data, media_type=media_type)
    if kind == "cut_unsaid":
        return StreamingResponse(_once(half), media_type=media_type)
    return Response(b"" if kind == "empty" else half, media_type=media_type)


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


class _Half(Response):
    """Promises the whole body by its Content-Length and sends half of it, as a broken connection does."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body[: len(self.body) // 2]})
