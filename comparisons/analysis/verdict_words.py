"""Who is faster and who is cheaper, in a sentence without its period."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal

from comparisons.analysis.differences import Compared, Difference, Finding
from comparisons.analysis.intervals import Interval
from comparisons.analysis.pairs import Pair
from providers import SYMBOLS, Basis, Money

BASES: dict[Basis, str] = {"list": "by the list", "quoted": "as quoted", "billed": "as billed"}
"""How it is told by what an exact price is known."""


def time_verdict(pair: Pair, names: Mapping[str, str]) -> str:
    """Who of the pair is faster. ``names`` says what variants are called, by their references."""
    return verdict(names[pair.a], names[pair.b], pair.total) + _of_what(pair, pair.total)


def _of_what(pair: Pair, difference: Difference) -> str:
    """What must be known of anything that is said about a pair."""
    nothing_said = pair.alike or difference.finding is Finding.TOO_FEW
    return "" if nothing_said else ", though they were not sent the same request"


def price_verdict(pair: Pair, names: Mapping[str, str]) -> str:
    """Whose clips cost less; empty where that cannot be compared."""
    cost, a, b = pair.cost, names[pair.a], names[pair.b]
    if cost is None or pair.cost_unit is None:
        return ""
    if cost.exact and cost.interval is not None:
        bases = " and ".join(words for basis, words in BASES.items() if basis in pair.cost_bases)
        return f"{_exact_words(a, b, cost.interval, pair.cost_unit)}, {bases}{_of_what(pair, cost)}"
    return verdict(a, b, cost, pair.cost_unit) + _of_what(pair, cost)


def verdict(name_a: str, name_b: str, difference: Difference, currency: str | None = None) -> str:
    """Who takes less, and by how much: of money in a ``currency``, or of seconds without one."""
    if difference.told_apart and difference.interval is not None:
        less = name_a if difference.finding is Finding.A_LESS else name_b
        least, most = sorted((abs(difference.interval.low), abs(difference.interval.high)))
        better = "faster" if currency is None else "cheaper"
        return f"{less} is {better} by {_range(least, most, currency)}"
    words = undecided_words(difference)
    return f"{name_a} and {name_b} {words}" if difference.finding is Finding.ALIKE else words


def undecided_words(difference: Difference) -> str:
    """What is said of two that are not told apart, without their names."""
    if difference.finding is Finding.TOO_FEW:
        return f"too few pairs to compare (n = {difference.n})"
    if difference.more is None:
        return f"cannot be told apart at n = {difference.n}; no sensible number more would do"
    of_what = "requests" if difference.of is Compared.MEDIANS else "repeats of each"
    return f"cannot be told apart at n = {difference.n}; about {difference.more} more {of_what} needed"


def _exact_words(a: str, b: str, by: Interval, unit: str) -> str:
    """Amounts are told in full, as they are no estimates."""
    if by == Interval(0, 0):
        return f"a clip of {a} and of {b} costs the same"
    if by.low <= 0 <= by.high:
        return f"whether a clip of {a} or of {b} costs less depends on the request"
    less, more = (a, b) if by.high < 0 else (b, a)
    ends = sorted({abs(by.low), abs(by.high)})
    amounts = " to ".join(str(Money(Decimal(str(end)), unit)) for end in ends)
    return f"{less} costs {amounts} less per clip than {more}"


def _range(low: float, high: float, currency: str | None) -> str:
    """Never 0, as it is not 0; more figures where both ends read alike, and one number if they still do."""
    for extra in range(4):
        ends = [_figure(end, currency, extra) for end in (low, high)]
        if ends[0] != ends[1]:
            break
    else:
        ends = [_figure(low, currency, 0)]
    return f"{' to '.join(ends)} s" if currency is None else " to ".join(f"{_sign(currency)}{end}" for end in ends)


def _sign(currency: str) -> str:
    """What stands before an amount: its symbol, or the currency and a space."""
    return SYMBOLS.get(currency, f"{currency} ")


def _figure(value: float, currency: str | None, extra: int) -> str:
    """Two significant figures of seconds; cents of money, or where it is less, its first figure."""
    first = -math.floor(math.log10(value))
    return f"{value:.{max(0, first + 1) + extra if currency is None else max(2, first) + extra}f}"
