"""The ledger's tables, and how an older file is brought up to them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

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


def migrate(db: sqlite3.Connection) -> None:
    db.execute("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)")
    applied = {name for (name,) in db.execute("SELECT name FROM migrations")}
    for migration in MIGRATIONS:
        if migration.__name__ not in applied:
            migration(db)
            db.execute("INSERT INTO migrations VALUES (?)", (migration.__name__,))
