"""The data folder, and temporary folders for what is being written."""

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
"""The folder of the secret that visitors' cookies are signed with."""
UPLOADS = "uploads"
OURS = (f"{LEDGER}*", VISITORS, UPLOADS, "locks", "clips", "inputs", "blind", "exports", "sandbox", "catalogs")
"""What Takes itself makes in a data folder, as patterns."""


def make_home(home: Path) -> None:
    """Makes the data folder, which only its owner may read; raises ``InvalidRequest`` if that fails."""
    try:
        for folder in (home, home / "locks", home / "catalog"):
            private.make_folder(folder)
        private.mend(home, OURS)
    except OSError as error:
        why = f"{error.filename} is a file" if isinstance(error, FileExistsError) else error.strerror
        sentence = f"The data folder {home} cannot be written ({why}); set TAKES_HOME."
        raise InvalidRequest(sentence) from error


def renew_catalog(folder: Path) -> None:
    """Brings the host's own catalogue files to today's form. The old file stays beside the new one, as ``.toml.old``.

    A file that cannot be read or written stays as it is: what is wrong is reported when the catalogue is read.
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
    """A new temporary folder in ``folder``, which is deleted after the block unless it was renamed in it."""
    part = folder / f".{name}.{os.getpid()}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)
