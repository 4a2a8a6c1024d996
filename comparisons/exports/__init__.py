"""A run, a session or the whole data folder, to take along."""

from __future__ import annotations

from comparisons.exports.results import place
from comparisons.exports.session_tables import by_median, cost_words, interval_words

__all__ = [
    "by_median",
    "cost_words",
    "interval_words",
    "place",
]
