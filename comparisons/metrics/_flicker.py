"""Flicker of the light: what the means of areas do from frame to frame, of which moves cancel in the median."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from comparisons.metrics._grids import Bytes, Floats, means

ACROSS, DOWN = 24, 15
"""The areas."""


def lights(frames: Bytes) -> Floats:
    """The mean luma of each area of each frame."""
    return means(frames, (ACROSS, DOWN)).reshape(len(frames), -1)


def luma_flicker(light: Floats, apart: npt.NDArray[np.bool_]) -> float | None:
    """RMS of the median area's second difference, in levels of 255; None where no three frames belong together.

    Args:
        light: by frame and area.
        apart: for each frame but the first, whether it begins a new shot.
    """
    bends = np.median(light[2:] - 2 * light[1:-1] + light[:-2], axis=1) if len(light) > 2 else np.empty(0)
    counted = bends[~(apart[1:] | apart[:-1])] if len(bends) else bends
    return float(np.sqrt(np.mean(counted**2))) if len(counted) else None
