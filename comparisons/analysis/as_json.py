"""A session's summary as JSON values, as its report writes it to ``summary.json``; reasons are in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

from comparisons.analysis.costs import Costs
from comparisons.analysis.inclusion import Excluded
from comparisons.analysis.pairs import Pair
from comparisons.analysis.summary import Failure, Figures, Summary
from comparisons.analysis.verdict_words import metric_verdict, price_verdict, time_verdict
from comparisons.analysis.words import EXCLUDED, FAILED, NO_ERROR, no_cost_words


def summary_to_json(summary: Summary) -> dict[str, Any]:
    """The summary as JSON values, with amounts as plain numbers. Single latencies are left out: the rows have them."""
    return {**_fields(summary, "pairs"), "pairs": [_pair(pair, summary.names) for pair in summary.pairs]}


def _plain(value: Any) -> Any:
    """Any value of a summary as JSON; types that need words, or leave fields out, are listed in ``OWN``."""
    own = OWN.get(type(value))
    if own is not None:
        return own(value)
    if is_dataclass(value):
        return _fields(value)
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return float(value) if isinstance(value, Decimal) else value


def _fields(value: Any, *without: str) -> dict[str, Any]:
    return {each.name: _plain(getattr(value, each.name)) for each in fields(value) if each.name not in without}


def _pair(pair: Pair, names: Mapping[str, str]) -> dict[str, Any]:
    words = {"total_words": time_verdict(pair, names), "cost_words": price_verdict(pair, names)}
    told = {name: {**_plain(of), "words": metric_verdict(pair, names, name)} for name, of in pair.metrics.items()}
    return {**_fields(pair, "cost_bases", "metrics"), **words, "metrics": told}


def _failure(failure: Failure) -> dict[str, Any]:
    return {"kind": FAILED[failure.state], "words": failure.error or NO_ERROR, "count": failure.count}


def _excluded(excluded: Excluded) -> dict[str, Any]:
    return {**_fields(excluded, "reason"), "reason": EXCLUDED[excluded.reason], "latency_only": excluded.latency_only}


OWN: dict[type, Callable[[Any], dict[str, Any]]] = {
    Figures: lambda figures: {"name": figures.name, **_fields(figures, "totals", "provider", "label")},
    Costs: lambda costs: {**_fields(costs, "why_not"), "why_not": no_cost_words(costs.why_not)},
    Failure: _failure,
    Excluded: _excluded,
}
