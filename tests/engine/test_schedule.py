"""Each kind of job is asked about at the pace of its own history."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from comparisons.engine.latency_model import STARTING, refit
from comparisons.engine.poll_interval import JITTER, next_gap
from comparisons.engine.poll_scheduler import POLLS_A_SECOND, SANDBOX, Schedule
from comparisons.records import Event, Job
from providers import Request
from tests.stage import ONE_EACH, Stage, make_stage

pytestmark = pytest.mark.anyio
REF = ONE_EACH["runcomfy"]


def took(job: Job, seconds: float, uncertainty: float = 0.5, *, resumed: bool = False) -> Job:
    """The job as delivered after so many seconds at its provider, give or take what the polls leave open."""
    at = job.last_at
    for event in (
        Event("submitting", at, "submitting", "submit"),
        Event("queued", at + 1, "queued", "queue", {"handle": {"id": f"x{job.id}", "endpoint": ""}}),
        *([Event("resumed", at + 2)] if resumed else []),
        Event("succeeded", at + 1 + seconds + uncertainty, "succeeded", "download", {"uncertainty_s": uncertainty}),
        Event("delivered", at + 5 + seconds, "delivered", None, {"total_s": seconds + 4}),
    ):
        job = job.after(event)
    return job


def remember(stage: Stage, *seconds: float, simulated: bool = True, resumed: bool = False) -> Job:
    """Puts a run of delivered jobs into the ledger; returns the last."""
    run = stage.plan([REF], repeats=len(seconds) or 1)
    for job, each in zip(run.jobs, seconds, strict=True):
        for event in took(job, each, resumed=resumed).events[1:]:
            stage.ledger.record(job.id, event)
    return stage.ledger.job(run.jobs[-1].id)


def believed(stage: Stage, job: Job, speed: float = 1.0) -> float:
    return Schedule(stage.ledger, random.Random(1), stage.time.now, speed).believed(job).median_s


def test_what_a_job_is_thought_to_take_comes_from_the_latest_of_its_kind(tmp_path: Path):
    stage = make_stage(tmp_path)
    job = remember(stage, 40.0, 42.0, 44.0)
    schedule = Schedule(stage.ledger, random.Random(1), stage.time.now)
    assert schedule.believed(job) == refit(SANDBOX, [40.0, 42.0, 44.0])
    gap, plain = schedule.gap(job, 40.0), next_gap(40.0, schedule.believed(job))
    assert gap == pytest.approx(plain, rel=JITTER)
    other = replace(job, plan=replace(job.plan, options={**job.plan.options, "duration": 10}))
    assert schedule.believed(other) == SANDBOX


def test_live_jobs_and_simulated_ones_have_histories_of_their_own(tmp_path: Path):
    stage = make_stage(tmp_path)
    job = remember(stage, 40.0, 42.0, 44.0)
    live = replace(job, plan=replace(job.plan, simulated=False, live=True))
    assert Schedule(stage.ledger, random.Random(1), stage.time.now).believed(live) == STARTING


def test_a_sandbox_that_is_sped_up_is_asked_sooner_from_the_first_job_on(tmp_path: Path):
    stage = make_stage(tmp_path)
    job = stage.plan([REF]).jobs[0]
    assert believed(stage, job, speed=20.0) == pytest.approx(SANDBOX.median_s / 20)


def test_time_that_nobody_watched_is_no_part_of_a_history(tmp_path: Path):
    stage = make_stage(tmp_path)
    remember(stage, 900.0, 950.0, resumed=True)
    job = stage.plan([REF]).jobs[0]
    assert believed(stage, job) == SANDBOX.median_s
    schedule = Schedule(stage.ledger, random.Random(1), stage.time.now)
    schedule.learn(took(job, 900.0, resumed=True))
    assert schedule.believed(job) == SANDBOX


def test_what_was_just_learned_is_what_a_new_process_reads_from_the_ledger(tmp_path: Path):
    stage = make_stage(tmp_path)
    jobs = stage.plan([REF], repeats=3).jobs
    job = jobs[0]
    schedule = Schedule(stage.ledger, random.Random(1), stage.time.now)
    assert schedule.believed(job) == SANDBOX
    for each in jobs:
        schedule.gap(each, 1.0)
    for each, seconds in zip(jobs, (31.0, 33.0, 35.0), strict=True):
        schedule.learn(took(each, seconds))
    remember(stage, 31.0, 33.0, 35.0)
    assert schedule.believed(job) == Schedule(stage.ledger, random.Random(2), stage.time.now).believed(job)


async def test_the_end_is_seen_soon_from_the_first_job_on_and_a_history_costs_no_more_polls(tmp_path: Path):
    stage = make_stage(tmp_path)
    polls, late = [], []
    for _ in range(12):
        before = stage.requests("runcomfy", "poll")
        job = await stage.one(REF, Request("a boat"))
        polls.append(stage.requests("runcomfy", "poll") - before)
        late.append(job.timings(job.last_at).uncertainty)
    assert max(late) <= 1.5
    assert sum(polls[-4:]) <= sum(polls[:4]) * 1.2


def test_with_hundreds_of_jobs_polls_are_planned_no_faster_than_one_process_can_ask(tmp_path: Path):
    stage = make_stage(tmp_path)
    job = stage.plan([REF]).jobs[0]
    schedule = Schedule(stage.ledger, random.Random(1), stage.time.now)
    alone = schedule.gap(job, 14.0)
    due = []
    for _ in range(20 * 1000):  # a thousand jobs near their end, each asked about again when it is due
        due.append(stage.time.now() + schedule.gap(job, 14.0))
        if len(due) >= 1000:
            stage.time.jump(max(0.0, min(due) - stage.time.now()))
            due.remove(min(due))
    assert alone < 2
    assert 20 * 1000 / (stage.time.now() - 1_800_000_000.0) <= POLLS_A_SECOND * 1.1
