"""Keeps a key out of a reply that repeats it."""

from __future__ import annotations

import html
import re

SECRET_LENGTH = 8
"""The fewest characters of a key that is blanked: a shorter text is no real key, and may be part of a word."""
BLANK = b"(key)"
_JSON = rb"\\u00[0-9a-fA-F]{2}|\\[^u]"
SPELLINGS = tuple(re.compile(each) for each in (_JSON, _JSON + rb"|%[0-9a-fA-F]{2}", _JSON + rb"|&#?\w{1,6};"))
"""How a reply may spell a character of a key: as JSON does, and as a URL or HTML within it does."""
MARKS = (b"\\", b"%", b"&")
"""One of these is in every such spelling."""
SPELLED_LENGTH = 100_000
"""Bytes of the longest reply that is searched for other spellings of a key; documented replies are much shorter."""


def without(key: str, body: bytes) -> bytes:
    """A body in which a key that is long enough to be one is blanked, however JSON, a URL or HTML spells it."""
    if len(key) < SECRET_LENGTH:
        return body
    escaped = body if '"' in key else body.replace(rb"\"", b"")  # a quote that is no part of the key hides nothing
    may_spell = len(body) <= SPELLED_LENGTH and any(mark in escaped for mark in MARKS)
    for spelling in SPELLINGS if may_spell else ():
        if key.encode() in spelling.sub(lambda found: _meant(found[0]), body):
            body = _blanked(key.encode(), body, spelling)
    return body.replace(key.encode(), BLANK)  # last: within JSON it would tear an escape apart


def _blanked(key: bytes, body: bytes, spelling: re.Pattern[bytes]) -> bytes:
    """The body with each spelled-out key blanked and everything else as it was."""
    units = re.findall(spelling.pattern + rb"|.", body, re.DOTALL)
    text = b"".join(map(_meant, units))  # one byte for each unit, so that a place in it is a place in both
    kept: list[bytes] = []
    done = 0
    while (at := text.find(key, done)) >= 0:
        kept += [*units[done:at], BLANK]
        done = at + len(key)
    return b"".join([*kept, *units[done:]])


def _meant(unit: bytes) -> bytes:
    """The one byte that an escape stands for; a ``?`` for whatever cannot be part of a key."""
    if len(unit) == 1:
        return unit
    if unit.startswith((b"\\u", b"%")):
        return bytes([int(unit[-2:], 16)])
    if unit.startswith(b"&"):
        text = html.unescape(unit.decode("ascii"))
        return text.encode() if len(text) == 1 and text.isascii() else b"?"
    return unit[-1:]
