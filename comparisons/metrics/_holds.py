"""Frames that repeat the one before them, and how long the picture stands still."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from comparisons.metrics._grids import Bytes, Floats
from comparisons.metrics._near import usual
from comparisons.metrics._scores import Frozen

SAME = 0.12
"""Frames whose luma differs by less, in levels of 255 on average, are the same picture."""
SHARE, NEAR = 0.15, 6
"""So are those that differ by less than this share of what the frames around them do, so many to each side."""
STILL_SAME = 0.6
"""What differs by more is another picture, whatever the frames around it do."""
LONG_S = 0.25
"""A standstill that is worth a remark."""


def steps(frames: Bytes) -> Floats:
    """The mean absolute difference of each frame from the one before it."""
    found = np.empty(len(frames) - 1, np.float32)
    for at, (before, after) in enumerate(pairwise(frames)):
        found[at] = np.abs(after.astype(np.int16) - before).mean()
    return found


def repeats(step: Floats) -> npt.NDArray[np.bool_]:
    """For each frame but the first, whether it repeats the one before it."""
    found = step < SAME
    for at, each in enumerate(step):
        found[at] |= each < min(STILL_SAME, SHARE * usual(step, at, NEAR, 75))
    return found


def standstills(repeated: npt.NDArray[np.bool_], times: Sequence[float]) -> list[Frozen]:
    """Every stretch in which a picture is shown for longer than a frame usually is; how much longer is its length."""
    frame = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    starts = [0, *(at for at, same in enumerate(repeated, 1) if not same)]
    ends = [*(times[at] for at in starts[1:]), times[-1] + frame] if times else []
    found = (Frozen(times[at], round(end - times[at] - frame, 3)) for at, end in zip(starts, ends, strict=True))
    return [each for each in found if each.length_s > frame / 2]
