"""Leaving URLs out of a provider's words: a signed one is a credential."""

from __future__ import annotations

import re

URL = re.compile(r"https?(?::|%3a)(?:\\?/|%2f){2}\S+", re.IGNORECASE)
"""A URL as written plainly, with JSON's escapes, or percent-encoded inside of another URL."""


def without_urls(text: str) -> str:
    return URL.sub("(a URL)", text)
