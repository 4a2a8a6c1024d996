"""What a benchmark session says: per variant, per model and per pair of variants. Pure: records in, figures out.

Every figure comes from ``statistics``. What cannot be known is None with its reason, and every job that a figure leaves
out is listed. A thousand jobs take well under a second: ``python -m tests.analysis.test_summary`` prints it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from itertools import combinations
from typing import Any

from comparisons.analysis.costs import Costs, Price, costs_of, price_difference
from comparisons.analysis.statistics import (
    Difference,
    Estimate,
    Interval,
    Sample,
    among_many,
    paired_difference,
    percentile,
    precise_enough,
    spread,
    success_bounds,
    success_rate,
)
from comparisons.analysis.verdicts import verdict
from comparisons.records import PHASES, Job, Placed, Session
from providers import PROVIDERS, Money

SERIES = (*PHASES, "provider", "held", "total")
"""What has percentiles: the six phases; accepted to done, whatever of it was queue; our own limits; all six in sum."""
WARM_UP = "made to warm up"
AGAIN = "taken again by hand, outside the plan's order"
ANEW = "tried anew, since the account's key or balance was refused"
OPEN = "not over yet"
STOPPED = "stopped by a person"
UNCERTAIN = "nobody knows whether it was made"
WRITTEN_OFF = "never answered, and not charged by a person's word"
UNTRIED = "never sent, or refused for its account, so it says nothing of its provider"
RESUMED = "picked up after an interruption: its latency includes time nobody watched"
BY_HAND = "brought by a person: no latency is claimed"
DELETED = "deleted since, with all its jobs"

BY = {"list": "by the list", "quoted": "as quoted", "billed": "as billed"}
"""How the basis of an exact price is told."""


@dataclass(frozen=True)
class Latency:
    """One phase, ``held`` or ``total``, in seconds; None where so few jobs cannot carry it."""

    p50: Estimate | None
    p90: Estimate | None
    spread: float | None


@dataclass(frozen=True)
class Failure:
    """A way in which jobs ended without a clip: what happened, in whose words, and how often."""

    kind: str
    words: str
    count: int


@dataclass(frozen=True)
class Figures:
    """What the jobs of one variant say, or those of all variants of one model.

    ``planned`` and ``ended`` leave out warm-ups and jobs taken again. ``n`` jobs are in the latencies: delivered, and
    watched throughout. ``success`` is the share that delivered of the jobs that ended and were really tried: those
    delivered, failed, canceled by their provider or refused by it. Whatever became of the ``uncertain`` jobs, of which
    nobody knows, it is within ``success_bounds``: from the low end of its interval if all of them failed, to the high
    end if all delivered. They, and jobs that a person stopped, are in no figure but the cost, if they may be billed,
    and are listed under ``Summary.excluded``. ``totals`` are the ``n`` totals; ``badges`` say what could not be sent as
    asked.
    """

    key: str
    name: str
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


@dataclass(frozen=True)
class Pair:
    """Two variants that were given the same requests: totals, and where known what a delivered clip costs.

    The cost compared is that of delivered clips alone, as what a failure costs is seldom known.
    """

    a: str
    b: str
    total: Difference
    total_words: str
    cost: Difference | None
    cost_unit: str | None
    cost_words: str


@dataclass(frozen=True)
class Excluded:
    """A job that a figure leaves out: all figures, with ``latency_only`` just the latencies, with ``may_cost`` all but
    the cost. ``job`` is None, and ``variant`` empty, for what is not there any more."""

    job: str | None
    variant: str
    reason: str
    latency_only: bool = False
    count: int = 1
    may_cost: bool = False


@dataclass(frozen=True)
class Summary:
    """All that is said of one session. ``compared`` is how many differences were judged together."""

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

    def to_json(self) -> dict[str, Any]:
        """JSON-safe, amounts as plain numbers; without the single latencies, which the rows have, nor how it ended."""
        plain: dict[str, Any] = _plain(self)
        return plain


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value) if each.name != "totals"}
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return float(value) if isinstance(value, Decimal) else value


# which jobs count -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Taken:
    """A job of the plan, warm-ups apart, the request it is of, and why no figure has it: empty if one does."""

    job: Job
    request: str
    out: str

    @property
    def timed(self) -> bool:
        return not self.out and self.job.state == "delivered" and not self.job.resumed and not self.job.by_hand

    @property
    def may_cost(self) -> bool:
        """It brought no clip and tells nothing of its provider, and yet may be billed."""
        return self.out == UNCERTAIN or (self.out in (STOPPED, OPEN) and _stopped_late(self.job))


def _stopped_late(job: Job) -> bool:
    """Stopped by a person once it had been sent: canceled there, or just not waited for any more."""
    asked = job.last("stop", "resumed")
    given_up = job.done or (asked is not None and asked.kind == "stop")
    return given_up and job.may_have_arrived and not job.owes_nothing


def _sorted_out(session: Session) -> tuple[list[_Taken], list[Excluded]]:
    """The plan's jobs, and those that some figure leaves out, in the plan's order.

    Raises:
        ValueError: simulated and live jobs are mixed.
    """
    taken, excluded = [], []
    for placed in session.runs:
        for job in placed.run.jobs:
            if (job.plan.simulated, job.plan.live) != (session.simulated, session.live):
                raise ValueError(f"Session {session.id} mixes simulated and live jobs: {job.id} is of another kind.")
            why = _why_out(job, placed)
            each = _Taken(job, str(placed.request), why)
            if why not in (WARM_UP, AGAIN, ANEW):
                taken.append(each)
            if why:
                excluded.append(Excluded(job.id, job.plan.variant, why, may_cost=each.may_cost))
            elif job.state == "delivered" and (job.by_hand or job.resumed):
                why = BY_HAND if job.by_hand else RESUMED
                excluded.append(Excluded(job.id, job.plan.variant, why, latency_only=True))
    if session.deleted:
        excluded.append(Excluded(None, "", DELETED, count=session.deleted))
    return taken, excluded


def _why_out(job: Job, placed: Placed) -> str:
    """Why no figure has it; empty if one does.

    A canceled job that nobody here asked to stop is the provider's doing and counts as a failure. A refused one was
    tried if anything of it was sent.
    """
    why = {
        ANEW: job not in placed.jobs and "session" in job.events[0].data,
        AGAIN: job not in placed.jobs,
        WARM_UP: placed.warm_up,
        OPEN: not job.done,
        UNCERTAIN: job.state == "uncertain",
        STOPPED: job.state == "canceled" and (job.last("stop") is not None or job.handle is None),
        WRITTEN_OFF: job.state == "rejected" and job.last("not_charged") is not None,
        UNTRIED: job.refused_account or (job.state == "rejected" and job.last("submitting", "attempt") is None),
    }
    return next((reason for reason, holds in why.items() if holds), "")


def samples_of(job: Job) -> dict[str, Sample]:
    """The latencies of a delivered job, each with the window in which its truth lies.

    Polls see both ends of "generate" late. Its end, and so the total, by up to twice the job's uncertainty; where that
    is not known, by all of the phase. Its beginning by up to the gap between the last answer "queued" and the first
    "running": the queue may have been that much shorter, and the generation longer. A job never seen running began
    and ended within the last gap, so the queue may have been longer by all of it. Without the border, intervals of the
    queue's median held the truth in 3 to 86 % of simulated sessions (polls every 2 to 10 s); with it in 94 to 97 %.
    """
    timings = job.timings(job.last_at)
    spent = timings.phases
    late = spent["generate"] if timings.uncertainty is None else 2 * timings.uncertainty
    border = _border(job)
    found = {phase: Sample(max(0.0, spent[phase])) for phase in PHASES}
    if border:
        found["queue"] = Sample(spent["queue"], border / 2)
    elif job.last("running") is not None:
        found["queue"] = Sample(spent["queue"] + late, late / 2)
    found["generate"] = Sample(spent["generate"] + border, (late + border) / 2)
    total = sum(spent.values()) if timings.total is None else timings.total
    at_provider = Sample(spent["queue"] + spent["generate"], late / 2)
    return {**found, "provider": at_provider, "held": Sample(max(0.0, timings.held)), "total": Sample(total, late / 2)}


def _border(job: Job) -> float:
    """Seconds between the last answer "queued" and the first "running"; 0 if it was never seen running."""
    before = None
    for event in job.events:
        if event.kind == "running":
            return 0.0 if before is None else max(0.0, event.at - before)
        if event.kind in ("queued", "polled", "found"):
            before = event.at
    return 0.0


# the whole ------------------------------------------------------------------------------------------------------------


def summarize(session: Session, usd: Mapping[str, Decimal], seed: int = 0) -> Summary:
    """Everything a session's report says.

    Args:
        usd: US dollars that one unit of a currency is worth.
        seed: of the draws from the polls' windows; the same one gives the same figures.

    Raises:
        ValueError: the session mixes simulated and live jobs.
    """
    taken, excluded = _sorted_out(session)
    samples = {each.job.id: samples_of(each.job) for each in taken if each.timed}
    names = _names(taken)
    measured = [placed for placed in session.runs if not placed.warm_up]

    def figures(key: str, name: str, group: Sequence[_Taken]) -> Figures:
        return _figures(key, name, group, samples, usd, seed)

    by_variant, by_model = _grouped(taken, lambda job: job.plan.variant), _grouped(taken, lambda job: job.plan.model)
    pairs = _pairs(by_variant, names, samples, usd, seed)
    return Summary(
        session.id, session.name, session.at, session.simulated, session.live,
        len({placed.request for placed in measured}), len({placed.repeat for placed in measured}),
        tuple(figures(key, names[key], group) for key, group in by_variant.items()),
        tuple(figures(key, key, group) for key, group in by_model.items()),
        pairs, sum(each.p is not None for pair in pairs for each in (pair.total, pair.cost) if each), tuple(excluded),
    )  # fmt: skip


def precise(session: Session, share: float) -> bool:
    """Whether the median total of every variant is known within ``share`` of it: what a session's stop rule asks.

    False while any variant has too few jobs, and so for one that never delivers.
    """
    groups = _grouped(_sorted_out(session)[0], lambda job: job.plan.variant)
    totals = [[samples_of(each.job)["total"] for each in group if each.timed] for group in groups.values()]
    return bool(totals) and all(precise_enough(each, share, seed=0) for each in totals)


def _grouped(taken: Iterable[_Taken], key: Callable[[Job], str]) -> dict[str, list[_Taken]]:
    groups: dict[str, list[_Taken]] = {}
    for each in taken:
        groups.setdefault(key(each.job), []).append(each)
    return dict(sorted(groups.items()))


def _names(taken: Iterable[_Taken]) -> dict[str, str]:
    """A name per variant, unlike any other: with its endpoint where provider and label alone are not."""
    plans = {each.job.plan.variant: each.job.plan for each in taken}
    plain = {ref: f"{PROVIDERS[plan.provider].name} · {plan.label}" for ref, plan in plans.items()}
    seen = Counter(plain.values())
    return {ref: f"{name} ({plans[ref].endpoint})" if seen[name] > 1 else name for ref, name in plain.items()}


def _figures(
    key: str,
    name: str,
    group: Sequence[_Taken],
    samples: Mapping[str, Mapping[str, Sample]],
    usd: Mapping[str, Decimal],
    seed: int,
) -> Figures:
    counted = [each.job for each in group if not each.out]
    timed = [samples[each.job.id] for each in group if each.timed]
    delivered = sum(job.state == "delivered" for job in counted)
    uncertain = sum(each.out == UNCERTAIN for each in group)
    return Figures(
        key, name, group[0].job.plan.model, len(group), sum(each.job.done for each in group), delivered, len(timed),
        success_rate(delivered, len(counted)), uncertain, success_bounds(delivered, len(counted), uncertain),
        {series: _latency([each[series] for each in timed], seed) for series in SERIES},
        costs_of(counted, usd, [each.job for each in group if each.may_cost]), _failures(counted),
        tuple(sorted({badge for each in group for badge in each.job.plan.badges})),
        tuple(each["total"] for each in timed),
    )  # fmt: skip


def _latency(samples: Sequence[Sample], seed: int) -> Latency:
    return Latency(percentile(samples, 0.5, seed), percentile(samples, 0.9, seed), spread(samples))


def _failures(jobs: Iterable[Job]) -> tuple[Failure, ...]:
    kinds = {"failed": "failed at the provider", "canceled": "canceled by the provider", "rejected": "refused"}
    found = Counter((kinds[job.state], job.error or "no reason given") for job in jobs if job.state in kinds)
    return tuple(Failure(kind, words, count) for (kind, words), count in found.most_common())


# pairs ----------------------------------------------------------------------------------------------------------------


def _pairs(
    groups: Mapping[str, Sequence[_Taken]],
    names: Mapping[str, str],
    samples: Mapping[str, Mapping[str, Sample]],
    usd: Mapping[str, Decimal],
    seed: int,
) -> tuple[Pair, ...]:
    """Every two variants that share requests; what takes a test, differences of time or money, is judged together."""
    asked = {ref: {each.request for each in group} for ref, group in groups.items()}
    both = [(a, b) for a, b in combinations(groups, 2) if asked[a] & asked[b]]
    totals = {ref: _totals(group, samples) for ref, group in groups.items()}
    times = [paired_difference(totals[a], totals[b], seed) for a, b in both]
    prices = {ref: _prices(group) for ref, group in groups.items()}
    costs = [price_difference(prices[a], prices[b], usd, seed) for a, b in both]
    judged = among_many([*times, *(told for told, _ in costs if told is not None)])
    money = iter(judged[len(both) :])
    found = []
    for (a, b), time, (told, unit) in zip(both, judged, costs, strict=False):
        cost, named = (None if told is None else next(money)), (names[a], names[b])
        words = "" if cost is None else _cost_words(*named, cost, unit or "", [*prices[a], *prices[b]])
        found.append(Pair(a, b, time, verdict(*named, time), cost, unit, words))
    return tuple(found)


def _totals(group: Iterable[_Taken], samples: Mapping[str, Mapping[str, Sample]]) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    for each in group:
        if each.timed:
            found.setdefault(each.request, []).append(samples[each.job.id]["total"])
    return found


def _prices(group: Iterable[_Taken]) -> list[Price]:
    """What delivered clips cost, of those of which it is known."""
    clips = [each for each in group if not each.out and each.job.state == "delivered"]
    costs = [(each.request, each.job.cost) for each in clips]
    return [Price(request, cost.best, cost.basis) for request, cost in costs if cost.best is not None]


def _cost_words(a: str, b: str, told: Difference, unit: str, prices: Iterable[Price]) -> str:
    if told.exact and told.interval is not None:
        bases = {price.basis for price in prices}
        return f"{_fact(a, b, told.interval, unit)}, {' and '.join(BY[each] for each in BY if each in bases)}"
    sign = str(Money(Decimal(1), unit))[0]
    return verdict(a, b, told, f"{unit} " if sign.isdigit() else sign)


def _fact(a: str, b: str, by: Interval, unit: str) -> str:
    """Said to the last figure, as it is no estimate."""
    if by == Interval(0, 0):
        return f"a clip of {a} and of {b} costs the same"
    if by.low <= 0 <= by.high:
        return f"whether a clip of {a} or of {b} costs less depends on the request"
    less, more = (a, b) if by.high < 0 else (b, a)
    ends = sorted({abs(by.low), abs(by.high)})
    amounts = " to ".join(str(Money(Decimal(str(end)), unit)) for end in ends)
    return f"{less} costs {amounts} less per clip than {more}"
