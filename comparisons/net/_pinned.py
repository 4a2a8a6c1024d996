"""A question without any key to whoever keeps a file, at the one address that was checked to be public."""

from __future__ import annotations

from collections.abc import Sequence

import httpx

from comparisons.addresses import Network, Resolve, public_address

OURSELVES = "Takes"
"""The User-Agent of every request: some gateways refuse requests that have none."""
REDIRECTS = 3


def is_https(there: httpx.URL) -> bool:
    """Whether a URL names a host that is asked over https."""
    return there.scheme == "https" and bool(there.host) and 0 < (there.port or 443) < 65536


async def pinned(there: httpx.URL, resolver: Resolve, allowed: Sequence[Network]) -> httpx.Request | None:
    """The question for a file, to the address of its host that was checked; None if the name has none just now.

    Raises:
        NotPublic: the address is inside some network, and not one of those that are allowed.
    """
    address = await public_address(there.host, there.port or 443, resolver, allowed)
    return None if address is None else asked_at(there.copy_with(host=address), there)


def asked_at(url: httpx.URL, there: httpx.URL) -> httpx.Request:
    """The question for what is ``there``, sent to ``url``; its bytes come as they are, not packed."""
    headers = {
        "Host": there.netloc.decode("ascii"), "Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": OURSELVES,
    }  # fmt: skip
    named = {} if url is there else {"sni_hostname": there.host}
    return httpx.Request("GET", url, headers=headers, extensions=named)
