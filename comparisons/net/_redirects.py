"""Redirects from a provider's API: they are not followed, since the key would go along; a sentence says what to set."""

from __future__ import annotations

import re

import httpx

from comparisons.net.errors import Misled, NoReply
from providers import Provider

MOVED = (301, 302, 307, 308)
"""Statuses of a server that has done nothing about the request, and names another address for it."""


def check_stays(reply: httpx.Response, here: httpx.URL, provider: Provider) -> None:
    """Raises if the reply is a redirect.

    A 303 says that the request was handled and that the answer is elsewhere: a submit may have started a job.

    Raises:
        NoReply: the reply is a 303.
        Misled: the reply is another redirect; nothing was done.
    """
    if reply.status_code == 303:
        raise NoReply(f"{provider.name} answers at another address (303), where it is not asked")
    if reply.status_code in MOVED:
        raise Misled(f"{provider.base_url_env} {_redirects(here, reply.headers.get('location', ''))}")


def _redirects(here: httpx.URL, location: str) -> str:
    """In words, where the base URL should lead instead; without any part of the path that may be a secret."""
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
