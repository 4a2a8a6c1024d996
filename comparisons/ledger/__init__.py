"""The durable record of all jobs: the only sqlite3. Events are only ever added.

Every write is on disk (WAL, ``synchronous=FULL``) when the call returns; whoever spends money
records first and acts second.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path

from comparisons import private
from comparisons.ledger import _history, _latencies, _money, _rows, _runs, _schema, _sessions, _takes, _votes
from comparisons.ledger._file import File, LedgerError
from comparisons.ledger._history import INPUTS, Filter, KeptRun, Key, RunPage, check_over
from comparisons.ledger._sessions import Head as SessionHead
from comparisons.ledger._takes import Takes
from comparisons.records import (
    Balance,
    Budget,
    End,
    Ending,
    Event,
    EventKind,
    Job,
    Placed,
    Plan,
    Pool,
    Pot,
    Run,
    Session,
    Vote,
)

__all__ = [
    "INPUTS", "Filter", "KeptRun", "Key", "Ledger", "LedgerError", "RunPage", "SessionHead", "Takes", "check_over",
]  # fmt: skip


class Ledger:
    """One file. Safe to use from several threads and processes."""

    def __init__(self, path: Path, busy_timeout_s: float = 2.0) -> None:
        self._file = File(path, busy_timeout_s)

    def close(self) -> None:
        """Closes every connection; the next use opens new ones."""
        self._file.close()

    def add_run(self, run: Run, budget: Budget | None = None) -> None:
        """Records a run, its planned jobs and what they may cost, all or none.

        Raises:
            OverBudget: a pot has too little left; nothing was recorded.
        """
        with self._file.transaction() as db:
            _rows.add_run(db, run)
            _money.reserve(db, run.jobs, budget)

    def add_job(self, job: Job, budget: Budget | None = None) -> None:
        """Records one more job of a known run; raises as ``add_run``."""
        with self._file.transaction() as db:
            _rows.add_job(db, job)
            _money.reserve(db, [job], budget)

    def balance(self, pot: Pot, usd: Mapping[str, Decimal]) -> Balance:
        """What a pot has spent, reserved and left."""
        with self._file.transaction() as db:
            _money.settle(db, pot, Budget((pot,), usd))
            return _money.balance(db, pot)

    def record(self, job: str, *events: Event) -> None:
        """Adds events, all or none; on return they survive a power cut."""
        with self._file.transaction() as db:
            for event in events:
                _rows.add_event(db, job, event)

    def permit(self, job: Job, events: Sequence[Event], budget: Budget, *, repeat: bool = False) -> None:
        """Adds the events by which a job is submitted, if it fits its ``budget``, all or none; see ``gate.py``.

        Raises:
            InvalidRequest: its price is not known, or a pot has too little left; nothing was added.
        """
        with self._file.transaction() as db:
            _money.permit(db, job, events[-1].at, budget, repeat=repeat)
            for event in events:
                _rows.add_event(db, job.id, event)

    def reopen(self, job: str, provider: str, event: Event) -> bool:
        """Adds the event by which an uncertain job goes on under its provider's id; what it may cost is reserved anew.

        False, and nothing is added, where some job has that id by now.
        """
        with self._file.transaction() as db:
            if _history.knows(db, provider, event.data["handle"]["id"]):
                return False
            _rows.add_event(db, job, event)
            _money.reopen(db, job)
            return True

    def run(self, run_id: str) -> Run | None:
        """A run with all its jobs, or None if there is no such run."""
        with self._file.reading() as db:
            row = db.execute(f"SELECT {_rows.RUN} FROM runs WHERE id = ?", (run_id,)).fetchone()
            return None if row is None else _rows.run(db, row)

    def last_event(self, run_id: str) -> int | None:
        """The number of a run's latest event, which tells that something happened; None if there is no such run."""
        with self._file.reading() as db:
            mine = "SELECT (SELECT max(seq) FROM events WHERE job = jobs.id) AS last FROM jobs WHERE run = ?"
            row = db.execute(f"SELECT max(last) FROM ({mine})", (run_id,)).fetchone()
            return None if row[0] is None else int(row[0])

    def last_change(self) -> tuple[int, ...]:
        """Numbers of which one is another whenever a run or a session began, went on or ended."""
        counted = "count(*), count(ending) FROM sessions"
        with self._file.reading() as db:
            row = db.execute(f"SELECT (SELECT coalesce(max(seq), 0) FROM events), {counted}").fetchone()
            return tuple(int(each) for each in row)

    def job(self, job_id: str) -> Job | None:
        with self._file.reading() as db:
            rows = db.execute("SELECT id, run, position, plan FROM jobs WHERE id = ?", (job_id,)).fetchall()
            return next(iter(_rows.jobs(db, rows)), None)

    def jobs(self) -> list[Job]:
        """Every job, oldest run first."""
        with self._file.reading() as db:
            return _runs.jobs(db)

    def runs(self, limit: int, offset: int = 0, owner: str | None = None) -> list[Run]:
        """The latest runs first; of one owner, if named."""
        with self._file.reading() as db:
            return _runs.latest(db, limit, offset, owner)

    def history(self, wanted: Filter, limit: int, before: Key | None = None) -> RunPage:
        """The latest runs that are wanted, newest first; with ``before``, those older than that."""
        with self._file.reading() as db:
            return _history.page(db, wanted, limit, before)

    def kept(self, owner: str | None = None) -> list[KeptRun]:
        """What is kept of the visitors' runs, newest first; of one visitor's, if named."""
        with self._file.reading() as db:
            return _history.kept(db, owner)

    def inputs_only_of(self, run_id: str) -> list[str]:
        """The names of the input images that a run's jobs use and no other run's."""
        with self._file.reading() as db:
            return _history.inputs_only_of(db, run_id)

    def uses(self, owner: str, image: str) -> bool:
        """Whether a run of this owner names an input image."""
        with self._file.reading() as db:
            return _history.uses(db, owner, image)

    def delete_run(self, run_id: str, files: Sequence[str], usd: Mapping[str, Decimal]) -> None:
        """Deletes a run's rows and notes the files for ``sweep``, all or none. What it cost stays counted.

        Raises:
            InvalidRequest: a job of it is not over, or may be billed and nobody knows.
        """
        with self._file.transaction() as db:
            row = db.execute(f"SELECT {_rows.RUN} FROM runs WHERE id = ?", (run_id,)).fetchone()
            if row is not None:
                _history.delete(db, _rows.run(db, row), files, usd)

    def sweep(self, remove: Callable[[str], bool]) -> int:
        """Has the files of deleted runs removed that still are there; says how many ``remove`` could not.

        Of the images in ``INPUTS`` it is asked within a transaction, so there it must not wait.
        """
        with self._file.reading() as db:
            noted = _history.noted(db)
        if not noted:
            return 0
        gone = [name for name in noted if not name.startswith(INPUTS) and remove(name)]
        with self._file.transaction() as db:
            return _history.swept(db, noted, gone, remove)

    def wipe(self) -> bool:
        """Leaves nothing of what was deleted in the journal beside the file; False while somebody reads or writes."""
        with self._file.reading() as db:
            (busy, *_) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy

    def is_last_of_session(self, run_id: str) -> bool:
        """Whether a run is the only one that is left of a session."""
        with self._file.reading() as db:
            return _sessions.is_last(db, run_id)

    def copy(self, to: Path) -> None:
        """Writes the ledger of this moment as a new file; nobody who writes meanwhile waits for it."""
        private.make_file(to)
        with self._file.reading() as db, closing(sqlite3.connect(to)) as copy:
            db.backup(copy)

    def files(self) -> list[str]:
        """The clips, posters and images that jobs name, as names within the data folder; their copies are made anew."""
        with self._file.reading() as db:
            return _history.files(db)

    def planned_live(self) -> list[Job]:
        """The live jobs of which nothing was sent yet."""
        with self._file.reading() as db:
            return _runs.planned_live(db)

    def owner(self, job_id: str) -> str | None:
        """Whose job it is; None if there is no such job."""
        with self._file.reading() as db:
            return _runs.owner_of(db, "SELECT owner FROM runs JOIN jobs ON run = runs.id WHERE jobs.id = ?", job_id)

    def unfinished(self, owner: str | None = None) -> list[str]:
        """The runs that still have a job that is not over; of one owner, if named."""
        return list(dict.fromkeys(run for run, _ in self._under_way(owner)))

    def under_way(self, owner: str | None = None) -> int:
        """How many jobs are not over; of one owner, if named."""
        return len(self._under_way(owner))

    def _under_way(self, owner: str | None) -> list[tuple[str, str]]:
        with self._file.reading() as db:
            return _runs.under_way(db, owner)

    def uncertain(self, owner: str | None = None) -> list[Job]:
        """The jobs of which nobody knows whether they are billed, oldest first; of one owner, if named."""
        with self._file.reading() as db:
            return _runs.uncertain(db, owner)

    def run_owner(self, run_id: str) -> str | None:
        """Whose run it is; None if there is no such run."""
        with self._file.reading() as db:
            return _runs.owner_of(db, "SELECT owner FROM runs WHERE id = ?", run_id)

    def session_owner(self, session_id: str) -> str | None:
        """Whose session it is; None if there is no such session."""
        with self._file.reading() as db:
            return _runs.owner_of(db, "SELECT owner FROM sessions WHERE id = ?", session_id)

    def without_id(self, provider: str) -> list[Job]:
        """The jobs that a provider may have under an id which nobody here knows yet.

        With those of which a person said that the provider has them not: that may have been a mistake.
        """
        with self._file.reading() as db:
            return _runs.without_id(db, provider)

    def takes_of_visitors(self, at: float) -> tuple[Takes, Takes]:
        """How many jobs of visitors are under way, and how many were planned at or after a time, deleted or not."""
        with self._file.reading() as db:
            return _takes.under_way(db), _takes.since(db, at)

    def waiting_in_sandbox(self) -> list[tuple[str, str]]:
        """The sandbox's jobs of which nothing was sent yet, with their owners, in the order they were planned in."""
        with self._file.reading() as db:
            return _takes.waiting_in_sandbox(db)

    def has_owned(self, owner: str) -> bool:
        """Whether somebody has any job, deleted or not."""
        with self._file.reading() as db:
            theirs = "SELECT 1 FROM runs WHERE owner = :owner UNION ALL SELECT 1 FROM deleted_jobs WHERE owner = :owner"
            return db.execute(f"{theirs} LIMIT 1", {"owner": owner}).fetchone() is not None

    def knows(self, provider: str, provider_job: str) -> bool:
        """Whether some job here, or one that was deleted, is the one that the provider calls so."""
        with self._file.reading() as db:
            return _history.knows(db, provider, provider_job)

    def stop_asked(self, job_id: str) -> bool:
        """Whether anybody, in any process, asked to stop the job, and nothing came of it yet."""
        with self._file.reading() as db:
            asked = f"SELECT kind FROM events WHERE job = ? AND {_schema.ABOUT_STOPS} ORDER BY seq DESC LIMIT 1"
            row = db.execute(asked, (job_id,)).fetchone()
            return row is not None and row[0] == EventKind.STOP

    def asked_since(self, seq: int | None, kinds: Sequence[EventKind]) -> tuple[int, list[str]]:
        """The number of the last event, and the jobs with events of these kinds after ``seq``; none at first."""
        with self._file.reading() as db:
            return _rows.asked_since(db, seq, kinds)

    def totals(self, variant: str, simulated: bool, limit: int = 20) -> list[float]:
        """``total_s`` of the variant's latest clips, newest first; live and simulated apart."""
        with self._file.reading() as db:
            return _latencies.totals(db, variant, simulated, limit)

    def latencies(self, plan: Plan, limit: int) -> list[float]:
        """Seconds at the provider of the latest jobs like this one, oldest first."""
        with self._file.reading() as db:
            return _latencies.latencies(db, plan, limit)

    def add_session(self, session: Session, budget: Budget | None = None) -> None:
        """Records a session with its first runs and what they may cost, all or none; raises as ``add_run``.

        A session of the same owner and identity that is there already is a defect: look with ``session_like`` first,
        under a lock.
        """
        with self._file.transaction() as db:
            _sessions.add(db, session)
            self._place(db, session.id, session.runs, budget)

    def add_session_runs(self, session_id: str, placed: Sequence[Placed], budget: Budget | None = None) -> bool:
        """Records more runs of a session, all or none; false if it has ended meanwhile. Raises as ``add_run``."""
        with self._file.transaction() as db:
            if _sessions.ended(db, session_id):
                return False
            self._place(db, session_id, placed, budget)
            return True

    def try_anew(self, session_id: str, jobs: Sequence[Job], budget: Budget | None = None) -> None:
        """Records jobs of a session that take the place of others, all or none, and that it is not over: raises as
        ``add_run``."""
        with self._file.transaction() as db:
            for job in jobs:
                _rows.add_job(db, job)
            _money.reserve(db, jobs, budget)
            _sessions.reopen(db, session_id)

    def _place(self, db: sqlite3.Connection, session_id: str, placed: Sequence[Placed], budget: Budget | None) -> None:
        for each in placed:
            _rows.add_run(db, each.run)
            _sessions.place(db, session_id, each)
        _money.reserve(db, [job for each in placed for job in each.run.jobs], budget)

    def end_session(self, session_id: str, ending: Ending) -> None:
        """Notes that no more runs are added to a session. What was noted first stands."""
        with self._file.transaction() as db:
            _sessions.end(db, session_id, ending)

    def session_ended(self, session_id: str) -> End | None:
        """Why no more runs are added to a session; None while some may be, or if there is none."""
        with self._file.reading() as db:
            return _sessions.ended(db, session_id)

    def stop_session(self, session_id: str) -> None:
        """Notes that a person stopped a session; while some job is not over it stands above any other reason."""
        with self._file.transaction() as db:
            _sessions.stop(db, session_id)

    def reopen_session(self, session: Session, budget: Budget) -> None:
        """Writes down a session's plan and facts anew, and that it goes on, unless a person stopped it.

        Its jobs are counted in the pots of ``budget`` as if that had been there from the start.
        """
        with self._file.transaction() as db:
            _sessions.rewrite(db, session)
            _money.count_in(db, [job for placed in session.runs for job in placed.run.jobs], budget)

    def session(self, session_id: str) -> Session | None:
        """A session with all its runs; None if there is no such session."""
        with self._file.reading() as db:
            return _sessions.whole(db, session_id)

    def session_like(self, identity: str, owner: str) -> str | None:
        """The id of the owner's session of an equal plan, if there is one."""
        with self._file.reading() as db:
            return _sessions.of_identity(db, identity, owner)

    def sessions(self, limit: int, owner: str | None = None) -> list[SessionHead]:
        """The latest sessions first, counted, without their runs; of one owner, if named."""
        with self._file.reading() as db:
            return _sessions.heads(db, owner, limit)

    def unended_sessions(self) -> list[str]:
        """The ids of the sessions that are not complete, oldest first."""
        with self._file.reading() as db:
            return _sessions.unended(db)

    def session_of(self, run_id: str) -> str | None:
        """The id of the session a run belongs to, if it does to one."""
        with self._file.reading() as db:
            row = db.execute("SELECT session FROM session_runs WHERE run = ?", (run_id,)).fetchone()
        return None if row is None else str(row[0])

    def add_vote(self, vote: Vote) -> None:
        """Adds a vote; on return it survives a power cut."""
        with self._file.transaction() as db:
            _votes.add(db, vote)

    def votes(self, owner: str | None = None) -> list[Vote]:
        """Every vote, oldest first; of one person, if named."""
        with self._file.reading() as db:
            return _votes.votes(db, owner)

    def trim(self, votes: int, an_hour: float, simulated: float) -> None:
        """Lets go of visitors' votes beyond so many, and of what is known of deleted jobs for nothing any more."""
        with self._file.transaction() as db:
            _votes.trim(db, votes)
            _history.forget_deleted(db, an_hour, simulated)

    def judged(self, run_id: str, owner: str) -> list[frozenset[str]]:
        """The jobs of each ballot about a run that a person has voted on."""
        with self._file.reading() as db:
            return _votes.judged(db, run_id, owner)

    def times_compared(self, simulated: bool) -> dict[tuple[Pool, str], int]:
        """In how many votes each variant was shown in each pool; live and simulated apart."""
        with self._file.reading() as db:
            return _votes.compared(db, simulated)

    def runs_to_judge(self, voter: str, owner: str | None, limit: int) -> list[str]:
        """Runs with at least two clips, those this person voted on least first; of one owner, if named."""
        with self._file.reading() as db:
            return _votes.to_judge(db, voter, owner, limit)
