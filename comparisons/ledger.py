"""The durable record of all jobs: the only sqlite3. Events are only ever added.

Every write is on disk (WAL, ``synchronous=FULL``) when the call returns; whoever spends money
records first and acts second.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from comparisons.records import TERMINAL, Event, Job, Plan, Run
from providers import TakesError

MIGRATIONS: list[Callable[[sqlite3.Connection], None]] = []
"""Applied in order, once each. Never edit one that was released; add another."""


@MIGRATIONS.append
def _m001_initial(db: sqlite3.Connection) -> None:
    db.execute(
        "CREATE TABLE runs (id TEXT PRIMARY KEY, at REAL NOT NULL, prompt TEXT NOT NULL, simulated INT NOT NULL)"
    )
    db.execute(
        "CREATE TABLE jobs (id TEXT PRIMARY KEY, run TEXT NOT NULL REFERENCES runs, position INT NOT NULL,"
        " variant TEXT NOT NULL, plan TEXT NOT NULL)"
    )
    db.execute(
        "CREATE TABLE events (seq INTEGER PRIMARY KEY, job TEXT NOT NULL REFERENCES jobs, at REAL NOT NULL,"
        " kind TEXT NOT NULL, state TEXT, phase TEXT, data TEXT NOT NULL)"
    )
    db.execute("CREATE INDEX jobs_run ON jobs (run)")
    db.execute("CREATE INDEX jobs_variant ON jobs (variant)")
    db.execute("CREATE INDEX events_job ON events (job, seq)")
    db.execute("CREATE INDEX events_state ON events (job, seq) WHERE state IS NOT NULL")
    db.execute("CREATE INDEX events_delivered ON events (job) WHERE kind = 'delivered'")


_LAST_STATE = "SELECT state FROM events WHERE job = jobs.id AND state IS NOT NULL ORDER BY seq DESC LIMIT 1"


class LedgerError(TakesError):
    """The ledger cannot be read or written; nothing that costs money is done without it."""


class Ledger:
    """One file. Safe to use from several threads and processes."""

    def __init__(self, path: Path, busy_timeout_s: float = 30.0) -> None:
        self._path = path
        self._busy_timeout_s = busy_timeout_s
        self._local = threading.local()  # each thread uses its own connection; ``close`` ends them all
        self._opened: list[sqlite3.Connection] = []
        with self._transaction() as db:
            _migrate(db)

    def close(self) -> None:
        """Closes every connection; the next use opens new ones."""
        self._local = threading.local()
        while self._opened:
            self._opened.pop().close()

    def add_run(self, run: Run) -> None:
        """Records a run and its planned jobs, all or none."""
        with self._transaction() as db:
            db.execute("INSERT INTO runs VALUES (?, ?, ?, ?)", (run.id, run.at, _storable(run.prompt), run.simulated))
            for job in run.jobs:
                _add_job(db, job)

    def add_job(self, job: Job) -> None:
        """Records one more job of a known run."""
        with self._transaction() as db:
            _add_job(db, job)

    def record(self, job: str, event: Event) -> None:
        """Adds an event; on return it survives a power cut."""
        with self._transaction() as db:
            _add_event(db, job, event)

    def run(self, run_id: str) -> Run | None:
        """A run with all its jobs, or None if there is no such run."""
        with self._reading() as db:
            row = db.execute("SELECT id, at, prompt, simulated FROM runs WHERE id = ?", (run_id,)).fetchone()
            return None if row is None else _run(db, row)

    def job(self, job_id: str) -> Job | None:
        with self._reading() as db:
            rows = db.execute("SELECT id, run, position, plan FROM jobs WHERE id = ?", (job_id,)).fetchall()
            return next(iter(_jobs(db, rows)), None)

    def jobs(self) -> list[Job]:
        """Every job, oldest run first."""
        with self._reading() as db:
            return _jobs(
                db,
                db.execute(
                    "SELECT jobs.id, run, position, plan FROM jobs JOIN runs ON runs.id = run"
                    " ORDER BY at, run, position"
                ).fetchall(),
            )

    def runs(self, limit: int, offset: int = 0) -> list[Run]:
        """The latest runs first."""
        with self._reading() as db:
            rows = db.execute(
                "SELECT id, at, prompt, simulated FROM runs ORDER BY at DESC LIMIT ? OFFSET ?", (limit, offset)
            ).fetchall()
            return [_run(db, row) for row in rows]

    def unfinished(self) -> list[str]:
        """The runs that still have a job that is not over."""
        marks = ",".join("?" * len(TERMINAL))
        with self._reading() as db:
            rows = db.execute(
                f"SELECT DISTINCT run FROM jobs WHERE ({_LAST_STATE}) NOT IN ({marks})", tuple(sorted(TERMINAL))
            ).fetchall()
            return [row[0] for row in rows]

    def stop_asked(self, job_id: str) -> bool:
        """Whether anybody, in any process, asked to stop the job, and nothing came of it yet."""
        with self._reading() as db:
            row = db.execute(
                "SELECT kind FROM events WHERE job = ? AND kind IN ('stop', 'cancel', 'paused', 'resumed')"
                " ORDER BY seq DESC LIMIT 1",
                (job_id,),
            ).fetchone()
            return row is not None and row[0] == "stop"

    def totals(self, variant: str, simulated: bool, limit: int = 20) -> list[float]:
        """``total_s`` of the variant's latest clips, newest first; live and simulated apart."""
        with self._reading() as db:
            rows = db.execute(
                "SELECT json_extract(events.data, '$.total_s') FROM jobs JOIN events ON events.job = jobs.id"
                " WHERE jobs.variant = ? AND kind = 'delivered' AND json_extract(plan, '$.simulated') = ?"
                " ORDER BY seq DESC LIMIT ?",
                (variant, simulated, limit),
            ).fetchall()
            return [row[0] for row in rows if row[0] is not None]

    def _connection(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = sqlite3.connect(
                self._path, timeout=self._busy_timeout_s, isolation_level=None, check_same_thread=False
            )
            self._opened.append(db)
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            self._local.db = db
        return db

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._connection()
        except sqlite3.Error as error:
            raise LedgerError(f"The ledger {self._path} cannot be read: {error}") from error

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            db = self._connection()
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise LedgerError(f"The ledger {self._path} cannot be written: {error}") from error


def _storable(text: str) -> str:
    """Text that UTF-8 can hold: half of a surrogate pair, as some clients cut emoji, becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _migrate(db: sqlite3.Connection) -> None:
    db.execute("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)")
    applied = {name for (name,) in db.execute("SELECT name FROM migrations")}
    for migration in MIGRATIONS:
        if migration.__name__ not in applied:
            migration(db)
            db.execute("INSERT INTO migrations VALUES (?)", (migration.__name__,))


def _add_job(db: sqlite3.Connection, job: Job) -> None:
    plan = json.dumps(job.plan.to_json())
    db.execute("INSERT INTO jobs VALUES (?, ?, ?, ?, ?)", (job.id, job.run, job.position, job.plan.variant, plan))
    for event in job.events:
        _add_event(db, job.id, event)


def _add_event(db: sqlite3.Connection, job: str, event: Event) -> None:
    data = json.dumps(event.data)
    db.execute(
        "INSERT INTO events (job, at, kind, state, phase, data) VALUES (?, ?, ?, ?, ?, ?)",
        (job, event.at, event.kind, event.state, event.phase, data),
    )


def _run(db: sqlite3.Connection, row: Sequence) -> Run:
    jobs = db.execute("SELECT id, run, position, plan FROM jobs WHERE run = ? ORDER BY position", (row[0],)).fetchall()
    return Run(row[0], row[1], row[2], bool(row[3]), tuple(_jobs(db, jobs)))


def _jobs(db: sqlite3.Connection, rows: Iterable[Sequence]) -> list[Job]:
    return [
        Job(job, run, position, Plan.from_json(json.loads(plan)), tuple(_events(db, job)))
        for job, run, position, plan in rows
    ]


def _events(db: sqlite3.Connection, job: str) -> Iterator[Event]:
    rows = db.execute("SELECT kind, at, state, phase, data FROM events WHERE job = ? ORDER BY seq", (job,))
    for kind, at, state, phase, data in rows:
        yield Event(kind, at, state, phase, json.loads(data))
