"""What was measured of a session's clips, on its page: medians by variant, and which variants could be told apart."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from comparisons.analysis import Figures, Summary, metric_verdict
from comparisons.exports._html import cell, listed, small, table
from comparisons.exports.figure_words import by_median, interval_words
from comparisons.metrics import BETTER, METRICS, Metric

HOW = (
    "The median of each metric over a variant's clips, in small print its 95&nbsp;% interval. They are measured on the"
    " clips as they came, by rules whose number is in results.csv. There is no sum of them: a clip that is steadier, or"
    " more faithful to its first frame, is not therefore a better one. Differences are judged by request, all of these"
    " together, and apart from times and prices."
)


def pictures(of: Summary) -> str:
    """The section: the table, the verdicts, and what each metric cannot say. Empty if too few clips are measured."""
    shown = [metric for metric in METRICS if any(metric.name in each.metrics for each in of.variants)]
    if not shown:
        return ""
    mark = " (simulated)" if of.simulated else ""
    told = _medians(of.variants, shown) + _verdicts(of) + _limits(shown)
    return f'<section><h2>Measured pictures and sound{mark}</h2><p class="sr-how">{HOW}</p>{told}</section>'


def _medians(of: Sequence[Figures], shown: Sequence[Metric]) -> str:
    heads = ("variant", *(metric.heading for metric in shown))
    rows = [
        f'<tr><th scope="row">{escape(each.name)}</th>{"".join(_median(each, metric) for metric in shown)}</tr>'
        for each in by_median(of)
    ]
    return table("Medians of what was measured, by variant", heads, rows)


def _median(of: Figures, metric: Metric) -> str:
    found = of.metrics.get(metric.name)
    if found is None:
        return cell("", "too few, or not for these clips")
    span = interval_words(found, digits=metric.digits)
    return cell(f"{found.value:.{metric.digits}f}", f"{span} · n = {found.n}" if span else f"n = {found.n}")


def _verdicts(of: Summary) -> str:
    """One sentence for each two variants and metric that could be told apart; how many others could not."""
    names = of.names
    all_of = [(pair, name) for pair in of.pairs for name in pair.metrics]
    told = [(pair, name) for pair, name in all_of if pair.metrics[name].told_apart]
    left = len(all_of) - len(told)
    sentences = [escape(f"{metric_verdict(pair, names, name)}.") for pair, name in told]
    rest = f"<p>{left} of {len(all_of)} comparisons could not be told apart.</p>" if all_of else ""
    return listed(sentences) + rest


def _limits(shown: Sequence[Metric]) -> str:
    rows = [
        f'<tr><th scope="row">{escape(metric.label)}{small(metric.name)}</th>{cell(BETTER[metric.better])}'
        f'<td class="sr-wrap">{escape(metric.says_not)}</td></tr>'
        for metric in shown
    ]
    whole = table("What each metric cannot say", ("metric", "direction", "what it cannot say"), rows)
    return f"<details><summary>What each of these cannot say</summary>{whole}</details>"
