"""Finds the line of a TOML document that a value is on, which ``tomllib`` does not tell.

It reads beginnings of the document: the shortest one that holds the value ends on the value's line.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Callable
from decimal import Context
from functools import reduce
from operator import getitem
from typing import Any

from comparisons.sessions.mistakes import Steps

DEEP = 100
"""The most brackets within brackets that are followed; no plan has more than two."""
FIGURES = Context(prec=1_000_000, traps=[])
"""Keeps every digit of a number; one that is too large becomes infinite instead of an error."""


def loads(text: str) -> dict[str, Any]:
    """The document, with fractions as exact decimals. Raises what ``tomllib`` does."""
    return tomllib.loads(
        text.removeprefix("\ufeff"), parse_float=lambda digits: FIGURES.create_decimal(digits.replace("_", ""))
    )


def where(text: str, path: Steps) -> int:
    """The line on which a value of a valid TOML document begins; if it is not there, that of the nearest part that
    would contain it; else 1."""
    whole = loads(text)
    there = next((path[:length] for length in range(len(path), 0, -1) if _has(whole, path[:length])), ())
    return first_line(text, lambda part: _has(loads(part), there)) if there else 1


def first_line(text: str, reached: Callable[[str], bool]) -> int:
    """The line on which the shortest beginning of ``text`` ends for which ``reached`` is true.

    Any beginning, once its brackets are closed, is a document too, and a longer one holds all that a shorter one does.
    So the shortest is found by bisection.
    """
    cuts = _cuts(text)
    found = bisect_left(range(len(cuts)), True, key=lambda i: reached(text[: cuts[i][0]] + cuts[i][1]))
    start = cuts[min(found, len(cuts) - 1) - 1][0] if found else 0
    return text.count("\n", 0, len(text) - len(text[start:].lstrip(BETWEEN))) + 1


TOKEN = re.compile(
    r"""(?s)"{3}(?:[^"\\]|\\.|"(?!""))*+"{3,5}|'{3}(?:[^']|'(?!''))*+'{3,5}"""
    r"""|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+'|\#[^\n]*+|[\[\]{},\n]"""
)
"""A token of valid TOML: a string or comment, which may contain anything, or a mark between values."""
BETWEEN = " \t\r\n,"
CLOSING = {"[": "]", "{": "}"}


def _cuts(text: str) -> list[tuple[int, str]]:
    """Where ``text`` may be cut, and the closing brackets it then needs: after each line and before each comma."""
    cuts: list[tuple[int, str]] = []
    closing: list[str] = []
    for token in TOKEN.finditer(text):
        mark = token[0]
        if mark in CLOSING:
            closing.insert(0, CLOSING[mark])
        elif mark in ("]", "}"):
            del closing[:1]
        elif mark in (",", "\n"):
            cuts.append((token.start() if mark == "," else token.end(), "".join(closing)))
        if len(closing) > DEEP:
            break
    return [*cuts, (len(text), "")]


def _has(document: Any, steps: Steps) -> bool:
    try:
        reduce(getitem, steps, document)
    except (LookupError, TypeError):
        return False
    return True
