"""Compares the speed and the price of every two variants that were given the same requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import combinations

from comparisons.analysis import measured
from comparisons.analysis.costs import Price, price_difference
from comparisons.analysis.differences import Difference, among_many, paired_difference
from comparisons.analysis.inclusion import PlannedJob
from comparisons.analysis.samples import Sample
from providers import Basis


@dataclass(frozen=True)
class Pair:
    """Two variants that were given the same requests: the differences of their totals, in seconds, and of their prices.

    ``cost`` compares the prices of delivered clips, in the currency ``cost_unit``, since it is seldom known what a
    failure costs; None if prices cannot be compared. ``cost_bases``: how these prices are known. ``alike``: both were
    sent the same; False if, for example, one was sent another duration because it does not have the one asked for.
    ``metrics``: the differences of what was measured of their clips, by metric.
    """

    a: str
    b: str
    total: Difference
    cost: Difference | None = None
    cost_unit: str | None = None
    cost_bases: frozenset[Basis] = frozenset()
    alike: bool = True
    metrics: Mapping[str, Difference] = field(default_factory=dict)


def pairs_of(groups: Mapping[str, Sequence[PlannedJob]], usd: Mapping[str, Decimal], seed: int) -> tuple[Pair, ...]:
    """Every two variants that share requests, compared. All differences that need a test are judged together.

    Args:
        groups: each variant's jobs of the plan, by its reference.
        usd: US dollars for one unit of each currency.
        seed: for the draws from the polls' windows.
    """
    asked = {ref: {each.request for each in group} for ref, group in groups.items()}
    both = [(a, b) for a, b in combinations(groups, 2) if asked[a] & asked[b]]
    totals = {ref: _totals(group) for ref, group in groups.items()}
    prices = {ref: _prices(group) for ref, group in groups.items()}
    times = [paired_difference(totals[a], totals[b], seed) for a, b in both]
    costs = [price_difference(prices[a], prices[b], usd, seed) for a, b in both]
    judged = among_many([*times, *(cost.difference for cost in costs if cost is not None)])
    money = iter(judged[len(both) :])
    found = [
        Pair(a, b, time) if cost is None else Pair(a, b, time, next(money), cost.unit, cost.bases)
        for (a, b), time, cost in zip(both, judged, costs, strict=False)
    ]
    pictures = measured.differences(groups, both, seed)
    return tuple(
        replace(pair, alike=_alike(groups[pair.a], groups[pair.b]), metrics=metrics)
        for pair, metrics in zip(found, pictures, strict=True)
    )


def _alike(one: Sequence[PlannedJob], other: Sequence[PlannedJob]) -> bool:
    """Whether the requests that both were given were sent alike."""
    sent = {each.request: each.job.plan.instead for each in one}
    return all(sent[each.request] == each.job.plan.instead for each in other if each.request in sent)


def _totals(group: Iterable[PlannedJob]) -> dict[str, list[Sample]]:
    """The totals of the timed jobs, by request."""
    found: dict[str, list[Sample]] = {}
    for each in group:
        if each.timed:
            found.setdefault(each.request, []).append(each.samples["total"])
    return found


def _prices(group: Iterable[PlannedJob]) -> list[Price]:
    """What delivered clips cost, for those whose cost is known."""
    costs = [(each.request, each.job.cost) for each in group if each.delivered]
    return [Price(request, cost.best, cost.basis) for request, cost in costs if cost.best is not None]
