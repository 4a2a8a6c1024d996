"""Starts benchmark sessions from plans, goes on with them, stops them and finds them.

Every run of a plan without a stop rule is in the ledger before the first job begins, so that a crash loses nothing and
nothing is planned twice. One thread for each session begins its jobs (``driving.py``).
"""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from functools import partial
from typing import Any

from comparisons.analysis import uniform
from comparisons.engine import LEDGER_AGAIN_S, LOCK_WAIT_S
from comparisons.exports import place
from comparisons.ledger import LedgerError
from comparisons.playground import Playground
from comparisons.records import HOST, Budget, End, Person, Pot, Priced, Session, check
from comparisons.runs import PATIENCE_S
from comparisons.sessions import expand
from comparisons.sessions.driving import ELSEWHERE_S, LOOK_S, Drive, own_pot, owner_of, terms
from comparisons.sessions.quote import PlanQuote, quote_plan
from comparisons.sessions.written import Written
from comparisons.words import PLANS_BUDGET
from providers import InvalidRequest, TakesError

log = logging.getLogger(__name__)


class Sessions:
    """The sessions of one playground. ``holds``: for sessions that wait, by id, a sentence that says why.

    Args:
        elsewhere_s: for how many seconds to wait for a run that another process has.
        look_s: seconds between two looks at what has changed.
    """

    def __init__(self, playground: Playground, elsewhere_s: float = ELSEWHERE_S, look_s: float = LOOK_S) -> None:
        self._playground = playground
        self._waits = elsewhere_s, look_s
        self._ledger = playground.ledger
        self._threads: dict[str, threading.Thread] = {}
        self._closing = threading.Event()
        self.holds: dict[str, str] = {}

    def close(self) -> None:
        """Begins no more jobs. Those that are under way are left to the playground."""
        self._closing.set()
        self._playground.workers.notify()
        for thread in tuple(self._threads.values()):
            thread.join()

    # planning -------------------------------------------------------------------------------------------------------

    def start(
        self,
        written: Written,
        *,
        simulated: bool,
        allow_unpriced: bool = False,
        who: Person = HOST,
        within_s: float = PATIENCE_S,
    ) -> tuple[Session, bool]:
        """Starts a plan, or goes on with the session of an equal plan; gives the session and whether it is new.

        Args:
            within_s: for how many seconds to wait for prices that are not known.

        Raises:
            InvalidRequest: it cannot start, and why; nothing that costs anything was sent.
        """
        known = self.known_or_allowed(written, simulated=simulated, who=who)
        if known is not None:
            return self._go_on(known, who, written), False
        fits = partial(self._check_fits, simulated=simulated, who=who)
        quote = quote_plan(self._playground, written, simulated, who, before=fits, within_s=within_s)
        self._playground.admission.check(who, quote.certain, live=not simulated)  # checked before so many jobs are made
        session = expand.planned_session(
            self._playground,
            quote,
            written,
            written.identity(simulated=simulated),
            live=not simulated,
            who=who,
            allow_unpriced=allow_unpriced,
        )
        with self._playground.acting:
            self._playground.admission.check(who, len(session.jobs), live=not simulated)
            self._ledger.add_session(session, terms(session, self._playground))
        return self._drive(session, who), True

    def known_or_allowed(self, written: Written, *, simulated: bool, who: Person = HOST) -> str | None:
        """The id of the session of an equal plan; None if there is none and a new one may start as far as is known.

        It is quick, and asks no provider anything.

        Raises:
            InvalidRequest: a new session cannot start: there is no room on the disk, or a limit is used up.
        """
        self._playground.storage.check_room(who)
        known = self.known(written, simulated=simulated, who=who)
        if known is None:
            self._playground.admission.check(who, 1, live=not simulated)
            gate = self._playground.gate
            gate.check_pots(gate.budget(who.id, who.payer, live=not simulated), [])
        return known

    def known(self, written: Written, *, simulated: bool, who: Person = HOST) -> str | None:
        """The id of the session of an equal plan, if there is one."""
        return self._ledger.session_like(written.identity(simulated=simulated), who.id)

    def refusal(self, quote: PlanQuote, *, simulated: bool, allow_unpriced: bool = False, who: Person = HOST) -> str:
        """A sentence that says why a new plan would not start now; empty if it would. Starts nothing."""
        offers = [offer for _, offers in quote.requests for offer in offers]
        prices = [Priced(each.variant.ref, each.listed, each.quoted, allow_unpriced) for each in offers]
        try:
            if not simulated:
                self._limits(quote, simulated, who).check_prices(prices)
            self._check_fits(quote, simulated, who)
        except InvalidRequest as error:
            return str(error)
        return ""

    def _limits(self, quote: PlanQuote, simulated: bool, who: Person) -> Budget:
        """The pots that a new plan's jobs would count in."""
        limit = quote.plan.budget_usd
        own = None if limit is None else Pot("", PLANS_BUDGET, limit)
        return self._playground.gate.budget(who.id, who.payer, live=not simulated, own=own)

    def _check_fits(self, quote: PlanQuote, simulated: bool, who: Person) -> None:
        """Checks that a new plan fits the budgets, by the prices that are known.

        Raises:
            OverBudget: it does not.
        """
        limits = self._limits(quote, simulated, who)
        check(limits.pots, quote.reserved(limits.usd), lambda pot: self._ledger.balance(pot, limits.usd))

    # running --------------------------------------------------------------------------------------------------------

    def resume(self) -> list[str]:
        """Goes on with every session that is not complete and that no other process works on; gives their ids."""
        idle = [each for each in self._ledger.unended_sessions() if not self.active(each)]
        taken = [each for each in idle if self._playground.workers.own(each)]
        for session_id in taken:
            session = self._ledger.session(session_id)
            if session is not None:
                self._drive(session, HOST)
        return taken

    def go_on(self, session_id: str, who: Person = HOST) -> Session:
        """Goes on with one session, with the keys typed now, unless it is complete.

        Jobs that were never tried, since the account's key or balance was refused, are tried again.

        Raises:
            InvalidRequest: there is no such session, another process works on it, or a limit forbids it.
        """
        return self._go_on(session_id, who, None)

    def _go_on(self, session_id: str, who: Person, written: Written | None) -> Session:
        """As ``go_on``. With ``written``, the plan as it is now, the session gets the budget that it has there."""
        workers = self._playground.workers
        with self._playground.acting:  # otherwise two presses at once would both try the same jobs again
            session = self.find(session_id, who)
            if self.active(session_id) or not (_may_go_on(session) or _other_budget(session, written)):
                return session
            if not workers.own(session_id, LOCK_WAIT_S):
                raise InvalidRequest("Another Takes is running this session now.")
            try:
                session = self._made_ready(self.find(session_id, who), who, written)
            except TakesError:
                workers.disown(session_id)
                raise
            return self._drive(session, who)

    def _made_ready(self, session: Session, who: Person, written: Written | None) -> Session:
        """Records a changed budget, and plans jobs again that were never tried."""
        playground = self._playground
        if written is not None and _other_budget(session, written):
            settings = {**session.facts["settings"], "budget_usd": expand.settings(written.plan)["budget_usd"]}
            session = replace(session, plan=written.text, facts={**session.facts, "settings": settings})
            own = own_pot(session)
            self._ledger.reopen_session(session, Budget((own,) if own else (), playground.settings.usd))
        if untried(session):
            now = playground.clock.now()
            jobs = [replace(job, plan=playground.gate.today(job.plan)) for job in expand.anew(session, now)]
            playground.admission.check(owner_of(session), len(jobs), live=session.live)
            self._ledger.try_anew(session.id, jobs, terms(session, playground))
        return self.find(session.id, who)

    def can_go_on(self, session: Session) -> bool:
        """Whether the session is not complete and this process does not work on it."""
        return not self.active(session.id) and _may_go_on(session)

    def find(self, session_id: str, who: Person = HOST) -> Session:
        """A session with all its runs; raises ``InvalidRequest`` if there is none, or it is somebody else's."""
        session = self._ledger.session(session_id)
        if session is None or who.id not in ("", session.owner):
            raise InvalidRequest(f"No session is called {session_id!r}. See: python -m comparisons session list")
        return session

    def rows(self, session: Session) -> list[dict[str, Any]]:
        """The session's jobs under the table's columns, with their place in the plan."""
        rows = []
        for placed in session.runs:
            cell = {"session": session.id, **place(placed)}
            rows += [{**cell, **row} for row in self._playground.rows(placed.jobs)]
        return uniform(rows)

    def active(self, session_id: str) -> bool:
        """Whether this process works on the session."""
        thread = self._threads.get(session_id)
        return thread is not None and thread.is_alive()

    def wait(self, session_id: str, within_s: float) -> bool:
        """Waits up to ``within_s`` seconds; gives whether this process no longer works on the session."""
        thread = self._threads.get(session_id)
        if thread is not None:
            thread.join(within_s)
        return not self.active(session_id)

    def stop(self, session_id: str, who: Person = HOST) -> None:
        """Asks for every unfinished job of a session to be stopped; no more runs are added."""
        self.find(session_id, who)
        self._ledger.stop_session(session_id)
        for placed in self.find(session_id, who).runs:  # read again: a repeat may have been added just before
            if not placed.run.done:
                self._playground.stop_run(placed.run.id, who)

    def _drive(self, session: Session, who: Person) -> Session:
        if not self._playground.workers.own(session.id, LOCK_WAIT_S):
            raise InvalidRequest("Another Takes is running this session now.")
        thread = threading.Thread(target=self._run, args=(session.id, who), name=session.id, daemon=True)
        self._threads[session.id] = thread
        thread.start()
        return session

    def _driven(self, session_id: str, who: Person) -> None:
        """Works on a session to its end. While the ledger cannot be read or written, it waits, as jobs do."""
        while True:
            try:
                Drive(self._playground, session_id, who, self._closing, *self._waits).run()
            except LedgerError as error:
                self.holds[session_id] = str(error)
                if self._closing.wait(LEDGER_AGAIN_S):
                    raise
            else:
                self.holds.pop(session_id, None)
                return

    def _run(self, session_id: str, who: Person) -> None:
        self.holds.pop(session_id, None)
        try:
            self._driven(session_id, who)
        except TakesError as error:
            self.holds[session_id] = str(error)
            log.error("Session %s stopped: %s It can be gone on with.", session_id, error)
        except Exception:
            self.holds[session_id] = "It stopped by a defect, which the log tells. It can be gone on with."
            raise
        finally:
            self._playground.workers.disown(session_id)
            if self._threads.get(session_id) is threading.current_thread():
                del self._threads[session_id]
            self._playground.workers.notify()


def _may_go_on(session: Session) -> bool:
    return not session.done or untried(session)


def untried(session: Session) -> bool:
    """Whether a session has jobs that were never tried, since the account's key or balance was refused.

    False if a person stopped it.
    """
    stopped = session.ending is not None and session.ending.how is End.STOPPED
    return not stopped and any(job.refused_account for job in session.jobs)


def _other_budget(session: Session, written: Written | None) -> bool:
    now = session.facts["settings"]["budget_usd"]
    return written is not None and expand.settings(written.plan)["budget_usd"] != now
