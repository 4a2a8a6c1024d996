"""The clips, copies and input images of a data folder: what there is, how large it is, and removing it.

Clips are kept exactly as they were received. A file gets its final name once it is known to be a complete video, or
once somebody decided to keep it as it came.
"""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path

from comparisons import private
from comparisons.media._derived import Derived
from comparisons.media._receiving import Receiving
from comparisons.media.formats import TYPES
from providers import ImageInput, InvalidRequest

MAX_CLIP = 500_000_000
"""Bytes. A 10 s 1080p clip is some tens of MB; more is not a clip."""
SUFFIX = "-sandbox"
"""What ends the name of a simulated run's export, and of the clips in it."""
EXPORTS = "exports"
WHOSE = re.compile(r"[jr]_[0-9a-f]{32}")
"""Finds the id of the job or run that a file's name begins with or holds."""


class Media(Receiving, Derived):
    """The clips, posters and input images of one data folder."""

    def __init__(self, home: Path, max_clip: int = MAX_CLIP) -> None:
        self._home = home
        self.inputs = home / "inputs"
        Receiving.__init__(self, home / "clips", max_clip)
        Derived.__init__(self, self.clips, home / "blind")
        for folder in (self.clips, self.inputs, self._blind):
            private.make_folder(folder)

    def keep_input(self, image: ImageInput) -> str:
        """Stores an input image under its hash, so that a resumed job sends the same one; its name there."""
        name = f"{image.sha256}.{image.filename.rpartition('.')[2]}"
        path = self.inputs / name
        try:
            try:
                os.utime(path)  # as if new: it is about to be named
            except FileNotFoundError:
                _write_durably(path, image.data)
        except OSError as error:
            raise InvalidRequest(f"The image cannot be stored in the data folder ({error.strerror}).") from error
        return name

    def input_path(self, name: str) -> Path:
        return self.inputs / name

    def drop_inputs(self, besides: Iterable[str], before: float) -> None:
        """Removes input images that are not among the files that jobs name, and were kept ``before`` (epoch seconds).

        Runs that were refused leave such; a younger one may be about to be named.
        """
        named = set(besides)
        for entry in os.scandir(self.inputs):
            with suppress(FileNotFoundError):  # somebody else has just removed it
                if f"{self.inputs.name}/{entry.name}" not in named and entry.stat().st_mtime < before:
                    os.unlink(entry.path)

    def files_of(self, job: str) -> list[str]:
        """What a job may have left in the data folder, as names within it, there or not."""
        endings = (
            *TYPES, ".part", ".hand", ".hand.part", ".jpg", "-strip.jpg", "-strip.part.jpg", "-small.mp4",
            "-small.part.mp4", "-playable.mp4", "-playable.part.mp4", "-seekable.mkv", "-seekable.part.mkv",
            "-moments.json", "-moments.part.json",
        )  # fmt: skip
        return [f"{self.clips.name}/{job}{ending}" for ending in endings]

    def exports_of(self, run: str) -> list[str]:
        """What half-written exports of a run a killed process may have left, as names within the data folder."""
        return [f"{EXPORTS}/{path.name}" for path in (self._home / EXPORTS).glob(f".takes-{run}.*.part")]

    def size(self, names: Sequence[str]) -> int:
        """Bytes of all these files together; a file that is missing counts as 0."""
        paths = (self._home / name for name in names)
        return sum(path.stat().st_size for path in paths if path.is_file())

    def sizes(self) -> dict[str, int]:
        """Bytes of all files by the job or the run whose they are, or by an input image's name."""
        found: Counter[str] = Counter()
        for folder in (self.clips, self._blind, self.inputs, self._home / EXPORTS):
            for entry in os.scandir(folder) if folder.exists() else ():
                whose = WHOSE.search(entry.name)
                with suppress(FileNotFoundError):  # it has just been removed
                    found[whose[0] if whose else entry.name] += entry.stat().st_size
        return found

    def remove(self, name: str) -> bool:
        """Removes a file of the data folder; False if it is still there. What is in the making is waited for."""
        path = self._home / name
        with self._making if path.parent == self.clips else nullcontext():
            try:
                if path.parent.name == EXPORTS and path.is_dir():
                    shutil.rmtree(path)
                for part in path.parent.glob(f"{path.name}.*.part") if path.parent == self.inputs else ():
                    part.unlink(missing_ok=True)  # what a killed process left of storing it
                path.unlink(missing_ok=True)
            except OSError:
                return False
        return True


def zip_name(run: str, *, simulated: bool) -> str:
    """Where a run's export is, within the data folder; a copy, made again when asked for."""
    return f"{EXPORTS}/takes-{run}{SUFFIX if simulated else ''}.zip"


def _write_durably(path: Path, data: bytes) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with open(part, "wb", opener=private.opener) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
