"""What clips cost, failures included: sums in one unit, with what is unknown counted, never taken for nothing; and how
much more one variant's cost than another's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from comparisons.analysis.statistics import FEWEST_PAIRS, Difference, Sample, exact_difference, paired_difference
from comparisons.records import Job, Plan
from providers import Money, in_usd


@dataclass(frozen=True)
class Estimated:
    """The worst of list price and quote against the bill, summed over the ``n`` jobs that have both."""

    unit: str
    estimate: Decimal
    billed: Decimal
    n: int


@dataclass(frozen=True)
class Costs:
    """What delivered clips cost, in ``unit``: failures included, and what was stopped or may never have been made.

    A figure is None where ``why_not`` says why. ``unknown`` counts the jobs whose cost nobody knows, those that may not
    exist among them; with any, the figures are lower bounds. ``of_failures`` is what failures are known to have cost,
    None if that is known of none.
    """

    unit: str | None
    per_clip: Decimal | None
    per_second: Decimal | None
    known: int
    unknown: int
    why_not: str
    basis: Mapping[str, int]
    of_failures: Decimal | None
    failures_unknown: int
    against_bill: Estimated | None

    @property
    def lower_bound(self) -> bool:
        return self.per_clip is not None and self.unknown > 0


def costs_of(jobs: Sequence[Job], usd: Mapping[str, Decimal], besides: Sequence[Job] = ()) -> Costs:
    """Of the jobs that ended and were really tried, and of those ``besides`` that may be billed and brought no clip."""
    every = (*jobs, *besides)
    known = {job.id: paid for job in every if not job.owes_nothing and (paid := _paid(job)) is not None}
    unit, why_not = unit_of(known.values(), usd)
    clips = [job for job in jobs if job.state == "delivered"]
    lost = [job for job in jobs if job.state != "delivered"]
    costs = {job.id: Decimal(0) for job in every if job.owes_nothing}
    costs |= {} if unit is None else {key: in_unit(money, unit, usd) for key, money in known.items()}
    if not clips:
        why_not = "no clip was delivered"
    elif not any(job.id in known for job in clips):
        why_not = "the price of no delivered clip is known"
    whole = sum(costs.values(), Decimal(0))
    lengths = [job.result.media.duration_s if job.result and job.result.media else None for job in clips]
    seconds = sum((Decimal(str(length)) for length in lengths if length is not None), Decimal(0))
    failures = [costs[job.id] for job in lost if job.id in costs]
    return Costs(
        unit,
        None if why_not else whole / len(clips),
        None if why_not or not seconds or None in lengths else whole / seconds,
        len(known) + sum(job.owes_nothing for job in every),
        sum(job.id not in known and not job.owes_nothing for job in every),
        why_not,
        dict(Counter(job.cost.basis for job in clips)),
        sum(failures, Decimal(0)) if failures or not lost else None,
        len(lost) - len(failures),
        _against_bill([(job.plan, job.cost.billed) for job in jobs], usd),
    )


def _paid(job: Job) -> Money | None:
    """What it is known to have cost: without a clip, a price says nothing of it, only a bill does."""
    return job.cost.best if job.state == "delivered" else job.cost.billed


def unit_of(prices: Iterable[Money], usd: Mapping[str, Decimal]) -> tuple[str | None, str]:
    """What prices can be summed in: dollars if every one has a rate, else the currency all share; or why in nothing."""
    prices = list(prices)
    if not prices:
        return None, "no price is known"
    if all(in_usd(price, usd) is not None for price in prices):
        return "USD", ""
    currencies = {price.currency for price in prices}
    if None in currencies:
        return None, "a price does not say its currency"
    if len(currencies) == 1:
        return currencies.pop(), ""
    return None, f"prices in {' and '.join(sorted(str(each) for each in currencies))} have no common exchange rate"


def in_unit(money: Money, unit: str, usd: Mapping[str, Decimal]) -> Decimal:
    """An amount in a unit that ``unit_of`` found for it."""
    amount = money.amount if money.currency == unit else in_usd(money, usd)
    if amount is None:
        raise ValueError(f"{money} has no rate to {unit}.")
    return amount


def _against_bill(jobs: Iterable[tuple[Plan, Money | None]], usd: Mapping[str, Decimal]) -> Estimated | None:
    """None where no job has both, or they have no common unit."""
    told = [
        (estimates, billed)
        for plan, billed in jobs
        if billed is not None and (estimates := [money for money in (plan.listed, plan.quoted) if money is not None])
    ]
    unit, _ = unit_of([money for estimates, billed in told for money in (*estimates, billed)], usd)
    if unit is None:
        return None
    worst = sum((max(in_unit(money, unit, usd) for money in estimates) for estimates, _ in told), Decimal(0))
    return Estimated(unit, worst, sum((in_unit(billed, unit, usd) for _, billed in told), Decimal(0)), len(told))


# two variants ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Price:
    """What one delivered clip of a request cost, and whether that was billed, quoted or is the list price."""

    request: str
    money: Money
    basis: str


def price_difference(
    a: Sequence[Price], b: Sequence[Price], usd: Mapping[str, Decimal], seed: int
) -> tuple[Difference | None, str | None]:
    """How much more a clip of A costs, and in which unit: exactly where prices were published, or bills never differ.
    None where the price is not known of clips of both, or there is no common unit."""
    unit, _ = unit_of([price.money for price in (*a, *b)], usd)
    if unit is None or not a or not b:
        return None, None
    mine, theirs = (_by_request(prices, unit, usd) for prices in (a, b))
    measured = any(price.basis == "billed" for price in (*a, *b))
    exact = exact_difference(mine, theirs, FEWEST_PAIRS if measured else 1)
    return exact or paired_difference(mine, theirs, seed), unit


def _by_request(prices: Iterable[Price], unit: str, usd: Mapping[str, Decimal]) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    for price in prices:
        found.setdefault(price.request, []).append(Sample(float(in_unit(price.money, unit, usd))))
    return found
