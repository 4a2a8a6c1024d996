"""Blind ballots, votes on them, and the ratings and ranks that follow."""

from __future__ import annotations

from comparisons.judging.ballots import Ballots, blind_value
from comparisons.judging.ranking import Row, Standings, standings
from comparisons.judging.ratings import Comparison, Rating
from comparisons.judging.votes import comparisons_of
from comparisons.judging.win_matrix import Matrix, matrix
from comparisons.judging.words import count_words, nothing_ranked_words, unlike_words, unranked_words

__all__ = [
    "Ballots",
    "Comparison",
    "Matrix",
    "Rating",
    "Row",
    "Standings",
    "blind_value",
    "comparisons_of",
    "count_words",
    "matrix",
    "nothing_ranked_words",
    "standings",
    "unlike_words",
    "unranked_words",
]
