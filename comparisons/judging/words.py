"""Sentences about the leaderboard: why a competitor, or all of them, have no rank."""

from __future__ import annotations

from collections.abc import Sequence

from comparisons.judging.ranking import MIN_VOTES, Row, Standings, Unranked
from comparisons.judging.ratings import Comparison
from comparisons.records import Vote

TOO_FEW = "Too few votes to rank"


def unranked_words(row: Row) -> str:
    """Why a competitor has no rank; empty if it can have one."""
    return f"{TOO_FEW}: {_reason(row)}." if row.why_not is not None else ""


def _reason(row: Row) -> str:
    match row.why_not:
        case Unranked.FEW_VOTES:
            return f"{row.votes} of {MIN_VOTES}"
        case Unranked.ONLY_TIES:
            return "nothing but ties so far"
        case Unranked.ONLY_WINS:
            return "it won every comparison, so nothing bounds its rating from above"
        case Unranked.ONLY_LOSSES:
            return "it lost every comparison, so nothing bounds its rating from below"
        case Unranked.FEW_VOTES_LINKED:
            return f"{row.linked_votes} of {MIN_VOTES} with others that can be ranked"
        case Unranked.ONLY_TIES_LINKED:
            return "nothing but ties with others that can be ranked"
        case Unranked.WIDE if row.rating is not None:
            return f"its interval is {row.rating.high - row.rating.low:.0f} points wide"
    return "no chain of wins both ways links it with the others"


def nothing_ranked_words(found: Standings) -> str:
    """Why nobody is ranked; empty if somebody is."""
    if found.ranked:
        return ""
    if not found.rows:
        return "No votes here yet."
    return f"{TOO_FEW}: it takes at least two with {MIN_VOTES} votes each and a narrow enough interval."


def unlike_words(votes: Sequence[Vote]) -> str:
    """A sentence about votes that compared takes of differing requests, or may have; empty if none did."""
    unlike, unknown = (sum(vote.alike is which for vote in votes) for which in (False, None))
    if unknown and not unlike:
        which = f"It was not noted of {unknown} of {len(votes)} votes whether their takes were sent the same request"
        return f"{which}. They count as the others do."
    parts = [
        f"{unlike} compared takes that were not sent the same request, such as 5 s beside 8 s" if unlike else "",
        f"of {unknown} it was not noted whether they did" if unknown else "",
    ]
    said = "; ".join(part for part in parts if part)
    return f"Of {len(votes)} votes {said}. They count as the others do." if said else ""


def count_words(votes: Sequence[Vote], comparisons: Sequence[Comparison]) -> str:
    """What a leaderboard rests on: ``12 votes (10 ballots of two takes, 2 ballots of more), 26 comparisons``."""
    two = sum(vote.kind == "pair" for vote in votes)
    ballots = [
        f"{_count(many, 'ballot')} of {of}" for many, of in ((two, "two takes"), (len(votes) - two, "more")) if many
    ]
    return f"{_count(len(votes), 'vote')} ({', '.join(ballots)}), {_count(len(comparisons), 'comparison')}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number != 1 else ''}"
