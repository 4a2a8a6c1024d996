"""Blind ballots, what may be answered, and what follows for the ratings."""

from __future__ import annotations

from comparisons.judging.ballots import Ballots, blind_value
from comparisons.judging.ratings import Comparison, Matrix, Rating, Row, Standings, matrix, standings
from comparisons.judging.votes import comparisons_of

__all__ = [
    "Ballots",
    "Comparison",
    "Matrix",
    "Rating",
    "Row",
    "Standings",
    "blind_value",
    "comparisons_of",
    "matrix",
    "standings",
]
