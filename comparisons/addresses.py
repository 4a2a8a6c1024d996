"""Which network addresses a clip may be fetched from: public ones only, whatever a name resolves to."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable

from providers import InputRefused

Resolve = Callable[[str, int], Awaitable[list[str]]]


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host by this machine's resolver; none if it has no answer."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(address[4][0]) for address in found))


async def public_address(host: str, port: int, resolver: Resolve) -> str | None:
    """One address to connect to, IPv4 if there is one; None if the name has no address just now.

    Raises:
        InputRefused: any of its addresses is private, loopback, link-local or otherwise not public.
    """
    found = [ipaddress.ip_address(text.partition("%")[0]) for text in await resolver(host, port)]
    inside = next((address for address in found if not _is_public(address)), None)
    if inside is not None:
        raise InputRefused(f"A clip URL names {host}, which is not a public address ({inside}); it is not fetched.")
    return str(min(found, key=lambda address: address.version)) if found else None


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None) or address
    return inner.is_global and not inner.is_multicast
