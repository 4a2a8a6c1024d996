"""Tables and lists of a session's page as HTML. These functions escape the words that they are given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

DASH = '<span class="rp-none">–</span>'
"""Shown for what is not known."""


def table(label: str, heads: Sequence[str], rows: Sequence[str], kind: str = "") -> str:
    """A table that scrolls by itself where the page is narrow. ``rows`` are HTML, ``kind`` is a CSS class."""
    first, *others = (f'<th scope="col">{escape(head)}</th>' for head in heads)
    return (
        f'<div class="rp-scroll" tabindex="0" role="region" aria-label="{escape(label)}"><table class="{kind}">'
        f"<thead><tr>{first}{''.join(others)}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def small(words: str) -> str:
    """Words in smaller type; empty without words."""
    return f"<small>{escape(words)}</small>" if words else ""


def cell(words: str, below: str = "", kind: str = "") -> str:
    """A table cell, with smaller words ``below``; a dash if there are no words. ``kind`` is a CSS class."""
    return f'<td class="{kind}">{escape(words) if words else DASH}{small(below)}</td>'


def listed(items: Iterable[str]) -> str:
    """A list of items that are HTML already; empty without items."""
    found = "".join(f"<li>{item}</li>" for item in items)
    return f'<ul class="sr-list">{found}</ul>' if found else ""


def shortened(text: str, most: int) -> str:
    """A text as HTML, with at most ``most`` characters; a longer one is cut and has the whole text as its title."""
    if len(text) <= most:
        return escape(text)
    return f'<span title="{escape(text)}">{escape(text[: most - 1])}…</span>'
