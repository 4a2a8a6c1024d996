"""Where each provider is reached, and with which key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from comparisons.addresses import is_public_host
from comparisons.settings import _pasted
from providers import Provider

NO_KEY = "EMPTY"
"""The key that is sent by convention to servers without one (vLLM's documents, read 2026-12-01)."""


@dataclass(frozen=True)
class Target:
    """Where a provider is reached, and with which key. The key never shows in a repr."""

    base_url: str
    key: str = field(default="", repr=False)

    own_server: bool = False
    """Whether the host runs this server as a provider of its own, so that plain http does not mean a sandbox."""

    @property
    def is_sandbox(self) -> bool:
        """Whether it is a sandbox, so that its figures are simulated: no vendor is reached over plain http."""
        return self.base_url.startswith("http://") and not self.own_server

    @property
    def is_keyless(self) -> bool:
        """Whether it is used without a key; ``NO_KEY`` is sent instead."""
        return self.key == NO_KEY


def target(provider: Provider, values: Mapping[str, str]) -> Target:
    """A provider's base URL and key, from its two variables.

    A self-hosted server (``Provider.own_server``) whose URL is set and leads to no public host needs no key. A URL that
    ends with the provider's slug is the built-in sandbox's, not that of such a server.

    Raises:
        InvalidRequest: a variable's value cannot be used.
    """
    given = values.get(provider.base_url_env, "")
    url = _pasted.base_url(given, provider)
    key = _pasted.pasted_key(values.get(provider.key_env, ""), provider.key_env)
    if provider.own_server and given.strip() and not is_public_host(urlsplit(url).hostname or ""):
        key = key or NO_KEY
    return Target(url, key, own_server=provider.own_server and not url.endswith(f"/{provider.slug}"))
