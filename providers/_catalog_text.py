"""Reads the text of a catalogue file as ``tomllib`` does, in less than half the time.

``tomllib`` looks at every character in Python. Most lines of these files stand in many variants, word for word: here
each is parsed once. A file that is laid out in another way, or is wrong, is left to ``tomllib``, which names the line.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from functools import cache
from typing import Any

VARIANT = re.compile(r"^\[\[variant\]\]$", re.MULTILINE)
STATEMENT = re.compile(r"^\w.*(?:\n[ \]].*)*", re.MULTILINE)
"""A line that begins with a key, and those after it that are indented or close its list."""
ODD = re.compile(r"^(?:[^\w \]#\n]| +\[|(?:#.*)?\n[ \]])|\"\"\"|'''", re.MULTILINE)
"""What only ``tomllib`` can tell: other tables, texts of several lines, and indented lines that no key stands above."""


def parsed(text: str) -> dict[str, Any]:
    """The same as ``tomllib.loads(text)``.

    Raises:
        tomllib.TOMLDecodeError: it is no TOML.
    """
    head, *tables = VARIANT.split(text)
    if any(ODD.search(table) for table in tables):
        return tomllib.loads(text)
    parse = cache(tomllib.loads)
    try:
        return tomllib.loads(head) | ({"variant": [_table(each, parse) for each in tables]} if tables else {})
    except tomllib.TOMLDecodeError:
        return tomllib.loads(text)


def _table(text: str, parse: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for statement in STATEMENT.findall(text):
        _add(table, parse(statement))
    return table


def _add(table: dict[str, Any], more: dict[str, Any]) -> None:
    """Adds what a statement says, which may be a part of a table that others began: ``options.seed``."""
    for key, value in more.items():
        if key not in table:
            table[key] = dict(value) if isinstance(value, dict) else value
        elif isinstance(value, dict) and isinstance(table[key], dict):
            _add(table[key], value)
        else:
            raise tomllib.TOMLDecodeError(f"{key} is said twice")
