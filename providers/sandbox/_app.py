"""One Starlette app for every provider: discovery, counting, and faults around its handlers."""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from providers.sandbox._faults import API, Fault
from providers.sandbox._store import Store, later, too_many
from providers.sandbox._webhooks import hook_states
from providers.sandbox._world import World, accepted

Handler = Callable[[Request], Awaitable[Response]]
Stall = Callable[[], Awaitable[None]]

# A status no vendor's document knows.
STRANGE = "HIBERNATING"


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
        return JSONResponse(world.describe() | {"webhooks": hook_states(world)})

    routes: list[BaseRoute] = [Route("/world", describe)]
    for module in emulators():
        routes.append(Mount(f"/{module.SLUG}", routes=_provider(module, world, public_url, stall)))
    return Starlette(routes=routes)


def _provider(module: ModuleType, world: World, public_url: str, stall: Stall) -> list[BaseRoute]:
    guard = _Guard(module, world, stall)
    own = [guard.route(route) for route in module.routes(world, public_url)]
    return [*Store(module.SLUG, world, public_url).routes(), *own]


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
            return later(getattr(self.module, "rate_limited", too_many)(), fault)
        coded = getattr(self.module, "rate_limited_code", None)
        if coded is not None and self._take("rate_limited_code", operation):
            refusal: Response = coded(operation)
            return refusal
        return None

    def _spoiled(self, response: Response, operation: str) -> Response:
        if not isinstance(response, JSONResponse):
            return response
        if _has_status(response) and self._take("unknown_status", operation):
            return _strange(response)
        if self._take("malformed_json", operation):
            return Response(response.body[: len(response.body) // 2], media_type="application/json")
        return response


def _has_status(response: JSONResponse) -> bool:
    return response.status_code < 300 and _state_in(json.loads(bytes(response.body))) is not None


def _state_in(body: Any) -> dict[str, Any] | None:
    """The part of a reply that says a status: the reply itself, or what is in its envelope; None if neither does."""
    parts = (body, body.get("data")) if isinstance(body, dict) else ()
    return next((part for part in parts if isinstance(part, dict) and part.get("status")), None)


def _strange(response: JSONResponse) -> Response:
    body = json.loads(bytes(response.body))
    state = _state_in(body) or {}
    state["status"] = STRANGE if state["status"].isupper() else STRANGE.lower()
    return JSONResponse(body, response.status_code)
