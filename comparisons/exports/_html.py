"""Tables and lists of a session's page as HTML. Words that are given to these functions are escaped by them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

DASH = '<span class="rp-none">–</span>'
"""What stands where nothing is known."""


def table(label: str, heads: Sequence[str], rows: Sequence[str], kind: str = "") -> str:
    """A table that scrolls on its own where the page is narrow."""
    first, *others = (f'<th scope="col">{escape(head)}</th>' for head in heads)
    return (
        f'<div class="rp-scroll" tabindex="0" role="region" aria-label="{escape(label)}"><table class="{kind}">'
        f"<thead><tr>{first}{''.join(others)}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def small(words: str) -> str:
    """Smaller words in a cell; empty without any."""
    return f"<small>{escape(words)}</small>" if words else ""


def cell(words: str, below: str = "", kind: str = "") -> str:
    """A cell, with smaller words below its own; a dash without any."""
    return f'<td class="{kind}">{escape(words) if words else DASH}{small(below)}</td>'


def listed(items: Iterable[str]) -> str:
    """A list of what is HTML already; empty without any."""
    found = "".join(f"<li>{item}</li>" for item in items)
    return f'<ul class="sr-list">{found}</ul>' if found else ""


def shortened(text: str, most: int) -> str:
    """The beginning of a long text, with the whole of it as its title."""
    if len(text) <= most:
        return escape(text)
    return f'<span title="{escape(text)}">{escape(text[: most - 1])}…</span>'
