"""The only HTTP client. Live providers and the sandbox differ by base URL and key only; it retries nothing.

Failures are told apart by what matters for money: a request that raised ``NotSent`` provably started nothing, one that
raised ``NoReply`` may have arrived.
"""

from __future__ import annotations

import asyncio
import copy
import hashlib
import logging
import math
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import cast

import httpx

from comparisons.addresses import Network, Resolve, resolve
from comparisons.net._addressed import OURSELVES, There, addressed, file_at, read_once
from comparisons.net._clip_places import ClipPlaces
from comparisons.net._pinned import REDIRECTS, is_https, pinned
from comparisons.net._redact import without
from comparisons.net._redirects import check_stays
from comparisons.net._ways import Ways, proxy_to
from comparisons.net.errors import NoReply, NotFetched, NotSent
from comparisons.settings import NO_PROXIES, Proxies, Target
from providers import (
    PROVIDERS,
    InputRefused,
    NotFound,
    Provider,
    RateLimited,
    Unavailable,
    retry_after,
)

TIMEOUTS = httpx.Timeout(60.0, connect=15.0, pool=None)
"""Seconds: RunningHub's own client waits 60 s for a submit; nothing documented asks for more."""
DEADLINE_S = 180.0
"""Seconds for a whole exchange: a reply that is not complete by then counts as none."""
CLIP_DEADLINE_S = 900.0
"""Seconds for a whole clip, its check included: some tens of MB at 50 kB/s. A slower download is given up."""
MAX_REPLY = 8_000_000
"""The most bytes of a reply that are read; documented ones are a few kB."""
KEPT_HEADERS = (b"retry-after", b"content-type")
"""The headers of a reply that are kept, besides those that its provider's module names: others may hold a secret."""
CERTIFICATE = (
    " Where a proxy or a guard of yours puts in its own, set SSL_CERT_FILE to the file of its authority, and restart."
)
PROXY = " Look at HTTPS_PROXY, ALL_PROXY and NO_PROXY, and restart."
_NEVER_LEFT = (
    httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.ProxyError
)  # fmt: skip


for _name in ("httpx", "httpcore", "aiohttp"):  # they log whole URLs and headers, and a clip's URL may be signed
    logging.getLogger(_name).setLevel(logging.WARNING)


class Transport:
    """Sends requests to providers, and downloads their clips.

    Args:
        targets: each provider's base URL and key, by slug.
        through: the httpx transport to use instead of our own sockets.
        timeouts: seconds for connecting, and for each read and write.
        resolver: looks up the IP addresses of a host.
        deadline: limits a block to so many seconds, as ``asyncio.timeout`` does; tests pass one of their own.
        clip_networks: networks that are not public, from which clips may come because the owner says so.
        proxies: the proxies that our own sockets go through.
    """

    def __init__(
        self,
        targets: Mapping[str, Target],
        through: httpx.AsyncBaseTransport | None = None,
        timeouts: httpx.Timeout = TIMEOUTS,
        resolver: Resolve = resolve,
        deadline: Callable[[float], asyncio.Timeout] = asyncio.timeout,
        clip_networks: Sequence[Network] = (),
        proxies: Proxies = NO_PROXIES,
    ) -> None:
        self.targets = targets
        self._clip_networks = tuple(clip_networks)
        self._resolve = resolver
        self._deadline = deadline
        self._timeouts = timeouts.as_dict()
        self._proxies = proxies
        self._questions = through or Ways(proxies)
        self._clips = through or Ways(proxies)  # separate connections, so that no request waits behind a clip
        self._clip_places = ClipPlaces()

    async def aclose(self) -> None:
        await self._questions.aclose()
        await self._clips.aclose()

    def with_keys(self, keys: Mapping[str, str]) -> Transport:
        """A transport over the same connections with these keys, by provider; the others have no key then."""
        twin = copy.copy(self)
        twin.targets = {slug: replace(target, key=keys.get(slug, "")) for slug, target in self.targets.items()}
        return twin

    def key_id(self, slug: str) -> str:
        """A text that differs from key to key and does not reveal the key: 16 hex digits of a hash."""
        return hashlib.sha256(f"takes {self.targets[slug].key}".encode()).hexdigest()[:16]

    def host(self, slug: str) -> str:
        """The name of the host that a provider is reached at, which says which of its price lists counts."""
        return read_once(self.targets[slug].base_url).host

    async def send(self, slug: str, request: httpx.Request) -> httpx.Response:
        """Sends a request and gives the provider's whole reply, whatever its status.

        A request for a path goes to the provider, with the key. One for a whole URL is the second step of an upload:
        it goes to that URL, if it is public, and without the key.

        Raises:
            NotSent: it never left this machine, or the server redirected it, which started nothing.
            NoReply: it left, and no whole reply came.
            NotPublic, InputRefused: it names a URL that is not public, or not https; nothing was sent.
        """
        provider, target = PROVIDERS[slug], self.targets[slug]
        try:
            outgoing = self._patient(await self._outgoing(request, provider, target))
            async with self._deadline(DEADLINE_S):
                reply = await self._questions.handle_async_request(outgoing)
                try:
                    check_stays(reply, outgoing.url, provider)
                    return await _read(reply, provider, target, outgoing.url)
                finally:
                    await reply.aclose()
        except TimeoutError as error:
            raise NoReply(f"{provider.name} did not finish its answer") from error
        except _NEVER_LEFT as error:
            raise NotSent(f"{provider.name} could not be reached{self._by(request)} ({_kind(error)})") from error
        except httpx.HTTPError as error:
            raise NoReply(f"{provider.name} did not answer ({_kind(error)})") from error

    async def _outgoing(self, request: httpx.Request, provider: Provider, target: Target) -> httpx.Request:
        """The request with its address: the target's, or the checked IP address of the host that it names."""
        if "takes_path" in request.extensions or not request.url.host:
            return addressed(request, provider, target)
        there = await self._checked(provider.slug, str(request.url))
        headers = request.headers.copy()
        headers.update({"Host": there.named.netloc.decode("ascii"), "User-Agent": OURSELVES})
        content = await request.aread()
        return httpx.Request(request.method, there.url, headers=headers, content=content, extensions=there.extensions)

    def proxy_trouble(self, slug: str) -> str:
        """A sentence if the proxy that is set for a provider cannot be used, so that nothing is sent; else empty."""
        proxy = proxy_to(self._proxies, httpx.Request("GET", self.targets[slug].base_url))
        return proxy.trouble if proxy is not None else ""

    def _by(self, request: httpx.Request) -> str:
        proxy = proxy_to(self._proxies, request)
        return f" by the proxy of {proxy.variable}" if proxy is not None else ""

    @asynccontextmanager
    async def download(self, slug: str, url: str, ends_at: float = math.inf) -> AsyncIterator[httpx.Response]:
        """The clip's byte stream, for the length of the block.

        The key is sent only if the URL is a path, which is one of the provider's own: a whole URL needs no key.

        Args:
            ends_at: when the provider may delete the clip, in seconds of the ledger's clock. Of clips that wait for a
                place, the one that ends first is next.

        Raises:
            NotFound: the URL no longer works.
            InputRefused, NotPublic: it is a URL that is not fetched.
            RateLimited, Unavailable, NotSent, NoReply: a later try may work.
            NotFetched: something on this machine has to be changed first.
        """
        name, deadline = PROVIDERS[slug].name, self._deadline(CLIP_DEADLINE_S)
        try:
            async with self._clip_places.place(slug, ends_at), deadline:
                reply = await self._open(slug, url)
                try:
                    _check_clip_status(name, reply)
                    yield reply
                finally:
                    await reply.aclose()
        except TimeoutError as error:
            if not deadline.expired():
                raise  # a timeout of the disk; the caller, who writes to it, handles that
            raise NoReply(f"{name}'s clip did not arrive within {CLIP_DEADLINE_S / 60:.0f} minutes") from error
        except httpx.ProxyError as error:
            raise NotFetched(f"{name}'s clip could not be fetched: the proxy refused it.{PROXY}") from error
        except _NEVER_LEFT as error:
            if _is_untrusted(error):
                raise NotFetched(f"{name}'s clip host shows a certificate that is not trusted.{CERTIFICATE}") from error
            raise NotSent(f"{name}'s clip host could not be reached ({_kind(error)})") from error
        except (httpx.InvalidURL, ValueError) as error:
            raise InputRefused(f"{name} names a clip URL that is none") from error
        except httpx.HTTPError as error:
            raise NoReply(f"{name}'s clip stopped arriving ({_kind(error)})") from error

    async def _open(self, slug: str, url: str) -> httpx.Response:
        for _ in range(REDIRECTS + 1):
            reply = await self._clips.handle_async_request(self._patient(await self._clip_request(slug, url)))
            if not reply.has_redirect_location:
                return reply
            await reply.aclose()
            url = str(httpx.URL(self._whole(slug, url)).join(reply.headers["location"]))
        raise NotFound(f"{PROVIDERS[slug].name}'s clip URL redirects too often")

    def _whole(self, slug: str, url: str) -> str:
        """A clip's URL in full: a path is the provider's own."""
        return f"{self.targets[slug].base_url}{url}" if _is_path(url) else url

    async def _clip_request(self, slug: str, url: str) -> httpx.Request:
        if _is_path(url):
            request = addressed(httpx.Request("GET", url), PROVIDERS[slug], self.targets[slug])
            request.headers.update({"Accept": "*/*", "Accept-Encoding": "identity"})
            return request
        there = await self._checked(slug, url)
        return file_at(there)

    async def _checked(self, slug: str, url: str) -> There:
        """Where to send a request for a whole URL: https only, at a public IP address that was checked.

        A URL at the provider's own base URL is taken as it is, since that may be a sandbox.
        """
        name, there, home = PROVIDERS[slug].name, httpx.URL(url), read_once(self.targets[slug].base_url)
        if (there.scheme, there.host, there.port) == (home.scheme, home.host, home.port):
            return There(there, there)
        if there.scheme == "http" and there.port is None:
            there = there.copy_with(scheme="https")  # hosts that serve http serve https too
        if not is_https(there):
            raise InputRefused(f"{name} names a URL that is not https; it is not asked.")
        found = await pinned(there, self._resolve, self._clip_networks)
        if found is None:
            raise NotSent(f"{name} names a host that has no address just now")
        return found

    def _patient(self, request: httpx.Request) -> httpx.Request:
        request.extensions["timeout"] = self._timeouts
        return request


def _is_path(url: str) -> bool:
    return url.startswith("/") and not url.startswith("//")


async def _read(reply: httpx.Response, provider: Provider, target: Target, asked: httpx.URL) -> httpx.Response:
    """The reply with its body read, and without the key, should the provider repeat it.

    The URL that was asked is kept as the extension ``asked``: some providers name URLs of their own in a reply, which
    must be at the same host.

    Raises:
        NoReply: the body is longer than ``MAX_REPLY`` bytes.
    """
    body, raw = bytearray(), reply.headers.raw
    packed = any(name.lower() == b"content-encoding" for name, _ in raw)
    async for chunk in reply.aiter_bytes() if packed else cast(httpx.AsyncByteStream, reply.stream):
        body += chunk
        if len(body) > MAX_REPLY:
            raise NoReply(f"{provider.name}'s reply is larger than {MAX_REPLY // 1_000_000} MB")
    kept = (*KEPT_HEADERS, *provider.kept_headers)
    headers = [(name, value) for name, value in raw if name.lower() in kept]
    content = without(target.key, bytes(body))
    return httpx.Response(reply.status_code, headers=headers, content=content, extensions={"asked": asked})


def _check_clip_status(name: str, reply: httpx.Response) -> None:
    code = reply.status_code
    if code == 429 or (code >= 400 and retry_after(reply) is not None):
        raise RateLimited(f"{name}'s clip host asks to wait ({code})", retry_after=retry_after(reply))
    if code >= 500:
        raise Unavailable(f"{name}'s clip host had a server error ({code})")
    if code >= 400:
        raise NotFound(f"{name}'s clip URL does not work ({code})")


def _is_untrusted(error: Exception) -> bool:
    """Whether a connection failed because of the other end's certificate, by the text of the error."""
    return "certificate" in str(error).lower()


def _kind(error: Exception) -> str:
    """The failure's class name, without its message: that may quote a URL or a header."""
    return type(error).__name__
