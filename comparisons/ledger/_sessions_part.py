"""The ledger's part for benchmark sessions and the runs that belong to them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from comparisons.ledger import _money, _rows, _runs, _sessions
from comparisons.ledger._part import Part
from comparisons.ledger._sessions import Head as SessionHead
from comparisons.records import Budget, End, Ending, Job, Placed, Session


class SessionsPart(Part):
    """The part of the ledger that records benchmark sessions."""

    def add_session(self, session: Session, budget: Budget | None = None) -> None:
        """Records a session with its first runs and what they may cost, all or none; raises as ``add_run``.

        The caller must first check with ``session_like``, under a lock, that the owner has no session of this identity.

        Raises:
            LedgerError: the owner has one.
        """
        with self._file.transaction() as db:
            _sessions.add(db, session)
            self._place(db, session.id, session.runs, budget)

    def add_session_runs(self, session_id: str, placed: Sequence[Placed], budget: Budget | None = None) -> bool:
        """Records more runs of a session, all or none; False if it has ended meanwhile. Raises as ``add_run``."""
        with self._file.transaction() as db:
            if _sessions.ended(db, session_id):
                return False
            self._place(db, session_id, placed, budget)
            return True

    def try_anew(self, session_id: str, jobs: Sequence[Job], budget: Budget | None = None) -> None:
        """Records jobs that replace other ones of a session, all or none, and that the session goes on.

        Raises as ``add_run``.
        """
        with self._file.transaction() as db:
            for job in jobs:
                _rows.add_job(db, job)
            _money.reserve(db, jobs, budget, self._no_figure)
            _sessions.reopen(db, session_id)

    def _place(self, db: sqlite3.Connection, session_id: str, placed: Sequence[Placed], budget: Budget | None) -> None:
        for each in placed:
            _rows.add_run(db, each.run)
            _sessions.place(db, session_id, each)
        _money.reserve(db, [job for each in placed for job in each.run.jobs], budget, self._no_figure)

    def end_session(self, session_id: str, ending: Ending) -> None:
        """Records that no more runs are added to a session, and why. If it has ended already, that ending stays."""
        with self._file.transaction() as db:
            _sessions.end(db, session_id, ending)

    def session_ended(self, session_id: str) -> End | None:
        """Why no more runs are added to a session; None while some may be, or if there is no such session."""
        with self._file.reading() as db:
            return _sessions.ended(db, session_id)

    def stop_session(self, session_id: str) -> None:
        """Records that a person stopped a session. While some job is not over, this replaces any other ending."""
        with self._file.transaction() as db:
            _sessions.stop(db, session_id)

    def reopen_session(self, session: Session, budget: Budget) -> None:
        """Replaces a session's plan and facts, and records that it goes on, unless a person stopped it.

        Its jobs so far are counted in the pots of ``budget`` too.
        """
        with self._file.transaction() as db:
            _sessions.rewrite(db, session)
            _money.count_in(db, [job for placed in session.runs for job in placed.run.jobs], budget)

    def session(self, session_id: str) -> Session | None:
        """A session with all its runs; None if there is no such session."""
        with self._file.reading() as db:
            return _sessions.whole(db, session_id)

    def session_like(self, identity: str, owner: str) -> str | None:
        """The id of the owner's session whose plan has this identity; None if there is none."""
        with self._file.reading() as db:
            return _sessions.of_identity(db, identity, owner)

    def sessions(self, limit: int, owner: str | None = None) -> list[SessionHead]:
        """The latest sessions first, with counts of their jobs and without their runs; of one owner, if named."""
        with self._file.reading() as db:
            return _sessions.heads(db, owner, limit)

    def unended_sessions(self) -> list[str]:
        """The ids of the sessions that may get more runs, or have a job that is not over; oldest first."""
        with self._file.reading() as db:
            return _sessions.unended(db)

    def session_of(self, run_id: str) -> str | None:
        """The id of the session that a run belongs to; None if it belongs to none."""
        with self._file.reading() as db:
            row = db.execute("SELECT session FROM session_runs WHERE run = ?", (run_id,)).fetchone()
        return None if row is None else str(row[0])

    def session_owner(self, session_id: str) -> str | None:
        """The id of the visitor who owns a session, empty for the host; None if there is no such session."""
        with self._file.reading() as db:
            return _runs.owner_of(db, "SELECT owner FROM sessions WHERE id = ?", session_id)

    def is_last_of_session(self, run_id: str) -> bool:
        """Whether a run is the only one that is left of a session."""
        with self._file.reading() as db:
            return _sessions.is_last(db, run_id)
