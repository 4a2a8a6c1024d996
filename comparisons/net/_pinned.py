"""Requests for files that need no key: over https only, at an IP address that was checked to be public.

The request goes to the address that was checked, not to the name again, which could lead elsewhere by then.
"""

from __future__ import annotations

from collections.abc import Sequence

import httpx

from comparisons.addresses import Network, Resolve, public_address
from comparisons.net._addressed import There

REDIRECTS = 3
"""The most redirects that are followed."""


def is_https(named: httpx.URL) -> bool:
    """Whether a URL names a host that is asked over https."""
    return named.scheme == "https" and bool(named.host) and 0 < (named.port or 443) < 65536


async def pinned(named: httpx.URL, resolver: Resolve, allowed: Sequence[Network]) -> There | None:
    """A file's URL with the checked IP address of its host; None if the host's name has no address just now.

    Raises:
        NotPublic: the address is not public, and not in one of the ``allowed`` networks.
    """
    address = await public_address(named.host, named.port or 443, resolver, allowed)
    return None if address is None else There(named.copy_with(host=address), named)
