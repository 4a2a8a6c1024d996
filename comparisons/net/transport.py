"""The only HTTP client. Live or sandbox differ by base URL and key alone; it retries nothing.

What went wrong is told apart by what matters for money: a request that raised ``NotSent`` provably never left this
machine, one that raised ``NoReply`` may have arrived.
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
"""Seconds for a whole clip, until it is checked: some tens of MB at 50 kB/s. A download that crawls ends with it."""
MAX_REPLY = 8_000_000
"""Bytes of a reply we are willing to read; documented ones are a few kB."""
KEPT_HEADERS = (b"retry-after", b"content-type")
"""The headers of a reply that are kept, besides those its provider's module names: any other may hold a secret."""
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
    """Sends a dialect's requests to one set of targets.

    Args:
        through: what carries them instead of our own sockets.
        deadline: ends what it is entered for after so many seconds, as ``asyncio.timeout`` does; tests bring their own.
        clip_networks: networks clips may come from although they are not public, by the owner's word.
        proxies: those that our own sockets go through.
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
        self._clips = through or Ways(proxies)  # of their own: no question waits behind a clip
        self._clip_places = ClipPlaces()

    async def aclose(self) -> None:
        await self._questions.aclose()
        await self._clips.aclose()

    def with_keys(self, keys: Mapping[str, str]) -> Transport:
        """The same connections with other keys, by provider; a provider without one has none here."""
        twin = copy.copy(self)
        twin.targets = {slug: replace(target, key=keys.get(slug, "")) for slug, target in self.targets.items()}
        return twin

    def key_id(self, slug: str) -> str:
        """What tells one key from another without revealing it."""
        return hashlib.sha256(f"takes {self.targets[slug].key}".encode()).hexdigest()[:16]

    def host(self, slug: str) -> str:
        """The host a provider is reached at, to tell whether a price list holds there."""
        return read_once(self.targets[slug].base_url).host

    async def send(self, slug: str, request: httpx.Request) -> httpx.Response:
        """The provider's whole reply, whatever its status.

        A request for a path goes to the provider, with the key. One for a whole URL is the second step of an upload:
        it goes where the provider said, if that is public, and without the key.

        Raises:
            NotSent: it never left us, or was sent back untouched.
            NoReply: it left, and no whole reply came.
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
        """The request with its address: the target's, or that of the host it names, pinned to what was checked."""
        if "takes_path" in request.extensions or not request.url.host:
            return addressed(request, provider, target)
        there = await self._checked(provider.slug, str(request.url))
        headers = request.headers.copy()
        headers.update({"Host": there.named.netloc.decode("ascii"), "User-Agent": OURSELVES})
        content = await request.aread()
        return httpx.Request(request.method, there.url, headers=headers, content=content, extensions=there.extensions)

    def misled(self, slug: str) -> str:
        """Why nothing can be asked of a provider before a setting is changed, in a sentence; empty if it can."""
        proxy = proxy_to(self._proxies, httpx.Request("GET", self.targets[slug].base_url))
        return proxy.trouble if proxy is not None else ""

    def _by(self, request: httpx.Request) -> str:
        proxy = proxy_to(self._proxies, request)
        return f" by the proxy of {proxy.variable}" if proxy is not None else ""

    @asynccontextmanager
    async def download(self, slug: str, url: str, ends_at: float = math.inf) -> AsyncIterator[httpx.Response]:
        """The clip's byte stream. No key goes with it, since the URL is its own credential, unless it is a path.

        ``ends_at`` is when the provider may delete it, in epoch seconds: of clips that wait, the first to end is next.

        Raises:
            NotFound: the URL no longer works. InputRefused: it is one we do not fetch.
            RateLimited, Unavailable, NotSent, NoReply: ask again. NotFetched: something here is to be set right.
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
                raise  # the disk's, which is told apart by whoever writes to it
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
        """https to a public address, pinned to the one that was checked; anything else only where the provider
        itself is configured to be (a sandbox)."""
        name, there, home = PROVIDERS[slug].name, httpx.URL(url), read_once(self.targets[slug].base_url)
        if (there.scheme, there.host, there.port) == (home.scheme, home.host, home.port):
            return There(there, there)
        if there.scheme == "http" and there.port is None:
            there = there.copy_with(scheme="https")  # whoever has the one has the other
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
    """The reply with its body read, up to ``MAX_REPLY`` bytes, and without the key, should the provider repeat it.

    With it goes the address that was asked: some providers name URLs of their own, which must be at the same place.
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
    """Whether a connection failed for the other end's certificate, as aiohttp or the TLS library names that."""
    return "certificate" in str(error).lower()


def _kind(error: Exception) -> str:
    """The failure's class name, without its message: that may quote a URL or a header."""
    return type(error).__name__
