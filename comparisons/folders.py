"""The data folder, and folders that never look whole while they are half-written."""

from __future__ import annotations

import os
import shutil
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tomli_w

from comparisons import private
from providers import InvalidRequest, renewed_catalog

LEDGER = "ledger.sqlite3"
VISITORS = "visitors"
"""Where the secret lies with which visitors' cookies are sealed."""
UPLOADS = "uploads"
OURS = (f"{LEDGER}*", VISITORS, UPLOADS, "locks", "clips", "inputs", "blind", "exports", "sandbox", "catalogs")
"""What there may be in a data folder that nobody else put there."""


def make_home(home: Path) -> None:
    """Makes the data folder, its owner's alone; raises ``InvalidRequest`` where that cannot be."""
    try:
        for folder in (home, home / "locks", home / "catalog"):
            private.make_folder(folder)
        private.mend(home, OURS)
    except OSError as error:
        why = f"{error.filename} is a file" if isinstance(error, FileExistsError) else error.strerror
        sentence = f"The data folder {home} cannot be written ({why}); set TAKES_HOME."
        raise InvalidRequest(sentence) from error


def renew_catalog(folder: Path) -> None:
    """Brings a person's own catalogue files to today's form; each as it was stays beside the new one, as ``.toml.old``.

    A file that cannot be read or written stays as it is: whoever reads the catalogue says what is wrong with it.
    """
    for path in sorted(folder.glob("*.toml")):
        try:
            document = renewed_catalog(tomllib.loads(path.read_text("utf-8")))
            if document is None:
                continue
            part = path.with_suffix(".toml.part")
            part.write_text(tomli_w.dumps(document), "utf-8")
            shutil.copyfile(path, path.with_suffix(".toml.old"))
            os.replace(part, path)
        except (OSError, ValueError):
            continue


@contextmanager
def part_of(folder: Path, name: str) -> Iterator[Path]:
    """A folder of this process's own, gone when it is over unless it was renamed by then."""
    part = folder / f".{name}.{os.getpid()}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)
