"""The leaderboard: who is ranked, and why others are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from comparisons.judging.ratings import Comparison, Rating, fit

MIN_VOTES = 10
"""With fewer votes nobody is ranked."""
MAX_WIDTH = 400.0
"""Rating points. An interval wider than that spans odds of ten to one: no rank follows from it."""


class Unranked(Enum):
    """Why a competitor has no rank. ``..._LINKED`` is of votes with others that can be ranked."""

    FEW_VOTES = auto()
    ONLY_TIES = auto()
    ONLY_WINS = auto()
    ONLY_LOSSES = auto()
    NOT_LINKED = auto()
    FEW_VOTES_LINKED = auto()
    ONLY_TIES_LINKED = auto()
    WIDE = auto()


@dataclass(frozen=True)
class Row:
    """One line of a leaderboard.

    Attributes:
        votes: in how many votes it was compared; ``linked_votes`` in how many with others that can be ranked.
        bad: ties in which both were bad; ``ties`` are the others.
        rating: None where none exists, or too few votes are known for one.
        best_rank: the best that the intervals allow, as ``worst_rank`` is the worst; None without a rank.
        why_not: why it can have no rank; None if it can.
    """

    name: str
    votes: int
    wins: int
    ties: int
    losses: int
    bad: int
    linked_votes: int = 0
    rating: Rating | None = None
    best_rank: int | None = None
    worst_rank: int | None = None
    why_not: Unranked | None = None


@dataclass(frozen=True)
class Standings:
    """The ranked, best first; then the others, each with its reason."""

    rows: tuple[Row, ...]

    @property
    def ranked(self) -> bool:
        """Whether anybody has a rank: that takes at least two who can have one."""
        return any(row.best_rank is not None for row in self.rows)


def standings(comparisons: Sequence[Comparison]) -> Standings:
    """The leaderboard: who is ranked, who has too few votes for it, and why.

    Ratings exist only among those linked by wins (or ties) in both directions, however indirectly: a competitor that
    always won could be better by any amount. They are fitted among the largest such group. Within it, one with fewer
    than ``MIN_VOTES`` votes, or nothing but ties, has no rating either: its interval would look narrower than it is.
    One with an interval wider than ``MAX_WIDTH`` has a rating and no rank.
    """
    records = [_record(name, comparisons) for name in sorted({n for c in comparisons for n in (c.first, c.second)})]
    linked = _linked(comparisons)
    within = [c for c in comparisons if {c.first, c.second} <= linked]
    rated = {rating.name: rating for rating in fit(within)}
    rows = [_judged(record, _record(record.name, within), rated.get(record.name)) for record in records]
    able = [row for row in rows if row.why_not is None]
    if len(able) > 1:
        rows = [_ranked(row, able) if row.why_not is None else row for row in rows]
    return Standings(tuple(sorted(rows, key=_order)))


def _record(name: str, comparisons: Sequence[Comparison]) -> Row:
    mine = [c.score if c.first == name else 1 - c.score for c in comparisons if name in (c.first, c.second)]
    votes = len({c.vote for c in comparisons if name in (c.first, c.second)})
    bad = sum(c.bad for c in comparisons if name in (c.first, c.second))
    return Row(name, votes, mine.count(1.0), mine.count(0.5) - bad, mine.count(0.0), bad)


def _judged(row: Row, linked: Row, rating: Rating | None) -> Row:
    """``linked`` counts only the comparisons within the linked group, to which the rating was fitted."""
    shown = rating if linked.votes >= MIN_VOTES and linked.wins + linked.losses else None
    why_not = _unrated(row, rating) or (_unranked(linked, rating) if rating else None)
    return replace(row, linked_votes=linked.votes, rating=shown, why_not=why_not)


def _unrated(row: Row, rating: Rating | None) -> Unranked | None:
    if row.votes < MIN_VOTES:
        return Unranked.FEW_VOTES
    if not row.wins + row.losses:
        return Unranked.ONLY_TIES
    if rating is not None:
        return None
    if not (row.losses or row.ties or row.bad):
        return Unranked.ONLY_WINS
    return Unranked.NOT_LINKED if row.wins or row.ties or row.bad else Unranked.ONLY_LOSSES


def _unranked(linked: Row, rating: Rating) -> Unranked | None:
    if linked.votes < MIN_VOTES:
        return Unranked.FEW_VOTES_LINKED
    if not linked.wins + linked.losses:
        return Unranked.ONLY_TIES_LINKED
    return Unranked.WIDE if rating.high - rating.low > MAX_WIDTH else None


def _ranked(row: Row, able: Sequence[Row]) -> Row:
    """With ranks: the best counts those whose whole interval lies above its own, the worst all whose interval does not
    lie wholly below it."""
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
    """The largest group in which chains of wins or ties lead from each to each other; of two as large the one that was
    compared most."""
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
