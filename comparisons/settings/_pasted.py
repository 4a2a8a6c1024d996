"""Cleans up keys and addresses that people paste: removes blanks, quotes, invisible characters and what is around."""

from __future__ import annotations

import re
from unicodedata import category
from urllib.parse import SplitResult, urlsplit

from comparisons.addresses import is_public_host
from providers import InvalidRequest, Provider

AROUND = " \t\r\n,;\"'`“”„‘’‚«»「」＂＇"
"""Blanks, quotes and separators that are copied along from a text, a table or a program."""
CARRIER = re.compile(
    r"(?:export\s+|set\s+|\$env:)?[A-Z][A-Z0-9]*_[A-Z0-9_]*(?:KEY|TOKEN)\s*=|(?i:authorization|x-api-key)\s*[:=]"
    r"|(?i:bearer)(?:\s|$)|(?i:key)\s"
)
"""What is written before a key in a header, a line of settings or an example."""


def tidied(text: str) -> str:
    """A text without blanks and quotes around it, and without invisible characters."""
    seen = "".join(" " if category(letter) in ("Zs", "Zl", "Zp") else letter for letter in text)
    return "".join(letter for letter in seen if category(letter) != "Cf").strip(AROUND)


def pasted_key(text: str, name: str) -> str:
    """The key in a pasted text, which may have ``Bearer``, a header or a variable before it; empty if there is none.

    Args:
        name: the variable or field it is for.

    Raises:
        InvalidRequest: it cannot be sent in a header; the sentence names the field, not its content.
    """
    found, carried = tidied(text), False
    while (carrier := CARRIER.match(found)) is not None:
        found, carried = tidied(found[carrier.end() :]), True
    if carried and not found:
        raise InvalidRequest(f"{name} holds no key, only what stands before one; paste it again.")
    if re.search(r"\s", found):
        raise InvalidRequest(
            f"{name} holds a character that no key has, a blank or a line break inside; paste it alone and whole."
        )
    if not (found.isascii() and found.isprintable()):
        raise InvalidRequest(f"{name} holds a character that no key has; paste it again.")
    return found


def base_url(text: str, provider: Provider) -> str:
    """A provider's base URL, as ``https://host``; the vendor's own if ``text`` is empty.

    Raises:
        InvalidRequest: it is no address, or one that a key must not be sent to; the sentence says what to set.
    """
    name, given = provider.base_url_env, tidied(text) or provider.base_url
    parts = _parts(given, name)
    if "@" in parts.netloc:
        raise InvalidRequest(f"{name} must not hold a password; the key goes into {provider.key_env}.")
    if parts.query or parts.fragment:
        raise InvalidRequest(f"{name} must end with the host or a path: remove what begins with ? or #.")
    host = parts.hostname or ""
    if parts.scheme == "http" and is_public_host(host):
        raise InvalidRequest(
            f"{name} would send the key to {host} where all can read it: begin it with https://"
            " (http:// is for what runs on your own machine or network)."
        )
    path = re.sub(r"/+", "/", parts.path).rstrip("/").removesuffix(provider.base_path).rstrip("/")
    if path and not provider.own_server and _whose(host) == _whose(_parts(provider.base_url, name).hostname or ""):
        raise InvalidRequest(f"{name} must be the host alone, {parts.scheme}://{parts.netloc.lower()}, without {path}.")
    return f"{parts.scheme}://{parts.netloc.lower()}{path}"


def _parts(url: str, name: str) -> SplitResult:
    """The parts of an http(s) URL with a host and, if any, a port."""
    if not re.match(r"https?://", url, re.IGNORECASE):
        raise InvalidRequest(f"{name} must start with https:// (or http:// for a sandbox).")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InvalidRequest(f"{name} is no address: write it as https://host.") from error
    if port == 0 or not re.fullmatch(r"[\w.-]*\w\.?|[0-9a-f:.]+", parts.hostname or ""):
        raise InvalidRequest(f"{name} is no address: write it as https://host.")
    if not re.fullmatch(r"[!-~]*", parts.path + parts.query + parts.fragment):
        raise InvalidRequest(f"{name} holds a blank or a letter that no address has.")
    return parts


def _whose(host: str) -> str:
    """The part of a host name before its ending, ``vendor`` in ``api.vendor.com``: a vendor's sites share it."""
    return (".", *host.split("."))[-2]
