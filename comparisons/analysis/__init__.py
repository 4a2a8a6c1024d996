"""What numbers can honestly say: intervals, differences, summaries, costs, the table."""

from __future__ import annotations

from comparisons.analysis.costs import Costs
from comparisons.analysis.statistics import Difference, Estimate, Finding, Sample
from comparisons.analysis.summary import (
    OPEN,
    SERIES,
    STOPPED,
    UNCERTAIN,
    UNTRIED,
    Excluded,
    Failure,
    Figures,
    Pair,
    Summary,
    precise,
    summarize,
)
from comparisons.analysis.table import COLUMNS

__all__ = [
    "COLUMNS",
    "OPEN",
    "SERIES",
    "STOPPED",
    "UNCERTAIN",
    "UNTRIED",
    "Costs",
    "Difference",
    "Estimate",
    "Excluded",
    "Failure",
    "Figures",
    "Finding",
    "Pair",
    "Sample",
    "Summary",
    "precise",
    "summarize",
]
