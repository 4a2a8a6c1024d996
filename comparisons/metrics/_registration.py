"""Finds the part of the given image that a frame shows, to a small part of a pixel."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from comparisons.metrics._grids import Floats, Window, resampled
from comparisons.metrics._search import centred, fine, fits, likely

LEVELS = (80 * 45, 160 * 90, 320 * 180)
"""The pixels of the frame at which it is fitted, one after the other."""
ROUNDS = 24
CLOSE = 0.01
"""A change by less, in pixels, is the end of a level."""
SURE, FOUND = 0.85, 0.35
"""The correlation of fine structure from which on nothing else is searched for, and below which it is not the image."""
TUKEY = 4.685
"""How many spreads of the usual misfit a pixel may be off before it does not count (Tukey's biweight)."""
TRIED = 4
"""How many parts that a rough search finds are looked at more closely."""
ROUGH = 400 * 225
"""The pixels of the image that all but the last level needs."""


@dataclass(frozen=True)
class Registered:
    """The part of the image that a frame shows, and how well the two agree, at most 1."""

    window: Window
    likeness: float

    @property
    def found(self) -> bool:
        return self.likeness >= FOUND


def register(frame: Floats, image: Floats) -> Registered:
    """Lays a frame over the image, both in luma and with square pixels.

    What is tried first is that the frame shows all of it, by each of the ways to fit the one into the other.
    """
    ways = [centred(*each) for each in fits(frame.shape, image.shape)]
    small, rough = resampled(frame, level(frame, LEVELS[2])), resampled(image, level(image, ROUGH))
    best = _best(small, rough, ways)
    if best.likeness < SURE:
        best = max(best, _best(small, rough, likely(small, rough, TRIED)), key=lambda each: each.likeness)
    window = _fitted(small, image, best.window, LEVELS[2])
    again = Registered(window, _likeness(small, rough, window))
    return max(best, again, key=lambda each: each.likeness)


def _best(frame: Floats, image: Floats, windows: list[Window]) -> Registered:
    found = []
    for window in windows:
        for area in LEVELS[:2]:
            window = _fitted(frame, image, window, area)
        found.append(Registered(window, _likeness(frame, image, window)))
    return max(found, key=lambda each: each.likeness)


def level(frame: Floats, area: int) -> tuple[int, int]:
    """Width and height of a frame with about so many pixels, no more than it has."""
    shrink = min(1.0, math.sqrt(area / frame.size))
    return max(16, round(frame.shape[1] * shrink)), max(16, round(frame.shape[0] * shrink))


def _fitted(frame: Floats, image: Floats, window: Window, area: int) -> Window:
    """Gauss and Newton's way to the window in which the image is most like the frame, whatever gain and offset."""
    width, height = level(frame, area)
    wanted = resampled(frame, (width, height))
    near = _shrunk(image, window, (width, height))
    weights: Floats = np.ones_like(wanted)
    for _ in range(ROUNDS):
        step, weights = _step(wanted, resampled(near, (width, height), window), window, weights)
        moved = _moved(window, step)
        if moved is None:
            return window
        window = moved
        if max((abs(step[0]) + abs(step[1])) * width, (abs(step[2]) + abs(step[3])) * height) < CLOSE:
            break
    return window


def _shrunk(image: Floats, window: Window, size: tuple[int, int]) -> Floats:
    """The image with a little more pixels than a frame of this size shows of it: quicker to look at again and again."""
    across, down = window.right - window.left, window.bottom - window.top
    wanted = math.ceil(1.5 * size[0] / across), math.ceil(1.5 * size[1] / down)
    return resampled(image, (min(wanted[0], image.shape[1]), min(wanted[1], image.shape[0])))


def _step(wanted: Floats, shown: Floats, window: Window, weights: Floats) -> tuple[list[float], Floats]:
    """By how much the middle and the extent of the window should change, across and down, and what counts then."""
    x, y = _places(wanted.shape[1]) - 0.5, _places(wanted.shape[0])[:, None] - 0.5
    slope_down, slope_across = np.gradient(shown)
    slope_across = slope_across * (wanted.shape[1] / (window.right - window.left))
    slope_down = slope_down * (wanted.shape[0] / (window.bottom - window.top))
    columns = [slope_across, slope_across * x, slope_down, slope_down * y, shown, np.ones_like(shown)]
    ground = np.stack([each.ravel() for each in columns])
    counted = (weights * inside(window, wanted.shape[::-1])).ravel()
    weighed = ground * counted
    normal = np.einsum("in,jn->ij", weighed, ground, dtype=np.float64)  # a product of matrices would start threads
    normal += np.diag(normal.diagonal() * 1e-6 + 1e-9)
    found = np.linalg.solve(normal, np.einsum("in,n->i", weighed, wanted.ravel(), dtype=np.float64))
    misfit = np.abs(wanted.ravel() - np.einsum("in,i->n", ground, found.astype(np.float32)))
    usual = 1.4826 * float(np.median(misfit[counted > 0])) if (counted > 0).any() else 1.0
    share = np.clip(misfit / (TUKEY * max(usual, 0.5)), 0, 1)
    gain = float(found[4])
    changes = [float(each) / gain for each in found[:4]] if gain > 0.05 else [0.0] * 4
    return changes, ((1 - share**2) ** 2).reshape(wanted.shape).astype(np.float32)


def _moved(window: Window, step: list[float]) -> Window | None:
    """The window changed; None where it would leave what is plausible."""
    across = window.right - window.left + _bounded(step[1])
    down = window.bottom - window.top + _bounded(step[3])
    x = (window.left + window.right) / 2 + _bounded(step[0])
    y = (window.top + window.bottom) / 2 + _bounded(step[2])
    if not (0.3 < across < 4 and 0.3 < down < 4 and -0.3 < x < 1.3 and -0.3 < y < 1.3):
        return None
    return Window(x - across / 2, x + across / 2, y - down / 2, y + down / 2)


def _bounded(change: float) -> float:
    return max(-0.05, min(0.05, change))


def inside(window: Window, size: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Which pixels of a frame of this size lie wholly within the image."""
    return np.logical_and.outer(
        _within(window.top, window.bottom, size[1]), _within(window.left, window.right, size[0])
    )


def _within(start: float, stop: float, count: int) -> npt.NDArray[np.bool_]:
    edges = np.linspace(start, stop, count + 1)
    near = (stop - start) / count / 2
    return (edges[:-1] >= -near) & (edges[1:] <= 1 + near)


def _places(count: int) -> Floats:
    return ((np.arange(count) + 0.5) / count).astype(np.float32)


def _likeness(frame: Floats, image: Floats, window: Window) -> float:
    """The correlation of fine structure where the two lie over each other."""
    size = level(frame, LEVELS[1])
    counted = inside(window, size)
    if counted.mean() < 0.2:
        return -1.0
    one, two = fine(resampled(frame, size))[counted], fine(resampled(image, size, window))[counted]
    one, two = one - one.mean(), two - two.mean()
    return float((one * two).mean() / max(1e-6, math.sqrt((one**2).mean() * (two**2).mean())))
