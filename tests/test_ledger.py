"""The ledger keeps every event, in order, whatever happens to the process."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comparisons.ledger import Ledger, LedgerError
from comparisons.records import Event
from tests.stage import ONE_EACH, make_stage

ROOT = Path(__file__).parent.parent


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
    event = Event("note", 1.5, "queued", "queue", data)
    stage.ledger.record(job.id, event)
    assert stage.ledger.job(job.id).events[-1] == event


def test_every_write_is_durable_and_readers_never_wait(stage):
    db = stage.ledger._connection()
    assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert db.execute("PRAGMA synchronous").fetchone()[0] == 2  # FULL


def test_many_threads_lose_no_event(stage, job):
    def write(k: int) -> None:
        for i in range(25):
            stage.ledger.record(job.id, Event("note", float(i), data={"k": k}))

    threads = [threading.Thread(target=write, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(event.kind == "note" for event in stage.ledger.job(job.id).events) == 200


def test_a_process_killed_while_writing_leaves_whole_events(stage, job):
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path; from comparisons.ledger import Ledger; from comparisons.records import Event\n"
        "ledger = Ledger(Path(sys.argv[2]))\n"
        "for i in range(100000):\n"
        "    ledger.record(sys.argv[3], Event('note', float(i), data={'i': i})); print(i, flush=True)\n"
    )
    command = [sys.executable, "-c", code, str(ROOT), str(stage.home / "ledger.sqlite3"), job.id]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if int(line) == 50:
                process.kill()
        last_said = int(line)
    notes = [event.data["i"] for event in stage.ledger.job(job.id).events if event.kind == "note"]
    assert notes == list(range(len(notes)))
    assert len(notes) > last_said  # what was acknowledged is there


def test_a_ledger_locked_by_another_process_is_one_clear_error(stage, job):
    other = sqlite3.connect(stage.home / "ledger.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    impatient = Ledger.__new__(Ledger)
    impatient.__dict__.update(stage.ledger.__dict__, _local=threading.local(), _busy_timeout_s=0.05)
    with pytest.raises(LedgerError, match="cannot be written"):
        impatient.record(job.id, Event("note", 0.0))
    other.execute("ROLLBACK")
    other.close()
    impatient.record(job.id, Event("note", 0.0))


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


def test_a_migration_is_applied_once(tmp_path: Path):
    for _ in range(2):
        ledger = Ledger(tmp_path / "ledger.sqlite3")
    names = ledger._connection().execute("SELECT count(*), count(DISTINCT name) FROM migrations").fetchone()
    assert names[0] == names[1] >= 1


def test_whether_a_job_is_to_be_stopped_is_known_without_reading_its_polls(tmp_path: Path):
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    steps = []
    for count in (10, 1000):
        for number in range(count):
            ledger.record(f"j_{count}", Event("polled", float(number)))
        seen: list[int] = []
        ledger._connection().set_progress_handler(lambda seen=seen: seen.append(1) or 0, 1)
        assert not ledger.stop_asked(f"j_{count}")
        ledger._connection().set_progress_handler(None, 0)
        steps.append(len(seen))
    ledger.record("j_10", Event("stop", 11.0))
    assert ledger.stop_asked("j_10")
    assert steps[0] == steps[1]
    ledger.close()
