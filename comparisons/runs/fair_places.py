"""The sandbox's places where strangers visit: whoever has had fewest takes in the last hour is next.

A place at a provider is held for as long as a take is there. Given out in the order in which they are asked for, they
would all go to whoever asks for many at once, and everybody else would wait for all of those. A visitor's address is
often unknown and cookies are free, so nobody can be told from somebody who only has another cookie. What can be told is
how many takes a cookie, or where it is known an address, has begun in the last hour.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from comparisons.engine import Places, Waiting
from comparisons.records import Person
from comparisons.shares import Hourly

FIRST_FEW = 6
"""Takes that a visitor begins in an hour before all others, six being those of the page's sample. Each further so many
come after those of everybody who has begun fewer."""


class FairPlaces(Places):
    """The places at one provider of the sandbox.

    Those who have begun equally few takes in the last hour, counted in steps of ``FIRST_FEW``, are next alternately:
    the one who came last, and the one who has waited longest. So a newcomer waits for two places to come free, however
    many wait already, and nobody waits for ever while newcomers come. A visitor's own takes keep their order.

    Args:
        limit: jobs at once.
        now: seconds of the ledger's clock.
        begun: counts the takes that each visitor began, at all providers.
        whose: says of a job, by its id, whose it is.
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
        """How often a visitor has begun ``FIRST_FEW`` takes in the last hour. The host is before all visitors."""
        return self._begun.had(who) // FIRST_FEW if who.id else -1
