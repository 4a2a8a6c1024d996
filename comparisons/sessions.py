"""Benchmark sessions: the runs of a plan, planned in blocks, begun in a shuffled order, gone on with after any end.

Every run of a fixed plan is in the ledger before the first job begins, so a crash loses nothing and nothing is planned
twice. A thread per session begins the jobs, as many at once or as often as the plan says; the jobs themselves live on
the playground's loop like any other.
"""

from __future__ import annotations

import logging
import random
import threading
from decimal import Decimal
from typing import Any

from comparisons import compare, planning
from comparisons.arrivals import Closed, Gate, Open
from comparisons.budget import Budget, Pot
from comparisons.planning import Written
from comparisons.playground import Playground
from comparisons.records import Job, Session
from comparisons.summary import precise
from comparisons.visitors import HOST, Person, admit, pots_of, spends_the_hosts
from providers import InvalidRequest, TakesError

log = logging.getLogger(__name__)
LOOK_S = 0.05
"""Between two looks at how many jobs are under way: changes come in bursts."""


class Sessions:
    """The sessions of one playground."""

    def __init__(self, playground: Playground) -> None:
        self._playground = playground
        self._ledger = playground.ledger
        self._threads: dict[str, threading.Thread] = {}
        self._closing = threading.Event()

    def close(self) -> None:
        """Begins no more jobs. What is under way is the playground's."""
        self._closing.set()
        self._playground.workers.notify()
        for thread in self._threads.values():
            thread.join()

    # planning -------------------------------------------------------------------------------------------------------

    def start(
        self, written: Written, *, simulated: bool, allow_unpriced: bool = False, who: Person = HOST
    ) -> tuple[Session, bool]:
        """Starts a plan, or goes on with the session of an equal plan; says whether it is a new one.

        Raises:
            InvalidRequest: one sentence; nothing was sent that costs anything.
        """
        live = not simulated
        identity = planning.identity(written, "live" if live else "sandbox")
        known = self._ledger.session_like(identity, who.id)
        if known is not None:
            return self.go_on(known, who), False
        quote = planning.quote(self._playground, written, simulated, who)
        session = planning.planned(self._playground, quote, written, identity, live, who)
        pots = self._pots(session, who)
        every = [offer for _, offers in quote.requests for offer in offers]
        unpriced_ok = simulated or (allow_unpriced and not spends_the_hosts(who))
        compare.gate(every, self._playground.settings.usd, budgeted=bool(pots), allow_unpriced=unpriced_ok)
        with self._playground.acting:
            admit(self._ledger, who, len(session.jobs), session.at)
            self._ledger.add_session(session, Budget(pots, self._playground.settings.usd))
        return self._drive(session, who), True

    def _pots(self, session: Session, who: Person) -> tuple[Pot, ...]:
        """Whose money a session spends: the plan's own budget, and whatever limits any run like its."""
        playground, limit = self._playground, session.facts["settings"]["budget_usd"]
        own = () if limit is None else (Pot(f"session {session.id}", "the plan's budget", Decimal(limit)),)
        return own + pots_of(session.runs[0].run, who, playground.settings, playground.clock.now())

    def _gate(self, session: Session) -> Gate:
        settings = session.facts["settings"]
        if settings["rate_per_minute"] is None:
            return Closed(settings["concurrency"])
        rng = random.Random(f"{settings['order_seed']}/arrivals")
        return Open(settings["rate_per_minute"], rng, self._playground.clock.now)

    # running --------------------------------------------------------------------------------------------------------

    def resume(self) -> list[str]:
        """Goes on with every session that is not complete and that no other Takes runs; returns their ids."""
        taken = [each for each in self._ledger.unended_sessions() if self._playground.workers.own(each)]
        for session_id in taken:
            session = self._ledger.session(session_id)
            if session is not None:
                self._drive(session, HOST)
        return taken

    def go_on(self, session_id: str, who: Person = HOST) -> Session:
        """Goes on with one session, with the keys typed now, unless it is complete.

        Raises:
            InvalidRequest: there is no such session, or another Takes is running it.
        """
        session = self.find(session_id, who)
        return session if session.done or self.active(session_id) else self._drive(session, who)

    def find(self, session_id: str, who: Person = HOST) -> Session:
        """A session with all its runs; ``InvalidRequest`` if there is none, or it is another's."""
        session = self._ledger.session(session_id)
        if session is None or who.id not in ("", session.owner):
            raise InvalidRequest(f"No session is called {session_id!r}. See: python -m comparisons session list")
        return session

    def rows(self, session: Session) -> list[dict[str, Any]]:
        """The session's jobs under the table's columns, with their place in the plan."""
        rows = []
        for placed in session.runs:
            cell = {
                "session": session.id,
                "request": placed.request,
                "repeat": placed.repeat,
                "warm_up": placed.warm_up,
            }
            rows += [{**cell, **row} for row in self._playground.rows(placed.jobs)]
        return rows

    def active(self, session_id: str) -> bool:
        """Whether this process is running the session."""
        thread = self._threads.get(session_id)
        return thread is not None and thread.is_alive()

    def wait(self, session_id: str, within_s: float) -> bool:
        """Whether the session is over, or paused, waiting up to ``within_s`` seconds for it."""
        thread = self._threads.get(session_id)
        if thread is not None:
            thread.join(within_s)
        return not self.active(session_id)

    def stop(self, session_id: str, who: Person = HOST) -> None:
        """Asks for every unfinished job of a session to be stopped; no more runs are added."""
        session = self.find(session_id, who)
        self._ledger.end_session(session_id, "It was stopped.")
        for placed in session.runs:
            if not placed.run.done:
                self._playground.stop_run(placed.run.id, who)

    def _drive(self, session: Session, who: Person) -> Session:
        if not self._playground.workers.own(session.id):
            raise InvalidRequest("Another Takes is running this session now.")
        thread = threading.Thread(target=self._run, args=(session, who), name=session.id, daemon=True)
        self._threads[session.id] = thread
        thread.start()
        return session

    def _run(self, session: Session, who: Person) -> None:
        """Begins the jobs of a session until there are no more, then sees whether the plan wants more."""
        try:
            while not self._closing.is_set() and self._begin_all(session, who):
                if session.ended or not self._went_on(session, who):
                    return
                session = self.find(session.id)
        except TakesError as error:
            log.error("Session %s stopped: %s It goes on at the next start.", session.id, error)
        finally:
            self._playground.workers.disown(session.id)
            self._playground.workers.notify()

    def _begin_all(self, session: Session, who: Person) -> bool:
        """Begins the jobs in turn and waits until all are over; False if that cannot be now."""
        todo = [job for job in session.jobs if not job.done]
        there = [job for job in todo if job.state != "planned"]
        for job in there:  # their providers have them: no limit of ours may keep us from watching them
            self._begin(job, who, "resumed")
        waiting = [job for job in todo if job.state == "planned"]
        if session.ended:  # somebody stopped it, and the process died before all of it was
            waiting = self._stopped(waiting)
        gate = self._gate(session)
        begun = [job.id for job in there]
        changed = threading.Event()
        with self._playground.workers.watched(changed.set):
            while not self._closing.is_set():
                begun = [job_id for job_id in begun if self._playground.works_on(job_id)]
                while waiting and gate.free(len(begun)):
                    gate.begun()
                    job = waiting.pop(0)
                    if self._begin(job, who):
                        begun.append(job.id)
                if not waiting and not begun:
                    break
                changed.wait(gate.wait_s())
                self._closing.wait(LOOK_S)
                changed.clear()
        left = self.find(session.id).jobs
        return not self._closing.is_set() and all(job.done for job in left)

    def _stopped(self, planned: list[Job]) -> list[Job]:
        """Stops jobs that were not begun; none is left to begin."""
        for job in planned:
            self._playground.stop(job.id)
        return []

    def _begin(self, job: Job, who: Person, kind: str | None = None) -> bool:
        """Begins a job, unless somebody else does or it is over by now."""
        playground = self._playground
        with playground.acting:
            if not playground.workers.own(job.run):
                return False
            now = self._ledger.job(job.id)
            if now is None or now.done or playground.works_on(job.id):
                return False
            playground.wires.keep(job.run, who)
            playground.workers.begin([playground.happened(now, kind) if kind else now])
        return True

    def _went_on(self, session: Session, who: Person) -> bool:
        """Adds one more repeat where the plan's stop rule wants one; else notes why the session is complete."""
        session = self.find(session.id)
        made = 1 + max((placed.repeat for placed in session.runs if not placed.warm_up), default=-1)
        why = _complete(session, made) or self._added(session, made, who)
        if why:
            self._ledger.end_session(session.id, why)
        return not why

    def _added(self, session: Session, repeat: int, who: Person) -> str:
        """Adds a repeat like the first one; returns why not, if a limit forbids it."""
        pattern = {placed.request: placed.run for placed in session.runs if not placed.warm_up}
        at, size = self._playground.clock.now(), planning.size(session.runs)
        seed = session.facts["settings"]["order_seed"]
        placed = planning.block(session.id, pattern, seed, repeat, at, size, warm_up=False)
        pots = self._pots(session, who)
        try:
            admit(self._ledger, who, sum(len(each.run.jobs) for each in placed), at)
            self._ledger.add_session_runs(session.id, placed, Budget(pots, self._playground.settings.usd))
        except InvalidRequest as error:
            return f"{repeat} repeats were made; one more was not: {error}"
        return ""


def _complete(session: Session, made: int) -> str:
    """Why no more repeats are wanted; empty if one is."""
    within, most = session.facts["settings"]["within_percent"], session.facts["settings"]["most_repeats"]
    if within is None:
        return f"All {made} repeats of the plan were made."
    if precise(session, within / 100):
        return f"After {made} repeats every median's interval was within {within:g} % of it."
    if made >= most:
        return f"{made} repeats were made, as many as the plan allows; some intervals are still wider than it wants."
    return ""
