"""Which of two variants is faster, and which is cheaper, for every two that were given the same requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations

from comparisons.analysis.costs import Price, price_difference
from comparisons.analysis.differences import Difference, among_many, paired_difference
from comparisons.analysis.inclusion import PlannedJob
from comparisons.analysis.samples import Sample
from providers import Basis


@dataclass(frozen=True)
class Pair:
    """Two variants that were given the same requests: their totals in seconds, and where known their prices.

    ``cost`` compares what delivered clips cost, in ``cost_unit``, as what a failure costs is seldom known;
    ``cost_bases`` says by what these costs are known. ``alike``: both were sent these requests alike, as far as is
    noted; else one of them was sent another length, say, since it has none of what was asked.
    """

    a: str
    b: str
    total: Difference
    cost: Difference | None = None
    cost_unit: str | None = None
    cost_bases: frozenset[Basis] = frozenset()
    alike: bool = True


def pairs_of(groups: Mapping[str, Sequence[PlannedJob]], usd: Mapping[str, Decimal], seed: int) -> tuple[Pair, ...]:
    """Every two of the variants in ``groups`` that share requests; all that takes a test is judged together."""
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
    return tuple(replace(pair, alike=_alike(groups[pair.a], groups[pair.b])) for pair in found)


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
    """What delivered clips cost, of those of which it is known."""
    costs = [(each.request, each.job.cost) for each in group if each.delivered]
    return [Price(request, cost.best, cost.basis) for request, cost in costs if cost.best is not None]
