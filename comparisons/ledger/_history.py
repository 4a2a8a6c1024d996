"""The runs that History shows, found in SQL; and the deleting of a run."""

from __future__ import annotations

import json
import sqlite3
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from comparisons.ledger import _marks, _money, _rows, _sessions
from comparisons.records import SETTLED, Budget, Event, EventKind, Job, Plan, Run, State
from providers import InvalidRequest

Key = tuple[float, str]
"""A run's position in the history: when it was started, in seconds of the ledger's clock, then its id."""
ID_LETTERS = 6
"""A word of at least so many letters may also be the beginning of a run's id."""
EVENTS = 2_000
"""How many bytes the events of a job count as: about what those of a simulated take have."""
SESSIONS_TEXT = (
    "SELECT length(sessions.plan) + length(facts) FROM session_runs AS mine JOIN sessions ON sessions.id = mine.session"
    " WHERE mine.run = runs.id AND mine.run = (SELECT min(run) FROM session_runs WHERE session = mine.session)"
)
TAKERS = "SELECT group_concat(model || ' ' || provider, ' ') FROM jobs WHERE run = runs.id"
"""The models and providers of a run in one text, to search for words."""
INPUTS = "inputs/"
"""Begins the names of images, which several runs may share; see ``Media``."""


@dataclass(frozen=True)
class Filter:
    """Which runs to show; a field that is None does not matter.

    Each of ``words`` (separated by spaces, in upper or lower case) must be in the prompt, in a note or a tag of the run
    or its takes, in the name of a model or provider of its takes, or begin the run's id. ``starred``: the run or one of
    its takes must have a star. ``provider``, ``model`` and ``state`` must hold together for at least one job. ``first``
    and ``last`` are days of UTC, both included.
    """

    words: str = ""
    provider: str | None = None
    model: str | None = None
    state: State | None = None
    first: date | None = None
    last: date | None = None
    simulated: bool | None = None
    owner: str | None = None
    starred: bool = False


@dataclass(frozen=True)
class RunPage:
    """Some runs, newest first. Their jobs have only the events that their state, clip and cost follow from.

    ``older`` is where the next page begins; None if nothing is older.
    """

    runs: tuple[Run, ...] = field(default=())
    older: Key | None = None


@dataclass(frozen=True)
class KeptRun:
    """A visitor's run, and what is stored for it.

    ``over``: nothing can happen in it or be billed for it any more. ``bytes``: about the size of its rows; a session's
    plan counts with the first of its runs.
    """

    run: str
    owner: str
    at: float
    simulated: bool
    jobs: tuple[str, ...]
    images: frozenset[str]
    over: bool
    bytes: int


def fold(text: str) -> str:
    """Text in the form in which it is compared: without upper case, and accented letters encoded in one way."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text.casefold())


def says(prompt: str, noted: str | None, takers: str | None, run: str, words: str) -> bool:
    """Whether a run matches all of these words, which are folded already. In SQL it is ``takes_says``."""
    text = fold(f"{prompt} {noted or ''} {takers or ''}")
    return all(word in text or (len(word) >= ID_LETTERS and run.startswith(word)) for word in words.split())


def register(db: sqlite3.Connection) -> None:
    """Registers with a connection the functions that the queries here use."""
    db.create_function("takes_says", 5, says, deterministic=True)


def page(db: sqlite3.Connection, wanted: Filter, limit: int, before: Key | None) -> RunPage:
    where, values = _conditions(wanted, before)
    rows = db.execute(
        f"SELECT {_rows.RUN} FROM runs WHERE {where} ORDER BY at DESC, id DESC LIMIT ?", (*values, limit + 1)
    ).fetchall()
    runs = _with_jobs(db, rows[:limit])
    return RunPage(runs, (runs[-1].at, runs[-1].id) if len(rows) > limit else None)


def _conditions(wanted: Filter, before: Key | None) -> tuple[str, list[object]]:
    about_job = {"provider": wanted.provider, "model": wanted.model, "state": wanted.state}
    asked = {column: value for column, value in about_job.items() if value is not None}
    some_job = " AND ".join(f"jobs.{column} = ?" for column in asked)
    words = " ".join(fold(_rows.storable(wanted.words)).split())
    last = None if wanted.last in (None, date.max) else wanted.last + timedelta(days=1)
    given: list[tuple[str, list[object] | None]] = [
        ("owner = ?", _one(wanted.owner)),
        ("at >= ?", None if wanted.first is None else [_start(wanted.first)]),
        ("at < ?", None if last is None else [_start(last)]),
        ("(at, id) < (?, ?)", None if before is None else list(before)),
        ("simulated = ?", _one(wanted.simulated)),
        ("EXISTS (SELECT 1 FROM marks WHERE run = runs.id AND star)", [] if wanted.starred else None),
        (f"EXISTS (SELECT 1 FROM jobs WHERE run = runs.id AND {some_job})", list(asked.values()) or None),
        (f"takes_says(prompt, ({_marks.SAID}), ({TAKERS}), id, ?)", [words] if words else None),
    ]
    used = [(condition, values) for condition, values in given if values is not None]
    return " AND ".join(["1", *[condition for condition, _ in used]]), [each for _, values in used for each in values]


def _one(value: object) -> list[object] | None:
    return None if value is None else [value]


def _start(day: date) -> float:
    return datetime.combine(day, time(), UTC).timestamp()


def _with_jobs(db: sqlite3.Connection, rows: Sequence[Sequence[Any]]) -> tuple[Run, ...]:
    """The runs of these rows with their jobs, in two queries for all of them."""
    names = [row[0] for row in rows]
    found = db.execute(
        f"SELECT id, run, position, plan FROM jobs WHERE run IN ({_rows.placeholders(names)}) ORDER BY position", names
    ).fetchall()
    events = _telling_events(db, names)
    jobs: dict[str, list[Job]] = defaultdict(list)
    for job, run, position, plan in found:
        jobs[run].append(Job(job, run, position, Plan.from_json(json.loads(plan)), tuple(events[job])))
    return tuple(_rows.run_of(row, jobs[row[0]]) for row in rows)


def _telling_events(db: sqlite3.Connection, runs: Sequence[str]) -> dict[str, list[Event]]:
    """For each job of these runs, the events that its state, clip and bill follow from; without the many polls."""
    told: dict[str, list[Event]] = defaultdict(list)
    rows = db.execute(
        "SELECT job, kind, at, events.state, phase, data FROM jobs JOIN events ON job = jobs.id"
        f" WHERE run IN ({_rows.placeholders(runs)}) AND (events.state IS NOT NULL OR instr(data, '\"billed\"'))"
        " ORDER BY seq",
        runs,
    )
    for job, kind, at, state, phase, data in rows:
        told[job].append(_rows.event_of(kind, at, state, phase, data))
    return told


def kept(db: sqlite3.Connection, owner: str | None) -> list[KeptRun]:
    """The visitors' runs, newest first; of one visitor, if named."""
    whose = "owner != ''" if owner is None else "owner = :owner"
    rows = db.execute(
        f"SELECT runs.id, owner, at, simulated, length(prompt) + coalesce(({SESSIONS_TEXT}), 0),"
        " jobs.id, (SELECT json_group_array(image) FROM job_images WHERE job = jobs.id), state, length(jobs.plan)"
        " FROM runs"
        f" JOIN jobs ON run = runs.id WHERE {whose} ORDER BY at DESC, runs.id, position",
        {"owner": owner},
    )
    return [_kept(head, list(each)) for head, each in groupby(rows, key=lambda row: row[:5])]


def _kept(head: Sequence[Any], rows: Sequence[Sequence[Any]]) -> KeptRun:
    run, owner, at, simulated, text = head
    images = {image for row in rows for image in json.loads(row[6])}
    over = all(row[7] in SETTLED for row in rows)
    bytes_ = text + sum(row[8] + EVENTS for row in rows)
    return KeptRun(run, owner, at, bool(simulated), tuple(row[5] for row in rows), frozenset(images), over, bytes_)


def files(db: sqlite3.Connection) -> list[str]:
    """The files that jobs name, as names within the data folder."""
    said = f"FROM events WHERE state IS NOT NULL AND kind = '{EventKind.DELIVERED}'"
    clip = f"SELECT json_extract(data, '$.result.{{}}') {said}"
    clips = f"{clip.format('file')} UNION {clip.format('poster')}"
    found = [f"clips/{name}" for (name,) in db.execute(clips) if name is not None]
    return found + [f"{INPUTS}{name}" for (name,) in db.execute("SELECT DISTINCT image FROM job_images")]


def knows(db: sqlite3.Connection, provider: str, provider_job: str) -> bool:
    """Whether a job here, or a deleted one, has this id at the provider."""
    row = db.execute(
        "SELECT 1 FROM deleted_jobs WHERE provider_job = :job AND provider = :provider UNION ALL"
        " SELECT 1 FROM events JOIN jobs ON jobs.id = job WHERE json_extract(data, '$.handle.id') = :job"
        " AND json_extract(plan, '$.provider') = :provider LIMIT 1",
        {"job": provider_job, "provider": provider},
    ).fetchone()
    return row is not None


# deleting ---------------------------------------------------------------------------------------------------------


def check_over(jobs: Sequence[Job]) -> None:
    """Raises ``InvalidRequest`` if anything can still happen to these jobs, or be billed for them."""
    if any(job.state == State.UNCERTAIN for job in jobs):
        raise InvalidRequest(
            "A take of this run may be billed, and nobody knows: settle it first, then delete the run."
        )
    if not all(job.done for job in jobs):
        raise InvalidRequest("This run is not over: stop it or wait for it, then delete it.")


def inputs_only_of(db: sqlite3.Connection, run: str) -> list[str]:
    """The input images that this run's jobs name and no other run's."""
    named = db.execute(
        "SELECT DISTINCT image FROM jobs JOIN job_images ON job = jobs.id WHERE run = ?", (run,)
    ).fetchall()
    return [name for (name,) in named if not _is_named(db, name, besides=run)]


def _is_named(db: sqlite3.Connection, image: str, besides: str = "") -> bool:
    row = db.execute(
        "SELECT 1 FROM job_images JOIN jobs ON jobs.id = job WHERE image = :image AND run != :run LIMIT 1",
        {"image": image, "run": besides},
    ).fetchone()
    return row is not None


def uses(db: sqlite3.Connection, owner: str, image: str) -> bool:
    """Whether a run of this owner names an image."""
    row = db.execute(
        "SELECT 1 FROM job_images JOIN jobs ON jobs.id = job JOIN runs ON runs.id = run"
        " WHERE image = :image AND owner = :owner LIMIT 1",
        {"image": image, "owner": owner},
    ).fetchone()
    return row is not None


def delete(db: sqlite3.Connection, run: Run, files: Sequence[str], usd: Mapping[str, Decimal]) -> None:
    """Deletes a run's rows and notes which files are to be removed. What it cost stays counted in its pots."""
    check_over(run.jobs)
    if _sessions.is_last(db, run.id):
        _sessions.delete_of(db, run.id)
    for job in run.jobs:
        _money.settle_job(db, job, Budget((), usd), for_good=True)
        _remember(db, run, job)
        db.execute("DELETE FROM events WHERE job = ?", (job.id,))
        db.execute("DELETE FROM job_images WHERE job = ?", (job.id,))
        db.execute("DELETE FROM scores WHERE job = ?", (job.id,))
    db.execute("DELETE FROM marks WHERE run = ?", (run.id,))
    db.execute("DELETE FROM jobs WHERE run = ?", (run.id,))
    db.execute("DELETE FROM runs WHERE id = ?", (run.id,))
    db.executemany("INSERT OR IGNORE INTO removals (file) VALUES (?)", [(name,) for name in files])


def _remember(db: sqlite3.Connection, run: Run, job: Job) -> None:
    """Notes that there was such a job: its provider still lists it, and the limit of an hour still counts it."""
    at, plan = job.events[0].at, job.plan
    rows = [(job.id, at, run.owner, plan.provider, name, plan.live) for name in job.theirs or (None,)]
    columns = "job, at, owner, provider, provider_job, live"
    db.executemany(f"INSERT INTO deleted_jobs ({columns}) VALUES (?, ?, ?, ?, ?, ?)", rows)


def forget_deleted(db: sqlite3.Connection, an_hour: float, simulated: float) -> None:
    """Forgets deleted jobs that no limit counts and no provider lists any more. Ids of live jobs are kept for ever.

    Args:
        an_hour: the moment since which jobs count in the limits of an hour.
        simulated: the moment since which jobs may still be listed by the sandbox.
    """
    db.execute("DELETE FROM deleted_jobs WHERE at < ? AND provider_job IS NULL", (an_hour,))
    db.execute("DELETE FROM deleted_jobs WHERE at < ? AND live = 0", (simulated,))


def noted(db: sqlite3.Connection) -> list[str]:
    """The files of deleted runs that may still be there."""
    return [name for (name,) in db.execute("SELECT file FROM removals")]


def swept(db: sqlite3.Connection, files: Sequence[str], gone: Sequence[str], remove: Callable[[str], bool]) -> int:
    """Removes the images among the noted ``files``, and strikes them and those in ``gone`` from the notes.

    Gives how many notes are left. An image that a new run names meanwhile stays. This is to be called in a transaction:
    a run that is planned at the same moment is either seen here, or finds that the image is gone. Files other than
    images are never named by a second run.
    """
    images = [name for name in files if name.startswith(INPUTS)]
    done = [name for name in images if _is_named(db, name.removeprefix(INPUTS)) or remove(name)]
    db.executemany("DELETE FROM removals WHERE file = ?", [(name,) for name in (*gone, *done)])
    return len(files) - len(gone) - len(done)
