"""Clips on our side: fetched whole, measured from their packets, kept exactly as received.

The only user of ffmpeg here. A file that is not a complete video never gets its final name.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import subprocess
import threading
from collections import Counter
from collections.abc import AsyncIterator
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg

from comparisons.records import MediaInfo, Result
from providers import ImageInput, InvalidRequest, TakesError

MAX_CLIP = 500_000_000
"""Bytes. A 10 s 1080p clip is some tens of MB; more is not a clip."""


STRIP_FRAMES = 8
STRIP_HEIGHT = 90


class BrokenClip(TakesError):
    """What arrived is not a whole video. Fetching again may help."""


class Media:
    """The clips, posters and input images of one data folder."""

    def __init__(self, home: Path, max_clip: int = MAX_CLIP) -> None:
        self._max_clip = max_clip
        self.clips = home / "clips"
        self.inputs = home / "inputs"
        self._stripping = threading.Lock()
        for folder in (self.clips, self.inputs):
            folder.mkdir(parents=True, exist_ok=True)

    def keep_input(self, image: ImageInput | None) -> str | None:
        """Stores an input image under its hash, so that a resumed job sends the same one."""
        if image is None:
            return None
        name = f"{image.sha256}.{image.filename.rpartition('.')[2]}"
        path = self.inputs / name
        try:
            if not path.exists():
                _write_durably(path, image.data)
        except OSError as error:
            raise InvalidRequest(f"The image cannot be stored in the data folder ({error.strerror}).") from error
        return name

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
        with part.open("wb") as file:
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
        info = await asyncio.to_thread(probe, part)
        poster = await asyncio.to_thread(make_poster, part, self.clips / f"{name}.jpg")
        part.replace(final)
        return Result(final.name, digest.hexdigest(), size, info, poster.name)

    def strip(self, result: Result) -> Path:
        """The clip's filmstrip, made when it is first asked for; one at a time, since two decodings fill a machine."""
        path = self.clips / f"{Path(result.file).stem}-strip.jpg"
        with self._stripping:
            if not path.exists():
                make_strip(self.clips / result.file, result.media.frames, path)
        return path


def _kept(path: Path) -> Result:
    poster = make_poster(path, path.with_suffix(".jpg"))
    data = path.read_bytes()
    return Result(path.name, hashlib.sha256(data).hexdigest(), len(data), probe(path), poster.name)


def _write_durably(path: Path, data: bytes) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def probe(path: Path) -> MediaInfo:
    """What a video file is, counted packet by packet; decodes nothing.

    Raises:
        BrokenClip: it is no video, or ends before its own index says.
    """
    with path.open("rb") as file:
        start = file.read(12)
    if start[4:8] != b"ftyp" and not start.startswith(b"\x1a\x45\xdf\xa3"):
        raise BrokenClip("The clip is not a whole video: neither MP4 nor WebM.")  # ffmpeg reads playlists too
    done = _ffmpeg("-v", "error", "-i", str(path), "-map", "0:v:0", "-map", "0:a?", "-c", "copy", "-f", "framecrc", "-")
    complaint = done.stderr.decode("utf-8", "replace").strip().splitlines()
    if done.returncode != 0 or complaint:
        raise BrokenClip(f"The clip is not a whole video: {_plain(complaint)}")
    try:
        return _measured(done.stdout.decode("ascii", "replace"))
    except (KeyError, ValueError, ZeroDivisionError) as error:
        raise BrokenClip("The clip is not a whole video: its streams cannot be read.") from error


def _measured(listing: str) -> MediaInfo:
    """Reads ffmpeg's framecrc listing: ``#`` lines describe streams, the rest are packets."""
    about = dict(re.findall(r"^#(\w+ 0): (.+)$", listing, re.MULTILINE))
    packets = re.findall(r"^0, +(-?\d+), +(-?\d+), +(\d+),", listing, re.MULTILINE)
    if not packets:
        raise BrokenClip("The clip holds no pictures.")
    base = Fraction(about["tb 0"])
    shown = [(int(pts), int(length)) for _, pts, length in packets]
    seconds = (max(pts + length for pts, length in shown) - min(pts for pts, _ in shown)) * base
    width, height = about["dimensions 0"].split("x")
    return MediaInfo(
        width=int(width),
        height=int(height),
        fps=_rate([length for _, length in shown], base),
        frames=len(shown),
        duration_s=round(float(seconds), 6),
        codec=about["codec_id 0"],
        audio="#media_type 1: audio" in listing,
    )


def _rate(lengths: list[int], base: Fraction) -> float:
    """Frames per second from the commonest packet length: exact where the rate is constant."""
    length = Counter(lengths).most_common(1)[0][0]
    return round(float(1 / (length * base)), 6) if length else 0.0


def make_poster(clip: Path, poster: Path, width: int = 640) -> Path:
    """The clip's first frame as a small JPEG."""
    scale = f"scale='min({width},iw)':-2"
    done = _ffmpeg("-v", "error", "-y", "-i", str(clip), "-frames:v", "1", "-vf", scale, "-q:v", "4", str(poster))
    if done.returncode != 0:
        raise BrokenClip(
            f"The clip's first frame cannot be decoded: {_plain(done.stderr.decode('utf-8', 'replace').splitlines())}"
        )
    return poster


def strip_frames(frames: int) -> list[int]:
    """Which frames a strip shows: the first, the last, and evenly between; fewer of a clip that has fewer."""
    count = min(STRIP_FRAMES, frames)
    return [round(i * (frames - 1) / max(1, count - 1)) for i in range(count)]


def make_strip(clip: Path, frames: int, strip: Path, height: int = STRIP_HEIGHT) -> Path:
    """Eight frames of a clip, side by side, as one JPEG; ``frames`` is how many the clip has."""
    shown = strip_frames(frames)
    chosen = "+".join(f"eq(n\\,{frame})" for frame in shown)
    steps = f"select='{chosen}',scale=-2:{height},tile={len(shown)}x1"
    part = strip.with_suffix(".part.jpg")
    done = _ffmpeg(
        "-v", "error", "-y", "-i", str(clip), "-vf", steps, "-fps_mode", "vfr", "-frames:v", "1", "-q:v", "5", str(part)
    )  # fmt: skip
    if done.returncode != 0:
        raise BrokenClip(f"The clip cannot be decoded: {_plain(done.stderr.decode('utf-8', 'replace').splitlines())}")
    part.replace(strip)
    return strip


def _ffmpeg(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", *arguments]
    try:
        return subprocess.run(command, capture_output=True, timeout=120, check=False)
    except subprocess.TimeoutExpired as error:
        raise BrokenClip("The clip could not be read within two minutes.") from error


def _plain(lines: list[str]) -> str:
    """ffmpeg's last words without its addresses and our paths."""
    last = re.sub(r"\[[^\]]*\] *", "", lines[-1]) if lines else "no reason given"
    return re.sub(r"\S*/\S*", "the file", last)[:120]
