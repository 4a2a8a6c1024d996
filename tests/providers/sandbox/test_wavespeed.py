"""WaveSpeed in the sandbox: what it refuses, where its uploads go, what its prices and signatures are."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from providers import PROVIDERS, ImageInput
from providers.sandbox import Phase
from providers.sandbox._schema import KNOWN
from providers.sandbox._wavespeed import models
from tests.providers.sandbox.receiver import Receiver, met, receiving
from tests.providers.sandbox.test_sandbox import BEARER, KEY, ORIGIN, Bench, bench, png

__all__ = ["bench"]  # the fixture
pytestmark = pytest.mark.anyio
WAVESPEED = PROVIDERS["wavespeed"]
TEXT, FRAMES = "minimax/hailuo-2.3/t2v-standard", "minimax/hailuo-02/i2v-standard"
API = "/wavespeed/api/v3"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def submit(bench: Bench, model: str, query: str = "", **asked: object) -> httpx.Response:
    return await bench.client.post(f"{API}/{model}{query}", headers=BEARER, json={"prompt": "A boat", **asked})


@pytest.mark.parametrize(
    ("model", "asked", "message"),
    [
        (TEXT, {"duration": 7}, "duration: Invalid enum value"),
        (TEXT, {"duration": "6"}, "duration: Expected integer"),
        (TEXT, {"prompt": " "}, "prompt: "),
        (TEXT, {"prompt": "x" * 2001}, "prompt: "),
        (TEXT, {"image": "https://example.com/a.png"}, "image: Unrecognized key"),
        (TEXT, {"enable_prompt_expansion": "true"}, "enable_prompt_expansion: Expected boolean"),
        ("minimax/hailuo-2.3/t2v-pro", {"duration": 6}, "duration: Unrecognized key"),
        ("minimax/hailuo-2.3/fast", {}, "image: Required"),
        ("minimax/hailuo-2.3/fast", {"image": "a.png"}, "image: Invalid url"),
        ("minimax/hailuo-2.3/i2v-pro", {"image": ORIGIN, "end_image": ORIGIN}, "end_image: Unrecognized key"),
    ],
)
async def test_a_model_refuses_what_its_page_does_not_have_and_no_quote_has_another_word(
    bench: Bench, model: str, asked: dict[str, object], message: str
) -> None:
    reply = await submit(bench, model, **asked)
    assert (reply.status_code, reply.json()["code"]) == (400, 400)
    assert reply.json()["message"].startswith(message)
    inputs = {"prompt": "A boat", **asked}
    body = {"model_id": model, "inputs": inputs}
    assert (await bench.client.post(f"{API}/model/pricing", headers=BEARER, json=body)).json() == reply.json()
    assert not bench.world.jobs()


async def test_a_model_or_a_body_that_is_none_is_refused(bench: Bench) -> None:
    assert (await submit(bench, "minimax/hailuo-9")).status_code == 404
    reply = await bench.client.post(f"{API}/{TEXT}", headers=BEARER, json=["A boat"])
    assert (reply.status_code, reply.json()["message"]) == (400, "inputs: Expected object")
    for body in ({}, {"model_id": TEXT}, {"model_id": TEXT, "inputs": "A boat"}):
        assert (await bench.client.post(f"{API}/model/pricing", headers=BEARER, json=body)).status_code in (400, 404)


# uploads ----------------------------------------------------------------------------------------------------


async def ticket(bench: Bench, data: bytes, name: str = "frame.png") -> dict[str, Any]:
    asked = {"filename": name, "size": len(data), "content_type": "image/png"}
    reply = await bench.client.post(f"{API}/media/uploads", headers=BEARER, json=asked)
    return dict(reply.json()["data"])


async def test_an_upload_goes_where_its_ticket_says_and_makes_a_clip_that_begins_with_it(bench: Bench) -> None:
    image = ImageInput(png(), "image/png", 800, 600)
    sent = WAVESPEED.upload(image)
    reply = await bench.client.post(f"/wavespeed{sent.url.path}", headers=BEARER, content=sent.read())
    found = WAVESPEED.ticket(image, reply)
    assert (await bench.client.get(str(found.url))).status_code == 404  # not before it came
    done = await bench.client.send(found.request)
    assert (done.status_code, done.content) == (200, b"")
    assert (await bench.client.get(str(found.url))).content == image.data
    await submit(bench, FRAMES, image=found.url, end_image=found.url)
    (job,) = bench.world.jobs("wavespeed")
    await bench.reach(job, Phase.SUCCEEDED)
    assert bench.world.charges() == 1


async def test_the_store_takes_the_file_that_was_announced_and_no_key(bench: Bench) -> None:
    data = png()
    place = (await ticket(bench, data))["upload"]
    headers = place["headers"]

    async def status(body: bytes = data, url: str = place["url"], **more: str) -> int:
        return (await bench.client.put(url, content=body, headers=headers | more)).status_code

    assert await status(data[:-1]) == 400
    assert await status(url=place["url"].partition("?")[0]) == 403
    assert await status(Authorization=f"Bearer {KEY}") == 400
    assert await status(**{"Content-Type": "image/webp"}) == 400
    assert await status() == 200


@pytest.mark.parametrize("asked", [{}, {"filename": "a.png"}, {"filename": "a.png", "size": 200 * 10**6 + 1}, []])
async def test_a_ticket_is_for_a_file_with_a_name_of_at_most_200_mb(bench: Bench, asked: object) -> None:
    reply = await bench.client.post(f"{API}/media/uploads", headers=BEARER, json=asked)
    assert (reply.status_code, reply.json()["code"]) == (400, 400)


async def test_an_image_that_cannot_be_had_fails_the_prediction_which_costs_nothing(bench: Bench) -> None:
    await submit(bench, FRAMES, image="https://example.com/a.png")
    (job,) = bench.world.jobs("wavespeed")
    await bench.reach(job, Phase.FAILED)
    said = (await bench.client.get(f"{API}/predictions/{job.id}/result", headers=BEARER)).json()["data"]
    assert (said["status"], said["outputs"], said["error"]) == ("failed", [], "The input image could not be fetched")
    assert bench.world.charges() == 0


async def test_a_sandbox_that_is_started_again_has_the_file_under_its_name(tmp_path: Path) -> None:
    before = Bench(tmp_path / "clips", journal=tmp_path / "journal")
    found = await ticket(before, png())
    again = Bench(tmp_path / "clips", journal=tmp_path / "journal")
    place = found["upload"]
    assert (await again.client.put(place["url"], content=png(), headers=place["headers"])).status_code == 200
    third = Bench(tmp_path / "clips", journal=tmp_path / "journal")
    assert (await third.client.get(found["download_url"])).content == png()


# money ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", models())
async def test_what_a_quote_tells_is_charged_and_asking_costs_nothing(bench: Bench, model: str) -> None:
    known = models()[model]
    image = {"image": bench.image()} if "image" in known.schema["required"] else {}
    lengths = known.schema["properties"].get("duration", {}).get("enum", [None])
    for number, seconds in enumerate(lengths, 1):
        inputs = {"prompt": "A boat", **image} | ({} if seconds is None else {"duration": seconds})
        body = {"model_id": model, "inputs": inputs}
        told = (await bench.client.post(f"{API}/model/pricing", headers=BEARER, json=body)).json()["data"]
        assert len(bench.world.jobs()) == number - 1
        await submit(bench, model, **inputs)
        job = bench.world.jobs("wavespeed")[-1]
        assert (float(job.amount or 0), job.duration) == (told["unit_price"], seconds or 6)
    balance = (await bench.client.get(f"{API}/balance", headers=BEARER)).json()["data"]["balance"]
    assert balance == pytest.approx(100 - sum(float(job.amount or 0) for job in bench.world.jobs()))


async def test_an_account_without_money_has_a_balance_of_0(bench: Bench) -> None:
    reply = await bench.client.get(f"{API}/balance", headers={"Authorization": "Bearer broke-key"})
    assert reply.json()["data"] == {"balance": 0.0}
    assert (await bench.client.get(f"{API}/balance", headers={"Authorization": "Bearer bad-key"})).status_code == 401


# a submit that waits, and webhooks --------------------------------------------------------------------------


@pytest.mark.parametrize(("after", "status", "code"), [(20, "completed", None), (91, "processing", 5004)])
async def test_a_submit_may_wait_for_its_end_but_not_for_ever(
    tmp_path: Path, after: float, status: str, code: int | None
) -> None:
    stuck = '[[fault]]\nkind = "stuck"\nseconds = 3600' if code else ""
    bench = Bench(tmp_path, stuck)
    waiting = asyncio.create_task(submit(bench, TEXT, enable_sync_mode=True))
    while not bench.world.jobs():
        await asyncio.sleep(0.01)
    await bench.world.settle()
    assert not waiting.done()
    bench.time += after
    said = (await asyncio.wait_for(waiting, 20)).json()
    assert (said["code"], said["data"]["status"], said["data"].get("code")) == (200, status, code)
    assert bool(said["data"]["outputs"]) is (code is None)


def verified(headers: dict[str, str], raw: bytes, secret: str) -> bool:
    """As a receiver checks it: by the secret as it is, without its prefix."""
    told = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + raw
    expected = hmac.new(secret.removeprefix("whsec_").encode(), told, hashlib.sha256).hexdigest()
    return headers["webhook-signature"] == f"v3,{expected}"


async def told_of(bench: Bench, receiver: Receiver, phase: Phase, **asked: object) -> dict[str, Any]:
    """What is said of a prediction that is over, once its webhook has come."""
    before = len(receiver.got)
    reply = await submit(bench, TEXT, f"?webhook={quote(receiver.url, safe='')}", **asked)
    job = bench.world.find("wavespeed", reply.json()["data"]["id"])
    assert job is not None
    await bench.reach(job, phase)
    await receiver.has(before + 1)
    page = await bench.client.get(f"{API}/predictions/{job.id}/result", headers=BEARER)
    return dict(page.json()["data"])


async def test_the_end_of_a_prediction_is_told_once_and_signed_with_the_secret_of_the_account(bench: Bench) -> None:
    async with receiving() as receiver:
        page = await told_of(bench, receiver, Phase.SUCCEEDED)
        failed = await told_of(bench, receiver, Phase.FAILED, prompt="[refuse] a boat")
    secret = (await bench.client.get(f"{API}/webhook/secret", headers=BEARER)).json()["data"]["secret"]
    assert receiver.said() == [page, failed]
    assert (page["status"], failed["status"]) == ("completed", "failed")
    assert secret.startswith("whsec_")
    assert all(verified(headers, raw, secret) for headers, raw in receiver.got)
    assert not any(verified(headers, raw + b" ", secret) for headers, raw in receiver.got)
    other = await bench.client.get(f"{API}/webhook/secret", headers={"Authorization": "Bearer another-key"})
    assert other.json()["data"]["secret"] != secret


async def test_a_webhook_elsewhere_is_not_sent_and_a_canceled_prediction_has_none(bench: Bench) -> None:
    async with receiving() as receiver:
        await submit(bench, TEXT, "?webhook=http://10.0.0.1/hook")
        await submit(bench, TEXT, f"?webhook={quote(receiver.url, safe='')}")
        far, canceled = bench.world.jobs("wavespeed")
        await bench.reach(canceled, Phase.CANCELED)
        await bench.reach(far, Phase.SUCCEEDED)
        await met(lambda: bench.world.remembered(f"wavespeed webhook {far.id}"))
        await asyncio.sleep(0.2)
    told = (await bench.client.get("/world")).json()["webhooks"]
    assert told[0] == {"provider": "wavespeed", "job": far.id, "state": "not of this machine"}
    assert receiver.got == []


# the list of models -----------------------------------------------------------------------------------------


async def test_the_list_has_the_schema_by_which_a_model_refuses(bench: Bench) -> None:
    entries = (await bench.client.get(f"{API}/models", headers=BEARER)).json()["data"]
    assert (await bench.client.get(f"{API}/models")).status_code == 401
    for entry in entries:
        (told,) = entry["api_schema"]["api_schemas"]
        assert (told["method"], told["api_path"]) == ("POST", f"/api/v3/{entry['model_id']}")
        schema = told["request_schema"]
        assert schema["x-order-properties"] == list(schema["properties"])
        assert (entry["type"] == "image-to-video") is ("image" in schema["required"])


def test_the_rules_use_no_word_of_json_schema_that_is_not_followed() -> None:
    for model in models().values():
        words = {word for said in model.schema["properties"].values() for word in said} | set(model.schema)
        assert words <= KNOWN | {"default"}, model.id
