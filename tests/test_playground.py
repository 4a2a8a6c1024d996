"""The playground: runs outlive whoever watches them, and no two processes touch the same one."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from comparisons import settings, viewer
from comparisons.clock import Clock
from comparisons.media import images
from comparisons.playground import Playground
from comparisons.runs import compare
from comparisons.runs.compare import Choice, Consent
from comparisons.ui.compare import tables
from comparisons.viewer import charts, figures
from providers import InvalidRequest, Request
from providers.sandbox import FaultPlan, Tempo, World
from tests.stage import ONE_EACH, tiny_clip

FAST = Choice(refs=(ONE_EACH["runcomfy"], ONE_EACH["apiframe"]))
TEXT = Request("A paper boat, [Push in]")


async def hurry(seconds: float) -> None:
    """What Takes waits, between polls above all, in a tenth of the time."""
    await asyncio.sleep(seconds / 10)


def make(home: Path, faults: str = "", speed: int = 1000, **env: str) -> Playground:
    """A playground in a hurry, whose sandbox runs so many times faster than real, with one clip for all."""
    found = settings.read({"TAKES_HOME": str(home), "TAKES_SANDBOX_SPEED": str(speed), **env}, Path("/nonexistent"))
    world = World(
        tempo=Tempo(Clock().now, speed=speed),
        faults=FaultPlan.parse(faults),
        renderer=lambda spec, folder: tiny_clip(),
        journal=home / "world" if home.is_dir() else None,
    )
    return Playground(found, world=world, sleep=hurry)


@pytest.fixture
def playground(tmp_path: Path):
    made = make(tmp_path)
    yield made
    made.close()


def test_a_run_goes_on_with_nobody_watching(playground: Playground):
    run = playground.start(TEXT, FAST, simulated=True)
    assert playground.active(run.id)
    playground.wait([run.id])
    ended = playground.ledger.run(run.id)
    assert [job.state for job in ended.jobs] == ["delivered"] * 2
    assert not playground.active(run.id)


def test_closing_leaves_jobs_as_they_are_and_the_next_start_goes_on(tmp_path: Path):
    first = make(tmp_path)
    run = first.start(TEXT, FAST, simulated=True)
    first.close()
    second = make(tmp_path)
    second.resume()
    second.wait()
    jobs = second.ledger.run(run.id).jobs
    assert {job.state for job in jobs} == {"delivered"}
    assert all(sum(event.kind == "submitting" for event in job.events) <= 2 for job in jobs)
    second.close()


def test_a_run_belongs_to_one_process_at_a_time(tmp_path: Path):
    first = make(tmp_path, '[[fault]]\nkind = "stuck"\nseconds = 60\ntimes = 9')
    run = first.start(TEXT, FAST, simulated=True)
    second = make(tmp_path)
    assert second.resume() == []
    with pytest.raises(InvalidRequest, match="another Takes"):
        second.again(run.jobs[0].id)
    first.close()
    assert second.resume() == [run.id]
    second.close()


def test_stopping_from_another_process_reaches_the_one_that_runs_it(tmp_path: Path):
    first = make(tmp_path, '[[fault]]\nkind = "stuck"\nseconds = 600')
    run = first.start(TEXT, Choice(refs=(ONE_EACH["runcomfy"],)), simulated=True)
    second = make(tmp_path)
    second.stop(run.jobs[0].id)
    first.wait()
    assert first.ledger.job(run.jobs[0].id).state == "canceled"
    second.close()
    first.close()


def test_taking_again_is_a_new_job_of_the_same_run_priced_again(playground: Playground):
    run = playground.start(TEXT, FAST, simulated=True)
    playground.wait()
    again = playground.again(run.jobs[0].id)
    playground.wait()
    jobs = playground.ledger.run(run.id).jobs
    assert len(jobs) == 3
    assert jobs[2].id == again.id
    assert jobs[2].plan.quoted == jobs[0].plan.quoted is not None
    assert jobs[2].state == "delivered"


def test_a_place_at_a_provider_is_waited_for_as_held_time(tmp_path: Path):
    playground = make(tmp_path)
    ref = ONE_EACH["runninghub"]
    run = playground.start(Request("x", images.placeholder()), Choice(refs=(ref,)), simulated=True, repeats=7)
    playground.wait()
    jobs = playground.ledger.run(run.id).jobs
    held = [job.timings(0).held for job in jobs]
    assert {job.state for job in jobs} == {"delivered"}
    assert max(held) > min(held) + 0.1
    playground.close()


def test_live_without_keys_is_refused_with_the_names_of_the_variables(playground: Playground):
    with pytest.raises(InvalidRequest, match="RH_API_KEY"):
        playground.offers.simulated("live")
    assert playground.offers.simulated(None) is True


def test_with_a_key_the_default_is_live_and_only_for_providers_that_have_one(tmp_path: Path):
    playground = make(tmp_path, APIFRAME_API_KEY="afk_x")
    assert playground.offers.simulated(None) is False
    assert {v.provider for v in playground.offers.callable_variants(simulated=False)} == {"apiframe"}
    with pytest.raises(InvalidRequest, match="RunComfy has no key: set RUNCOMFY_API_TOKEN"):
        playground.offers.of(TEXT, Choice(refs=(ONE_EACH["runcomfy"],)), simulated=False)
    playground.close()


def test_a_budget_stops_a_run_before_anything_is_recorded(playground: Playground):
    with pytest.raises(InvalidRequest, match="Nothing was started"):
        playground.start(TEXT, Choice(refs=(ONE_EACH["runcomfy"],)), simulated=True, consent=Consent(Decimal("0.01")))
    assert playground.ledger.jobs() == []


def test_the_page_shows_what_the_ledger_says(tmp_path: Path):
    playground = make(tmp_path, TAKES_USD_PER_CREDIT="none")
    run = playground.start(TEXT, FAST, simulated=True)
    playground.wait()
    run = playground.ledger.run(run.id)
    shown = viewer.snapshot(run, playground.clock.now(), lambda job, kind: f"{kind} of {job.id}")
    assert shown["done"]
    assert [cell["state"] for cell in shown["cells"]] == ["delivered"] * 2
    frame = playground.frame(run)
    assert list(tables.shown(frame, run)["Status"]) == ["delivered"] * 2
    bars, costs = figures.bars(run), figures.costs(run, playground.settings.usd)
    assert sum(bar.total for bar in bars) == pytest.approx(frame["total_s"].astype(float).sum(), abs=1e-4)
    assert costs.unit in ("USD", "credits")
    assert len(costs.points) == 1  # dollars and credits have no common axis without a rate
    assert "1 of 2 takes are not shown" in charts.cost_note(costs)
    playground.close()


def test_a_file_where_the_data_folder_should_be_is_one_sentence(tmp_path: Path):
    (tmp_path / "home").write_text("not a folder")
    with pytest.raises(InvalidRequest, match="set TAKES_HOME"):
        make(tmp_path / "home")


def test_a_live_run_at_a_sandbox_on_the_wire_is_simulated_and_never_mixes(tmp_path: Path):
    at_sandbox = {"APIFRAME_API_KEY": "afk_x", "APIFRAME_BASE_URL": "http://127.0.0.1:9/apiframe"}
    playground = make(tmp_path, **at_sandbox, RUNCOMFY_API_TOKEN="x")
    both = [compare.offer(v, TEXT, "h") for v in playground.variants if v.ref in FAST.refs]
    one = [each for each in both if each.variant.provider == "apiframe"]
    assert compare.lead_to_sandbox(one, playground.settings.targets) is True
    with pytest.raises(InvalidRequest, match="a run takes one kind"):
        compare.lead_to_sandbox(both, playground.settings.targets)
    playground.close()
