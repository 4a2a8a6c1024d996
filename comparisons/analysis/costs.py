"""What clips cost, failures included, in one currency; and how much more one variant's clips cost than another's.

An unknown cost is counted as unknown, never as nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto

from comparisons.analysis.differences import FEWEST_PAIRS, Difference, exact_difference, paired_difference
from comparisons.analysis.samples import Sample
from comparisons.records import Job, Plan, State
from providers import Basis, Money, in_usd


class NoCost(Enum):
    """Why there is no figure for the cost of a clip."""

    NO_CLIP = auto()
    NO_CLIP_PRICED = auto()
    NO_PRICE = auto()
    NO_CURRENCY = auto()
    NO_COMMON_RATE = auto()


@dataclass(frozen=True)
class WhyNoCost:
    """Why there is no figure; ``currencies`` are those without a common rate, for ``NO_COMMON_RATE``."""

    how: NoCost
    currencies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Estimated:
    """Sums of estimates and of bills over the ``n`` jobs that have both. A job's estimate is the higher of list price
    and quote."""

    unit: str
    estimate: Decimal
    billed: Decimal
    n: int


@dataclass(frozen=True)
class Costs:
    """What delivered clips cost, with failures, stopped jobs and uncertain ones shared among them.

    Attributes:
        unit: the currency of all amounts, ``USD`` or another one; None if there is no common one.
        per_clip: the cost of a delivered clip; None if ``why_not`` says why.
        per_second: the cost of a second of video; None also if the length of a clip is not known.
        known: how many jobs have a known cost, including those that provably cost nothing.
        unknown: how many jobs have none, including those that may not exist.
        why_not: why there is no ``per_clip``; None if there is one.
        basis: for how many delivered clips the cost is billed, quoted, a list price or unknown.
        of_failures: what failures are known to have cost; None if that is known of no failure.
        failures_unknown: for how many failures it is not known.
        against_bill: estimates beside bills; None if no job has both, or they have no common currency.
    """

    unit: str | None
    per_clip: Decimal | None
    per_second: Decimal | None
    known: int
    unknown: int
    why_not: WhyNoCost | None
    basis: Mapping[Basis, int]
    of_failures: Decimal | None
    failures_unknown: int
    against_bill: Estimated | None

    @property
    def lower_bound(self) -> bool:
        """Whether clips may have cost more than the figures say, as some costs are unknown."""
        return self.per_clip is not None and self.unknown > 0


def costs_of(jobs: Sequence[Job], usd: Mapping[str, Decimal], besides: Sequence[Job] = ()) -> Costs:
    """What the clips of some jobs cost.

    Args:
        jobs: jobs that ended and were really tried.
        usd: US dollars for one unit of each currency.
        besides: further jobs that brought no clip but may be billed.
    """
    every = (*jobs, *besides)
    paid = {job.id: money for job in every if not job.owes_nothing and (money := _paid(job)) is not None}
    unit = unit_of(paid.values(), usd)
    amounts = {job.id: Decimal(0) for job in every if job.owes_nothing}
    if isinstance(unit, str):
        amounts |= {key: in_unit(money, unit, usd) for key, money in paid.items()}
    clips, lost = ([job for job in jobs if (job.state == State.DELIVERED) is came] for came in (True, False))
    why_not = _why_no_cost(clips, paid, unit)
    whole = sum(amounts.values(), Decimal(0))
    seconds = _seconds(clips)
    failures = [amounts[job.id] for job in lost if job.id in amounts]
    return Costs(
        unit=unit if isinstance(unit, str) else None,
        per_clip=None if why_not else whole / len(clips),
        per_second=None if why_not or not seconds else whole / seconds,
        known=len(paid) + sum(job.owes_nothing for job in every),
        unknown=sum(job.id not in paid and not job.owes_nothing for job in every),
        why_not=why_not,
        basis=dict(Counter(job.cost.basis for job in clips)),
        of_failures=sum(failures, Decimal(0)) if failures or not lost else None,
        failures_unknown=len(lost) - len(failures),
        against_bill=_against_bill([(job.plan, job.cost.billed) for job in jobs], usd),
    )


def _why_no_cost(clips: Sequence[Job], paid: Mapping[str, Money], unit: str | WhyNoCost) -> WhyNoCost | None:
    if not clips:
        return WhyNoCost(NoCost.NO_CLIP)
    if not any(job.id in paid for job in clips):
        return WhyNoCost(NoCost.NO_CLIP_PRICED)
    return unit if isinstance(unit, WhyNoCost) else None


def _seconds(clips: Iterable[Job]) -> Decimal | None:
    """Seconds of all clips together; None if the length of one is not known."""
    lengths = [job.result.media.duration_s if job.result and job.result.media else None for job in clips]
    known = [Decimal(str(length)) for length in lengths if length is not None]
    return sum(known, Decimal(0)) if len(known) == len(lengths) else None


def _paid(job: Job) -> Money | None:
    """What a job is known to have cost. For a job without a clip only a bill counts, not a price."""
    return job.cost.best if job.state == State.DELIVERED else job.cost.billed


def unit_of(prices: Iterable[Money], usd: Mapping[str, Decimal]) -> str | WhyNoCost:
    """The currency in which prices can be summed: ``USD`` if all have a rate, else the one that all share.

    If there is none, why not.
    """
    prices = list(prices)
    if not prices:
        return WhyNoCost(NoCost.NO_PRICE)
    if all(in_usd(price, usd) is not None for price in prices):
        return "USD"
    currencies = [price.currency for price in prices if price.currency is not None]
    if len(currencies) < len(prices):
        return WhyNoCost(NoCost.NO_CURRENCY)
    several = tuple(sorted(set(currencies)))
    return several[0] if len(several) == 1 else WhyNoCost(NoCost.NO_COMMON_RATE, several)


def in_unit(money: Money, unit: str, usd: Mapping[str, Decimal]) -> Decimal:
    """An amount in the currency that ``unit_of`` gave for it; raises ``ValueError`` if it has no rate to it."""
    amount = money.amount if money.currency == unit else in_usd(money, usd)
    if amount is None:
        raise ValueError(f"{money} has no rate to {unit}.")
    return amount


def _against_bill(jobs: Iterable[tuple[Plan, Money | None]], usd: Mapping[str, Decimal]) -> Estimated | None:
    """Estimates and bills of the jobs that have both; None if none has, or they have no common currency."""
    told = [
        (estimates, billed)
        for plan, billed in jobs
        if billed is not None and (estimates := [money for money in (plan.listed, plan.quoted) if money is not None])
    ]
    unit = unit_of([money for estimates, billed in told for money in (*estimates, billed)], usd)
    if isinstance(unit, WhyNoCost):
        return None
    worst = sum((max(in_unit(money, unit, usd) for money in estimates) for estimates, _ in told), Decimal(0))
    return Estimated(unit, worst, sum((in_unit(billed, unit, usd) for _, billed in told), Decimal(0)), len(told))


# two variants ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Price:
    """What one delivered clip of a request cost, and whether that was billed, quoted or is the list price."""

    request: str
    money: Money
    basis: Basis


@dataclass(frozen=True)
class PriceDifference:
    """How much more a clip of A costs than one of B, in the currency ``unit``; ``bases`` of all prices compared."""

    difference: Difference
    unit: str
    bases: frozenset[Basis]


def price_difference(
    a: Sequence[Price], b: Sequence[Price], usd: Mapping[str, Decimal], seed: int
) -> PriceDifference | None:
    """How much more a clip of A costs than one of B; exact, without a test, if the prices do not vary (see
    ``exact_difference``).

    None if one of them has no clip with a known price, or there is no common currency.
    """
    unit = unit_of([price.money for price in (*a, *b)], usd)
    if isinstance(unit, WhyNoCost) or not a or not b:
        return None
    mine, theirs = (_by_request(prices, unit, usd) for prices in (a, b))
    bases = frozenset(price.basis for price in (*a, *b))
    exact = exact_difference(mine, theirs, FEWEST_PAIRS if "billed" in bases else 1)
    return PriceDifference(exact or paired_difference(mine, theirs, seed), unit, bases)


def _by_request(prices: Iterable[Price], unit: str, usd: Mapping[str, Decimal]) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    for price in prices:
        found.setdefault(price.request, []).append(Sample(float(in_unit(price.money, unit, usd))))
    return found
