"""Places at a provider: in order, fewer after a 429, none for those that wait when the key is refused."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from comparisons.engine.concurrency import BURST_S, CAUTION_S, SENDING, Places, Untried
from comparisons.net import sandboxed
from comparisons.net.transport import Transport
from comparisons.records import Job
from providers import PROVIDERS
from tests.engine.test_engine import fault
from tests.stage import ONE_EACH, FakeTime, Stage, make_stage

pytestmark = pytest.mark.anyio


async def test_places_are_given_out_in_the_order_they_were_asked_for():
    places, order = Places(2, FakeTime().now), []

    async def job(name: int) -> None:
        await places.enter()
        order.append(name)
        await asyncio.sleep(0)
        places.leave()

    await asyncio.gather(*(job(name) for name in range(6)))
    assert order == list(range(6))
    assert places.free


async def test_a_place_given_to_somebody_who_left_goes_to_the_next():
    places = Places(1, FakeTime().now)
    await places.enter()
    gone, stays = asyncio.ensure_future(places.enter()), asyncio.ensure_future(places.enter())
    await asyncio.sleep(0)
    places.leave()  # the place is given to the first who waits …
    gone.cancel()  # … who is gone before it hears of it
    await asyncio.gather(gone, return_exceptions=True)
    await asyncio.wait_for(stays, 1)


def test_a_429_halves_the_places_for_a_while_and_a_burst_counts_once():
    time = FakeTime()
    places = Places(8, time.now)
    for _ in range(5):
        places.too_many()
        time.jump(BURST_S / 5)
    assert places.capacity == 4
    time.jump(BURST_S)
    places.too_many()
    assert places.capacity == 2
    time.jump(CAUTION_S)
    assert places.capacity == 8


def test_there_is_always_one_place():
    time = FakeTime()
    places = Places(1, time.now)
    places.too_many()
    assert places.capacity == 1


def test_only_those_planned_before_the_refusal_need_not_try():
    time = FakeTime()
    places = Places(1, time.now)
    places.check(time.now())
    places.refuse("no")
    with pytest.raises(Untried):
        places.check(time.now())
    time.jump(1)
    places.check(time.now())


async def together(stage: Stage, ref: str, takes: int, limit: int) -> tuple[list[Job], Places]:
    """Takes of one variant, with so many places."""
    jobs, places = stage.plan([ref], repeats=takes).jobs, Places(limit, stage.time.now)

    async def all_of_them() -> list[Job]:
        return list(await asyncio.gather(*(stage.engine.advance(job, places) for job in jobs)))

    return await stage.time.run(all_of_them()), places


@pytest.mark.parametrize("slug", PROVIDERS)
async def test_a_401_on_a_submit_keeps_the_providers_other_jobs_from_being_tried(tmp_path: Path, slug: str):
    stage = make_stage(tmp_path)
    stage = stage.reborn(wire=stage.wire.with_keys(dict.fromkeys(PROVIDERS, "bad-key")))
    jobs, _ = await together(stage, ONE_EACH[slug], 5, 1)
    first = "upload" if stage.requests(slug, "upload") else "submit"
    assert stage.requests(slug, first) == 1
    assert {job.state for job in jobs} == {"rejected"}
    sentence = f"{PROVIDERS[slug].name} refused the key for another take, so this one was not sent."
    assert [job.error for job in jobs].count(sentence) == 4
    assert stage.charges() == 0


@pytest.mark.parametrize("slug", PROVIDERS)
async def test_after_a_429_half_as_many_jobs_are_at_the_provider_at_once(tmp_path: Path, slug: str):
    stage = make_stage(tmp_path, fault("rate_limited", slug, "submit", retry_after=2))
    jobs, _ = await together(stage, ONE_EACH[slug], 8, 4)
    assert {job.state for job in jobs} == {"delivered"}
    limited = next(event.at for job in jobs for event in job.events if event.kind == "attempt")
    spans = [(job.last("queued").at, job.last("succeeded").at) for job in jobs]
    later = [at for at, _ in spans if limited + 3 < at < limited + CAUTION_S]
    assert max(sum(start <= at < end for start, end in spans) for at in later) <= 4
    entered = [at for at in later if sum(start <= at < end for start, end in spans) > 2]
    assert not entered, "a job was sent while more than half of the places were taken"
    assert all(job.timings(0).phases["submit"] < 0.01 for job in jobs)


class Counting(Transport):
    """Keeps how many submits were in the air at once at each provider; each is there for a second."""

    time: FakeTime

    def __init__(self, *words: Any, **more: Any) -> None:
        super().__init__(*words, **more)
        self.now, self.most = Counter[str](), Counter[str]()

    async def send(self, slug: str, request: httpx.Request) -> httpx.Response:
        submit = request.method == "POST"
        self.now[slug] += submit
        self.most[slug] = max(self.most[slug], self.now[slug])
        try:
            await self.time.sleep(1)
            return await super().send(slug, request)
        finally:
            self.now[slug] -= submit


async def test_however_many_jobs_begin_few_submits_of_each_provider_are_in_the_air(tmp_path: Path):
    stage = make_stage(tmp_path)
    wire = sandboxed.connect(stage.world, Counting)
    wire.time = stage.time
    stage = stage.reborn(wire=wire)
    slugs = ("apiframe", "odirouter")  # which are polled by GET
    run = stage.plan([ONE_EACH[slug] for slug in slugs], repeats=3 * SENDING)
    done = await stage.advance(*run.jobs)
    assert {job.state for job in done} == {"delivered"}
    assert wire.most == dict.fromkeys(slugs, SENDING)
