"""Motion and judder, from how the blocks of the picture move."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from comparisons.metrics._grids import Floats
from comparisons.metrics._scores import Reason

SPAN_S = 1 / 12
"""Moves are summed over about so long before they are measured: what trembles from frame to frame is no motion."""
STILL = 0.5
"""Motion, in per cent of the width a second, below which nothing is said about judder."""
FEWEST = 3
"""So many steps from frame to frame it takes to speak of judder."""

Answer = tuple[float | None, Reason | None]
"""A value, or the reason why there is none."""


def motion(moved: Floats, apart: npt.NDArray[np.bool_], fps: float) -> Answer:
    """The mean speed of the blocks that can be followed, in per cent of the frame's width a second.

    Args:
        moved: by frame but the first, by block, down and across, in per cent of the frame's width.
        apart: for each frame but the first, whether it begins a new shot.
    """
    if not len(moved):
        return None, Reason.TOO_SHORT
    counted = np.where(apart[:, None, None], np.nan, moved)
    span = min(max(1, round(fps * SPAN_S)), len(counted))
    sums = np.lib.stride_tricks.sliding_window_view(counted, span, axis=0).mean(-1)
    speeds = np.hypot(sums[..., 0], sums[..., 1])
    if np.isnan(speeds).all():
        return None, Reason.NOTHING_TO_FOLLOW
    return float(np.nanmean(speeds) * fps), None


def judder(moved: Floats, apart: npt.NDArray[np.bool_], speed: Answer) -> Answer:
    """RMS of how the blocks' moves change from frame to frame, by the RMS of the moves.

    Args:
        speed: what ``motion`` answered.
    """
    if speed[0] is None:
        return speed
    if apart.sum() > 1:
        return None, Reason.SEVERAL_CUTS
    if speed[0] < STILL:
        return None, Reason.TOO_STILL
    counted = np.where(apart[:, None, None], np.nan, moved)
    changes = np.diff(counted, axis=0)
    if np.isfinite(changes).any((1, 2)).sum() < FEWEST:
        return None, Reason.TOO_SHORT
    return float(np.sqrt(np.nanmean(changes**2) / np.nanmean(counted**2))), None
