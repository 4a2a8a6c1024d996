"""Asks once before something is started that a stray key must not spend.

That is the same takes while the first are under way, or further takes of a run, whose price stands on no button.
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
"""A second press that comes sooner than this after the question does not answer it: it may be the same press."""
ANSWER_S = 60.0
"""How long, in seconds, a press answers the question."""
KEPT = 1_000


class UnderWay(InvalidRequest):
    """The same takes are under way; pressing once more starts them again."""


class PriceFirst(InvalidRequest):
    """It costs something, and was not read yet; pressing once more does it."""


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
        """Whether a person may start these jobs beside those that are under way, each time together.

        Raises:
            UnderWay: some that are under way together are just these, and this is not the answer to that question.
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
        """Whether a person has read what this costs and pressed once more.

        Raises:
            PriceFirst: they have not; it says the ``question``.
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
    """What jobs were asked to do, whatever it costs and whoever pays, in one text each."""
    plans = (replace(job.plan, listed=None, quoted=None, payer="", allow_unpriced=False) for job in jobs)
    return tuple(sorted(json.dumps(plan.to_json(), sort_keys=True) for plan in plans))
