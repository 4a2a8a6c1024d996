"""Fine detail: the energy of a picture above half of the highest frequency that its pixels can show."""

from __future__ import annotations

import numpy as np

from comparisons.metrics._grids import Floats

TILE = 128
"""The sides of the squares whose spectra are summed."""
FAINT = 0.5
"""Less energy, in squared levels a pixel, is no detail but rounding."""


def detail(shown: Floats, given: Floats) -> float | None:
    """How much of the given picture's fine detail the shown one has; None where there is none in the given one."""
    wanted = _energy(given)
    return _energy(shown) / wanted if wanted > FAINT else None


def _energy(plane: Floats) -> float:
    side = min(TILE, *plane.shape)
    window = np.hanning(side + 2)[1:-1].astype(np.float32)
    square = np.outer(window, window)
    across, down = np.fft.rfftfreq(side), np.fft.fftfreq(side)
    fine = np.hypot(down[:, None], across[None, :]) > 0.25
    twice = np.where((across == 0) | (across == 0.5), 1, 2)[None, :] * fine
    total, tiles = 0.0, 0
    for row in _starts(plane.shape[0], side):
        for column in _starts(plane.shape[1], side):
            tile = plane[row : row + side, column : column + side]
            power = np.abs(np.fft.rfft2((tile - tile.mean()) * square)) ** 2
            total, tiles = total + float((power * twice).sum()), tiles + 1
    return float(total / tiles / side**2 / (square**2).sum())


def _starts(length: int, side: int) -> list[int]:
    return list(range(0, length - side + 1, side))
