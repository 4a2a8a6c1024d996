"""What is usual around a frame."""

from __future__ import annotations

import numpy as np

from comparisons.metrics._grids import Floats


def usual(values: Floats, at: int, reach: int, percentile: float) -> float:
    """A percentile of the values around one, so many to each side and without it; 0 where there are none."""
    around = [*values[max(0, at - reach) : at], *values[at + 1 : at + reach + 1]]
    return float(np.percentile(around, percentile)) if around else 0.0
