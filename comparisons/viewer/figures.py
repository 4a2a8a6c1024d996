"""The values that the plots and the grid of a run show: names, phases, and costs in one currency."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from comparisons.records import Job, Run, State
from providers import PROVIDERS


@dataclass(frozen=True)
class Bar:
    """One delivered take: seconds per phase, their sum, and its uncertainty in seconds.

    ``label`` is its name without the provider; ``provider`` is empty if the bar stands for more than one.
    """

    provider: str
    label: str
    phases: Mapping[str, float]
    total: float
    uncertainty: float | None

    @property
    def take(self) -> str:
        return f"{self.provider} · {self.label}" if self.provider else self.label


@dataclass(frozen=True)
class Point:
    """One delivered take of known cost, with its total latency in seconds."""

    take: str
    cost: float
    seconds: float


@dataclass(frozen=True)
class CostFigure:
    """The takes whose cost is known in the currency ``unit``, and how many ``takes`` were delivered."""

    points: tuple[Point, ...]
    unit: str
    takes: int


def names(run: Run) -> list[str]:
    """A short name for each job, unique in the run: ``OdiRouter · Hailuo 2.3 Fast #2``."""
    return [f"{provider} · {label}" for provider, label in _named(run)]


def _named(run: Run) -> list[tuple[str, str]]:
    """The provider and the label of each job; as a pair they are unique in the run."""
    plain = [(PROVIDERS[job.plan.provider].name, job.plan.label) for job in run.jobs]
    seen: Counter[tuple[str, str]] = Counter()
    unique = []
    for provider, label in plain:
        seen[provider, label] += 1
        numbered = f"{label} #{seen[provider, label]}" if plain.count((provider, label)) > 1 else label
        unique.append((provider, numbered))
    return unique


def delivered(run: Run) -> list[tuple[str, Job]]:
    """The takes that were delivered, with their names."""
    return [(name, job) for name, job in zip(names(run), run.jobs, strict=True) if job.state == State.DELIVERED]


def bars(run: Run) -> list[Bar]:
    """The six phases of every delivered take."""
    found = []
    for (provider, label), job in zip(_named(run), run.jobs, strict=True):
        if job.state == State.DELIVERED:
            timings = job.timings(job.last_at)
            found.append(Bar(provider, label, timings.phases, sum(timings.phases.values()), timings.uncertainty))
    return found


def costs(run: Run, usd: Mapping[str, Decimal]) -> CostFigure:
    """Cost and latency of every delivered take whose cost is known.

    In US dollars if every cost has a rate, else in the currency that most takes have: one axis has one currency.
    """
    done = delivered(run)
    unit = _unit([job for _, job in done], usd)
    amounts = [(name, job, _amount(job, unit, usd)) for name, job in done]
    points = tuple(
        Point(name, float(amount), sum(job.timings(job.last_at).phases.values()))
        for name, job, amount in amounts
        if amount is not None
    )
    return CostFigure(points, unit, len(done))


def _unit(done: list[Job], usd: Mapping[str, Decimal]) -> str:
    known = [job.cost for job in done if job.cost.best is not None]
    if all(cost.usd(usd) is not None for cost in known):
        return "USD"
    currencies = Counter(cost.best.currency for cost in known if cost.best and cost.best.currency)
    return currencies.most_common(1)[0][0] if currencies else "USD"


def _amount(job: Job, unit: str, usd: Mapping[str, Decimal]) -> Decimal | None:
    best = job.cost.best
    if best is not None and best.currency == unit:
        return best.amount
    return job.cost.usd(usd) if unit == "USD" else None


def cost_words(job: Job) -> str:
    """``$0.49 quoted``, ``price unknown`` or ``nothing owed``."""
    best = job.cost.best
    if job.owes_nothing:
        return "nothing owed"
    return f"{best} {job.cost.basis}" if best is not None else "price unknown"


def time_words(job: Job) -> str:
    """``23.4 s ± 0.5``: the total of a delivered take; empty for any other."""
    timings = job.timings(job.last_at)
    if timings.total is None:
        return ""
    return f"{timings.total:.1f} s" + (f" ± {timings.uncertainty:.1f}" if timings.uncertainty is not None else "")
