"""A latency as polls saw it, with the window of values that the true latency may have."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

DRAWS = 100
"""How many sets of latencies are drawn from the polls' windows. The error of their average is 3 % of a window."""


@dataclass(frozen=True)
class Sample:
    """A latency as it was seen, and half the gap between the last poll before its end and the first one after it.

    Both are in seconds. The true latency lies in its *window*, (value - 2 × uncertainty, value]; a window that reaches
    below 0 is cut there.

    Raises:
        ValueError: one of them is negative or not finite.
    """

    value_s: float
    uncertainty_s: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.value_s < math.inf and 0 <= self.uncertainty_s < math.inf):
            raise ValueError(f"A latency and its uncertainty are seconds from 0 on, not {self}.")

    @property
    def middle_s(self) -> float:
        """The middle of the window, which figures use as the latency."""
        return self.value_s - min(self.uncertainty_s, self.value_s / 2)


def arrays(samples: Sequence[Sample]) -> tuple[np.ndarray, np.ndarray]:
    """The latencies as detected, and the lengths of their windows, in seconds."""
    told = np.array([(sample.value_s, sample.uncertainty_s) for sample in samples], dtype=float).reshape(-1, 2)
    return told[:, 0], np.minimum(told[:, 1], told[:, 0] / 2) * 2


def middles(samples: Sequence[Sample]) -> np.ndarray:
    """The middles of the windows, in seconds."""
    detected, windows = arrays(samples)
    return detected - windows / 2


def possible_truths(samples: Sequence[Sample], seed: int) -> np.ndarray:
    """Latencies as they may have been, in seconds: a row for each draw; one row only if no window has a length."""
    detected, windows = arrays(samples)
    if not windows.any():
        return detected[np.newaxis]
    return detected - windows * np.random.default_rng(seed).random((DRAWS, len(samples)))
