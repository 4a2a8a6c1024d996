"""Reads tables as spreadsheets save them: with commas, semicolons, tabs or bars between cells, and any line ends."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Collection, Iterator

from comparisons.sessions._source import PlanFile
from comparisons.sessions.mistakes import Said

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
"""What separates cells. Excel writes semicolons where a comma is the decimal point, and tabs into files of *Text*."""
HINT = re.compile(r'"?sep=(.)"?[ \t;,]*(?:\r\n|\r|\n)', re.IGNORECASE)
"""A first line that tells Excel the separator."""
Row = tuple[int, list[str]]
"""The line that a row begins on, from 1, and its cells."""


def rows(text: str, file: PlanFile, known: Collection[str]) -> tuple[str, Iterator[Row]]:
    """The separator, and the rows that are not blank; a quoted cell may go over several lines.

    Args:
        known: the columns that may occur, from which the separator is guessed.

    The iterator raises ``PlanError`` at a row that cannot be read.
    """
    hint = HINT.match(text)
    if hint is not None:
        return hint[1], _rows(text[hint.end() :], file, hint[1], 2)
    separator = max(SEPARATORS, key=lambda each: _fits(text, each, known))
    return separator, _rows(text, file, separator, 1)


def _fits(text: str, separator: str, known: Collection[str]) -> int:
    """How many known columns the header has if this is the separator."""
    lines = itertools.dropwhile(lambda line: not line.strip(" \t\r\n,;|"), io.StringIO(text, newline=""))
    try:
        header = next(csv.reader(lines, delimiter=separator), [])
    except csv.Error:
        return 0
    return len({cell.strip() for cell in header} & {*known})


def _rows(text: str, file: PlanFile, separator: str, line: int) -> Iterator[Row]:
    before = line - 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield line, row
            line = before + reader.line_num + 1
    except csv.Error as error:
        raise file.at(line).error((), Said(f"this row cannot be read: {error}.")) from error
