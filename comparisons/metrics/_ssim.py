"""Structural similarity (Wang, Bovik, Sheikh and Simoncelli, Image Quality Assessment, 2004), of luma."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from comparisons.metrics._grids import Floats

SIGMA, REACH = 1.5, 3.4
K1, K2, RANGE = 0.01, 0.03, 255


def ssim(one: Floats, two: Floats, counted: npt.NDArray[np.bool_]) -> float:
    """Over the pixels that count, with a Gaussian window."""
    means = blurred(one), blurred(two)
    spreads = blurred(one * one) - means[0] ** 2, blurred(two * two) - means[1] ** 2
    common = blurred(one * two) - means[0] * means[1]
    c1, c2 = (K1 * RANGE) ** 2, (K2 * RANGE) ** 2
    likeness = (2 * means[0] * means[1] + c1) * (2 * common + c2)
    likeness /= (means[0] ** 2 + means[1] ** 2 + c1) * (spreads[0] + spreads[1] + c2)
    return float(likeness[counted].mean())


def blurred(plane: Floats, sigma: float = SIGMA) -> Floats:
    """By a Gaussian, cut off after some ``REACH`` of its deviations."""
    return _along(_along(plane, sigma).T, sigma).T


def _along(plane: Floats, sigma: float) -> Floats:
    radius = round(REACH * sigma)
    bell = np.exp(-(np.arange(-radius, radius + 1) ** 2) / (2 * sigma**2))
    wide = np.pad(plane, ((radius, radius), (0, 0)), mode="reflect" if len(plane) > radius else "edge")
    found = np.zeros_like(plane)
    for at, weight in enumerate((bell / bell.sum()).astype(np.float32)):
        found += weight * wide[at : at + len(plane)]
    return found
