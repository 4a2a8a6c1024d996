"""Where a request goes: the provider's address with its key, or a host that was named, without."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import httpx

from comparisons.settings import Target
from providers import Provider

URLS_KEPT = 256
"""Addresses of APIs that are read once: those that are asked again and again."""
OURSELVES = "Takes"
"""The User-Agent of every request: some gateways refuse requests that have none."""


def addressed(request: httpx.Request, provider: Provider, target: Target) -> httpx.Request:
    """The request with the target's address and key. A poll that is sent again to the same target needs no change."""
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
        request.headers.pop(provider.auth_header, None)  # a public list is read without one
    return request


def _origin(provider: Provider, target: Target, path: bytes) -> str:
    """The base URL, or the vendor's other host for paths like this; a base URL of one's own stands for all of them."""
    if not provider.hosts or target.base_url != provider.base_url:
        return target.base_url
    asked = path.decode("ascii")
    return next((origin for start, origin in provider.hosts.items() if asked.startswith(start)), target.base_url)


@functools.lru_cache(URLS_KEPT)
def read_once(url: str) -> httpx.URL:
    """A URL of a provider's API. To read one costs about as much as to send a request to it."""
    return httpx.URL(url)


class There(NamedTuple):
    """Where a request goes: the address that was checked, and the URL as it was named."""

    url: httpx.URL
    named: httpx.URL

    @property
    def extensions(self) -> dict[str, Any]:
        return {} if self.url is self.named else {"sni_hostname": self.named.host}


def file_at(there: There) -> httpx.Request:
    """The question for a file; its bytes come as they are, not packed."""
    headers = {
        "Host": there.named.netloc.decode("ascii"), "Accept": "*/*", "Accept-Encoding": "identity",
        "User-Agent": OURSELVES,
    }  # fmt: skip
    return httpx.Request("GET", there.url, headers=headers, extensions=there.extensions)
