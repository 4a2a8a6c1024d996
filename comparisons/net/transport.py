"""The only HTTP client. Live or sandbox differ by base URL and key alone; it retries nothing.

What went wrong is told apart by what matters for money: a request that raised ``NotSent`` provably never left this
machine, one that raised ``NoReply`` may have arrived.
"""

from __future__ import annotations

import asyncio
import copy
import functools
import hashlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import cast

import httpx

from comparisons.addresses import Network, Resolve, resolve
from comparisons.net._pinned import OURSELVES, REDIRECTS, asked_at, is_https, pinned
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
"""The headers of a reply that are kept: any other may hold a secret."""
URLS_KEPT = 256
"""Addresses of APIs that are read once: those that are asked again and again."""
CERTIFICATE = (
    " Where a proxy or a guard of yours puts in its own, set SSL_CERT_FILE to the file of its authority, and restart."
)
PROXY = " Look at HTTPS_PROXY, ALL_PROXY and NO_PROXY, and restart."
DOWNLOADS = 16
"""Clips of one provider fetched and measured at once: more would only wait for each other."""
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
        self._fetching = {slug: asyncio.Semaphore(DOWNLOADS) for slug in targets}

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
        return _read_once(self.targets[slug].base_url).host

    async def send(self, slug: str, request: httpx.Request) -> httpx.Response:
        """The provider's whole reply, whatever its status.

        Raises:
            NotSent: it never left us, or was sent back untouched.
            NoReply: it left, and no whole reply came.
        """
        provider, target = PROVIDERS[slug], self.targets[slug]
        outgoing = self._patient(_addressed(request, provider, target))
        try:
            async with self._deadline(DEADLINE_S):
                reply = await self._questions.handle_async_request(outgoing)
                try:
                    check_stays(reply, outgoing.url, provider)
                    return await _read(reply, provider, target)
                finally:
                    await reply.aclose()
        except TimeoutError as error:
            raise NoReply(f"{provider.name} did not finish its answer") from error
        except _NEVER_LEFT as error:
            raise NotSent(f"{provider.name} could not be reached{self._by(outgoing)} ({_kind(error)})") from error
        except httpx.HTTPError as error:
            raise NoReply(f"{provider.name} did not answer ({_kind(error)})") from error

    def misled(self, slug: str) -> str:
        """Why nothing can be asked of a provider before a setting is changed, in a sentence; empty if it can."""
        proxy = proxy_to(self._proxies, httpx.Request("GET", self.targets[slug].base_url))
        return proxy.trouble if proxy is not None else ""

    def _by(self, request: httpx.Request) -> str:
        proxy = proxy_to(self._proxies, request)
        return f" by the proxy of {proxy.variable}" if proxy is not None else ""

    @asynccontextmanager
    async def download(self, slug: str, url: str) -> AsyncIterator[httpx.Response]:
        """The clip's byte stream. No key goes with it: the URL is its own credential.

        Raises:
            NotFound: the URL no longer works. InputRefused: it is one we do not fetch.
            RateLimited, Unavailable, NotSent, NoReply: ask again. NotFetched: something here is to be set right.
        """
        name, deadline = PROVIDERS[slug].name, self._deadline(CLIP_DEADLINE_S)
        try:
            async with self._fetching[slug], deadline:
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
            url = str(httpx.URL(url).join(reply.headers["location"]))
        raise NotFound(f"{PROVIDERS[slug].name}'s clip URL redirects too often")

    async def _clip_request(self, slug: str, url: str) -> httpx.Request:
        """https to a public address, pinned to the one that was checked; anything else only where the provider
        itself is configured to be (a sandbox)."""
        name, there, home = PROVIDERS[slug].name, httpx.URL(url), _read_once(self.targets[slug].base_url)
        if (there.scheme, there.host, there.port) == (home.scheme, home.host, home.port):
            return asked_at(there, there)
        if there.scheme == "http" and there.port is None:
            there = there.copy_with(scheme="https")  # whoever has the one has the other
        if not is_https(there):
            raise InputRefused(f"{name} names a clip URL that is not https; it is not fetched.")
        request = await pinned(there, self._resolve, self._clip_networks)
        if request is None:
            raise NotSent(f"{name}'s clip host has no address just now")
        return request

    def _patient(self, request: httpx.Request) -> httpx.Request:
        request.extensions["timeout"] = self._timeouts
        return request


def _addressed(request: httpx.Request, provider: Provider, target: Target) -> httpx.Request:
    """The request with the target's address and key. A poll that is sent again to the same target needs no change."""
    if request.extensions.get("takes_target") is target:
        return request
    path = request.extensions.setdefault("takes_path", request.url.raw_path)
    request.extensions["takes_target"] = target
    request.url = _read_once(target.base_url + path.decode("ascii"))
    request.headers["Host"] = request.url.netloc.decode("ascii")
    request.headers["Accept"] = "application/json"
    request.headers["User-Agent"] = OURSELVES
    if target.key:
        request.headers[provider.auth_header] = provider.auth_value.format(key=target.key)
    else:
        request.headers.pop(provider.auth_header, None)  # a public list is read without one
    return request


@functools.lru_cache(URLS_KEPT)
def _read_once(url: str) -> httpx.URL:
    """A URL of a provider's API. To read one costs about as much as to send a request to it."""
    return httpx.URL(url)


async def _read(reply: httpx.Response, provider: Provider, target: Target) -> httpx.Response:
    """The reply with its body read, up to ``MAX_REPLY`` bytes, and without the key, should the provider repeat it."""
    body = bytearray()
    packed = "content-encoding" in reply.headers
    async for chunk in reply.aiter_bytes() if packed else cast(httpx.AsyncByteStream, reply.stream):
        body += chunk
        if len(body) > MAX_REPLY:
            raise NoReply(f"{provider.name}'s reply is larger than {MAX_REPLY // 1_000_000} MB")
    headers = [(name, value) for name, value in reply.headers.raw if name.lower() in KEPT_HEADERS]
    return httpx.Response(reply.status_code, headers=headers, content=without(target.key, bytes(body)))


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
