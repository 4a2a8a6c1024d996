"""Makes the export of a run as one zip in the data folder, which is used again while nothing in the run has changed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from pathlib import Path

from comparisons import private
from comparisons.exports import run_folder, run_page
from comparisons.exports._writing import ONE_AT_A_TIME, in_words, kept_meanwhile
from comparisons.folders import part_of
from comparisons.media import TYPES, zip_name
from comparisons.playground import Playground
from comparisons.records import Run
from providers import InvalidRequest

MOST_KEPT_BYTES = 2_000_000_000
"""The most bytes of finished zips that are kept in a data folder. The latest is always kept."""
ABANDONED_S = 6 * 3600.0
"""A half-written export of so many seconds' age is taken to be left by a killed process."""
STORED = {*TYPES, ".jpg", ".jpeg", ".png", ".parquet"}
"""Files that do not get smaller in a zip."""


def zipped(playground: Playground, run: Run) -> Path:
    """The zip of a run, made unless there is one already that is up to date.

    Raises:
        InvalidRequest: it cannot be written, or the run was deleted meanwhile; then there is no zip.
    """
    final = playground.settings.home / zip_name(run.id, simulated=run.simulated)
    state = _state(playground, run)
    with ONE_AT_A_TIME, in_words("the data folder"), kept_meanwhile(playground, run, final):
        if _is_of(final, state):
            os.utime(final)
            return final
        _zip(playground, run, final, state)
        _clean(final.parent, final)
    return final


def gathered(playground: Playground, run: Run) -> Path:
    """A new zip of takes of several runs (see ``History.across``), in a folder of its own, which the caller removes.

    Raises:
        InvalidRequest: it cannot be written, or one of the takes was deleted meanwhile.
    """
    name = playground.settings.home / zip_name(run.id, simulated=run.simulated)
    private.make_folder(name.parent)
    folder = Path(tempfile.mkdtemp(prefix=f".takes-{run.id}.", suffix=".part", dir=name.parent))
    whole = folder / name.name
    try:
        with ONE_AT_A_TIME, in_words("the data folder"):
            run_folder.fill(playground, run, folder / f"takes-{run.id}")
            _pack(folder, whole, b"")
            shutil.rmtree(folder / f"takes-{run.id}")
        _check_all_there(playground, run)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return whole


def _check_all_there(playground: Playground, run: Run) -> None:
    if any(playground.ledger.job(job.id) is None for job in run.jobs):
        raise InvalidRequest("One of these takes was deleted meanwhile.")


def _zip(playground: Playground, run: Run, final: Path, state: bytes) -> None:
    private.make_folder(final.parent)
    with part_of(final.parent, f"takes-{run.id}") as part:
        run_folder.fill(playground, run, part / f"takes-{run.id}")
        _pack(part, part / "whole.zip", state)
        (part / "whole.zip").replace(final)


def _state(playground: Playground, run: Run) -> bytes:
    """A hash over everything that an export is made from; it is kept in the zip to see whether anything changed."""
    seen = [repr(run), json.dumps(playground.rows(run.jobs)), repr(sorted(playground.settings.usd.items()))]
    seen += [run_page.template(), run_page.style(), run_page.script()]
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
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != to)
    with open(to, "wb", opener=private.opener) as whole, zipfile.ZipFile(whole, "w", strict_timestamps=False) as file:
        file.comment = state
        for path in files:
            how = zipfile.ZIP_STORED if path.suffix in STORED else zipfile.ZIP_DEFLATED
            file.write(path, path.relative_to(folder).as_posix(), how)


def _clean(folder: Path, keep: Path) -> None:
    """Removes the oldest zips beyond ``MOST_KEPT_BYTES``, and what killed processes left."""
    for part in folder.glob(".takes-*.part"):
        if part.stat().st_mtime < keep.stat().st_mtime - ABANDONED_S:  # another process may be writing a newer one
            shutil.rmtree(part, ignore_errors=True)
    others = sorted((p for p in folder.glob("*.zip") if p != keep), key=lambda p: p.stat().st_mtime, reverse=True)
    total = keep.stat().st_size
    for path in others:
        total += path.stat().st_size
        if total > MOST_KEPT_BYTES:
            path.unlink(missing_ok=True)
