"""Renders the clip a simulated job delivers: a camera move over the first frame, or over a painted one."""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from random import Random

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageDraw, ImageFont, ImageOps

from providers.sandbox._moves import camera_for, enlarged, moves_in, pose, seen

__all__ = ["ClipSpec", "frame_size", "moves_in", "render"]

_VERSION = 1  # part of the cache key: raise it when the same spec should look different from now on
_PIPE_BYTES = 1 << 20
_DISSOLVE = 0.4  # the last part of a clip spent turning into its last frame

# MiniMax, "Video Generation": clips from text alone are 1366 x 768 and 1920 x 1080 (read 2026-11-21).
# 512p is documented for images only: its size from text is simulated, about 16:9 with sides divisible by 16.
_FROM_TEXT = {512: (912, 512), 768: (1366, 768), 1080: (1920, 1080)}

# ITU-R BT.709, limited range: rows Y, U, V; columns R, G, B.
_BT709 = np.array([[0.1826, 0.6142, 0.0620], [-0.1006, -0.3386, 0.4392], [0.4392, -0.3989, -0.0403]])
_Pixels = NDArray[np.float32]


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

    def __post_init__(self) -> None:
        if self.width < 2 or self.height < 2 or self.width % 2 or self.height % 2:
            raise ValueError(f"a clip needs even sides, not {self.width} x {self.height}")
        if self.duration < 1 or self.fps < 1:
            raise ValueError(f"a clip needs frames, not {self.duration} s at {self.fps} fps")


def frame_size(resolution: str, image: bytes | None) -> tuple[int, int]:
    """Width and height of a clip in pixels: 16:9 from text alone, else the image's shape and this short side.

    Raises:
        ValueError: the resolution is not like "768p", or Pillow cannot read the image.
    """
    match = re.fullmatch(r"(\d{2,4})p", resolution.strip(), re.IGNORECASE)
    if not match:
        raise ValueError(f"not a resolution: {resolution!r}")
    side = int(match[1])
    if image is None:
        return _FROM_TEXT.get(side, (_even(side * 16 / 9), _even(side)))
    with _readable():
        picture = Image.open(io.BytesIO(image))
        turned = picture.getexif().get(ExifTags.Base.Orientation, 1) >= 5
    width, height = reversed(picture.size) if turned else picture.size
    scale = side / min(width, height)
    return _even(width * scale), _even(height * scale)


def render(spec: ClipSpec, cache: Path) -> Path:
    """The clip's file in the cache, rendered on first use: silent H.264 MP4 of ``duration * fps`` frames.

    Safe to call from several threads and processes at once: whoever finishes last replaces an equal file.

    Raises:
        ValueError: Pillow cannot read an image.
        RuntimeError: ffmpeg failed; the message is its last line.
    """
    target = cache / f"{_digest(spec)}.mp4"
    if target.exists():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    part = cache / f"{target.stem}.{os.getpid()}-{threading.get_ident()}.part"
    try:
        _encode(_planes_of(spec), spec, part)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    return target


def _digest(spec: ClipSpec) -> str:
    return hashlib.sha256(repr((_VERSION, astuple(spec))).encode()).hexdigest()


def _seeded(*words: object) -> Random:
    return Random(hashlib.sha256(repr(words).encode()).digest())


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
        process = subprocess.Popen(command, stdin=pipe, stderr=errors, pipesize=_PIPE_BYTES)
        # A broken pipe is ffmpeg giving up first; what it said is raised below.
        with process, suppress(BrokenPipeError):
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
    # A key frame every second: people scrub and step through these clips.
    h264 = f"-c:v libx264 -preset ultrafast -qp 25 -g {spec.fps} -threads 1"
    file = "-flags +bitexact -fflags +bitexact -movflags +faststart -f mp4"
    return [imageio_ffmpeg.get_ffmpeg_exe(), *f"-v error -y {raw} {h264} {file}".split(), str(target)]


# Frames


def _planes_of(spec: ClipSpec) -> Iterator[Image.Image]:
    """Y, U and V of every frame in turn: raw 4:2:0 as ffmpeg reads it."""
    camera = camera_for(spec.prompt, _seeded(spec.provider), _seeded(spec.provider, spec.seed, spec.prompt))
    grade, label = _grade(spec.provider), _Label(spec)
    first = _planes(_paint(spec) if spec.image is None else _opened(spec.image, spec), grade)
    last = None if spec.last_image is None else _planes(_opened(spec.last_image, spec), grade)
    views = [(enlarged(plane, spec.width * spec.height), plane.size) for plane in first]
    count = spec.duration * spec.fps
    for index in range(count):
        progress = index / max(1, count - 1)
        at = pose(camera, progress, index / spec.fps)
        shot = [seen(plane, size, at) for plane, size in views]
        if last and progress > 1 - _DISSOLVE:
            shot = _dissolved(shot, last, (progress - 1) / _DISSOLVE + 1)
        yield from label.on(shot)


def _opened(data: bytes, spec: ClipSpec) -> Image.Image:
    with _readable():
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    return ImageOps.fit(image, (spec.width, spec.height), Image.Resampling.LANCZOS)


def _grade(provider: str) -> tuple[float, ...]:
    """The 3 x 4 matrix from RGB to BT.709 YUV (limited range), the provider's slight grade included."""
    draw = _seeded(provider, "look")
    warmth = draw.choice((-1, 1)) * draw.uniform(0.008, 0.03)
    contrast, lift = draw.uniform(0.97, 1.07), draw.uniform(-4, 4)
    gains = np.array([1 + warmth, 1 + draw.uniform(-0.008, 0.008), 1 - warmth]) * contrast
    lifts = np.array([16, 128, 128]) + (128 * (1 - contrast) + lift) * _BT709.sum(axis=1)
    return tuple(np.column_stack([_BT709 * gains, lifts]).ravel().tolist())


def _planes(image: Image.Image, grade: tuple[float, ...]) -> list[Image.Image]:
    """Y at full size, U and V at half."""
    luma, *chromas = image.convert("RGB", grade).split()
    return [luma, *(chroma.reduce(2) for chroma in chromas)]


def _dissolved(shot: list[Image.Image], last: list[Image.Image], share: float) -> list[Image.Image]:
    alpha = share * share * (3 - 2 * share)
    return [Image.blend(before, after, alpha) for before, after in zip(shot, last, strict=True)]


class _Label:
    """The small "SANDBOX" mark in a corner, so that no clip can pass for a real one once it is saved."""

    def __init__(self, spec: ClipSpec) -> None:
        short = min(spec.width, spec.height)
        text, font = f"SANDBOX · {spec.provider}", ImageFont.load_default(size=max(9, short / 46))
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
        """The same planes, marked."""
        luma, *chromas = shot
        luma.paste(16, self._corner, self._pill)
        luma.paste(235, self._corner, self._text)
        corner = self._corner[0] // 2, self._corner[1] // 2
        for chroma in chromas:
            chroma.paste(128, corner, self._halved)
        return shot


# The painted frame: scenery in layered gradients, for prompts without an image


@dataclass(frozen=True)
class _Mood:
    """The colors of one time of day, 0xRRGGBB: sky from top to horizon, sun or moon, nearest hill."""

    words: str
    top: int
    middle: int
    horizon: int
    light: int
    near: int
    stars: bool = False


_MOODS = (
    _Mood("dusk sunset evening lamp", 0x25305C, 0x9A5B7C, 0xF6B27A, 0xFFE3B0, 0x171A30),
    _Mood("dawn sunrise morning spring", 0x6C8FBF, 0xE7B9B4, 0xFCE3C3, 0xFFF4DC, 0x2C3B4A),
    _Mood("night moon star midnight dark", 0x070D22, 0x16284F, 0x3F5F86, 0xEAF2FF, 0x050914, stars=True),
    _Mood("forest green rain mist fog jungle", 0x7F9F9C, 0xB4C9BC, 0xE6EBD8, 0xFBFBEA, 0x16302E),
    _Mood("desert sand canyon summer autumn", 0x4E8FA8, 0xD9C9A0, 0xF7D9A0, 0xFFF3D0, 0x5A2A20),
    _Mood("snow winter ice mountain arctic", 0x5A7DA8, 0xA9C3DA, 0xEAF0F2, 0xFFFFFF, 0x2A4058),
    _Mood("sea ocean lake river water beach", 0x2B5C86, 0x7FB2C4, 0xF3E4C8, 0xFFF6DC, 0x143246),
    _Mood("city neon flower rose violet", 0x2E2454, 0x8A4E8C, 0xF5A0A0, 0xFFD9C8, 0x160F2C),
)
_WET = "sea ocean lake river water beach puddle rain boat ship island harbor shore"


def _paint(spec: ClipSpec) -> Image.Image:
    """A calm landscape: the prompt's words choose the mood, its hash the scene, the provider the vantage."""
    scene, vantage = _seeded("scene", spec.prompt), _seeded("vantage", spec.provider, spec.prompt)
    words = set(re.findall(r"[a-z]+", spec.prompt.lower()))
    fitting = [mood for mood in _MOODS if words & set(mood.words.split())]
    mood = scene.choice(fitting or _MOODS)
    shore = scene.uniform(0.66, 0.76) if words & set(_WET.split()) or scene.random() < 0.4 else None
    canvas = _Canvas(spec.width, spec.height, np.random.default_rng(vantage.getrandbits(64)))
    sun = scene.uniform(0.18, 0.82) + vantage.uniform(-0.08, 0.08), scene.uniform(0.2, 0.42)
    canvas.sky(mood, sun)
    jagged = scene.uniform(0.0, 1.0)
    for depth in (0.0, 0.25, 0.5, 0.75) if shore is None else (0.0, 0.35, 0.7):
        canvas.hill(mood, depth, jagged, shore or 1.04)
    if shore is not None:
        canvas.water(mood, sun, shore)
    canvas.bank(mood, trees=scene.random() < 0.75)
    return canvas.finished()


class _Canvas:
    """Numpy brushes on one picture: planes R, G, B of floats, 0 to 255; sizes are fractions of the frame."""

    def __init__(self, width: int, height: int, rng: np.random.Generator) -> None:
        self._rng = rng
        self._size = width, height
        self._aspect = width / height
        self._x = np.linspace(0, self._aspect, width, dtype=np.float32)
        self._y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
        self._picture = np.empty((3, height, width), np.float32)

    def sky(self, mood: _Mood, sun: tuple[float, float]) -> None:
        """Three colors from top to horizon, thin cloud, the light and its glow."""
        width, height = self._size
        stops = np.stack([_rgb(color)[:, 0, 0] for color in (mood.top, mood.middle, mood.horizon)], axis=1)
        for plane, colors in zip(self._picture, stops, strict=True):
            plane[:] = np.interp(self._y, (0, 0.42, 0.74), colors)
        # Glow and cloud are soft: a sixteenth of the pixels is enough to compute.
        x, y = self._x[None, ::4] - sun[0] * self._aspect, self._y[::4] - sun[1]
        away = np.hypot(x, y)
        glow = 0.55 * np.exp(-((away / 0.16) ** 1.1)) + 0.30 * np.exp(-away / 0.5)
        cloud = np.clip(self._clouds(*away.shape) - 0.1, 0, 1) * np.clip(1.35 - self._y[::4] * 1.6, 0, 1)
        soft = 1 - (1 - np.clip(glow, 0, 1)) * (1 - 0.34 * cloud)
        light = np.asarray(Image.fromarray(soft).resize((width, height), Image.Resampling.BICUBIC))
        away = np.hypot(self._x - sun[0] * self._aspect, self._y - sun[1])
        disc = np.clip((0.042 - away) * height / 1.6 + 0.5, 0, 1)
        light = np.maximum(light, np.maximum(disc, self._stars()) if mood.stars else disc)
        self._blend(0, _rgb(mood.light), light)

    def hill(self, mood: _Mood, depth: float, jagged: float, floor: float) -> None:
        """A range of hills: far ones (depth 0) are high, jagged and hazy, near ones low, round and dark."""
        sharp = jagged * (1 - depth)
        relief = (0.08 + 0.18 * sharp) * self._skyline(2 + 2 * depth, sharp)
        ridge = floor - 0.06 - 0.30 * (1 - depth) * floor - relief
        haze, near = 0.55 * _rgb(mood.horizon) + 0.45 * _rgb(mood.middle), _rgb(mood.near)
        top, cover = self._under(ridge)
        # Mist gathers at the foot of each range: that is what sets one off from the next.
        foot = np.clip((self._y[top:] - ridge) / 0.26, 0, 1) * (0.6 - 0.3 * depth)
        color = haze + (near - haze) * (0.22 + 0.62 * depth)
        self._blend(top, color + (_rgb(mood.horizon) - color) * foot, cover)

    def water(self, mood: _Mood, sun: tuple[float, float], shore: float) -> None:
        """Everything above the shore again, upside down, rippled, a little darker; and the light's path."""
        width, height = self._size
        edge = int(shore * height)
        below = np.arange(height - edge, dtype=np.float32)[:, None]
        reach = below / max(1, height - edge)
        ripple = self._noise(int(150 * (1 - shore)), 7, height - edge, width)
        rows = np.clip(edge - 1 - 1.25 * below + ripple * (2 + 26 * reach) * height / 768, 0, edge - 1)
        across = np.arange(width)
        for plane in self._picture:
            plane[edge:] = plane[rows.astype(np.intp), across]
        self._blend(edge, _rgb(mood.near), 0.12 + 0.36 * reach)
        spread = (self._x - sun[0] * self._aspect) / (0.045 + 0.16 * reach)
        glints = np.exp(-(spread**2)) * np.clip(ripple * 1.5 - 0.15, 0, 1) * (0.85 - 0.4 * reach)
        line = 0.35 * np.exp(-below / (0.006 * height))
        self._blend(edge, _rgb(mood.light), np.maximum(glints, line))

    def bank(self, mood: _Mood, trees: bool) -> None:
        """The dark ground one stands on, with firs or without."""
        ground = 0.955 - 0.05 * self._skyline(2, 0)
        top, cover = self._under(ground - self._firs() if trees else ground)
        self._blend(top, _rgb(mood.near) * 0.72, cover)

    def finished(self) -> Image.Image:
        """With a vignette, and a little grain: without it smooth gradients show bands."""
        width, height = self._size
        across = self._x / self._aspect - 0.5
        self._picture *= 1 - 0.42 * (across**2 + (self._y - 0.5) ** 2)
        self._picture += self._rng.integers(-3, 4, (height, width), dtype=np.int8)
        planes = np.clip(self._picture, 0, 255, out=self._picture).astype(np.uint8)
        return Image.merge("RGB", [Image.fromarray(plane) for plane in planes])

    def _blend(self, top: int, color: _Pixels, amount: _Pixels) -> None:
        """From row ``top`` down, this much of a color."""
        part = self._picture[:, top:]
        part += (color - part) * amount

    def _under(self, line: _Pixels) -> tuple[int, _Pixels]:
        """The first row a line reaches, and from there down how much of each pixel lies below it, 0 to 1."""
        height = self._size[1]
        top = int(np.clip(line.min() * height - 2, 0, height - 1))
        return top, np.clip((self._y[top:] - line) * height + 0.5, 0, 1)

    def _noise(self, rows: int, columns: int, height: int, width: int) -> _Pixels:
        """Smooth noise, about -1 to 1: a coarse random grid enlarged."""
        grid = Image.fromarray(self._rng.normal(0, 0.5, (max(2, rows), columns)).astype(np.float32))
        return np.asarray(grid.resize((width, height), Image.Resampling.BICUBIC))

    def _clouds(self, height: int, width: int) -> _Pixels:
        return sum(self._noise(3 * 2**k, 2 * 2**k, height, width) / 1.7**k for k in range(1, 5))

    def _skyline(self, waves: float, sharp: float) -> _Pixels:
        """Heights along x, about 0 to 1: octaves of sines, folded into peaks where sharp."""
        heights = np.zeros_like(self._x)
        for octave in range(7):
            turns = waves * 2**octave * self._rng.uniform(0.8, 1.2)
            wave = np.sin(self._x * turns + self._rng.uniform(0, 2 * np.pi))
            heights += (wave + (1 - 2 * np.abs(wave) - wave) * sharp) / (2.6 - 0.5 * sharp) ** octave
        return 0.5 + heights / 3.2

    def _stars(self) -> _Pixels:
        width, height = self._size
        field = np.zeros((height, width), np.float32)
        count = width * height // 3000
        rows = self._rng.integers(0, int(height * 0.6), count)
        columns = self._rng.integers(0, width - 1, count)
        shine = (self._rng.random(count) ** 3).astype(np.float32)
        field[rows, columns], field[rows, columns + 1] = 0.9 * shine, 0.45 * shine
        return field

    def _firs(self) -> _Pixels:
        """Heights of a row of firs along x: sloping sides cut into branches, denser towards one edge."""
        count = int(46 * min(self._aspect, 4))
        stems = self._rng.normal(self._rng.choice((0.06, 0.94)) * self._aspect, 0.2 * self._aspect, count)
        tall = self._rng.uniform(0.05, 0.2, count)
        away = np.abs(self._x[None, :] - stems[:, None]) / (tall[:, None] * 0.22)
        sides = np.where(away < 1, 1 - 0.55 * away - 0.05 * np.floor(away * 9), 0)
        return (sides * tall[:, None]).max(axis=0)


def _rgb(color: int) -> _Pixels:
    return np.array([color >> 16, color >> 8 & 255, color & 255], np.float32)[:, None, None]
