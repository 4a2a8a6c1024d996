"""Replicate's own client against the sandbox on loopback: what it accepts is what the vendor sends."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import replicate
from replicate.exceptions import ModelError, ReplicateError
from replicate.webhook import InvalidSignatureError, Webhooks

from providers.sandbox import Fault, Phase
from tests.plain_http import LOOPBACK
from tests.providers.sandbox.receiver import receiving
from tests.providers.sandbox.test_sandbox import BEARER, KEY, ORIGIN, Bench
from tests.providers.sandbox.test_vendor_clients import Loopback, is_mp4, png, serve

__all__ = ["serve"]  # the fixture
FAST = "minimax/hailuo-2.3-fast"
TEXT = "minimax/hailuo-2.3"


Connect = Callable[..., replicate.Client]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def client() -> Iterator[Connect]:
    """The vendor's client, pointed at a sandbox; its connections, which it leaves open, end with the test."""
    known: list[replicate.Client] = []

    def connect(loopback: Loopback, key: str = "r8-key") -> replicate.Client:
        known.append(replicate.Client(api_token=key, base_url=f"{loopback.url}/replicate"))
        known[-1].poll_interval = 0.05
        return known[-1]

    yield connect
    for each in known:
        each._client.close()


def test_replicates_client_buys_a_clip_from_a_file_it_uploaded(
    serve: Callable[..., Loopback], client: Connect, tmp_path: Path
) -> None:
    loopback = serve()
    path = tmp_path / "frame.png"
    path.write_bytes(png())
    with_client = client(loopback)
    file = with_client.files.create(path)
    assert (file.name, file.content_type, file.size) == ("frame.png", "image/png", len(png()))
    assert with_client.files.get(file.id).checksums == file.checksums
    asked = {"prompt": "A boat. [Push in]", "first_frame_image": file.urls["get"], "prompt_optimizer": False}
    prediction = with_client.models.predictions.create(FAST, input=asked)
    assert (prediction.status, prediction.model, prediction.output) == ("starting", FAST, None)
    prediction.wait()
    assert (prediction.status, prediction.error) == ("succeeded", None)
    assert prediction.metrics["predict_time"] < prediction.metrics["total_time"]
    (url,) = [prediction.output] if isinstance(prediction.output, str) else prediction.output
    assert is_mp4(httpx.get(url, **LOOPBACK).content)
    assert [each.id for each in with_client.predictions.list().results] == [prediction.id]
    (job,) = loopback.world.jobs("replicate")
    assert (str(job.amount), job.charges(loopback.world.now())) == ("0.19", 1)
    assert loopback.world.requests()["replicate"]["submit"] == 1


def test_replicates_client_sends_a_local_file_along_and_runs_a_model_in_one_call(
    serve: Callable[..., Loopback], client: Connect
) -> None:
    loopback = serve(Fault("other_form"))
    (output,) = client(loopback).run(FAST, input={"prompt": "A boat", "first_frame_image": io.BytesIO(png())})
    assert is_mp4(httpx.get(output, **LOOPBACK).content)
    assert loopback.world.requests()["replicate"]["upload"] == 1


def test_replicates_client_cancels_what_still_waits(serve: Callable[..., Loopback], client: Connect) -> None:
    loopback = serve(Fault("stuck", operation="submit", seconds=600))
    with_client = client(loopback)
    waiting = with_client.models.predictions.create(TEXT, input={"prompt": "A boat"})
    waiting.cancel()
    assert (waiting.status, waiting.metrics["predict_time"]) == ("canceled", 0.0)
    waiting.cancel()
    assert waiting.status == "canceled"
    assert loopback.world.charges("replicate") == 0


def test_replicates_client_understands_refusals(serve: Callable[..., Loopback], client: Connect) -> None:
    loopback = serve(Fault("rate_limited", operation="submit"))

    def refused(key: str, model: str = TEXT, **asked: object) -> ReplicateError:
        with pytest.raises(ReplicateError) as caught:
            client(loopback, key).models.predictions.create(model, input={"prompt": "A boat", **asked})
        return caught.value

    throttled = refused("r8-key")
    assert (throttled.status, throttled.detail) == (429, "Request was throttled. Your rate limit resets in ~30s.")
    assert (refused("bad-key").status, refused("bad-key").title) == (401, "Unauthenticated")
    assert refused("broke-key").status == 402
    wrong = refused("r8-key", duration="6")
    assert (wrong.status, wrong.title) == (422, "Input validation failed")
    assert wrong.detail == "- input.duration: Expected integer"
    assert refused("r8-key", seed=7).status == 422
    assert refused("r8-key", FAST).detail == "- input.first_frame_image: Required"
    assert refused("r8-key", "minimax/none").status == 404
    with pytest.raises(ReplicateError):
        client(loopback).predictions.get("none")
    with pytest.raises(ModelError, match="flagged as sensitive"):
        client(loopback).run(TEXT, input={"prompt": "[refuse] a boat"})
    assert loopback.world.charges("replicate") == 0


def test_replicates_client_reads_the_schema_of_a_model(serve: Callable[..., Loopback], client: Connect) -> None:
    model = client(serve()).models.get(FAST)
    asked = model.latest_version.openapi_schema["components"]["schemas"]["Input"]
    assert asked["required"] == ["prompt", "first_frame_image"]
    assert asked["properties"]["resolution"] == {"type": "string", "enum": ["768p", "1080p"], "default": "768p"}


@pytest.mark.anyio
async def test_replicates_client_believes_the_webhooks_of_its_predictions(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    transport = bench.client._transport
    client = replicate.Client(api_token=KEY, base_url=f"{ORIGIN}/replicate", transport=transport)
    async with receiving() as hook:
        prediction = await client.models.predictions.async_create(
            TEXT, {"prompt": "A boat"}, webhook=hook.url, webhook_events_filter=["start", "output", "completed"]
        )
        await hook.has(1)
        await bench.reach(bench.world.jobs("replicate")[0], Phase.SUCCEEDED)
        await hook.has(3)
    secret = await client.webhooks.default.async_secret()
    for headers, body in hook.got:
        Webhooks.validate(headers=headers, body=body.decode(), secret=secret, tolerance=300)
        with pytest.raises(InvalidSignatureError):
            Webhooks.validate(headers=headers, body=f"{body.decode()} ", secret=secret)
    start, output, completed = hook.said()
    assert (start["status"], start["output"], "started_at" in start) == ("starting", None, False)
    assert (output["status"], output["output"], "completed_at" in output) == ("processing", completed["output"], False)
    page = await bench.client.get(f"/replicate/v1/predictions/{prediction.id}", headers=BEARER)
    assert completed == page.json()
    assert (completed["status"], completed["webhook"]) == ("succeeded", hook.url)
    assert len({headers["webhook-id"] for headers, _ in hook.got}) == 3
