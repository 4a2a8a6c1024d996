"""One job through one engine: what is recorded, what is billed, what time it took, whatever goes wrong."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from comparisons.engine.concurrency import Places
from comparisons.engine.retry_policy import WATCH_S
from comparisons.records import PHASES, Event
from comparisons.words import wanted_words
from providers import PROVIDERS, Request
from providers.sandbox import FaultPlan
from tests.stage import ONE_EACH, VARIANTS, make_stage, tiny_clip

pytestmark = pytest.mark.anyio
SLUGS = list(PROVIDERS)


def fault(kind: str, slug: str = "", operation: str = "", **more: object) -> str:
    lines = [f'kind = "{kind}"', f'provider = "{slug}"', f'operation = "{operation}"']
    given = [line for line in lines if not line.endswith('""')]
    return "\n".join(["[[fault]]", *given, *[f"{key} = {value}" for key, value in more.items()]]) + "\n"


OF_EACH_KIND = {(v.provider, *((each.name, each.need, each.array) for each in v.inputs.values())): v for v in VARIANTS}
"""One variant of each provider and of each kind of images; that the others' bodies are taken needs no engine."""


@pytest.mark.parametrize("ref", [variant.ref for variant in OF_EACH_KIND.values()])
async def test_a_variant_of_every_kind_goes_from_submit_to_clip_with_one_charge(tmp_path: Path, ref: str):
    stage = make_stage(tmp_path)
    job = await stage.one(ref)
    assert (job.state, job.error) == ("delivered", None)
    assert stage.charges() == stage.requests(job.plan.provider, "submit") == 1
    assert (tmp_path / "clips" / job.result.file).stat().st_size == job.result.bytes
    assert job.result.media.frames == 24
    assert not list((tmp_path / "clips").glob("*.part"))


@pytest.mark.parametrize("slug", SLUGS)
async def test_phases_add_up_to_the_total(tmp_path: Path, slug: str):
    stage = make_stage(tmp_path, fault("rate_limited", slug, "submit", retry_after=4))
    job = await stage.one(ONE_EACH[slug])
    timings = job.timings(stage.time.now())
    assert timings.total == pytest.approx(sum(timings.phases[phase] for phase in PHASES), abs=1e-6)
    assert timings.held >= 4  # the wait the provider asked for is ours, not its latency
    assert timings.phases["submit"] == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("slug", SLUGS)
async def test_measured_latency_agrees_with_the_sandbox_within_its_uncertainty(tmp_path: Path, slug: str):
    stage = make_stage(tmp_path)
    job = await stage.one(ONE_EACH[slug])
    (truth,) = stage.world.describe()["jobs"]
    timings = job.timings(stage.time.now())
    ours = timings.phases["queue"] + timings.phases["generate"]
    theirs = truth["finished_at"] - truth["accepted_at"]
    assert theirs <= ours <= theirs + 2 * timings.uncertainty + 1e-6
    assert 0 < timings.uncertainty <= 1.0


@pytest.mark.parametrize("slug", SLUGS)
async def test_polls_that_say_nothing_new_are_not_written_one_by_one_and_the_last_is_there(tmp_path: Path, slug: str):
    stage = make_stage(tmp_path, fault("stuck", slug, seconds=120))
    job = await stage.one(ONE_EACH[slug])
    written = stage.ledger.job(job.id).events
    polls = [event for event in written if event.kind == "polled"]
    done = next(event for event in written if event.kind == "succeeded")
    before = max(event.at for event in written if event.at < done.at)
    assert len(polls) <= stage.requests(slug, "poll") / 3
    assert done.data["uncertainty_s"] == pytest.approx((done.at - before) / 2)


@pytest.mark.parametrize("slug", SLUGS)
async def test_a_429_on_submit_is_waited_out_and_submitted_once_more(tmp_path: Path, slug: str):
    stage = make_stage(tmp_path, fault("rate_limited", slug, "submit", retry_after=7))
    job = await stage.one(ONE_EACH[slug])
    assert job.state == "delivered"
    assert stage.requests(slug, "submit") == 2
    assert stage.charges() == 1


async def test_runninghubs_429_inside_http_200_is_waited_out_too(tmp_path: Path):
    stage = make_stage(tmp_path, fault("rate_limited_code", "runninghub", "submit"))
    job = await stage.one(ONE_EACH["runninghub"])
    assert job.state == "delivered"
    assert stage.charges() == 1


@pytest.mark.parametrize("kind", ["drop_after_accept", "malformed_json", "server_error"])
@pytest.mark.parametrize("slug", SLUGS)
async def test_a_submit_whose_fate_is_unknown_is_never_sent_again_without_a_key(tmp_path: Path, slug: str, kind: str):
    stage = make_stage(tmp_path, fault(kind, slug, "submit"))
    job = await stage.one(ONE_EACH[slug])
    if PROVIDERS[slug].idempotency_s is None:
        assert job.state == "uncertain"
        assert "may exist and be billed" in job.error
        assert stage.requests(slug, "submit") == 1
    else:
        assert job.state == "delivered"
        assert stage.requests(slug, "submit") == 2
    assert stage.charges() <= 1


@pytest.mark.parametrize(
    ("kind", "operation"),
    [("server_error", "poll"), ("malformed_json", "poll"), ("unknown_status", "poll"), ("rate_limited", "poll")],
)
@pytest.mark.parametrize("slug", SLUGS)
async def test_a_poll_that_goes_wrong_is_a_missed_poll_not_a_failed_job(
    tmp_path: Path, slug: str, kind: str, operation: str
):
    stage = make_stage(tmp_path, fault(kind, slug, operation, times=3))
    job = await stage.one(ONE_EACH[slug])
    assert job.state == "delivered"
    assert stage.requests(slug, "submit") == stage.charges() == 1


@pytest.mark.parametrize("kind", ["expired_url", "truncated_clip", "html_clip", "server_error", "rate_limited"])
@pytest.mark.parametrize("slug", SLUGS)
async def test_a_clip_that_does_not_arrive_whole_is_fetched_again(tmp_path: Path, slug: str, kind: str):
    stage = make_stage(tmp_path, fault(kind, slug, "download"))
    job = await stage.one(ONE_EACH[slug])
    assert (job.state, job.error) == ("delivered", None)
    no_url = (
        kind == "expired_url" and PROVIDERS[slug].own_server
    )  # its clips are behind the key, for as long as it runs
    assert stage.requests(slug, "download") == (1 if no_url else 2)
    assert stage.requests(slug, "submit") == 1


@pytest.mark.parametrize("slug", SLUGS)
async def test_a_clip_that_never_arrives_stays_paid_and_is_fetched_by_the_next_start(tmp_path: Path, slug: str):
    stage = make_stage(tmp_path, fault("html_clip", slug, "download", times=99), clip_patience_s=10)
    job = await stage.one(ONE_EACH[slug])
    assert job.state == "succeeded"
    assert "paid for" in job.error
    assert stage.time.now() - job.last("succeeded").at <= 15
    stage.world.faults = FaultPlan()
    (job,) = await stage.reborn().advance(stage.ledger.job(job.id))
    assert job.state == "delivered"
    assert stage.charges() == 1


@pytest.mark.parametrize("slug", SLUGS)
async def test_refused_content_fails_on_the_providers_word_and_costs_what_it_says(tmp_path: Path, slug: str):
    stage = make_stage(tmp_path, fault("content_refused", slug, "submit"))
    job = await stage.one(ONE_EACH[slug])
    assert job.state == "failed"
    assert job.error.startswith(PROVIDERS[slug].name)
    assert stage.charges() == 0
    assert job.cost.listed is None  # a price list does not say what a failure costs


@pytest.mark.slow
@pytest.mark.parametrize("slug", SLUGS)
async def test_patience_ends_but_a_stuck_job_does_not(tmp_path: Path, slug: str):
    stage = make_stage(tmp_path, fault("stuck", slug, "submit", seconds=WATCH_S + 600))
    job = await stage.one(ONE_EACH[slug])
    assert job.state == "queued"
    assert "resume" in job.error
    stage.ledger.record(job.id, Event("resumed", stage.time.now()))
    (job,) = await stage.reborn().advance(stage.ledger.job(job.id))
    assert job.state == "delivered"
    assert stage.requests(slug, "submit") == stage.charges() == 1


@pytest.mark.parametrize("slug", [slug for slug in SLUGS if slug in ("apiframe", "runninghub")])
async def test_an_upload_that_fails_is_repeated_and_starts_nothing(tmp_path: Path, slug: str):
    stage = make_stage(tmp_path, fault("server_error", slug, "upload", times=2))
    ref = next(v.ref for v in VARIANTS if v.provider == slug and v.need("first_frame") == "required")
    job = await stage.one(ref)
    assert job.state == "delivered"
    assert stage.requests(slug, "upload") == 3
    assert stage.requests(slug, "submit") == 1


async def test_an_upload_that_never_works_rejects_the_job_before_anything_is_billed(tmp_path: Path):
    stage = make_stage(tmp_path, fault("server_error", "apiframe", "upload", times=500))
    job = await stage.one("apiframe:hailuo-2.3-fast")
    assert job.state == "rejected"
    assert "nothing was started" in job.error
    assert job.owes_nothing
    assert stage.requests("apiframe", "submit") == 0


async def test_times_never_run_backwards_when_the_system_clock_does(tmp_path: Path):
    stage = make_stage(tmp_path)
    run = stage.plan([ONE_EACH["runcomfy"]])
    stage.time.jump(-3600)
    (job,) = await stage.advance(*run.jobs)
    at = [event.at for event in job.events if event.phase]
    assert at == sorted(at)
    assert job.timings(stage.time.now()).total >= 0


async def test_a_variant_that_left_the_catalogue_is_rejected_not_guessed(tmp_path: Path):
    stage = make_stage(tmp_path)
    run = stage.plan(["apiframe:hailuo-2.3"])
    stage.engine._submission._variants = ()
    (job,) = await stage.advance(*run.jobs)
    assert job.state == "rejected"
    assert "No variant is called" in job.error


# stopping ---------------------------------------------------------------------------------------------------------


async def stopped(stage, ref: str, when: float) -> object:
    """A job of ``ref``, asked to stop ``when`` seconds after it began."""
    run = stage.plan([ref])

    async def stop() -> None:
        await stage.time.sleep(when)
        stage.ledger.record(run.jobs[0].id, Event("stop", stage.time.now()))
        stage.engine.stop(run.jobs[0].id)

    async def both() -> object:
        job, _ = await asyncio.gather(stage.engine.advance(run.jobs[0], Places(1, stage.time.now)), stop())
        return job

    return await stage.time.run(both())


async def test_stopping_in_the_queue_cancels_at_a_provider_that_can(tmp_path: Path):
    stage = make_stage(tmp_path, fault("stuck", "runcomfy", "submit", seconds=100))
    job = await stopped(stage, ONE_EACH["runcomfy"], 1.2)
    assert (job.state, job.error) == ("canceled", "Stopped: RunComfy canceled it.")
    assert stage.charges() == 0


async def test_stopping_too_late_delivers_the_clip_that_is_paid_for(tmp_path: Path):
    ref = ONE_EACH["runcomfy"]
    rehearsal = make_stage(tmp_path / "rehearsal")
    await rehearsal.one(ref)  # the same seed: the same latencies
    (truth,) = rehearsal.world.describe()["jobs"]
    stage = make_stage(tmp_path)
    job = await stopped(stage, ref, truth["started_at"] - truth["accepted_at"] + 0.5)
    assert job.state == "delivered"
    assert job.said("outcome") == "too_late"


async def test_stopping_where_there_is_no_cancel_only_stops_waiting(tmp_path: Path):
    stage = make_stage(tmp_path)
    job = await stopped(stage, ONE_EACH["apiframe"], 2)
    assert job.state in ("queued", "running")
    assert "may still be billed" in job.error
    (job,) = await stage.reborn().advance(stage.ledger.job(job.id))  # the clip is not lost
    assert job.state == "delivered"
    assert stage.charges() == 1


async def test_odirouter_confirms_a_cancel_by_a_later_poll(tmp_path: Path):
    stage = make_stage(tmp_path, fault("stuck", "odirouter", "submit", seconds=60))
    job = await stopped(stage, ONE_EACH["odirouter"], 3)
    assert job.state == "canceled"
    assert job.said("outcome") == "requested"


async def test_stopping_before_anything_was_sent_sends_nothing(tmp_path: Path):
    stage = make_stage(tmp_path)
    (job,) = stage.plan([ONE_EACH["runninghub"]]).jobs
    stage.ledger.record(job.id, Event("stop", stage.time.now()))
    (job,) = await stage.advance(job)
    assert (job.state, job.error) == ("canceled", "Stopped before anything was sent.")
    assert job.owes_nothing
    assert stage.world.requests() == {}


async def test_a_job_found_at_its_provider_needs_no_place_and_is_not_called_unsent(tmp_path: Path):
    stage = make_stage(tmp_path)
    (job,) = stage.plan([ONE_EACH["runcomfy"]]).jobs
    stage.ledger.record(job.id, Event("stop", stage.time.now()))
    handle = {"id": "never-accepted", "endpoint": "e"}
    stage.ledger.record(job.id, Event("queued", stage.time.now(), "queued", "queue", {"handle": handle}))
    no_place = Places(0, stage.time.now)
    job = await stage.time.run(stage.reborn().engine.advance(stage.ledger.job(job.id), no_place))
    assert job.state == "queued"
    assert "may still be billed" in job.error


async def test_the_request_is_recorded_as_asked_and_as_sent(tmp_path: Path):
    stage = make_stage(tmp_path)
    job = await stage.one(
        "odirouter:minimax_hailuo_23_t2v", Request("a boat").asking(duration=10, prompt_optimizer=False)
    )
    assert wanted_words(job.plan.asked) == "10 s · own resolution · text only · optimizer off"
    assert wanted_words(job.plan.sent) == "10 s · 768p · text only · optimizer off"


# what an adversary found ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("second", ["rate_limited", "server_error"])
async def test_a_repeat_that_is_refused_does_not_make_a_billed_job_unstarted(tmp_path: Path, second: str):
    plan = fault("drop_after_accept", "apiframe", "submit") + fault(
        second, "apiframe", "submit", after=1, times=99, retry_after=300
    )
    stage = make_stage(tmp_path, plan)
    job = await stage.one(ONE_EACH["apiframe"])
    assert stage.charges() == 1
    assert job.state == "submitting"  # patience ended; the next start repeats it under its key
    assert not job.owes_nothing


async def test_stopping_while_a_repeat_waits_does_not_call_a_billed_job_unsent(tmp_path: Path):
    plan = fault("drop_after_accept", "apiframe", "submit") + fault("rate_limited", "apiframe", "submit", after=1)
    stage = make_stage(tmp_path, plan)
    job = await stopped(stage, ONE_EACH["apiframe"], 1.5)
    assert stage.charges() == 1
    assert job.state not in ("canceled", "rejected")


@pytest.mark.slow
async def test_a_clip_that_has_its_name_already_is_not_asked_for_again(tmp_path: Path):
    stage = make_stage(tmp_path, fault("expired_url", "apiframe", "download", times=999))
    job = await stage.one(ONE_EACH["apiframe"])
    assert job.state == "succeeded"
    (tmp_path / "clips" / f"{job.id}.mp4").write_bytes(tiny_clip().read_bytes())  # killed before it was recorded
    (job,) = await stage.reborn().advance(stage.ledger.job(job.id))
    assert job.state == "delivered"
    assert job.result.bytes == tiny_clip().stat().st_size


async def test_a_url_in_a_providers_words_is_not_written_down(tmp_path: Path):
    stage = make_stage(tmp_path)
    (job,) = stage.plan([ONE_EACH["apiframe"]]).jobs
    job = await stage.engine._recorder.record(
        job, "failed", state="failed", error="cannot read https://cos/x.png?sign=SECRET now"
    )
    assert stage.ledger.job(job.id).error == "cannot read (a URL) now"


async def test_half_a_character_in_a_providers_words_stops_no_job(tmp_path: Path):
    stage = make_stage(tmp_path)
    (job,) = stage.plan([ONE_EACH["apiframe"]]).jobs
    await stage.engine._recorder.record(job, "polled", said="wait \ud83d")
    assert stage.ledger.job(job.id).said("said") == "wait ?"


async def test_a_job_over_in_the_ledger_is_not_advanced_by_a_stale_copy(tmp_path: Path):
    stage = make_stage(tmp_path)
    (stale,) = stage.plan([ONE_EACH["runcomfy"]]).jobs
    await stage.advance(stale)
    (job,) = await stage.advance(stale)
    assert job.state == "delivered"
    assert stage.charges() == stage.requests("runcomfy", "submit") == 1
