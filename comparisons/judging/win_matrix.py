"""How often each competitor was preferred to each other one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from comparisons.judging.ratings import Comparison, numbered


@dataclass(frozen=True)
class Matrix:
    """How often competitor i was preferred to j: ``points[i][j]`` of ``met[i][j]`` times. A tie is half a point."""

    names: tuple[str, ...]
    points: tuple[tuple[float, ...], ...]
    met: tuple[tuple[int, ...], ...]


def matrix(comparisons: Sequence[Comparison], names: Sequence[str]) -> Matrix:
    """How often each of ``names`` was preferred to each other one, and how often they met."""
    index = numbered(names)
    points, met = np.zeros((len(names), len(names))), np.zeros((len(names), len(names)), dtype=int)
    for each in comparisons:
        i, j = index[each.first], index[each.second]
        points[i, j] += each.score
        points[j, i] += 1 - each.score
        met[i, j] += 1
        met[j, i] += 1
    return Matrix(tuple(names), tuple(map(tuple, points.tolist())), tuple(map(tuple, met.tolist())))
