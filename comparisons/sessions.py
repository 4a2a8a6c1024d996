"""Benchmark sessions: started from a plan, gone on with after any end, stopped, found.

Every run of a fixed plan is in the ledger before the first job begins, so a crash loses nothing and nothing is planned
twice. A thread per session begins the jobs (``driving.py``).
"""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import Any

from comparisons import compare, planning
from comparisons.budget import Budget
from comparisons.driving import Drive, pots
from comparisons.planning import Written
from comparisons.playground import Playground
from comparisons.records import Session
from comparisons.visitors import HOST, Person, admit, spends_the_hosts
from providers import InvalidRequest, TakesError

log = logging.getLogger(__name__)
STOPPED = "It was stopped."


class Sessions:
    """The sessions of one playground. ``holds`` says of those that wait why they do, by id."""

    def __init__(self, playground: Playground) -> None:
        self._playground = playground
        self._ledger = playground.ledger
        self._threads: dict[str, threading.Thread] = {}
        self._closing = threading.Event()
        self.holds: dict[str, str] = {}

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
            self._heed_budget(known, written)
            return self.go_on(known, who), False
        quote = planning.quote(self._playground, written, simulated, who)
        session = planning.planned(self._playground, quote, written, identity, live, who)
        limits = pots(session, who, self._playground)
        every = [offer for _, offers in quote.requests for offer in offers]
        unpriced_ok = simulated or (allow_unpriced and not spends_the_hosts(who))
        compare.gate(every, self._playground.settings.usd, budgeted=bool(limits), allow_unpriced=unpriced_ok)
        with self._playground.acting:
            admit(self._ledger, who, len(session.jobs), session.at)
            self._ledger.add_session(session, Budget(limits, self._playground.settings.usd))
        return self._drive(session, who), True

    def _heed_budget(self, session_id: str, written: Written) -> None:
        """What the plan allows to spend is no part of what tells plans apart, so it may have changed since."""
        session = self.find(session_id)
        settings = {**session.facts["settings"], "budget_usd": planning.settings(written.plan)["budget_usd"]}
        if settings != session.facts["settings"]:
            ended = session.ended if session.ended == STOPPED else ""
            facts = {**session.facts, "settings": settings}
            self._ledger.reopen_session(replace(session, plan=written.text, facts=facts, ended=ended))

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
        self._ledger.end_session(session_id, STOPPED)
        for placed in session.runs:
            if not placed.run.done:
                self._playground.stop_run(placed.run.id, who)

    def _drive(self, session: Session, who: Person) -> Session:
        if not self._playground.workers.own(session.id):
            raise InvalidRequest("Another Takes is running this session now.")
        thread = threading.Thread(target=self._run, args=(session.id, who), name=session.id, daemon=True)
        self._threads[session.id] = thread
        thread.start()
        return session

    def _run(self, session_id: str, who: Person) -> None:
        self.holds.pop(session_id, None)
        try:
            Drive(self._playground, session_id, who, self._closing).run()
        except TakesError as error:
            self.holds[session_id] = str(error)
            log.error("Session %s stopped: %s It can be gone on with.", session_id, error)
        finally:
            self._playground.workers.disown(session_id)
            self._playground.workers.notify()
