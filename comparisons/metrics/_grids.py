"""Brings pictures to another grid: means of areas, and Lanczos resampling of any part of a picture."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Bytes = npt.NDArray[np.uint8]
LOBES = 3
"""Lanczos' kernel reaches so many pixels of the coarser grid to each side."""


@dataclass(frozen=True)
class Window:
    """A part of a picture, as shares of its width and height from its left and top; below 0 and above 1 is outside."""

    left: float = 0.0
    right: float = 1.0
    top: float = 0.0
    bottom: float = 1.0

    def part(self, inner: Window) -> Window:
        """The part of this one that ``inner`` is of a whole."""
        across, down = self.right - self.left, self.bottom - self.top
        return Window(
            self.left + inner.left * across,
            self.left + inner.right * across,
            self.top + inner.top * down,
            self.top + inner.bottom * down,
        )


def means(plane: npt.NDArray[np.generic], parts: tuple[int, int], window: Window | None = None) -> Floats:
    """The means of a picture's cells, so many across and down. Leading axes are several pictures."""
    seen = window or Window()
    tall = _cells(plane, parts[1], seen.top, seen.bottom)
    return np.ascontiguousarray(_cells(tall.swapaxes(-1, -2), parts[0], seen.left, seen.right).swapaxes(-1, -2))


def _cells(plane: npt.NDArray[np.generic], parts: int, start: float, stop: float) -> Floats:
    """The means of equal stretches of lines; stretches outside have the nearest line.

    Each line is read once, and without a product of matrices: numpy would start threads for that, which cost more.
    """
    count = plane.shape[-2]
    edges = np.linspace(start, stop, parts + 1) * count
    found = np.empty((*plane.shape[:-2], parts, plane.shape[-1]), np.float32)
    for part, (low, high) in enumerate(pairwise(edges)):
        first, last = int(np.clip(np.floor(low), 0, count - 1)), int(np.clip(np.ceil(high), 1, count))
        at = np.arange(first, max(last, first + 1))
        covered = np.clip(np.minimum(at + 1, high) - np.maximum(at, low), 0, None)
        weights = covered / covered.sum() if covered.sum() > 0 else np.full(len(at), 1 / len(at))
        lines = plane[..., first : first + len(at), :].astype(np.float32)
        found[..., part, :] = np.einsum("h,...hw->...w", weights.astype(np.float32), lines)
    return found


def resampled(plane: npt.NDArray[np.generic], size: tuple[int, int], window: Window | None = None) -> Floats:
    """A part of a picture at another size, by Lanczos; what lies outside repeats the edge."""
    seen, (width, height) = window or Window(), size
    tall = _along(plane, seen.top, seen.bottom, height)
    return np.ascontiguousarray(_along(tall.T, seen.left, seen.right, width).T)


def _along(plane: npt.NDArray[np.generic], start: float, stop: float, count: int) -> Floats:
    """Resamples rows."""
    source = plane.shape[0]
    if (start, stop, count) == (0.0, 1.0, source):
        return plane.astype(np.float32)
    step = (stop - start) * source / count
    centre = start * source + (np.arange(count) + 0.5) * step - 0.5
    wide = max(1.0, step)
    reach = int(np.ceil(LOBES * wide))
    first = np.floor(centre).astype(np.int64) - reach + 1
    places = first[:, None] + np.arange(2 * reach)
    distance = (places - centre[:, None]) / wide
    weights = np.where(np.abs(distance) < LOBES, np.sinc(distance) * np.sinc(distance / LOBES), 0.0)
    weights = (weights / weights.sum(1, keepdims=True)).astype(np.float32)
    places = places.clip(0, source - 1)
    found = np.zeros((count, plane.shape[1]), np.float32)
    for tap in range(2 * reach):
        found += weights[:, tap, None] * plane[places[:, tap]]
    return found
