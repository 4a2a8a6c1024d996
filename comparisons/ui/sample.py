"""Draws the sample first frame of the page: a paper boat on a rain puddle at dusk.

``python -m comparisons.ui.sample`` writes ``sample.jpg`` beside this file, the same bytes every time, and
``sample-shown.webp``, a small copy for the page. It is drawn, not photographed, so that it belongs to nobody else, and
at twice its size, so that edges are smooth.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

PROMPT = "A paper boat drifts across a rain puddle at dusk, lamp light trembling on the water. [Push in]"
PATH = Path(__file__).with_name("sample.jpg")
"""The image that is sent to providers. Its bytes must not change: plans are told apart by the hash of their image."""
SHOWN = Path(__file__).with_name("sample-shown.webp")
SIZE = 1366, 768
SHOWN_SIZE = 640, 360
"""Pixels; twice the size at which a field shows it, for dense screens."""

_W, _H = SIZE[0] * 2, SIZE[1] * 2
_SHORE = int(_H * 0.40)
_BOAT = (_W * 0.565, _H * 0.665, _W * 0.135)  # middle of the water line, half length
_Pixels = NDArray[np.floating]

_NIGHT = (22, 28, 58)
_AMBER = (255, 176, 92)


@dataclass(frozen=True)
class _Facet:
    """One folded surface of the boat: corners in half lengths from its middle, shades left to right."""

    corners: tuple[tuple[float, float], ...]
    left: tuple[int, int, int]
    right: tuple[int, int, int]


_FACETS = (
    _Facet(((-1, -0.27), (0.0, -0.14), (1, -0.27), (0.5, 0.1), (-0.5, 0.1)), (86, 84, 122), (150, 112, 104)),
    _Facet(((0.02, -0.80), (-0.43, 0.0), (0.02, 0.08)), (160, 160, 200), (214, 202, 212)),
    _Facet(((0.02, -0.80), (0.02, 0.08), (0.43, 0.0)), (252, 232, 206), (244, 198, 154)),
    _Facet(((-1, -0.27), (-0.55, 0.24), (0.02, 0.27), (0.02, 0.02)), (128, 130, 176), (188, 178, 198)),
    _Facet(((0.02, 0.02), (0.02, 0.27), (0.55, 0.24), (1, -0.27)), (236, 210, 188), (255, 200, 146)),
)


def draw() -> Image.Image:
    """The frame, 1366 x 768."""
    rng = np.random.default_rng(20)
    street = _street(rng)
    scene = np.concatenate([street, _water(street, rng)])
    scene = _ground(scene, rng)
    scene = _float_boat(scene, rng)
    return _finished(scene, rng)


def write(path: Path = PATH, shown: Path = SHOWN) -> None:
    draw().save(path, "JPEG", quality=88, optimize=True, progressive=True)
    with Image.open(path) as whole:
        whole.resize(SHOWN_SIZE, Image.Resampling.LANCZOS).save(shown, "WEBP", quality=75, method=6)


# Above the water


def _street(rng: np.random.Generator) -> _Pixels:
    """A street out of focus: dusk sky, houses with lit windows, lamps down both sides."""
    rows = np.linspace(0, 1, _SHORE)
    stops = np.array([_NIGHT, (58, 52, 104), (150, 86, 120), (242, 150, 104)], float)
    sky = np.stack([np.interp(rows, (0, 0.35, 0.68, 1), stops[:, channel]) for channel in range(3)], axis=-1)
    image = Image.fromarray(np.repeat(sky[:, None], _W, axis=1).astype(np.uint8))
    _houses(ImageDraw.Draw(image), rng)
    street = np.asarray(image.filter(ImageFilter.GaussianBlur(13)), np.float32)
    return _screen(street, _lamps(rng))


def _houses(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    for side in (-1, 1):
        for far in np.linspace(1, 0, 9):
            near = 1 - far
            x = _W * (0.52 + side * (0.055 + 0.5 * near**1.3))
            width, height = _W * (0.05 + 0.12 * near), _SHORE * (0.22 + 0.72 * near) * rng.uniform(0.85, 1.1)
            shade = tuple(int(64 * far + 24 * near + tint) for tint in (10 * far, 0, 26))
            left, top = (x - width, x)[side > 0], _SHORE - height
            draw.rectangle((left, top, left + width, _SHORE), fill=shade)
            _windows(draw, (left, top, width, height), near, rng)


def _windows(draw: ImageDraw.ImageDraw, house: tuple[float, ...], near: float, rng: np.random.Generator) -> None:
    left, top, width, height = house
    size = 9 + 26 * near
    for x in np.arange(left + size, left + width - size, size * 2.1):
        for y in np.arange(top + size, top + height - size, size * 2.6):
            if rng.random() < 0.34:
                warm = rng.uniform(0.55, 1)
                color = int(255 * warm), int(196 * warm), int(112 * warm)
                draw.rectangle((x, y, x + size * 0.8, y + size * 1.3), fill=color)


def _lamps(rng: np.random.Generator) -> _Pixels:
    """Lamps as a lens out of focus shows them: discs, a little brighter at the rim, larger the nearer."""
    light = np.zeros((_SHORE, _W, 3), np.float32)
    for side in (-1, 1):
        for near in (0.06, 0.13, 0.22, 0.34, 0.52, 0.8):
            x = _W * (0.52 + side * (0.02 + 0.52 * near)) + rng.uniform(-8, 8)
            _disc(light, x, _SHORE * (0.80 - 0.62 * near), 15 + 74 * near, _AMBER, 0.95 - 0.45 * near)
    colors = (_AMBER, (255, 214, 150), (255, 120, 92), (146, 176, 255), (255, 150, 120))
    for _ in range(34):
        x, y = rng.uniform(0, _W), _SHORE * rng.uniform(0.55, 0.97)
        _disc(light, x, y, rng.uniform(9, 34), colors[rng.integers(len(colors))], rng.uniform(0.18, 0.5))
    glow = _blurred(light, 90) * 1.5
    return _blurred(light, 2.5) + glow


def _disc(light: _Pixels, x: float, y: float, radius: float, color: tuple[int, int, int], strength: float) -> None:
    top, left = max(0, int(y - radius - 3)), max(0, int(x - radius - 3))
    part = light[top : int(y + radius + 4), left : int(x + radius + 4)]
    rows, columns = np.mgrid[top : top + part.shape[0], left : left + part.shape[1]]
    away = np.hypot(columns - x, rows - y) / radius
    cover = np.clip((1 - away) * radius / 2, 0, 1) * (0.62 + 0.38 * away**4)
    part += (cover * strength)[..., None] * np.array(color, np.float32)


# The water


def _water(street: _Pixels, rng: np.random.Generator) -> _Pixels:
    """The street upside down, drawn out towards the viewer and broken by ripples."""
    height = _H - _SHORE
    reach = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    swell, chop = _noise(rng, 60, 5, height), _noise(rng, 190, 16, height)
    rings = _rings(height)
    rows = reach**0.86 * _SHORE * 0.98 + (swell * 34 + chop * 15) * (0.10 + reach) + rings * 30
    columns = np.arange(_W)[None, :] + (chop * 26 + swell * 18) * (0.05 + reach) + rings * 22
    rows, columns = np.clip(_SHORE - 1 - rows, 0, _SHORE - 1), np.clip(columns, 0, _W - 1)
    mirrored = street[rows.astype(np.intp), columns.astype(np.intp)]
    # Looked at steeply, near the viewer, water mirrors less and shows its dark depth.
    depth = np.array((13, 17, 36), np.float32)
    water = depth + (mirrored * np.array((0.90, 0.93, 1.0)) - depth) * (0.94 - 0.42 * reach**1.5)[..., None]
    glint = np.clip(chop + rings * 1.6 - 0.55, 0, 1) * (0.3 + 0.7 * reach)
    shown: _Pixels = water + glint[..., None] * np.array((92, 84, 108), np.float32)
    return shown


def _rings(height: int) -> _Pixels:
    """Slopes of the ripples the boat and two last drops of rain send out."""
    rows, columns = np.mgrid[_SHORE : _SHORE + height, 0:_W].astype(np.float32)
    slopes = np.zeros((height, _W), np.float32)
    drops = ((*_BOAT[:2], 0.9, 300), (_W * 0.23, _H * 0.80, 0.8, 120), (_W * 0.86, _H * 0.87, 0.7, 100))
    for x, y, strength, size in drops:
        away = np.hypot(columns - x, (rows - y) * 3.1)
        slopes += strength * np.sin(away / size * 15) * np.exp(-(((away - size * 1.2) / (size * 0.75)) ** 2))
    return slopes


def _ground(scene: _Pixels, rng: np.random.Generator) -> _Pixels:
    """Wet asphalt around the puddle: along the far shore and in the near corners."""
    rows, columns = np.mgrid[0:_H, 0:_W].astype(np.float32)
    rough = _noise(rng, 14, 12, _H) * 0.5 + _noise(rng, 60, 46, _H) * 0.16
    across, down = (columns / _W - 0.53) / 0.60, (rows / _H - 0.70) / 0.285
    edge = np.abs(across) ** 2.4 + np.abs(down) ** 2.4 + rough * 0.42 - 1
    # The far shore lies out of focus: it fades in, and its grit cannot be made out.
    near = np.clip((rows - _SHORE) / (_H - _SHORE), 0, 1)
    cover = np.clip(edge * 26, 0, 1) * np.clip(near * 14, 0, 1) ** 1.5
    grit = _blurred(rng.normal(0, 1, (_H, _W, 1)).astype(np.float32).repeat(3, axis=2), 1.4)[..., 0]
    grit *= np.clip(near * 2.2, 0.12, 1)
    asphalt = np.array((26, 26, 40), np.float32) * (1 - 0.45 * near + grit * 0.8)[..., None]
    sheen = _blurred(scene, 46) * (0.34 * (1 - near) + 0.05 + np.clip(grit - 0.3, 0, 1) * 0.9)[..., None]
    rim = np.exp(-((edge * 26 - 0.4) ** 2) * 1.2) * 0.25
    wet = (asphalt + sheen) * (1 + rim)[..., None]
    shown: _Pixels = scene + (wet - scene) * cover[..., None]
    return shown


# The boat


def _float_boat(scene: _Pixels, rng: np.random.Generator) -> _Pixels:
    boat, alpha = _boat()
    x, y, _ = _BOAT
    line = int(y)
    depth = min(_H - line, 430)
    mirrored, shadow = boat[line - depth : line][::-1], alpha[line - depth : line][::-1]
    ripple = _noise(rng, 150, 9, _H)[:depth]
    away = np.linspace(0, 1, depth, dtype=np.float32)[:, None]
    columns = np.clip(np.arange(_W)[None, :] + ripple * (6 + 58 * away), 0, _W - 1).astype(np.intp)
    rows = np.clip(np.arange(depth)[:, None] * 1.12 + ripple * 16 * away, 0, depth - 1).astype(np.intp)
    below = scene[line : line + depth]
    share = shadow[rows, columns] * (0.80 - 0.55 * away)
    below += (mirrored[rows, columns] * 0.62 - below) * share[..., None]
    _contact(scene, x, y)
    scene[: line + 9] += (boat[: line + 9] - scene[: line + 9]) * alpha[: line + 9, :, None]
    return scene


def _contact(scene: _Pixels, x: float, y: float) -> None:
    """The dark where hull meets water: without it the boat hovers."""
    rows, columns = np.mgrid[0:_H, 0:_W].astype(np.float32)
    near = ((columns - x) / (_BOAT[2] * 0.72)) ** 2 + ((rows - y - 10) / 20) ** 2
    scene *= (1 - 0.62 * np.exp(-near))[..., None]


def _boat() -> tuple[_Pixels, _Pixels]:
    """The boat on an empty canvas, and how much it covers of each pixel."""
    x, y, half = _BOAT
    picture, alpha = np.zeros((_H, _W, 3), np.float32), np.zeros((_H, _W), np.float32)
    shade = np.clip((np.arange(_W) - x) / half / 2 + 0.5, 0, 1)[None, :, None]
    lower = np.clip((np.arange(_H) - y) / half + 0.5, 0, 1)[:, None, None]
    for facet in _FACETS:
        mask = Image.new("L", (_W, _H))
        ImageDraw.Draw(mask).polygon([_placed(corner) for corner in facet.corners], fill=255)
        blurs = (mask.filter(ImageFilter.GaussianBlur(radius)) for radius in (1.2, 16))
        cover, shadow = (np.asarray(blur, np.float32) / 255 for blur in blurs)
        # Each fold shades the paper behind it, which is what tells one white from the next.
        picture *= (1 - 0.34 * shadow)[..., None]
        left, right = np.array(facet.left, np.float32), np.array(facet.right, np.float32)
        paper = (left + (right - left) * shade) * (1.04 - 0.34 * lower)
        picture += (paper - picture) * cover[..., None]
        alpha = np.maximum(alpha, cover)
    # Colors reach past the edge, so that smoothing it later does not mix in the empty canvas.
    return np.where(alpha[..., None] > 0.02, picture / np.maximum(alpha, 0.02)[..., None], 0), alpha


def _placed(corner: tuple[float, float]) -> tuple[float, float]:
    """A corner of the boat on the canvas: it heels a little, and its hull reaches just under the water."""
    x, y, half = _BOAT
    lean = np.radians(-3.5)
    across, down = corner[0], corner[1] - 0.20
    turned = across * np.cos(lean) - down * np.sin(lean), across * np.sin(lean) + down * np.cos(lean)
    return float(x + half * turned[0]), float(y + half * turned[1])


# The film


def _finished(scene: _Pixels, rng: np.random.Generator) -> Image.Image:
    """Light spilling from the brightest parts, a vignette, grain; then down to size."""
    scene = _screen(scene, np.clip(_blurred(scene, 34) - 70, 0, 255) * 0.42)
    image = Image.fromarray(np.clip(scene, 0, 255).astype(np.uint8)).resize(SIZE, Image.Resampling.LANCZOS)
    rows, columns = np.mgrid[-1 : 1 : SIZE[1] * 1j, -1 : 1 : SIZE[0] * 1j]
    vignette = 1 - 0.34 * np.clip(columns**2 * 0.62 + rows**2 * 0.55, 0, 1) ** 1.4
    grain = rng.normal(0, 1.6, (SIZE[1], SIZE[0], 1))
    film = np.asarray(image, np.float32) * vignette[..., None] + grain
    film = 255 * np.clip(film / 255, 0, 1) ** 0.94
    return Image.fromarray(film.round().astype(np.uint8))


def _noise(rng: np.random.Generator, rows: int, columns: int, height: int) -> _Pixels:
    """Smooth noise as wide as the canvas, about -1 to 1; few columns and many rows lie flat like water."""
    grid = Image.fromarray(rng.normal(0, 0.5, (rows, columns)).astype(np.float32))
    return np.asarray(grid.resize((_W, height), Image.Resampling.BICUBIC))


def _blurred(picture: _Pixels, radius: float) -> _Pixels:
    """Blurred by so many pixels; large radii on a smaller copy, where it cannot be told apart."""
    times = max(1, int(radius // 8))
    height, width = picture.shape[:2]
    small = width // times, height // times
    planes = []
    for channel in range(3):
        plane = Image.fromarray(np.ascontiguousarray(picture[..., channel]))
        spread = np.asarray(plane.resize(small, Image.Resampling.BOX), np.float32)
        for _ in range(3):
            spread = _boxed(_boxed(spread, radius / times).T, radius / times).T
        planes.append(Image.fromarray(spread).resize((width, height), Image.Resampling.BICUBIC))
    return np.stack([np.asarray(plane) for plane in planes], axis=-1)


def _boxed(plane: _Pixels, radius: float) -> _Pixels:
    """Each row averaged over a box; three of these in turn come close to a Gaussian."""
    reach = max(1, round(radius))
    padded = np.pad(plane, ((0, 0), (reach + 1, reach)), mode="edge").cumsum(axis=1, dtype=np.float64)
    sums: _Pixels = padded[:, 2 * reach + 1 :] - padded[:, : -2 * reach - 1]
    return (sums / (2 * reach + 1)).astype(np.float32)


def _screen(picture: _Pixels, light: _Pixels) -> _Pixels:
    """Light added the way film does: it brightens, but never burns out."""
    return 255 - (255 - np.clip(picture, 0, 255)) * (255 - np.clip(light, 0, 255)) / 255


if __name__ == "__main__":
    write()
    print(f"{PATH.name}: {PATH.stat().st_size / 1000:.0f} kB")
