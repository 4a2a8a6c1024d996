"""The figures of jobs and sessions: intervals, differences, costs, summaries, and the table of jobs."""

from __future__ import annotations

from comparisons.analysis.as_json import summary_to_json
from comparisons.analysis.costs import Costs
from comparisons.analysis.differences import Difference, Finding
from comparisons.analysis.headings import HEADINGS, meaning
from comparisons.analysis.inclusion import Excluded, ExclusionReason
from comparisons.analysis.intervals import Estimate
from comparisons.analysis.latencies import SERIES
from comparisons.analysis.pairs import Pair
from comparisons.analysis.samples import Sample
from comparisons.analysis.summary import Failure, Figures, Summary, precise, summarize
from comparisons.analysis.table import COLUMNS, OPT, uniform
from comparisons.analysis.verdict_words import metric_verdict, price_verdict, time_verdict, undecided_words
from comparisons.analysis.words import EXCLUDED, FAILED, NO_ERROR, no_cost_words

__all__ = [
    "COLUMNS",
    "EXCLUDED",
    "FAILED",
    "HEADINGS",
    "NO_ERROR",
    "OPT",
    "SERIES",
    "Costs",
    "Difference",
    "Estimate",
    "Excluded",
    "ExclusionReason",
    "Failure",
    "Figures",
    "Finding",
    "Pair",
    "Sample",
    "Summary",
    "meaning",
    "metric_verdict",
    "no_cost_words",
    "precise",
    "price_verdict",
    "summarize",
    "summary_to_json",
    "time_verdict",
    "undecided_words",
    "uniform",
]
