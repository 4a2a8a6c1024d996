"""Which of two variants is faster and which is cheaper, as a sentence without its period."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal

from comparisons.analysis.differences import Compared, Difference, Finding
from comparisons.analysis.intervals import Interval
from comparisons.analysis.pairs import Pair
from comparisons.metrics import METRICS
from providers import SYMBOLS, Basis, Money

METRIC = {metric.name: metric for metric in METRICS}
BASES: dict[Basis, str] = {"list": "by the list", "quoted": "as quoted", "billed": "as billed"}
"""How the words say how an exact price is known."""


def time_verdict(pair: Pair, names: Mapping[str, str]) -> str:
    """Which of a pair is faster. ``names`` are the names of variants, by their references."""
    return verdict(names[pair.a], names[pair.b], pair.total) + _of_what(pair, pair.total)


def _of_what(pair: Pair, difference: Difference) -> str:
    """What must be added to any verdict about a pair that was not sent the same; else empty."""
    nothing_said = pair.alike or difference.finding is Finding.TOO_FEW
    return "" if nothing_said else ", though they were not sent the same request"


def price_verdict(pair: Pair, names: Mapping[str, str]) -> str:
    """Whose clips cost less; empty if prices cannot be compared. ``names`` as in ``time_verdict``."""
    cost, a, b = pair.cost, names[pair.a], names[pair.b]
    if cost is None or pair.cost_unit is None:
        return ""
    if cost.exact and cost.interval is not None:
        bases = " and ".join(words for basis, words in BASES.items() if basis in pair.cost_bases)
        return f"{_exact_words(a, b, cost.interval, pair.cost_unit)}, {bases}{_of_what(pair, cost)}"
    return verdict(a, b, cost, pair.cost_unit) + _of_what(pair, cost)


def metric_verdict(pair: Pair, names: Mapping[str, str], metric: str) -> str:
    """Of which of a pair's clips a metric is lower, and by how much. ``names`` as in ``time_verdict``."""
    difference, of = pair.metrics[metric], METRIC[metric]
    a, b = names[pair.a], names[pair.b]
    if not difference.told_apart or difference.interval is None:
        words = undecided_words(difference)
        return f"{of.label}: {a} and {b} {words}" if difference.finding is Finding.ALIKE else f"{of.label}: {words}"
    less, more = (a, b) if difference.finding is Finding.A_LESS else (b, a)
    least, most = sorted((abs(difference.interval.low), abs(difference.interval.high)))
    by = " to ".join(_ends(least, most, None))
    better = {"lower": ", which is better", "higher": ", which is worse", "neither": ""}[of.better]
    return f"{of.label}: {less} has {by} {of.unit} less than {more}{better}".replace("  ", " ") + _of_what(
        pair, difference
    )


def verdict(name_a: str, name_b: str, difference: Difference, currency: str | None = None) -> str:
    """Which of two takes less, and by how much: money in a ``currency``, or seconds without one."""
    if difference.told_apart and difference.interval is not None:
        less = name_a if difference.finding is Finding.A_LESS else name_b
        least, most = sorted((abs(difference.interval.low), abs(difference.interval.high)))
        better = "faster" if currency is None else "cheaper"
        return f"{less} is {better} by {_range(least, most, currency)}"
    words = undecided_words(difference)
    return f"{name_a} and {name_b} {words}" if difference.finding is Finding.ALIKE else words


def undecided_words(difference: Difference) -> str:
    """The words about two variants that are not told apart, without their names."""
    if difference.finding is Finding.TOO_FEW:
        return f"too few pairs to compare (n = {difference.n})"
    if difference.more is None:
        return f"cannot be told apart at n = {difference.n}; no sensible number more would do"
    of_what = "requests" if difference.of is Compared.MEDIANS else "repeats of each"
    return f"cannot be told apart at n = {difference.n}; about {difference.more} more {of_what} needed"


def _exact_words(a: str, b: str, by: Interval, unit: str) -> str:
    """The words about an exact difference of prices; amounts are written in full, since they are no estimates."""
    if by == Interval(0, 0):
        return f"a clip of {a} and of {b} costs the same"
    if by.low <= 0 <= by.high:
        return f"whether a clip of {a} or of {b} costs less depends on the request"
    less, more = (a, b) if by.high < 0 else (b, a)
    ends = sorted({abs(by.low), abs(by.high)})
    amounts = " to ".join(str(Money(Decimal(str(end)), unit)) for end in ends)
    return f"{less} costs {amounts} less per clip than {more}"


def _ends(low: float, high: float, currency: str | None) -> list[str]:
    """Both ends of a range. They get more digits while they look the same, and are one number if they still do."""
    for extra in range(4):
        ends = [_figure(end, currency, extra) for end in (low, high)]
        if ends[0] != ends[1]:
            return ends
    return [_figure(low, currency, 0)]


def _range(low: float, high: float, currency: str | None) -> str:
    """A range in words, with its unit."""
    ends = _ends(low, high, currency)
    return f"{' to '.join(ends)} s" if currency is None else " to ".join(f"{_sign(currency)}{end}" for end in ends)


def _sign(currency: str) -> str:
    """What is written before an amount: the currency's symbol, or its code and a space."""
    return SYMBOLS.get(currency, f"{currency} ")


def _figure(value: float, currency: str | None, extra: int) -> str:
    """Seconds with two significant digits; money with cents, or below a cent, with its first significant digit."""
    first = -math.floor(math.log10(value))
    return f"{value:.{max(0, first + 1) + extra if currency is None else max(2, first) + extra}f}"
