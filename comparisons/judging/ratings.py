"""Bradley-Terry ratings with 95 % intervals, from pairwise comparisons of competitors, which are given by name.

The chance that A is preferred to B is 1 / (1 + 10 ** ((B - A) / 400)); a tie is half a win for each. Only differences
of ratings mean anything: their mean is set to 1000. Method: Bradley and Terry 1952; when ratings exist at all: Ford
1957; intervals: Huber's sandwich estimator, clustered by vote.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SCALE = 400 / math.log(10)
"""Rating points of one unit of log-odds."""
ANCHOR = 1000.0
"""The mean of the ratings of all that are rated together."""
RIDGE = 1e-3
"""Curvature that is added for every competitor: a thousandth of what one comparison adds. It changes no digit of a
rating that is shown, and keeps the rating of a competitor that never lost finite. It does not grow with the votes, so
that a win can never lower a rating."""
Z95 = 1.959963984540054

_Floats = NDArray[np.float64]
_Places = NDArray[np.intp]


@dataclass(frozen=True)
class Comparison:
    """One outcome: ``score`` is 1 where the first was preferred, 0 where the second was, 0.5 for a tie.

    Comparisons of one ``vote`` are not independent of each other. ``bad`` marks a tie of two that were both bad.
    """

    first: str
    second: str
    score: float
    vote: str
    bad: bool = False


@dataclass(frozen=True)
class Rating:
    """A rating and its 95 % interval, in points."""

    name: str
    value: float
    low: float
    high: float


def fit(comparisons: Sequence[Comparison]) -> tuple[Rating, ...]:
    """Maximum-likelihood ratings, best first, with intervals that stay right if the model fits only roughly.

    The covariance is the sandwich H⁻¹ G H⁻¹, where G sums the outer product of each vote's score vector, so that the
    many comparisons from one best-and-worst vote count as one piece of evidence. With one comparison per vote it is the
    usual robust covariance. Votes of one person still count as independent of each other.
    """
    names = sorted({name for each in comparisons for name in (each.first, each.second)})
    if not names:
        return ()
    index, votes = numbered(names), numbered(dict.fromkeys(each.vote for each in comparisons))
    first = np.array([index[each.first] for each in comparisons])
    second = np.array([index[each.second] for each in comparisons])
    score = np.array([each.score for each in comparisons])
    vote = np.array([votes[each.vote] for each in comparisons])
    theta = _maximum(first, second, score, len(names))
    errors = _standard_errors(theta, first, second, score, vote)
    found = [
        Rating(name, ANCHOR + SCALE * at, ANCHOR + SCALE * (at - Z95 * error), ANCHOR + SCALE * (at + Z95 * error))
        for name, at, error in zip(names, theta.tolist(), errors.tolist(), strict=True)
    ]
    return tuple(sorted(found, key=lambda rating: (-rating.value, rating.name)))


def numbered(names: Collection[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(names)}


def _maximum(first: _Places, second: _Places, score: _Floats, count: int) -> _Floats:
    """Newton's method with halved steps. The ridge makes the maximum unique, and its mean zero."""
    theta = np.zeros(count)
    best = _likelihood(theta, first, second, score)
    for _ in range(100):
        residual = score - _chance(theta[first] - theta[second])
        gradient = np.bincount(first, residual, count) - np.bincount(second, residual, count) - RIDGE * theta
        step = np.linalg.solve(_curvature(theta, first, second), gradient)
        size = 1.0
        while (reached := _likelihood(theta + size * step, first, second, score)) < best and size > 1e-6:
            size /= 2
        theta, best = theta + size * step, max(best, reached)
        if float(np.abs(step).max()) < 1e-10:
            break
    centred: _Floats = theta - theta.mean()
    return centred


def _chance(difference: _Floats) -> _Floats:
    chance: _Floats = 1 / (1 + np.exp(-difference))
    return chance


def _likelihood(theta: _Floats, first: _Places, second: _Places, score: _Floats) -> float:
    difference = theta[first] - theta[second]
    return float(np.sum(score * difference - np.logaddexp(0, difference)) - RIDGE / 2 * theta @ theta)


def _curvature(theta: _Floats, first: _Places, second: _Places) -> _Floats:
    chance = _chance(theta[first] - theta[second])
    weight = chance * (1 - chance)
    found = RIDGE * np.eye(len(theta))
    np.add.at(found, (first, first), weight)
    np.add.at(found, (second, second), weight)
    np.add.at(found, (first, second), -weight)
    np.add.at(found, (second, first), -weight)
    return found


def _standard_errors(theta: _Floats, first: _Places, second: _Places, score: _Floats, vote: _Places) -> _Floats:
    residual = score - _chance(theta[first] - theta[second])
    scores = np.zeros((int(vote.max()) + 1, len(theta)))
    np.add.at(scores, (vote, first), residual)
    np.add.at(scores, (vote, second), -residual)
    pulls = np.linalg.solve(_curvature(theta, first, second), scores.T)  # how far each vote moves each rating
    errors: _Floats = np.sqrt((pulls**2).sum(axis=1))
    return errors
