"""The sandbox against the vendors' documents (the vectors), and against its own promises."""

from __future__ import annotations

import base64
import functools
import io
import itertools
import json
import math
import random
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import providers.sandbox
from providers.sandbox import Fault, FaultPlan, Phase, SimJob, Tempo, World, create_app, emulators
from providers.sandbox.__main__ import _listen_near
from providers.sandbox._clips import ClipSpec
from tests.patience import START_S
from tests.plain_http import LOOPBACK
from tests.vectors import FILE, state_in

pytestmark = pytest.mark.anyio
ORIGIN = "http://sandbox.test"
KEY = "good-key"
FILES = Path(__file__).parents[2].glob("vectors/*.json")
VECTORS = {path.stem: json.loads(path.read_text("utf-8")) for path in FILES}
CLIP = b"\x00\x00\x00\x18ftypmp42" + bytes(4000)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def instant_clip(_: ClipSpec, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "clip.mp4"
    path.write_bytes(CLIP)
    return path


@functools.cache
def png(width: int = 800, height: int = 600, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, kind)
    return file.getvalue()


class Bench:
    """A world whose clock the test moves, and a client inside it."""

    def __init__(self, folder: Path, plan: str = "", speed: float = 1.0, **world: Any) -> None:
        self.time = 1000.0
        self.plan = FaultPlan.parse(plan)
        usual = {"tempo": Tempo(lambda: self.time, speed=speed), "ids": random.Random(7), "renderer": instant_clip}
        self.world = World(faults=self.plan, clips=folder, **(usual | world))
        app = create_app(self.world, ORIGIN, stall=self.stall)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN)
        self.keys = itertools.count()

    async def stall(self) -> None:
        raise httpx.ReadTimeout("no reply")

    async def send(self, slug: str, request: Mapping[str, Any], key: str = KEY) -> httpx.Response:
        words = {"{key}": key, "{idempotency_key}": f"key-{next(self.keys)}"}
        headers = {name: _spelled(value, words) for name, value in request["headers"].items()}
        parts = dict.fromkeys(request.get("multipart", ()), FILE) | request.get("form", {})
        file = ("frame.png", png(), "image/png")
        files = {name: file if part == FILE else (None, part) for name, part in parts.items()} or None
        return await self.client.request(
            request["method"],
            f"/{slug}{request['path']}",
            headers=headers,
            json=request.get("json"),
            files=files,
        )

    def image(self, data: bytes | None = None) -> str:
        """Where an uploaded picture is."""
        stored = self.world.store(data or png(), "image/png")
        return f"{ORIGIN}/runninghub/cdn/uploads/{stored.id}.png"

    async def submitted(
        self, slug: str, change: Mapping[str, object] | None = None, key: str = KEY, by: str = ""
    ) -> SimJob:
        """A job made by the first documented submit, or by the one that is called so."""
        submits = (e for e in VECTORS[slug]["exchanges"] if e["operation"] == "submit")
        exchange = next(e for e in submits if by in ("", e["name"]))
        request = self.ready(exchange, {"prompt": "A boat", **(change or {})})
        before = len(self.world.jobs(slug))
        reply = await self.send(slug, request, key)
        assert len(self.world.jobs(slug)) == before + 1, reply.text
        return self.world.jobs(slug)[-1]

    def ready(self, exchange: Mapping[str, Any], change: Mapping[str, object]) -> dict[str, Any]:
        """A documented request with an image this world can fetch."""
        request = dict(exchange["request"])
        if "form" in request:
            return request | {"form": request["form"] | change}
        if "json" not in request:
            return request
        asked = exchange.get("ask", {})
        references = {asked.get("image_reference"), asked.get("last_image_reference"), *asked.get("references", ())}
        body = dict(request["json"])
        body |= {"input": body["input"] | dict(change)} if "input" in body else dict(change)
        request["json"] = _replaced(body, dict.fromkeys(references - {None}, self.image()))
        return request

    async def reach(self, job: SimJob, phase: Phase) -> None:
        await self.world.settle()
        if phase is Phase.CANCELED:
            self.world.cancel(job)
        start = self.time - self.world.now()
        moment = {Phase.QUEUED: job.accepted_at, Phase.RUNNING: job.started_at}.get(phase, job.ended_at)
        self.time = max(self.time, start + moment + 1e-6)
        assert self.world.phase(job) is phase


def _spelled(text: str, words: Mapping[str, str]) -> str:
    for word, meant in words.items():
        text = text.replace(word, meant)
    return text


def _replaced(value: Any, words: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _replaced(item, words) for name, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, words) for item in value]
    return words.get(value, value) if isinstance(value, str) else value


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


# ---------------------------------------------------------------- the vendors' documents


@dataclass(frozen=True)
class Scene:
    """How to bring the sandbox to a documented reply."""

    key: str = KEY
    change: Mapping[str, object] = field(default_factory=dict)
    phase: Phase | None = None
    plan: str = ""
    lost: bool = False  # ask for a job nobody has
    other: bool = False  # in the vendor's rarer form
    by: str = ""  # the documented submit that makes the job; the first where none is named


QUEUED, RUNNING, DONE = Scene(phase=Phase.QUEUED), Scene(phase=Phase.RUNNING), Scene(phase=Phase.SUCCEEDED)
CANCELED = Scene(phase=Phase.CANCELED)
PICTURED = Scene(phase=Phase.SUCCEEDED, plan="[[clip]]\npicture = true")
REFUSED = Scene(phase=Phase.FAILED, change={"prompt": "[refuse] a boat"})
BAD, BROKE = Scene(key="bad-key"), Scene(key="broke-key")
BAD_POLL = Scene(key="bad-key", phase=Phase.QUEUED)
LOST = Scene(lost=True, phase=Phase.QUEUED)
LIMITED = Scene(plan='[[fault]]\nkind = "rate_limited"\nretry_after = 7')
LIMITED_PLAN = '[[fault]]\nkind = "rate_limited"\noperation = "poll"\nretry_after = 3'
LIMITED_POLL = Scene(phase=Phase.QUEUED, plan=LIMITED_PLAN)
STRANGE = Scene(phase=Phase.QUEUED, plan='[[fault]]\nkind = "unknown_status"')
CODED = '[[fault]]\nkind = "rate_limited_code"\noperation = "{}"'

H3 = Scene(by="submit MiniMax-H3 from text")
SGLANG = Scene(by="submit from text, to SGLang")
SAID_TO_REFUSE = {"content": [{"type": "text", "text": "[refuse] a boat"}]}

SCENES: Mapping[str, Mapping[str, Scene]] = {
    "minimax": {
        "submit refused inside HTTP 200: 2013": Scene(change={"duration": 7}),
        "submit refused inside HTTP 200: 2049": BAD,
        "submit refused inside HTTP 200: 1008": BROKE,
        "submit refused inside HTTP 200: 1002": Scene(plan=CODED.format("submit")),
        "V2 submit refused with HTTP 400": Scene(change={"content": []}),
        "V2 submit refused with HTTP 402": BROKE,
        "V2 submit refused with HTTP 429": LIMITED,
        "poll Preparing": QUEUED,
        "poll Processing": RUNNING,
        "poll Success": DONE,
        "poll Fail, 1026": REFUSED,
        "poll with a status outside the documented list": STRANGE,
        "poll refused inside HTTP 200: 2049": BAD_POLL,
        "poll refused inside HTTP 200: 2013": LOST,
        "poll refused inside HTTP 200: 1002": Scene(phase=Phase.QUEUED, plan=CODED.format("poll")),
        "result": DONE,
        "result refused inside HTTP 200: 2013": LOST,
        "result refused inside HTTP 200: 2049": replace(BAD_POLL, phase=Phase.SUCCEEDED),
        "V2 poll queued": replace(H3, phase=Phase.QUEUED),
        "V2 poll running": replace(H3, phase=Phase.RUNNING),
        "V2 poll succeeded": replace(H3, phase=Phase.SUCCEEDED),
        "V2 poll failed": replace(H3, phase=Phase.FAILED, change=SAID_TO_REFUSE),
        "V2 poll cancelled": replace(H3, phase=Phase.CANCELED),
        "V2 poll: a task that is not there, HTTP 500": replace(H3, phase=Phase.QUEUED, lost=True),
        "cancel a queued task": replace(H3, phase=Phase.QUEUED),
        "cancel a task that is done, which deletes it": replace(H3, phase=Phase.SUCCEEDED),
        "cancel a running task, refused": replace(H3, phase=Phase.RUNNING),
    },
    "runninghub": {
        "submit refused inside HTTP 200: 301": Scene(change={"duration": 6}),
        "submit refused inside HTTP 200: 421": Scene(plan=CODED.format("submit")),
        "submit refused inside HTTP 200: 802": BAD,
        "submit refused inside HTTP 200: 812": BROKE,
        "submit refused inside HTTP 200: 1007": Scene(change={"prompt": "x" * 2001}),
        "poll QUEUED": QUEUED,
        "poll RUNNING": RUNNING,
        "poll RUNNING with usage already there": RUNNING,
        "poll SUCCESS": DONE,
        "poll SUCCESS, a picture before the clip": PICTURED,
        "poll FAILED, content not approved": REFUSED,
        "poll CANCEL": CANCELED,
        "poll with a status outside the documented list": STRANGE,
        "poll refused inside HTTP 200: 802": BAD_POLL,
        "poll refused inside HTTP 200: 1004": LOST,
        "poll refused inside HTTP 200: 1003": Scene(phase=Phase.QUEUED, plan=CODED.format("poll")),
        "upload, code 0": Scene(),
        "upload refused: 802": BAD,
        "quote refused: 301": Scene(change={"duration": 6}),
        "quote refused: 802": BAD,
    },
    "runcomfy": {
        "poll in_queue": QUEUED,
        "poll in_progress": RUNNING,
        "poll completed": DONE,
        "poll cancelled": CANCELED,
        "poll failed": REFUSED,
        "poll with a status outside the documented list": STRANGE,
        "result with output.video": DONE,
        "result with its cost": DONE,
        "result before the end, in_queue": QUEUED,
        "result before the end, in_progress": RUNNING,
        "result of a cancelled request": CANCELED,
        "result of a failed request": REFUSED,
        "result of a failed request, its reason an object": replace(REFUSED, other=True),
        "cancel a queued request": QUEUED,
        "cancel a request in progress": RUNNING,
        "submit refused: 400002": BROKE,
        "submit refused: 400004": BAD,
        "poll refused: 400004": BAD_POLL,
        "poll refused: 403001": Scene(key="another-key", phase=Phase.QUEUED),
        "poll refused: 404001": LOST,
        "submit refused with HTTP 429": LIMITED,
    },
    "fal": {
        "submit refused: 401": BAD,
        "submit refused: 403, exhausted balance": BROKE,
        "submit refused: 422, a value that the model does not take": Scene(),
        "submit refused: 429": LIMITED,
        "poll IN_QUEUE": QUEUED,
        "poll IN_PROGRESS": RUNNING,
        "poll IN_PROGRESS inside HTTP 200": replace(RUNNING, other=True),
        "poll IN_PROGRESS by the whole id": RUNNING,
        "poll COMPLETED": DONE,
        "poll COMPLETED with an error of the model": replace(REFUSED, other=True),
        "poll COMPLETED after a cancel": CANCELED,
        "poll with a status outside the documented list": STRANGE,
        "poll refused: 401": BAD_POLL,
        "poll refused: 404": LOST,
        "poll refused: 429": LIMITED_POLL,
        "result": DONE,
        "result at /response": DONE,
        "result by the whole id, without units": DONE,
        "result, a picture before the clip": PICTURED,
        "result of a failed request: content_policy_violation": REFUSED,
        "result before the end": RUNNING,
        "cancel a queued request": QUEUED,
        "cancel that removes a queued request": replace(QUEUED, other=True),
        "cancel a request in progress": RUNNING,
        "cancel after the end": DONE,
        "cancel refused: 404": LOST,
        "upload: a token": Scene(),
        "upload refused: 401": BAD,
        "price of a unit": Scene(),
        "price refused: 401": BAD,
        "price refused: 404": Scene(),
        "details: the OpenAPI document of an endpoint": Scene(),
        "details: prices of several endpoints": Scene(),
    },
    "odirouter": {
        "poll IN_QUEUE": QUEUED,
        "poll IN_PROGRESS": RUNNING,
        "poll COMPLETED": DONE,
        "poll COMPLETED is a failure: CONTENT_BLOCKED": REFUSED,
        "poll COMPLETED after a cancel": CANCELED,
        "poll in_queue": replace(QUEUED, other=True),
        "poll in_progress": replace(RUNNING, other=True),
        "poll completed": replace(DONE, other=True),
        "poll completed is a failure: error an object, provider_error": replace(REFUSED, other=True),
        "poll with a status outside the documented list": STRANGE,
        "result before the end": RUNNING,
        "result before the start": QUEUED,
        "result with outputs": DONE,
        "result with output[].content[] and a status": replace(DONE, other=True),
        "cancel": QUEUED,
        "cancel after the end": DONE,
        "submit refused: UNAUTHORIZED": BAD,
        "submit refused: RATE_LIMIT_EXCEEDED": LIMITED,
        "submit refused: webhook not supported": Scene(change={"webhook_url": "https://example.com/hook"}),
        "submit refused: Insufficient credits": BROKE,
        "poll refused: Request not found": LOST,
        "poll refused: UNAUTHORIZED": BAD_POLL,
        "poll refused: RATE_LIMIT_EXCEEDED": LIMITED_POLL,
        "result refused: Request not found": LOST,
    },
    "openrouter": {
        "submit refused: 400": Scene(change={"duration": 7}),
        "submit refused: 401": Scene(key=""),
        "submit refused: 402": BROKE,
        "submit refused: 404": Scene(change={"model": "minimax/hailuo-9"}),
        "submit refused: 429": LIMITED,
        "poll pending": QUEUED,
        "poll in_progress": RUNNING,
        "poll completed": replace(DONE, other=True),
        "poll completed, with signed URLs": DONE,
        "poll completed, a picture before the clip": PICTURED,
        "poll failed": REFUSED,
        "poll cancelled": CANCELED,
        "poll with a status outside the documented list": STRANGE,
        "poll refused: 401": replace(BAD_POLL, key=""),
        "poll refused: 404": LOST,
        "poll refused: 429": LIMITED_POLL,
    },
    "selfhosted": {
        "submit refused: 401": BAD,
        "submit refused: 422, seconds that are no whole number": Scene(),
        "submit refused: 400, both kinds of reference": Scene(),
        "submit refused: 400, SGLang needs an image": Scene(),
        "poll queued": QUEUED,
        "poll in_progress": RUNNING,
        "poll completed": DONE,
        "poll failed, with the status of its error": REFUSED,
        "poll of SGLang: queued": replace(SGLANG, phase=Phase.QUEUED),
        "poll of SGLang: in_progress": replace(SGLANG, phase=Phase.RUNNING),
        "poll of SGLang: completed": replace(SGLANG, phase=Phase.SUCCEEDED),
        "poll of SGLang: completed, kept elsewhere": replace(SGLANG, phase=Phase.SUCCEEDED, other=True),
        "poll of SGLang: failed": replace(SGLANG, phase=Phase.FAILED, change={"prompt": "[refuse] a boat"}),
        "poll with a status outside the documented list": STRANGE,
        "poll refused: 401": BAD_POLL,
        "poll refused: 404": LOST,
        "cancel a job at work": RUNNING,
        "cancel refused: 404": LOST,
        "quote: the server runs the model": Scene(),
        "quote refused: 401": BAD,
        "list, the last page": DONE,
        "list, empty": Scene(),
    },
    "apiframe": {
        "submit refused: 400": Scene(change={"hailuoParams": {"duration": 10, "resolution": "1080p"}}),
        "submit refused: 401": BAD,
        "submit refused: 402": BROKE,
        "submit refused: 429": LIMITED,
        "poll QUEUED without progress": QUEUED,
        "poll PROCESSING": RUNNING,
        "poll COMPLETED, result with videoUrl": DONE,
        "poll COMPLETED, result with a thumbnail before the clip": PICTURED,
        "poll FAILED": REFUSED,
        "poll CANCELLED": CANCELED,
        "poll with a status outside the documented list": STRANGE,
        "poll refused: 400, not a UUID": Scene(phase=Phase.QUEUED),
        "poll refused: 401": BAD_POLL,
        "poll refused: 404": LOST,
        "poll refused: 429": LIMITED_POLL,
        "upload": Scene(),
        "upload refused: 401": BAD,
    },
    "replicate": {
        "submit refused: 401": BAD,
        "submit refused: 402": BROKE,
        "submit refused: 422, a value that the model does not take": Scene(),
        "submit refused: 422, the image is missing": Scene(),
        "submit refused: 429": replace(LIMITED, plan='[[fault]]\nkind = "rate_limited"'),
        "submit refused: 429, with Retry-After": LIMITED,
        "poll starting": QUEUED,
        "poll processing": RUNNING,
        "poll succeeded, output a URL": DONE,
        "poll succeeded, output a list": replace(DONE, other=True),
        "poll succeeded, a picture before the clip": PICTURED,
        "poll failed": REFUSED,
        "poll canceled before the start": CANCELED,
        "poll with a status outside the documented list": STRANGE,
        "poll refused: 401": BAD_POLL,
        "poll refused: 404": LOST,
        "poll refused: 429": LIMITED_POLL,
        "cancel before the start": QUEUED,
        "cancel while it runs": RUNNING,
        "cancel after the end": DONE,
        "cancel after a failure": REFUSED,
        "cancel refused: 404": LOST,
        "upload": Scene(),
        "upload refused: 401": BAD,
        "list, the last page": DONE,
        "list, empty": Scene(),
    },
    "wavespeed": {
        "submit refused: 400": Scene(),
        "submit refused: 401": BAD,
        "submit refused: 402": BROKE,
        "submit refused: 429": LIMITED,
        "poll created": QUEUED,
        "poll processing": RUNNING,
        "poll completed": DONE,
        "poll completed, a picture before the clip": PICTURED,
        "poll failed inside HTTP 200": REFUSED,
        "poll cancelled": CANCELED,
        "poll with a status outside the documented list": STRANGE,
        "poll refused: 401": BAD_POLL,
        "poll refused: 404": LOST,
        "poll refused: 429": LIMITED_POLL,
        "upload: a ticket": Scene(),
        "upload refused: 401": BAD,
        "quote refused: 401": BAD,
        "quote refused: 400": Scene(),
    },
}
# Documented, and not in every example of the reply.
OPTIONAL = {
    "runninghub": {"failedReason", "usage", "parentTaskId", "taskUsageList"},
    "runcomfy": {"status_url", "result_url", "queue_position", "cost", "model_id"},
    "fal": set(),
    "odirouter": set(),
    "openrouter": {"generation_id"},
    "apiframe": {"details"},
    "minimax": {"modality"},
    "replicate": set(),
    "selfhosted": set(),
    "wavespeed": set(),
}
# Documented ids that are not the job's, and how the sandbox makes them of it.
FILES_OF = {"minimax": {"205258526306433": "2{}"}}
# Words that must be the vendor's own, not just of the same type.
EXACT = {
    "action",
    "status_code",
    "http_code",
    "errorCode",
    "error_code",
    "error_type",
    "code",
    "outcome",
    "currency",
    "estimatedPrice",
    "msg",
    "detail",
}


def _driven() -> Iterator[tuple[str, Mapping[str, Any], Scene]]:
    for slug, vector in VECTORS.items():
        scenes = SCENES[slug]
        names = {exchange["name"] for exchange in vector["exchanges"]}
        assert set(scenes) <= names, set(scenes) - names
        for exchange in vector["exchanges"]:
            ordinary = {"handle", "price"} & {*exchange["meaning"]} or exchange["name"] == "catalogue"
            replayed = exchange["response"].get("json", {}).get("status") == "PROCESSING"
            foreign = exchange.get("variant", "").startswith("bytedance/")
            if exchange["name"] in scenes:
                yield slug, exchange, scenes[exchange["name"]]
            elif ordinary and not replayed and not foreign:
                yield slug, exchange, Scene()


ROWS = [pytest.param(*row, id=f"{row[0]}: {row[1]['name']}") for row in _driven()]


@pytest.mark.parametrize(("slug", "exchange", "scene"), ROWS)
async def test_answers_as_documented(slug: str, exchange: Mapping[str, Any], scene: Scene, tmp_path: Path) -> None:
    bench = Bench(tmp_path, scene.plan, seed=1)
    request = bench.ready(exchange, scene.change if scene.phase is None else {})
    if scene.phase is not None:
        job = await bench.submitted(slug, scene.change, by=scene.by)
        job.other_form = scene.other
        await bench.reach(job, scene.phase)
        request = _addressed(slug, request, "00000000-0000-4000-8000-000000000000" if scene.lost else job.id)
    reply = await bench.send(slug, request, scene.key)
    documented = exchange["response"]
    assert reply.status_code == documented["status"], reply.text
    for name, value in documented["headers"].items():
        assert reply.headers[name] == value
    _same_shape(reply.json(), documented["json"], OPTIONAL[slug])


def _addressed(slug: str, request: Mapping[str, Any], job_id: str) -> dict[str, Any]:
    text = json.dumps(request)
    for handle in {e["meaning"]["handle"] for e in VECTORS[slug]["exchanges"] if "handle" in e["meaning"]}:
        text = text.replace(handle, job_id)
    for file, its in FILES_OF.get(slug, {}).items():
        text = text.replace(file, its.format(job_id))
    return json.loads(text)


def _same_shape(ours: Any, documented: Any, optional: set[str]) -> None:
    if ours is None or documented is None:
        return
    if isinstance(documented, dict):
        assert isinstance(ours, dict)
        assert set(ours) ^ set(documented) <= optional, (ours, documented)
        for name in set(ours) & set(documented) - {"details", "input", "failedReason"}:
            _same_shape(ours[name], documented[name], optional)
            if name in EXACT and documented[name] is not None and not isinstance(documented[name], dict | list):
                assert str(ours[name]).startswith(str(documented[name]))
    elif isinstance(documented, list):
        assert isinstance(ours, list)
        assert len(ours) >= min(len(documented), 1)
        for one, other in zip(ours[:1], documented[:1], strict=False):
            _same_shape(one, other, optional)
    elif isinstance(documented, int | float) and not isinstance(documented, bool):
        assert isinstance(ours, int | float)
        assert not isinstance(ours, bool)
    else:
        assert type(ours) is type(documented)


def test_statuses_are_the_vendors_words() -> None:
    """Each phase is said in a word some vector documents."""
    for module in emulators():
        replies = [e["response"].get("json", {}) for e in VECTORS[module.SLUG]["exchanges"]]
        said = [state_in(module.SLUG, reply).get("status") for reply in replies]
        assert all(word in said for word in module.STATUS.values())


# ---------------------------------------------------------------- what each vendor refuses

RH = "/runninghub/openapi/v2/"
ISO = b"\0\0\0\x20ftyp"
BEARER = {"Authorization": f"Bearer {KEY}"}


async def test_images_must_be_reachable_and_right(bench: Bench) -> None:
    endpoint = f"{RH}minimax/hailuo-02/standard"
    body = {"prompt": "x", "enablePromptExpansion": False, "duration": "6"}

    async def code(image: object) -> str:
        reply = await bench.client.post(endpoint, headers=BEARER, json=body | {"firstImageUrl": image})
        return str(reply.json()["errorCode"])

    assert await code("https://example.com/elsewhere.png") == "1001"
    assert await code("data:image/gif;base64,R0lGODlhAQABAAAAACw=") == "1007"
    assert await code(7) == "301"
    assert await code(bench.image()) == ""


async def test_runninghub_takes_data_uris_up_to_five_megabytes(bench: Bench) -> None:
    body = {"prompt": "x", "enablePromptExpansion": False, "duration": "6"}

    async def code(size: int) -> str:
        data = base64.b64encode(png() + bytes(size - len(png()))).decode()
        asked = body | {"firstImageUrl": f"data:image/png;base64,{data}"}
        reply = await bench.client.post(f"{RH}minimax/hailuo-02/standard", headers=BEARER, json=asked)
        return str(reply.json()["errorCode"])

    assert [await code(5 * 2**20), await code(5 * 2**20 + 1)] == ["", "1008"]


@pytest.mark.parametrize("kind", ["image", "video", "audio"])
async def test_runninghub_takes_any_media_and_says_in_message_what_it_refuses(bench: Bench, kind: str) -> None:
    async def said(data: bytes, key: str = KEY) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {key}"}
        return (await bench.client.post(f"{RH}media/upload/binary", headers=headers, files={"file": data})).json()

    data = {"image": png(), "video": ISO + b"isom", "audio": b"OggS"}[kind]
    assert (await said(data))["data"]["type"] == kind
    assert (await said(data, "bad"))["message"] == "APIKEY_UNAUTHORIZED"
    assert (await said(b"<html>"))["message"] == "PARAMS_INVALID"
    assert (await said(data + bytes(30 * 2**20)))["message"] == "APIKEY_FILE_SIZE_EXCEEDED"


@pytest.mark.parametrize("name", ["apikey", "apiKey"])
async def test_runninghub_tells_an_accounts_state(bench: Bench, name: str) -> None:
    async def said(key: str) -> dict[str, Any]:
        headers = {} if name == "apikey" else {"Authorization": f"Bearer {key}"}
        reply = await bench.client.post("/runninghub/uc/openapi/accountStatus", headers=headers, json={name: key})
        return reply.json()

    job = await bench.submitted("runninghub")
    state = (await said(KEY))["data"]
    assert (state["currentTaskCounts"], state["currency"]) == ("1", "CNY")
    assert Decimal(state["remainMoney"]) == 200 - (job.amount or 0)
    assert (await said("broke-key"))["data"]["remainMoney"] == "0"
    refused = await said("bad-key")
    assert (refused["code"], refused["msg"], refused["data"]) == (802, "APIKEY_UNAUTHORIZED", None)


@pytest.mark.parametrize(
    ("width", "height", "kind", "status"),
    [
        (301, 500, "PNG", 200),
        (300, 500, "PNG", 422),
        (400, 1000, "WEBP", 200),
        (400, 1001, "JPEG", 422),
        (400, 400, "GIF", 422),
    ],
)
async def test_queue_checks_the_first_frame(bench: Bench, width: int, height: int, kind: str, status: int) -> None:
    body = {"first_frame_image": bench.image(png(width, height, kind))}
    reply = await bench.client.post("/odirouter/model/v1/queue/minimax_hailuo_23_i2v", headers=BEARER, json=body)
    assert reply.status_code == status


@pytest.mark.parametrize(
    "body",
    [
        {"duration": "6"},
        {"duration": 6.0},
        {"duration": True},
        {"resolution": "768p"},
        {"resolution": "1080P", "duration": 10},
        {"resolution": "512P"},
        {"prompt": ""},
        {"prompt": "x" * 2001},
        {"prompt_optimizer": "false"},
    ],
)
async def test_queue_refuses_what_the_page_rules_out(bench: Bench, body: dict[str, object]) -> None:
    reply = await bench.client.post(
        "/odirouter/model/v1/queue/minimax_hailuo_23_t2v", headers=BEARER, json={"prompt": "A boat"} | body
    )
    assert reply.status_code == 422
    assert isinstance(reply.json()["detail"], str)
    assert not bench.world.jobs()


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"webhook_url": "https://example.com"}, "webhook_url"),
        ({"prompt": ""}, "prompt"),
        ({"model": "hailuo-9"}, "model"),
        ({"hailuoParams": {"duration": "6"}}, "hailuoParams.duration"),
        ({"hailuoParams": {"seed": 1}}, "hailuoParams.seed"),
        ({"hailuoParams": {"end_image": "https://example.com/a.png"}}, "hailuoParams.end_image"),
        ({"hailuoParams": {"image": "a.png"}}, "hailuoParams.image"),
        ({"hailuoParams": {"resolution": "768P"}}, "hailuoParams.resolution"),
        ({"webhookEvents": []}, "webhookEvents"),
    ],
)
async def test_strict_schema_names_the_field(bench: Bench, change: dict[str, object], path: str) -> None:
    body = {"prompt": "A boat", "model": "hailuo-2.3"} | change
    reply = await bench.client.post("/apiframe/v2/videos/generate", headers={"X-API-Key": KEY}, json=body)
    assert reply.status_code == 400
    assert list(reply.json()["details"]) == [path]


async def test_an_image_nobody_can_fetch_fails_the_job_and_is_refunded(bench: Bench) -> None:
    job = await bench.submitted("apiframe", {"hailuoParams": {"image": "https://example.com/a.png"}})
    assert bench.world.charges() == 1
    await bench.reach(job, Phase.FAILED)
    assert bench.world.charges() == 0


async def test_one_idempotency_key_is_one_job_for_a_day(bench: Bench) -> None:
    headers = {"X-API-Key": KEY, "Idempotency-Key": "take-1"}

    async def submit(prompt: str = "A boat") -> httpx.Response:
        body = {"prompt": prompt, "model": "hailuo-2.3"}
        return await bench.client.post("/apiframe/v2/videos/generate", headers=headers, json=body)

    first = await submit()
    await bench.reach(bench.world.jobs()[0], Phase.RUNNING)
    again = await submit()
    assert again.status_code == 202
    assert again.json() == {"jobId": first.json()["jobId"], "status": "PROCESSING"}
    assert bench.world.charges() == 1
    assert (await submit("Another boat")).status_code == 409
    bench.time += 24 * 3600
    assert (await submit()).json()["jobId"] != first.json()["jobId"]


async def test_job_list_pages_from_the_newest(bench: Bench) -> None:
    for number in range(3):
        await bench.submitted("apiframe", {"prompt": f"Boat {number}"})
        bench.time += 1
    newest_first = [job.id for job in reversed(bench.world.jobs("apiframe"))]
    headers = {"X-API-Key": KEY}
    page = (await bench.client.get("/apiframe/v2/jobs?limit=2", headers=headers)).json()
    await bench.submitted("apiframe")  # moves nothing of the page that follows
    rest = (await bench.client.get(f"/apiframe/v2/jobs?cursor={page['nextCursor']}", headers=headers)).json()
    assert [job["id"] for job in page["jobs"] + rest["jobs"]] == newest_first
    assert (page["hasMore"], rest["hasMore"], rest["nextCursor"]) == (True, False, None)
    assert "models" not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=FAILED", 0),
        ("scope=team", 1),
        ("search={job}", 1),
        ("search=00000000-0000-4000-8000-000000000000", 0),
        ("model=hailuo-2.3-fast", 1),
        ("model=kling-3.0", 0),
        ("include_models=true", 1),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("status=DONE", "status"),
        ("scope=world", "scope"),
        ("search=boat", "search"),
        ("include_models=yes", "include_models"),
        ("cursor=1", "cursor"),
    ],
)
async def test_job_list_is_strict_in_its_query(bench: Bench, query: str, found: int | str) -> None:
    job = await bench.submitted("apiframe")
    reply = await bench.client.get(f"/apiframe/v2/jobs?{query.format(job=job.id)}", headers={"X-API-Key": KEY})
    if isinstance(found, str):
        assert (reply.status_code, list(reply.json()["details"])) == (400, [found])
    else:
        assert len(reply.json()["jobs"]) == found
        assert reply.json().get("models") == ([job.endpoint] if "include_models" in query else None)


@pytest.mark.parametrize(
    ("data", "kind", "content_type"),
    [
        (png(), "image", "image/png"),
        (png(kind="WEBP"), "image", "image/webp"),
        (ISO + b"isom\0\0\2\0isomavc1", "video", "video/mp4"),
        (ISO + b"qt  \0\0\2\0", "video", "video/quicktime"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\1B\xf7\x81\1B\x82\x84webmB\x87", "video", "video/webm"),
        (ISO + b"M4A \0\0\2\0", "audio", "audio/mp4"),
        (b"ID3\4" + bytes(60), "audio", "audio/mpeg"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "audio", "audio/wav"),
        (b"OggS\0\2", "audio", "audio/ogg"),
        (b"\x1aE\xdf\xa3\x9fB\x82\x88matroskaB\x87", None, None),
        (ISO + b"heic\0\0\0\0", None, None),
        (b"<html>", None, None),
    ],
)
async def test_uploads_are_what_their_first_bytes_say(
    bench: Bench, data: bytes, kind: str | None, content_type: str | None
) -> None:
    files = {"file": ("frame.png", data, "image/png")}
    reply = await bench.client.post("/apiframe/v2/uploads", headers={"X-API-Key": KEY}, files=files)
    said = reply.json()
    assert reply.status_code == (201 if kind else 400)
    assert (said.get("kind"), said.get("contentType")) == (kind, content_type)
    if kind:
        hosted = await bench.client.get(said["url"])
        assert (hosted.content, hosted.headers["content-type"]) == (data, content_type)


@pytest.mark.parametrize(("kind", "limit"), [(ISO + b"isom", 50), (b"OggS", 25)])
async def test_uploads_have_a_limit_by_kind(bench: Bench, kind: bytes, limit: int) -> None:
    async def status(size: int) -> int:
        files = {"file": kind + bytes(size - len(kind))}
        return (await bench.client.post("/apiframe/v2/uploads", headers={"X-API-Key": KEY}, files=files)).status_code

    assert [await status(limit * 2**20), await status(limit * 2**20 + 1)] == [201, 400]


async def test_account_and_catalogs(bench: Bench) -> None:
    assert (await bench.client.get("/apiframe/v2/models?modality=video")).json()["models"]
    me = (await bench.client.get("/apiframe/v2/me", headers={"X-API-Key": "broke-key"})).json()
    assert me["team"]["credits"] == 0
    await bench.submitted("apiframe")
    me = (await bench.client.get("/apiframe/v2/me", headers={"X-API-Key": KEY})).json()
    assert me["team"]["credits"] == 1000 - int(bench.world.jobs("apiframe")[0].amount or 0)


@pytest.mark.parametrize(
    ("query", "found", "total"),
    [
        ("", 20, 80),
        ("limit=2", 2, 80),
        ("limit=2&offset=79", 1, 80),
        ("search=HAILUO-2-3/Pro", 2, 2),
        ("search=hailuo 2.3 STANDARD", 1, 1),
        ("category=text-to-video&search=wan-3.0", 2, 2),
        ("category=lora", 0, 0),
        ("kind=workflow", 0, 0),
    ],
)
async def test_runcomfys_catalogue_is_public_and_searched_without_regard_to_case(
    bench: Bench, query: str, found: int, total: int
) -> None:
    reply = (await bench.client.get(f"/runcomfy/v1/models?{query}")).json()
    assert (len(reply["models"]), reply["total"]) == (found, total)
    assert not any("input_schema" in entry for entry in reply["models"])
    schemas = (await bench.client.get(f"/runcomfy/v1/models?{query}&include_schema=true")).json()["models"]
    for entry in schemas:
        assert entry["price_unit"] == "second"
        fields = entry["input_schema"]["properties"].values()
        takes_images = any(str(each.get("format")).startswith("image_uri") for each in fields)
        assert takes_images == ("image-to-video" in entry["categories"])
        assert (await bench.client.get(f"/runcomfy/v1/models/{entry['model_id']}")).json() == entry


async def test_runcomfy_says_http_numbers_as_its_clients_read_them(bench: Bench) -> None:
    async def said(model: str, key: str = KEY, **inputs: object) -> tuple[int, object]:
        headers = {"Authorization": f"Bearer {key}"}
        reply = await bench.client.post(f"/runcomfy/v1/models/{model}", headers=headers, json={"prompt": "x", **inputs})
        return reply.status_code, reply.json().get("error_code")

    text, image = "minimax/hailuo-2-3/pro/text-to-video", "minimax/hailuo-2-3/standard/image-to-video"
    assert await said(text, "bad-key") == (401, 400004)
    assert await said(text, "broke-key") == (402, 400002)
    assert await said("minimax/nothing") == (400, 400001)
    for wrong in ({"prompt": ""}, {"prompt": 7}, {"enable_prompt_expansion": "true"}):
        assert await said(text, **wrong) == (422, None)
    for reference in (None, 7, "a.png", "https://example.com/a.png"):
        assert await said(image, image_url=reference) == (422, None)
    data_uri = f"data:image/png;base64,{base64.b64encode(png()).decode()}"
    for reference in (bench.image(), data_uri):
        assert await said(image, image_url=reference) == (200, None)
    assert (await bench.client.get("/runcomfy/v1/models/categories")).json() == {
        "categories": ["image-to-video", "text-to-video"]
    }
    balance = await bench.client.get("/runcomfy/prod/v2/balance", headers={"Authorization": "Bearer broke"})
    assert balance.json() == {"balance_usd": 0.0, "currency": "USD"}
    assert (await bench.client.get("/runcomfy/prod/v2/balance")).status_code == 401


async def test_cost_comes_only_when_asked_for(bench: Bench) -> None:
    job = await bench.submitted("runcomfy")
    await bench.reach(job, Phase.SUCCEEDED)
    path = f"/runcomfy/v1/requests/{job.id}/result"
    assert "cost" not in (await bench.client.get(path, headers=BEARER)).json()
    priced = (await bench.client.get(f"{path}?include_cost=true", headers=BEARER)).json()
    assert Decimal(str(priced["cost"])) == job.amount


async def test_queue_position_counts_those_ahead(bench: Bench) -> None:
    jobs = [await bench.submitted("runcomfy") for _ in range(2)]
    paths = [f"/runcomfy/v1/requests/{job.id}/status" for job in jobs]
    replies = [await bench.client.get(path, headers=BEARER) for path in paths]
    assert [reply.json()["queue_position"] for reply in replies] == [1, 2]


async def test_what_the_queue_does_not_offer(bench: Bench) -> None:
    base = "/odirouter/model/v1/queue/minimax_hailuo_23_t2v"
    assert (await bench.client.post(f"{base}/sync")).json() == {"detail": "Not Found"}
    stream = await bench.client.get(f"{base}/requests/x/status/stream")
    assert stream.json() == {"detail": "SSE streaming not supported"}
    unknown = await bench.client.post("/odirouter/model/v1/queue/not_exists", headers=BEARER, json={})
    assert (unknown.status_code, unknown.json()) == (404, {"detail": "App not found: not_exists"})


@pytest.mark.parametrize(
    ("path", "where"),
    [("/v1/files", ["url"]), ("/model/v1/files", ["url"]), ("/api/v1/storage/files", ["data", "url"])],
)
async def test_the_queue_takes_uploads_as_its_clients_send_them(bench: Bench, path: str, where: list[str]) -> None:
    async def sent(data: bytes, key: str = KEY) -> httpx.Response:
        headers = {"Authorization": f"Bearer {key}"}
        return await bench.client.post(f"/odirouter{path}", headers=headers, files={"file": data})

    said = (await sent(png())).json()
    url = functools.reduce(lambda here, name: here[name], where, said)
    submit = "/odirouter/model/v1/queue/minimax_hailuo_23_i2v"
    assert (await bench.client.post(submit, headers=BEARER, json={"first_frame_image": url})).status_code == 200
    assert [(await sent(b"<html>")).status_code, (await sent(png(), "bad")).status_code] == [422, 401]


async def test_the_queue_tells_how_its_models_are_called(bench: Bench) -> None:
    async def said(path: str, key: str = KEY) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {key}"}
        reply = await bench.client.get(f"/odirouter/api/v1/{path}", headers=headers)
        return reply.status_code, reply.json()

    status, body = await said("skill/model-contracts/minimax_hailuo_23_t2v")
    contract = body["data"]
    assert (status, body["status"]["code"], contract["schema_version"]) == (200, 200, "model-contract.v1")
    assert contract["endpoints"]["submit"] == {"method": "POST", "path": "/model/v1/queue/minimax_hailuo_23_t2v"}
    assert contract["input_schema"]["properties"]["resolution"]["enum"] == ["768P", "1080P"]
    assert (await said("skill/model-contracts/none"))[0] == 404
    assert (await said("skill/model-contracts/minimax_hailuo_23_t2v", "bad"))[0] == 401
    _, page = await said("skill/models?page=2&page_size=2&keywords=HAILUO")
    assert (len(page["data"]["models"]), page["data"]["total"], page["data"]["total_pages"]) == (2, 5, 3)
    assert (await said("user/balance", "broke"))[1]["data"]["available_balance"] == "0"


async def test_a_job_belongs_to_its_key(bench: Bench) -> None:
    job = await bench.submitted("apiframe")
    reply = await bench.client.get(f"/apiframe/v2/jobs/{job.id}", headers={"X-API-Key": "someone-else"})
    assert reply.status_code == 404


# ---------------------------------------------------------------- the world


@pytest.mark.parametrize("slug", sorted(VECTORS))
async def test_every_job_is_charged_once_and_takes_its_time(bench: Bench, slug: str) -> None:
    job = await bench.submitted(slug)
    await bench.reach(job, Phase.SUCCEEDED)
    assert 5 <= job.ended_at - job.accepted_at <= 25
    (seen,) = (await bench.client.get("/world")).json()["jobs"]
    assert (seen["provider"], seen["id"], seen["status"], seen["charged"]) == (slug, job.id, "succeeded", 1)
    assert seen["accepted_at"] < seen["started_at"] < seen["finished_at"]


@pytest.mark.parametrize("slug", sorted(VECTORS))
async def test_a_refused_job_is_given_back(bench: Bench, slug: str) -> None:
    job = await bench.submitted(slug, {"prompt": "[refuse]"})
    await bench.reach(job, Phase.FAILED)
    (seen,) = (await bench.client.get("/world")).json()["jobs"]
    assert (seen["status"], seen["charged"]) == ("failed", 0)


async def test_latency_is_seeded_and_scaled(tmp_path: Path) -> None:
    async def times(**world: Any) -> tuple[float, float]:
        job = await Bench(tmp_path, **world).submitted("odirouter")
        return job.queue_s, job.run_s

    once = await times(seed=3)
    assert await times(seed=3) == once
    assert await times(seed=4) != once
    assert await times(seed=3, speed=10.0) == pytest.approx([value / 10 for value in once])


async def test_a_job_is_not_done_before_its_clip_is_ready(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    job = await bench.submitted("runcomfy")
    job.rendered_at = None
    bench.time += 100
    assert bench.world.phase(job) is Phase.RUNNING
    job.rendered_at = 100.0
    assert bench.world.phase(job) is Phase.SUCCEEDED
    assert job.ended_at == 100.0


async def test_a_clip_that_cannot_be_rendered_fails_the_job(tmp_path: Path) -> None:
    def broken(_: ClipSpec, __: Path) -> Path:
        raise RuntimeError("ffmpeg is unwell")

    bench = Bench(tmp_path, renderer=broken)
    job = await bench.submitted("odirouter")
    await bench.reach(job, Phase.FAILED)
    assert bench.world.charges() == 0


async def test_old_uploads_make_room(bench: Bench) -> None:
    first = bench.world.store(b"1", "image/png")
    for _ in range(64):
        last = bench.world.store(b"2", "image/png")
    assert bench.world.stored(first.id) is None
    assert bench.world.stored(last.id) is not None


async def test_uploads_and_clips_are_served_without_a_key(bench: Bench) -> None:
    assert (await bench.client.get(bench.image())).content == png()
    job = await bench.submitted("apiframe")
    url = await clip_url(bench, job)
    reply = await bench.client.get(url)
    assert (reply.content, reply.headers["content-length"]) == (CLIP, str(len(CLIP)))
    assert url.startswith(f"{ORIGIN}/apiframe/")
    assert bench.world.requests()["apiframe"]["download"] == 1
    assert (await bench.client.get(f"{ORIGIN}/apiframe/cdn/clips/none.mp4")).status_code == 404
    assert (await bench.client.get(f"{ORIGIN}/apiframe/cdn/uploads/none.png")).status_code == 404


async def test_urls_never_come_from_the_host_header(bench: Bench) -> None:
    headers = {**BEARER, "Host": "www.runninghub.cn"}
    reply = await bench.client.post(f"{RH}media/upload/binary", headers=headers, files={"file": png()})
    assert reply.json()["data"]["download_url"].startswith(f"{ORIGIN}/runninghub/cdn/uploads/")


async def clip_url(bench: Bench, job: SimJob) -> str:
    """The clip's URL as a fresh poll gives it."""
    if bench.world.phase(job) is not Phase.SUCCEEDED:
        await bench.reach(job, Phase.SUCCEEDED)
    reply = await bench.client.get(f"/apiframe/v2/jobs/{job.id}", headers={"X-API-Key": KEY})
    result = reply.json()["result"]
    return str(result if isinstance(result, str) else result["videoUrl"])


async def test_a_plan_has_the_next_job_told_of_in_the_vendors_rarer_form(tmp_path: Path) -> None:
    bench = Bench(tmp_path, fault("other_form", provider="odirouter"))
    first, second = await bench.submitted("odirouter"), await bench.submitted("odirouter")
    assert (first.other_form, second.other_form) == (True, None)
    assert bench.plan.left() == ()


async def test_results_come_in_both_documented_shapes(bench: Bench) -> None:
    shapes = set()
    for _ in range(20):
        job = await bench.submitted("apiframe")
        await bench.reach(job, Phase.SUCCEEDED)
        reply = await bench.client.get(f"/apiframe/v2/jobs/{job.id}", headers={"X-API-Key": KEY})
        shapes.add(type(reply.json()["result"]))
    assert shapes == {str, dict}


# ---------------------------------------------------------------- faults


def fault(kind: str, **more: object) -> str:
    lines = [f"{name} = {json.dumps(value)}" for name, value in {"kind": kind, **more}.items()]
    return "[[fault]]\n" + "\n".join(lines) + "\n"


@pytest.mark.parametrize("slug", sorted(VECTORS))
async def test_lost_reply_is_still_charged(tmp_path: Path, slug: str) -> None:
    bench = Bench(tmp_path, fault("drop_after_accept", provider=slug))
    with pytest.raises(httpx.ReadTimeout):
        await bench.submitted(slug)
    assert bench.world.charges(slug) == 1
    assert bench.plan.left() == ()


async def test_refused_submit_uses_up_no_drop(tmp_path: Path) -> None:
    bench = Bench(tmp_path, fault("drop_after_accept"))
    await bench.client.post("/apiframe/v2/videos/generate", headers={"X-API-Key": KEY}, json={})
    assert len(bench.plan.left()) == 1


@pytest.mark.parametrize("slug", sorted(VECTORS))
async def test_malformed_reply_to_an_accepted_submit(tmp_path: Path, slug: str) -> None:
    bench = Bench(tmp_path, fault("malformed_json", operation="submit"))
    exchange = next(e for e in VECTORS[slug]["exchanges"] if e["operation"] == "submit")
    reply = await bench.send(slug, bench.ready(exchange, {}))
    assert reply.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        reply.json()
    assert bench.world.charges(slug) == 1


@pytest.mark.parametrize("slug", sorted(VECTORS))
async def test_server_error_comes_before_acceptance(tmp_path: Path, slug: str) -> None:
    bench = Bench(tmp_path, fault("server_error", operation="submit", times=2))
    exchange = next(e for e in VECTORS[slug]["exchanges"] if e["operation"] == "submit")
    request = bench.ready(exchange, {})
    statuses = [(await bench.send(slug, request)).status_code for _ in range(3)]
    assert statuses[:2] == [500, 500]
    assert statuses[2] in (200, 201, 202)
    assert bench.world.requests()[slug]["submit"] == 3
    assert bench.world.charges(slug) == 1


async def test_rate_limit_says_when_to_come_back(tmp_path: Path) -> None:
    bench = Bench(tmp_path, fault("rate_limited", provider="runcomfy", after=1, retry_after=2.5))
    path = "/runcomfy/v1/models"
    replies = [await bench.client.get(path, headers=BEARER) for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200, 429, 200]
    assert replies[1].headers["Retry-After"] == "2.5"


async def test_a_stuck_job_waits_until_the_fault_lets_go(tmp_path: Path) -> None:
    bench = Bench(tmp_path, fault("stuck", seconds=300) + fault("stuck"))
    briefly, forever = await bench.submitted("odirouter"), await bench.submitted("odirouter")
    await bench.world.settle()
    bench.time += 299
    assert bench.world.phase(briefly) is Phase.QUEUED
    bench.time += 2
    assert bench.world.phase(briefly) is Phase.RUNNING
    bench.time += 10**6
    assert bench.world.phase(briefly) is Phase.SUCCEEDED
    assert bench.world.phase(forever) is Phase.QUEUED
    assert bench.world.cancel(forever)
    assert json.dumps(bench.world.describe(), allow_nan=False)


async def test_content_refused_by_plan(tmp_path: Path) -> None:
    bench = Bench(tmp_path, fault("content_refused"))
    job = await bench.submitted("runninghub")
    await bench.reach(job, Phase.FAILED)
    assert job.refused == "content"


async def test_unknown_status_passes(tmp_path: Path) -> None:
    bench = Bench(tmp_path, fault("unknown_status"))
    job = await bench.submitted("runcomfy")
    path = f"/runcomfy/v1/requests/{job.id}/status"
    said = [(await bench.client.get(path, headers=BEARER)).json()["status"] for _ in range(2)]
    assert said == ["hibernating", "in_queue"]


async def test_an_expired_url_is_replaced_by_the_next_poll(tmp_path: Path) -> None:
    bench = Bench(tmp_path, fault("expired_url"))
    job = await bench.submitted("apiframe")
    old = await clip_url(bench, job)
    assert [(await bench.client.get(old)).status_code for _ in range(2)] == [403, 403]
    assert "xml" in (await bench.client.get(old)).headers["content-type"]
    fresh = await clip_url(bench, job)
    assert fresh != old
    assert (await bench.client.get(fresh)).content == CLIP


async def test_half_a_clip_then_all_of_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path, fault("truncated_clip"))
    url = await clip_url(bench, await bench.submitted("apiframe"))
    half, whole = await bench.client.get(url), await bench.client.get(url)
    assert half.headers["content-length"] == str(len(CLIP))
    assert half.content == CLIP[: len(CLIP) // 2]
    assert whole.content == CLIP


async def test_a_page_instead_of_a_clip_and_other_trouble_downloading(tmp_path: Path) -> None:
    refusals = [fault(kind, operation="download") for kind in ("server_error", "rate_limited")]
    bench = Bench(tmp_path, fault("html_clip") + "".join(refusals))
    url = await clip_url(bench, await bench.submitted("apiframe"))
    replies = [await bench.client.get(url) for _ in range(4)]
    assert [reply.status_code for reply in replies] == [429, 500, 200, 200]
    assert replies[2].headers["content-type"].startswith("text/html")
    assert replies[3].content == CLIP


@given(times=st.integers(1, 5), after=st.integers(0, 5), calls=st.integers(0, 12))
def test_a_fault_strikes_as_often_as_it_says(times: int, after: int, calls: int) -> None:
    plan = FaultPlan([Fault("server_error", times=times, after=after)])
    struck = [plan.take("server_error", "any", "poll") is not None for _ in range(calls)]
    assert struck == [after <= index < after + times for index in range(calls)]
    assert bool(plan.left()) == (calls < after + times)


def test_a_plan_reads_every_field() -> None:
    text = fault("rate_limited", provider="p", operation="poll", times=2, after=1, retry_after=3)
    assert FaultPlan.parse(text).left() == (Fault("rate_limited", "p", "poll", 2, 1, 3.0, math.inf),)
    assert FaultPlan.parse("").left() == ()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("fault = 3", "fault must be"),
        ("[[faults]]", "'faults'"),
        ("[[fault]", "not TOML"),
        (fault("explode"), "kind"),
        ("[[fault]]", "kind"),
        (fault("stuck", operation="poll"), "operation"),
        (fault("stuck", times=0), "times"),
        (fault("stuck", after=-1), "after"),
        (fault("stuck", after=True), "after"),
        (fault("stuck", seconds="soon"), "seconds"),
        (fault("rate_limited", retry_after=-1), "retry_after"),
        (fault("stuck", provider=7), "provider"),
        (fault("stuck", speed=7), "speed"),
    ],
)
def test_a_bad_plan_is_refused_in_one_sentence(text: str, named: str) -> None:
    with pytest.raises(ValueError, match=named) as caught:
        FaultPlan.parse(text)
    assert "\n" not in str(caught.value)


def test_a_plan_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        FaultPlan.load(tmp_path / "none.toml")
    (tmp_path / "plan.toml").write_text(fault("stuck"))
    assert len(FaultPlan.load(tmp_path / "plan.toml").left()) == 1


# ---------------------------------------------------------------- adding a provider

TOY = """
from providers.sandbox import JobTimes, Order
from providers.sandbox._clips import ClipSpec
from tests.patience import START_S
from starlette.responses import JSONResponse
from starlette.routing import Route
SLUG, ENV = "toy", "TOY_BASE_URL"
def routes(world, public_url):
    async def submit(request):
        spec = ClipSpec(SLUG, "x", None, None, 912, 512, 6)
        job = world.accept(Order("toy-1", SLUG, "toy", "key", JobTimes((1, 2), (1, 2)), spec))
        return JSONResponse({"id": job.id})
    return [Route("/submit", submit, methods=["POST"], name="submit")]
"""


async def test_a_module_in_the_path_is_a_provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "toy_provider.py").write_text(TOY)
    # What is patched is the folder list a provider's module is found in: it then is found as one of the repository is.
    monkeypatch.setattr(providers.sandbox, "__path__", [*providers.sandbox.__path__, str(tmp_path)])
    bench = Bench(tmp_path, fault("rate_limited", provider="toy"))
    first, second = await bench.client.post("/toy/submit"), await bench.client.post("/toy/submit")
    monkeypatch.delitem(sys.modules, "providers.sandbox.toy_provider")
    assert (first.status_code, second.json()) == (429, {"id": "toy-1"})
    assert bench.world.requests() == {"toy": {"submit": 2}}
    assert bench.world.charges("toy") == 1


# ---------------------------------------------------------------- on loopback


def sandbox(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "providers.sandbox", *words]
    root = Path(__file__).parents[3]
    return subprocess.Popen(command, cwd=root, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_the_command_gives_each_vendor_an_origin_of_its_own_beside_the_shared_one() -> None:
    with sandbox("--port", "0", "--speed", "50") as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(len(VECTORS) + 1)]
        base = dict(line.split("=", 1) for line in lines[:-1])
        shared = lines[-1].removeprefix("Listening on ").split()[0]
        try:
            assert httpx.get(f"{shared}/world", **LOOPBACK).json() == {"jobs": [], "requests": {}, "webhooks": []}
            assert base.pop("SELFHOSTED_BASE_URL") == f"{shared}/selfhosted"
            assert len({httpx.URL(url).port for url in (shared, *base.values())}) == len(VECTORS)
            assert {httpx.URL(url).path for url in base.values()} == {"/", "/openapi/v2"}
            _bought_at_the_root_and_under_its_path(base["RUNCOMFY_BASE_URL"], f"{shared}/runcomfy")
            _uploaded_here_and_fetched_there(f"{shared}/apiframe", base["ODIROUTER_BASE_URL"])
            _uploaded_here_and_fetched_there(base["APIFRAME_BASE_URL"], f"{shared}/odirouter")
            # What a client asks that drops the path of its base URL (apiframe-nodejs-sdk: src/http.ts).
            me = httpx.get(httpx.URL(base["APIFRAME_BASE_URL"]).join("/v2/me"), headers={"X-API-Key": KEY}, **LOOPBACK)
            assert me.json()["team"]
            elsewhere = httpx.get(httpx.URL(base["APIFRAME_BASE_URL"]).join("/runcomfy/v1/models"), **LOOPBACK)
            assert elsewhere.status_code == 404
        finally:
            process.terminate()
            process.communicate(timeout=START_S)


def _bought_at_the_root_and_under_its_path(*roots: str) -> None:
    """Links lead back to where the job was ordered, by the port and not by a header; both know the job."""
    submit = "/v1/models/minimax/hailuo-2-3/pro/text-to-video"
    for root in roots:
        headers = {**BEARER, "Host": "model-api.runcomfy.net"}
        said = httpx.post(root + submit, headers=headers, json={"prompt": "A boat"}, **LOOPBACK).json()
        links = [said[f"{name}_url"] for name in ("status", "result", "cancel")]
        assert all(link.startswith(f"{root}/v1/requests/") for link in links)
        for other in roots:
            path = f"/v1/requests/{said['request_id']}/status"
            assert httpx.get(other + path, headers=BEARER, **LOOPBACK).json()["status_url"] == other + path


def _uploaded_here_and_fetched_there(here: str, there: str) -> None:
    url = httpx.post(f"{here}/v2/uploads", headers={"X-API-Key": KEY}, files={"file": png()}, **LOOPBACK).json()["url"]
    assert url.startswith(f"{here}/cdn/uploads/")
    submit = f"{there}/model/v1/queue/minimax_hailuo_23_i2v"
    replies = [
        httpx.post(submit, headers=BEARER, json={"first_frame_image": name}, **LOOPBACK)
        for name in (url, url.replace("/cdn/", "/cdm/"))
    ]
    assert [reply.status_code for reply in replies] == [200, 422]


@pytest.mark.parametrize("base", ["", "/openapi/v2"])
@pytest.mark.parametrize("client", ["", "/openapi/v2"])
async def test_runninghub_is_found_with_and_without_the_path_its_clients_put_there(
    bench: Bench, base: str, client: str
) -> None:
    """Its SDK puts /openapi/v2 after a base URL, its nodes and its kit expect it there; people set either."""
    root = f"/runninghub{base}{client}"
    image = (await bench.client.post(f"{root}/media/upload/binary", headers=BEARER, files={"file": png()})).json()
    body = {"prompt": "A boat", "enablePromptExpansion": True, "duration": "6"}
    body["imageUrl"] = image["data"]["download_url"]
    model = "minimax/hailuo-2.3-fast/image-to-video"
    quote = await bench.client.post(f"{root}/price-preview/{model}", headers=BEARER, json=body)
    task = (await bench.client.post(f"{root}/{model}", headers=BEARER, json=body)).json()
    seen = await bench.client.post(f"{root}/query", headers=BEARER, json={"taskId": task["taskId"]})
    assert (quote.json()["estimatedPrice"], seen.json()["status"]) == (1.01, "QUEUED")
    assert bench.world.requests()["runninghub"] == {"poll": 1, "quote": 1, "submit": 1, "upload": 1}


@pytest.mark.parametrize("slug", VECTORS)
async def test_the_answer_to_a_submit_tells_how_the_job_was_accepted_however_long_it_takes(slug: str, tmp_path: Path):
    exchange = next(e for e in VECTORS[slug]["exchanges"] if e["operation"] == "submit")

    async def told(each_look_s: float) -> list[object]:
        """Every status in the answer, in a world whose clock goes on by so much at each look at it."""
        bench = Bench(tmp_path)
        looks = itertools.count()
        bench.world._clock = lambda: bench.time + each_look_s * next(looks)
        reply = await bench.send(slug, bench.ready(exchange, {"prompt": "A boat"}))
        assert reply.is_success, reply.text
        body = reply.json()
        return [each["status"] for each in (body, body.get("data")) if isinstance(each, dict) and "status" in each]

    assert await told(each_look_s=1000.0) == await told(each_look_s=0.0)


@pytest.mark.parametrize("beyond", [False, True])
def test_a_provider_whose_port_is_taken_gets_one_that_is_free(beyond: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = 2**16 if beyond else int(taken.getsockname()[1])
        with _listen_near("127.0.0.1", port) as other:
            assert 0 < other.getsockname()[1] < 2**16
            assert other.getsockname() != taken.getsockname()


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--port", "0", "--speed", "0"], "--speed"),
        (["--port", "99999999"], "99999999"),
        (["--port", "0", "--faults", "no-such-plan.toml"], "no-such-plan.toml"),
        (["--port", "0", "--journal", __file__], __file__),
        ([], "--port"),
    ],
)
def test_bad_arguments_are_one_sentence(words: list[str], named: str, capsys: pytest.CaptureFixture[str]) -> None:
    from providers.sandbox.__main__ import main

    with pytest.raises(SystemExit) as caught:
        main(words)
    said = capsys.readouterr().err
    assert caught.value.code == 2
    assert named in said
    assert said.count("\n") == 1
