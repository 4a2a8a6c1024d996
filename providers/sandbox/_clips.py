"""Renders the clip a simulated job delivers: a camera move over the first frame, or over a painted one."""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass, replace
from pathlib import Path

import imageio_ffmpeg
from PIL import ExifTags, Image, ImageDraw, ImageFont, ImageOps

from providers.sandbox._files import PRIVATE_MASK, make_folder
from providers.sandbox._flaws import flawed
from providers.sandbox._moves import camera_for, moves_in, pose
from providers.sandbox._scenery import paint, seeded
from providers.sandbox._view import View

__all__ = ["ClipSpec", "clip_name", "frame_size", "moves_in", "render"]

_VERSION = 4  # part of the cache key: raise it when the same spec should look different from now on
_PIPE_BYTES = 1 << 20
_SAMPLES_S, _PACKET = 48_000, 1024
_DISSOLVE = 0.4  # the last part of a clip spent turning into its last frame
_GRADE_S = 0.25  # from the given image to the provider's look

# MiniMax, "Video Generation": clips from text alone are 1366 x 768 and 1920 x 1080 (read 2026-11-21).
# 512p is documented for images only: its size from text is simulated, about 16:9 with sides divisible by 16.
_FROM_TEXT = {512: (912, 512), 768: (1366, 768), 1080: (1920, 1080)}

# The short side of what the industry calls 2K and 4K.
_OF_K = {"2k": 1440, "4k": 2160}

# ITU-R BT.709, limited range: rows Y, U, V; columns R, G, B and what is added.
_BT709 = (0.1826, 0.6142, 0.0620, 16, -0.1006, -0.3386, 0.4392, 128, 0.4392, -0.3989, -0.0403, 128)


@dataclass(frozen=True)
class ClipSpec:
    """Everything a clip depends on: equal specs, equal files. Even sides in pixels, duration in seconds."""

    provider: str
    prompt: str
    image: bytes | None
    last_image: bytes | None
    width: int
    height: int
    duration: int
    fps: int = 24
    seed: int = 0
    sound: bool = False
    flaw: str | None = None

    def __post_init__(self) -> None:
        if self.width < 2 or self.height < 2 or self.width % 2 or self.height % 2:
            raise ValueError(f"a clip needs even sides, not {self.width} x {self.height}")
        if self.duration < 1 or self.fps < 1:
            raise ValueError(f"a clip needs frames, not {self.duration} s at {self.fps} fps")

    @property
    def frames(self) -> int:
        return self.duration * self.fps


def frame_size(resolution: str, image: bytes | None, aspect: str = "16:9") -> tuple[int, int]:
    """Width and height of a clip in pixels: this short side, and the image's shape or from text alone this aspect.

    Raises:
        ValueError: the resolution is not like "768p", the aspect not like "16:9", or Pillow cannot read the image.
    """
    word = resolution.strip().lower()
    match = re.fullmatch(r"(?:native)?(\d{2,4})p", word)
    if not match and word not in _OF_K:
        raise ValueError(f"not a resolution: {resolution!r}")
    side = int(match[1]) if match else _OF_K[word]
    if image is None:
        return _from_text(side, aspect)
    with _readable():
        picture = Image.open(io.BytesIO(image))
        turned = picture.getexif().get(ExifTags.Base.Orientation, 1) >= 5
    width, height = reversed(picture.size) if turned else picture.size
    scale = side / min(width, height)
    return _even(width * scale), _even(height * scale)


def _from_text(side: int, aspect: str) -> tuple[int, int]:
    if aspect == "16:9" and side in _FROM_TEXT:
        return _FROM_TEXT[side]
    match = re.fullmatch(r"([1-9]\d?):([1-9]\d?)", aspect)
    if not match:
        raise ValueError(f"not an aspect: {aspect!r}")
    across, down = int(match[1]), int(match[2])
    return _even(side * max(1, across / down)), _even(side * max(1, down / across))


def render(spec: ClipSpec, cache: Path) -> Path:
    """The clip's file in the cache, rendered on first use: H.264 MP4 of ``duration * fps`` frames, silent unless asked.

    Safe to call from several threads and processes at once: whoever finishes last replaces an equal file.

    Raises:
        ValueError: Pillow cannot read an image.
        RuntimeError: ffmpeg failed; the message is its last line.
    """
    target = cache / clip_name(spec)
    with suppress(FileNotFoundError):
        os.utime(target)  # it is used again: its age begins anew
        return target
    make_folder(cache)
    part = cache / f"{target.stem}.{os.getpid()}-{threading.get_ident()}.part"
    try:
        _encode(flawed(_planes_of(spec), spec.flaw), spec, part)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    return target


def clip_name(spec: ClipSpec) -> str:
    """The clip's file in a cache."""
    images = [None if data is None else hashlib.sha256(data).digest() for data in (spec.image, spec.last_image)]
    rest = astuple(replace(spec, image=None, last_image=None))
    return f"{hashlib.sha256(repr((_VERSION, images, rest)).encode()).hexdigest()}.mp4"


def _even(pixels: float) -> int:
    return max(2, 2 * round(pixels / 2))


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"not an image: {error}") from error


# Encoding


def _encode(planes: Iterator[Image.Image], spec: ClipSpec, target: Path) -> None:
    # Frames go through a pipe one by one: ten seconds of 1080p would be 750 MB at once.
    command, pipe = _command(spec, target), subprocess.PIPE
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdin=pipe, stderr=errors, pipesize=_PIPE_BYTES, umask=PRIVATE_MASK)
        # A broken pipe is ffmpeg giving up first; what it said is raised below.
        with process, suppress(BrokenPipeError):
            assert process.stdin is not None  # a pipe was asked for
            for plane in planes:
                process.stdin.write(plane.tobytes())
            process.stdin.close()
        errors.seek(0)
        said = errors.read().decode(errors="replace").strip()
    if process.returncode:
        raise RuntimeError(said.splitlines()[-1] if said else f"ffmpeg ended with {process.returncode}")


def _command(spec: ClipSpec, target: Path) -> list[str]:
    # Said of the input: said of the output, ffmpeg would convert every frame once more, at twice the cost.
    bt709 = "-color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709"
    raw = f"-f rawvideo -pix_fmt yuv420p -s {spec.width}x{spec.height} -r {spec.fps} {bt709} -i -"
    heard = f"{_wind(spec)} -c:a aac -b:a 64k -ac 2" if spec.sound else ""
    # A key frame every second: people scrub and step through these clips.
    h264 = f"-c:v libx264 -preset ultrafast -qp 25 -g {spec.fps} -threads 1 -x264-params {_fine_frames(spec)}"
    file = "-flags +bitexact -fflags +bitexact -movflags +faststart -f mp4"
    return [imageio_ffmpeg.get_ffmpeg_exe(), *f"-v error -y {raw} {heard} {h264} {file}".split(), str(target)]


def _wind(spec: ClipSpec) -> str:
    """The input of a sound track like wind, no longer than the clip: whole packets of AAC, less one that leads in."""
    samples = (spec.duration * _SAMPLES_S // _PACKET - 1) * _PACKET
    seed = seeded(spec.provider, spec.seed, spec.prompt).getrandbits(31)
    noise = f"anoisesrc=color=brown:amplitude=0.2:sample_rate={_SAMPLES_S}:nb_samples={_PACKET}:seed={seed}"
    return f"-f lavfi -i {noise},atrim=end_sample={samples}"


def _fine_frames(spec: ClipSpec) -> str:
    """Has x264 spend bits on what is compared with a given image: the first frame, and the last where it was given.

    Constant quantizers allow others only between those of key frames and of the rest. So key frames are said to be
    finer, and the zone of all other frames coarser by as much, which the limit for the rest leaves as it is.
    """
    ratio = 5.66  # 15 steps of the quantizer, of which the zone takes 12 back: 10, then 22 and 25
    end = spec.frames - 1 - (spec.last_image is not None)
    zones = f"1,{end},q=37" if end >= 1 else ""
    if spec.last_image is not None:
        zones += f"{'/' if zones else ''}{spec.frames - 1},{spec.frames - 1},q=10"
    return f"ipratio={ratio}:pbratio=1" + (f":zones={zones}" if zones else "")


# Frames


def _planes_of(spec: ClipSpec) -> Iterator[Image.Image]:
    """Y, U and V of every frame in turn: raw 4:2:0 as ffmpeg reads it."""
    camera = camera_for(spec.prompt, seeded(spec.provider), seeded(spec.provider, spec.seed, spec.prompt))
    count = spec.frames
    poses = [pose(camera, index / max(1, count - 1), index / spec.fps) for index in range(count)]
    look, label, given = _look(spec.provider), _Label(spec), _planes(_begun(spec))
    luma, *chromas = [plane.point(_graded(curve)) for plane, curve in zip(given, look, strict=True)]
    views = [View(luma, poses, colors=False), *(View(chroma, poses, colors=True) for chroma in chromas)]
    # MiniMax, "First & Last Frame Video": where their sizes differ, the last is cropped to match the first.
    last = None if spec.last_image is None else _planes(_opened(spec.last_image, spec, ImageOps.fit))
    before, marked = None, label.on(given)
    yield from marked
    for index, at in enumerate(poses[1:], 1):
        given_still = 1 - _share(index / spec.fps, 0, _GRADE_S)
        turned = _share(index / (count - 1), 1 - _DISSOLVE, 1) if last else 0
        if (at, given_still, turned) != before:  # a camera that stands still sees the same again
            shot = [view.seen(at) for view in views]
            if given_still:
                shot = [plane.point(_ungraded(curve, given_still)) for plane, curve in zip(shot, look, strict=True)]
            if last and turned:
                shot = [Image.blend(here, there, turned) for here, there in zip(shot, last, strict=True)]
            before, marked = (at, given_still, turned), label.on(shot)
        yield from marked


def _begun(spec: ClipSpec) -> Image.Image:
    """The picture a clip begins with: the whole of the given one, whose shape the frame has, or a painted one."""
    if spec.image is None:
        return paint(spec.prompt, spec.provider, spec.width, spec.height)
    return _opened(spec.image, spec, Image.Image.resize)


def _opened(data: bytes, spec: ClipSpec, fit: Callable[..., Image.Image]) -> Image.Image:
    with _readable():
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    return fit(image, (spec.width, spec.height), Image.Resampling.LANCZOS)


def _share(now: float, start: float, end: float) -> float:
    """How much of what goes on from ``start`` to ``end`` is done, softly, 0 to 1."""
    share = min(1.0, max(0.0, (now - start) / (end - start)))
    return share * share * (3 - 2 * share)


def _look(provider: str) -> list[tuple[float, float, float]]:
    """The provider's slight grade, for Y, U and V: the value that stays, how much others spread, and what is added."""
    draw = seeded(provider, "look")
    warmth = draw.choice((-1, 1)) * draw.uniform(0.8, 3)
    contrast, lift = draw.uniform(0.97, 1.07), draw.uniform(-4, 4)
    return [(126, contrast, lift), (128, contrast, -warmth / 2), (128, contrast, warmth / 2)]


def _graded(curve: tuple[float, float, float]) -> list[int]:
    """What becomes of every value of a plane."""
    middle, contrast, lift = curve
    return [_byte(middle + (value - middle) * contrast + lift) for value in range(256)]


def _ungraded(curve: tuple[float, float, float], share: float) -> list[int]:
    """What becomes of every graded value when so much of the grade is taken out of it again."""
    middle, contrast, lift = curve
    given = (middle + (value - middle - lift) / contrast for value in range(256))
    return [_byte(value + share * (before - value)) for value, before in enumerate(given)]


def _byte(value: float) -> int:
    return min(255, max(0, round(value)))


def _planes(image: Image.Image) -> list[Image.Image]:
    """Y at full size, U and V at half."""
    luma, *chromas = image.convert("RGB", _BT709).split()
    return [luma, *(chroma.reduce(2) for chroma in chromas)]


class _Label:
    """The small "SANDBOX" mark in a corner, so that no clip can pass for a real one once it is saved."""

    def __init__(self, spec: ClipSpec) -> None:
        short = min(spec.width, spec.height)
        text, font = "SANDBOX", ImageFont.load_default(size=max(9, short / 46))
        left, top, right, bottom = font.getbbox(text)
        pad = short // 90
        size = _even(right - left + 3 * pad), _even(bottom - top + 2 * pad)
        self._pill, self._text = Image.new("L", size), Image.new("L", size)
        ImageDraw.Draw(self._pill).rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), size[1] // 3, fill=84)
        ImageDraw.Draw(self._text).text((1.5 * pad - left, pad - top), text, fill=205, font=font)
        self._halved = self._pill.reduce(2)
        margin = _even(short / 40)
        self._corner = max(0, spec.width - size[0] - margin), max(0, spec.height - size[1] - margin)

    def on(self, shot: list[Image.Image]) -> list[Image.Image]:
        """The planes of a frame with the mark drawn into them."""
        luma, *chromas = shot
        luma.paste(16, self._corner, self._pill)
        luma.paste(235, self._corner, self._text)
        corner = self._corner[0] // 2, self._corner[1] // 2
        for chroma in chromas:
            chroma.paste(128, corner, self._halved)
        return shot
