"""Writes a run's or session's table as CSV, JSON lines and Parquet, and a session's requests as CSV.

What is not known is empty or null, never zero.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from comparisons.analysis import COLUMNS, OPT, uniform
from comparisons.metrics import METRICS
from comparisons.records import PHASES, Placed, Session
from comparisons.words import images_words

FORMULAS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""What a spreadsheet may take for the beginning of a formula."""
NUMERAL = re.compile(r"\d{12,}|0\d+|\d+(\.\d*)?[eE][+-]?\d+", re.ASCII)
"""An id that a spreadsheet would read as a number: it would keep only 15 digits, and drop zeros at the beginning."""
MOMENTS = ("started_at",)
FLAGS = ("simulated", "resumed", "audio", "variable", "mirrored", "by_hand", "warm_up")
COUNTS = (
    "width",
    "height",
    "frames",
    "rotation",
    "audio_channels",
    "queue_position",
    "request",
    "repeat",
    "metrics_version",
)
PHASES_S = tuple(f"{phase}_s" for phase in PHASES)
SECONDS = ("duration_s", "first_s", "held_s", *PHASES_S, "total_s", "uncertainty_s", "provider_s", "provider_wait_s")
AMOUNTS = ("cost_list", "cost_quoted", "cost_billed", "cost_usd", "usd_per_minute", "realtime_factor", "billed_units")
TYPES = {
    **dict.fromkeys(FLAGS, "boolean"),
    **dict.fromkeys(COUNTS, "Int64"),
    **dict.fromkeys(("fps", *SECONDS, *AMOUNTS, *(metric.name for metric in METRICS)), "Float64"),
}
"""The pandas type of each column that is neither text nor a moment."""
PLACES = {
    "session": "The id of the benchmark session",
    "request": "Which request of its plan, from 1",
    "prompt": "The request's prompt, as asked",
    "repeat": "Which repeat of the request, from 1; warm-ups are counted apart",
    "warm_up": "True if made to warm up: then it is in no figure",
}
OF_SESSION = (*PLACES, *COLUMNS)
"""The columns of a session's rows: where each job belongs in the plan, then those of any job."""
REQUESTS = {
    "request": "Which request of the plan, from 1",
    "prompt": "As asked",
    "frames": "text only, first frame, first and last frame, or how many reference images, as asked",
    "first_frame_sha256": "Of the image that was sent; empty where none was",
    "last_frame_sha256": "The same of the last frame",
}
"""The columns of ``requests.csv``; one ``opt_<name>`` follows for each option that a request asks for."""
HASH = re.compile(r"[0-9a-f]{64}(?=\.)")


def write(rows: Sequence[Mapping[str, Any]], folder: Path, columns: Sequence[str] = tuple(COLUMNS)) -> None:
    """Writes ``results.csv`` and ``results.jsonl``, and ``results.parquet`` where pyarrow is installed.

    Args:
        rows: one mapping for each job, all with the same keys: those of ``columns``, and of options.
        columns: the columns in their order; ``OF_SESSION`` for the rows of a session. Columns of options follow.
    """
    columns = [*columns, *(name for name in (rows[0] if rows else ()) if name.startswith(OPT))]
    clean = [{name: _sound(row[name]) for name in columns} for row in rows]
    _write_csv(clean, columns, folder / "results.csv")
    lines = "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in clean)
    (folder / "results.jsonl").write_text(lines, encoding="utf-8", newline="\n")
    if importlib.util.find_spec("pyarrow"):
        typed(clean, columns).to_parquet(folder / "results.parquet", engine="pyarrow", index=False)


def write_requests(session: Session, folder: Path) -> None:
    """Writes ``requests.csv``."""
    rows = [{name: _sound(value) for name, value in _told(row).items()} for row in requests_of(session)]
    _write_csv(rows, tuple(rows[0]) if rows else tuple(REQUESTS), folder / "requests.csv")


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    """A request with its images in words."""
    frames = row["frames"]
    return {**row, "frames": None if frames is None else images_words(frames)}


def place(placed: Placed) -> dict[str, Any]:
    """Where a run's jobs belong in the plan, under the keys of ``PLACES`` but ``session``; numbers are from 1."""
    return {
        "request": placed.request + 1,
        "prompt": placed.run.prompt,
        "repeat": placed.repeat + 1,
        "warm_up": placed.warm_up,
    }


def requests_of(session: Session) -> list[dict[str, Any]]:
    """What was asked, with the keys of ``REQUESTS`` and of the options that were asked for.

    ``frames`` is how many images of each kind there were, None if that was not recorded. Everything is read from the
    jobs, since the plan's files may be gone.
    """
    groups: dict[int, list[Placed]] = {}
    for placed in session.runs:
        groups.setdefault(placed.request, []).append(placed)
    return uniform([_request(number, groups[number]) for number in sorted(groups)])


def _request(number: int, placed: Sequence[Placed]) -> dict[str, Any]:
    plans = [job.plan for each in placed for job in each.jobs]
    asked = next((plan.asked for plan in plans if plan.asked is not None), None)
    return {
        "request": number + 1,
        "prompt": placed[0].run.prompt,
        "frames": None if asked is None else asked.inputs,
        "first_frame_sha256": _hash(name for plan in plans for name in plan.images.get("first_frame", ())),
        "last_frame_sha256": _hash(name for plan in plans for name in plan.images.get("last_frame", ())),
        **({} if asked is None else {f"{OPT}{name}": value for name, value in asked.options.items()}),
    }


def _hash(names: Iterable[str]) -> str | None:
    """The hash in the first of these names of images that were sent; None if there is none."""
    return next((found[0] for name in names if (found := HASH.match(name))), None)


def _sound(value: Any) -> Any:
    """A value that every format can hold: text without half of a surrogate pair, and None for an infinite number."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _write_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:  # without the mark Excel assumes another encoding
        out = csv.writer(file)
        out.writerow(columns)
        out.writerows([[_inert(value) for value in row.values()] for row in rows])


def _inert(value: Any) -> Any:
    """A cell that no spreadsheet runs as a formula or rounds: texts and ids come from providers and people."""
    changed = isinstance(value, str) and (value.startswith(FORMULAS) or NUMERAL.fullmatch(value))
    return f"'{value}" if changed else value


def typed(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """The table with a type for each column, whether or not it holds a value."""
    return pd.DataFrame({name: _column(name, [row[name] for row in rows]) for name in columns})


def _column(name: str, values: list[Any]) -> pd.Series:
    if name in MOMENTS:
        return pd.Series(pd.to_datetime(pd.Series(values, dtype="object"), utc=True, format="ISO8601"))
    return pd.Series(values, dtype=TYPES.get(name) or (_kind(values) if name.startswith(OPT) else "string"))


def _kind(values: list[Any]) -> str:
    """The pandas type of an option's column, by the values that it holds."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return "boolean"
    return "Int64" if kinds == {int} else "Float64" if kinds and kinds <= {int, float} else "string"
