"""Copies the data folder as it is at one moment, while Takes runs and writes.

The ledger is copied first, in one transaction, then every file that the copied ledger names. That is enough, since a
file in the data folder is always whole.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from comparisons import private
from comparisons.folders import LEDGER, VISITORS, part_of
from comparisons.ledger import Ledger
from comparisons.playground import Playground
from comparisons.records import Event, EventKind
from comparisons.runs import in_bytes
from providers import InvalidRequest, TakesError

ALSO = ("catalog", "catalogs", "sandbox/jobs", VISITORS)
"""Also copied: the host's own catalogue, the providers' lists, what the sandbox needs to go on with its jobs, and the
secret that visitors' cookies are checked with."""
DOUBT = (
    "It had not been sent when this copy was made. Whether it was since, nobody knows, so it may be billed and is not"
    " sent again: look at the provider's page."
)


@dataclass(frozen=True)
class Made:
    """What a backup holds. ``lost``: files that were missing in the data folder. ``doubts``: takes made uncertain."""

    folder: Path
    files: int
    bytes: int
    lost: int
    doubts: int

    def __str__(self) -> str:
        lost = f" {self.lost} files that the ledger names are no longer in the data folder." if self.lost else ""
        doubts = f" {self.doubts} live takes that had not been sent are uncertain in it." if self.doubts else ""
        return f"Wrote {self.folder}: the ledger and {self.files} files, {in_bytes(self.bytes)}.{lost}{doubts}"


def write(playground: Playground, to: Path) -> Made:
    """Makes the backup as the new folder ``to``, or in an empty one.

    A live take that is planned when the copy is made becomes uncertain in the copy: the original may send it
    afterwards, and whoever goes on with the copy must not pay for it again.

    Raises:
        InvalidRequest: ``to`` is not empty, is in the data folder, or cannot be written; nothing was written.
    """
    to, home = Path(os.path.abspath(to)), playground.settings.home
    if to.is_relative_to(home):
        raise InvalidRequest(f"{to} lies in the data folder: name a folder elsewhere.")
    try:
        if to.exists() and not (to.is_dir() and not any(to.iterdir())):
            raise InvalidRequest(f"{to} is there already and not empty: move it away, or name another folder.")
        to.parent.mkdir(parents=True, exist_ok=True)
        with part_of(to.parent, to.name) as part:
            made = _filled(playground, home, part, to)
            part.rename(to)
    except OSError as error:
        raise InvalidRequest(f"The backup cannot be written to {to} ({error.strerror}).") from error
    except TakesError as error:
        raise InvalidRequest(str(error)) from error
    return made


def _filled(playground: Playground, home: Path, part: Path, to: Path) -> Made:
    part.chmod(private.FOLDER)
    names, lost = _taken(playground.ledger, home, part)
    before = None
    while lost and lost != before:  # their run may just have been deleted: then a new copy does not name them
        before = lost
        names, lost = _taken(playground.ledger, home, part)
    for path in [path for path in _files(part) if path.relative_to(part).as_posix() not in names]:
        path.unlink()
    for folder in ALSO:
        _copy_all(home, part, folder)
    with closing(Ledger(part / LEDGER)) as copy:
        doubts = copy.planned_live()
        for job in doubts:
            at = max(playground.clock.now(), job.last_at)
            copy.record(job.id, Event.of(EventKind.COPIED, at, data={"error": DOUBT}))
    copied = [path for path in _files(part) if path.name != LEDGER]
    return Made(to, len(copied), sum(path.stat().st_size for path in _files(part)), len(lost), len(doubts))


def _taken(ledger: Ledger, home: Path, part: Path) -> tuple[set[str], set[str]]:
    """Copies the ledger as it is now, and the files that it names and that were not copied yet.

    Gives the names of all files that belong into the copy, and of those that could not be copied.
    """
    (part / LEDGER).unlink(missing_ok=True)
    ledger.copy(part / LEDGER)
    with closing(Ledger(part / LEDGER)) as copy:
        names = set(copy.files())
    lost = {name for name in names if not _copy(home, part, name)}
    return {*names, LEDGER}, lost


def _copy(home: Path, part: Path, name: str) -> bool:
    """Copies a file of the data folder, for its owner only, unless it was copied before; False if it is gone."""
    target = part / name
    if target.exists():
        return True
    private.make_folder(target.parent)
    try:
        with open(home / name, "rb") as source, open(target, "wb", opener=private.opener) as file:
            shutil.copyfileobj(source, file, 2**20)
    except FileNotFoundError:
        target.unlink(missing_ok=True)
        return False
    return True


def _copy_all(home: Path, part: Path, folder: str) -> None:
    for path in _files(home / folder):
        if not path.name.endswith(".part"):
            _copy(home, part, path.relative_to(home).as_posix())


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())
