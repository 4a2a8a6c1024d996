"""The tables on a session's page: its figures, every phase, its requests and the verdicts on pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from comparisons.analysis import (
    OPT,
    SERIES,
    Costs,
    Difference,
    Estimate,
    Figures,
    Finding,
    Pair,
    Summary,
    no_cost_words,
    price_verdict,
    time_verdict,
    undecided_words,
)
from comparisons.exports._html import DASH, cell, shortened, small, table
from comparisons.exports.figure_words import by_median, cost_words, interval_words, median, money
from comparisons.words import SHORT
from providers import LABELS, Basis, Value

FEW_PAIRS = 12
"""So many undecided pairs are shown at once; if there are more, all are folded away."""
MOST_REQUESTS = 200
"""The most requests that are listed."""
BASES: dict[Basis, str] = {"billed": "billed", "quoted": "quoted", "list": "list price"}
"""How it is said how a cost is known."""
ALWAYS = ("duration", "resolution", "prompt_optimizer")
"""The options that have a column even if no request asks for them."""
PROMPT, HASH = 160, 13
"""Characters of a prompt, and of an image's hash, that are shown."""


def headline(of: Sequence[Figures], what: str) -> str:
    """The table of the most important figures, with one row for each variant or model. ``what``: which of the two."""
    best = min((value for each in of if (value := median(each)) is not None), default=None)
    heads = (what, "median total", "p90 total", "spread", "delivered", "n", "cost of a clip", "per second")
    rows = [
        f'<tr><th scope="row">{escape(each.name)}{small(each.key if each.key != each.name else "")}</th>'
        f"{_latency(each, 'p50', best)}"
        f"{_latency(each, 'p90', None)}{_spread(each)}{_success(each)}{cell(str(each.n))}"
        f"{_cost(each.cost)}{_per_second(each.cost)}</tr>"
        for each in by_median(of)
    ]
    return table(f"Figures by {what}", heads, rows, "sr-figures")


def phases_table(of: Sequence[Figures]) -> str:
    """The medians and p90s of every phase, folded away."""
    rows = [
        f'<tr><th scope="row">{escape(each.name)}{small(f"n = {each.n}")}</th>'
        + "".join(_phase(each, series) for series in SERIES)
        + "</tr>"
        for each in by_median(of)
    ]
    whole = table("Every phase by variant", ("variant", *SERIES), rows)
    return f"<details><summary>Every phase in figures</summary>{whole}</details>"


def _success(of: Figures) -> str:
    if of.success is None:
        return cell("", "none ended")
    counts = f"{of.delivered} of {of.success.n} · {interval_words(of.success, ' %', 100, 0)}"
    return f"<td>{of.success.value:.0%}{small(counts)}{small(_doubt(of))}</td>"


def _doubt(of: Figures) -> str:
    """The range of the share that delivered, whatever became of the uncertain jobs; empty if there are none."""
    found = of.success_bounds
    if not of.uncertain or found is None:
        return ""
    return f"{100 * found.low:.0f} to {100 * found.high:.0f} % with {of.uncertain} uncertain"


def _latency(of: Figures, share: str, best: float | None) -> str:
    found: Estimate | None = getattr(of.latencies["total"], share)
    if found is None:
        return cell("", "too few")
    small = f"{interval_words(found)} s" if found.interval else "no interval"
    return cell(f"{found.value:.1f} s", small, "sr-best" if found.value == best else "")


def _spread(of: Figures) -> str:
    found = of.latencies["total"].spread
    return cell("" if found is None else f"{found:.1f} s", "middle half" if found is not None else "too few")


def _cost(cost: Costs) -> str:
    if cost.per_clip is None:
        return cell("", no_cost_words(cost.why_not))
    basis = ", ".join(BASES[name] for name in cost.basis if name in BASES)
    return cell(cost_words(cost), f"{cost.unknown} of {cost.known + cost.unknown} unknown" if cost.unknown else basis)


def _per_second(cost: Costs) -> str:
    if cost.per_second is None:
        return cell("")
    return cell(f"{'at least ' if cost.lower_bound else ''}{money(cost.per_second, cost.unit)}")


def _phase(of: Figures, series: str) -> str:
    found = of.latencies[series]
    high = "" if found.p90 is None else f"p90 {found.p90.value:.1f} s"
    return cell("" if found.p50 is None else f"{found.p50.value:.1f} s", high)


def requests(of: Sequence[Mapping[str, Any]]) -> str:
    """The table of what was asked, request by request; ``of`` is as ``result_files.requests_of`` gives it."""
    told = [name for name in (of[0] if of else ()) if name.startswith(OPT)]
    options = list(dict.fromkeys([*(f"{OPT}{name}" for name in ALWAYS), *told]))
    heads = ("request", "prompt", "first frame", "last frame", *(_head(name) for name in options))
    rows = [_request(each, options) for each in of[:MOST_REQUESTS]]
    more = f"<p>{len(of) - MOST_REQUESTS} more are in requests.csv.</p>" if len(of) > MOST_REQUESTS else ""
    return (table("Requests", heads, rows) if rows else "<p>No request is there any more.</p>") + more


def _head(column: str) -> str:
    name = column.removeprefix(OPT)
    return SHORT.get(name) or LABELS.get(name, name.replace("_", " ")).lower()


def _request(of: Mapping[str, Any], options: Sequence[str]) -> str:
    first, last = (bool((of["frames"] or {}).get(name)) for name in ("first_frame", "last_frame"))
    return (
        f'<tr><th scope="row">{of["request"]}</th><td class="rp-words">{shortened(of["prompt"], PROMPT)}</td>'
        f"<td>{_frame(of['first_frame_sha256'], first)}</td>"
        f"<td>{_frame(of['last_frame_sha256'], last)}</td>"
        f"{''.join(cell(_setting(name, of.get(name))) for name in options)}</tr>"
    )


def _setting(column: str, value: Value | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value} s" if column == f"{OPT}duration" else shortened(str(value), PROMPT)


def _frame(sha256: str | None, asked: bool) -> str:
    if sha256 is None:
        return "sent to no variant" if asked else DASH
    return f"<code>{shortened(sha256, HASH)}</code>"


def pairs(of: Summary) -> str:
    """The table of verdicts on pairs, with those that could be told apart first."""
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
        f'<tr><th scope="row">{escape(names[pair.a])}{small(f"and {names[pair.b]}")}</th>'
        f'<td class="sr-wrap">{_verdict(pair.total, time_verdict(pair, names))}</td>{_difference(pair.total)}'
        f'<td class="sr-wrap">{_verdict(pair.cost, price_verdict(pair, names))}</td></tr>'
        for pair in of
    ]
    return table("Verdicts by pair", ("pair", "time", "difference", "price of a clip"), rows)


def _verdict(of: Difference | None, words: str) -> str:
    """The verdict as a sentence. For two that are not told apart it has no names, since the row has them."""
    if of is None:
        return DASH
    said = undecided_words(of) if of.finding is Finding.ALIKE and not of.exact else words
    return escape(f"{said[:1].upper()}{said[1:]}.")


def _difference(of: Difference) -> str:
    if of.median is None:
        return cell("", f"n = {of.n}")
    what = "repeats" if of.repeats_only else "requests"
    span = f"{interval_words(of)} s · " if of.interval else ""
    signed = (f"{of.median:+.1f} s", f"{span}n = {of.n} {what}")
    return cell(*(words.replace("-", "\N{MINUS SIGN}") for words in signed))
