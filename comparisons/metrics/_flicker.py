"""Flicker of the light: what the means of areas do from frame to frame, less what moves into them and out of them.

What moves otherwise than the whole picture cancels in the median of the areas; light does not.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from comparisons.metrics._grids import Bytes, Floats, means

ACROSS, DOWN = 24, 15
"""The areas."""


def lights(frames: Bytes) -> Floats:
    """The mean luma of each area of each frame, in rows."""
    return means(frames, (ACROSS, DOWN))


def changes(light: Floats, moved: Floats, size: tuple[int, int]) -> Floats:
    """By how much each area of each frame but the first is lighter than what it shows was in the frame before.

    Args:
        light: of each frame, in rows.
        moved: by frame but the first, by block, down and across in pixels.
        size: width and height of the frames that the pixels are of.
    """
    down, across = (_middle(moved[..., each]) for each in range(2))
    slopes = np.gradient(light, axis=1), np.gradient(light, axis=2)
    slope_down, slope_across = ((each[1:] + each[:-1]) / 2 for each in slopes)
    brought = slope_down * (down * DOWN / size[1]) + slope_across * (across * ACROSS / size[0])
    return np.diff(light, axis=0) + brought


def _middle(moved: Floats) -> Floats:
    """How far most blocks go in each step; 0 where none can be followed."""
    known = np.isfinite(moved).any(1)
    found = np.zeros(len(moved), np.float32)
    found[known] = np.nanmedian(moved[known], axis=1)
    return found[:, None, None]


def luma_flicker(change: Floats, apart: npt.NDArray[np.bool_]) -> float | None:
    """RMS over time of how the change of light changes, in levels of 255: the median of all areas.

    None where no three frames belong together.

    Args:
        change: by frame but the first, and by area.
        apart: for each frame but the first, whether it begins a new shot.
    """
    bends = np.median(np.diff(change, axis=0), axis=1) if len(change) > 1 else np.empty(0)
    counted = bends[~(apart[1:] | apart[:-1])] if len(bends) else bends
    return float(np.sqrt(np.mean(counted**2))) if len(counted) else None
