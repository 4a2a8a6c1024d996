"""A take of which nobody knows whether it is billed is found again or closed, and never sent twice."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from comparisons.ledger import Ledger
from comparisons.playground import Playground
from comparisons.records import HOST, Event, Job, Run
from comparisons.runs import compare
from comparisons.runs.compare import Choice
from comparisons.runs.reconcile import SLACK_S, _may_be
from comparisons.words import state_words
from providers import PROVIDERS, InvalidRequest, NotFound, References, Sighting, find
from providers.sandbox import World
from tests.stage import ONE_EACH, VARIANTS
from tests.test_playground import TEXT, make


def ref_of(slug: str) -> str:
    return next(v.ref for v in VARIANTS if v.provider == slug and v.need("first_frame") != "required")


def dropped(home: Path, slug: str) -> tuple[Playground, Job]:
    """A playground with one job that was accepted and charged, and whose answer never came."""
    playground = make(home, f'[[fault]]\nkind = "drop_after_accept"\nprovider = "{slug}"')
    run = playground.start(TEXT, Choice(refs=(ref_of(slug),)), simulated=True)
    playground.wait()
    return playground, playground.run(run.id).jobs[0]


def world_of(playground: Playground) -> World:
    return playground.wires._world


def theirs(playground: Playground) -> list[str]:
    """The ids of the jobs that the sandbox has accepted."""
    return [job["id"] for job in world_of(playground).describe()["jobs"]]


def submits(playground: Playground, slug: str) -> int:
    return world_of(playground).requests()[slug]["submit"]


@pytest.mark.parametrize("slug", [slug for slug, provider in PROVIDERS.items() if provider.idempotency_s is None])
def test_a_take_that_is_found_by_its_providers_id_is_fetched_and_not_sent_again(tmp_path: Path, slug: str):
    playground, job = dropped(tmp_path, slug)
    assert job.state == "uncertain"
    (accepted,) = theirs(playground)
    playground.reconciler.found(job.id, f" {accepted} ")
    playground.wait()
    job = playground.ledger.job(job.id)
    assert (job.state, job.error) == ("delivered", None)
    assert job.resumed
    assert submits(playground, slug) == 1
    assert world_of(playground).charges() == 1
    assert playground.reconciler.uncertain() == []
    playground.close()


def test_an_id_the_provider_does_not_know_changes_nothing(tmp_path: Path):
    playground, job = dropped(tmp_path, "runcomfy")
    with pytest.raises(NotFound):
        playground.reconciler.found(job.id, "no-such-id")
    assert playground.ledger.job(job.id).state == "uncertain"
    playground.close()


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 201, "..", "a/b", "a?b"])
def test_what_is_no_id_is_not_even_asked_about(tmp_path: Path, name: str):
    playground, job = dropped(tmp_path, "runcomfy")
    before = world_of(playground).requests()
    with pytest.raises(InvalidRequest, match="Paste the id"):
        playground.reconciler.found(job.id, name)
    assert world_of(playground).requests() == before
    playground.close()


def test_the_id_of_another_take_is_refused(tmp_path: Path):
    playground, job = dropped(tmp_path, "runcomfy")
    run = playground.start(TEXT, Choice(refs=(ref_of("runcomfy"),)), simulated=True)
    playground.wait()
    other = playground.run(run.id).jobs[0].handle.id
    with pytest.raises(InvalidRequest, match="another take of yours"):
        playground.reconciler.found(job.id, other)
    playground.close()


def test_a_take_that_was_not_charged_is_closed_and_owes_nothing(tmp_path: Path):
    playground, job = dropped(tmp_path, "runcomfy")
    playground.reconciler.not_charged(job.id)
    job = playground.ledger.job(job.id)
    assert job.owes_nothing
    assert (state_words(job), job.error) == (
        "Not charged, by your word",
        "You said that the provider does not have it.",
    )
    assert submits(playground, "runcomfy") == 1
    playground.close()


def test_one_closed_by_mistake_can_still_be_found(tmp_path: Path):
    playground, job = dropped(tmp_path, "runcomfy")
    playground.reconciler.not_charged(job.id)
    playground.reconciler.found(job.id, theirs(playground)[0])
    playground.wait()
    assert playground.ledger.job(job.id).state == "delivered"
    with pytest.raises(InvalidRequest, match="nothing to reconcile"):
        playground.reconciler.not_charged(job.id)
    assert playground.ledger.job(job.id).state == "delivered"
    playground.close()


def test_only_an_uncertain_take_can_be_reconciled(tmp_path: Path):
    playground = make(tmp_path)
    run = playground.start(TEXT, Choice(refs=(ref_of("runcomfy"),)), simulated=True)
    playground.wait()
    job = run.jobs[0].id
    for act in (
        playground.reconciler.look_for,
        playground.reconciler.not_charged,
        lambda job: playground.reconciler.found(job, "x"),
    ):
        with pytest.raises(InvalidRequest, match="nothing to reconcile"):
            act(job)
    playground.close()


def test_a_provider_that_cannot_list_its_jobs_is_said_so(tmp_path: Path):
    playground, job = dropped(tmp_path, "runcomfy")
    assert (
        playground.reconciler.look_for(job.id)
        == "RunComfy's API lists no jobs: look at its page, then say what you found."
    )
    assert playground.ledger.job(job.id).state == "uncertain"
    playground.close()


# a provider that lists its jobs -----------------------------------------------------------------------------------


def lost(playground: Playground, count: int, ago_s: float = 0.0) -> list[Job]:
    """Jobs that Apiframe has accepted, while all that is known here is when their submits went out, long ago."""
    variant = find(ONE_EACH["apiframe"], VARIANTS)
    offers = [compare.offer(variant, TEXT, "sandbox")]
    now = playground.clock.now()
    press = compare.Press(now, simulated=True, live=False, repeats=count)
    run = compare.plan_run(offers, TEXT, press, keep=lambda image: None, rng=random.Random(1))
    playground.ledger.add_run(run)
    wire, provider = playground.wires.to(HOST, True), PROVIDERS["apiframe"]
    for job in run.jobs:
        playground.workers.call(wire.send("apiframe", provider.submit(variant, TEXT, References(), job.id)))
        playground.ledger.record(job.id, Event("submitting", now - ago_s, "submitting", "submit"))
        playground.ledger.record(job.id, Event("uncertain", now - ago_s, "uncertain", None, {"error": "no answer"}))
    return list(run.jobs)


def test_apiframe_is_asked_and_the_take_it_has_is_fetched(tmp_path: Path):
    playground = make(tmp_path)
    (job,) = lost(playground, 1)
    assert "its clip is being fetched" in playground.reconciler.look_for(job.id)
    playground.wait()
    assert playground.ledger.job(job.id).state == "delivered"
    assert submits(playground, "apiframe") == world_of(playground).charges() == 1
    playground.close()


def test_where_several_may_be_it_a_person_decides(tmp_path: Path):
    playground = make(tmp_path)
    first, second = lost(playground, 2)
    said = playground.reconciler.look_for(first.id)
    assert said.startswith("It may be one of these at Apiframe: ")
    ids = theirs(playground)
    assert all(each in said for each in ids)
    playground.reconciler.found(first.id, ids[0])
    assert "its clip is being fetched" in playground.reconciler.look_for(second.id)  # only one is left
    playground.wait()
    assert {playground.ledger.job(job.id).state for job in (first, second)} == {"delivered"}
    playground.close()


@pytest.mark.parametrize("state", ["submitting", "uncertain", "rejected"])
def test_the_one_job_of_two_takes_is_handed_to_neither_of_them_by_itself(tmp_path: Path, state: str):
    """Whoever's the other one is; it may still be on its way, or have been closed by mistake."""
    playground = make(tmp_path)
    (job,) = lost(playground, 1)
    rival = replace(job, id=f"j_{'b' * 32}", run=f"r_{'b' * 32}", events=job.events[:1])
    playground.ledger.add_run(Run(rival.run, job.last_at, job.plan.prompt, True, (rival,), owner="b" * 32))
    playground.ledger.record(rival.id, Event("submitting", job.last_at, "submitting", "submit"))
    if state != "submitting":
        playground.ledger.record(rival.id, Event("uncertain", job.last_at, "uncertain"))
    if state == "rejected":
        playground.reconciler.not_charged(rival.id)
    (there,) = theirs(playground)
    assert playground.reconciler.look_for(job.id).startswith(f"It may be one of these at Apiframe: {there}.")
    assert [playground.ledger.job(each.id).state for each in (job, rival)] == ["uncertain", state]
    playground.close()


def test_two_that_are_found_at_once_under_one_id_are_not_both_it(tmp_path: Path):
    playground = make(tmp_path)
    jobs, (there, _) = lost(playground, 2), theirs(playground)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Ledger, "knows", lambda *_: False)  # as each of two processes has seen it
        playground.reconciler.found(jobs[0].id, there)
        with pytest.raises(InvalidRequest, match="another take of yours already"):
            playground.reconciler.found(jobs[1].id, there)
    playground.wait()
    assert [playground.ledger.job(job.id).state for job in jobs] == ["delivered", "uncertain"]
    assert not list((tmp_path / "locks").iterdir())
    playground.close()


def test_a_job_of_another_time_is_not_taken_for_it(tmp_path: Path):
    playground = make(tmp_path)
    (job,) = lost(playground, 1, ago_s=2 * SLACK_S)
    assert "lists no such job from then" in playground.reconciler.look_for(job.id)
    assert playground.ledger.job(job.id).state == "uncertain"
    playground.close()


def test_a_job_with_another_prompt_is_not_taken_for_it(tmp_path: Path):
    playground = make(tmp_path)
    (job,) = lost(playground, 1)
    seen = [Sighting("a", job.plan.endpoint, playground.clock.now(), prompt="another prompt")]
    assert not [each for each in seen if _may_be(each, job)]
    playground.close()
