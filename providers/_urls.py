"""The clips that a reply names: every URL in it that may be one, the likeliest first.

Result shapes are the least documented part of every API: a picture may stand beside the clip, before it or around it
(RunningHub's ``results: [{png}, {mp4}]``, Apiframe's ``coverUrl`` and ``thumbnailUrl``, OdiRouter's
``output[].content[]``; read 2026-11-29). What a URL leads to is only known once it is fetched.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

import httpx

LONGEST_URL = 8000
MOST_URLS = 8
"""More of them in one reply are passed over: those that look least like a clip."""
MOST_VALUES = 1000
"""How many values of a reply are looked at."""

KEYS = {
    "video": re.compile(r"video|clip|movie|mp4|webm", re.IGNORECASE),
    "other": re.compile(
        r"cover|thumb|poster|preview|image|picture|photo|frame|avatar|icon|logo|audio|sound|music|subtitle|caption"
        r"|input|(?<![a-z])source|reference|request|status|webhook|callback|log|doc|page",
        re.IGNORECASE,
    ),
}
"""What a key says of the URL under it, or further down."""
TYPES = re.compile(r"(output|content|media|mime|file)?_?(type|format|kind|ext|extension)", re.IGNORECASE)
"""Keys that say what the URL beside them leads to."""
VIDEO = re.compile(r"video\b|\.?(mp4|m4v|mov|webm|mkv|gif|m?ts|avi|flv|wmv|mpe?g|ogv|3gp)\b", re.IGNORECASE)
OTHER = re.compile(
    r"(image|audio|text|application/(json|xml|pdf|zip))\b"
    r"|\.?(png|jpe?g|webp|avif|heic|bmp|svg|mp3|wav|m4a|flac|json|xml|html?|txt|srt|vtt|pdf|zip)\b",
    re.IGNORECASE,
)
"""Types and endings of files that are clips, and of those that are none."""


def urls_in(*values: Any) -> tuple[str, ...]:
    """The URLs anywhere inside these values, those before others that look more like a clip's; each once."""
    found: dict[str, int] = {}
    for url, score in _found(list(values)):
        found[url] = max(score, found.get(url, score))
    return tuple(sorted(found, key=lambda url: -found[url])[:MOST_URLS])


def url_of(text: str) -> str | None:
    """A text as a URL to fetch, with all that cannot be sent as it stands percent-encoded; None if it is none.

    It names a host and http(s), or neither scheme, which then is https; what is encoded already is left as it is.
    """
    text = text.strip()
    if text.startswith("//"):
        text = f"https:{text}"
    if not text.lower().startswith(("http://", "https://")) or len(text) > LONGEST_URL or not text.isprintable():
        return None
    try:
        url = httpx.URL(text)
        whole = str(url)
    except (httpx.InvalidURL, ValueError):
        return None
    if not url.host or not whole.isascii():
        return None
    return text if text.isascii() and " " not in text and text.startswith("http") else whole


def path_of(url: str) -> str:
    """Where on its host a URL leads, as it is written there."""
    return re.sub(r"^[^/]*//[^/?#]*|[?#].*", "", url)


def _found(values: list[Any]) -> Iterator[tuple[str, int]]:
    """Each URL and how much it looks like a clip's, nearest to the surface first."""
    queue = [(value, 0) for value in values]
    for _ in range(MOST_VALUES):
        if not queue:
            return
        here, score = queue.pop(0)
        if isinstance(here, str) and (url := url_of(here)) is not None:
            yield url, score + _named(posixpath.splitext(path_of(url))[1])
        elif isinstance(here, dict):
            said = sum(_named(each) for key, each in here.items() if TYPES.fullmatch(str(key)))
            queue += [(each, score + _key(str(key)) + said) for key, each in here.items()]
        elif isinstance(here, list):
            queue += [(each, score) for each in here]


def _key(name: str) -> int:
    """What a key says weighs more than what is said beside it: a clip has its type, and its cover has it not."""
    return -4 if KEYS["other"].search(name) else 2 if KEYS["video"].search(name) else 0


def _named(what: Any) -> int:
    text = what[:100] if isinstance(what, str) else ""
    return 1 if VIDEO.match(text) else -1 if OTHER.match(text) else 0
