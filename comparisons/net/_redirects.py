"""A reply that leads to another address: nobody follows it with a key, and the sentence says what to set instead."""

from __future__ import annotations

import re

import httpx

from comparisons.net.errors import Misled, NoReply
from providers import Provider

MOVED = (301, 302, 307, 308)
"""Statuses of a server that did nothing about the request and names another address."""


def check_stays(reply: httpx.Response, here: httpx.URL, provider: Provider) -> None:
    """Raises where the reply is that of another address; what is there is never sent the key.

    303 alone is an answer to what was asked, and says where the answer lies: a submit may have been acted on.
    """
    if reply.status_code == 303:
        raise NoReply(f"{provider.name} answers at another address (303), where it is not asked")
    if reply.status_code in MOVED:
        raise Misled(f"{provider.base_url_env} {_redirects(here, reply.headers.get('location', ''))}")


def _redirects(here: httpx.URL, location: str) -> str:
    """Where a base URL should lead instead, in words without a path that may be a secret."""
    try:
        there = here.join(location)
    except (httpx.InvalidURL, ValueError):
        there = httpx.URL("")
    host = there.raw_host.decode("ascii", "replace")
    if not location or not re.fullmatch(r"[\w.-]{1,100}", host, re.ASCII):
        return "redirects and does not say where: check it"
    place = f"{host}:{there.port}" if there.port else host
    if there.scheme != "https" and here.scheme == "https":
        return f"redirects to {place} without encryption, which is not gone along with: check it"
    if (there.scheme, there.netloc) == (here.scheme, here.netloc):
        return f"leads to a page that redirects to another one of {place}: it is not where the API is, check it"
    base = there.path.removesuffix(here.path) if there.path.endswith(here.path) else ""
    path = base if re.fullmatch(r"(/[\w.-]{1,30}){1,3}", base, re.ASCII) else ""
    return f"redirects to {place}{path} ({there.scheme}): set it to that"
