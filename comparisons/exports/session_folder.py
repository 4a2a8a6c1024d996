"""Writes a session as a folder: a page that needs no server and no script, its rows, its figures and its plan.

The folder is written beside its final place and then renamed, so that a half-written report never looks whole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path, PurePath
from typing import Any

from comparisons.analysis import Summary, summarize, summary_to_json
from comparisons.exports import result_files
from comparisons.exports.session_page import NO_DATES, page
from comparisons.folders import part_of
from comparisons.records import Session
from comparisons.words import ending_words
from providers import InvalidRequest


def write(
    session: Session,
    rows: Sequence[Mapping[str, Any]],
    usd: Mapping[str, Decimal],
    now: float,
    folder: Path,
    dated: Mapping[str, str] = NO_DATES,
) -> Path:
    """Writes the report as a new folder ``takes-<session id>`` in ``folder``, and gives its path.

    Args:
        rows: one mapping for each job, with the table's columns. Clips are not copied: ``file`` becomes the name only.
        usd: US dollars for one unit of each currency.
        now: epoch seconds.
        dated: the day and source of each rate in ``usd``, by currency.

    Raises:
        InvalidRequest: there is one already (it may contain somebody's notes, so it is not replaced), or it cannot be
            written.
        ValueError: the session mixes simulated and live jobs.
    """
    final = folder / f"takes-{session.id}"
    if final.exists():
        raise InvalidRequest(f"{final} is there already: move it away, or name another folder.")
    summary = summarize(session, usd)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with part_of(folder, final.name) as part:
            _fill(part, session, summary, rows)
            names = sorted(path.name for path in part.iterdir())
            _write(part / "index.html", page(session, summary, usd, names, now, dated))
            part.rename(final)
    except OSError as error:
        why = error.strerror or "no reason given"
        raise InvalidRequest(f"The report cannot be written to {folder} ({why}).") from error
    return final


def _fill(folder: Path, session: Session, summary: Summary, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes everything but the page."""
    where = {job.id: result_files.place(placed) for placed in session.runs for job in placed.run.jobs}
    whole = [{**row, "session": session.id, **where[row["job"]], "file": _name(row["file"])} for row in rows]
    result_files.write(whole, folder, result_files.OF_SESSION)
    result_files.write_requests(session, folder)
    figures = {**summary_to_json(summary), "ended": ending_words(session.ending)}
    _write(folder / "summary.json", json.dumps(figures, indent=1, allow_nan=False))
    _write(folder / "plan.toml", session.plan)


def _name(file: str | None) -> str | None:
    return None if file is None else PurePath(file).name


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", errors="replace", newline="\n")
