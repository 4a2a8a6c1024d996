"""Turns rows into records, and records into rows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from comparisons.ledger import _scores
from comparisons.records import Event, EventKind, Job, Plan, Run, State, dollars, micro

RUN = "id, at, prompt, simulated, owner, budget"
"""The columns that ``run_of`` expects."""


def storable(text: str) -> str:
    """The text as UTF-8 can hold it: half of a surrogate pair, as when a client cuts an emoji, becomes ``?``."""
    return text.encode("utf-8", "replace").decode("utf-8")


def add_run(db: sqlite3.Connection, run: Run) -> None:
    limit = None if run.budget is None else micro(run.budget)
    row = (run.id, run.at, storable(run.prompt), run.simulated, run.owner, limit)
    db.execute("INSERT INTO runs (id, at, prompt, simulated, owner, budget) VALUES (?, ?, ?, ?, ?, ?)", row)
    for job in run.jobs:
        add_job(db, job)


def add_job(db: sqlite3.Connection, job: Job) -> None:
    plan = json.dumps(job.plan.to_json())
    row = (job.id, job.run, job.position, job.plan.variant, plan)
    db.execute("INSERT INTO jobs (id, run, position, variant, plan) VALUES (?, ?, ?, ?, ?)", row)
    images = [(job.id, name) for name in job.plan.files]
    db.executemany("INSERT INTO job_images (job, image) VALUES (?, ?)", images)
    for event in job.events:
        add_event(db, job.id, event)


def add_event(db: sqlite3.Connection, job: str, event: Event) -> None:
    data = json.dumps(event.data)
    db.execute(
        "INSERT INTO events (job, at, kind, state, phase, data) VALUES (?, ?, ?, ?, ?, ?)",
        (job, event.at, event.kind, event.state, event.phase, data),
    )


def run(db: sqlite3.Connection, row: Sequence[Any]) -> Run:
    rows = db.execute("SELECT id, run, position, plan FROM jobs WHERE run = ? ORDER BY position", (row[0],)).fetchall()
    return run_of(row, jobs(db, rows))


def run_of(row: Sequence[Any], jobs: Iterable[Job]) -> Run:
    """The run of a row that has the columns ``RUN``."""
    run_id, at, prompt, simulated, owner, budget = row
    limit = None if budget is None else dollars(budget)
    return Run(run_id, at, prompt, bool(simulated), tuple(jobs), owner, limit)


def placeholders(values: Collection[str]) -> str:
    """``?,?,?``: a placeholder of SQL for each of the values."""
    return ",".join("?" * len(values))


def texts(words: Iterable[str]) -> str:
    """Words of ours as a list in SQL: ``'queued', 'running'``. They are not escaped."""
    return ", ".join(f"'{word}'" for word in sorted(words))


def jobs(db: sqlite3.Connection, rows: Iterable[Sequence[Any]]) -> list[Job]:
    return [
        Job(job, run, position, Plan.from_json(json.loads(plan)), tuple(events(db, job)), _scores.of(db, job))
        for job, run, position, plan in rows
    ]


def events(db: sqlite3.Connection, job: str) -> Iterator[Event]:
    rows = db.execute("SELECT kind, at, state, phase, data FROM events WHERE job = ? ORDER BY seq", (job,))
    for kind, at, state, phase, data in rows:
        yield event_of(kind, at, state, phase, data)


def event_of(kind: str, at: float, state: str | None, phase: str | None, data: str) -> Event:
    """The event of these columns."""
    return Event(EventKind(kind), at, None if state is None else State(state), phase, json.loads(data))


def asked_since(db: sqlite3.Connection, seq: int | None, kinds: Sequence[EventKind]) -> tuple[int, list[str]]:
    """As ``Ledger.asked_since``."""
    last = db.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0]
    found = f"SELECT job FROM events WHERE seq > ? AND seq <= ? AND kind IN ({placeholders(kinds)})"
    return last, [job for (job,) in db.execute(found, (last if seq is None else seq, last, *kinds))]
