"""The clips, copies and input images of a data folder: storing, listing, measuring and removing them.

Clips are kept exactly as they were received. A file gets its final name once it is known to be a complete video, or
once it is kept although it failed our checks.
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
from comparisons.records import Job
from providers import ImageInput, InvalidRequest

MAX_CLIP = 500_000_000
"""The most bytes of a clip; one of 10 s in 1080p has some tens of MB."""
SUFFIX = "-sandbox"
"""The end of the names of a simulated run's export and of the clips in it."""
EXPORTS = "exports"
WHOSE = re.compile(r"[jr]_[0-9a-f]{32}")
"""Finds the id of a job or run in a file's name."""


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
        """Stores an input image under its hash, so that a resumed job sends the same one; gives its file's name.

        Raises:
            InvalidRequest: it cannot be stored.
        """
        name = f"{image.sha256}.{image.filename.rpartition('.')[2]}"
        path = self.inputs / name
        try:
            try:
                os.utime(path)  # so that ``drop_inputs`` takes it for new: a run is about to name it
            except FileNotFoundError:
                _write_durably(path, image.data)
        except OSError as error:
            raise InvalidRequest(f"The image cannot be stored in the data folder ({error.strerror}).") from error
        return name

    def input_path(self, name: str) -> Path:
        return self.inputs / name

    def drop_inputs(self, besides: Iterable[str], before: float) -> None:
        """Removes input images that no job names and that were stored before a moment (epoch seconds).

        Runs that were refused leave such images. A new one may belong to a run that is about to start.

        Args:
            besides: the files that jobs name, as names within the data folder.
        """
        named = set(besides)
        for entry in os.scandir(self.inputs):
            with suppress(FileNotFoundError):  # somebody else has just removed it
                if f"{self.inputs.name}/{entry.name}" not in named and entry.stat().st_mtime < before:
                    os.unlink(entry.path)

    def files_of(self, job: str) -> list[str]:
        """All files that a job may have in the data folder, as names within it, whether or not they exist."""
        endings = (
            *TYPES, ".part", ".hand", ".hand.part", ".jpg", "-strip.jpg", "-strip.part.jpg", "-small.mp4",
            "-small.part.mp4", "-playable.mp4", "-playable.part.mp4", "-seekable.mkv", "-seekable.part.mkv",
            "-moments.json", "-moments.part.json",
        )  # fmt: skip
        return [f"{self.clips.name}/{job}{ending}" for ending in endings]

    def exports_of(self, run: str) -> list[str]:
        """Half-written exports of a run, which a killed process may have left, as names within the data folder."""
        return [f"{EXPORTS}/{path.name}" for path in (self._home / EXPORTS).glob(f".takes-{run}.*.part")]

    def size(self, names: Sequence[str]) -> int:
        """Bytes of all these files together; a file that is missing counts as 0."""
        paths = (self._home / name for name in names)
        return sum(path.stat().st_size for path in paths if path.is_file())

    def sizes(self) -> dict[str, int]:
        """Bytes of all files, by the id of their job or run, or by an input image's name."""
        found: Counter[str] = Counter()
        for folder in (self.clips, self._blind, self.inputs, self._home / EXPORTS):
            for entry in os.scandir(folder) if folder.exists() else ():
                whose = WHOSE.search(entry.name)
                with suppress(FileNotFoundError):  # it has just been removed
                    found[whose[0] if whose else entry.name] += entry.stat().st_size
        return found

    def remove(self, name: str) -> bool:
        """Removes a file of the data folder; False if that failed. Waits while a copy of a clip is being made."""
        path = self._home / name
        with self._making if path.parent == self.clips else nullcontext():
            try:
                if path.parent.name == EXPORTS and path.is_dir():
                    shutil.rmtree(path)
                for part in path.parent.glob(f"{path.name}.*.part") if path.parent == self.inputs else ():
                    part.unlink(missing_ok=True)  # left by a process that was killed while it stored the image
                path.unlink(missing_ok=True)
            except OSError:
                return False
        return True


def zip_name(run: str, *, simulated: bool) -> str:
    """The name of a run's zip within the data folder. It can always be made again."""
    return f"{EXPORTS}/takes-{run}{SUFFIX if simulated else ''}.zip"


def take_name(number: int, job: Job) -> str:
    """The name that people get the files of a take under, without an ending: ``02-apiframe-hailuo-2.3-sandbox``.

    Args:
        number: of the take among those that are shown or exported together, from 1.
    """
    plan = job.plan
    return f"{number:02d}-{_safe(plan.provider)}-{_safe(plan.model)}{SUFFIX if plan.simulated else ''}"


def _safe(text: str) -> str:
    """A name that every file system accepts: letters, digits, dots and dashes only."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-.")[:60] or "take"


def _write_durably(path: Path, data: bytes) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with open(part, "wb", opener=private.opener) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
