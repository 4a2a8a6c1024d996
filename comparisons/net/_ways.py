"""Sends a request through the proxy that is set for its address, or straight to it."""

from __future__ import annotations

import asyncio
import functools
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from socksio import SOCKSError

from comparisons.net.errors import Misled
from comparisons.settings import Proxies, Proxy


@functools.cache
def _trusted() -> ssl.SSLContext:
    """The certificates that we trust, read once."""
    return httpx.create_ssl_context()


class Ways(httpx.AsyncBaseTransport):
    """Sends each request through the proxy that is set for its address, and through our own sockets where none is."""

    def __init__(self, proxies: Proxies) -> None:
        from comparisons.net._aiohttp import Sockets  # here, since this import takes half a second of the page's start

        self._proxies = proxies
        self._straight = Sockets(_trusted)
        self._through: dict[str, httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends a request.

        Raises:
            Misled: the proxy's setting cannot be used.
            httpx.ProxyError: the proxy does not let the request through; nothing of it was sent.
            httpx.ConnectTimeout: the proxy did not answer; nothing of it was sent.
            httpx.HTTPError: any other failure; the request may have arrived.
        """
        proxy = proxy_to(self._proxies, request)
        if proxy is None:
            return await self._straight.handle_async_request(request)
        if proxy.trouble:
            raise Misled(proxy.trouble)
        if proxy.url not in self._through:
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=8)
            self._through[proxy.url] = httpx.AsyncHTTPTransport(_trusted(), proxy=proxy.url, limits=limits)
        try:
            async with asyncio.timeout(request.extensions["timeout"]["connect"]) as until_it_leaves:
                request.extensions["trace"] = _ends(until_it_leaves)
                return await self._through[proxy.url].handle_async_request(request)
        except SOCKSError:
            failure: httpx.HTTPError = httpx.ProxyError("this is no SOCKS proxy")
        except TimeoutError:
            if not until_it_leaves.expired():
                raise
            failure = httpx.ConnectTimeout("the proxy says nothing")
        raise failure

    async def aclose(self) -> None:
        for way in (self._straight, *self._through.values()):
            await way.aclose()


def _ends(limit: asyncio.Timeout) -> Callable[[str, Any], Awaitable[None]]:
    """A callback for httpcore's trace, which lifts the time limit once the request's first byte is sent."""

    async def step(name: str, about: Any) -> None:
        if name.endswith("send_request_headers.started"):
            limit.reschedule(None)

    return step


def proxy_to(proxies: Proxies, request: httpx.Request) -> Proxy | None:
    """The proxy that a request goes through, None if it goes straight. The host's name decides, not its IP address."""
    url, host = request.url, request.extensions.get("sni_hostname", request.url.host)
    return proxies.leading_to(url.scheme, host, url.port or (443 if url.scheme == "https" else 80))
