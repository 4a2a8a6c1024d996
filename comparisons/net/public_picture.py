"""Fetches a picture by its address: over https, from public IP addresses only, and without any key.

The address may come from a stranger. So no message repeats it, as it may be signed, nor says which IP address its name
leads to, as that would tell something about the network that Takes is in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol, cast

import httpx

from comparisons.addresses import Network, NotPublic, Resolve, resolve
from comparisons.net._addressed import file_at
from comparisons.net._pinned import REDIRECTS, is_https, pinned
from comparisons.net._ways import Ways
from comparisons.net.errors import Misled, NoPicture
from comparisons.net.transport import TIMEOUTS
from comparisons.settings import NO_PROXIES, Proxies

DEADLINE_S = 30.0
"""Seconds for a whole picture, redirects included: the largest that is taken then needs 2 MB a second."""
INSTEAD = "download the picture and choose the file"
NO_ADDRESS = "This is no address of a picture: one begins with https:// and a host's name."
NO_HTTPS = f"Only addresses that begin with https:// are fetched; try it with that, or {INSTEAD}."
LEADS_ASTRAY = f"This address leads on to one that does not begin with https://; {INSTEAD}."
PASSWORD = f"An address with a name or a password before its host is not fetched; {INSTEAD}."
INSIDE = f"This address is not on the public internet, so that it is not fetched; {INSTEAD}."
UNREACHABLE = f"Nothing is reached at this address just now; check it, or {INSTEAD}."
NOT_THERE = f"There is no picture at this address (it answers {{status}}); check it, or {INSTEAD}."
PAGE = "This is the address of a page, not of a picture: open the picture by itself, and copy the address of that."
TOO_OFTEN = "This address leads on too often; open it in a browser, and copy the address where it ends."
TOO_SLOW = f"The picture did not arrive within {DEADLINE_S:.0f} seconds; {INSTEAD}."
STOPPED = f"The picture stopped arriving; try again, or {INSTEAD}."
HTML = (b"<!doctype html", b"<html")
HTML_TYPES = ("text/html", "application/xhtml")


class Taker(Protocol):
    """Receives a picture as it arrives. An exception from either method ends the fetch."""

    def check(self, announced: int) -> None:
        """Called first, with how many bytes there will be; 0 if the host does not say."""

    def take(self, chunk: bytes) -> None:
        """Called with the next bytes."""


class PublicPictures:
    """Fetches pictures, each over a connection of its own.

    Args:
        proxies: the proxies that connections go through.
        allowed: networks that count as public because the owner says so.
        hint: added to the sentence about an address that is not public.
        deadline: limits a block to so many seconds, as ``asyncio.timeout`` does; tests pass one of their own.
        through: makes the httpx transport to use instead of our own sockets.
    """

    def __init__(
        self,
        proxies: Proxies = NO_PROXIES,
        allowed: Sequence[Network] = (),
        hint: str = "",
        resolver: Resolve = resolve,
        deadline: Callable[[float], asyncio.Timeout] = asyncio.timeout,
        through: Callable[[], httpx.AsyncBaseTransport] | None = None,
    ) -> None:
        self._open = through or (lambda: Ways(proxies))
        self._allowed, self._hint = tuple(allowed), hint
        self._resolve, self._deadline = resolver, deadline

    async def fetch(self, url: str, taker: Taker) -> None:
        """Hands all bytes at an address to ``taker``.

        Raises:
            NoPicture: nothing can be fetched there, or it is a web page; a sentence that does not repeat the address.
        """
        carrier = self._open()
        try:
            async with self._deadline(DEADLINE_S):
                sentence = await self._fetched(carrier, url, taker)
        except TimeoutError:
            sentence = TOO_SLOW
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError, Misled):
            sentence = UNREACHABLE
        except httpx.HTTPError:
            sentence = STOPPED
        finally:
            await carrier.aclose()
        if sentence:
            raise NoPicture(sentence)

    async def _fetched(self, carrier: httpx.AsyncBaseTransport, url: str, taker: Taker) -> str:
        """Why there is no picture, in a sentence; empty where it was handed over."""
        for step in range(REDIRECTS + 1):
            request, sentence = await self._question(url, again=bool(step))
            if request is None:
                return sentence
            reply = await carrier.handle_async_request(request)
            try:
                if not reply.has_redirect_location:
                    return await _handed_over(reply, taker)
            finally:
                await reply.aclose()
            url = _next(url, reply.headers["location"])
        return TOO_OFTEN

    async def _question(self, url: str, *, again: bool) -> tuple[httpx.Request | None, str]:
        """The request for the picture, or None and a sentence that says why it is not asked for.

        ``again``: the address comes from a redirect.
        """
        there = _read(url)
        if there is None:
            return None, LEADS_ASTRAY if again else NO_ADDRESS
        if not is_https(there):
            return None, LEADS_ASTRAY if again else NO_HTTPS
        if there.userinfo:
            return None, PASSWORD
        try:
            found = await pinned(there, self._resolve, self._allowed)
        except NotPublic:
            return None, INSIDE + self._hint
        if found is None:
            return None, UNREACHABLE
        request = file_at(found)
        request.extensions["timeout"] = TIMEOUTS.as_dict()
        return request, ""


async def _handed_over(reply: httpx.Response, taker: Taker) -> str:
    """Hands the reply's bytes to ``taker``; gives a sentence if they are no picture, else an empty text."""
    if reply.status_code != 200:
        return NOT_THERE.format(status=reply.status_code)
    if reply.headers.get("content-type", "").lower().startswith(HTML_TYPES):
        return PAGE
    length = reply.headers.get("content-length", "")
    taker.check(int(length) if length.isascii() and length.isdecimal() and len(length) < 20 else 0)
    first = True
    async for chunk in cast(httpx.AsyncByteStream, reply.stream):
        if first and chunk.lstrip()[:20].lower().startswith(HTML):
            return PAGE
        first = False
        taker.take(chunk)
    return ""


def _read(url: str) -> httpx.URL | None:
    """An address, parsed; None if it is none."""
    try:
        there = httpx.URL(url.strip())
        return there if there.host and 0 < (there.port or 443) < 65536 else None
    except (httpx.InvalidURL, ValueError):
        return None


def _next(url: str, location: str) -> str:
    """The address that a redirect leads to; empty if that is none."""
    try:
        return str(httpx.URL(url).join(location))
    except (httpx.InvalidURL, ValueError):
        return ""
