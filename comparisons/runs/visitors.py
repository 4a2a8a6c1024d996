"""Who asks, what is theirs, and how much of the place one of them may take.

On a person's own machine there is only the host, who may touch everything. Where strangers visit, each of them is
known by an unguessable id and sees and touches only what is theirs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from comparisons.ledger import Ledger, Takes
from comparisons.records import Person
from comparisons.shares import Limit
from providers import InvalidRequest

HOUR_S = 3600.0
AT_ONCE = Limit(each=12, client=24, all=60, small=6, reserve=36)
"""Takes that visitors may have under way. Those of the sandbox and live ones are counted apart: who pays for a take
does not wait for those who play."""
AN_HOUR = Limit(each=60, client=180, all=600, small=12, reserve=300)
"""Takes that visitors may start in an hour, counted apart too."""
CLIENTS = 2_000
"""Visitors of whom it is remembered where they started something from; then only those who still matter are."""


class TooMuch(InvalidRequest):
    """More than one visitor, or all of them together, may have at a time."""


WAIT = "Choose fewer, or come back a little later."


class Admission:
    """Says whether visitors may start something. Safe to use from several threads.

    What is under way, and was started, the ledger knows; from where, only this memory, until the process ends.

    Args:
        now: seconds of the ledger's clock.
    """

    def __init__(
        self, ledger: Ledger, now: Callable[[], float], at_once: Limit = AT_ONCE, an_hour: Limit = AN_HOUR
    ) -> None:
        self._ledger = ledger
        self._now = now
        self._at_once, self._an_hour = at_once, an_hour
        self._clients: dict[str, str] = {}
        self._acting = threading.Lock()

    def check(self, who: Person, takes: int, *, live: bool) -> None:
        """Checks that a visitor may start so many takes now. The host may always.

        Raises:
            TooMuch: one polite sentence, with what helps.
        """
        if not who.id:
            return
        under_way, an_hour = self._ledger.takes_of_visitors(self._now() - HOUR_S)
        kind = "live" if live else "sandbox"
        with self._acting:
            client = who.client or self._clients.get(who.id, "")
            self._check(self._at_once, self._counted(under_way, live, who.id, client), takes, f"{kind} takes under way")
            self._check(
                self._an_hour, self._counted(an_hour, live, who.id, client), takes, f"{kind} takes of this hour"
            )
            self._clients[who.id] = client
            if len(self._clients) > CLIENTS:
                matter = {owner for owner, _ in (*under_way, *an_hour)}
                self._clients = {owner: where for owner, where in self._clients.items() if owner in matter}

    def _counted(self, takes: Takes, live: bool, visitor: str, client: str) -> tuple[int, int, int]:
        """How many of a kind are this visitor's, those of all of their address, and everybody's."""
        owners = {owner: count for (owner, is_live), count in takes.items() if is_live is live}
        mine = owners.get(visitor, 0)
        here = [count for owner, count in owners.items() if owner != visitor and self._clients.get(owner) == client]
        return mine, mine + (sum(here) if client else 0), sum(owners.values())

    def _check(self, limit: Limit, counted: tuple[int, int, int], takes: int, what: str) -> None:
        mine, theirs, _ = counted
        exceeded = limit.exceeded(takes, *counted)
        if exceeded == "each":
            raise TooMuch(
                f"You have {mine} {what}, and these would be {takes} more; a visitor may have {limit.each}. {WAIT}"
            )
        if exceeded == "client":
            raise TooMuch(
                f"There are {theirs} {what} from your internet address, and these would be {takes} more; from one"
                f" address there may be {limit.client}. {WAIT}"
            )
        if exceeded == "all":
            left = limit.left(*counted)
            few = f"Choose {left} at most, or try" if left > 0 else "Please try"
            raise TooMuch(f"Too many people are comparing takes just now. {few} again in a few minutes.")
