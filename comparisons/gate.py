"""The one gate to every submit, whatever led to it: who pays, is the price known, does it fit every pot.

Jobs pass it twice. All jobs of a press pass it together when they are planned, in the transaction that records them
(``Ledger.add_run`` and its like take no live job without a ``Budget``). And each passes it once more, alone, in the
transaction that records its submit: what was planned may have waited over a restart, and keys and caps are as they are
set today. Nothing is sent that did not pass, since nothing is sent that is not recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from comparisons.budget import DAY_S, Budget, Pot, Priced, check
from comparisons.ledger import Ledger
from comparisons.records import Event, Job
from comparisons.settings import Settings
from providers import InvalidRequest

LEAST = Decimal("0.000001")
"""US dollars that whatever costs anything costs."""


class Gate:
    """Says on whose terms jobs are paid, and records their submits.

    Args:
        now: seconds of the ledger's clock.
    """

    def __init__(self, ledger: Ledger, settings: Settings, now: Callable[[], float]) -> None:
        self._ledger = ledger
        self._settings = settings
        self._now = now

    def budget(self, owner: str, payer: str, *, live: bool, own: Pot | None = None) -> Budget:
        """What holds for jobs of one owner, paid with one person's typed keys, or the host's if ``payer`` is empty.

        Args:
            live: whether the jobs cost anything. What the sandbox makes is in no pot of the day.
            own: the pot of their run or session, if it has one.
        """
        pots = () if own is None else (own,)
        if not live:
            return Budget(pots, self._settings.usd)
        return Budget((*pots, *self._pots_of_the_day(owner, payer)), self._settings.usd, bool(owner) and not payer)

    def _pots_of_the_day(self, owner: str, payer: str) -> tuple[Pot, ...]:
        """The limits of 24 hours on the host's money; a visitor's own is theirs to spend."""
        if owner and payer:
            return ()
        of, day, pots = self._settings, self._now() - DAY_S, []
        if of.budget is not None:
            pots.append(Pot("folder", "the 24-hour budget", of.budget, day))
        if owner:
            mine, everyone = of.visitor_budget or Decimal(0), of.visitors_budget or Decimal(0)
            pots.append(Pot(f"visitor {owner}", "a visitor's 24-hour budget", mine, day))
            pots.append(Pot("visitors", "the 24-hour budget of all visitors", everyone, day))
        return tuple(pots)

    def check_room(self, budget: Budget, prices: Sequence[Priced]) -> None:
        """Whether jobs may fit, by the prices known so far: before any question about the others goes to a provider.

        Raises:
            OverBudget: a pot has too little left, or nothing at all.
        """
        worst = [each.worst(budget.usd) for each in prices]
        wanted = max(LEAST, sum((price for price in worst if price is not None), Decimal(0)))
        check(budget.pots, wanted, lambda pot: self._ledger.balance(pot, budget.usd))

    def submit(self, job: Job, events: Sequence[Event]) -> None:
        """Records that a job is submitted; on return it may be.

        A submit that may have arrived is not asked about again: repeated under its idempotency key it costs nothing
        more, and refused it would leave a paid clip behind.

        Raises:
            InvalidRequest: it may not be submitted, in a sentence; nothing was recorded.
        """
        if not job.plan.live or job.may_have_arrived:
            self._ledger.record(job.id, *events)
            return
        owner = self._ledger.owner(job.id) or ""
        if owner and not job.plan.payer and not self._settings.host_pays:
            raise InvalidRequest(
                "The host's keys are off for visitors now: type a key of your own, then take this again."
            )
        self._ledger.permit(job, events, self.budget(owner, job.plan.payer, live=True))
