"""The requests of a plan: its ``[[requests]]``, and the rows of its CSV."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path, PurePath
from typing import Any

from comparisons.sessions import _sheets
from comparisons.sessions._fields import MAX_REQUESTS, REQUEST, check_of, checked, unknown
from comparisons.sessions._source import PlanFile, text_of
from comparisons.sessions.mistakes import Missing, NoFile, Said, Steps, on_one_line, quoted
from comparisons.sessions.plan import OPT, Asked, CsvRow


def asked(entry: Mapping[str, Any], folder: Path | None, source: PlanFile, at: Steps = ()) -> Asked:
    """One request, from a table of the plan.

    Raises:
        PlanError: a field is wrong, or an image is not in ``folder``. Without a folder, images are not looked for.
    """
    fields = checked(entry, REQUEST, source, at)
    if "prompt" not in fields:
        raise source.error((*at, "prompt"), Missing((*at, "prompt")))
    for key in ("image", "last_image"):
        if key in fields:
            _must_be_there(folder, fields[key], source, (*at, key))
    for number, path in enumerate(fields.get("references", ())):
        _must_be_there(folder, path, source, (*at, "references", number))
    plain = {key: fields.pop(key) for key in PLAIN if key in fields}
    return Asked(**plain, options={key.removeprefix(OPT): value for key, value in fields.items()})


PLAIN = ("prompt", "image", "last_image", "references")
"""The fields of a request that are not options."""
BETWEEN = "|"
"""What separates the images in a CSV's cell of references."""


def _must_be_there(folder: Path | None, path: str, source: PlanFile, steps: Steps) -> None:
    if folder and not os.path.isfile(folder / path):  # Path.is_file may raise for names that are too long
        raise source.error(steps, NoFile(steps, path))


def from_csv(sheet: str, folder: Path | None, plan: PlanFile) -> Iterator[Asked]:
    """The requests of a CSV. The paths of its images are relative to it.

    Raises:
        PlanError: one sentence with file, line and column; or there is no folder to look for the CSV in.
        InvalidRequest: the CSV cannot be read at all.
    """
    if folder is None:
        raise plan.error(("requests_csv",), Said("requests in a CSV can only be run from the command line."))
    _must_be_there(folder, sheet, plan, ("requests_csv",))
    beside = PurePath(sheet).parent
    file = PlanFile(on_one_line(PurePath(sheet).name), lambda _: 1)
    separator, rows = _sheets.rows(text_of(folder / sheet), file, REQUEST)
    top, header = next(rows, (1, []))
    columns, below = _columns(header, file.at(top)), list(itertools.islice(rows, MAX_REQUESTS + 1))
    if not below:
        raise file.at(top).error((), Said("there is no row below the header."))
    if len(below) > MAX_REQUESTS:
        raise file.at(below[-1][0]).error((), Said(f"a plan has at most {MAX_REQUESTS} requests."))
    for line, row in below:
        entry = _entry(columns, row, file.at(line), _sheets.SEPARATORS.get(separator, f"{separator!r}"))
        for key in {"image", "last_image"} & entry.keys() if beside != PurePath() else ():
            entry[key] = str(beside / entry[key])
        if "references" in entry:
            entry["references"] = [str(beside / path) for path in entry["references"]]
        yield replace(asked(entry, folder, file.at(line)), row=CsvRow(file.name, line))


def _columns(header: Sequence[str], file: PlanFile) -> list[str]:
    columns = [cell.strip() for cell in header]
    while columns and not columns[-1]:  # spreadsheets save empty columns that were once edited
        columns.pop()
    for i, column in enumerate(columns):
        if check_of(column, REQUEST) is None:
            raise file.error((), unknown("column", column, REQUEST.keys()))
        if column in columns[:i]:
            raise file.error((column,), Said(f"the column {quoted(column)} is there twice."))
    return columns


def _entry(columns: Sequence[str], row: Sequence[str], file: PlanFile, between: str) -> dict[str, Any]:
    """A row as the fields of a request. An empty cell means that the field is not given."""
    if any(cell.strip() for cell in row[len(columns) :]):
        cells = f"this row has {len(row)} cells, the header {len(columns)}"
        raise file.error((), Said(f"{cells}; quote cells with {between}."))
    return {column: _cell(column, cell) for column, cell in zip(columns, row, strict=False) if cell.strip()}


def _cell(column: str, cell: str) -> Any:
    word = cell.strip()
    own = column.startswith(OPT)
    if (column in ("duration", "seed") or own) and re.fullmatch(r"-?[0-9]{1,18}", word):
        return int(word)
    if own and re.fullmatch(r"-?[0-9]{1,18}\.[0-9]{1,18}", word):
        return Decimal(word)
    if column in ("prompt_optimizer", "audio") or own:
        return {"true": True, "false": False}.get(word.lower(), word)
    if column == "references":
        return [path.strip() for path in word.split(BETWEEN)]
    return cell if column == "prompt" else word
