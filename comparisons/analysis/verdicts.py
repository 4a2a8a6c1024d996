"""A difference in a sentence."""

from __future__ import annotations

import math

from comparisons.analysis.statistics import Difference, Finding


def verdict(name_a: str, name_b: str, difference: Difference, unit: str = "s") -> str:
    """One sentence. Any unit but seconds is money: it stands in front, and who takes less of it is cheaper."""
    if difference.interval is None:
        return f"too few pairs to compare (n = {difference.n})"
    if difference.told_apart:
        less = name_a if difference.finding is Finding.A_LESS else name_b
        least, most = sorted((abs(difference.interval.low), abs(difference.interval.high)))
        return f"{less} is {'faster' if unit == 's' else 'cheaper'} by {_range(least, most, unit)}"
    needed = "no sensible number more would do" if difference.more is None else f"about {difference.more} more needed"
    return f"{name_a} and {name_b} cannot be told apart at n = {difference.n}; {needed}"


def _range(low: float, high: float, unit: str) -> str:
    """Never 0, as it is not 0; more figures where both ends read alike, and one number if they still do."""
    for extra in range(4):
        ends = [_figure(end, unit, extra) for end in (low, high)]
        if ends[0] != ends[1]:
            break
    else:
        ends = [_figure(low, unit, 0)]
    return f"{' to '.join(ends)} s" if unit == "s" else " to ".join(f"{unit}{end}" for end in ends)


def _figure(value: float, unit: str, extra: int) -> str:
    """Two significant figures of seconds; cents of money, or where it is less, its first figure."""
    first = -math.floor(math.log10(value))
    return f"{value:.{max(0, first + 1) + extra if unit == 's' else max(2, first) + extra}f}"
