"""What was measured of clips, per variant and per pair of variants. There is no sum of different metrics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from comparisons.analysis.differences import DECIMALS, Difference, among_many, paired_difference
from comparisons.analysis.inclusion import PlannedJob
from comparisons.analysis.intervals import Estimate, Interval, percentile
from comparisons.analysis.samples import Sample
from comparisons.metrics import METRICS

NAMES = tuple(metric.name for metric in METRICS)
SHIFT = 100.0
"""Is added to every value, and taken from every median: a ``Sample`` is not negative, and loudness is."""


def medians(group: Sequence[PlannedJob], seed: int) -> dict[str, Estimate]:
    """The median of each metric over a variant's clips; without those that too few clips have."""
    found = {name: percentile([*chain(*_by_request(group, name).values())], 0.5, seed) for name in NAMES}
    return {name: _shifted_back(estimate) for name, estimate in found.items() if estimate is not None}


def _shifted_back(of: Estimate) -> Estimate:
    span = None if of.interval is None else Interval(of.interval.low - SHIFT, of.interval.high - SHIFT)
    return Estimate(round(of.value - SHIFT, DECIMALS), span, of.n)


def differences(
    groups: Mapping[str, Sequence[PlannedJob]], both: Sequence[tuple[str, str]], seed: int
) -> list[dict[str, Difference]]:
    """For each pair of variants, how much more of each metric the first has, by request; metrics that both have.

    All of them are judged together, and apart from times and prices: a session that measures pictures as well is not
    to say less about times.
    """
    values = {ref: {name: _by_request(group, name) for name in NAMES} for ref, group in groups.items()}
    asked = [(at, name) for at, pair in enumerate(both) for name in NAMES if all(values[ref][name] for ref in pair)]
    judged = among_many(
        [paired_difference(values[both[at][0]][name], values[both[at][1]][name], seed) for at, name in asked]
    )
    found: list[dict[str, Difference]] = [{} for _ in both]
    for (at, name), difference in zip(asked, judged, strict=True):
        found[at][name] = difference
    return found


def _by_request(group: Iterable[PlannedJob], name: str) -> dict[str, list[Sample]]:
    """A metric of the clips that are in the figures and have it, by request."""
    found: dict[str, list[Sample]] = {}
    for each in group:
        scores = each.job.scores if each.delivered else None
        value = None if scores is None else scores.values[name]
        if value is not None:
            found.setdefault(each.request, []).append(Sample(value + SHIFT))
    return found
