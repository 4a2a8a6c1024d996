"""The ledger's tables, and how an older file is brought up to them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from comparisons.ledger import _asked, _endings

ABOUT_STOPS = "kind IN ('stop', 'cancel', 'paused', 'resumed')"
"""The events that ask for a stop, and those that answer it."""
MIGRATIONS: list[Callable[[sqlite3.Connection], None]] = []
"""Applied in order, once each. Never edit a migration that was released: add another."""


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


@MIGRATIONS.append
def _m003_history(db: sqlite3.Connection) -> None:
    """What History searches by, and what stays known of a deleted run.

    A job's state is that of its last event; the column repeats it, kept by the database itself, so that a search need
    not read all events.
    """
    for name in ("provider", "model", "first_frame", "last_frame"):
        db.execute(f"ALTER TABLE jobs ADD COLUMN {name} TEXT AS (json_extract(plan, '$.{name}')) VIRTUAL")
    db.execute("ALTER TABLE jobs ADD COLUMN state TEXT NOT NULL DEFAULT 'planned'")
    last = "SELECT state FROM events WHERE job = {job} AND state IS NOT NULL ORDER BY seq DESC LIMIT 1"
    db.execute(f"UPDATE jobs SET state = coalesce(({last.format(job='jobs.id')}), state)")
    db.execute(
        "CREATE TRIGGER events_said AFTER INSERT ON events WHEN NEW.state IS NOT NULL"
        " BEGIN UPDATE jobs SET state = NEW.state WHERE id = NEW.job; END"
    )
    db.execute(
        "CREATE TRIGGER events_unsaid AFTER DELETE ON events WHEN OLD.state IS NOT NULL"
        f" BEGIN UPDATE jobs SET state = coalesce(({last.format(job='OLD.job')}), 'planned') WHERE id = OLD.job; END"
    )
    db.execute("CREATE INDEX jobs_found ON jobs (run, provider, model, state)")
    db.execute("CREATE INDEX jobs_first_frame ON jobs (first_frame) WHERE first_frame IS NOT NULL")
    db.execute("CREATE INDEX jobs_last_frame ON jobs (last_frame) WHERE last_frame IS NOT NULL")
    db.execute("CREATE INDEX runs_at ON runs (at, id)")
    db.execute("DROP INDEX runs_owner")
    db.execute("CREATE INDEX runs_owner ON runs (owner, at, id)")
    db.execute(
        "CREATE TABLE deleted_jobs (job TEXT NOT NULL, at REAL NOT NULL, owner TEXT NOT NULL, provider TEXT NOT NULL,"
        " provider_job TEXT)"
    )
    db.execute("CREATE INDEX deleted_jobs_theirs ON deleted_jobs (provider, provider_job)")
    db.execute("CREATE INDEX deleted_jobs_at ON deleted_jobs (at)")
    db.execute("CREATE TABLE removals (file TEXT PRIMARY KEY)")


@MIGRATIONS.append
def _m004_votes(db: sqlite3.Connection) -> None:
    """Votes name their run and jobs without referring to them: they stay when these are deleted."""
    db.execute(
        "CREATE TABLE votes (id TEXT PRIMARY KEY, at REAL NOT NULL, owner TEXT NOT NULL, run TEXT NOT NULL,"
        " simulated INT NOT NULL, pool TEXT NOT NULL, kind TEXT NOT NULL, shown TEXT NOT NULL, verdict TEXT NOT NULL,"
        " looked_s REAL NOT NULL, watched TEXT NOT NULL, layout TEXT NOT NULL, surface TEXT NOT NULL)"
    )
    db.execute("CREATE INDEX votes_run ON votes (run, owner)")
    db.execute("CREATE INDEX votes_owner ON votes (owner, at)")


@MIGRATIONS.append
def _m005_sessions(db: sqlite3.Connection) -> None:
    """A session's cell is a request of its plan and a repeat: no two processes can add the same one twice."""
    db.execute(
        "CREATE TABLE sessions (id TEXT PRIMARY KEY, at REAL NOT NULL, owner TEXT NOT NULL, name TEXT NOT NULL,"
        " identity TEXT NOT NULL, plan TEXT NOT NULL, simulated INT NOT NULL, live INT NOT NULL, facts TEXT NOT NULL,"
        " ended TEXT NOT NULL DEFAULT '')"
    )
    db.execute("CREATE UNIQUE INDEX sessions_identity ON sessions (owner, identity)")
    db.execute("CREATE INDEX sessions_at ON sessions (at, id)")
    db.execute(
        "CREATE TABLE session_runs (session TEXT NOT NULL REFERENCES sessions, request INT NOT NULL,"
        " repeat INT NOT NULL, warm_up INT NOT NULL, run TEXT NOT NULL UNIQUE,"
        " PRIMARY KEY (session, warm_up, repeat, request))"
    )


@MIGRATIONS.append
def _m006_stops(db: sqlite3.Connection) -> None:
    """Whether a job is to be stopped is asked before each of its polls: that must not read all polls before it."""
    db.execute(f"CREATE INDEX events_stop ON events (job, seq) WHERE {ABOUT_STOPS}")


@MIGRATIONS.append
def _m007_takes_of_an_hour(db: sqlite3.Connection) -> None:
    """What visitors have under way and started lately, by kind; of earlier deletes the kind is not known."""
    db.execute("CREATE INDEX events_planned ON events (at, job) WHERE kind = 'planned'")
    db.execute("ALTER TABLE deleted_jobs ADD COLUMN live INT")


@MIGRATIONS.append
def _m008_endings(db: sqlite3.Connection) -> None:
    """How a session ended is a word of ``records.End`` with its figures, and no sentence; NULL while it may go on."""
    db.execute("ALTER TABLE sessions ADD COLUMN ending TEXT")
    db.execute("ALTER TABLE sessions ADD COLUMN ending_figures TEXT NOT NULL DEFAULT '{}'")
    for session, sentence in db.execute("SELECT id, ended FROM sessions WHERE ended != ''").fetchall():
        ending = _endings.read(sentence)
        row = (ending.how, json.dumps(ending.to_json()), session)
        db.execute("UPDATE sessions SET ending = ?, ending_figures = ? WHERE id = ?", row)
    db.execute("ALTER TABLE sessions DROP COLUMN ended")


@MIGRATIONS.append
def _m009_asked(db: sqlite3.Connection) -> None:
    """A job's plan states what was asked for as values; before, it was a sentence."""
    for (job,) in db.execute("SELECT id FROM jobs").fetchall():  # one plan at a time: there may be very many
        (plan,) = db.execute("SELECT plan FROM jobs WHERE id = ?", (job,)).fetchone()
        db.execute("UPDATE jobs SET plan = ? WHERE id = ?", (json.dumps(_asked.read(json.loads(plan))), job))


@MIGRATIONS.append
def _m010_options(db: sqlite3.Connection) -> None:
    """A job's plan has options and images by name; which images a job names is in a table of its own."""
    db.execute("CREATE TABLE job_images (job TEXT NOT NULL REFERENCES jobs, image TEXT NOT NULL)")
    db.execute("CREATE INDEX job_images_job ON job_images (job)")
    db.execute("CREATE INDEX job_images_image ON job_images (image)")
    for name in ("first_frame", "last_frame"):
        db.execute(f"DROP INDEX jobs_{name}")
        db.execute(f"ALTER TABLE jobs DROP COLUMN {name}")
    for (job,) in db.execute("SELECT id FROM jobs").fetchall():
        (text,) = db.execute("SELECT plan FROM jobs WHERE id = ?", (job,)).fetchone()
        plan = _asked.with_options(json.loads(text))
        db.execute("UPDATE jobs SET plan = ? WHERE id = ?", (json.dumps(plan), job))
        images = [(job, name) for files in plan["images"].values() for name in files]
        db.executemany("INSERT INTO job_images (job, image) VALUES (?, ?)", images)


@MIGRATIONS.append
def _m011_cheaper_events(db: sqlite3.Connection) -> None:
    """Each index costs every poll something, also one that the poll is no part of: two were of use to few questions."""
    db.execute("DROP INDEX events_delivered")  # events_state finds it among a job's few events with a state
    db.execute("DROP INDEX events_uncertain")
    db.execute("CREATE INDEX jobs_uncertain ON jobs (id) WHERE state = 'uncertain'")


@MIGRATIONS.append
def _m012_marks(db: sqlite3.Connection) -> None:
    """What a person notes of a run, under an empty job, and of its takes. Tags are a JSON list."""
    db.execute(
        "CREATE TABLE marks (run TEXT NOT NULL, job TEXT NOT NULL, star INT NOT NULL, note TEXT NOT NULL,"
        " tags TEXT NOT NULL, PRIMARY KEY (run, job))"
    )


@MIGRATIONS.append
def _m013_scores(db: sqlite3.Connection) -> None:
    """What was measured of each clip, by the rules of a version; delivered jobs are found without reading all jobs."""
    db.execute("CREATE TABLE scores (job TEXT PRIMARY KEY, version INT NOT NULL, data TEXT NOT NULL)")
    db.execute("CREATE INDEX jobs_delivered ON jobs (id) WHERE state = 'delivered'")


def unknown(db: sqlite3.Connection) -> list[str]:
    """The migrations that a ledger has had and this version does not know. Writes nothing."""
    if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'migrations'").fetchone() is None:
        return []
    known = {migration.__name__ for migration in MIGRATIONS}
    return sorted(name for (name,) in db.execute("SELECT name FROM migrations") if name not in known)


def migrate(db: sqlite3.Connection) -> None:
    db.execute("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)")
    applied = {name for (name,) in db.execute("SELECT name FROM migrations")}
    for migration in MIGRATIONS:
        if migration.__name__ not in applied:
            migration(db)
            db.execute("INSERT INTO migrations VALUES (?)", (migration.__name__,))


def newer(path: Path, timeout_s: float) -> list[str]:
    """The migrations that a ledger's file has had and this version does not know. Nothing in its folder is touched."""
    if not path.exists():
        return []
    whole = path.resolve()
    how = "mode=ro" if whole.with_name(f"{whole.name}-wal").exists() else "immutable=1"  # mode=ro would make a -wal
    with closing(sqlite3.connect(f"{whole.as_uri()}?{how}", uri=True, timeout=timeout_s)) as db:
        return unknown(db)
