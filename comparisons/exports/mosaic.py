"""Makes ``grid.mp4``: all clips of a run side by side, labeled, on one time axis.

Everything that does not move (labels, title) is one picture, drawn and converted once; ffmpeg stacks bands of it with
the clips. So each pixel is copied once per frame and nothing is blended; to overlay six clips on a full picture, one
after the other, took a quarter more processor time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path

from PIL import Image, ImageDraw

from comparisons.exports import drawn_text
from comparisons.media import SAYING_SO, VIDEO, as_shown, ffmpeg
from comparisons.records import MediaInfo

WIDTH, HEIGHT = 1920, 1080
"""The largest size of a grid, in pixels."""
COLUMNS = 4
"""The most columns, unless very many clips need more to keep their cells large."""
GAP, HEADER = 8, 56
"""Pixels between cells, and of the title's height."""
NARROWEST = 320
"""A cell is at least so many pixels wide, if there is room, so that its label is legible however small clips are."""
SMALLEST = 160
"""A cell whose longer side has fewer pixels shows nothing that is worth comparing."""
MOST_FPS = 30.0
"""The most frames per second of a grid."""
HAIR_S, STAMP_S = 0.00001, 0.001
"""How many seconds computed times, and times stamped in a file, may be off by rounding: a picture that begins no more
than that after a frame of the grid counts as begun."""
ROOM, CELL, INK, QUIET, ACCENT = (20, 20, 20), (48, 48, 48), (236, 236, 236), (184, 184, 184), (232, 165, 58)
SANDBOX = "SANDBOX"


@dataclass(frozen=True)
class Tile:
    """One clip and the two lines under it."""

    clip: Path
    media: MediaInfo
    name: str
    facts: str


@dataclass(frozen=True)
class Layout:
    """Where everything is, in even pixels. ``spots`` are the upper left corners of the cells."""

    width: int
    height: int
    cell: tuple[int, int]
    label: int
    spots: tuple[tuple[int, int], ...]


def layout(infos: Sequence[MediaInfo]) -> Layout:
    """The layout whose cells are largest; they are no larger than the largest clip needs."""
    shape = sorted(info.width / info.height for info in infos)[len(infos) // 2]
    widest = max(NARROWEST, *(max(info.width, round(info.height * shape)) for info in infos))
    count = len(infos)
    most = min(count, max(COLUMNS, math.ceil(math.sqrt(count * WIDTH / HEIGHT))))
    fits = [(*_cell(count, columns, shape, widest), columns) for columns in range(1, most + 1)]
    width, height, columns = max(fits, key=lambda fit: (fit[0], fit[2]))
    rows, label = math.ceil(count / columns), _label_height(width)
    spots = tuple(
        (GAP + (i % columns) * (width + GAP), HEADER + (i // columns) * (height + label + GAP)) for i in range(count)
    )
    total = GAP + columns * (width + GAP), HEADER + rows * (height + label + GAP)
    return Layout(*total, (width, height), label, spots)


def is_useful(where: Layout) -> bool:
    """Whether the cells are large enough to see anything; with very many clips they are not."""
    return max(where.cell) >= SMALLEST


def _cell(count: int, columns: int, shape: float, widest: int) -> tuple[int, int]:
    """The largest cell of this shape with which ``count`` cells fit into the frame in so many ``columns``."""
    rows = math.ceil(count / columns)
    across = (WIDTH - GAP) // columns - GAP
    down = (HEIGHT - HEADER) // rows - GAP - _label_height(across)
    width = min(across, widest, down * shape)
    return max(2, _even(width)), max(2, _even(width / shape))


def _label_height(width: int) -> int:
    return 48 if width >= NARROWEST else 40


def _even(value: float) -> int:
    return 2 * int(value / 2)


def backdrop(tiles: Sequence[Tile], where: Layout, title: str, *, simulated: bool) -> Image.Image:
    """The picture of everything that does not move: the title, and the cells with their labels."""
    image = Image.new("RGB", (where.width, where.height), ROOM)
    left = 2 * GAP
    if simulated:
        left += round(drawn_text.write(image, (left, 36), SANDBOX, 18, ACCENT, where.width // 2)) + 2 * GAP
    drawn_text.write(image, (left, 36), title, 20, INK, where.width - left - 2 * GAP)
    for tile, spot in zip(tiles, where.spots, strict=True):
        _draw_cell(image, tile, spot, where, simulated)
    return image


def _draw_cell(image: Image.Image, tile: Tile, spot: tuple[int, int], where: Layout, simulated: bool) -> None:
    (x, y), (width, height) = spot, where.cell
    ImageDraw.Draw(image).rectangle((x, y, x + width - 1, y + height - 1), fill=CELL)
    size = 16 if where.label >= 48 else 13
    base = y + height + size + 3
    drawn_text.write(image, (x, base), tile.name, size, INK, width)
    below, marked = base + size + 4, 0.0
    if simulated:
        marked = drawn_text.write(image, (x + width, below), SANDBOX, size - 3, ACCENT, width // 2, right=True) + GAP
    drawn_text.write(image, (x, below), tile.facts, size - 2, QUIET, width - marked)


def rate(infos: Sequence[MediaInfo]) -> Fraction:
    """Frames per second of the grid: those of the fastest clip, at most 30. Clips with uneven frames count as 30."""
    fastest = max(MOST_FPS if info.variable else info.fps for info in infos)
    return Fraction(min(MOST_FPS, fastest) or MOST_FPS).limit_denominator(1001)


def frames(infos: Sequence[MediaInfo]) -> int:
    """How many frames the grid has: as many as the longest clip needs."""
    return max(1, math.ceil(max(info.duration_s for info in infos) * rate(infos) - 1e-6))


def graph(where: Layout, fps: Fraction, infos: Sequence[MediaInfo]) -> str:
    """ffmpeg's filtergraph. Input 0 is the picture, the clips follow. A clip that is over keeps its last frame.

    Each clip begins with its first picture, whatever time the file states for it, and at each moment shows the last
    picture that has begun, as the player does.
    """
    (width, height), color = where.cell, "0x{:02x}{:02x}{:02x}"
    count, bands = len(where.spots), _bands(where)
    steps = [f"[0:v]scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,split={len(bands)}" + _named("b", bands)]
    steps += [f"[b{i}]crop={where.width}:{tall}:0:{top}[s{i}]" for i, (top, tall) in enumerate(bands)]
    steps += [
        f"[{i + 1}:V:0]{_from_its_first(info)},fps={fps}:round=up,{as_shown(info)}{_within(width, height)}"
        f",setsar=1,pad={width}:{height}:-1:-1:{color.format(*CELL)},format=yuv420p[c{i}]"
        for i, info in enumerate(infos)
    ]
    places = "|".join(f"{x}_{y}" for x, y in (*where.spots, *((0, top) for top, _ in bands)))
    inputs = _named("c", where.spots) + _named("s", bands)
    stack = f"xstack=inputs={count + len(bands)}:layout={places}:fill={color.format(*ROOM)}"
    return ";".join([*steps, f"{inputs}{stack},{SAYING_SO}[grid]"])


def _from_its_first(info: MediaInfo) -> str:
    """The filter that sets when each picture begins, counted from the first: by the rate if the clip is even, which is
    more precise than its stamps, else by its stamps."""
    rate = Fraction(info.fps).limit_denominator(1001)
    steady = rate and info.variable is False
    begins = f"N/({rate}*TB)-{HAIR_S}/TB" if steady else f"PTS-STARTPTS-{STAMP_S}/TB"
    held = f"gte(N,{info.frames})/TB"  # the last picture is held for a second, so that the grid has it
    return f"settb=1/1000000,setpts='{begins}+{held}'"


def _within(width: int, height: int) -> str:
    """The filter that scales a clip to the largest even size that fits into a cell and keeps its shape."""
    across = f"2*max(1\\,round(min({width}\\,{height}*dar)/2))"
    return f"scale=w='{across}':h='min({height}\\,2*max(1\\,round(ow/dar/2)))':{VIDEO}"


def _named(letter: str, of: Sequence[object]) -> str:
    return "".join(f"[{letter}{i}]" for i in range(len(of)))


def _bands(where: Layout) -> list[tuple[int, int]]:
    """The bands of the picture that stay visible, as upper edge and height: the title, and the labels of each row."""
    rows = sorted({y + where.cell[1] for _, y in where.spots})
    return [(0, HEADER), *((top, where.label + GAP) for top in rows)]


def arguments(tiles: Sequence[Tile], where: Layout, picture: Path, title: str) -> list[str]:
    """The arguments of ffmpeg, without the file to write."""
    infos = [tile.media for tile in tiles]
    still = ["-f", "image2", "-pattern_type", "none", "-framerate", str(rate(infos)), "-i", str(picture)]
    clips = chain.from_iterable(("-i", str(tile.clip)) for tile in tiles)
    h264 = "-an -c:v libx264 -preset veryfast -crf 23 -pix_fmt yuv420p -movflags +faststart -f mp4"
    shown = ["-filter_complex", graph(where, rate(infos), infos), "-map", "[grid]", "-frames:v", str(frames(infos))]
    return [*still, *clips, *shown, *h264.split(), "-metadata", f"title={drawn_text.plain(title)}"]


def render(tiles: Sequence[Tile], title: str, to: Path, *, simulated: bool) -> Path:
    """Makes the grid of these clips. During that, the picture of the labels is in the folder of ``to``.

    Raises:
        BrokenClip: a clip cannot be decoded.
    """
    where = layout([tile.media for tile in tiles])
    picture = to.with_suffix(".labels.png")
    try:
        backdrop(tiles, where, title, simulated=simulated).save(picture, compress_level=1)
        name = f"{SANDBOX} (simulated): {title}" if simulated else title
        return ffmpeg.compose(arguments(tiles, where, picture, name), to)
    finally:
        picture.unlink(missing_ok=True)
