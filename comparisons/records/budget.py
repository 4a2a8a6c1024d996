"""Budgets: what a job may cost at worst is reserved before it starts, and settled when it is over.

A *pot* is money that several jobs share: those of a run, of a visitor, of a whole data folder. The ledger keeps the
reservations, so that runs of several threads and processes share a pot without overshooting it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

from comparisons.records.job import Job, Plan
from comparisons.records.states import State
from providers import InvalidRequest, Money, in_usd

DAY_S = 24 * 3600.0
NAMED = 3
"""The most variants that a sentence names; how many more there are is said as a number."""


@dataclass(frozen=True)
class Pot:
    """A limit in US dollars for jobs that reserve under this ``name``, at or after ``since`` (epoch seconds).

    ``title`` is what it is called in a sentence.
    """

    name: str
    title: str
    limit: Decimal
    since: float = 0.0


@dataclass(frozen=True)
class Balance:
    """US dollars of a pot: spent by jobs that are over, reserved for those that are not."""

    limit: Decimal
    spent: Decimal
    reserved: Decimal

    @property
    def left(self) -> Decimal:
        return self.limit - self.spent - self.reserved

    def __str__(self) -> str:
        return f"${self.spent:.2f} spent, ${self.reserved:.2f} reserved, ${max(Decimal(0), self.left):.2f} left"


class OverBudget(InvalidRequest):
    """Some jobs together could cost more than a ``pot`` has left: ``wanted`` US dollars, None if that is not known."""

    def __init__(self, pot: Pot, balance: Balance, wanted: Decimal | None) -> None:
        self.pot, self.balance, self.wanted = pot, balance, wanted
        super().__init__(f"This {shortage(pot.title, balance, wanted)}. Nothing was started.")


def shortage(title: str, balance: Balance, wanted: Decimal | None) -> str:
    """Part of a sentence about jobs: that they could cost more than a pot, by its ``title``, has left."""
    if wanted is None:
        return f"has nothing left of {title} of ${balance.limit:.2f}: {balance}"
    return f"could cost ${wanted:.2f}, more than {title} of ${balance.limit:.2f} allows: {balance}"


def check(pots: Iterable[Pot], wanted: Decimal | None, balance: Callable[[Pot], Balance]) -> None:
    """Checks that every pot has ``wanted`` US dollars left, or anything at all if ``wanted`` is None (not known).

    Raises:
        OverBudget: a pot has too little left; about the first such pot.
    """
    for pot in pots:
        state = balance(pot)
        if state.left <= 0 if wanted is None else wanted > state.left:
            raise OverBudget(pot, state, wanted)


def worst(figures: Iterable[Money | None], usd: Mapping[str, Decimal]) -> Decimal | None:
    """The highest price of one job in US dollars; None if none of the figures is known in US dollars."""
    dollars = [in_usd(money, usd) for money in figures if money is not None]
    return max((each for each in dollars if each is not None), default=None)


class Priced(NamedTuple):
    """The prices that are known of a variant before a submit. ``allowed``: somebody agreed to an unknown price."""

    name: str
    listed: Money | None
    quoted: Money | None
    allowed: bool

    @classmethod
    def of(cls, plan: Plan) -> Priced:
        return cls(plan.variant, plan.listed, plan.quoted, plan.allow_unpriced)

    @property
    def figures(self) -> tuple[Money, ...]:
        return tuple(money for money in (self.listed, self.quoted) if money is not None)


@dataclass(frozen=True)
class Budget:
    """On what terms jobs are paid: the pots that they count in, and the exchange rates (US dollars for one unit).

    ``of_the_host``: a visitor spends the host's money, so an unknown price is never allowed. ``counted``: pots without
    a limit today; spending is still recorded in them, in case they get one tomorrow. ``at``: when the money is spent,
    in epoch seconds.
    """

    pots: tuple[Pot, ...]
    usd: Mapping[str, Decimal]
    of_the_host: bool = False
    counted: tuple[Pot, ...] = ()
    at: float = 0.0

    def check_prices(self, prices: Sequence[Priced]) -> None:
        """Checks that every price is known, or allowed to be unknown; and known in dollars, if there is a limit.

        Raises:
            InvalidRequest: one is not.
        """
        unknown = [each.name for each in prices if not each.figures and (self.of_the_host or not each.allowed)]
        if unknown:
            more = f" and {len(unknown) - NAMED} more" if len(unknown) > NAMED else ""
            names = f"{', '.join(dict.fromkeys(unknown[:NAMED]))}{more}"
            remedy = "use a key of your own" if self.of_the_host else "allow unpriced variants to run them anyway"
            raise InvalidRequest(f"The price of {names} is not known; {remedy}.")
        figures = [money for each in prices for money in each.figures]
        missing = [money.currency or "an unstated currency" for money in figures if in_usd(money, self.usd) is None]
        if self.pots and missing:
            raise InvalidRequest(
                f"A budget in dollars needs the rate of {missing[0]}; set it in .env (see the README)."
            )

    def worst(self, job: Job) -> Decimal | None:
        """The highest price in US dollars that is known before the job starts; None if none is."""
        return worst(Priced.of(job.plan).figures, self.usd)

    def spent(self, job: Job) -> Decimal | None:
        """What a job that is over cost in US dollars: its bill, else the worst case.

        None while it may still cost something, or if neither is known in dollars.
        """
        if not job.done or job.state == State.UNCERTAIN:
            return None
        if job.owes_nothing:
            return Decimal(0)
        billed = in_usd(job.cost.billed, self.usd)
        return self.worst(job) if billed is None else billed


def micro(usd: Decimal) -> int:
    """Millionths of a dollar, rounded up. The ledger adds whole numbers, since their sums are exact."""
    return int((usd * 1_000_000).to_integral_value(ROUND_CEILING))


def dollars(micros: int) -> Decimal:
    return Decimal(micros) / 1_000_000
