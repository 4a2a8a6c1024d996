"""Where a request goes: to the provider's address with its key, or to another host without the key."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import httpx

from comparisons.settings import Target
from providers import Provider

URLS_KEPT = 256
"""How many parsed URLs of APIs are kept: those that are asked again and again."""
OURSELVES = "Takes"
"""The User-Agent of every request: some gateways refuse requests that have none."""


def addressed(request: httpx.Request, provider: Provider, target: Target) -> httpx.Request:
    """The request, changed to have the target's address and key. One that was sent to this target before is ready."""
    if request.extensions.get("takes_target") is target:
        return request
    path = request.extensions.setdefault("takes_path", request.url.raw_path)
    request.extensions["takes_target"] = target
    request.url = read_once(_origin(provider, target, path) + path.decode("ascii"))
    request.headers["Host"] = request.url.netloc.decode("ascii")
    request.headers["Accept"] = "application/json"
    request.headers["User-Agent"] = OURSELVES
    if target.key:
        request.headers[provider.auth_header] = provider.auth_value.format(key=target.key)
    else:
        request.headers.pop(provider.auth_header, None)  # public lists are read without a key
    return request


def _origin(provider: Provider, target: Target, path: bytes) -> str:
    """The base URL for a path. A vendor may have another host for some paths; a base URL that was set serves all."""
    if not provider.hosts or target.base_url != provider.base_url:
        return target.base_url
    asked = path.decode("ascii")
    return next((origin for start, origin in provider.hosts.items() if asked.startswith(start)), target.base_url)


@functools.lru_cache(URLS_KEPT)
def read_once(url: str) -> httpx.URL:
    """A URL of a provider's API, parsed. The result is kept, since parsing costs about as much as sending a request."""
    return httpx.URL(url)


class There(NamedTuple):
    """Where a request goes: ``url`` with the IP address that was checked, and ``named``, the URL as it was given."""

    url: httpx.URL
    named: httpx.URL

    @property
    def extensions(self) -> dict[str, Any]:
        return {} if self.url is self.named else {"sni_hostname": self.named.host}


def file_at(there: There) -> httpx.Request:
    """The request for a file. It asks for the bytes as they are, not compressed."""
    headers = {
        "Host": there.named.netloc.decode("ascii"), "Accept": "*/*", "Accept-Encoding": "identity",
        "User-Agent": OURSELVES,
    }  # fmt: skip
    return httpx.Request("GET", there.url, headers=headers, extensions=there.extensions)
