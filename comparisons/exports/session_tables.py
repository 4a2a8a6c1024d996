"""The parts of a session's report as HTML: its tables, its plots and its lists. Every word from outside is escaped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from html import escape
from typing import Any

from comparisons.analysis import (
    EXCLUDED,
    FAILED,
    NO_ERROR,
    SERIES,
    Costs,
    Difference,
    Estimate,
    Excluded,
    ExclusionReason,
    Failure,
    Figures,
    Finding,
    Pair,
    Summary,
    no_cost_words,
    price_verdict,
    time_verdict,
    undecided_words,
)
from comparisons.exports.caveats import jobs
from comparisons.records import PHASES
from comparisons.viewer import Bar, Lane, PricedLatency, charts
from providers import Money

FEW_PAIRS = 12
"""That many undecided pairs are shown at once; more are folded away."""
MOST_REQUESTS = 200
PROMPT, HASH = 160, 13
"""Characters of a prompt, and of an image's hash, that are shown."""
DASH = '<span class="rp-none">–</span>'


def by_median(of: Iterable[Figures]) -> list[Figures]:
    """The fastest first, those without a median last."""
    return sorted(of, key=lambda each: (median(each) is None, median(each) or 0.0, each.name))


def median(of: Figures) -> float | None:
    found = of.latencies["total"].p50
    return None if found is None else found.value


def money(amount: Decimal, unit: str | None) -> str:
    """To cents, or where that says too little, to hundredths of them."""
    step = Decimal("0.01") if amount >= 1 or amount == amount.quantize(Decimal("0.01")) else Decimal("0.0001")
    return str(Money(amount.quantize(step), unit))


def cost_words(cost: Costs) -> str:
    """``$0.19``, ``at least $0.28`` or ``unknown``."""
    if cost.per_clip is None:
        return "unknown"
    return f"{'at least ' if cost.lower_bound else ''}{money(cost.per_clip, cost.unit)}"


def interval_words(of: Estimate | Difference, unit: str = "", scale: float = 1.0, digits: int = 1) -> str:
    """``36.8 to 48.3``; empty where there is none."""
    if of.interval is None:
        return ""
    return f"{of.interval.low * scale:.{digits}f} to {of.interval.high * scale:.{digits}f}{unit}"


# tables -------------------------------------------------------------------------------------------------------------


def headline(of: Sequence[Figures], what: str) -> str:
    """The table of all figures that matter most, one row for each variant or model."""
    best = min((value for each in of if (value := median(each)) is not None), default=None)
    heads = (what, "median total", "p90 total", "spread", "delivered", "n", "cost of a clip", "per second")
    rows = [
        f'<tr><th scope="row">{escape(each.name)}{_small(each.key if each.key != each.name else "")}</th>'
        f"{_latency(each, 'p50', best)}"
        f"{_latency(each, 'p90', None)}{_spread(each)}{_success(each)}{_cell(str(each.n))}"
        f"{_cost(each.cost)}{_per_second(each.cost)}</tr>"
        for each in by_median(of)
    ]
    return table(f"Figures by {what}", heads, rows, "sr-figures")


def phases_table(of: Sequence[Figures]) -> str:
    """The medians and p90s of every phase, folded away."""
    rows = [
        f'<tr><th scope="row">{escape(each.name)}{_small(f"n = {each.n}")}</th>'
        + "".join(_phase(each, series) for series in SERIES)
        + "</tr>"
        for each in by_median(of)
    ]
    whole = table("Every phase by variant", ("variant", *SERIES), rows)
    return f"<details><summary>Every phase in figures</summary>{whole}</details>"


def table(label: str, heads: Sequence[str], rows: Sequence[str], kind: str = "") -> str:
    """A table that scrolls on its own where the page is narrow."""
    first, *others = (f'<th scope="col">{escape(head)}</th>' for head in heads)
    return (
        f'<div class="rp-scroll" tabindex="0" role="region" aria-label="{escape(label)}"><table class="{kind}">'
        f"<thead><tr>{first}{''.join(others)}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _small(words: str) -> str:
    return f"<small>{escape(words)}</small>" if words else ""


def _cell(words: str, small: str = "", kind: str = "") -> str:
    return f'<td class="{kind}">{escape(words) if words else DASH}{_small(small)}</td>'


def _success(of: Figures) -> str:
    if of.success is None:
        return _cell("", "none ended")
    counts = f"{of.delivered} of {of.success.n} · {interval_words(of.success, ' %', 100, 0)}"
    return f"<td>{of.success.value:.0%}{_small(counts)}{_small(_doubt(of))}</td>"


def _doubt(of: Figures) -> str:
    """Where the share delivered is, whatever became of the jobs of which nobody knows."""
    found = of.success_bounds
    if not of.uncertain or found is None:
        return ""
    return f"{100 * found.low:.0f} to {100 * found.high:.0f} % with {of.uncertain} uncertain"


def _latency(of: Figures, share: str, best: float | None) -> str:
    found: Estimate | None = getattr(of.latencies["total"], share)
    if found is None:
        return _cell("", "too few")
    small = f"{interval_words(found)} s" if found.interval else "no interval"
    return _cell(f"{found.value:.1f} s", small, "sr-best" if found.value == best else "")


def _spread(of: Figures) -> str:
    found = of.latencies["total"].spread
    return _cell("" if found is None else f"{found:.1f} s", "middle half" if found is not None else "too few")


def _cost(cost: Costs) -> str:
    if cost.per_clip is None:
        return _cell("", no_cost_words(cost.why_not))
    basis = ", ".join("list price" if name == "list" else name for name in cost.basis if name != "unknown")
    return _cell(cost_words(cost), f"{cost.unknown} of {cost.known + cost.unknown} unknown" if cost.unknown else basis)


def _per_second(cost: Costs) -> str:
    if cost.per_second is None:
        return _cell("")
    return _cell(f"{'at least ' if cost.lower_bound else ''}{money(cost.per_second, cost.unit)}")


def _phase(of: Figures, series: str) -> str:
    found = of.latencies[series]
    high = "" if found.p90 is None else f"p90 {found.p90.value:.1f} s"
    return _cell("" if found.p50 is None else f"{found.p50.value:.1f} s", high)


# plots --------------------------------------------------------------------------------------------------------------


def distributions(of: Sequence[Figures], title: str) -> str:
    """A dot for each clip, the median and its interval."""
    rows = []
    for each in by_median(each for each in of if each.totals):
        found = each.latencies["total"].p50
        span = "" if found is None or not found.interval else f" ({interval_words(found)})"
        words = f"too few for a median, n = {each.n}" if found is None else f"{found.value:.1f} s{span}, n = {each.n}"
        low, high = _ends(found)
        value = None if found is None else found.value
        rows.append(Lane(each.name, words, value, low, high, tuple(sample.middle_s for sample in each.totals)))
    return charts.lanes(rows, title, "seconds") or "<p>No clip arrived whose latency was watched throughout.</p>"


def _ends(of: Estimate | None) -> tuple[float | None, float | None]:
    return (None, None) if of is None or of.interval is None else (of.interval.low, of.interval.high)


def phases(of: Sequence[Figures], title: str) -> str:
    """The medians of the phases, stacked."""
    bars = []
    for each in by_median(of):
        spent = {name: found.value for name in PHASES if (found := each.latencies[name].p50) is not None}
        if len(spent) == len(PHASES):
            bars.append(Bar(each.name, spent, sum(spent.values()), None))
    left = [each.name for each in of if each.n and median(each) is None]
    note = f'<p class="ch-note">Too few clips for medians: {escape(", ".join(left))}.</p>' if left else ""
    return (charts.stacks(bars, title) or "<p>Too few clips for medians.</p>") + note


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
    rows = []
    for each in sorted(of, key=lambda each: (-(each.success.value if each.success else -1.0), each.name)):
        if each.success is not None and each.success.interval is not None:
            low, high = _ends(each.success)
            words = f"{each.delivered} of {each.success.n} ({interval_words(each.success, ' %', 100, 0)})"
            rows.append(Lane(each.name, words, 100 * each.success.value, 100 * (low or 0), 100 * (high or 0)))
    return charts.lanes(rows, title, "percent delivered", top=100.0) or "<p>No job has ended.</p>"


# lists --------------------------------------------------------------------------------------------------------------


def listed(items: Iterable[str]) -> str:
    """A list of what is HTML already; empty without any."""
    found = "".join(f"<li>{item}</li>" for item in items)
    return f'<ul class="sr-list">{found}</ul>' if found else ""


def failures(of: Sequence[Figures]) -> str:
    """How jobs failed, in their providers' words, and what that is known to have cost."""
    items = []
    for each in of:
        lost = sum(failure.count for failure in each.failures)
        if lost:
            kinds = "; ".join(_failed(failure) for failure in each.failures[:5])
            others = len(each.failures) - 5
            more = f"; {others} other way{'s' if others > 1 else ''}" if others > 0 else ""
            items.append(f"<strong>{escape(each.name)}</strong>: {kinds}{more}. {escape(_lost_money(each.cost, lost))}")
    return f"<h3>How jobs failed</h3>{listed(items)}" if items else "<p>No job failed.</p>"


def requests(of: Sequence[Mapping[str, Any]]) -> str:
    """What was asked, request by request, as ``results.requests_of`` tells it."""
    heads = ("request", "prompt", "first frame", "last frame", "duration", "resolution", "optimizer")
    rows = [_request(each) for each in of[:MOST_REQUESTS]]
    more = f"<p>{len(of) - MOST_REQUESTS} more are in requests.csv.</p>" if len(of) > MOST_REQUESTS else ""
    return (table("Requests", heads, rows) if rows else "<p>No request is there any more.</p>") + more


def _request(of: Mapping[str, Any]) -> str:
    duration, optimizer = of["duration"], of["prompt_optimizer"]
    asked = of["frames"] or ""
    return (
        f'<tr><th scope="row">{of["request"]}</th><td class="rp-words">{_short(of["prompt"], PROMPT)}</td>'
        f"<td>{_frame(of['first_frame_sha256'], 'first' in asked)}</td>"
        f"<td>{_frame(of['last_frame_sha256'], 'last' in asked)}</td>"
        f"{_cell(f'{duration} s' if duration else '')}{_cell(of['resolution'] or '')}"
        f"{_cell('' if optimizer is None else 'on' if optimizer else 'off')}</tr>"
    )


def _frame(sha256: str | None, asked: bool) -> str:
    if sha256 is None:
        return "sent to no variant" if asked else DASH
    return f"<code>{_short(sha256, HASH)}</code>"


def _short(text: str, most: int) -> str:
    """The beginning of a long text, with the whole of it as its title."""
    if len(text) <= most:
        return escape(text)
    return f'<span title="{escape(text)}">{escape(text[: most - 1])}…</span>'


def _failed(of: Failure) -> str:
    return f"{of.count} {FAILED[of.state]}, <q>{escape((of.error or NO_ERROR).removesuffix('.'))}</q>"


def _lost_money(cost: Costs, lost: int) -> str:
    if cost.failures_unknown == lost:
        return f"What {'it' if lost == 1 else 'they'} cost is unknown, which is not the same as nothing."
    known = "nothing" if not cost.of_failures else money(cost.of_failures, cost.unit)
    unknown = f"; the cost of {cost.failures_unknown} is unknown" if cost.failures_unknown else ""
    return f"{'It is' if lost == 1 else 'They are'} known to have cost {known}{unknown}."


def bills(of: Sequence[Figures]) -> str:
    """Estimates against bills."""
    items = [
        f"<strong>{escape(each.name)}</strong>: {escape(money(told.estimate, told.unit))} estimated at worst,"
        f" {escape(money(told.billed, told.unit))} billed, over {jobs(told.n)}"
        for each in of
        if (told := each.cost.against_bill) is not None
    ]
    none = "<p class='rp-quiet'>No provider said what it charged for a job that had an estimate.</p>"
    return f"<h3>Estimates against bills</h3>{listed(items) or none}"


def pairs(of: Summary) -> str:
    """The verdicts; those that could be told apart first."""
    names = of.names
    if not of.pairs:
        return "<p>No two variants were given the same request.</p>"
    told = [pair for pair in of.pairs if pair.total.told_apart or (pair.cost and pair.cost.told_apart)]
    others = [pair for pair in of.pairs if pair not in told]
    if len(others) <= FEW_PAIRS:
        return _pairs([*told, *others], names)
    folded = f"<details><summary>{len(others)} pairs not told apart</summary>{_pairs(others, names)}</details>"
    return (_pairs(told, names) if told else "<p>No two variants could be told apart.</p>") + folded


def _pairs(of: Sequence[Pair], names: Mapping[str, str]) -> str:
    rows = [
        f'<tr><th scope="row">{escape(names[pair.a])}{_small(f"and {names[pair.b]}")}</th>'
        f'<td class="sr-wrap">{_verdict(pair.total, time_verdict(pair, names))}</td>{_difference(pair.total)}'
        f'<td class="sr-wrap">{_verdict(pair.cost, price_verdict(pair, names))}</td></tr>'
        for pair in of
    ]
    return table("Verdicts by pair", ("pair", "time", "difference", "price of a clip"), rows)


def _verdict(of: Difference | None, words: str) -> str:
    """As a sentence, of two that are not told apart without the names that stand beside it."""
    if of is None:
        return DASH
    said = undecided_words(of) if of.finding is Finding.ALIKE and not of.exact else words
    return escape(f"{said[:1].upper()}{said[1:]}.")


def _difference(of: Difference) -> str:
    if of.median is None:
        return _cell("", f"n = {of.n}")
    what = "repeats" if of.repeats_only else "requests"
    span = f"{interval_words(of)} s · " if of.interval else ""
    signed = (f"{of.median:+.1f} s", f"{span}n = {of.n} {what}")
    return _cell(*(words.replace("-", "\N{MINUS SIGN}") for words in signed))


def _out_of(of: Excluded) -> str:
    if of.latency_only:
        return "out of the latencies only"
    return "out of every figure but the cost" if of.may_cost else "out of every figure"


def excluded(of: Summary) -> str:
    """What is left out, by reason and variant."""
    names = of.names
    groups: dict[tuple[ExclusionReason, str, str], list[str]] = {}
    for each in of.excluded:
        groups.setdefault((each.reason, _out_of(each), each.variant), []).extend([each.job or ""] * each.count)
    items = []
    for (reason, where, variant), found in groups.items():
        ids = ", ".join(job for job in found[:6] if job) + (" …" if len(found) > 6 else "")
        who = names.get(variant, variant) or "The session"
        count = jobs(len(found)) if variant else f"{len(found)} run{'s' if len(found) != 1 else ''}"
        shown = f" <code>{escape(ids)}</code>" if ids.strip(" …") else ""
        items.append(f"<strong>{escape(who)}</strong>, {count}: {escape(EXCLUDED[reason])}; {where}.{shown}")
    return listed(items) or "<p>Nothing: every job that was made is in the figures.</p>"
