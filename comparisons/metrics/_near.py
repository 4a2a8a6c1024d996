"""What is usual around a frame."""

from __future__ import annotations

import math

from comparisons.metrics._grids import Floats


def usual(values: Floats, at: int, reach: int, percentile: float) -> float:
    """A percentile of the values around one, so many to each side and without it; 0 where none is known."""
    beside = [*values[max(0, at - reach) : at].tolist(), *values[at + 1 : at + reach + 1].tolist()]
    around = sorted(each for each in beside if not math.isnan(each))
    if not around:
        return 0.0
    place = (len(around) - 1) * percentile / 100  # as numpy does it, which takes far longer for so few
    low, share = int(place), place % 1
    return float(around[low] + (around[min(low + 1, len(around) - 1)] - around[low]) * share)
