"""Bodies of requests as they are kept: the bytes of a data URI by their hash, so that no file is kept in writing."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable

_IN_WRITING = re.compile(r"(data:[^,]*);base64,(.*)", re.DOTALL)
_BY_HASH = re.compile(r"(data:[^,]*);sha256,([0-9a-f]{64})")
HASHES = re.compile(r";sha256,([0-9a-f]{64})\b")
"""What a body that is kept names, found in its JSON."""


def by_hash(body: object, keep: Callable[[bytes], str]) -> object:
    """A JSON value whose data URIs name the SHA-256, in hex, that ``keep`` says of their bytes."""

    def spelled(text: str) -> str:
        match = _IN_WRITING.fullmatch(text)
        data = _decoded(match[2]) if match else None
        return f"{match[1]};sha256,{keep(data)}" if match and data is not None else text

    return _with_texts(body, spelled)


def as_sent(body: object, find: Callable[[str], bytes | None]) -> object:
    """The value as it was before ``by_hash``, but for what ``find`` has no more."""

    def spelled(text: str) -> str:
        match = _BY_HASH.fullmatch(text)
        data = find(match[2]) if match else None
        return f"{match[1]};base64,{base64.b64encode(data).decode()}" if match and data is not None else text

    return _with_texts(body, spelled)


def _with_texts(value: object, spelled: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return spelled(value)
    if isinstance(value, dict):
        return {name: _with_texts(item, spelled) for name, item in value.items()}
    return [_with_texts(item, spelled) for item in value] if isinstance(value, list) else value


def _decoded(text: str) -> bytes | None:
    """The bytes, if writing them again gives the same text."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None
