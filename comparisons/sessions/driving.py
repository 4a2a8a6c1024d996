"""Works through the jobs of one session: the warm-up first, as many at once or as often as its plan says.

The jobs run on the playground's loop like all others. This module only decides when the next one begins, and whether
the plan wants one more repeat.
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
"""For how many seconds to wait for a run that another process has: a starting process takes every lock for a moment,
and a process that was killed may be about to end."""
ELSEWHERE = "Another Takes works on jobs of this session: wait for it, or end it, then go on with the session."
LOOK_S = 0.05
"""The least seconds between two counts of the jobs under way, since changes come in bursts."""


class Drive:
    """Begins the jobs of one session.

    Args:
        who: the person whose typed keys the jobs may use.
        closing: set once no more jobs may begin.
        elsewhere_s: for how many seconds to wait for a run that another process has.
        look_s: seconds between two looks at what has changed.
    """

    def __init__(
        self,
        playground: Playground,
        session_id: str,
        who: Person,
        closing: threading.Event,
        elsewhere_s: float = ELSEWHERE_S,
        look_s: float = LOOK_S,
    ) -> None:
        self._playground = playground
        self._ledger = playground.ledger
        self._id = session_id
        self._who = who
        self._closing = closing
        self._elsewhere_s = elsewhere_s
        self._look_s = look_s
        self._held: InvalidRequest | None = None
        self._by_rule = False

    def run(self) -> None:
        """Returns when all jobs are over and the plan wants no more, or when nothing can go on now.

        Raises:
            InvalidRequest: a limit, or another process, keeps jobs from beginning now; or jobs ended by a defect.
        """
        session = self._session()
        self._by_rule = session.facts["settings"]["within_percent"] is not None
        self._stop_planned()
        begun = self._resume_begun(session)
        begun = self._begin_part(session, begun, warm_up=True)
        self._begin_part(session, begun, warm_up=False)
        self._stop_planned()
        if self._held is not None:
            raise self._held
        self._check_all_over()

    def _check_all_over(self) -> None:
        """Raises ``InvalidRequest`` if jobs of the plan are left unfinished, other than paused ones, which say why."""
        planned = [job for job in self._session().jobs if "session" in job.events[0].data and not job.done]
        going = [job for job in planned if job.events[-1].kind != EventKind.PAUSED]
        left = [job for job in going if not self._playground.works_on(job.id)]
        if left and not self._closing.is_set():
            raise InvalidRequest(f"{len(left)} of its jobs have not come to their end; the log may say why.")

    def _stop_planned(self) -> None:
        """Stops planned jobs of a stopped session that the stop did not reach, such as when its process died."""
        session = self._session()
        planned = [job.id for job in session.jobs if job.state == State.PLANNED and _is_stopped(session)]
        for job in planned:
            self._playground.stop(job)
        while any(self._playground.works_on(job) for job in planned) and not self._closing.is_set():
            self._closing.wait(self._look_s)

    def _session(self) -> Session:
        session = self._ledger.session(self._id)
        if session is None:
            raise InvalidRequest(f"No session is called {self._id!r} any more.")
        return session

    def _resume_begun(self, session: Session) -> list[str]:
        """Goes on with the jobs that their providers have, whatever our limits are; gives the ids of those under way.

        Planned jobs that this process works on already, and that only wait for a place, are among them.
        """
        works_on = self._playground.works_on
        there = [job for job in session.jobs if not job.done and (job.state != State.PLANNED or works_on(job.id))]
        return [job.id for job in there if works_on(job.id) or self._begin(job, EventKind.RESUMED)]

    def _begin_part(self, session: Session, begun: list[str], *, warm_up: bool) -> list[str]:
        """Begins the planned jobs of the warm-up, or all others and the repeats that are added, in their order.

        Returns when all of them are over or paused, and gives the ids of the session's jobs that are still worked on. A
        job that only waits for its clip does not count as under way.

        Args:
            begun: the ids of the session's jobs that are worked on already.
        """
        part = {job.id for placed in session.runs if placed.warm_up for job in placed.jobs}
        planned = [job for job in session.jobs if job.state == State.PLANNED and job.id not in begun]
        waiting = [job for job in planned if (job.id in part) is warm_up]
        gate = _arrivals(session, self._playground.clock.now)
        looked_at = begun or None  # no repeat is added before one of the resumed jobs is over or paused
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
                        looked_at = None  # also if all of them are over before the next look
                paid_for = begun
                if not waiting and not (part.intersection(busy) if warm_up else begun):
                    break
                changed.wait(gate.wait_s())
                self._closing.wait(self._look_s)
                changed.clear()
        return begun

    def _begin(self, job: Job, kind: EventKind) -> bool:
        """Begins a job and records that; False if it is over by now, or somebody else works on it."""
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
            interrupted = now.started_at is not None  # while it uploaded, so its latency is no measurement
            playground.workers.begin([playground.happened(now, EventKind.RESUMED if interrupted else kind)])
        return True

    def _has_run(self, job: Job) -> bool:
        """Whether this process has the lock of a job's run; waits while another has it and the job is not over."""
        until = self._playground.clock.now() + self._elsewhere_s
        while not self._playground.workers.own(job.run):
            now = self._ledger.job(job.id)
            if now is None or now.done or self._closing.wait(self._look_s):
                return False
            if self._playground.clock.now() > until:
                self._held = InvalidRequest(ELSEWHERE)
                return False
        return True

    # limits ---------------------------------------------------------------------------------------------------------

    def _check_spending(self, session: Session) -> None:
        """Lets no more jobs begin once a limit is overspent.

        That can happen although everything was reserved before, since bills may be higher than prices were.
        """
        limits = terms(session, self._playground)
        for pot in limits.pots:
            balance = self._ledger.balance(pot, limits.usd)
            if balance.left < 0:
                self._held = InvalidRequest(f"No more jobs begin, as {pot.title} is overspent: {balance}.")

    # one more repeat ------------------------------------------------------------------------------------------------

    def _some_wait(self, begun: list[str]) -> bool:
        """Whether jobs of the last repeat still wait for a place at their provider; False without a stop rule."""
        jobs = (self._ledger.job(job) for job in reversed(begun) if self._by_rule)
        return any(job is not None and job.state == State.PLANNED for job in jobs)

    def _more(self, begun: list[str]) -> list[Job]:
        """The jobs of one more repeat, if the plan's stop rule wants one by now. Otherwise, once all jobs are over,
        records why no more are made.

        The next repeat is added when all jobs of the last one are at their providers, not when they are over. So up to
        two repeats more are made than would have been enough. None is added while jobs are paused.
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
        """Adds a repeat like the first one and gives its jobs; none if a limit forbids it.

        If the plan's own budget forbids it, the session is complete. While jobs are under way nothing is concluded from
        a limit: it may allow the repeat once they are over.
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
    """The person whose limits count for a session: its owner, whoever goes on with it.

    The keys of that person stand only for where typed keys pay, and are empty. A session that was begun with typed keys
    is paid with those; if they are not in memory, its jobs wait for them. One that was begun with the host's keys stays
    paid with them.
    """
    return Person(session.owner, {job.plan.provider: "" for job in session.runs[0].jobs if job.plan.payer})


def own_pot(session: Session) -> Pot | None:
    """The pot of the plan's own budget; None if it has none."""
    limit = session.facts["settings"]["budget_usd"]
    return None if limit is None else Pot(f"session {session.id}", PLANS_BUDGET, Decimal(limit))


def terms(session: Session, playground: Playground) -> Budget:
    """What a session's jobs count in: the plan's own budget, and the pots of any run of its owner."""
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
    """The ending of a session that gets no more repeats, with the reason. ``made``: how many there are."""
    within = session.facts["settings"]["within_percent"]
    untried = sum(job.refused_account for job in session.jobs)
    if untried:
        return Ending(End.UNTRIED, made, untried=untried, jobs=len(session.jobs))
    if within is None:
        return Ending(End.ALL_MADE, made)
    if precise(session, within / 100):
        return Ending(End.PRECISE, made, within)
    return Ending(End.MOST_MADE, made)
