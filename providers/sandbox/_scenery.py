"""Paints a first frame for prompts without one: scenery in layered gradients, calm and seeded by the words."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_Pixels = NDArray[np.floating]


def seeded(*words: object) -> Random:
    return Random(hashlib.sha256(repr(words).encode()).digest())


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


def paint(prompt: str, provider: str, width: int, height: int) -> Image.Image:
    """A calm landscape: the prompt's words choose the mood, its hash the scene, the provider the vantage."""
    scene, vantage = seeded("scene", prompt), seeded("vantage", provider, prompt)
    words = set(re.findall(r"[a-z]+", prompt.lower()))
    fitting = [mood for mood in _MOODS if words & set(mood.words.split())]
    mood = scene.choice(fitting or _MOODS)
    shore = scene.uniform(0.66, 0.76) if words & set(_WET.split()) or scene.random() < 0.4 else None
    canvas = _Canvas(width, height, np.random.default_rng(vantage.getrandbits(64)))
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
        clouds = np.zeros((height, width), np.float32)
        for k in range(1, 5):
            clouds += self._noise(3 * 2**k, 2 * 2**k, height, width) / 1.7**k
        return clouds

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
        heights: _Pixels = (sides * tall[:, None]).max(axis=0)
        return heights


def _rgb(color: int) -> _Pixels:
    return np.array([color >> 16, color >> 8 & 255, color & 255], np.float32)[:, None, None]
