"""A sandbox that is started again over the same journal knows what the one before it accepted."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from providers.sandbox import World, create_app
from tests.stage import tiny_clip

pytestmark = pytest.mark.anyio
BODY = {"prompt": "a boat", "model": "hailuo-2.3", "hailuoParams": {"duration": 6, "resolution": "768p"}}
HEADERS = {"X-API-Key": "afk_test", "Idempotency-Key": "once"}


def client(journal: Path, now: float) -> tuple[World, httpx.AsyncClient]:
    world = World(clock=lambda: now, journal=journal, renderer=lambda spec, folder: tiny_clip())
    app = create_app(world, "http://sandbox", stall=lambda: world.sleep(0))
    return world, httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://sandbox/apiframe")


async def test_a_job_and_its_idempotency_key_outlive_the_process(tmp_path: Path):
    _, before = client(tmp_path, 1_800_000_000.0)
    job = (await before.post("/v2/videos/generate", json=BODY, headers=HEADERS)).json()["jobId"]

    world, after = client(tmp_path, 1_800_000_100.0)
    again = await after.post("/v2/videos/generate", json=BODY, headers=HEADERS)
    assert again.json()["jobId"] == job
    await world.settle()
    state = (await after.get(f"/v2/jobs/{job}", headers=HEADERS)).json()
    assert state["status"] == "COMPLETED"
    assert world.charges() == 1


async def test_a_journal_forgets_nothing_it_was_never_told(tmp_path: Path):
    world, _ = client(tmp_path, 1_800_000_000.0)
    assert world.find("apiframe", "00000000-0000-4000-8000-000000000000") is None
    assert world.remembered("nothing") is None
