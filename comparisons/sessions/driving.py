"""One session on its way through its jobs: warm-up before all others, as many at once or as often as its plan says.

The jobs live on the playground's loop like any other; here is only decided when the next one begins, and whether the
plan wants one more repeat.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from comparisons.analysis import precise
from comparisons.playground import Playground
from comparisons.records import Budget, End, Ending, EventKind, Job, OverBudget, Person, Pot, Run, Session, State
from comparisons.sessions import expand
from comparisons.sessions.arrivals import Arrivals, Closed, Open
from comparisons.words import PLANS_BUDGET
from providers import InvalidRequest

ELSEWHERE_S = 10.0
"""How long a run is waited for that another Takes has: one that starts looks at all locks, one that was killed may be
about to end."""
ELSEWHERE = "Another Takes works on jobs of this session: wait for it, or end it, then go on with the session."
LOOK_S = 0.05
"""Seconds between two counts of the jobs under way: changes come in bursts."""


class Drive:
    """Begins the jobs of one session.

    Args:
        who: whose keys they go by.
        closing: set once no more may begin.
        elsewhere_s: how long a run is waited for that another Takes has.
    """

    def __init__(
        self,
        playground: Playground,
        session_id: str,
        who: Person,
        closing: threading.Event,
        elsewhere_s: float = ELSEWHERE_S,
    ) -> None:
        self._playground = playground
        self._ledger = playground.ledger
        self._id = session_id
        self._who = who
        self._closing = closing
        self._elsewhere_s = elsewhere_s
        self._held: InvalidRequest | None = None
        self._by_rule = False

    def run(self) -> None:
        """Returns when all jobs are over and the plan wants no more, or when nothing can go on now.

        Raises:
            InvalidRequest: a limit keeps jobs from beginning; another day it may not.
        """
        session = self._session()
        self._by_rule = session.facts["settings"]["within_percent"] is not None
        self._stop_planned()
        begun = self._taken_up(session)
        begun = self._begin_part(session, begun, warm_up=True)
        self._begin_part(session, begun, warm_up=False)
        self._stop_planned()
        if self._held is not None:
            raise self._held
        self._check_all_over()

    def _check_all_over(self) -> None:
        """Raises where jobs of the plan are left unfinished; a paused job says itself why."""
        planned = [job for job in self._session().jobs if "session" in job.events[0].data and not job.done]
        going = [job for job in planned if job.events[-1].kind != EventKind.PAUSED]
        left = [job for job in going if not self._playground.works_on(job.id)]
        if left and not self._closing.is_set():
            raise InvalidRequest(f"{len(left)} of its jobs have not come to their end; the log may say why.")

    def _stop_planned(self) -> None:
        """Ends what a stop has not reached, as when its process died or this one was about to begin it."""
        session = self._session()
        planned = [job.id for job in session.jobs if job.state == State.PLANNED and _is_stopped(session)]
        for job in planned:
            self._playground.stop(job)
        while any(self._playground.works_on(job) for job in planned) and not self._closing.is_set():
            self._closing.wait(LOOK_S)

    def _session(self) -> Session:
        session = self._ledger.session(self._id)
        if session is None:
            raise InvalidRequest(f"No session is called {self._id!r} any more.")
        return session

    def _taken_up(self, session: Session) -> list[str]:
        """Goes on with the jobs that their providers have: no limit of ours may keep us from watching them.

        And with those that this process works on already, if they only wait for a place yet.
        """
        works_on = self._playground.works_on
        there = [job for job in session.jobs if not job.done and (job.state != State.PLANNED or works_on(job.id))]
        return [job.id for job in there if works_on(job.id) or self._begin(job, EventKind.RESUMED)]

    def _begin_part(self, session: Session, begun: list[str], *, warm_up: bool) -> list[str]:
        """Begins the planned jobs of the warm-up, or all others and what is added to them, in turn.

        Returns when all of them are over, or paused; with the ids of others that are not. A job whose clip is waited
        for keeps no other from beginning.
        """
        part = {job.id for placed in session.runs if placed.warm_up for job in placed.jobs}
        planned = [job for job in session.jobs if job.state == State.PLANNED and job.id not in begun]
        waiting = [job for job in planned if (job.id in part) is warm_up]
        gate = _arrivals(session, self._playground.clock.now)
        looked_at = begun or None  # what was gone on with may yet turn out to wait for something
        paid_for: list[str] | None = None
        changed = threading.Event()
        with self._playground.workers.watched(changed.set):
            while not self._closing.is_set():
                begun = [job for job in begun if self._playground.works_on(job)]
                busy = [job for job in begun if not self._playground.workers.waits_for_clip(job)]
                if waiting and begun != paid_for:
                    self._check_spending(session)
                may_add = not warm_up and not waiting and begun != looked_at and gate.free(len(busy))
                if may_add and not self._some_wait(begun):
                    waiting, looked_at = self._more(begun), begun
                while waiting and gate.free(len(busy)):
                    job = waiting.pop(0)
                    if self._held is not None or self._ledger.session_ended(self._id) is End.STOPPED:
                        waiting = []
                    elif self._begin(job, EventKind.BEGUN):
                        gate.begun()
                        begun, busy = [*begun, job.id], [*busy, job.id]
                paid_for = begun
                if not waiting and not (part.intersection(busy) if warm_up else begun):
                    break
                changed.wait(gate.wait_s())
                self._closing.wait(LOOK_S)
                changed.clear()
        return begun

    def _begin(self, job: Job, kind: EventKind) -> bool:
        """Begins a job, which is noted, unless somebody else does or it is over by now."""
        playground = self._playground
        if not self._has_run(job):
            return False
        with playground.acting:
            if not playground.workers.own(job.run):
                self._held = InvalidRequest(ELSEWHERE)
                return False
            now = self._ledger.job(job.id)
            if now is None or now.done or playground.works_on(job.id):
                return False
            playground.wires.keep(job.run, self._who)
            interrupted = now.started_at is not None  # in an upload: nobody watched the time since
            playground.workers.begin([playground.happened(now, EventKind.RESUMED if interrupted else kind)])
        return True

    def _has_run(self, job: Job) -> bool:
        """Whether a job's run is this process's; one of another Takes is waited for, and for its jobs to be over."""
        until = self._playground.clock.now() + self._elsewhere_s
        while not self._playground.workers.own(job.run):
            now = self._ledger.job(job.id)
            if now is None or now.done or self._closing.wait(LOOK_S):
                return False
            if self._playground.clock.now() > until:
                self._held = InvalidRequest(ELSEWHERE)
                return False
        return True

    # limits ---------------------------------------------------------------------------------------------------------

    def _check_spending(self, session: Session) -> None:
        """Lets no more jobs begin once a limit is overspent, whenever another one is over.

        That can be although all was reserved before: bills may turn out higher than the prices were.
        """
        limits = terms(session, self._playground)
        for pot in limits.pots:
            balance = self._ledger.balance(pot, limits.usd)
            if balance.left < 0:
                self._held = InvalidRequest(f"No more jobs begin, as {pot.title} is overspent: {balance}.")

    # one more repeat ------------------------------------------------------------------------------------------------

    def _some_wait(self, begun: list[str]) -> bool:
        """Whether some of the last repeat still wait for a place at their provider."""
        jobs = (self._ledger.job(job) for job in reversed(begun) if self._by_rule)
        return any(job is not None and job.state == State.PLANNED for job in jobs)

    def _more(self, begun: list[str]) -> list[Job]:
        """One more repeat, if the plan's stop rule wants one by now; else, when all is over, notes why none is.

        A repeat is not waited for until all of it is over, only until all of it is at the providers. So up to two
        repeats more are under way than would have sufficed. None is added to jobs that are paused.
        """
        if begun and not self._by_rule:
            return []
        session, under_way = self._session(), set(begun)
        paused = any(not job.done and job.id not in under_way for job in session.jobs)
        if session.ending or self._held is not None or paused or not session.runs:
            return []
        made = 1 + max((placed.repeat for placed in session.runs if not placed.warm_up), default=-1)
        if _wants_more(session, made):
            return self._added(session, made, begun)
        if not begun:
            self._ledger.end_session(session.id, _complete(session, made))
        return []

    def _added(self, session: Session, repeat: int, begun: list[str]) -> list[Job]:
        """Adds a repeat like the first one; where the plan's own budget forbids it, the session is complete.

        While jobs are under way, what a limit forbids now it may allow once they are over, so nothing is concluded.
        """
        pattern = {placed.request: self._at_todays_price(placed.run) for placed in session.runs if not placed.warm_up}
        at, size = self._playground.clock.now(), expand.size(session.runs)
        seed = session.facts["settings"]["order_seed"]
        placed = expand.block(session.id, pattern, seed, repeat, at, size, warm_up=False)
        limits = terms(session, self._playground)
        try:
            count = sum(len(each.run.jobs) for each in placed)
            self._playground.admission.check(owner_of(session), count, live=session.live)
            added = self._ledger.add_session_runs(session.id, placed, limits)
        except InvalidRequest as error:
            if not begun:
                self._forbidden(error, session, repeat)
            return []
        jobs = [job for each in placed for job in each.jobs] if added else []
        return sorted(jobs, key=lambda job: job.events[0].data["start"])

    def _at_todays_price(self, run: Run) -> Run:
        return replace(run, jobs=tuple(replace(job, plan=self._playground.gate.today(job.plan)) for job in run.jobs))

    def _forbidden(self, error: InvalidRequest, session: Session, repeat: int) -> None:
        if isinstance(error, OverBudget) and error.pot == own_pot(session):
            ending = Ending(End.OVER_BUDGET, repeat, wanted=error.wanted, balance=error.balance)
            self._ledger.end_session(session.id, ending)
        else:
            self._held = error


def _is_stopped(session: Session) -> bool:
    return session.ending is not None and session.ending.how is End.STOPPED


def owner_of(session: Session) -> Person:
    """Whose limits hold for a session: its owner's, whoever goes on with it.

    What a visitor began with keys of their own is paid with those; who goes on with it may not have them, and then its
    jobs wait for them. And what was begun with the host's stays paid with the host's.
    """
    return Person(session.owner, {job.plan.provider: "" for job in session.runs[0].jobs if job.plan.payer})


def own_pot(session: Session) -> Pot | None:
    """What the plan itself allows to spend; None if it says nothing."""
    limit = session.facts["settings"]["budget_usd"]
    return None if limit is None else Pot(f"session {session.id}", PLANS_BUDGET, Decimal(limit))


def terms(session: Session, playground: Playground) -> Budget:
    """On whose money a session runs: the plan's own budget, and whatever limits any run of its owner's."""
    who = owner_of(session)
    return playground.gate.budget(who.id, who.payer, live=session.live, own=own_pot(session))


def _arrivals(session: Session, now: Callable[[], float]) -> Arrivals:
    settings = session.facts["settings"]
    if settings["rate_per_minute"] is None:
        return Closed(settings["concurrency"])
    return Open(settings["rate_per_minute"], random.Random(f"{settings['order_seed']}/arrivals"), now)


def _wants_more(session: Session, made: int) -> bool:
    within, most = session.facts["settings"]["within_percent"], session.facts["settings"]["most_repeats"]
    return within is not None and made < most and not precise(session, within / 100)


def _complete(session: Session, made: int) -> Ending:
    """The ending of a session of which no more repeats are wanted: it says why."""
    within = session.facts["settings"]["within_percent"]
    untried = sum(job.refused_account for job in session.jobs)
    if untried:
        return Ending(End.UNTRIED, made, untried=untried, jobs=len(session.jobs))
    if within is None:
        return Ending(End.ALL_MADE, made)
    if precise(session, within / 100):
        return Ending(End.PRECISE, made, within)
    return Ending(End.MOST_MADE, made)
