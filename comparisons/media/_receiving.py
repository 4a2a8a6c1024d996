"""Receives clips: writes them, checks them, and gives them their final names."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path

from comparisons import private
from comparisons.media.copies import make_poster
from comparisons.media.ffmpeg import BrokenClip
from comparisons.media.formats import HEAD, TYPES, Format, Kind, ending, format_of
from comparisons.media.probe import measure, probe
from comparisons.records import Odd, Result

NO_CLIP = {Kind.PICTURE: "a picture", Kind.SOUND: "a sound", Kind.TEXT: "a text", Kind.NOTHING: "empty"}
"""What is never kept as a clip, in words."""


class RefusedClip(BrokenClip):
    """What arrived fails our checks but may be a clip all the same: it is no picture, no text, and not too short.

    It can be kept as it came (``Media.keep``) until the next file of its job arrives.

    Attributes:
        sha256: the hash of all bytes that came, to know whether the same ones come again.
        announced: whether there are as many bytes as the host announced.
        is_video: whether they begin like a video file.
    """

    def __init__(self, why: BrokenClip, name: str, sha256: str, size: int, *, announced: bool, found: Format) -> None:
        super().__init__(str(why), why.odd)
        self.name, self.sha256, self.size = name, sha256, size
        self.announced, self.is_video = announced, found.kind is Kind.CLIP


class Receiving:
    """Receives clips into a folder.

    Args:
        clips: the folder.
        max_clip: the most bytes of a clip.
    """

    def __init__(self, clips: Path, max_clip: int) -> None:
        self.clips = clips
        self._max_clip = max_clip

    async def kept(self, name: str) -> Result | None:
        """The clip that already has its final name (``name`` and an ending), measured again; None if there is none."""
        found = (os.path.join(self.clips, f"{name}{each}") for each in TYPES)
        path = next(filter(os.path.exists, found), None)
        return await asyncio.to_thread(_kept, Path(path)) if path else None

    async def receive(
        self, chunks: AsyncIterator[bytes], name: str, expected: int | None, hints: Sequence[str] = ()
    ) -> Result:
        """Writes a clip to ``name.part``, checks that it is whole, and gives it its final name.

        Args:
            expected: the byte count that its host announced, None if it did not.
            hints: the path of its URL and the media type that its host stated, for the ending of its name if its bytes
                do not tell.

        Raises:
            RefusedClip: it fails our checks for a whole video, but may be one; see ``keep``.
            BrokenClip: it is too large, not as long as announced, a picture, a sound, a text or empty.
            OSError: it cannot be stored.
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
        """Keeps the bytes that have just been refused as the clip, marked as odd."""
        part = self.clips / f"{refused.name}.part"
        final = part.with_suffix(ending(format_of(_head(part)), *hints))
        part.replace(final)
        return await asyncio.to_thread(_odd, final, refused.sha256, refused.size, refused.odd)

    def hand_in(self, clip: Path, name: str) -> dict[str, str]:
        """Stores a file that a person hands in as a clip, as ``name.hand``.

        Gives the name that it is to have, as ``file``, and its hash, as ``sha256``.

        Raises:
            BrokenClip: it is too large, a picture, a sound, a text or empty.
            OSError: it cannot be read or stored.
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
        """Gives a clip that was handed in its final name ``file``; does nothing if that was done already."""
        with suppress(FileNotFoundError):
            (self.clips / f"{name}.hand").replace(self.clips / file)


def _kept(path: Path) -> Result:
    """A file that has its final name, measured. It was whole, or it was kept although it failed our checks."""
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
    """The format of a file that may be a clip.

    Raises:
        BrokenClip: it is a picture, a sound, a text or empty.
    """
    found = format_of(_head(path))
    if found.kind in NO_CLIP:
        raise BrokenClip(f"The clip is not a whole video: it is {NO_CLIP[found.kind]}.")
    return found


def _odd(path: Path, sha256: str, size: int, odd: Odd) -> Result:
    """What can be found out about a clip that our checks refuse: often nothing but its size and hash."""
    info, poster = None, path.with_suffix(".jpg")
    poster.unlink(missing_ok=True)  # it may show a file that arrived before
    with suppress(BrokenClip):
        info = probe(path)
    with suppress(BrokenClip):
        make_poster(path, poster)
    return Result(path.name, sha256, size, info, poster.name if poster.exists() else None, odd)
