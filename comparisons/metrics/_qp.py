"""The mean quantiser of all macroblocks of all frames, as the decoder itself knows it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

HIGHEST = 51
"""H.264's coarsest quantiser for samples of 8 bits."""


def mean_quantiser(path: Path) -> float | None:
    """From what ``_decode.QUANTISERS`` has written: a byte a macroblock, its quantiser times 128 / 31, rounded down.

    What lies outside the picture is white there, which no quantiser is.
    """
    drawn = np.fromfile(path, np.uint8) if path.exists() else np.empty(0, np.uint8)
    counts = np.bincount(drawn, minlength=256)
    of = -(-np.arange(256) * 31 // 128)
    told = of <= HIGHEST
    total = int(counts[told].sum())
    return float((counts * of)[told].sum() / total) if total else None
