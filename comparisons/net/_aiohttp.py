"""httpx requests over aiohttp's connections, which takes far less work per request once there are hundreds of jobs.

It is a transport of httpx, so that other code need not know of it. Failures are told apart by what matters for money:
``ConnectError``, ``ConnectTimeout`` and ``UnsupportedProtocol`` mean that there was no connection, so that nothing can
have been sent; after any other failure something may have been. It sends nothing twice, keeps no cookies, follows no
redirects, adds no headers and reads no environment. A certificate is checked for the name in the request's
``sni_hostname`` where there is one, and a connection that was checked for one name is not used for another.
"""

from __future__ import annotations

import asyncio
import io
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import aiohttp
import httpx
from yarl import URL

AT_ONCE = 32
"""The most connections to one host. Further requests wait for one, so that their answers do not all come at once."""
IDLE_S = 3.0
"""For how many seconds an unused connection is kept. Servers close theirs after 5 s or more, and none may be closed
while a submit is sent over it."""
LONGEST_HEADER = 65_536
"""Bytes of the longest header that is read: some gateways send a long security policy."""
WHOLE = 2**20
"""Bytes up to which a body is written at once. A longer one is written in parts, so that other jobs get their turn."""
OWN_HEADERS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
"""The headers that aiohttp would add by itself; it is told not to."""

FAILURES = (aiohttp.ClientError, httpx.TransportError, OSError)
KINDS: tuple[tuple[type[Exception], type[httpx.TransportError]], ...] = (
    (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout),
    (aiohttp.ClientConnectorError, httpx.ConnectError),  # no address, no listener, no trusted certificate
    (aiohttp.InvalidURL, httpx.UnsupportedProtocol),
    (aiohttp.NonHttpUrlClientError, httpx.UnsupportedProtocol),
    (TimeoutError, httpx.ReadTimeout),
    (aiohttp.ServerDisconnectedError, httpx.RemoteProtocolError),
    (OSError, httpx.ReadError),
    (aiohttp.ClientError, httpx.RemoteProtocolError),
)
"""aiohttp's failures and what httpx calls them; the first that fits counts. Only failures to connect, the first four,
happen before anything is sent."""


class Sockets(httpx.AsyncBaseTransport):
    """The connections of one event loop, opened as they are needed.

    Args:
        trusted: gives the certificates that servers are checked against, the same ones each time. Called for https
            only, as reading them takes tens of milliseconds.
    """

    def __init__(self, trusted: Callable[[], ssl.SSLContext]) -> None:
        self._trusted = trusted
        self._session: aiohttp.ClientSession | None = None
        self._written: WeakKeyDictionary[httpx.Request, _Written] = WeakKeyDictionary()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends a request; raises ``httpx.TransportError``.

        The error is raised outside of the ``except`` block, since the traceback of aiohttp's error holds the headers,
        and with them the key.
        """
        body, written = await request.aread(), self._as_aiohttp(request)
        try:
            reply = await self._opened().request(
                request.method,
                written.url,
                headers=written.headers,
                data=io.BytesIO(body) if len(body) > WHOLE else body or None,
                allow_redirects=False,
                timeout=written.timeout,
                ssl=self._trusted() if request.url.scheme == "https" else True,
                server_hostname=request.extensions.get("sni_hostname"),
            )
        except FAILURES as error:
            failure = typed(error)
        except asyncio.CancelledError as error:
            raise error.with_traceback(None) from None
        else:
            return httpx.Response(reply.status, headers=reply.raw_headers, stream=_Body(reply), request=request)
        raise failure

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _as_aiohttp(self, request: httpx.Request) -> _Written:
        """The request's URL and headers as aiohttp needs them, built once: a poll is sent many times with one key."""
        written, raw = self._written.get(request), request.headers.raw
        if (
            written is None or written.where is not request.url or written.raw != raw
        ):  # a URL is replaced, never changed
            url, headers = URL(str(request.url), encoded=True), request.headers.multi_items()
            written = _Written(request.url, raw, url, headers, _timeout(request))
            self._written[request] = written
        return written

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=0, limit_per_host=AT_ONCE, keepalive_timeout=IDLE_S)
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=OWN_HEADERS,
                auto_decompress=False,
                max_line_size=LONGEST_HEADER,
                max_field_size=LONGEST_HEADER,
                middlewares=(_once,),
            )
        return self._session


@dataclass(frozen=True)
class _Written:
    where: httpx.URL
    raw: list[tuple[bytes, bytes]] = field(repr=False)
    url: URL
    headers: list[tuple[str, str]] = field(repr=False)
    """Like ``raw`` they hold the key, so neither is part of the ``repr``."""
    timeout: aiohttp.ClientTimeout


class _Body(httpx.AsyncByteStream):
    """A reply's bytes as they arrive, with little work for each reply: most are short, and there are thousands."""

    def __init__(self, reply: aiohttp.ClientResponse) -> None:
        self._reply = reply

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        content = self._reply.content
        try:
            is_over = content.at_eof() and content.exception() is None
            chunk = b"" if is_over else await content.readany()
        except FAILURES as error:
            failure = typed(error)
        else:
            if chunk:
                return chunk
            raise StopAsyncIteration
        raise failure

    async def aclose(self) -> None:
        self._reply.close()  # a reply that was read to its end has given its connection back already


async def _once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keeps aiohttp from repeating a GET or PUT by itself: it repeats only after errors of its own, not of httpx."""
    try:
        return await handler(request)
    except FAILURES as error:
        raise typed(error) from None


def _timeout(request: httpx.Request) -> aiohttp.ClientTimeout:
    """httpx's limits in seconds for connecting and for each read. The wait for a free connection has no limit."""
    seconds = request.extensions.get("timeout", {})
    return aiohttp.ClientTimeout(total=None, sock_connect=seconds.get("connect"), sock_read=seconds.get("read"))


def typed(error: Exception) -> httpx.TransportError:
    """A failure as the exception of httpx that it amounts to, without its message, which may quote a header."""
    if isinstance(error, httpx.TransportError):
        return type(error)(str(error))
    kind = next(ours for theirs, ours in KINDS if isinstance(error, theirs))
    return kind(type(error).__name__)
