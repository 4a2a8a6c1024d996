"""Clips on our side: fetched whole and kept exactly as received.

A file gets its final name once it is known to be a complete video, or once somebody decided to keep it as it came.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import shutil
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Literal

from comparisons import private
from comparisons.media.copies import (
    blind_ending,
    make_blind,
    make_playable,
    make_poster,
    make_seekable,
    make_small,
    make_strip,
)
from comparisons.media.ffmpeg import BrokenClip
from comparisons.media.formats import HEAD, TYPES, Format, Kind, ending, format_of
from comparisons.media.probe import measure, moments, probe
from comparisons.records import MediaInfo, Odd, Result
from providers import ImageInput, InvalidRequest

MAX_CLIP = 500_000_000
"""Bytes. A 10 s 1080p clip is some tens of MB; more is not a clip."""
SUFFIX = "-sandbox"
"""What ends the name of a simulated run's export, and of the clips in it."""
EXPORTS = "exports"
NO_CLIP = {Kind.PICTURE: "a picture", Kind.SOUND: "a sound", Kind.TEXT: "a text", Kind.NOTHING: "empty"}
"""What is never a clip, in words."""
BlindKind = Literal["playable", "seekable"]
"""What else there is of a ballot's clip: a copy that plays where it does not, and one in which all can be sought."""
WHOSE = re.compile(r"[jr]_[0-9a-f]{32}")
"""The job or the run in the name of a file."""


class RefusedClip(BrokenClip):
    """What arrived is no clip by our checks, and may be one all the same: no picture, no text, and not too short.

    It can be kept as it came (``Media.keep``) until the next file of its job arrives.

    Attributes:
        sha256: of all that came, to tell whether the same comes twice.
        announced: whether it is as long as its host said.
        is_video: whether it begins as some video does.
    """

    def __init__(self, why: BrokenClip, name: str, sha256: str, size: int, *, announced: bool, found: Format) -> None:
        super().__init__(str(why), why.odd)
        self.name, self.sha256, self.size = name, sha256, size
        self.announced, self.is_video = announced, found.kind is Kind.CLIP


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
            *TYPES, ".part", ".hand", ".hand.part", ".jpg", "-strip.jpg", "-strip.part.jpg", "-small.mp4",
            "-small.part.mp4", "-playable.mp4", "-playable.part.mp4", "-seekable.mkv", "-seekable.part.mkv",
            "-moments.json", "-moments.part.json",
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
        found = (self.clips / f"{name}{each}" for each in TYPES)
        path = next((path for path in found if path.exists()), None)
        return await asyncio.to_thread(_kept, path) if path else None

    async def receive(
        self, chunks: AsyncIterator[bytes], name: str, expected: int | None, hints: Sequence[str] = ()
    ) -> Result:
        """Writes a clip to ``name.part``, checks that it is whole, and gives it its name.

        Args:
            expected: the byte count its host announced, None if it did not.
            hints: the path it was read from and the type its host called it, should its bytes not tell its ending.

        Raises:
            RefusedClip: by our checks not a whole video, yet it may be one.
            BrokenClip: too large, shorter than announced, a picture, a text or nothing.
        """
        part = self.clips / f"{name}.part"
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
        found = _clip_in(part)
        try:
            info = await asyncio.to_thread(measure, part, poster)
        except BrokenClip as error:
            announced = size == expected
            raise RefusedClip(error, name, digest.hexdigest(), size, announced=announced, found=found) from error
        if found.ending == ".gif" and info.frames < 2:
            raise BrokenClip("The clip is not a whole video: it is a picture.")
        final = self.clips / f"{name}{ending(found, *hints)}"
        part.replace(final)
        return Result(final.name, digest.hexdigest(), size, info, poster.name)

    async def keep(self, refused: RefusedClip, hints: Sequence[str] = ()) -> Result:
        """Keeps what has just been refused as it came, marked as odd."""
        part = self.clips / f"{refused.name}.part"
        final = part.with_suffix(ending(format_of(_head(part)), *hints))
        part.replace(final)
        return await asyncio.to_thread(_odd, final, refused.sha256, refused.size, refused.odd)

    def hand_in(self, clip: Path, name: str) -> dict[str, str]:
        """Stores a clip that a person has as ``name.hand``: the name it is to have, and its hash.

        Raises:
            BrokenClip: too large, a picture, a text or nothing. OSError: it cannot be read, or not stored.
        """
        if clip.stat().st_size > self._max_clip:
            raise BrokenClip(f"The clip is larger than {self._max_clip / 1e6:g} MB.")
        found, part = _clip_in(clip), self.clips / f"{name}.hand.part"
        try:
            with open(clip, "rb") as source, open(part, "wb", opener=private.opener) as file:
                shutil.copyfileobj(source, file, 2**20)
                file.flush()
                os.fsync(file.fileno())
            handed = {"file": f"{name}{ending(found, clip.name)}", "sha256": _sha256(part)}
            part.replace(self.clips / f"{name}.hand")
        finally:
            part.unlink(missing_ok=True)
        return handed

    def take_in(self, name: str, file: str) -> None:
        """Gives a clip that was handed in its name, if it still lies there."""
        with suppress(FileNotFoundError):
            (self.clips / f"{name}.hand").replace(self.clips / file)

    def strip(self, result: Result) -> Path:
        """The clip's filmstrip, made when it is first asked for."""
        if result.media is None:
            raise BrokenClip("The clip cannot be decoded, so it has no filmstrip.")
        clip, media = self.clips / result.file, result.media
        return self._made(clip.with_name(f"{clip.stem}-strip.jpg"), lambda path: make_strip(clip, media, path))

    def small(self, result: Result) -> Path:
        """The clip's small copy, made when it is first asked for. Only the player shows it, and only among many."""
        clip = self.clips / result.file
        return self._made(clip.with_name(f"{clip.stem}-small.mp4"), lambda path: make_small(clip, result.media, path))

    def playable(self, result: Result) -> Path:
        """A copy of the clip as H.264, made when it is first asked for: for browsers that cannot play the clip itself.

        Whoever shows it says that it is a copy.

        Raises:
            BrokenClip: the clip cannot be decoded here either.
        """
        clip = self.clips / result.file
        return self._made(
            clip.with_name(f"{clip.stem}-playable.mp4"), lambda path: make_playable(clip, result.media, path)
        )

    def seekable(self, result: Result) -> Path:
        """The clip's pictures in a file in which browsers can seek each of them, made when it is first asked for."""
        clip = self.clips / result.file
        return self._made(clip.with_name(f"{clip.stem}-seekable.mkv"), lambda path: make_seekable(clip, path))

    def moments(self, result: Result) -> Path:
        """When each of the clip's pictures is shown, as a JSON list of seconds of its own clock; for uneven ones."""
        clip = self.clips / result.file

        def write(path: Path) -> None:
            part = path.with_suffix(".part.json")
            with open(part, "w", encoding="ascii", opener=private.opener) as file:
                json.dump(moments(clip), file)
            part.replace(path)

        return self._made(clip.with_name(f"{clip.stem}-moments.json"), write)

    def told_moments(self, result: Result) -> list[float] | None:
        """The list itself; None where the pictures come evenly, or nobody can tell."""
        if result.media is None or not result.media.variable:
            return None
        with suppress(BrokenClip, OSError):
            told: list[float] = json.loads(self.moments(result).read_bytes())
            return told
        return None

    def _made(self, path: Path, make: Callable[[Path], object]) -> Path:
        """One at a time, since two decodings fill a machine."""
        if not path.exists():
            with self._making:
                if not path.exists():
                    make(path)
        return path

    def blind(self, file: str, media: MediaInfo, name: str, kind: BlindKind | None = None) -> Path:
        """A copy of a clip under another name, without what its file says about itself; made when first asked for.

        Args:
            kind: one as H.264, for browsers that cannot play the clip's own pictures (whoever shows it says so), or one
                with the same pictures, for those that cannot seek all of them.

        Raises:
            BrokenClip: the clip cannot be copied.
        """
        clip, whose = self.clips / file, Path(file).stem  # so that it goes with its run; nobody is told the name
        ending = {None: blind_ending(media), "playable": ".mp4", "seekable": ".mkv"}[kind]
        path = self._blind / f"{name}{f'-{kind}' if kind else ''}.{whose}{ending}"
        if path.exists():
            return path
        if kind == "seekable":
            return make_seekable(self.blind(file, media, name), path)
        return make_playable(clip, media, path) if kind else make_blind(clip, media, path)

    def is_blind(self, name: str) -> bool:
        """Whether that copy has been made."""
        return any(not path.match("*.part.*") for path in self._blind.glob(f"{name}.*"))

    def forget_blind(self, token: str = "", takes: int = 0) -> None:
        """Removes the copies made for one ballot; without a token, all there are."""
        named = (path for take in range(takes) for path in self._blind.glob(f"{token}-{take}[.-]*"))
        for path in list(named if token else self._blind.iterdir()):
            path.unlink(missing_ok=True)


def zip_name(run: str, *, simulated: bool) -> str:
    """Where a run's export is, within the data folder; a copy, made again when asked for."""
    return f"{EXPORTS}/takes-{run}{SUFFIX if simulated else ''}.zip"


def _kept(path: Path) -> Result:
    """A file that has its name was whole, or was to be kept all the same."""
    poster, size = path.with_suffix(".jpg"), path.stat().st_size
    sha256 = _sha256(path)
    try:
        return Result(path.name, sha256, size, measure(path, poster), poster.name)
    except BrokenClip as error:
        return _odd(path, sha256, size, error.odd)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)


def _clip_in(path: Path) -> Format:
    """What a file is that may be a clip.

    Raises:
        BrokenClip: it is none, whatever may be wrong with it.
    """
    found = format_of(_head(path))
    if found.kind in NO_CLIP:
        raise BrokenClip(f"The clip is not a whole video: it is {NO_CLIP[found.kind]}.")
    return found


def _odd(path: Path, sha256: str, size: int, odd: Odd) -> Result:
    """What can be known of a clip that our checks refuse: often nothing but its bytes."""
    info, poster = None, path.with_suffix(".jpg")
    poster.unlink(missing_ok=True)  # of what came before
    with suppress(BrokenClip):
        info = probe(path)
    with suppress(BrokenClip):
        make_poster(path, poster)
    return Result(path.name, sha256, size, info, poster.name if poster.exists() else None, odd)


def _write_durably(path: Path, data: bytes) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with open(part, "wb", opener=private.opener) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
