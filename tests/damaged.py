"""Clips made to be measured: known moves over pictures of many kinds, and known damage. No file of them is kept."""

from __future__ import annotations

import io
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from providers.sandbox._scenery import paint

ROOM = 1.6
"""A still is so many times as wide and high as a frame: the camera moves over it."""
H264 = "-c:v libx264 -preset veryfast -threads 1 -pix_fmt yuv420p"
SAMPLE = Path(__file__).parent.parent / "comparisons/ui/sample.jpg"

Frames = list[Image.Image]
Size = tuple[int, int]


# Pictures -------------------------------------------------------------------------------------------------------------


def photo(size: Size) -> Image.Image:
    """The page's own sample picture, a photograph."""
    return Image.open(SAMPLE).convert("RGB").resize(size, Image.Resampling.LANCZOS)


def painted(size: Size) -> Image.Image:
    """What the sandbox paints: wide gradients, little texture."""
    return paint("A lighthouse above the sea in autumn", "damage", *size)


def leaves(size: Size) -> Image.Image:
    """Leaves over leaves, the statistics of natural pictures."""
    rng = np.random.default_rng(5)
    image = Image.new("RGB", size, (60, 70, 50))
    draw = ImageDraw.Draw(image)
    for radius in sorted(np.clip(rng.pareto(1.6, 1800) * 5 + 4, 4, 160), reverse=True):
        x, y = rng.uniform(0, size[0]), rng.uniform(0, size[1])
        tall = radius * rng.uniform(0.5, 1)
        fill = tuple(int(each) for each in rng.integers(20, 236, 3))
        draw.ellipse((x - radius, y - tall, x + radius, y + tall), fill=fill)
    return image.filter(ImageFilter.GaussianBlur(0.7))


def clouds(size: Size) -> Image.Image:
    """Coloured noise of all scales, without one hard edge."""
    rng = np.random.default_rng(9)
    total = np.zeros((size[1], size[0], 3))
    for scale in (4, 8, 16, 32, 64, 128):
        grid = rng.normal(0, scale**0.8, (size[1] // scale + 3, size[0] // scale + 3, 3))
        planes = [Image.fromarray(grid[..., each].astype(np.float32)).resize(size, 3) for each in range(3)]
        total += np.stack([np.asarray(plane) for plane in planes], -1)
    return Image.fromarray(np.clip(128 + total * (38 / total.std()), 0, 255).astype(np.uint8))


def night(size: Size) -> Image.Image:
    """Mostly dark, with small lights."""
    rng = np.random.default_rng(3)
    dim = np.asarray(clouds(size), np.float32) * 0.16
    image = Image.fromarray(dim.astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(150):
        x, y, side = rng.uniform(0, size[0]), rng.uniform(0, size[1]), rng.uniform(2, 12)
        draw.rectangle((x, y, x + side, y + side * 1.5), fill=tuple(int(each) for each in rng.integers(90, 255, 3)))
    return image.filter(ImageFilter.GaussianBlur(1))


def drawn(size: Size) -> Image.Image:
    """Flat colours and hard edges, as in a cartoon, with lettering."""
    rng = np.random.default_rng(21)
    image = Image.new("RGB", size, (150, 205, 240))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, size[1] * 0.62, *size), fill=(110, 170, 90))
    for _ in range(70):
        x, y, side = rng.uniform(0, size[0]), rng.uniform(0, size[1]), rng.uniform(20, 120)
        shape = [(x + side * np.cos(a), y + side * np.sin(a)) for a in np.sort(rng.uniform(0, 6.28, 4))]
        draw.polygon(shape, fill=tuple(int(each) for each in rng.integers(0, 256, 3)), outline=(20, 20, 30), width=3)
        draw.text((x, y), "takes", fill=(15, 15, 15), font_size=max(10, side / 3))
    return image


CONTENTS: dict[str, Callable[[Size], Image.Image]] = {
    "photo": photo, "painted": painted, "leaves": leaves, "clouds": clouds, "night": night, "drawn": drawn,
}  # fmt: skip


@cache
def still(content: str, size: Size) -> Image.Image:
    """A picture for a camera that shows frames of this size of it."""
    return CONTENTS[content]((round(size[0] * ROOM), round(size[1] * ROOM)))


# Moves ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shot:
    """A camera over a still: how fast it goes, in per cent of a frame's width a second, and how fast it closes in."""

    content: str = "photo"
    size: Size = (640, 360)
    fps: float = 24
    frames: int = 48
    across: float = 6.0
    down: float = 2.0
    zoom: float = 0.0

    def at(self, second: float) -> Image.Image:
        """What it shows after so many seconds: at first a corner of the still, less a margin."""
        return self.seen(second, 0, 0)

    def seen(self, second: float, x: float, y: float) -> Image.Image:
        """The same from so many per cent of the width further right and down."""
        width, height = self.size
        left = width * (0.06 + 0.48 * (self.across < 0) + (self.across * second + x) / 100)
        top = height * (0.06 + 0.48 * (self.down < 0)) + width * (self.down * second + y) / 100
        less = 1 - self.zoom / 100 * second
        box = left + width * (1 - less) / 2, top + height * (1 - less) / 2
        box = (*box, box[0] + width * less, box[1] + height * less)
        return still(self.content, self.size).resize(self.size, Image.Resampling.LANCZOS, box)

    def all(self) -> Frames:
        return [self.at(index / self.fps) for index in range(self.frames)]


# Damage ---------------------------------------------------------------------------------------------------------------


def held(frames: Frames, at: int, length: int) -> Frames:
    """As many frames, of which so many repeat the one before ``at``."""
    return frames[:at] + [frames[at - 1]] * length + frames[at : len(frames) - length]


def every(frames: Frames, nth: int) -> Frames:
    """Each ``nth`` frame is replaced by the one before it."""
    return [frames[at - 1] if at % nth == nth - 1 else frame for at, frame in enumerate(frames)]


def lit(frames: Frames, shares: Sequence[float]) -> Frames:
    """Each frame brighter or darker, by a share of white."""
    curves = ([max(0, min(255, round(value + 255 * share))) for value in range(256)] * 3 for share in shares)
    return [frame.point(curve) for frame, curve in zip(frames, curves, strict=True)]


def flickering(frames: Frames, share: float, kind: str = "random", fps: float = 24) -> Frames:
    """The light goes up and down by so much of white: at random, from frame to frame, or in waves of 5 Hz."""
    count = len(frames)
    waves = {
        "random": np.random.default_rng(count).normal(0, 1, count),
        "alternating": np.where(np.arange(count) % 2, 1, -1),
        "waves": 1.4 * np.sin(2 * np.pi * 5 * np.arange(count) / fps),
    }
    return lit(frames, [float(each) for each in share * waves[kind]])


def pulsing(frames: Frames, share: float, fps: float = 24) -> Frames:
    """The light swells and fades within seconds, as in a scene it may."""
    return lit(frames, [float(share * np.sin(2 * np.pi * 0.4 * at / fps)) for at in range(len(frames))])


def shaken(shot: Shot, share: float = 0.8) -> Frames:
    """The same camera in a trembling hand: a per cent or so of the width, another way in every frame."""
    rng = np.random.default_rng(4)
    return [shot.seen(index / shot.fps, *rng.normal(0, share, 2)) for index in range(shot.frames)]


def barred(frames: Frames, share: float, *, upright: bool = False) -> Frames:
    """Black bars over so much of the picture, half of it at each side."""
    found = []
    for frame in frames:
        width, height = frame.size
        shown = frame.copy()
        draw = ImageDraw.Draw(shown)
        if upright:
            side = round(width * share / 2)
            draw.rectangle((0, 0, side - 1, height), fill=0)
            draw.rectangle((width - side, 0, width, height), fill=0)
        else:
            side = round(height * share / 2)
            draw.rectangle((0, 0, width, side - 1), fill=0)
            draw.rectangle((0, height - side, width, height), fill=0)
        found.append(shown)
    return found


def marked(frames: Frames) -> Frames:
    """A firm's name in the corner."""
    found = []
    for frame in frames:
        shown = frame.copy()
        ImageDraw.Draw(shown).text((12, frame.height - 40), "Some Vendor | AI", fill=(255, 255, 255), font_size=26)
        found.append(shown)
    return found


# Files ----------------------------------------------------------------------------------------------------------------


def encoded(
    frames: Frames, fps: float = 24, how: str = f"{H264} -crf 20", steps: str = "", ending: str = "mp4"
) -> bytes:
    """A clip's file; ``steps`` are filters of ffmpeg, ``how`` its options for the codec."""
    width, height = frames[0].size
    with tempfile.TemporaryDirectory() as folder:
        to = Path(folder) / f"clip.{ending}"
        raw = f"-v error -y -f rawvideo -pix_fmt rgb24 -s {width}x{height} -r {fps} -i -".split()
        filters = ["-vf", steps] if steps else []
        command = [imageio_ffmpeg.get_ffmpeg_exe(), *raw, *filters, *how.split(), str(to)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE)
        assert process.stdin is not None
        with process:
            for frame in frames:
                process.stdin.write(frame.tobytes())
            process.stdin.close()
        assert process.returncode == 0, command
        return to.read_bytes()


def remade(clip: bytes, told: str, ending: str = "mp4", before: str = "") -> bytes:
    """A clip through ffmpeg once more."""
    with tempfile.TemporaryDirectory() as folder:
        source, to = Path(folder) / "source", Path(folder) / f"clip.{ending}"
        source.write_bytes(clip)
        start = f"-v error -y {before} -i {source} {told} {to}".split()
        subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *start], check=True)
        return to.read_bytes()


def sounding(clip: bytes, sound: str, filters: str = "anull") -> bytes:
    """A clip with a sound track: a source of ffmpeg's lavfi, through filters."""
    with tempfile.TemporaryDirectory() as folder:
        source, to = Path(folder) / "source", Path(folder) / "clip.mov"
        source.write_bytes(clip)
        told = ["-v", "error", "-y", "-i", str(source), "-f", "lavfi", "-i", sound, "-af", filters]
        rest = ["-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "pcm_s16le", "-shortest", str(to)]
        subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *told, *rest], check=True)
        return to.read_bytes()


def file(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """An image's file."""
    to = io.BytesIO()
    image.save(to, kind, **options)
    return to.getvalue()
