"""The durable record of all jobs: the only sqlite3. Events are only ever added.

Every write is on disk (WAL, ``synchronous=FULL``) when the call returns; whoever spends money
records first and acts second.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from comparisons.budget import Balance, Budget, OverBudget, Pot, dollars, micro
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


@MIGRATIONS.append
def _m002_owners_and_budgets(db: sqlite3.Connection) -> None:
    db.execute("ALTER TABLE runs ADD COLUMN owner TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE runs ADD COLUMN budget INT")
    db.execute("CREATE INDEX runs_owner ON runs (owner, at)")
    db.execute(
        "CREATE TABLE reservations (job TEXT NOT NULL REFERENCES jobs, pot TEXT NOT NULL, at REAL NOT NULL,"
        " reserved INT NOT NULL, settled INT, PRIMARY KEY (job, pot))"
    )
    db.execute("CREATE INDEX reservations_pot ON reservations (pot, at)")
    db.execute("CREATE INDEX events_uncertain ON events (job) WHERE state = 'uncertain'")


OVER = tuple(sorted(TERMINAL))
SETTLED = tuple(sorted(TERMINAL - {"uncertain"}))
"""States in which nothing more can be billed."""
_RUN = "id, at, prompt, simulated, owner, budget"
_LAST_STATE = "SELECT state FROM events WHERE job = jobs.id AND state IS NOT NULL ORDER BY seq DESC LIMIT 1"


class LedgerError(TakesError):
    """The ledger cannot be read or written; nothing that costs money is done without it."""


class Ledger:
    """One file. Safe to use from several threads and processes."""

    def __init__(self, path: Path, busy_timeout_s: float = 2.0) -> None:
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

    def add_run(self, run: Run, budget: Budget | None = None) -> None:
        """Records a run, its planned jobs and what they may cost, all or none.

        Raises:
            OverBudget: a pot has too little left; nothing was recorded.
        """
        limit = None if run.budget is None else micro(run.budget)
        row = (run.id, run.at, _storable(run.prompt), run.simulated, run.owner, limit)
        with self._transaction() as db:
            db.execute("INSERT INTO runs (id, at, prompt, simulated, owner, budget) VALUES (?, ?, ?, ?, ?, ?)", row)
            for job in run.jobs:
                _add_job(db, job)
            _reserve(db, run.jobs, budget)

    def add_job(self, job: Job, budget: Budget | None = None) -> None:
        """Records one more job of a known run; raises as ``add_run``."""
        with self._transaction() as db:
            _add_job(db, job)
            _reserve(db, [job], budget)

    def balance(self, pot: Pot, usd: Mapping[str, Decimal]) -> Balance:
        """What a pot has spent, reserved and left."""
        with self._transaction() as db:
            _settle(db, pot, Budget((pot,), usd))
            return _balance(db, pot)

    def record(self, job: str, event: Event) -> None:
        """Adds an event; on return it survives a power cut."""
        with self._transaction() as db:
            _add_event(db, job, event)

    def run(self, run_id: str) -> Run | None:
        """A run with all its jobs, or None if there is no such run."""
        with self._reading() as db:
            row = db.execute(f"SELECT {_RUN} FROM runs WHERE id = ?", (run_id,)).fetchone()
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

    def runs(self, limit: int, offset: int = 0, owner: str | None = None) -> list[Run]:
        """The latest runs first; of one owner, if named."""
        mine = "" if owner is None else "WHERE owner = :owner "
        with self._reading() as db:
            rows = db.execute(
                f"SELECT {_RUN} FROM runs {mine}ORDER BY at DESC LIMIT :limit OFFSET :offset",
                {"owner": owner, "limit": limit, "offset": offset},
            ).fetchall()
            return [_run(db, row) for row in rows]

    def owner(self, job_id: str) -> str | None:
        """Whose job it is; None if there is no such job."""
        with self._reading() as db:
            row = db.execute(
                "SELECT owner FROM runs JOIN jobs ON run = runs.id WHERE jobs.id = ?", (job_id,)
            ).fetchone()
            return None if row is None else str(row[0])

    def unfinished(self, owner: str | None = None) -> list[str]:
        """The runs that still have a job that is not over; of one owner, if named."""
        return list(dict.fromkeys(run for run, _ in self._under_way(owner)))

    def under_way(self, owner: str | None = None) -> int:
        """How many jobs are not over; of one owner, if named."""
        return len(self._under_way(owner))

    def _under_way(self, owner: str | None) -> list[tuple[str, str]]:
        mine = "" if owner is None else " AND owner = ?"
        with self._reading() as db:
            return db.execute(
                "SELECT run, jobs.id FROM jobs JOIN runs ON runs.id = run"
                f" WHERE ({_LAST_STATE}) NOT IN ({_marks(OVER)}){mine}",
                (*OVER, *([] if owner is None else [owner])),
            ).fetchall()

    def uncertain(self, owner: str | None = None) -> list[Job]:
        """The jobs of which nobody knows whether they are billed, oldest first; of one owner, if named."""
        mine = "" if owner is None else " AND owner = :owner"
        with self._reading() as db:
            rows = db.execute(
                f"SELECT jobs.id, run, position, plan FROM jobs JOIN runs ON runs.id = run WHERE jobs.id IN"
                f" (SELECT job FROM events WHERE state = 'uncertain') AND ({_LAST_STATE}) = 'uncertain'{mine}"
                " ORDER BY at, run, position",
                {"owner": owner},
            ).fetchall()
            return _jobs(db, rows)

    def takes_since(self, at: float, owner: str | None = None) -> int:
        """How many jobs were planned at or after a time; by one owner, if named."""
        mine = "" if owner is None else " AND owner = :owner"
        with self._reading() as db:
            row = db.execute(
                f"SELECT count(*) FROM jobs JOIN runs ON runs.id = run WHERE at >= :at{mine}",
                {"at": at, "owner": owner},
            ).fetchone()
            return int(row[0])

    def knows(self, provider: str, provider_job: str) -> bool:
        """Whether some job here is the one that the provider calls so."""
        with self._reading() as db:
            row = db.execute(
                "SELECT 1 FROM events JOIN jobs ON jobs.id = job WHERE json_extract(data, '$.handle.id') = ?"
                " AND json_extract(plan, '$.provider') = ? LIMIT 1",
                (provider_job, provider),
            ).fetchone()
            return row is not None

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
            raise LedgerError(f"The ledger in the data folder cannot be read: {error}") from error

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            db = self._connection()
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:  # a full disk has ended it already
                    db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise LedgerError(f"The ledger in the data folder cannot be written: {error}") from error


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
    run, at, prompt, simulated, owner, budget = row
    limit = None if budget is None else dollars(budget)
    return Run(run, at, prompt, bool(simulated), tuple(_jobs(db, jobs)), owner, limit)


def _reserve(db: sqlite3.Connection, jobs: Sequence[Job], budget: Budget | None) -> None:
    """Takes what the jobs may cost out of every pot, or raises ``OverBudget``."""
    prices = {job.id: price for job in jobs if budget and (price := budget.worst(job)) is not None}
    wanted = sum(prices.values(), Decimal(0))
    for pot in budget.pots if budget else ():
        _settle(db, pot, budget)
        balance = _balance(db, pot)
        if wanted > balance.left:
            raise OverBudget(pot, balance, wanted)
        rows = [(job.id, pot.name, job.last_at, micro(prices[job.id])) for job in jobs if job.id in prices]
        db.executemany("INSERT INTO reservations (job, pot, at, reserved) VALUES (?, ?, ?, ?)", rows)


def _settle(db: sqlite3.Connection, pot: Pot, budget: Budget) -> None:
    """Writes down what the pot's jobs that are over by now did cost."""
    rows = db.execute(
        "SELECT jobs.id, run, position, plan FROM reservations JOIN jobs ON jobs.id = job"
        f" WHERE pot = ? AND settled IS NULL AND ({_LAST_STATE}) IN ({_marks(SETTLED)})",
        (pot.name, *SETTLED),
    ).fetchall()
    for job in _jobs(db, rows):
        spent = budget.spent(job)
        if spent is not None:
            update = "UPDATE reservations SET settled = ? WHERE job = ? AND pot = ?"
            db.execute(update, (micro(spent), job.id, pot.name))


def _balance(db: sqlite3.Connection, pot: Pot) -> Balance:
    spent, reserved = db.execute(
        "SELECT coalesce(sum(settled), 0), coalesce(sum(reserved) FILTER (WHERE settled IS NULL), 0) FROM reservations"
        " WHERE pot = ? AND (at >= ? OR settled IS NULL)",
        (pot.name, pot.since),
    ).fetchone()
    return Balance(pot.limit, dollars(spent), dollars(reserved))


def _marks(values: Sequence[str]) -> str:
    return ",".join("?" * len(values))


def _jobs(db: sqlite3.Connection, rows: Iterable[Sequence]) -> list[Job]:
    return [
        Job(job, run, position, Plan.from_json(json.loads(plan)), tuple(_events(db, job)))
        for job, run, position, plan in rows
    ]


def _events(db: sqlite3.Connection, job: str) -> Iterator[Event]:
    rows = db.execute("SELECT kind, at, state, phase, data FROM events WHERE job = ? ORDER BY seq", (job,))
    for kind, at, state, phase, data in rows:
        yield Event(kind, at, state, phase, json.loads(data))
