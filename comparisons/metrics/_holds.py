"""Frames that repeat the one before them, and how long the picture stands still."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from comparisons.metrics._grids import Bytes, Floats
from comparisons.metrics._near import usual
from comparisons.metrics._scores import Frozen

SAME = 0.04
"""Frames whose luma differs by less, in levels of 255 on average, are the same picture."""
SHARE, NEAR, STILL_SAME = 0.15, 6, 0.6
"""So are those that differ by less than this share of what those around do, so many to each side, and by no more than
that."""
DIP = 0.3
"""So is a single one that differs by less than this share of both steps beside it."""
RECODED, UNMOVED, UNSURE = 3.0, 0.12, 0.3
"""A key frame codes a standing picture anew: between repeats up to so many levels mean nothing, if its blocks move by
no more pixels of a small frame; and by no more than the last where it stands long before and after."""
LONG = 3
"""So many repeats are a standstill; fewer may be the rhythm of a slow cadence."""
LEAD, LEADING = 0.45, 4
"""Beside a standstill an encoder mixes what comes or went into it: steps and moves of less than this share of those
around belong to it, up to so many to each side."""
LONG_S = 0.25
"""A standstill that is worth a remark."""

Marks = npt.NDArray[np.bool_]


def steps(frames: Bytes) -> Floats:
    """The mean absolute difference of each frame from the one before it."""
    found = np.empty(len(frames) - 1, np.float32)
    for at, (before, after) in enumerate(pairwise(frames)):
        found[at] = np.abs(after.astype(np.int16) - before).mean()
    return found


def speeds(moved: Floats) -> Floats:
    """How far the blocks that can be followed go in each step, in pixels (RMS); NaN where none can."""
    squares = (moved**2).sum(-1)
    counted = np.isfinite(squares).sum(1)
    found: Floats = np.sqrt(np.nansum(squares, 1) / np.where(counted, counted, np.nan))
    return found


def repeats(step: Floats, speed: Floats) -> Marks:
    """For each frame but the first, whether it repeats the one before it."""
    found = np.array([_is_same(step, at) for at in range(len(step))], np.bool_)
    found |= (step < RECODED) & (speed < UNMOVED) & _between(found, 1)
    found |= (step < RECODED) & ~(speed > UNSURE) & _between(found, LONG)
    return found | _led(found, step, speed)


def _is_same(step: Floats, at: int) -> bool:
    beside = [*step[max(0, at - 1) : at], *step[at + 1 : at + 2]]
    little = min(STILL_SAME, SHARE * usual(step, at, NEAR, 75))
    return bool(step[at] < max(SAME, little, DIP * min(beside, default=0.0)))


def _between(repeated: Marks, least: int) -> Marks:
    """Where so many repeats come right before and right after."""
    found = np.ones_like(repeated)
    for away in range(1, least + 1):
        padded = np.pad(repeated, away)
        found &= padded[: -2 * away] & padded[2 * away :]
    return found


def _led(repeated: Marks, step: Floats, speed: Floats) -> Marks:
    """What leads into a standstill and out of it."""
    found = np.zeros_like(repeated)
    for way in (1, -1):
        run, left = 0, 0
        for at in range(len(step))[::way]:
            if repeated[at]:
                run, left = run + 1, LEADING
            elif run >= LONG and left and _is_little(step, at) and _is_little(speed, at):
                found[at], left = True, left - 1
            else:
                run = 0
    return found


def _is_little(values: Floats, at: int) -> bool:
    return not values[at] >= LEAD * usual(values, at, NEAR, 90)  # nor where nothing is known


def standstills(repeated: Marks, times: Sequence[float]) -> list[Frozen]:
    """Every stretch in which a picture is shown for longer than a frame usually is; how much longer is its length."""
    frame = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    starts = [0, *(at for at, same in enumerate(repeated, 1) if not same)]
    ends = [*(times[at] for at in starts[1:]), times[-1] + frame] if times else []
    found = (Frozen(times[at], round(end - times[at] - frame, 3)) for at, end in zip(starts, ends, strict=True))
    return [each for each in found if each.length_s > frame / 2]
