"""Killed between any two steps and started again, a job is delivered with one submit, or is uncertain."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from comparisons.ledger import Ledger
from comparisons.net import sandboxed
from comparisons.net.transport import Transport
from comparisons.records import OVER, Event
from providers import PROVIDERS
from tests.stage import ONE_EACH, FakeTime, Stage, make_stage

pytestmark = pytest.mark.anyio


class Killed(BaseException):
    """The process is gone: nothing may catch this."""


class Fuse:
    """Counts the steps of a process and kills it at one of them."""

    def __init__(self, burns_at: int) -> None:
        self.steps = 0
        self.burns_at = burns_at

    def step(self) -> None:
        self.steps += 1
        if self.steps == self.burns_at:
            raise Killed


class MortalLedger(Ledger):
    """Dies just before or just after an event is on disk."""

    fuse = Fuse(-1)

    def record(self, job: str, *events: Event) -> None:
        self.fuse.step()
        super().record(job, *events)
        self.fuse.step()


class MortalTransport(Transport):
    """Dies just before a request leaves, or just after its reply came."""

    fuse = Fuse(-1)

    async def send(self, slug: str, request: httpx.Request) -> httpx.Response:
        self.fuse.step()
        reply = await super().send(slug, request)
        self.fuse.step()
        return reply


def mortal(home: Path, fuse: Fuse, *, world, time: FakeTime) -> Stage:
    ledger, wire = MortalLedger(home / "ledger.sqlite3"), sandboxed.connect(world, MortalTransport)
    ledger.fuse = wire.fuse = fuse
    return make_stage(home, world=world, time=time, ledger=ledger, wire=wire)


async def live_and_die(stage: Stage, home: Path, job_id: str, burns_at: int) -> tuple[bool, int]:
    """One process that may be killed at a step; whether it was, and how many steps it made."""
    fuse = Fuse(burns_at)
    process = mortal(home, fuse, world=stage.world, time=stage.time)
    try:
        await process.advance(process.ledger.job(job_id))
    except Killed:
        return True, fuse.steps
    return False, fuse.steps


@pytest.mark.slow
@pytest.mark.parametrize("ref", [*ONE_EACH.values(), "runninghub:minimax/hailuo-02/i2v-standard"])
async def test_killed_at_any_step_and_started_again(tmp_path: Path, ref: str):
    burns_at, killed = 0, True
    while killed:
        burns_at += 1
        home = tmp_path / str(burns_at)
        stage = make_stage(home, speed=2)
        (job,) = stage.plan([ref]).jobs
        killed, _ = await live_and_die(stage, home, job.id, burns_at)
        stage.time.jump(30)
        (ended,) = await stage.reborn().advance(stage.ledger.job(job.id))
        check(stage, ended, burns_at)
    assert burns_at > 15  # every step was walked


def check(stage: Stage, job, burns_at: int) -> None:
    slug, where = job.plan.provider, f"killed at step {burns_at}"
    assert job.state in OVER, where
    assert stage.world.made(slug) <= 1, f"{where}: more than one job was started"
    if PROVIDERS[slug].idempotency_s is None:
        assert stage.requests(slug, "submit") <= 1, f"{where}: submitted twice"
        assert job.state in ("delivered", "uncertain"), where
    else:
        assert job.state == "delivered", where
    if job.state == "uncertain":
        assert any(event.kind == "submitting" for event in job.events), where


@pytest.mark.parametrize("ref", ONE_EACH.values())
async def test_killed_twice_on_the_way(tmp_path: Path, ref: str):
    for first, second in [(3, 2), (5, 4), (8, 3), (11, 6), (14, 2), (17, 9)]:
        home = tmp_path / f"{first}-{second}"
        stage = make_stage(home, speed=2)
        (job,) = stage.plan([ref]).jobs
        for burns_at in (first, second):
            if not stage.ledger.job(job.id).done:
                await live_and_die(stage, home, job.id, burns_at)
        (ended,) = await stage.reborn().advance(stage.ledger.job(job.id))
        check(stage, ended, first)


async def test_an_idempotency_key_is_not_trusted_beyond_its_window(tmp_path: Path):
    stage = make_stage(tmp_path)
    (job,) = stage.plan([ONE_EACH["apiframe"]]).jobs
    stage.ledger.record(job.id, Event("submitting", stage.time.now(), "submitting", "submit"))
    stage.time.jump(24 * 3600 + 1)
    (job,) = await stage.reborn().advance(stage.ledger.job(job.id))
    assert job.state == "uncertain"
    assert stage.charges() == 0
