"""Asks for a second press before something is started that must not be paid for by accident.

That is the same takes while the first ones are still under way, or further takes of a run, whose price no button shows.
"""

from __future__ import annotations

import json
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import replace

from comparisons.records import Job
from providers import InvalidRequest

NOT_BEFORE_S = 1.5
"""A press within so many seconds after the question does not answer it: it may be a double click."""
ANSWER_S = 60.0
"""A press within so many seconds after the question answers it; a later one is asked again."""
KEPT = 1_000
"""The most questions that are remembered."""


class UnderWay(InvalidRequest):
    """The same takes are under way; a second press starts them once more."""


class PriceFirst(InvalidRequest):
    """It costs something, and the person has not been told the price yet; a second press does it."""


class Twice:
    """Who was asked about what, and when.

    Args:
        now: seconds of the ledger's clock.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._asked: OrderedDict[tuple[str, tuple[str, ...]], float] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, owner: str, wanted: Iterable[Job], under_way: Iterable[Iterable[Job]]) -> None:
        """Checks that a person may start these jobs.

        Args:
            under_way: the jobs of each run of theirs that is under way.

        Raises:
            UnderWay: one of those runs has all of these jobs, and the person has not pressed again to confirm.
        """
        plans = _asked_for(wanted)
        going = any(_are_under_way(plans, tuple(jobs)) for jobs in under_way)
        if self._is_answer(owner, plans) or not going:
            return
        self._ask(owner, plans)
        what = "This take is" if len(plans) == 1 else f"The same {len(plans)} takes are"
        raise UnderWay(
            f"{what} under way already. Press again to start {'it' if len(plans) == 1 else 'them'} once more."
        )

    def check_price(self, owner: str, about: tuple[str, ...], question: str) -> None:
        """Checks that a person has been told what this costs, and has pressed once more.

        Raises:
            PriceFirst: they have not; its text is the ``question``.
        """
        if not self._is_answer(owner, about):
            self._ask(owner, about)
            raise PriceFirst(question)

    def _is_answer(self, owner: str, about: tuple[str, ...]) -> bool:
        with self._lock:
            now, before = self._now(), self._asked.pop((owner, about), None)
        return before is not None and before + NOT_BEFORE_S <= now <= before + ANSWER_S

    def _ask(self, owner: str, about: tuple[str, ...]) -> None:
        with self._lock:
            self._asked[owner, about] = self._now()
            while len(self._asked) > KEPT:
                self._asked.popitem(last=False)


def _are_under_way(plans: tuple[str, ...], jobs: tuple[Job, ...]) -> bool:
    """Whether the jobs include every one of these plans, and at least one of those jobs is not over yet."""
    there, open_ones = Counter(_asked_for(jobs)), Counter(_asked_for(job for job in jobs if not job.done))
    return Counter(plans) <= there and bool(Counter(plans) & open_ones)


def _asked_for(jobs: Iterable[Job]) -> tuple[str, ...]:
    """What each job was asked to do, as JSON, without its prices and who pays; sorted, so that order does not count."""
    plans = (replace(job.plan, listed=None, quoted=None, payer="", allow_unpriced=False) for job in jobs)
    return tuple(sorted(json.dumps(plan.to_json(), sort_keys=True) for plan in plans))
