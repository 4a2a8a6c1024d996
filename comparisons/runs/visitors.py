"""How many takes visitors may have under way and start in an hour.

On a person's own machine there is only the host, who may touch everything. Where strangers visit, each of them is
known by an unguessable id and sees and touches only what is theirs.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from comparisons.ledger import Ledger, Takes
from comparisons.records import Person
from comparisons.runs.fair_places import FIRST_FEW
from comparisons.shares import Hourly, Limit
from providers import InvalidRequest

HOUR_S = 3600.0
NO_LIMIT = 10**9


@dataclass(frozen=True)
class Allowed:
    """Takes that visitors may have under way, and may start in an hour."""

    at_once: Limit
    an_hour: Limit


LIVE = Allowed(
    Limit(each=12, client=24, all=60, small=6, reserve=36), Limit(each=60, client=180, all=600, small=12, reserve=300)
)
"""Live takes and those of the sandbox are counted apart: who pays for a take does not wait for those who play."""
SANDBOX = Allowed(
    Limit(each=12, client=24, all=1_000, small=FIRST_FEW, reserve=1_000), Limit(each=60, client=180, all=NO_LIMIT)
)
"""The sandbox's takes cost nothing and wait for their turn (``FairPlaces``). So no visitor is refused because of what
others have: if all together have too many, some takes that wait are stopped to make room (``to_make_room``)."""
CLIENTS = 2_000
"""How many visitors' addresses are remembered. Beyond that, only those of visitors whose takes count now are kept."""


class TooMuch(InvalidRequest):
    """More than one visitor, or all of them together, may have at a time."""


WAIT = "Choose fewer, or come back a little later."


class Admission:
    """Says whether visitors may start something. Safe to use from several threads.

    What is under way, and what was started, is read from the ledger. From which address it was started is only
    remembered here, until the process ends.

    Args:
        now: seconds of the ledger's clock.
    """

    def __init__(
        self, ledger: Ledger, now: Callable[[], float], live: Allowed = LIVE, sandbox: Allowed = SANDBOX
    ) -> None:
        self._ledger = ledger
        self._now = now
        self._allowed = {True: live, False: sandbox}
        self._clients: dict[str, str] = {}
        self._acting = threading.Lock()
        self.begun = Hourly(sandbox.an_hour, now)
        """The sandbox's takes that each visitor began in the last hour."""

    def check(self, who: Person, takes: int, *, live: bool) -> None:
        """Checks that a visitor may start so many takes now. The host always may.

        Raises:
            TooMuch: they may not; a sentence that says what helps.
        """
        if not who.id:
            return
        under_way, an_hour = self._ledger.takes_of_visitors(self._now() - HOUR_S)
        allowed, kind = self._allowed[live], "live" if live else "sandbox"
        with self._acting:
            client = who.client or self._clients.get(who.id, "")
            counted = partial(self._counted, live=live, visitor=who.id, client=client)
            self._check(allowed.at_once, counted(under_way), takes, f"{kind} takes under way")
            self._check(allowed.an_hour, counted(an_hour), takes, f"{kind} takes of this hour")
            self._clients[who.id] = client
            if len(self._clients) > CLIENTS:
                matter = {owner for owner, _ in (*under_way, *an_hour)}
                self._clients = {owner: where for owner, where in self._clients.items() if owner in matter}

    def whose(self, job: str) -> Person:
        """The person whose job it is, with the address they started from if that is remembered."""
        owner = self._ledger.owner(job) or ""
        return Person(owner, client=self._clients.get(owner, ""))

    def to_make_room(self, who: Person, takes: int) -> list[str]:
        """The ids of other visitors' takes that are to be stopped so that ``who`` may plan so many in the sandbox.

        Nothing of these takes was sent: they wait for their turn. They are the last ones of the visitor who has most
        waiting.
        """
        under_way, _ = self._ledger.takes_of_visitors(self._now())
        many = sum(count for (_, live), count in under_way.items() if not live) + takes
        waiting: defaultdict[str, list[str]] = defaultdict(list)
        for job, owner in self._ledger.waiting_in_sandbox():
            if owner not in ("", who.id):
                waiting[owner].append(job)
        stopped: list[str] = []
        while many - len(stopped) > self._allowed[False].at_once.all and any(waiting.values()):
            stopped.append(max(waiting.values(), key=len).pop())
        return stopped

    def _counted(self, takes: Takes, live: bool, visitor: str, client: str) -> tuple[int, int, int]:
        """How many takes this visitor has, how many all visitors at their address have, and how many everybody has."""
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
