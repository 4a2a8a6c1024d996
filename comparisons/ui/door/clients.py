"""The network address that a visitor comes from, if it can be trusted; limits for each address need it.

A header can contain anything, and the connection that reaches Takes may come from a proxy that everybody uses. So an
address is trusted only in these cases:

- ``TAKES_PROXIES`` says that there are n proxies in front of Takes. Each appends the address that reached it to
  X-Forwarded-For, so the n-th from the end was written by the first proxy; a visitor may have written those before it.
  With n = 0 the connection's own address counts.
- ``TAKES_PROXIES`` is not set, other machines can reach Takes, and neither ``TAKES_ORIGIN``, a Space nor a public link
  says that there is something in between. Then the connection's own address counts, if it is one of the internet; an
  inside address may be a gateway's.

In all other cases the address is not known, such as on a Space where ``TAKES_PROXIES`` is not set. Then there are only
limits for each visitor and for all together.
"""

from __future__ import annotations

import ipaddress
import re

from starlette.requests import HTTPConnection

from comparisons.settings import Settings

FORWARDED = "x-forwarded-for"
NETWORK = 64
"""How many bits of an IPv6 address are its network's. A person who has one address usually has the whole network."""
WITH_PORT = re.compile(r"\[([0-9a-fA-F:.]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+", re.ASCII)


class Clients:
    """Finds the address of visitors, by the settings."""

    def __init__(self, settings: Settings) -> None:
        self._proxies = settings.proxies
        self._direct = settings.direct

    def of(self, request: HTTPConnection) -> str:
        """The IPv4 address or IPv6 network that a request comes from; empty if it is not known."""
        if self._proxies:
            told = ",".join(request.headers.getlist(FORWARDED)).split(",")
            return written(told[-self._proxies]) if len(told) >= self._proxies else ""
        own = request.client.host if request.client else ""
        if self._proxies == 0:
            return written(own)
        return written(own, anywhere=False) if self._direct else ""


def written(text: str, *, anywhere: bool = True) -> str:
    """An address in its one standard spelling, an IPv6 one as its network; empty if it is none.

    Args:
        anywhere: False to give an empty text for addresses that are not on the internet.
    """
    found = WITH_PORT.fullmatch(text.strip())
    try:
        address = ipaddress.ip_address((found[1] or found[2]) if found else text.strip().partition("%")[0])
    except ValueError:
        return ""
    inner = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    address = inner or address
    if not anywhere and not address.is_global:
        return ""
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.ip_network((address, NETWORK), strict=False))
