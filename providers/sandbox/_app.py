"""One Starlette app for every provider: discovery, counting, faults, and the object store of clips."""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import ModuleType

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from providers.sandbox._faults import API, Fault
from providers.sandbox._jobs import SimJob
from providers.sandbox._world import World, accepted

Handler = Callable[[Request], Awaitable[Response]]
Stall = Callable[[], Awaitable[None]]

# A status no vendor's document knows.
STRANGE = "HIBERNATING"

# What an object store says of a signed URL past its time: the error documents of COS and S3 alike.
_EXPIRED = (
    "<?xml version='1.0' encoding='utf-8' ?>\n"
    "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>\n"
)
_NO_SUCH_KEY = (
    "<?xml version='1.0' encoding='utf-8' ?>\n"
    "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>\n"
)
_HTML = "<!doctype html><title>Please wait</title><p>Checking your browser before you continue.</p>\n"


def emulators() -> tuple[ModuleType, ...]:
    """Every provider module of this package's ``__path__``, in the order of their slugs."""
    package = sys.modules[__package__]
    names = [info.name for info in pkgutil.iter_modules(package.__path__) if not info.name.startswith("_")]
    modules = [importlib.import_module(f"{__package__}.{name}") for name in names]
    return tuple(sorted(modules, key=lambda module: module.SLUG))


def create_app(world: World, public_url: str, stall: Stall) -> Starlette:
    """The sandbox as an ASGI app.

    ``public_url`` is where clients reach it; every URL it hands out begins with it, whatever the Host header
    says. ``stall`` is awaited where a client should see no reply to an accepted submit: on loopback it sleeps
    past any read timeout, in process it raises the client's own error, which passes through the app.
    """
    public_url = public_url.rstrip("/")

    async def describe(_: Request) -> Response:
        return JSONResponse(world.describe())

    routes: list[BaseRoute] = [Route("/world", describe)]
    for module in emulators():
        routes.append(Mount(f"/{module.SLUG}", routes=_provider(module, world, public_url, stall)))
    return Starlette(routes=routes)


def _provider(module: ModuleType, world: World, public_url: str, stall: Stall) -> list[BaseRoute]:
    guard = _Guard(module, world, stall)
    store = _Store(module.SLUG, world)
    own = [guard.route(route) for route in module.routes(world, public_url)]
    return [
        Route("/cdn/clips/{name}.mp4", store.clip, methods=["GET"]),
        Route("/cdn/uploads/{name}.{suffix}", store.upload, methods=["GET"]),
        *own,
    ]


@dataclass(frozen=True)
class _Guard:
    """Counts a provider's requests and lets faults strike around its handlers."""

    module: ModuleType
    world: World
    stall: Stall

    def route(self, route: BaseRoute) -> BaseRoute:
        if not isinstance(route, Route):
            return route
        operation = route.name if route.name in API else "other"
        methods = sorted(route.methods or ())
        return Route(route.path, self._guarded(route.endpoint, operation), methods=methods, name=route.name)

    def _guarded(self, handler: Handler, operation: str) -> Handler:
        async def guarded(request: Request) -> Response:
            self.world.count(self.module.SLUG, operation)
            if refusal := self._refusal(operation):
                return refusal
            accepted.set(None)
            response = await handler(request)
            if accepted.get() is not None and self._take("drop_after_accept", operation):
                await self.stall()
            return self._spoiled(response, operation)

        return guarded

    def _take(self, kind: str, operation: str) -> Fault | None:
        return self.world.faults.take(kind, self.module.SLUG, operation)

    def _refusal(self, operation: str) -> Response | None:
        """What comes back before the provider has even looked at the request."""
        if self._take("server_error", operation):
            return PlainTextResponse("Internal Server Error", status_code=500)
        if fault := self._take("rate_limited", operation):
            return _later(getattr(self.module, "rate_limited", _too_many)(), fault)
        coded = getattr(self.module, "rate_limited_code", None)
        if coded is not None and self._take("rate_limited_code", operation):
            return coded(operation)
        return None

    def _spoiled(self, response: Response, operation: str) -> Response:
        if not isinstance(response, JSONResponse):
            return response
        if _has_status(response) and self._take("unknown_status", operation):
            return _strange(response)
        if self._take("malformed_json", operation):
            return Response(response.body[: len(response.body) // 2], media_type="application/json")
        return response


def _too_many() -> Response:
    return PlainTextResponse("Too Many Requests", status_code=429)


def _later(response: Response, fault: Fault) -> Response:
    response.headers["Retry-After"] = f"{fault.retry_after:g}"
    return response


def _has_status(response: JSONResponse) -> bool:
    body = json.loads(response.body)
    return response.status_code < 300 and isinstance(body, dict) and bool(body.get("status"))


def _strange(response: JSONResponse) -> Response:
    body = json.loads(response.body)
    upper = body["status"].isupper()
    return JSONResponse(body | {"status": STRANGE if upper else STRANGE.lower()}, response.status_code)


@dataclass(frozen=True)
class _Store:
    """Serves a provider's clips and uploads, without a key, as object stores do."""

    slug: str
    world: World

    async def clip(self, request: Request) -> Response:
        self.world.count(self.slug, "download")
        if fault := self.world.faults.take("rate_limited", self.slug, "download"):
            return _later(_too_many(), fault)
        if self.world.faults.take("server_error", self.slug, "download"):
            return PlainTextResponse("Internal Server Error", status_code=500)
        job = self.world.find(self.slug, request.path_params["name"])
        if job is None or job.clip is None or not job.clip.exists() or job.ended_at > self.world.now():
            return _xml(_NO_SUCH_KEY, 404)
        if self.world.faults.take("expired_url", self.slug, "download"):
            job.url_version += 1
        if request.query_params.get("sign") != job.signature():
            return _xml(_EXPIRED, 403)
        return self._served(job)

    def _served(self, job: SimJob) -> Response:
        if job.clip is None:
            return _xml(_NO_SUCH_KEY, 404)
        if self.world.faults.take("html_clip", self.slug, "download"):
            return HTMLResponse(_HTML)
        if self.world.faults.take("truncated_clip", self.slug, "download"):
            return _Half(job.clip.read_bytes(), media_type="video/mp4")
        return FileResponse(job.clip, media_type="video/mp4")

    async def upload(self, request: Request) -> Response:
        stored = self.world.stored(request.path_params["name"])
        if stored is None:
            return _xml(_NO_SUCH_KEY, 404)
        return Response(stored.data, media_type=stored.media_type)


class _Half(Response):
    """Promises the whole body by its Content-Length and sends half of it, as a broken connection does."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body[: len(self.body) // 2]})


def _xml(text: str, status: int) -> Response:
    return Response(text, status_code=status, media_type="application/xml")
