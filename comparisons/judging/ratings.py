"""Bradley-Terry ratings with 95 % intervals, from pairwise comparisons. Numbers only: what is compared is just named.

The chance that A is preferred to B is 1 / (1 + 10 ** ((B - A) / 400)); a tie is half a win for each. Only differences
of ratings mean anything: their mean is set to 1000. Method: Bradley and Terry 1952; when ratings exist at all: Ford
1957; intervals: Huber's sandwich estimator, clustered by vote.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

SCALE = 400 / math.log(10)
"""Rating points of one unit of log-odds."""
ANCHOR = 1000.0
"""The mean of the ratings of all that are rated together."""
RIDGE = 1e-3
"""Curvature added for every competitor. A thousandth of a comparison's worth: invisible where there are some, yet it
keeps whoever never lost at a finite rating. It does not grow with the votes, so that a win can never lower a rating."""
Z95 = 1.959963984540054
MIN_VOTES = 10
MAX_WIDTH = 400.0
"""Rating points. An interval wider than that spans odds of ten to one: no rank follows from it."""

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


@dataclass(frozen=True)
class Row:
    """One line of a leaderboard. ``rating`` is None where none exists, the ranks where ``why_not`` says so.

    The ranks are the best and the worst that the intervals allow.
    """

    name: str
    votes: int
    wins: int
    ties: int
    losses: int
    bad: int
    rating: Rating | None = None
    best_rank: int | None = None
    worst_rank: int | None = None
    why_not: str | None = None


@dataclass(frozen=True)
class Standings:
    """The ranked, best first; then the others, each with its reason. ``why_not`` if there is no ranking at all."""

    rows: tuple[Row, ...]
    why_not: str | None = None


@dataclass(frozen=True)
class Matrix:
    """Who was preferred to whom: ``points[i][j]`` of ``met[i][j]`` comparisons, a tie being half a point."""

    names: tuple[str, ...]
    points: tuple[tuple[float, ...], ...]
    met: tuple[tuple[int, ...], ...]


def fit(comparisons: Sequence[Comparison]) -> tuple[Rating, ...]:
    """Maximum-likelihood ratings, best first, with intervals that are right even where the model is not quite.

    The covariance is the sandwich H⁻¹ G H⁻¹, where G sums the outer product of each vote's score vector, so that the
    many comparisons of one best-and-worst vote count as the one piece of evidence they are. With one comparison per
    vote it is the usual robust covariance. Votes of one person still count as independent of each other.
    """
    names = sorted({name for each in comparisons for name in (each.first, each.second)})
    if not names:
        return ()
    index, votes = _numbered(names), _numbered(dict.fromkeys(each.vote for each in comparisons))
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


def _numbered(names: Collection[str]) -> dict[str, int]:
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


# who can be ranked ----------------------------------------------------------------------------------------------------


def standings(comparisons: Sequence[Comparison]) -> Standings:
    """The leaderboard: who is ranked, who has too few votes for it, and why.

    Ratings exist only among those linked by wins (or ties) in both directions, however indirectly: whoever only ever
    won could be any amount better. They are fitted among the largest such group. Of these, whoever has fewer than
    ``MIN_VOTES`` votes within the group, or nothing but ties there, is told no rating either: its interval would look
    narrower than it is. With an interval wider than ``MAX_WIDTH`` it keeps the rating and gets no rank.
    """
    records = [_record(name, comparisons) for name in sorted({n for c in comparisons for n in (c.first, c.second)})]
    linked = _linked(comparisons)
    within = [c for c in comparisons if {c.first, c.second} <= linked]
    rated = {rating.name: rating for rating in fit(within)}
    rows = [_judged(record, _record(record.name, within), rated.get(record.name)) for record in records]
    able = [row for row in rows if row.why_not is None]
    if len(able) < 2:
        return Standings(tuple(sorted(rows, key=_order)), _nothing_ranked(len(records)))
    ranked = [_ranked(row, able) if row.why_not is None else row for row in rows]
    return Standings(tuple(sorted(ranked, key=_order)))


def _nothing_ranked(seen: int) -> str:
    if not seen:
        return "No votes here yet."
    return f"Too few votes to rank: it takes at least two with {MIN_VOTES} votes each and a narrow enough interval."


def _record(name: str, comparisons: Sequence[Comparison]) -> Row:
    mine = [c.score if c.first == name else 1 - c.score for c in comparisons if name in (c.first, c.second)]
    votes = len({c.vote for c in comparisons if name in (c.first, c.second)})
    bad = sum(c.bad for c in comparisons if name in (c.first, c.second))
    return Row(name, votes, mine.count(1.0), mine.count(0.5) - bad, mine.count(0.0), bad)


def _judged(row: Row, fitted: Row, rating: Rating | None) -> Row:
    """``fitted`` counts only what its rating was fitted to: the comparisons within the linked group."""
    shown = rating if fitted.votes >= MIN_VOTES and fitted.wins + fitted.losses else None
    return replace(row, rating=shown, why_not=_unrated(row, rating) or (_unranked(fitted, rating) if rating else None))


def _unrated(row: Row, rating: Rating | None) -> str | None:
    if row.votes < MIN_VOTES:
        return f"Too few votes to rank: {row.votes} of {MIN_VOTES}."
    if not row.wins + row.losses:
        return "Too few votes to rank: nothing but ties so far."
    if rating is None and not (row.losses or row.ties or row.bad):
        return "Too few votes to rank: it won every comparison, so nothing bounds its rating from above."
    if rating is None and not (row.wins or row.ties or row.bad):
        return "Too few votes to rank: it lost every comparison, so nothing bounds its rating from below."
    if rating is None:
        return "Too few votes to rank: no chain of wins both ways links it with the others."
    return None


def _unranked(fitted: Row, rating: Rating) -> str | None:
    if fitted.votes < MIN_VOTES:
        return f"Too few votes to rank: {fitted.votes} of {MIN_VOTES} with others that can be ranked."
    if not fitted.wins + fitted.losses:
        return "Too few votes to rank: nothing but ties with others that can be ranked."
    if rating.high - rating.low > MAX_WIDTH:
        return f"Too few votes to rank: its interval is {rating.high - rating.low:.0f} points wide."
    return None


def _ranked(row: Row, able: Sequence[Row]) -> Row:
    """Its best rank counts whose whole interval lies above its own, its worst whose does not lie below."""
    own, others = row.rating, [other.rating for other in able if other.rating is not None and other is not row]
    if own is None:
        return row
    above = sum(other.low > own.high for other in others)
    below = sum(other.high < own.low for other in others)
    return replace(row, best_rank=above + 1, worst_rank=len(able) - below)


def _order(row: Row) -> tuple[bool, float, str]:
    met = row.wins + row.ties + row.losses + row.bad
    share = (row.wins + (row.ties + row.bad) / 2) / met
    return row.why_not is not None, -(row.rating.value if row.rating and not row.why_not else share), row.name


def _linked(comparisons: Sequence[Comparison]) -> set[str]:
    """The largest group in which chains of wins or ties lead from each to each other; of equals the most compared."""
    beats: dict[str, set[str]] = {}
    for each in comparisons:
        if each.score > 0:
            beats.setdefault(each.first, set()).add(each.second)
        if each.score < 1:
            beats.setdefault(each.second, set()).add(each.first)
    names = sorted({name for each in comparisons for name in (each.first, each.second)})
    reach = {name: _reached(name, beats) for name in names}
    groups = [{other for other in reach[name] if name in reach[other]} for name in names]
    return max(groups, key=lambda group: (len(group), _within(group, comparisons)), default=set())


def _reached(start: str, beats: dict[str, set[str]]) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        new = beats.get(waiting.pop(), set()) - found
        found |= new
        waiting.extend(new)
    return found


def _within(group: set[str], comparisons: Sequence[Comparison]) -> int:
    return sum(each.first in group and each.second in group for each in comparisons)


def matrix(comparisons: Sequence[Comparison], names: Sequence[str]) -> Matrix:
    """How often each of ``names`` was preferred to each other one, and how often they met."""
    index = _numbered(names)
    points, met = np.zeros((len(names), len(names))), np.zeros((len(names), len(names)), dtype=int)
    for each in comparisons:
        i, j = index[each.first], index[each.second]
        points[i, j] += each.score
        points[j, i] += 1 - each.score
        met[i, j] += 1
        met[j, i] += 1
    return Matrix(tuple(names), tuple(map(tuple, points.tolist())), tuple(map(tuple, met.tolist())))
