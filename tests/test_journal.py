"""A sandbox that is started again over the same journal knows what the one before it accepted."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from PIL import Image

from providers.sandbox import SimJob, World, create_app
from providers.sandbox._jobs import Order
from tests.stage import tiny_clip

pytestmark = pytest.mark.anyio
BODY = {"prompt": "a boat", "model": "hailuo-2.3", "hailuoParams": {"duration": 6, "resolution": "768p"}}
HEADERS = {"X-API-Key": "afk_test", "Idempotency-Key": "once"}


def client(journal: Path, now: float, kind: type[World] = World) -> tuple[World, httpx.AsyncClient]:
    world = kind(clock=lambda: now, journal=journal, renderer=lambda spec, folder: tiny_clip())
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


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("dies_in", ["accept", "remember"])
async def test_killed_in_the_middle_of_a_submit_it_has_one_job_for_its_repeat(tmp_path: Path, dies_in: str):
    class Fragile(World):
        def accept(self, order: Order) -> SimJob:
            if dies_in == "accept":
                raise Killed
            return super().accept(order)

        def remember(self, name: str, value: Mapping[str, object]) -> None:
            super().remember(name, value)
            if dies_in == "remember":
                raise Killed

    _, before = client(tmp_path, 1_800_000_000.0, Fragile)
    with pytest.raises(Killed):
        await before.post("/v2/videos/generate", json=BODY, headers=HEADERS)
    _, after = client(tmp_path, 1_800_000_001.0)
    jobs = [(await after.post("/v2/videos/generate", json=BODY, headers=HEADERS)).json()["jobId"] for _ in range(2)]
    assert jobs[0] == jobs[1]
    assert len([path for path in tmp_path.glob("*.json") if '"spec"' in path.read_text()]) == 1


async def test_a_journal_forgets_nothing_it_was_never_told(tmp_path: Path):
    world, _ = client(tmp_path, 1_800_000_000.0)
    assert world.find("apiframe", "00000000-0000-4000-8000-000000000000") is None
    assert world.remembered("nothing") is None


async def test_an_uploaded_image_outlives_the_process(tmp_path: Path):
    _, before = client(tmp_path, 1_800_000_000.0)
    sent = await before.post("/v2/uploads", files={"file": ("a.png", square(), "image/png")}, headers=HEADERS)
    url = sent.json()["url"]
    _, after = client(tmp_path, 1_800_000_001.0)
    assert (await after.get(url.removeprefix("http://sandbox/apiframe"))).content == square()
    body = {**BODY, "hailuoParams": {**BODY["hailuoParams"], "image": url}}
    job = (await after.post("/v2/videos/generate", json=body, headers=HEADERS)).json()["jobId"]
    world, later = client(tmp_path, 1_800_000_100.0)
    await later.get(f"/v2/jobs/{job}", headers=HEADERS)
    await world.settle()
    assert (await later.get(f"/v2/jobs/{job}", headers=HEADERS)).json()["status"] == "COMPLETED"


def square() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(data, "PNG")
    return data.getvalue()
