"""Clips are measured behind everything else, each once, and what was measured goes wherever the take is shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from comparisons.folders import LEDGER
from comparisons.ledger import Ledger
from comparisons.metrics import METRICS, VERSION, Reason, Scores
from comparisons.playground import Playground
from comparisons.records import Job, State
from comparisons.runs import Choice
from providers import InvalidRequest, Request
from tests import browser
from tests.patience import START_S, until
from tests.stage import ONE_EACH
from tests.test_playground import make

ONE = Choice(refs=(ONE_EACH["runcomfy"],))


@pytest.fixture
def playground(tmp_path: Path) -> Iterator[Playground]:
    made = make(tmp_path)
    yield made
    made.close()


def take(playground: Playground, choice: Choice = ONE) -> Job:
    run = playground.start(Request("A paper boat"), choice, simulated=True)
    playground.wait([run.id])
    (job,) = playground.run(run.id).jobs
    assert job.state == State.DELIVERED
    return job


def now(playground: Playground, job: Job) -> Job:
    return playground.ledger.job(job.id)


def test_a_clip_is_measured_once_and_its_job_comes_with_its_scores(playground: Playground):
    job = take(playground)
    assert job.scores is None
    assert [name for name, _ in playground.scorer.all_missing()] == [job.id]
    assert list(playground.scorer.all_missing()) == []
    scores = now(playground, job).scores
    assert scores.version == VERSION
    assert set(scores.values) == {metric.name for metric in METRICS}
    assert scores.reasons["first_frame_ssim"] == Reason.NO_IMAGE
    (row,) = playground.rows([now(playground, job)])
    assert row["motion"] == scores.values["motion"]
    assert row["metrics_version"] == VERSION
    assert "first_frame_ssim: " in row["not_measured"]


def test_behind_everything_else_a_clip_is_measured_when_it_has_come(playground: Playground):
    playground.scorer.begin()
    job = take(playground)
    until(lambda: now(playground, job).scores is not None)


def test_without_workers_nothing_is_measured_by_itself_and_all_when_asked(tmp_path: Path):
    idle = make(tmp_path, TAKES_WORKERS="0")
    try:
        idle.scorer.begin()
        job = take(idle)
        assert not idle.scorer.working
        assert [name for name, _ in idle.scorer.all_missing()] == [job.id]
    finally:
        idle.close()


@pytest.mark.slow
def test_the_page_measures_clips_by_itself(tmp_path: Path):
    home = tmp_path / "takes"
    first = make(home)
    job = take(first)
    first.close()
    with browser.serve(tmp_path, speed=60, TAKES_WORKERS="1"):
        until(lambda: Ledger(home / LEDGER).job(job.id).scores is not None, START_S)


def test_who_watches_a_run_is_told_of_its_own_clips_alone(playground: Playground):
    mine, other = take(playground), take(playground)
    list(playground.scorer.missing([mine.id]))
    assert playground.scorer.stored[mine.run] == 1
    assert playground.scorer.stored[other.run] == 0


def test_scores_by_older_rules_are_made_anew_and_never_shown(playground: Playground):
    job = take(playground)
    old = Scores.none(Reason.CRASHED)
    playground.ledger.put_scores(job.id, Scores.from_json({**old.to_json(), "version": VERSION - 1}))
    assert now(playground, job).scores is None
    assert [name for name, _ in playground.scorer.all_missing()] == [job.id]


def test_a_clip_that_is_gone_says_so_and_is_not_tried_for_ever(playground: Playground):
    job = take(playground)
    (playground.media.clips / job.result.file).unlink()
    assert [scores.reasons["motion"] for _, scores in playground.scorer.all_missing()] == [Reason.CLIP_GONE]
    assert list(playground.scorer.all_missing()) == []


def test_what_was_measured_goes_with_the_run_that_is_deleted(playground: Playground):
    job = take(playground)
    playground.ledger.put_scores(job.id, Scores.none(Reason.CRASHED))
    playground.history.delete(job.run)
    playground.ledger.put_scores(job.id, Scores.none(Reason.CRASHED))  # it was being measured meanwhile
    assert playground.ledger.job(job.id) is None
    with playground.ledger._file.reading() as db:
        assert db.execute("SELECT count(*) FROM scores").fetchone() == (0,)


def test_two_processes_of_one_folder_do_not_both_measure(tmp_path: Path, playground: Playground):
    take(playground)
    assert playground.workers.own("scoring")
    other = make(tmp_path)
    try:
        with pytest.raises(InvalidRequest, match="Another Takes"):
            list(other.scorer.all_missing())
    finally:
        other.close()


def test_workers_that_are_none_are_refused_before_anything_starts(tmp_path: Path):
    for wrong in ("65", "many", "1e3", "http://cluster", "-2"):
        with pytest.raises(InvalidRequest, match="Workers are"):
            make(tmp_path, TAKES_WORKERS=wrong)
