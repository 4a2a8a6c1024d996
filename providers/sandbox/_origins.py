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

_own: ContextVar[str | None] = ContextVar("own", default=None)


def root_url(public_url: str, slug: str) -> str:
    """Where a provider's root is for whoever asks at the moment: links in a reply lead back to where the asker is."""
    return _own.get() or f"{public_url}/{slug}"


@dataclass(frozen=True)
class Own:
    """One provider's own origin."""

    slug: str
    url: str


@dataclass(frozen=True)
class Origins:
    """The sandbox on several ports: what comes in at a provider's own one is meant for it alone.

    The port is the one that took the connection. No header has a say.
    """

    app: ASGIApp
    by_port: Mapping[int, Own]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        own = self.by_port.get((scope.get("server") or ("", 0))[1])
        if own is None:
            await self.app(scope, receive, send)
            return
        _own.set(own.url)
        below = {name: _below(own.slug, scope[name]) for name in ("path", "raw_path") if scope.get(name)}
        await self.app({**scope, **below}, receive, send)


def _below(slug: str, path: str | bytes) -> str | bytes:
    return f"/{slug}{path}" if isinstance(path, str) else f"/{slug}".encode() + path
