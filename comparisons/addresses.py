"""Checks IP addresses: whether a file may be fetched from one (it must be public), and whether we can listen on one."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence

from providers import InputRefused, InvalidRequest

Resolve = Callable[[str, int], Awaitable[list[str]]]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""The only part of IPv6 that the internet uses. IPv4 addresses written behind ::, fec0:: and others are outside."""
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""Addresses by which a network without IPv4 reaches it: the last 32 bits are the IPv4 address (RFC 6052)."""
CLOSED = tuple(
    map(
        ipaddress.ip_network,
        (
            # IPv4, by IANA's special-purpose registry: this network, private, shared, loopback, link-local
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.168.0.0/16",
            # documentation, 6to4 relays, benchmarks, multicast, reserved; and the address of Azure's host services
            "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "192.88.99.0/24", "198.18.0.0/15", "224.0.0.0/4",
            "240.0.0.0/4", "168.63.129.16/32",
            # IPv6 within 2000::/3: protocols with Teredo and benchmarks, documentation, 6to4
            "2001::/23", "2001:db8::/32", "3fff::/20", "2002::/16",
        ),
    )
)  # fmt: skip
"""Networks that are not public."""
INSIDE = (
    *(".localhost", ".local", ".localdomain", ".lan", ".home", ".home.arpa", ".internal", ".intranet", ".corp"),
    *(".test", ".example", ".invalid"),
)
"""Endings of host names that do not exist on the internet."""
FAKE = (ipaddress.ip_network("198.18.0.0/15"), ipaddress.ip_network("fc00::/18"))
"""Networks that some proxies on a person's own machine resolve every name to."""
FAKE_HINT = (
    " Where a proxy on your own machine answers so for every name, set TAKES_CLIP_NETWORKS to its range,"
    " such as 198.18.0.0/15."
)
HINT = " If that host is known to be right, set TAKES_CLIP_NETWORKS to its range, such as {range}."


class NotPublic(InputRefused):
    """A URL leads to an address that is not public, so it is not fetched unless the host allows its network."""


async def resolve(host: str, port: int) -> list[str]:
    """The IP addresses of a host, by this machine's resolver; empty if it has no answer."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(address[4][0]) for address in found))


async def public_address(host: str, port: int, resolver: Resolve, allowed: Sequence[Network] = ()) -> str | None:
    """The IP address of a host to connect to, IPv4 if it has one; None if its name has no address just now.

    Args:
        allowed: networks that count as public because the host of Takes says so.

    Raises:
        NotPublic: any of its addresses is private, loopback, link-local or otherwise not public.
    """
    found = [ipaddress.ip_address(text.partition("%")[0]) for text in await resolver(host, port)]
    inside = next((each for each in found if not (_is_in(each, allowed) or is_public(each))), None)
    if inside is not None:
        hint = FAKE_HINT if _is_in(inside, FAKE) else HINT.format(range=_around(inside))
        raise NotPublic(f"A clip URL names {host}, which is not a public address ({inside}); it is not fetched.{hint}")
    return str(min(found, key=lambda address: address.version)) if found else None


def _around(address: Address) -> str:
    """A network around an address, to suggest: the /24 of an IPv4 address, the /64 of an IPv6 one."""
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 64), strict=False))


def is_public(address: Address) -> bool:
    """Whether an address is on the internet. An IPv4 address that is written in an IPv6 address is checked too."""
    if isinstance(address, ipaddress.IPv4Address):
        return not _is_in(address, CLOSED) and address.is_global
    if address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if address in NAT64:
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address in GLOBAL_UNICAST and not _is_in(address, CLOSED) and address.is_global and not _is_isatap(address)


def is_public_host(host: str) -> bool:
    """Whether a host may be on the internet, by its name only: it is a public address, or has a public ending."""
    try:
        return is_public(ipaddress.ip_address(host))
    except ValueError:
        name = host.rstrip(".").lower()
        return "." in name and not name.endswith(INSIDE)


def _is_isatap(address: ipaddress.IPv6Address) -> bool:
    """Whether an address contains an IPv4 address to send to in its last half (ISATAP)."""
    return (int(address) >> 32) & 0xFCFFFFFF == 0x00005EFE


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks if network.version == address.version)


def check_own(name: str) -> None:
    """Checks that this machine can listen on an address, given by itself or as a name.

    Raises:
        InvalidRequest: it cannot; the sentence says what to set.
    """
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(name, 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.bind(where)
    except (OSError, UnicodeError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or "it is no name"
        raise InvalidRequest(
            f"The page cannot listen on {name} ({why}): set GRADIO_SERVER_NAME to an address of this machine, such as"
            " 127.0.0.1."
        ) from error
