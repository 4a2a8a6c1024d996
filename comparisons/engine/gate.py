"""The one gate that every submit passes: who pays, is the price known, does it fit every pot.

A pot is an amount of money with a limit, such as a run's budget or what the data folder may spend in 24 hours.

Jobs pass the gate twice. All jobs of one press of Run pass it together when they are planned, in the transaction that
records them (``Ledger.add_run`` and the methods like it take no live job without a ``Budget``). Each job then passes it
once more, alone, in the transaction that records its submit: a planned job may have waited over a restart, and the keys
and limits of today count. Nothing is sent that is not recorded, so nothing is sent that did not pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from urllib.parse import urlsplit

from comparisons.clock import Clock
from comparisons.ledger import Ledger
from comparisons.records import DAY_S, Balance, Budget, Event, Job, Plan, Pot, check, worst
from comparisons.settings import Settings
from providers import InvalidRequest, Money, Variant

NO_LIMIT = Decimal("Infinity")


class Gate:
    """Says on whose terms jobs are paid, and records their submits.

    The 24 hours of a budget are measured by the system's time, which goes on while a machine sleeps. If that time was
    set back, spending counts for longer than a day rather than shorter.
    """

    def __init__(self, ledger: Ledger, settings: Settings, clock: Clock, variants: Sequence[Variant] = ()) -> None:
        self._ledger = ledger
        self._settings = settings
        self._clock = clock
        self._variants = {variant.ref: variant for variant in variants}

    def budget(self, owner: str, payer: str, *, live: bool, own: Pot | None = None) -> Budget:
        """The pots that count jobs of one owner.

        Args:
            owner: the visitor's id; empty for the host.
            payer: who typed the keys that pay; empty where the host's keys do.
            live: whether the jobs cost anything. Simulated jobs count in no pot of the day.
            own: the pot of their run or session, if it has one.
        """
        pots = () if own is None else (own,)
        at = max(self._clock.now(), self._clock.wall())
        if not live or (owner and payer):  # a visitor's own money is theirs to spend
            return Budget(pots, self._settings.usd, at=at)
        day = self._pots_of_the_day(owner)
        limited = tuple(pot for pot in day if pot.limit != NO_LIMIT)
        unlimited = tuple(pot for pot in day if pot.limit == NO_LIMIT)
        return Budget((*pots, *limited), self._settings.usd, bool(owner), unlimited, at)

    def spent(self, owner: str) -> tuple[tuple[Pot, Balance], ...]:
        """The 24-hour pots of the host's money that this owner's jobs count in, each with what is spent and left."""
        pots = self._pots_of_the_day(owner)
        return tuple((pot, self._ledger.balance(pot, self._settings.usd)) for pot in pots)

    def _pots_of_the_day(self, owner: str) -> tuple[Pot, ...]:
        """The pots that count the host's money over the last 24 hours, for jobs of this owner."""
        of, day = self._settings, self._clock.wall() - DAY_S
        pots = [Pot("folder", "the 24-hour budget", NO_LIMIT if of.budget is None else of.budget, day)]
        if owner:
            mine, everyone = of.visitor_budget or Decimal(0), of.visitors_budget or Decimal(0)
            pots.append(Pot(f"visitor {owner}", "a visitor's 24-hour budget", mine, day))
            pots.append(Pot("visitors", "the 24-hour budget of all visitors", everyone, day))
        return tuple(pots)

    def today(self, plan: Plan) -> Plan:
        """A live plan with today's list price. A variant that is in no catalogue any more keeps the price it had."""
        variant = self._variants.get(plan.variant)
        if not plan.live or variant is None:
            return plan
        host = urlsplit(self._settings.targets[plan.provider].base_url).hostname or ""
        rate = variant.rate(plan.options, host)
        return replace(plan, listed=rate.money if rate else None)

    def check_pots(self, budget: Budget, figures: Sequence[tuple[Money | None, ...]]) -> None:
        """Checks that jobs may fit, by the prices known so far, before providers are asked for the others.

        Whether somebody agreed to prices that stay unknown is checked later, once the answers have come.

        Args:
            figures: the prices known of each job, None for those that are not.

        Raises:
            OverBudget: a pot has too little left for the known prices, or nothing at all.
        """
        known = [price for each in figures if (price := worst(each, budget.usd)) is not None]
        wanted = sum(known, Decimal(0)) if known else None
        check(budget.pots, wanted, lambda pot: self._ledger.balance(pot, budget.usd))

    def submit(self, job: Job, events: Sequence[Event]) -> None:
        """Records that a job is submitted; once this returns, the submit may be sent.

        A submit that may have arrived already is repeated under its idempotency key whatever the limits are by now: to
        refuse it could leave a clip behind that is paid for. Its cost then counts in today's pots.

        Raises:
            InvalidRequest: it may not be submitted, and why; nothing was recorded.
        """
        if not job.plan.live:
            self._ledger.record(job.id, *events)
            return
        owner, repeat = self._ledger.owner(job.id) or "", job.may_have_arrived
        if owner and not job.plan.payer and not self._settings.host_pays and not repeat:
            raise InvalidRequest("The host's keys are off for visitors now: take this again with a key of your own.")
        at_todays_price = replace(job, plan=self.today(job.plan))
        budget = self.budget(owner, job.plan.payer, live=True)
        self._ledger.permit(at_todays_price, events, budget, repeat=repeat)
