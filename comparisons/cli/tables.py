"""Prints rows in a terminal: as a table if it fits the window, else as a few lines for each row."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

PIPE = 240
"""The width, in characters, of output that goes to no terminal, so that a pipe gets one line for each row."""
GAP = "  "
"""Separates two values on a line, and indents all lines of a row but the first."""


def console() -> Console:
    """The terminal, or an output of ``PIPE`` characters. Markup is off, since prompts may contain brackets."""
    terminal = Console(markup=False, emoji=False, highlight=False)
    return terminal if terminal.is_terminal else Console(width=PIPE, markup=False, emoji=False, highlight=False)


def show(rows: Sequence[Mapping[str, Any]], to: Console) -> None:
    """Prints rows that have the same columns."""
    view = table(rows)
    natural = to.measure(view, options=to.options.update(width=PIPE * 10)).maximum
    if not to.is_terminal or natural <= to.width:
        to.print(view)
    else:
        to.print(blocks(rows, to.width), soft_wrap=True)


def table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """A column for each value of the first row."""
    view = Table(box=None, pad_edge=False, header_style="bold")
    for name in rows[0] if rows else ():
        view.add_column(name, justify="right" if isinstance(rows[0][name], (int, float)) else "left", overflow="fold")
    for row in rows:
        view.add_row(*[_cell(value) for value in row.values()])
    return view


def blocks(rows: Sequence[Mapping[str, Any]], width: int) -> str:
    """Each row as lines of at most ``width`` characters: its first value, then the others with their names.

    Values that are not known are left out. No word is broken: one that is longer than a line gets a line of its own.
    """
    return "\n".join(line for row in rows for line in _block(row, width))


def _block(row: Mapping[str, Any], width: int) -> list[str]:
    (_, first), *rest = row.items()
    lines = [_cell(first)]
    for name, value in rest:
        words = _cell(value)
        if words:
            _add(lines, f"{name} {words}", width)
    return lines


def _add(lines: list[str], pair: str, width: int) -> None:
    """Adds a value to the last line of a row if it fits, else on new lines."""
    if len(lines) > 1 and len(lines[-1]) + len(GAP) + len(pair) <= width:
        lines[-1] += f"{GAP}{pair}"
        return
    lines += textwrap.wrap(
        pair, width, initial_indent=GAP, subsequent_indent=GAP * 2, break_long_words=False, break_on_hyphens=False
    )


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    if isinstance(value, dict):
        return ", ".join(f"{key}: {text}" for key, text in value.items())
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
