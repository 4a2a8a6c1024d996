"""The ledger's part for runs and jobs: records what happens to them, and answers questions about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from comparisons.ledger import _history, _latencies, _money, _rows, _runs, _schema, _takes
from comparisons.ledger._part import Part
from comparisons.ledger._takes import Takes
from comparisons.records import Balance, Budget, Event, EventKind, Job, Plan, Pot, Run


class JobsPart(Part):
    """The part of the ledger that records runs and jobs and answers questions about them."""

    def add_run(self, run: Run, budget: Budget | None = None) -> None:
        """Records a run, its planned jobs and what they may cost, all or none.

        Raises:
            InvalidRequest: a price is not known, and nobody agreed to that; nothing was recorded.
            OverBudget: a pot has too little left; nothing was recorded.
            ValueError: there is a live job and no ``budget``.
        """
        with self._file.transaction() as db:
            _rows.add_run(db, run)
            _money.reserve(db, run.jobs, budget, self._no_figure)

    def add_jobs(self, jobs: Sequence[Job], budget: Budget | None = None) -> None:
        """Records more jobs of a known run, all or none; raises as ``add_run``."""
        with self._file.transaction() as db:
            for job in jobs:
                _rows.add_job(db, job)
            _money.reserve(db, jobs, budget, self._no_figure)

    def balance(self, pot: Pot, usd: Mapping[str, Decimal]) -> Balance:
        """What a pot has spent, reserved and left. ``usd``: US dollars for one unit of each currency."""
        with self._file.transaction() as db:
            _money.settle(db, pot, Budget((pot,), usd), self._no_figure)
            return _money.balance(db, pot)

    def record(self, job: str, *events: Event) -> None:
        """Adds events to a job, all or none; once this returns, they survive a power cut."""
        with self._file.transaction() as db:
            for event in events:
                _rows.add_event(db, job, event)

    def permit(self, job: Job, events: Sequence[Event], budget: Budget, *, repeat: bool = False) -> None:
        """Adds the events of a job's submit, all or none, if the job fits its ``budget``; see ``gate.py``.

        Raises:
            InvalidRequest: its price is not known, or (``OverBudget``) a pot has too little left; nothing was added.
        """
        with self._file.transaction() as db:
            _money.permit(db, job, events[-1].at, budget, self._no_figure, repeat=repeat)
            for event in events:
                _rows.add_event(db, job.id, event)

    def reopen(self, job: str, provider: str, event: Event) -> bool:
        """Adds the event by which an uncertain job goes on under its provider's id, and reserves its cost again.

        False, and nothing is added, if some job here has that id already.
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
            return _runs.run(db, run_id)

    def last_event(self, run_id: str) -> int | None:
        """The number of a run's latest event, which grows whenever something happens; None if there is no such run."""
        with self._file.reading() as db:
            mine = "SELECT (SELECT max(seq) FROM events WHERE job = jobs.id) AS last FROM jobs WHERE run = ?"
            row = db.execute(f"SELECT max(last) FROM ({mine})", (run_id,)).fetchone()
            return None if row[0] is None else int(row[0])

    def last_change(self) -> tuple[int, ...]:
        """Three numbers. At least one changes whenever a run or a session begins, goes on or ends."""
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
        """``limit`` runs after the first ``offset`` ones, latest first; of one owner, if named."""
        with self._file.reading() as db:
            return _runs.latest(db, limit, offset, owner)

    def planned_live(self) -> list[Job]:
        """The live jobs that are still planned: nothing of them was sent yet."""
        with self._file.reading() as db:
            return _runs.planned_live(db)

    def owner(self, job_id: str) -> str | None:
        """The id of the visitor who owns a job, empty for the host; None if there is no such job."""
        with self._file.reading() as db:
            return _runs.owner_of(db, "SELECT owner FROM runs JOIN jobs ON run = runs.id WHERE jobs.id = ?", job_id)

    def run_owner(self, run_id: str) -> str | None:
        """The id of the visitor who owns a run, empty for the host; None if there is no such run."""
        with self._file.reading() as db:
            return _runs.owner_of(db, "SELECT owner FROM runs WHERE id = ?", run_id)

    def unfinished(self, owner: str | None = None) -> list[str]:
        """The ids of the runs that have a job that is not over; of one owner, if named."""
        return list(dict.fromkeys(run for run, _ in self._under_way(owner)))

    def under_way(self, owner: str | None = None) -> int:
        """How many jobs are not over; of one owner, if named."""
        return len(self._under_way(owner))

    def _under_way(self, owner: str | None) -> list[tuple[str, str]]:
        with self._file.reading() as db:
            return _runs.under_way(db, owner)

    def uncertain(self, owner: str | None = None) -> list[Job]:
        """The uncertain jobs, oldest first; of one owner, if named."""
        with self._file.reading() as db:
            return _runs.uncertain(db, owner)

    def without_id(self, provider: str) -> list[Job]:
        """The jobs that a provider may have under an id that is not known here.

        Jobs that a person closed as not charged are included: that may have been a mistake.
        """
        with self._file.reading() as db:
            return _runs.without_id(db, provider)

    def takes_of_visitors(self, at: float) -> tuple[Takes, Takes]:
        """How many jobs visitors have under way, and how many they planned since ``at``, deleted ones included."""
        with self._file.reading() as db:
            return _takes.under_way(db), _takes.since(db, at)

    def waiting_in_sandbox(self) -> list[tuple[str, str]]:
        """The sandbox's jobs for which nothing was sent yet, as id and owner, in the order of their planning."""
        with self._file.reading() as db:
            return _takes.waiting_in_sandbox(db)

    def has_owned(self, owner: str) -> bool:
        """Whether a person has any run, or had a job that was deleted."""
        with self._file.reading() as db:
            theirs = "SELECT 1 FROM runs WHERE owner = :owner UNION ALL SELECT 1 FROM deleted_jobs WHERE owner = :owner"
            return db.execute(f"{theirs} LIMIT 1", {"owner": owner}).fetchone() is not None

    def knows(self, provider: str, provider_job: str) -> bool:
        """Whether a job here, or a deleted one, has this id at the provider."""
        with self._file.reading() as db:
            return _history.knows(db, provider, provider_job)

    def stop_asked(self, job_id: str) -> bool:
        """Whether anybody, in any process, asked to stop the job, and nothing was done about it yet."""
        with self._file.reading() as db:
            asked = f"SELECT kind FROM events WHERE job = ? AND {_schema.ABOUT_STOPS} ORDER BY seq DESC LIMIT 1"
            row = db.execute(asked, (job_id,)).fetchone()
            return row is not None and row[0] == EventKind.STOP

    def asked_since(self, seq: int | None, kinds: Sequence[EventKind]) -> tuple[int, list[str]]:
        """The number of the last event, and the ids of jobs with events of these kinds since event ``seq``.

        No jobs if ``seq`` is None.
        """
        with self._file.reading() as db:
            return _rows.asked_since(db, seq, kinds)

    def totals(self, variant: str, simulated: bool, limit: int = 20) -> list[float]:
        """``total_s`` of the variant's latest clips, live or simulated ones, newest first."""
        with self._file.reading() as db:
            return _latencies.totals(db, variant, simulated, limit)

    def latencies(self, plan: Plan, limit: int) -> list[float]:
        """Seconds from accepted to done of the latest jobs of this plan's kind, oldest first; at most ``limit``."""
        with self._file.reading() as db:
            return _latencies.latencies(db, plan, limit)
