"""Removes a key from a reply that repeats it."""

from __future__ import annotations

import html
import re

SECRET_LENGTH = 8
"""Keys of fewer characters are not removed: so short a text is no real key, and may be part of a word."""
BLANK = b"(key)"
_JSON = rb"\\u00[0-9a-fA-F]{2}|\\[^u]"
SPELLINGS = tuple(re.compile(each) for each in (_JSON, _JSON + rb"|%[0-9a-fA-F]{2}", _JSON + rb"|&#?\w{1,6};"))
"""How a reply may escape a character of a key: as JSON does, or as a URL or HTML inside of JSON does."""
MARKS = (b"\\", b"%", b"&")
"""Every such escape contains one of these."""
SPELLED_LENGTH = 100_000
"""Replies of more bytes are not searched for escaped spellings of a key; documented ones are much shorter."""


def without(key: str, body: bytes) -> bytes:
    """The body with the key replaced by ``BLANK``, also where JSON, a URL or HTML escapes characters of it."""
    if len(key) < SECRET_LENGTH:
        return body
    escaped = body if '"' in key else body.replace(rb"\"", b"")  # an escaped quote cannot be part of this key
    may_spell = len(body) <= SPELLED_LENGTH and any(mark in escaped for mark in MARKS)
    for spelling in SPELLINGS if may_spell else ():
        if key.encode() in spelling.sub(lambda found: _meant(found[0]), body):
            body = _blanked(key.encode(), body, spelling)
    return body.replace(key.encode(), BLANK)  # last, since it could cut an escape in two


def _blanked(key: bytes, body: bytes, spelling: re.Pattern[bytes]) -> bytes:
    """The body with each escaped spelling of the key replaced by ``BLANK``, and everything else as it was."""
    units = re.findall(spelling.pattern + rb"|.", body, re.DOTALL)
    text = b"".join(map(_meant, units))  # one byte for each unit, so that an index in one is an index in the other
    kept: list[bytes] = []
    done = 0
    while (at := text.find(key, done)) >= 0:
        kept += [*units[done:at], BLANK]
        done = at + len(key)
    return b"".join([*kept, *units[done:]])


def _meant(unit: bytes) -> bytes:
    """The one byte that a character or escape stands for; ``?`` for an escape that cannot be part of a key."""
    if len(unit) == 1:
        return unit
    if unit.startswith((b"\\u", b"%")):
        return bytes([int(unit[-2:], 16)])
    if unit.startswith(b"&"):
        text = html.unescape(unit.decode("ascii"))
        return text.encode() if len(text) == 1 and text.isascii() else b"?"
    return unit[-1:]
