"""Leaving URLs out of a provider's words: a signed one is a credential."""

from __future__ import annotations

import re

URL = re.compile(r"https?(?::|%3a)(?:\\?/|%2f){2}\S+", re.IGNORECASE)
"""A URL, also as JSON or another URL spells it."""


def without_urls(text: str) -> str:
    return URL.sub("(a URL)", text)
