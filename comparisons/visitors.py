"""Who asks, what is theirs, and how much of the place one of them may take.

On a person's own machine there is only the host, who may touch everything. Where strangers visit, each of them is
known by an unguessable id and sees and touches only what is theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from comparisons.budget import DAY_S, Pot
from comparisons.ledger import Ledger
from comparisons.records import Run
from comparisons.settings import Settings
from providers import InvalidRequest

HOUR_S = 3600.0
AT_ONCE = 12
"""Takes one visitor may have under way."""
AN_HOUR = 60
"""Takes one visitor may start in an hour."""
AT_ONCE_ALL = 60
"""Takes all visitors together may have under way."""
AN_HOUR_ALL = 600
"""Takes all visitors together may start in an hour: whoever throws away their cookie is a new visitor."""


class TooMuch(InvalidRequest):
    """More than one visitor, or all of them together, may have at a time."""


@dataclass(frozen=True)
class Person:
    """Who asks. ``id`` is empty for the host. ``keys`` are those typed on the page, by provider; they never show."""

    id: str = ""
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def payer(self) -> str:
        """What a job paid with a typed key remembers of whose it was."""
        return self.id or "host"

    def may_see(self, run: Run) -> bool:
        return self.id in ("", run.owner)

    @property
    def only(self) -> str | None:
        """The owner to whom what is listed is limited; None for the host, who sees all."""
        return self.id or None


HOST = Person()


def admit(ledger: Ledger, who: Person, takes: int, now: float) -> None:
    """Checks that a visitor may start so many takes now. The host may always.

    Raises:
        TooMuch: one polite sentence, with what helps.
    """
    if not who.id:
        return
    mine, all_of_us = ledger.under_way(who.id), ledger.under_way()
    if mine + takes > AT_ONCE:
        raise TooMuch(
            f"You have {mine} takes under way, and these would be {takes} more; a visitor may have {AT_ONCE}."
            " Wait until some are over, or choose fewer."
        )
    if ledger.takes_since(now - HOUR_S, who.id) + takes > AN_HOUR:
        raise TooMuch(f"A visitor may start {AN_HOUR} takes in an hour. Please come back a little later.")
    if all_of_us + takes > AT_ONCE_ALL or ledger.takes_since(now - HOUR_S) + takes > AN_HOUR_ALL:
        raise TooMuch("Too many people are comparing takes just now. Please try again in a few minutes.")


def spends_the_hosts(who: Person) -> bool:
    """Whether a visitor's live runs are paid with the host's money."""
    return bool(who.id) and not who.keys


def pots_of(run: Run, who: Person, settings: Settings, now: float) -> tuple[Pot, ...]:
    """Whose money a run's jobs spend, and within which limits."""
    own = () if run.budget is None else (Pot(f"run {run.id}", "this run's budget", run.budget),)
    return own + (daily_pots(who, settings, now) if run.jobs[0].plan.live else ())


def daily_pots(who: Person, settings: Settings, now: float) -> tuple[Pot, ...]:
    """The limits of 24 hours within which anything live of this person's must stay."""
    if who.id and who.keys:
        return ()
    day, pots = now - DAY_S, []
    if settings.budget is not None:
        pots.append(Pot("folder", "the 24-hour budget", settings.budget, day))
    if who.id:
        mine, everyone = settings.visitor_budget or Decimal(0), settings.visitors_budget or Decimal(0)
        pots.append(Pot(f"visitor {who.id}", "a visitor's 24-hour budget", mine, day))
        pots.append(Pot("visitors", "the 24-hour budget of all visitors", everyone, day))
    return tuple(pots)
