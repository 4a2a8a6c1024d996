"""A run to take with you: its clips as received, its table, a labeled mosaic, and a page that needs no server.

A folder is written beside its final place and then renamed, so that a half-written export never looks whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comparisons import private, viewer
from comparisons.exports import labels, mosaic, report, results
from comparisons.exports.caveats import takes
from comparisons.folders import part_of
from comparisons.media import SUFFIX, TYPES, BrokenClip, Media, plays_everywhere, probe, zip_name
from comparisons.playground import Playground
from comparisons.records import Job, Result, Run
from comparisons.viewer import figures
from providers import InvalidRequest, TakesError

MOST_KEPT_BYTES = 2_000_000_000
"""Finished zips of a data folder that are kept; the latest is, whatever its size."""
ABANDONED_S = 6 * 3600.0
"""Age at which a half-written export is one that a killed process left."""
STORED = {*TYPES, ".jpg", ".jpeg", ".png", ".parquet"}
"""Files that do not get smaller in a zip."""
_one_at_a_time = threading.Lock()  # one mosaic already keeps every processor busy


@dataclass(frozen=True)
class ExportFiles:
    """Where the files of each job are in the export, and what could not be had."""

    paths: Mapping[tuple[str, str], str]
    given: Mapping[str, str]
    notes: tuple[str, ...]

    def of(self, job: Job, kind: str) -> str | None:
        return self.paths.get((job.id, kind))


def write(playground: Playground, run: Run, folder: Path) -> Path:
    """Writes the export as a new folder ``takes-<run id>`` under ``folder``, and returns it.

    Raises:
        InvalidRequest: there is one already (it may hold somebody's notes, so it is not replaced), or no room for it,
            or the run was deleted meanwhile.
    """
    final = folder / f"takes-{run.id}"
    if final.exists():
        raise InvalidRequest(f"{final} is there already: move it away, or name another folder.")
    with _one_at_a_time, _in_words(str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
        with part_of(folder, final.name) as part:
            with _kept_meanwhile(playground, run):
                _fill(playground, run, part)
            part.rename(final)
    return final


def zipped(playground: Playground, run: Run) -> Path:
    """The export as one zip in the data folder. A finished one is used again while nothing of the run has changed.

    Raises:
        InvalidRequest: the data folder has no room for it, or the run was deleted meanwhile; then there is no zip.
    """
    final = playground.settings.home / zip_name(run.id, simulated=run.simulated)
    state = _state(playground, run)
    with _one_at_a_time, _in_words("the data folder"), _kept_meanwhile(playground, run, final):
        if _is_of(final, state):
            os.utime(final)
            return final
        _zip(playground, run, final, state)
        _clean(final.parent, final)
    return final


@contextmanager
def _in_words(place: str) -> Iterator[None]:
    """``place`` is where the export goes, as whoever asked may know it: a visitor learns no path of the server."""
    try:
        yield
    except OSError as error:
        why = error.strerror or "no reason given"
        raise InvalidRequest(f"The export cannot be written to {place} ({why}).") from error


@contextmanager
def _kept_meanwhile(playground: Playground, run: Run, copy: Path | None = None) -> Iterator[None]:
    """If the run is deleted meanwhile, that is what is said, whatever came of its export, and no ``copy`` stays."""
    try:
        yield
    except (OSError, TakesError):
        _check_there(playground, run, copy)
        raise
    _check_there(playground, run, copy)


def _check_there(playground: Playground, run: Run, copy: Path | None) -> None:
    if playground.ledger.run(run.id) is not None:
        return
    if copy is not None:
        copy.unlink(missing_ok=True)
    raise InvalidRequest("There is no such run here.")


# zips -------------------------------------------------------------------------------------------------------------


def _zip(playground: Playground, run: Run, final: Path, state: bytes) -> None:
    private.make_folder(final.parent)
    with part_of(final.parent, f"takes-{run.id}") as part:
        _fill(playground, run, part / f"takes-{run.id}")
        _pack(part, part / "whole.zip", state)
        (part / "whole.zip").replace(final)


def _state(playground: Playground, run: Run) -> bytes:
    """What an export is made from, as one short text: equal only if nothing has changed."""
    seen = [repr(run), json.dumps(playground.rows(run.jobs)), repr(sorted(playground.settings.usd.items()))]
    seen += [report.template(), report.style(), report.script()]
    return hashlib.sha256("\0".join(seen).encode("utf-8", "replace")).hexdigest().encode()


def _is_of(path: Path, state: bytes) -> bool:
    if not path.exists():
        return False
    try:
        with zipfile.ZipFile(path) as file:
            return file.comment == state
    except zipfile.BadZipFile:
        return False


def _pack(folder: Path, to: Path, state: bytes) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    with open(to, "wb", opener=private.opener) as whole, zipfile.ZipFile(whole, "w", strict_timestamps=False) as file:
        file.comment = state
        for path in files:
            how = zipfile.ZIP_STORED if path.suffix in STORED else zipfile.ZIP_DEFLATED
            file.write(path, path.relative_to(folder).as_posix(), how)


def _clean(folder: Path, keep: Path) -> None:
    """Removes the oldest zips beyond what may be kept, and what a killed process left."""
    for part in folder.glob(".takes-*.part"):
        if part.stat().st_mtime < keep.stat().st_mtime - ABANDONED_S:  # another Takes may be at work on a newer one
            shutil.rmtree(part, ignore_errors=True)
    others = sorted((p for p in folder.glob("*.zip") if p != keep), key=lambda p: p.stat().st_mtime, reverse=True)
    total = keep.stat().st_size
    for path in others:
        total += path.stat().st_size
        if total > MOST_KEPT_BYTES:
            path.unlink(missing_ok=True)


# contents ---------------------------------------------------------------------------------------------------------


def _fill(playground: Playground, run: Run, folder: Path) -> None:
    """Writes everything into a new or empty folder."""
    folder.mkdir(exist_ok=True)
    parts = _copied(playground, run, folder)
    rows = [
        {**row, "file": parts.of(job, "clip")} for job, row in zip(run.jobs, playground.rows(run.jobs), strict=True)
    ]
    results.write(rows, folder)
    notes = [*_under_way(run), *parts.notes, *_grid(run, parts, folder)]
    files = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    contents = report.Contents(tuple(files), parts.given, tuple(notes))
    now = playground.clock.now()
    html = report.page(run, rows, _shown(playground, run, now, parts), contents, playground.settings.usd, now)
    (folder / "index.html").write_text(html, encoding="utf-8", errors="replace", newline="\n")


def _under_way(run: Run) -> list[str]:
    left = sum(not job.done for job in run.jobs)
    return [f"Exported while the run was under way: {takes(left)} of {len(run.jobs)} had not ended."] if left else []


def _copied(playground: Playground, run: Run, folder: Path) -> ExportFiles:
    """Copies clips, posters, strips and given images; the clips byte for byte, since their hash is evidence."""
    paths: dict[tuple[str, str], str] = {}
    given: dict[str, str] = {}
    missing, left_out = 0, []
    for number, job in enumerate(run.jobs, 1):
        name = f"{number:02d}-{_safe(job.plan.provider)}-{_safe(job.plan.model)}{SUFFIX if run.simulated else ''}"
        result = job.result
        if result is not None and (playground.media.clips / result.file).exists():
            copies, lacking = _clip(playground.media, result, name, folder, simulated=job.plan.simulated)
            paths |= {(job.id, kind): path for kind, path in copies.items()}
            left_out += lacking
        elif result is not None:
            missing += 1
        paths |= {(job.id, kind): path for kind, path in _images(playground, job, folder, given).items()}
    notes = [f"{takes(missing)} were delivered, but the clips are no longer in the data folder."] if missing else []
    notes += [f"Left out, since they could not be made: {', '.join(left_out)}."] if left_out else []
    return ExportFiles(paths, given, tuple(notes))


def _safe(text: str) -> str:
    """Letters, digits, dots and dashes only: a name for every file system."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-.")[:60] or "take"


def _clip(
    media: Media, result: Result, name: str, folder: Path, *, simulated: bool
) -> tuple[dict[str, str], list[str]]:
    """Copies a clip and its pictures: where they are, and the names of the pictures that could not be had."""
    found = {"clip": _copy(media.clips / result.file, folder, f"clips/{name}{Path(result.file).suffix}")}
    made: dict[str, Callable[[], Path]] = {"strip": lambda: media.strip(result)} if result.media else {}
    poster = media.clips / result.poster if result.poster else None
    if poster is not None and poster.exists():
        made["poster"] = lambda: poster
    lacking = []
    for kind, make in made.items():
        path = f"{kind}s/{name}.jpg"
        if _picture(make, folder, path, simulated=simulated):
            found[kind] = path
        else:
            lacking.append(path)
    for kind, make in _stand_ins(media, result).items():
        with suppress(BrokenClip, OSError):  # then it says on the take that it does not play
            copy = make()
            found[kind] = _copy(copy, folder, f"copies/{name}-{kind}{copy.suffix}")
    return found, lacking


def _stand_ins(media: Media, result: Result) -> dict[str, Callable[[], Path]]:
    """What a browser plays in a clip's stead that may not be able to play it, or to seek all its pictures."""
    made: dict[str, Callable[[], Path]] = {}
    info = result.media
    if info is not None and info.first_s is None:  # measured before that was asked
        with suppress(BrokenClip, OSError):
            info = probe(media.clips / result.file)
    if not plays_everywhere(info):
        made["playable"] = lambda: media.playable(result)
    if viewer.may_hide_from_seeks(info):
        made["seekable"] = lambda: media.seekable(result)
    return made


def _picture(make: Callable[[], Path], folder: Path, path: str, *, simulated: bool) -> bool:
    """Copies a picture of a clip and marks it; False, and nothing is left of it, if it cannot be had."""
    try:
        _copy(make(), folder, path)
        if simulated:
            labels.mark(folder / path, mosaic.SANDBOX)
    except (BrokenClip, OSError):  # OSError: the picture is damaged, or gone
        (folder / path).unlink(missing_ok=True)
        return False
    return True


def _images(playground: Playground, job: Job, folder: Path, given: dict[str, str]) -> dict[str, str]:
    """The images a job was given, each stored once; ``given`` collects their names for the reader."""
    found = {}
    for kind, name, stem in (
        ("given", job.plan.first_frame, "first-frame"),
        ("last", job.plan.last_frame, "last-frame"),
    ):
        source = playground.media.input_path(name) if name else None
        if source is None or not source.exists():
            continue
        path = f"inputs/{stem}{source.suffix}"
        if path not in given:
            _copy(source, folder, path)
            given[path] = stem.replace("-", " ").capitalize()
        found[kind] = path
    return found


def _copy(source: Path, folder: Path, path: str) -> str:
    (folder / path).parent.mkdir(exist_ok=True)
    shutil.copyfile(source, folder / path)
    return path


def _grid(run: Run, parts: ExportFiles, folder: Path) -> list[str]:
    """Makes ``grid.mp4``; says why, where there is none."""
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
    """The run's snapshot for a page without a server: nothing can be pressed that would need one, no clock runs."""
    shown = _inactive(viewer.snapshot(run, now, lambda job, kind: parts.of(job, kind) or ""))
    cells = [_inactive(cell) | ({} if cell["clip"] else {"since": None}) for cell in shown["cells"]]
    timed = [_with_moments(playground.media, job, cell) for job, cell in zip(run.jobs, cells, strict=True)]
    return shown | {"cells": [_without_lost(cell) for cell in timed]}


def _with_moments(media: Media, job: Job, cell: dict[str, Any]) -> dict[str, Any]:
    """The list itself of when pictures are shown that come unevenly: a page opened from disk can read no such file."""
    if not (cell["clip"] and job.result):
        return cell
    return cell | {"clip": cell["clip"] | {"moments": media.told_moments(job.result)}}


def _inactive(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: False if key.startswith("can_") else value for key, value in values.items()}


def _without_lost(cell: dict[str, Any]) -> dict[str, Any]:
    """A clip that is no longer in the data folder cannot be shown."""
    lost = cell["clip"] is not None and not cell["clip"]["url"]
    return cell | {"clip": None, "error": "The clip is no longer in the data folder."} if lost else cell
