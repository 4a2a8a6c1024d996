"""How the figures of a session are ordered and written: amounts, costs and intervals."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from comparisons.analysis import Costs, Difference, Estimate, Figures
from providers import Money


def by_median(of: Iterable[Figures]) -> list[Figures]:
    """The figures by median total, the fastest first; those without a median last."""
    return sorted(of, key=lambda each: (median(each) is None, median(each) or 0.0, each.name))


def median(of: Figures) -> float | None:
    """The median total in seconds; None if there are too few clips."""
    found = of.latencies["total"].p50
    return None if found is None else found.value


def money(amount: Decimal, unit: str | None) -> str:
    """An amount in cents, or below one unit, if it needs them, with four decimals."""
    step = Decimal("0.01") if amount >= 1 or amount == amount.quantize(Decimal("0.01")) else Decimal("0.0001")
    return str(Money(amount.quantize(step), unit))


def cost_words(cost: Costs) -> str:
    """``$0.19``, ``at least $0.28`` or ``unknown``."""
    if cost.per_clip is None:
        return "unknown"
    return f"{'at least ' if cost.lower_bound else ''}{money(cost.per_clip, cost.unit)}"


def interval_words(of: Estimate | Difference, unit: str = "", scale: float = 1.0, digits: int = 1) -> str:
    """``36.8 to 48.3``; empty if there is no interval. Both ends are multiplied by ``scale``."""
    if of.interval is None:
        return ""
    return f"{of.interval.low * scale:.{digits}f} to {of.interval.high * scale:.{digits}f}{unit}"
