"""The proxies for outgoing requests, by the usual environment variables; with a sentence about those that are unusable.

The values may contain passwords, so sentences name only the variables.
"""

from __future__ import annotations

import ipaddress
import re
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

SCHEMES = ("http", "https", "all")
SPOKEN = {"http": "http", "https": "https", "socks5": "socks5", "socks5h": "socks5h", "socks": "socks5"}
"""The schemes of proxies' URLs, and what httpx calls them; desktops write ``socks`` for version 5."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""Addresses that are never asked through a proxy: there they would be the proxy's own machine."""
PART = re.compile(r"[\w.*:/\[\]-]{1,253}", re.ASCII)
"""An entry of ``NO_PROXY`` that is used; others are ignored."""


@dataclass(frozen=True)
class Proxy:
    """One proxy, and the variable that names it; ``url`` is empty if it cannot be used."""

    variable: str
    url: str = field(repr=False)

    @property
    def trouble(self) -> str:
        """A sentence about what is wrong with it; empty if nothing is."""
        forms = "http://host:port or socks5://host:port"
        return "" if self.url else f"{self.variable} names no proxy that can be used: write it as {forms}, or unset it."


@dataclass(frozen=True)
class Proxies:
    """The proxies by scheme (``all`` is for other schemes), and the ``NO_PROXY`` entries, which need no proxy."""

    by_scheme: Mapping[str, Proxy] = field(default_factory=dict)
    without: tuple[str, ...] = ()

    def leading_to(self, scheme: str, host: str, port: int) -> Proxy | None:
        """The proxy for an address; None if it is reached without one."""
        found = self.by_scheme.get(scheme) or self.by_scheme.get("all")
        return None if found is None or self._is_without(host.strip("[]").lower(), port) else found

    def _is_without(self, host: str, port: int) -> bool:
        return host in LOOPBACK or any(_covers(part.lower(), host, port) for part in self.without)

    @property
    def trouble(self) -> tuple[str, ...]:
        """A sentence for each proxy that cannot be used."""
        return tuple(dict.fromkeys(proxy.trouble for proxy in self.by_scheme.values() if proxy.trouble))

    def written(self, env: Mapping[str, str]) -> dict[str, str | None]:
        """The proxy variables of an environment as every library can read them; None for one to remove.

        Empty if no proxy variable is set.
        """
        own = {key: self.by_scheme[key.lower().removesuffix("_proxy")].url or None for key in env if _is_one(key)}
        skipped = ",".join(dict.fromkeys((*self.without, *LOOPBACK)))
        return {**own, **dict.fromkeys(("NO_PROXY", "no_proxy"), skipped)} if own else {}


NO_PROXIES = Proxies()


def read(env: Mapping[str, str], *, of_system: bool = False) -> Proxies:
    """The proxies of an environment; if it names none and ``of_system``, those of the system's settings."""
    named = {key: value.strip() for key, value in sorted(env.items()) if _is_one(key) and value.strip()}
    found = {key.lower().removesuffix("_proxy"): Proxy(key, _usable(value)) for key, value in named.items()}
    if not found and of_system:
        system = {scheme: url for scheme, url in urllib.request.getproxies().items() if scheme in SCHEMES}
        found = {scheme: Proxy("The system's proxy setting", _usable(url)) for scheme, url in system.items()}
    skipped = env.get("no_proxy") or env.get("NO_PROXY") or ""
    return Proxies(
        found, tuple(part for each in re.split(r"[\s,;]+", skipped) if (part := each) and PART.fullmatch(part))
    )


def _is_one(key: str) -> bool:
    return key in {spelled for scheme in SCHEMES for spelled in (f"{scheme}_proxy", f"{scheme}_proxy".upper())}


def _usable(text: str) -> str:
    """A proxy's URL as httpx expects it; empty if it cannot be used."""
    text = text.strip("\"'")
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        scheme, port = SPOKEN.get(parts.scheme.lower(), ""), parts.port
    except ValueError:
        return ""
    host = re.fullmatch(r"[\w.-]+|[0-9a-f:.]+", parts.hostname or "", re.ASCII)
    plain = parts.netloc.isascii() and parts.netloc.isprintable() and " " not in parts.netloc and port != 0
    return SplitResult(scheme, parts.netloc, "", "", "").geturl() if scheme and host and plain else ""


def _covers(part: str, host: str, port: int) -> bool:
    """Whether an entry of ``NO_PROXY`` matches a host: by its name, a domain above it, its network, or ``*``."""
    if part == "*":
        return True
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(part.strip("[]"), strict=False)
    except ValueError:
        name, _, only = part.partition(":") if part.count(":") == 1 else (part, "", "")
        name = name.strip("[]").removeprefix("*").removeprefix(".")
        return bool(name) and (host == name or host.endswith(f".{name}")) and only in ("", str(port))
