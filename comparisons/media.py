"""Clips on our side: fetched whole and kept exactly as received.

A file that is not a complete video never gets its final name.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path

from comparisons import private
from comparisons.copies import make_blind, make_small, make_strip
from comparisons.ffmpeg import BrokenClip
from comparisons.probe import measure
from comparisons.records import MediaInfo, Result
from providers import ImageInput, InvalidRequest

MAX_CLIP = 500_000_000
"""Bytes. A 10 s 1080p clip is some tens of MB; more is not a clip."""
SUFFIX = "-sandbox"
"""What ends the name of a simulated run's export, and of the clips in it."""
EXPORTS = "exports"
WHOSE = re.compile(r"[jr]_[0-9a-f]{32}")
"""The job or the run in the name of a file."""


class Media:
    """The clips, posters and input images of one data folder."""

    def __init__(self, home: Path, max_clip: int = MAX_CLIP) -> None:
        self._home = home
        self._max_clip = max_clip
        self.clips = home / "clips"
        self.inputs = home / "inputs"
        self._blind = home / "blind"
        self._making = threading.Lock()
        for folder in (self.clips, self.inputs, self._blind):
            private.make_folder(folder)

    def keep_input(self, image: ImageInput | None) -> str | None:
        """Stores an input image under its hash, so that a resumed job sends the same one."""
        if image is None:
            return None
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

    def files_of(self, job: str) -> list[str]:
        """What a job may have left in the data folder, as names within it, there or not."""
        endings = (
            ".mp4", ".part", ".jpg", "-strip.jpg", "-strip.part.jpg", "-small.mp4", "-small.part.mp4",
        )  # fmt: skip
        return [f"{self.clips.name}/{job}{ending}" for ending in endings]

    def copies_of(self, job: str) -> list[str]:
        """The copies for ballots that there are of a job's clip, as names within the data folder."""
        return [f"{self._blind.name}/{path.name}" for path in self._blind.glob(f"*.{job}.*")]

    def exports_of(self, run: str) -> list[str]:
        """What half-written exports of a run a killed process may have left, as names within the data folder."""
        return [f"{EXPORTS}/{path.name}" for path in (self._home / EXPORTS).glob(f".takes-{run}.*.part")]

    def size(self, names: Sequence[str]) -> int:
        """Bytes of those of these files that are there."""
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

    def drop_inputs(self, besides: Iterable[str], before: float) -> None:
        """Removes input images that are not among the files that jobs name, and were kept ``before`` (epoch seconds).

        Runs that were refused leave such; a younger one may be about to be named.
        """
        named = set(besides)
        for entry in os.scandir(self.inputs):
            with suppress(FileNotFoundError):  # somebody else has just removed it
                if f"{self.inputs.name}/{entry.name}" not in named and entry.stat().st_mtime < before:
                    os.unlink(entry.path)

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

    def input_path(self, name: str) -> Path:
        return self.inputs / name

    async def kept(self, name: str) -> Result | None:
        """A clip that has its name already, measured again; None if there is none."""
        path = self.clips / f"{name}.mp4"
        return await asyncio.to_thread(_kept, path) if path.exists() else None

    async def receive(self, chunks: AsyncIterator[bytes], name: str, expected: int | None) -> Result:
        """Writes a clip to ``name.part``, checks that it is whole, and gives it its name.

        Args:
            expected: the byte count its host announced, None if it did not.

        Raises:
            BrokenClip: too large, cut short, or not a video.
        """
        part, final = self.clips / f"{name}.part", self.clips / f"{name}.mp4"
        digest, size = hashlib.sha256(), 0
        with open(part, "wb", opener=private.opener) as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > self._max_clip:
                    raise BrokenClip(f"The clip is larger than {self._max_clip / 1e6:g} MB.")
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            await asyncio.to_thread(os.fsync, file.fileno())
        if expected is not None and size != expected:
            raise BrokenClip(f"The clip stopped at {size} of {expected} bytes.")
        poster = self.clips / f"{name}.jpg"
        info = await asyncio.to_thread(measure, part, poster)
        part.replace(final)
        return Result(final.name, digest.hexdigest(), size, info, poster.name)

    def strip(self, result: Result) -> Path:
        """The clip's filmstrip, made when it is first asked for."""
        clip, frames = self.clips / result.file, result.media.frames
        return self._made(clip.with_name(f"{clip.stem}-strip.jpg"), lambda path: make_strip(clip, frames, path))

    def small(self, result: Result) -> Path:
        """The clip's small copy, made when it is first asked for. Only the player shows it, and only among many."""
        clip = self.clips / result.file
        return self._made(clip.with_name(f"{clip.stem}-small.mp4"), lambda path: make_small(clip, path))

    def _made(self, path: Path, make: Callable[[Path], object]) -> Path:
        """One at a time, since two decodings fill a machine."""
        if not path.exists():
            with self._making:
                if not path.exists():
                    make(path)
        return path

    def blind(self, file: str, media: MediaInfo, name: str) -> Path:
        """A copy of a clip under another name, without what its file says about itself; made when first asked for.

        Raises:
            BrokenClip: the clip cannot be copied into an MP4.
        """
        path = self._blind / f"{name}.{file}"  # whose clip it is, so that it goes with its run; nobody is told the name
        return path if path.exists() else make_blind(self.clips / file, media.codec, path)

    def is_blind(self, name: str) -> bool:
        """Whether that copy has been made."""
        return any(not path.match("*.part.mp4") for path in self._blind.glob(f"{name}.*"))

    def forget_blind(self, token: str = "", takes: int = 0) -> None:
        """Removes the copies made for one ballot; without a token, all there are."""
        named = (path for take in range(takes) for path in self._blind.glob(f"{token}-{take}.*"))
        for path in list(named if token else self._blind.iterdir()):
            path.unlink(missing_ok=True)


def zip_name(run: str, *, simulated: bool) -> str:
    """Where a run's export is, within the data folder; a copy, made again when asked for."""
    return f"{EXPORTS}/takes-{run}{SUFFIX if simulated else ''}.zip"


def _kept(path: Path) -> Result:
    poster, data = path.with_suffix(".jpg"), path.read_bytes()
    return Result(path.name, hashlib.sha256(data).hexdigest(), len(data), measure(path, poster), poster.name)


def _write_durably(path: Path, data: bytes) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with open(part, "wb", opener=private.opener) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
