"""A run's table as files: for spreadsheets, for scripts, and for data frames. Unknown is empty or null, never zero."""

from __future__ import annotations

import csv
import importlib.util
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from comparisons.table import COLUMNS

FORMULAS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""What a spreadsheet may take for the beginning of a formula."""
FLAGS = ("simulated", "resumed", "audio", "warm_up")
COUNTS = ("width", "height", "frames", "request", "repeat")
PLACES = {
    "session": "The id of the benchmark session",
    "request": "Which request of its plan, from 0",
    "repeat": "How often it had been asked before",
    "warm_up": "True if made to warm up: then it is in no figure",
}
OF_SESSION = (*PLACES, *COLUMNS)
"""The columns of a session's rows: where each job stands in its plan, then those of any job."""


def write(rows: Sequence[Mapping[str, Any]], folder: Path, columns: Sequence[str] = tuple(COLUMNS)) -> None:
    """Writes ``results.csv`` and ``results.jsonl``, and ``results.parquet`` where pyarrow is installed.

    Args:
        rows: one mapping a job, under the keys of ``columns``.
        columns: in their order; ``OF_SESSION`` for the rows of a session.
    """
    clean = [{name: _sound(row[name]) for name in columns} for row in rows]
    _write_csv(clean, columns, folder / "results.csv")
    lines = "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in clean)
    (folder / "results.jsonl").write_text(lines, encoding="utf-8", newline="\n")
    if importlib.util.find_spec("pyarrow"):
        typed(clean, columns).to_parquet(folder / "results.parquet", engine="pyarrow", index=False)


def _sound(value: Any) -> Any:
    """Values every format can hold: no half characters, and no number that is none."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _write_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(columns)
        out.writerows([[_inert(value) for value in row.values()] for row in rows])


def _inert(value: Any) -> Any:
    """A cell that no spreadsheet runs: the words of a provider stand in here."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULAS) else value


def typed(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = tuple(COLUMNS)) -> pd.DataFrame:
    """The table with a type per column, which an empty column keeps."""
    return pd.DataFrame({name: _column(name, [row[name] for row in rows]) for name in columns})


def _column(name: str, values: list[Any]) -> pd.Series:
    if name == "started_at":
        return pd.Series(pd.to_datetime(pd.Series(values, dtype="object"), utc=True, format="ISO8601"))
    return pd.Series(values, dtype=_type(name))


def _type(name: str) -> str:
    if name in FLAGS:
        return "boolean"
    if name in COUNTS:
        return "Int64"
    is_number = name == "fps" or name.endswith("_s") or (name.startswith("cost_") and name != "cost_basis")
    return "Float64" if is_number else "string"
