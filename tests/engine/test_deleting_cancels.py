"""A stop at a provider whose cancel deletes what is done: no clip that is paid for is lost by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.test_engine import stopped
from tests.stage import make_stage

pytestmark = pytest.mark.anyio
REF = "minimax:MiniMax-H3#text"


def requests(stage, operation: str) -> int:
    return stage.world.requests()["minimax"].get(operation, 0)


def fault(kind: str, operation: str, **more: float) -> str:
    values = "".join(f"{name} = {value}\n" for name, value in more.items())
    return f'[[fault]]\nkind = "{kind}"\nprovider = "minimax"\noperation = "{operation}"\n{values}'


async def test_what_still_waits_is_canceled_once_that_is_seen(tmp_path: Path):
    stage = make_stage(tmp_path, fault("stuck", "submit", seconds=100))
    job = await stopped(stage, REF, 2)
    assert (job.state, job.error) == ("canceled", "Stopped: MiniMax canceled it.")
    assert (requests(stage, "cancel"), stage.charges()) == (1, 0)


@pytest.mark.parametrize("after_s", [7, 30])
async def test_what_runs_or_is_done_is_not_deleted_but_delivered(tmp_path: Path, after_s: int):
    """Its provider asks to wait for a minute, so that nobody has seen it run when it is stopped."""
    stage = make_stage(tmp_path, fault("rate_limited", "poll", retry_after=60))
    job = await stopped(stage, REF, after_s)
    assert (job.state, job.said("outcome")) == ("delivered", "too_late")
    assert (requests(stage, "cancel"), stage.charges()) == (0, 1)


async def test_where_nobody_can_say_whether_it_still_waits_nothing_is_deleted(tmp_path: Path):
    stage = make_stage(tmp_path, fault("rate_limited", "poll", times=99))
    job = await stopped(stage, REF, 2)
    assert job.state == "queued"
    assert job.error.startswith("Stopped waiting: the cancel was not confirmed, so it may still be billed.")
    assert requests(stage, "cancel") == 0


async def test_a_cancel_that_was_not_heard_of_is_not_sent_again(tmp_path: Path):
    plan = fault("stuck", "submit", seconds=100) + fault("server_error", "cancel")
    stage = make_stage(tmp_path, plan)
    job = await stopped(stage, REF, 2)
    assert (job.state, requests(stage, "cancel")) == ("queued", 1)
    (job,) = await stage.reborn().advance(stage.ledger.job(job.id))
    assert (job.state, stage.charges()) == ("delivered", 1)
