"""A sandbox that is started again over the same journal knows what the one before it accepted."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import random
import shutil
import threading
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from PIL import Image

from providers.sandbox import SimJob, Tempo, World, create_app
from providers.sandbox._clips import ClipSpec, clip_name
from providers.sandbox._jobs import JobTimes, Order
from tests.stage import tiny_clip

pytestmark = pytest.mark.anyio
BODY = {"prompt": "a boat", "model": "hailuo-2.3", "hailuoParams": {"duration": 6, "resolution": "768p"}}
HEADERS = {"X-API-Key": "afk_test", "Idempotency-Key": "once"}


def client(journal: Path, now: float, kind: type[World] = World) -> tuple[World, httpx.AsyncClient]:
    world = kind(tempo=Tempo(lambda: now), journal=journal, renderer=lambda spec, folder: tiny_clip())
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


async def test_an_image_is_kept_once_whatever_names_it_and_in_no_json(tmp_path: Path):
    world, sandbox = client(tmp_path, 1_800_000_000.0)
    picture = square(300)
    for number in range(3):
        sent = await sandbox.post("/v2/uploads", files={"file": ("a.png", picture, "image/png")}, headers=HEADERS)
        params = {**BODY["hailuoParams"], "image": sent.json()["url"]}
        headers = {**HEADERS, "Idempotency-Key": str(number)}
        await sandbox.post("/v2/videos/generate", json={**BODY, "hailuoParams": params}, headers=headers)
    assert [path.read_bytes() for path in (tmp_path / "images").iterdir()] == [picture]
    assert sum(path.stat().st_size for path in tmp_path.glob("*.json")) < len(picture) / 10
    assert not world._uploads  # nor in memory
    await world.settle()


async def test_equal_uploads_and_the_clips_that_wait_for_them_hold_one_image_in_memory():
    go_on, seen = threading.Event(), []

    def slow(spec: ClipSpec, folder: Path) -> Path:
        go_on.wait(10)
        seen.append(spec.image)
        return tiny_clip()

    world = World(renderer=slow)
    pictures = [bytes(bytearray(square(300))) for _ in range(4)]
    kept = [world.store(picture, "image/png") for picture in pictures]
    assert {id(world.stored(stored.id).data) for stored in kept} == {id(pictures[0])}
    assert world._uploads.bytes_held() == len(pictures[0])
    for number, picture in enumerate(pictures):
        clip = ClipSpec("odirouter", "a boat", picture, None, 96, 54, 1)
        world.accept(Order(str(number), "odirouter", "any", "key", JobTimes((0, 0), (0, 0)), clip))
    go_on.set()
    await world.settle()
    assert len(seen) == 4
    assert len({id(image) for image in seen}) == 1
    assert not world._drawn


async def test_what_is_of_no_use_any_more_goes_while_the_process_lives(tmp_path: Path):
    now, clips = 1_800_000_000.0, tmp_path / "clips"
    world = World(tempo=Tempo(lambda: now), journal=tmp_path / "jobs", clips=clips, renderer=cached)
    app = create_app(world, "http://sandbox", stall=lambda: world.sleep(0))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://sandbox/apiframe") as sandbox:

        async def submit(key: str) -> str:
            headers = {**HEADERS, "Idempotency-Key": key}
            return (await sandbox.post("/v2/videos/generate", json=BODY, headers=headers)).json()["jobId"]

        unused = await sandbox.post("/v2/uploads", files={"file": ("a.png", square(), "image/png")}, headers=HEADERS)
        first = await submit("one")
        await world.settle()
        os.utime(next(clips.iterdir()), (now, now))  # by the clock of this world
        now += 3 * 3600
        await submit("two")  # which looks around
        assert (await sandbox.get(unused.json()["url"].removeprefix("http://sandbox/apiframe"))).status_code == 404
        assert list((tmp_path / "jobs" / "images").iterdir()) == []
        assert world.find("apiframe", first) is not None
        now += 46 * 3600
        await submit("three")
        assert world.find("apiframe", first) is None
        assert len(world.jobs()) == 2
        assert len(list((tmp_path / "jobs").glob("*.json"))) == 4  # two jobs, and a note for each
        assert world.made("apiframe") == 3
        await world.settle()


async def test_a_journal_of_an_older_version_is_read_and_forgotten(tmp_path: Path):
    world, before = client(tmp_path, 1_800_000_000.0)
    sent = await before.post("/v2/uploads", files={"file": ("a.png", square(), "image/png")}, headers=HEADERS)
    body = {**BODY, "hailuoParams": {**BODY["hailuoParams"], "image": sent.json()["url"]}}
    job = (await before.post("/v2/videos/generate", json=body, headers=HEADERS)).json()["jobId"]
    await world.settle()
    written = base64.b64encode(square()).decode()
    for path in tmp_path.glob("*.json"):  # as it was written then: images in writing, clips unnamed
        value = json.loads(path.read_text())
        if "spec" in value:
            value = {"job": value["job"], "spec": {**value["spec"], "image": written}}
        elif "media_type" in value:
            value["data"] = written
        path.write_text(json.dumps(value))
        os.utime(path, (1_800_000_000.0, 1_800_000_000.0))
    shutil.rmtree(tmp_path / "images")

    world, after = client(tmp_path, 1_800_000_100.0)
    upload = await after.get(sent.json()["url"].removeprefix("http://sandbox/apiframe"))
    assert upload.content == square()
    assert world._journal.read_job("apiframe", job)[1].image == square()
    await after.get(f"/v2/jobs/{job}", headers=HEADERS)
    await world.settle()
    assert (await after.get(f"/v2/jobs/{job}", headers=HEADERS)).json()["status"] == "COMPLETED"
    world.forget("apiframe", job)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert (await after.get(f"/v2/jobs/{job}", headers=HEADERS)).status_code == 404


def cached(spec: ClipSpec, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return Path(shutil.copy(tiny_clip(), folder / clip_name(spec)))


def square(side: int = 64) -> bytes:
    data = io.BytesIO()
    noise = random.Random(side).randbytes(side * side * 3)
    Image.frombytes("RGB", (side, side), noise).save(data, "PNG")
    return data.getvalue()


DATA_URIS = {
    "apiframe": ("/v2/videos/generate", {"model": "hailuo-2.3", "hailuoParams": {"image": "{data}"}}),
    "odirouter": ("/model/v1/queue/minimax_hailuo_23_i2v", {"first_frame_image": "{data}"}),
    "runcomfy": ("/v1/models/minimax/hailuo-2-3/pro/image-to-video", {"image_url": "{data}"}),
    "runninghub": (
        "/openapi/v2/minimax/hailuo-2.3-fast/image-to-video",
        {"imageUrl": "{data}", "enablePromptExpansion": False, "duration": "6"},
    ),
}


@pytest.mark.parametrize("slug", sorted(DATA_URIS))
async def test_an_image_inside_a_request_is_kept_and_told_again_by_its_hash(tmp_path: Path, slug: str):
    file = io.BytesIO()
    Image.effect_noise((400, 400), 90).save(file, "PNG")
    text = base64.b64encode(file.getvalue()).decode()
    path, fields = DATA_URIS[slug]
    asked = json.loads(json.dumps({"prompt": "a boat"} | fields).replace("{data}", f"data:image/png;base64,{text}"))
    headers = HEADERS | {"Authorization": "Bearer afk_test"}
    world, http = client(tmp_path, 1_800_000_000.0)
    replies = [await http.post(f"http://sandbox/{slug}{path}", json=asked, headers=headers) for _ in range(2)]
    (job, *_) = world.jobs(slug)
    assert all(reply.is_success for reply in replies)
    if slug == "apiframe":
        assert replies[0].json() == replies[1].json()  # the repeat under its key is known by the hash, too
        told = (await http.get(f"/v2/jobs/{job.id}", headers=headers)).json()["input"]["hailuoParams"]["image"]
        assert told == f"data:image/png;sha256,{hashlib.sha256(file.getvalue()).hexdigest()}"
    kept = [entry.read_bytes() for entry in tmp_path.rglob("*") if entry.is_file()]
    assert kept
    assert not any(text[:100].encode() in data for data in kept)
