"""Where visitors come from, as far as it can be believed: what tells apart people whose cookies tell nothing.

A header says whatever its sender likes, and the connection that reaches Takes may be a proxy's, which is everybody's.
So an address is believed only

- where ``TAKES_PROXIES`` says that n proxies stand before Takes: each appends the address it was reached from to
  X-Forwarded-For, so the n-th from the end is the first that no visitor wrote, as they may have all before it;
  with 0, the connection's own;
- where nobody says so, Takes listens beyond this machine, and neither ``TAKES_ORIGIN``, a Space nor a public link
  tells of something between: the connection's own, if it is one of the internet's; others may be a gateway's.

Else it is not known: on a Space or by a public link none is, until somebody says how many proxies there are. Then
limits are for each visitor, and for all.
"""

from __future__ import annotations

import ipaddress
import re

from starlette.requests import HTTPConnection

from comparisons.settings import Settings

FORWARDED = "x-forwarded-for"
NETWORK = 64
"""Bits of an IPv6 address that are its network's: whoever has one address has all of the network's."""
WITH_PORT = re.compile(r"\[([0-9a-fA-F:.]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+", re.ASCII)


class Clients:
    """The rules of one Takes, by its settings."""

    def __init__(self, settings: Settings) -> None:
        self._proxies = settings.proxies
        self._direct = settings.direct

    def of(self, request: HTTPConnection) -> str:
        """The IPv4 address or IPv6 network that a request comes from; empty if it cannot be believed."""
        if self._proxies:
            told = ",".join(request.headers.getlist(FORWARDED)).split(",")
            return written(told[-self._proxies]) if len(told) >= self._proxies else ""
        own = request.client.host if request.client else ""
        if self._proxies == 0:
            return written(own)
        return written(own, anywhere=False) if self._direct else ""


def written(text: str, *, anywhere: bool = True) -> str:
    """An address as all its spellings have it, an IPv6 one by its network; empty if it is none.

    Args:
        anywhere: also one that only an inside network knows.
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
