"""The figures of a benchmark session: per variant, per model and per pair of variants.

A figure that cannot be known is None, with its reason, and every job that is left out of a figure is listed. A thousand
jobs of 20 variants take about a second, and two once their clips are measured: ``python -m
tests.analysis.test_summary`` prints both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from comparisons.analysis import measured
from comparisons.analysis.costs import Costs, costs_of
from comparisons.analysis.inclusion import Excluded, ExclusionReason, PlannedJob, sorted_out
from comparisons.analysis.intervals import (
    Estimate,
    Interval,
    percentile,
    precise_enough,
    spread,
    success_bounds,
    success_rate,
)
from comparisons.analysis.latencies import SERIES
from comparisons.analysis.pairs import Pair, pairs_of
from comparisons.analysis.samples import Sample
from comparisons.records import Job, Session, State
from comparisons.words import adaptations
from providers import PROVIDERS


@dataclass(frozen=True)
class Latency:
    """The figures of one of ``SERIES``, in seconds; a figure is None if there are too few jobs for it."""

    p50: Estimate | None
    p90: Estimate | None
    spread: float | None


@dataclass(frozen=True)
class Failure:
    """``count`` jobs that ended without a clip in the same state and with the same ``error``; None without any."""

    state: State
    error: str | None
    count: int


@dataclass(frozen=True)
class Figures:
    """The figures of one variant's jobs, or of the jobs of all variants of one model.

    Uncertain jobs, and those that a person stopped, count in the cost only, and only if they may be billed;
    ``Summary.excluded`` lists them.

    Attributes:
        key: the variant's reference, or the model.
        provider: the provider's name; empty for a model, which several may serve.
        label: the variant's label, or the model.
        planned: how many jobs of the plan there are so far, without warm-ups and jobs that were added by hand.
        ended: how many of these are over.
        delivered: how many of the jobs that were really tried brought a clip.
        n: how many jobs count in the latencies: delivered, and watched from beginning to end.
        success: the share that delivered, of the jobs that were really tried and ended: delivered, failed, canceled by
            their provider or refused by it. None if there is none.
        uncertain: how many jobs are uncertain.
        success_bounds: the range of that share, whatever became of the uncertain jobs.
        latencies: by series (see ``SERIES``).
        badges: in words, what could not be sent as asked.
        totals: the total of each of the ``n`` jobs.
        metrics: the median of each metric of ``metrics.METRICS`` that enough of its clips have.
    """

    key: str
    provider: str
    label: str
    model: str
    planned: int
    ended: int
    delivered: int
    n: int
    success: Estimate | None
    uncertain: int
    success_bounds: Interval | None
    latencies: Mapping[str, Latency]
    cost: Costs
    failures: tuple[Failure, ...]
    badges: tuple[str, ...]
    totals: tuple[Sample, ...]
    metrics: Mapping[str, Estimate]

    @property
    def name(self) -> str:
        """``RunComfy · Hailuo 2.3 Pro``; a model by itself."""
        return f"{self.provider} · {self.label}" if self.provider else self.label


@dataclass(frozen=True)
class Summary:
    """All figures of one session. ``compared`` is how many differences of times and prices were judged together."""

    session: str
    name: str
    at: float
    simulated: bool
    live: bool
    requests: int
    repeats: int
    variants: tuple[Figures, ...]
    models: tuple[Figures, ...]
    pairs: tuple[Pair, ...]
    compared: int
    excluded: tuple[Excluded, ...]

    @property
    def names(self) -> dict[str, str]:
        """What each variant is called, by its reference."""
        return {each.key: each.name for each in self.variants}


def summarize(session: Session, usd: Mapping[str, Decimal], seed: int = 0) -> Summary:
    """All figures of a session.

    Args:
        usd: US dollars for one unit of each currency.
        seed: for the draws from the polls' windows; the same seed gives the same figures.

    Raises:
        ValueError: the session mixes simulated and live jobs.
    """
    planned, excluded = sorted_out(session)
    names = _names(planned)
    by_variant, by_model = (_grouped(planned, key) for key in (_variant_of, _model_of))
    counted = [placed for placed in session.runs if not placed.warm_up]
    pairs = pairs_of(by_variant, usd, seed)
    return Summary(
        session=session.id,
        name=session.name,
        at=session.at,
        simulated=session.simulated,
        live=session.live,
        requests=len({placed.request for placed in counted}),
        repeats=len({placed.repeat for placed in counted}),
        variants=tuple(_figures(key, *names[key], group, usd, seed) for key, group in by_variant.items()),
        models=tuple(_figures(key, "", key, group, usd, seed) for key, group in by_model.items()),
        pairs=pairs,
        compared=sum(each.p is not None for pair in pairs for each in (pair.total, pair.cost) if each),
        excluded=tuple(excluded),
    )


def precise(session: Session, share: float) -> bool:
    """Whether the median total of every variant is known within ``share`` of it: a session's stop rule.

    False while any variant has too few jobs, so always False if a variant never delivers.
    """
    groups = _grouped(sorted_out(session)[0], _variant_of)
    totals = [[each.samples["total"] for each in group if each.timed] for group in groups.values()]
    return bool(totals) and all(precise_enough(each, share, seed=0) for each in totals)


def _variant_of(job: Job) -> str:
    return job.plan.variant


def _model_of(job: Job) -> str:
    return job.plan.model


def _grouped(planned: Iterable[PlannedJob], key: Callable[[Job], str]) -> dict[str, list[PlannedJob]]:
    groups: dict[str, list[PlannedJob]] = {}
    for each in planned:
        groups.setdefault(key(each.job), []).append(each)
    return dict(sorted(groups.items()))


def _names(planned: Iterable[PlannedJob]) -> dict[str, tuple[str, str]]:
    """Provider name and label of each variant. Where two variants have both alike, the label has the endpoint added."""
    plans = {each.job.plan.variant: each.job.plan for each in planned}
    plain = {ref: (PROVIDERS[plan.provider].name, plan.label) for ref, plan in plans.items()}
    seen = Counter(plain.values())
    return {
        ref: (provider, f"{label} ({plans[ref].endpoint})" if seen[provider, label] > 1 else label)
        for ref, (provider, label) in plain.items()
    }


def _figures(
    key: str, provider: str, label: str, group: Sequence[PlannedJob], usd: Mapping[str, Decimal], seed: int
) -> Figures:
    counted = [each.job for each in group if each.out is None]
    timed = [each.samples for each in group if each.timed]
    delivered = sum(each.delivered for each in group)
    uncertain = sum(each.out is ExclusionReason.UNCERTAIN for each in group)
    return Figures(
        key=key,
        provider=provider,
        label=label,
        model=_model_of(group[0].job),
        planned=len(group),
        ended=sum(each.job.done for each in group),
        delivered=delivered,
        n=len(timed),
        success=success_rate(delivered, len(counted)),
        uncertain=uncertain,
        success_bounds=success_bounds(delivered, len(counted), uncertain),
        latencies={series: _latency([each[series] for each in timed], seed) for series in SERIES},
        cost=costs_of(counted, usd, [each.job for each in group if each.may_cost]),
        failures=_failures(counted),
        badges=_adaptations(each.job for each in group),
        totals=tuple(each["total"] for each in timed),
        metrics=measured.medians(group, seed),
    )


def _adaptations(jobs: Iterable[Job]) -> tuple[str, ...]:
    """In words, what some of these jobs were not sent as asked."""
    return tuple(sorted({words for job in jobs for words in adaptations(job.plan.asked, job.plan.sent)}))


def _latency(samples: Sequence[Sample], seed: int) -> Latency:
    return Latency(percentile(samples, 0.5, seed), percentile(samples, 0.9, seed), spread(samples))


def _failures(jobs: Iterable[Job]) -> tuple[Failure, ...]:
    found = Counter((job.state, job.error or None) for job in jobs if job.state != State.DELIVERED)
    return tuple(Failure(state, error, count) for (state, error), count in found.most_common())
