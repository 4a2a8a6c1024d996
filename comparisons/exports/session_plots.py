"""The plots on a session's page, each with a sentence instead if there is too little to plot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

from comparisons.analysis import Estimate, Figures, no_cost_words
from comparisons.exports.figure_words import by_median, cost_words, interval_words, median
from comparisons.records import PHASES
from comparisons.viewer import Bar, Lane, PricedLatency
from comparisons.viewer import session_charts as charts

TOO_FEW = "Too few clips for medians"


def distributions(of: Sequence[Figures], title: str) -> str:
    """A dot for each clip, the median and its interval; and who is left out."""
    rows = []
    for each in by_median(each for each in of if each.totals):
        found = each.latencies["total"].p50
        span = "" if found is None or not found.interval else f" ({interval_words(found)})"
        words = f"too few for a median, n = {each.n}" if found is None else f"{found.value:.1f} s{span}, n = {each.n}"
        low, high = _ends(found)
        value = None if found is None else found.value
        rows.append(Lane(each.name, words, value, low, high, tuple(sample.middle_s for sample in each.totals)))
    plot = charts.lanes(rows, title, "seconds")
    none = "<p>No clip arrived whose latency was watched throughout.</p>"
    return plot + _left_out("No clip whose latency was watched throughout", of, rows) if plot else none


def _ends(of: Estimate | None) -> tuple[float | None, float | None]:
    return (None, None) if of is None or of.interval is None else (of.interval.low, of.interval.high)


def phases(of: Sequence[Figures], title: str) -> str:
    """The medians of the phases, stacked. What stands on a bar is the median of all, as everywhere in the report."""
    bars, drawn = [], []
    for each in by_median(of):
        spent = {name: found.value for name in PHASES if (found := each.latencies[name].p50) is not None}
        total = median(each)
        if len(spent) == len(PHASES) and total is not None:
            bars.append(Bar(each.provider, each.label, spent, total, None))
            drawn.append(each)
    plot = charts.stacks(bars, title)
    how = '<p class="ch-note">A bar is the medians of its phases, whose sum need not be the median beside it.</p>'
    asked = [each for each in of if plot or each.n]
    return (plot + how if plot else f"<p>{TOO_FEW}.</p>") + _left_out(TOO_FEW, asked, drawn)


def _left_out(why: str, of: Sequence[Figures], drawn: Sequence[Figures | Lane]) -> str:
    """The variants that a plot has not, by name."""
    shown = {each.name for each in drawn}
    names = [each.name for each in of if each.name not in shown]
    return f'<p class="ch-note">{why}: {escape(", ".join(names))}.</p>' if names else ""


def cost_plot(of: Sequence[Figures], title: str) -> tuple[str, str]:
    """The plot of those whose cost and median are known in the unit most have, and the list of the others."""
    units = Counter(each.cost.unit for each in of if each.cost.per_clip is not None and each.cost.unit)
    unit = "USD" if units["USD"] else max(units, key=lambda name: units[name], default="USD")
    offers, others = [], []
    for each in by_median(of):
        found, cost = each.latencies["total"].p50, each.cost
        if found is None or cost.per_clip is None or cost.unit != unit:
            others.append(_beside(each))
        else:
            offers.append(
                PricedLatency(each.name, float(cost.per_clip), found.value, *_ends(found), at_least=cost.lower_bound)
            )
    listed = f'<aside><h3>Not in the plot</h3><ul class="sr-list">{"".join(others)}</ul></aside>' if others else ""
    plot = charts.frontier(offers, unit, title)
    best = " and ".join(offer.name for offer in charts.efficient(offers))
    note = f'<p class="ch-note">Nothing in the plot is both cheaper and faster than {escape(best)}.</p>' if best else ""
    return plot + note if plot else "<p>No variant has both a known cost and a median.</p>", listed


def _beside(of: Figures) -> str:
    at = median(of)
    speed = "too few clips for a median" if at is None else f"median {at:.1f} s"
    cost = no_cost_words(of.cost.why_not) or f"{cost_words(of.cost)}, no common exchange rate"
    return f"<li>{escape(of.name)}<br><span class='rp-quiet'>{escape(f'{speed}; {cost}')}</span></li>"


def reliability(of: Sequence[Figures], title: str) -> str:
    """The share that delivered and its interval, the highest first."""
    rows = []
    for each in sorted(of, key=lambda each: (-(each.success.value if each.success else -1.0), each.name)):
        if each.success is not None and each.success.interval is not None:
            low, high = _ends(each.success)
            words = f"{each.delivered} of {each.success.n} ({interval_words(each.success, ' %', 100, 0)})"
            rows.append(Lane(each.name, words, 100 * each.success.value, 100 * (low or 0), 100 * (high or 0)))
    plot = charts.lanes(rows, title, "percent delivered", top=100.0)
    return plot + _left_out("No job has ended", of, rows) if plot else "<p>No job has ended.</p>"
