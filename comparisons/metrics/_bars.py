"""Bars: flat strips along the edges that stay what they are through the whole clip and end at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from comparisons.metrics._grids import Bytes, Floats, Window

FLAT, STEADY = 3.0, 3.0
"""How far the luma of a bar may spread within a line, and its mean over lines and frames, in levels of 255."""
SUDDEN = 6.0
"""By how much the picture beside a bar must differ from it."""
BLACK = 24.0
"""A bar that is brighter counts only if there is one like it at the opposite edge: skies are flat too."""
SHALLOWEST, DEEPEST = 0.01, 0.45
"""The shares of the picture's side between which a bar may take: a single dark line is none."""
MOST_FRAMES = 0.97
"""In so many of all frames it must be there: one or two may be damaged."""


@dataclass(frozen=True)
class Lines:
    """The mean luma and its spread of every line of every frame, from one edge of the picture inwards."""

    mean: Floats
    spread: Floats

    def turned(self) -> Lines:
        """From the opposite edge."""
        return Lines(self.mean[:, ::-1], self.spread[:, ::-1])


def lines(frames: Bytes) -> tuple[Lines, Lines]:
    """Rows from the top, and columns from the left."""
    luma = frames.astype(np.float32)
    return Lines(luma.mean(2), luma.std(2)), Lines(luma.mean(1), luma.std(1))


def joined(parts: list[Lines]) -> Lines:
    """One after another in time."""
    return Lines(np.concatenate([each.mean for each in parts]), np.concatenate([each.spread for each in parts]))


def picture_within(rows: Lines, columns: Lines, first: Bytes) -> Window:
    """The part of the frame between its bars; all of it where there are none.

    Args:
        first: the luma of the first frame at full size, in which a bar's end is found to the pixel.
    """
    top, bottom = _pair(rows, first)
    left, right = _pair(columns, first.T)
    return Window(left, 1 - right, top, 1 - bottom)


def share(picture: Window) -> float:
    """The share of the area that bars take."""
    return 1 - (picture.right - picture.left) * (picture.bottom - picture.top)


def without(picture: Window, false: list[str]) -> Window:
    """The part of the frame where these bars are none."""
    whole = Window()
    return replace(picture, **{edge: getattr(whole, edge) for edge in false})


def _pair(seen: Lines, first: Bytes) -> tuple[float, float]:
    """The shares that a bar at the beginning and one at the end take of all lines."""
    depths = []
    for each, shown in ((seen, first), (seen.turned(), first[::-1])):
        depth = _depth(each)
        depths.append(_exact(each, depth, shown) if depth else 0.0)
    levels = [float(np.median(each.mean[:, 0])) for each in (seen, seen.turned())]
    alike = all(depths) and abs(levels[0] - levels[1]) < STEADY
    kept = [depth if level < BLACK or alike else 0.0 for depth, level in zip(depths, levels, strict=True)]
    return kept[0], kept[1]


def _depth(seen: Lines) -> int:
    """How many lines from the edge are flat and steady in nearly all frames, if the picture begins at once after."""
    level = np.median(seen.mean[:, 0])
    flat = (seen.spread < FLAT) & (np.abs(seen.mean - level) < STEADY)
    always = flat.mean(0) >= MOST_FRAMES
    depth = int(always.argmin()) if not always.all() else 0
    if not SHALLOWEST * len(always) < depth < DEEPEST * len(always):
        return 0
    inside = np.hypot(seen.spread, seen.mean - level)[:, depth + 1]
    return depth if np.median(inside) > SUDDEN else 0


def _exact(seen: Lines, depth: int, first: npt.NDArray[np.uint8]) -> float:
    """The bar's share of all lines, by the first frame at full size if that shows where it ends."""
    count, full = int(seen.mean.shape[1]), len(first)
    level = float(np.median(seen.mean[:, 0]))
    until = min(full, int(np.ceil((depth + 3) * full / count)))
    luma = first[:until].astype(np.float32)
    unlike = np.hypot(luma.std(1), luma.mean(1) - level)
    inside = float(np.median(unlike[int((depth + 1) * full / count) :]))
    begun = [int(each) for each in np.flatnonzero(unlike > max(FLAT, inside / 2))]
    if inside < SUDDEN or not begun or abs(begun[0] * count / full - depth) > 2:
        return depth / count
    return begun[0] / full
