"""Writes a run, a session or the whole data folder to files that need no Takes."""

from __future__ import annotations

from comparisons.exports.figure_words import by_median, cost_words, interval_words
from comparisons.exports.result_files import place

__all__ = [
    "by_median",
    "cost_words",
    "interval_words",
    "place",
]
