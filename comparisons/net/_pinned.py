"""Where a file is asked for that anybody may read: over https, at the one address that was checked to be public."""

from __future__ import annotations

from collections.abc import Sequence

import httpx

from comparisons.addresses import Network, Resolve, public_address
from comparisons.net._addressed import There

REDIRECTS = 3


def is_https(named: httpx.URL) -> bool:
    """Whether a URL names a host that is asked over https."""
    return named.scheme == "https" and bool(named.host) and 0 < (named.port or 443) < 65536


async def pinned(named: httpx.URL, resolver: Resolve, allowed: Sequence[Network]) -> There | None:
    """A file's place by the address of its host that was checked; None if the name has none just now.

    Raises:
        NotPublic: the address is inside some network, and not one of those that are allowed.
    """
    address = await public_address(named.host, named.port or 443, resolver, allowed)
    return None if address is None else There(named.copy_with(host=address), named)
