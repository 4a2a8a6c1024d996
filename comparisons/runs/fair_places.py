"""The sandbox's places where strangers visit: whoever has begun the fewest takes in the last hour is next.

A take holds a place at its provider for as long as it is there. If places were given out in the order in which they are
asked for, one person who asks for many would have them all, and everybody else would wait. A visitor's address is often
unknown and cookies are free, so one person with two cookies looks like two. What can be counted is how many takes each
cookie, and each address where it is known, has begun in the last hour.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from comparisons.engine import Places, Waiting
from comparisons.records import Person
from comparisons.shares import Hourly

FIRST_FEW = 6
"""A visitor's first so many takes of an hour come before everybody's further ones; six is what the page's sample takes.
Each further step of so many comes after the takes of everybody who is at an earlier step."""


class FairPlaces(Places):
    """The places at one provider of the sandbox.

    Takes are counted in steps of ``FIRST_FEW``. Among the visitors at the lowest step, the next place goes in turn to
    the one who came last and to the one who has waited longest. So a newcomer waits until two places come free, however
    many wait already, and nobody waits for ever while newcomers come. A visitor's own takes keep their order.

    Args:
        limit: jobs at once.
        now: seconds of the ledger's clock.
        begun: counts the takes that each visitor began in the last hour, at all providers.
        whose: gives the person that a job, by its id, belongs to.
    """

    def __init__(self, limit: int, now: Callable[[], float], begun: Hourly, whose: Callable[[str], Person]) -> None:
        super().__init__(limit, now)
        self._begun = begun
        self._find = whose
        self._whose: dict[str, Person] = {}
        self._newest = False

    async def enter(self, job: str = "") -> None:
        self._whose[job] = self._find(job)
        try:
            await super().enter(job)
        finally:
            del self._whose[job]

    def _let_in(self, job: str) -> None:
        super()._let_in(job)
        self._begun.count(self._whose[job], 1)

    def _next(self, waiting: Sequence[Waiting]) -> int:
        whose = [self._whose[each.job].id for each in waiting]
        people = {who.id: who for who in (self._whose[each.job] for each in waiting)}
        step = {visitor: self._step(who) for visitor, who in people.items()}
        least = min(step.values())
        first = [index for index, visitor in enumerate(whose) if step[visitor] == least]
        self._newest = not self._newest
        return whose.index(whose[first[-1 if self._newest else 0]])

    def _step(self, who: Person) -> int:
        """How many steps of ``FIRST_FEW`` takes a visitor has begun in the last hour; -1 for the host, who is first."""
        return self._begun.had(who) // FIRST_FEW if who.id else -1
