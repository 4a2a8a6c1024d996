"""Writes a run as a folder: its clips as received, its table, a labeled mosaic, and a page that needs no server.

The folder is written beside its final place and then renamed, so that a half-written export never looks whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from comparisons import viewer
from comparisons.exports import mosaic, result_files, run_page
from comparisons.exports._run_files import ExportFiles, copied
from comparisons.exports._writing import ONE_AT_A_TIME, in_words, kept_meanwhile
from comparisons.exports.caveats import takes
from comparisons.folders import part_of
from comparisons.media import BrokenClip, Media
from comparisons.playground import Playground
from comparisons.records import Job, Run
from comparisons.viewer import figures
from providers import InvalidRequest


def write(playground: Playground, run: Run, folder: Path) -> Path:
    """Writes the export as a new folder ``takes-<run id>`` in ``folder``, and gives its path.

    Raises:
        InvalidRequest: there is one already (it may contain somebody's notes, so it is not replaced), it cannot be
            written, or the run was deleted meanwhile.
    """
    final = folder / f"takes-{run.id}"
    if final.exists():
        raise InvalidRequest(f"{final} is there already: move it away, or name another folder.")
    with ONE_AT_A_TIME, in_words(str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
        with part_of(folder, final.name) as part:
            with kept_meanwhile(playground, run):
                fill(playground, run, part)
            part.rename(final)
    return final


def fill(playground: Playground, run: Run, folder: Path) -> None:
    """Writes everything into a new or empty folder."""
    folder.mkdir(exist_ok=True)
    parts = copied(playground, run, folder)
    rows = [
        {**row, "file": parts.of(job, "clip")} for job, row in zip(run.jobs, playground.rows(run.jobs), strict=True)
    ]
    result_files.write(rows, folder)
    notes = [*_under_way(run), *parts.notes, *_grid(run, parts, folder)]
    files = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    contents = run_page.Contents(tuple(files), parts.given, tuple(notes))
    now = playground.clock.now()
    html = run_page.page(run, rows, _shown(playground, run, now, parts), contents, playground.settings.usd, now)
    (folder / "index.html").write_text(html, encoding="utf-8", errors="replace", newline="\n")


def _under_way(run: Run) -> list[str]:
    left = sum(not job.done for job in run.jobs)
    return [f"Exported while the run was under way: {takes(left)} of {len(run.jobs)} had not ended."] if left else []


def _grid(run: Run, parts: ExportFiles, folder: Path) -> list[str]:
    """Makes ``grid.mp4``; if there is none, gives a sentence that says why."""
    named = zip(figures.names(run), run.jobs, strict=True)
    tiles = [
        mosaic.Tile(folder / path, job.result.media, name, _facts(job))
        for name, job in named
        if job.result is not None and job.result.media is not None and (path := parts.of(job, "clip"))
    ]
    if not tiles:
        return ["No take was delivered, so there is no clip and no grid.mp4."]
    if not mosaic.is_useful(mosaic.layout([tile.media for tile in tiles])):
        return [f"There is no grid.mp4: {len(tiles)} clips are too many takes for one picture."]
    try:
        mosaic.render(tiles, run.prompt, folder / "grid.mp4", simulated=run.simulated)
    except BrokenClip as error:
        (folder / "grid.mp4").unlink(missing_ok=True)
        return [f"There is no grid.mp4. {error}"]
    return []


def _facts(job: Job) -> str:
    return " · ".join(word for word in (figures.time_words(job), figures.cost_words(job)) if word)


def _shown(playground: Playground, run: Run, now: float, parts: ExportFiles) -> dict[str, Any]:
    """The run's snapshot for a page without a server: no buttons that would need one, and no clock that runs."""
    shown = _inactive(
        viewer.snapshot(run, now, lambda job, kind: parts.of(job, kind) or "", usd=playground.settings.usd)
    )
    cells = [_inactive(cell) | ({} if cell["clip"] else {"since": None}) for cell in shown["cells"]]
    timed = [_with_moments(playground.media, job, cell) for job, cell in zip(run.jobs, cells, strict=True)]
    return shown | {"cells": [_without_lost(cell) for cell in timed]}


def _with_moments(media: Media, job: Job, cell: dict[str, Any]) -> dict[str, Any]:
    """The cell with the list of when uneven pictures are shown, instead of its file, which a page from disk cannot
    read."""
    if not (cell["clip"] and job.result):
        return cell
    return cell | {"clip": cell["clip"] | {"moments": media.told_moments(job.result)}}


def _inactive(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: False if key.startswith("can_") else value for key, value in values.items()}


def _without_lost(cell: dict[str, Any]) -> dict[str, Any]:
    """The cell without its clip, and with an error, if the clip is no longer in the data folder."""
    lost = cell["clip"] is not None and not cell["clip"]["url"]
    return cell | {"clip": None, "error": "The clip is no longer in the data folder."} if lost else cell
