"""The ledger keeps every event, in order, whatever happens to the process."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comparisons.ledger import Ledger, LedgerError, _asked, _connections, _schema
from comparisons.records import Balance, End, Ending, Event, EventKind, Plan
from comparisons.words import ending_words, wanted_words
from tests.stage import ONE_EACH, make_stage

ROOT = Path(__file__).parents[2]


@pytest.fixture
def stage(tmp_path: Path):
    return make_stage(tmp_path)


@pytest.fixture
def job(stage):
    return stage.plan([ONE_EACH["runcomfy"]]).jobs[0]


def test_a_run_is_read_back_as_it_was_written(stage):
    run = stage.plan([ONE_EACH["apiframe"], ONE_EACH["runcomfy"]], repeats=2)
    assert Ledger(stage.home / "ledger.sqlite3").run(run.id) == run


values = st.recursive(st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(), st.lists, max_leaves=5)


@given(data=st.dictionaries(st.text(min_size=1), values, max_size=4))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_an_event_says_is_read_back(stage, job, data):
    event = Event(EventKind.ATTEMPT, 1.5, "queued", "queue", data)
    stage.ledger.record(job.id, event)
    assert stage.ledger.job(job.id).events[-1] == event


def test_every_write_is_durable_and_readers_never_wait(stage):
    with stage.ledger._file.reading() as db:
        assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert db.execute("PRAGMA synchronous").fetchone()[0] == 2  # FULL


def test_many_threads_lose_no_event(stage, job):
    def write(k: int) -> None:
        for i in range(25):
            stage.ledger.record(job.id, Event(EventKind.ATTEMPT, float(i), data={"k": k}))

    threads = [threading.Thread(target=write, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(event.kind == EventKind.ATTEMPT for event in stage.ledger.job(job.id).events) == 200


def test_a_process_killed_while_writing_leaves_whole_events(stage, job):
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path; from comparisons.ledger import Ledger; from comparisons.records import Event\n"
        "ledger = Ledger(Path(sys.argv[2]))\n"
        "for i in range(100000):\n"
        "    ledger.record(sys.argv[3], Event('attempt', float(i), data={'i': i})); print(i, flush=True)\n"
    )
    command = [sys.executable, "-c", code, str(ROOT), str(stage.home / "ledger.sqlite3"), job.id]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if int(line) == 50:
                process.kill()
        last_said = int(line)
    notes = [event.data["i"] for event in stage.ledger.job(job.id).events if event.kind == EventKind.ATTEMPT]
    assert notes == list(range(len(notes)))
    assert len(notes) > last_said  # what was acknowledged is there


def test_a_ledger_locked_by_another_process_is_one_clear_error(stage, job):
    impatient = Ledger(stage.home / "ledger.sqlite3", busy_timeout_s=0.05)
    other = sqlite3.connect(stage.home / "ledger.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerError, match="cannot be written"):
        impatient.record(job.id, Event(EventKind.ATTEMPT, 0.0))
    other.execute("ROLLBACK")
    other.close()
    impatient.record(job.id, Event(EventKind.ATTEMPT, 0.0))


def test_unfinished_runs_are_those_with_a_job_that_is_not_over(stage):
    first, second = stage.plan([ONE_EACH["apiframe"]]), stage.plan([ONE_EACH["runcomfy"]])
    stage.ledger.record(first.jobs[0].id, Event("failed", 1.0, "failed"))
    assert stage.ledger.unfinished() == [second.id]


def test_a_stop_counts_until_something_came_of_it(stage, job):
    assert not stage.ledger.stop_asked(job.id)
    stage.ledger.record(job.id, Event("stop", 1.0))
    assert stage.ledger.stop_asked(job.id)
    stage.ledger.record(job.id, Event("paused", 2.0))
    assert not stage.ledger.stop_asked(job.id)


@pytest.mark.slow
def test_many_threads_at_once_and_one_after_the_other_leave_a_few_handles_open(stage, job):
    def use() -> None:
        stage.ledger.record(job.id, Event(EventKind.ATTEMPT, 1.0))
        assert not stage.ledger.stop_asked(job.id)

    def used_by(count: int) -> list[str]:
        for begun in range(0, count, 20):
            threads = [threading.Thread(target=use) for _ in range(begun, min(count, begun + 20))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        return handles(stage.home)

    def one_by_one(count: int) -> list[str]:
        for _ in range(count):
            thread = threading.Thread(target=use)
            thread.start()
            thread.join()
        return handles(stage.home)

    with stage.ledger._file.reading() as one, stage.ledger._file.reading() as other:  # nested: each has its own
        assert one is not other
    assert len(used_by(300)) <= 20 + 3 * _connections.KEPT  # SQLite itself closes a file only when no lock is on it
    assert len(stage.ledger._file._connections._idle) <= _connections.KEPT
    assert len(one_by_one(300)) == len(one_by_one(30))
    stage.ledger.close()
    assert handles(stage.home) == []
    assert stage.ledger.job(job.id) is not None  # a closed ledger is opened by its next use


def test_a_connection_in_use_while_the_ledger_is_closed_is_closed_after_its_use(stage):
    with stage.ledger._file.reading() as db:
        stage.ledger.close()
        assert db.execute("SELECT count(*) FROM jobs").fetchone() == (0,)
    assert handles(stage.home) == []


def handles(folder: Path) -> list[str]:
    """The files of a folder that this process has open, each as often as it has."""
    found = (os.path.realpath(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd"))
    return [path for path in found if path.startswith(str(folder))]


@pytest.mark.parametrize("is_open", [True, False], ids=["with a journal beside it", "closed"])
def test_a_ledger_of_a_newer_version_is_refused_in_a_sentence_and_stays_as_it_is(tmp_path: Path, is_open: bool):
    path = tmp_path / "ledger.sqlite3"
    Ledger(path).close()
    with contextlib.closing(sqlite3.connect(path)) as newer:
        newer.execute("INSERT INTO migrations VALUES ('_m999_something_new')")
        newer.commit()
        if not is_open:
            newer.close()
        before = {each.name: each.read_bytes() for each in tmp_path.iterdir() if not each.name.endswith("-shm")}
        with pytest.raises(LedgerError, match=r"written by a newer Takes \(_m999_something_new\): update this one"):
            Ledger(path)
        assert {each.name: each.read_bytes() for each in tmp_path.iterdir() if not each.name.endswith("-shm")} == before


def test_a_migration_is_applied_once(tmp_path: Path):
    for _ in range(2):
        ledger = Ledger(tmp_path / "ledger.sqlite3")
    with ledger._file.reading() as db:
        names = db.execute("SELECT count(*), count(DISTINCT name) FROM migrations").fetchone()
    assert names[0] == names[1] >= 1


JOB = Plan("v", "p", "e", "m", "l", True, "A boat", {"resolution": "768p", "duration": 6})
TOLD_BEFORE = {
    "It was stopped.": Ending(End.STOPPED),
    "The plan's one repeat was made.": Ending(End.ALL_MADE, 1),
    "All 12 repeats of the plan were made.": Ending(End.ALL_MADE, 12),
    "After one repeat every median's interval was within 2.5 % of it.": Ending(End.PRECISE, 1, 2.5),
    "After 7 repeats every median's interval was within 1e-05 % of it.": Ending(End.PRECISE, 7, 1e-05),
    "One repeat was made, as many as the plan allows; some intervals are still wider than it wants.": Ending(
        End.MOST_MADE, 1
    ),
    "2 repeats were made, but 3 of 4 jobs were never tried, as a key or a balance was refused. Going on with the"
    " session tries them.": Ending(End.UNTRIED, 2, untried=3, jobs=4),
}
"""Sentences by which older versions kept how a session ended."""
AS_TOLD = {
    "2 repeats were made; one more could cost $0.05, more than the plan's budget of $0.10 allows: $0.10 spent, $0.00"
    " reserved, $0.00 left.": End.OVER_BUDGET,
    "One repeat was made; one more was not: That is too much.": End.OVER_BUDGET,
    "The moon was full.": End.OTHER,
}
"""The same, of which more is told than can be read."""


@pytest.mark.parametrize("sentence", [*TOLD_BEFORE, *AS_TOLD])
def test_how_a_session_ended_in_an_older_ledger_is_known_and_told_as_it_was(tmp_path: Path, sentence: str):
    path = tmp_path / "ledger.sqlite3"
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE migrations (name TEXT PRIMARY KEY)")
        for migration in _schema.MIGRATIONS[:7]:
            migration(db)
            db.execute("INSERT INTO migrations VALUES (?)", (migration.__name__,))
        row = ("s", 1.0, "", "n", "i", "p", 1, 0, "{}", sentence)
        db.execute("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        db.commit()
    ending = Ledger(path).session("s").ending
    assert ending == TOLD_BEFORE.get(sentence, Ending(AS_TOLD.get(sentence), ending.made, told=sentence))
    assert ending_words(ending) == sentence


PLAIN = st.fixed_dictionaries(
    {
        "duration": st.none() | st.integers(1, 60),
        "resolution": st.none() | st.sampled_from(["768p", "4k"]),
        "frames": st.sampled_from(["text only", "first frame", "first and last frame"]),
        "prompt_optimizer": st.booleans(),
    }
)
"""What was asked, as plans had it before they had options by name."""


def told_before(asked: dict) -> str:
    """What was asked, in the words that the oldest plans have instead."""
    length = f"{asked['duration']} s" if asked["duration"] else "own length"
    optimizer = "on" if asked["prompt_optimizer"] else "off"
    return f"{length} · {asked['resolution'] or 'own resolution'} · {asked['frames']} · optimizer {optimizer}"


@given(PLAIN)
def test_what_an_older_plan_says_was_asked_is_known_and_told_as_it_was(asked: dict):
    kept = {name: value for name, value in JOB.to_json().items() if name not in ("options", "images", "asked")}
    sent = {"duration": 6, "resolution": "768p", "prompt_optimizer": True, "first_frame": "a.png", "last_frame": None}
    oldest = {**kept, **sent, "badges": ["text only: image not used"], "requested": told_before(asked)}
    plan = Plan.from_json(json.loads(json.dumps(_asked.with_options(_asked.read(oldest)))))
    assert wanted_words(plan.asked) == told_before(asked)
    assert wanted_words(plan.sent) == "6 s · 768p · first frame · optimizer on"
    assert plan.images == {"first_frame": ("a.png",)}
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


money = st.decimals(0, 1000, places=4)
endings = st.builds(
    Ending,
    st.sampled_from(End),
    st.integers(0, 99),
    st.none() | st.floats(0.1, 100),
    st.integers(0, 9),
    st.integers(0, 99),
    st.none() | money,
    st.none() | st.builds(Balance, money, money, money),
    st.text(),
)


@given(endings)
def test_how_a_session_ended_is_read_back_as_it_was_written(ending: Ending):
    kept = json.loads(json.dumps(ending.to_json()))
    assert Ending.from_json(str(ending.how), kept) == ending


def test_whether_a_job_is_to_be_stopped_is_known_without_reading_its_polls(tmp_path: Path):
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    steps = []
    for count in (10, 1000):
        for number in range(count):
            ledger.record(f"j_{count}", Event("polled", float(number)))
        seen: list[int] = []
        with ledger._file.reading() as db:  # nobody else is here: the next reading has the same connection
            db.set_progress_handler(lambda seen=seen: seen.append(1) or 0, 1)
        assert not ledger.stop_asked(f"j_{count}")
        with ledger._file.reading() as db:
            db.set_progress_handler(None, 0)
        steps.append(len(seen))
    ledger.record("j_10", Event("stop", 11.0))
    assert ledger.stop_asked("j_10")
    assert steps[0] == steps[1]
    ledger.close()
