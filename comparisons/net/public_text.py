"""A text that anybody may read, such as a bank's exchange rates: asked for without any key."""

from __future__ import annotations

import asyncio
from typing import cast

import httpx

from comparisons.net._addressed import OURSELVES
from comparisons.net._ways import Ways
from comparisons.net.errors import NoReply, NotSent
from comparisons.net.transport import TIMEOUTS
from comparisons.settings import NO_PROXIES, Proxies

DEADLINE_S = 20.0
"""Seconds for a whole text."""
MOST_BYTES = 1_000_000
"""The most bytes that are read."""


async def public_text(url: str, proxies: Proxies = NO_PROXIES) -> str:
    """The text at an address; a redirect is not followed.

    Raises:
        NotSent: it could not be reached.
        NoReply: no whole text came, the status was not 200, or the text is larger than ``MOST_BYTES``.
    """
    headers = {"User-Agent": OURSELVES, "Accept-Encoding": "identity"}
    request = httpx.Request("GET", url, headers=headers, extensions={"timeout": TIMEOUTS.as_dict()})
    ways = Ways(proxies)
    try:
        async with asyncio.timeout(DEADLINE_S):
            return await _read(await ways.handle_async_request(request))
    except TimeoutError as error:
        raise NoReply(f"{request.url.host} did not finish its answer") from error
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
        raise NotSent(f"{request.url.host} could not be reached ({type(error).__name__})") from error
    except httpx.HTTPError as error:
        raise NoReply(f"{request.url.host} did not answer ({type(error).__name__})") from error
    finally:
        await ways.aclose()


async def _read(reply: httpx.Response) -> str:
    body = bytearray()
    try:
        async for chunk in cast(httpx.AsyncByteStream, reply.stream):
            body += chunk
            if len(body) > MOST_BYTES:
                raise NoReply("the answer is larger than any that is read")
    finally:
        await reply.aclose()
    if reply.status_code != 200:
        raise NoReply(f"the answer is a {reply.status_code}")
    return body.decode("utf-8", "replace")
