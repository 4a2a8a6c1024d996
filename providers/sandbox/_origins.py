"""Each provider at the root of an origin of its own as well, as its vendor is.

Some clients resolve their paths from the origin and drop the path of their base URL (Apiframe's Node SDK 2.0.0-beta.0:
``new URL(path, baseUrl)`` in src/http.ts @ 4c7d6db). A port tells the providers apart for any client; a name such as
``apiframe.localhost`` would not, since not every resolver knows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass(frozen=True)
class Own:
    """One provider's own origin."""

    slug: str
    url: str


_asked_at: ContextVar[Own | None] = ContextVar("asked_at", default=None)
_all: ContextVar[tuple[Own, ...]] = ContextVar("all", default=())


def root_url(public_url: str, slug: str) -> str:
    """Where a provider's root is for whoever asks at the moment: links in a reply lead back to where the asker is."""
    own = _asked_at.get()
    return own.url if own and own.slug == slug else f"{public_url}/{slug}"


def path_of(public_url: str, url: str) -> str | None:
    """The path under the shared origin of a URL that this sandbox serves; None of any other."""
    if url.startswith(f"{public_url}/"):
        return url.removeprefix(public_url)
    own = next((own for own in _all.get() if url.startswith(f"{own.url}/")), None)
    return f"/{own.slug}{url.removeprefix(own.url)}" if own else None


@dataclass(frozen=True)
class PortOrigins:
    """The sandbox on several ports: what comes in at a provider's own one is meant for it alone.

    The port is the one that took the connection. No header has a say.
    """

    app: ASGIApp
    by_port: Mapping[int, Own]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        own = self.by_port.get((scope.get("server") or ("", 0))[1])
        _all.set(tuple(self.by_port.values()))
        _asked_at.set(own)
        below = {name: _below(own.slug, scope[name]) for name in ("path", "raw_path") if own and scope.get(name)}
        await self.app({**scope, **below}, receive, send)


def _below(slug: str, path: str | bytes) -> str | bytes:
    return f"/{slug}{path}" if isinstance(path, str) else f"/{slug}".encode() + path
