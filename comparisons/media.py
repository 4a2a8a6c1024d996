"""Clips on our side: fetched whole, measured from their packets, kept exactly as received.

The only user of ffmpeg here. A file that is not a complete video never gets its final name.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
import subprocess
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import nullcontext, suppress
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg

from comparisons import private
from comparisons.records import MediaInfo, Result
from providers import ImageInput, InvalidRequest, TakesError

MAX_CLIP = 500_000_000
"""Bytes. A 10 s 1080p clip is some tens of MB; more is not a clip."""
SUFFIX = "-sandbox"
"""What ends the name of a simulated run's export, and of the clips in it."""
EXPORTS = "exports"
WHOSE = re.compile(r"[jr]_[0-9a-f]{32}")
"""The job or the run in the name of a file."""
STRIP_FRAMES = 8
STRIP_HEIGHT = 90
POSTER_WIDTH = 640
SMALL_SIDE = 360
"""Pixels of the shorter side of a clip's small copy, for where many clips are played at once."""
NICE = 10
"""How far measuring stands back behind everything else, of 19: polls must not be late for it."""


class BrokenClip(TakesError):
    """What arrived is not a whole video. Fetching again may help."""


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


PACKETS = ("-map", "0:v:0", "-map", "0:a?", "-c", "copy", "-f", "framecrc", "-")
"""Lists every packet; decodes nothing."""


def _first_frame(poster: Path, width: int) -> tuple[str, ...]:
    return ("-map", "0:v:0", "-frames:v", "1", "-vf", f"scale='min({width},iw)':-2", "-q:v", "4", str(poster))


def measure(clip: Path, poster: Path) -> MediaInfo:
    """``probe`` and ``make_poster`` in one pass, behind whatever else the machine does: nobody waits for it.

    Raises:
        BrokenClip: as those two, which are asked one by one where ffmpeg complains, to tell what is wrong.
    """
    _check_container(clip)
    one = ("-threads", "1", "-filter_threads", "1")  # more are slower for a single frame
    told = ("-v", "error", "-y", *one, "-i", str(clip), *PACKETS, *_first_frame(poster, POSTER_WIDTH))
    done = _ffmpeg(*told, behind=True)
    if done.returncode == 0 and not done.stderr:
        return _listed(done.stdout)
    info = probe(clip)
    make_poster(clip, poster)
    return info


def probe(path: Path) -> MediaInfo:
    """What a video file is, counted packet by packet; decodes nothing.

    Raises:
        BrokenClip: it is no video, or ends before its own index says.
    """
    _check_container(path)
    done = _ffmpeg("-v", "error", "-i", str(path), *PACKETS)
    complaint = done.stderr.decode("utf-8", "replace").strip().splitlines()
    if done.returncode != 0 or complaint:
        raise BrokenClip(f"The clip is not a whole video: {_plain(complaint)}")
    return _listed(done.stdout)


def _check_container(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(12)
    if start[4:8] != b"ftyp" and not start.startswith(b"\x1a\x45\xdf\xa3"):
        raise BrokenClip("The clip is not a whole video: neither MP4 nor WebM.")  # ffmpeg reads playlists too
    if start[4:8] == b"ftyp" and not _has_all_boxes(path):
        raise BrokenClip("The clip is not a whole video: it ends before one of its boxes does.")


def _listed(packets: bytes) -> MediaInfo:
    try:
        return _measured(packets.decode("ascii", "replace"))
    except (KeyError, ValueError, ZeroDivisionError) as error:
        raise BrokenClip("The clip is not a whole video: its streams cannot be read.") from error


def _has_all_boxes(path: Path) -> bool:
    """Whether no box of an MP4 is cut short. ffmpeg does not mind a file that ends exactly between two pictures."""
    at, end = 0, path.stat().st_size
    with path.open("rb") as file:
        while at + 8 <= end:
            file.seek(at)
            head = file.read(16)
            size = int.from_bytes(head[:4], "big")
            size = int.from_bytes(head[8:16], "big") if size == 1 else size
            if size < 8:  # 0: up to the end of the file, whatever that is
                return True
            at += size
    return at <= end


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


def make_poster(clip: Path, poster: Path, width: int = POSTER_WIDTH) -> Path:
    """The clip's first frame as a small JPEG."""
    done = _ffmpeg("-v", "error", "-y", "-i", str(clip), *_first_frame(poster, width))
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
    told = ["-v", "error", "-y", "-i", str(clip), "-vf", steps, "-fps_mode", "vfr", "-frames:v", "1", "-q:v", "5"]
    return _whole(told, strip, "The clip cannot be decoded")


def make_small(clip: Path, small: Path, side: int = SMALL_SIDE) -> Path:
    """The same frames at the same moments with the same sound, in a picture that many can be decoded of at once.

    Made behind whatever else the machine does; with a key frame each half second, so that stepping and scrubbing are
    quick.
    """
    told = [
        "-v", "error", "-y", "-i", str(clip), "-map", "0:v:0", "-map", "0:a:0?",
        "-vf", f"scale='if(gt(iw,ih),-2,{side})':'if(gt(iw,ih),{side},-2)':flags=area,format=yuv420p",
        "-fps_mode", "passthrough", "-enc_time_base:v", "demux", "-c:v", "libx264", "-preset", "veryfast", "-crf", "23",
        "-bf", "0", "-force_key_frames", "expr:gte(t,n_forced/2)", "-c:a", "copy", "-movflags", "+faststart",
    ]  # fmt: skip
    return _whole(told, small, "The clip has no small copy", behind=True)


CHATTER = {"h264": "6", "hevc": "39-40"}
"""The units of a codec in which encoders leave their name and settings (supplemental enhancement information)."""


def make_blind(clip: Path, codec: str, blind: Path) -> Path:
    """The same pictures and sound, bit by bit, in a file that does not say who made it."""
    quiet = ["-bsf:v", f"filter_units=remove_types={CHATTER[codec]}"] if codec in CHATTER else []
    told = [
        "-v", "error", "-y", "-i", str(clip), "-map", "0:v:0", "-map", "0:a:0?", "-c", "copy", *quiet,
        "-map_metadata", "-1", "-map_metadata:s", "-1", "-map_chapters", "-1", "-fflags", "+bitexact",
        "-disposition", "0", "-movflags", "+faststart",
    ]  # fmt: skip
    return _whole(told, blind, "The clip cannot be shown without its name")


def _whole(arguments: Sequence[str], to: Path, otherwise: str, *, behind: bool = False) -> Path:
    """Has ffmpeg make a file that gets its name once it is whole; nothing is left of one that cannot be made."""
    part = to.with_suffix(f".part{to.suffix}")
    try:
        done = _ffmpeg(*arguments, str(part), behind=behind)
        if done.returncode != 0:
            raise BrokenClip(f"{otherwise}: {_plain(done.stderr.decode('utf-8', 'replace').splitlines())}")
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
    return to


def compose(arguments: Sequence[str], to: Path) -> Path:
    """Runs ffmpeg over several clips at once; ``arguments`` say what becomes of them, ``to`` is the file it makes.

    Raises:
        BrokenClip: a clip cannot be decoded, or it takes longer than twenty minutes.
    """
    done = _ffmpeg("-v", "error", "-y", *arguments, str(to), timeout_s=1200, umask=-1)
    if done.returncode != 0:
        words = _plain(done.stderr.decode("utf-8", "replace").splitlines())
        raise BrokenClip(f"The clips cannot be put together: {words}")
    return to


def _ffmpeg(
    *arguments: str, timeout_s: int = 120, behind: bool = False, umask: int = private.MASK
) -> subprocess.CompletedProcess[bytes]:
    """``behind``: only with the time that nothing else on the machine wants, where the system can do that."""
    command, pipe = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", *arguments], subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, umask=umask) as process:
        if behind and hasattr(os, "setpriority"):
            os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
        try:
            out, err = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired as error:
            process.kill()
            raise BrokenClip(f"The clip could not be read within {timeout_s // 60} minutes.") from error
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def _plain(lines: list[str]) -> str:
    """ffmpeg's last words without its addresses and our paths."""
    last = re.sub(r"\[[^\]]*\] *", "", lines[-1]) if lines else "no reason given"
    return re.sub(r"\S*/\S*", "the file", last)[:120]
