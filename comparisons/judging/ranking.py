"""The leaderboard: which competitors (models or variants) are ranked, and why others are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from comparisons.judging.ratings import Comparison, Rating, fit

MIN_VOTES = 10
"""A competitor with fewer votes has no rank."""
MAX_WIDTH = 400.0
"""Rating points. A competitor with a wider interval has no rank: 400 points are odds of ten to one."""


class Unranked(Enum):
    """Why a competitor has no rank. The ``..._LINKED`` ones count only votes with competitors that can be ranked."""

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
        votes: in how many votes it was compared; ``linked_votes``: in how many with competitors that can be ranked.
        bad: ties in which both were bad; ``ties`` are the other ties.
        rating: None if none exists, or there are too few votes for one.
        best_rank: the best rank that the intervals allow; ``worst_rank``: the worst. None without a rank.
        why_not: why it cannot have a rank; None if it can.
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
    """The ranked competitors, best first; then the others, each with the reason."""

    rows: tuple[Row, ...]

    @property
    def ranked(self) -> bool:
        """Whether any competitor has a rank, which takes at least two that can have one."""
        return any(row.best_rank is not None for row in self.rows)


def standings(comparisons: Sequence[Comparison]) -> Standings:
    """The leaderboard.

    Ratings exist only among competitors that are linked by wins or ties in both directions, however indirectly: one
    that always won could be better by any amount. So they are fitted in the largest such group only. In it, a
    competitor with fewer than ``MIN_VOTES`` votes, or with nothing but ties, gets no rating: its interval would look
    narrower than it is. One with an interval wider than ``MAX_WIDTH`` has a rating but no rank.
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
    """The row with its rating, or the reason why it cannot have a rank.

    ``linked`` counts only the comparisons within the group that ratings were fitted to.
    """
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
    """The row with its ranks. The best is one below all those whose whole interval is above its own; the worst is above
    only those whose whole interval is below its own."""
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
    """The largest group in which chains of wins or ties lead from every member to every other; of two equally large
    ones, that with the most comparisons."""
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
