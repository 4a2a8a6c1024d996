"""Who asks, what is theirs, and how much of the place one of them may take.

On a person's own machine there is only the host, who may touch everything. Where strangers visit, each of them is
known by an unguessable id and sees and touches only what is theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from comparisons.ledger import Ledger
from comparisons.records import Plan, Run
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
    """Who asks. ``id`` is empty for the host. ``keys`` are those typed on the page, by provider; they never show.

    ``client`` is what is known of the address they ask from, see ``ui/clients.py``; empty if nothing is.
    """

    id: str = ""
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    client: str = field(default="", repr=False, compare=False)

    @property
    def payer(self) -> str:
        """What a job paid with a typed key remembers of whose it was."""
        return self.id or "host"

    def may_see(self, run: Run) -> bool:
        return self.id in ("", run.owner)

    @property
    def own_payer(self) -> str:
        """Who pays for live jobs: this person if they typed keys, empty for the host's keys."""
        return self.payer if self.keys else ""

    def pays_with(self, provider: str, *, live: bool) -> str:
        """Who pays for a job at a provider: this person, with a key they typed; empty for the host's key."""
        return self.payer if live and provider in self.keys else ""

    def has_a_say(self, plan: Plan) -> bool:
        """Whether this person's word counts for what a job did cost: it is they who pay. In the sandbox nobody does."""
        return not plan.live or (plan.payer == self.payer if plan.payer else not self.id)

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
