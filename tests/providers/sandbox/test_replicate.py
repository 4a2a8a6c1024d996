"""Replicate in the sandbox: what its models refuse at the door, what a cancel costs, and how its list goes on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from providers import PROVIDERS, JobPage
from providers.sandbox import Phase
from providers.sandbox._replicate import models
from providers.sandbox._schema import KNOWN
from tests.providers.sandbox.test_sandbox import BEARER, Bench, bench

__all__ = ["bench"]  # the fixture
pytestmark = pytest.mark.anyio
IMAGE = "data:image/png;base64,AAAA"


async def said(bench: Bench, model: str, **asked: object) -> tuple[int, str]:
    path = f"/replicate/v1/models/{model}/predictions"
    reply = await bench.client.post(path, headers=BEARER, json={"input": {"prompt": "A boat", **asked}})
    return reply.status_code, str(reply.json().get("detail", ""))


@pytest.mark.parametrize(
    ("model", "asked", "detail"),
    [
        ("minimax/hailuo-2.3", {"duration": 10, "resolution": "1080p"}, "- input.duration: not available"),
        ("minimax/hailuo-02", {"duration": 10}, "- input.duration: not available for resolution 1080p"),
        ("minimax/hailuo-2.3", {"resolution": "768P"}, "- input.resolution: Invalid enum value"),
        ("minimax/hailuo-2.3", {"last_frame_image": IMAGE}, "- input.last_frame_image: Unrecognized key"),
        ("minimax/hailuo-2.3", {"prompt": ""}, "- input.prompt: "),
        ("kwaivgi/kling-v3-video", {"end_image": IMAGE}, "- input.end_image: start_image is required"),
        ("kwaivgi/kling-v3-video", {"duration": 16}, "- input.duration: Expected at most 15"),
        ("google/veo-3.1", {"reference_images": [IMAGE], "aspect_ratio": "9:16"}, "- input.aspect_ratio: "),
        ("google/veo-3.1", {"reference_images": [IMAGE] * 4}, "- input.reference_images: Expected 0..3 items"),
        ("google/veo-3.1-lite", {"duration": 4}, "- input.duration: not available for resolution 1080p"),
        ("bytedance/seedance-2.0", {"image": IMAGE, "reference_images": [IMAGE]}, "- input.reference_images: cannot"),
        ("wan-video/wan-2.7-i2v", {}, "- input.first_frame: first_frame or first_clip is required"),
    ],
)
async def test_a_model_refuses_at_the_door_what_its_page_rules_out(
    bench: Bench, model: str, asked: dict[str, object], detail: str
) -> None:
    status, words = await said(bench, model, **asked)
    assert (status, words[: len(detail)]) == (422, detail)
    assert not bench.world.jobs()


@pytest.mark.parametrize("body", [{}, {"input": "x"}, {"input": {"prompt": "x"}, "version": "1"}, []])
async def test_a_body_is_an_input_and_nothing_that_is_not_known(bench: Bench, body: Any) -> None:
    path = "/replicate/v1/models/minimax/hailuo-2.3/predictions"
    reply = await bench.client.post(path, headers=BEARER, json=body)
    assert (reply.status_code, reply.json()["title"]) == (422, "Input validation failed")


async def test_one_that_is_canceled_while_it_runs_is_charged_and_one_that_waits_is_not(bench: Bench) -> None:
    for phase, charges in ((Phase.QUEUED, 0), (Phase.RUNNING, 1)):
        job = await bench.submitted("replicate")
        await bench.reach(job, phase)
        reply = await bench.client.post(f"/replicate/v1/predictions/{job.id}/cancel", headers=BEARER)
        assert (reply.json()["status"], "started_at" in reply.json()) == ("canceled", bool(charges))
        assert job.charges(bench.world.now()) == charges
    bench.time += 3600
    assert bench.world.charges("replicate") == 1


async def test_an_uploaded_file_is_an_input_by_its_own_address_and_another_fails_the_prediction(bench: Bench) -> None:
    stored = bench.world.store(b"no picture", "image/png")
    for url, phase in ((bench.image(), Phase.SUCCEEDED), ("https://example.com/a.png", Phase.FAILED)):
        job = await bench.submitted("replicate", {"first_frame_image": url})
        await bench.reach(job, phase)
    job = await bench.submitted(
        "replicate", {"first_frame_image": f"http://sandbox.test/replicate/v1/files/{stored.id}"}
    )
    await bench.reach(job, Phase.FAILED)
    assert bench.world.charges("replicate") == 1


async def test_the_list_of_predictions_is_read_page_by_page_from_the_newest(bench: Bench) -> None:
    for _ in range(103):
        await bench.submitted("replicate")
        bench.time += 1
    dialect, cursor, pages = PROVIDERS["replicate"], None, list[JobPage]()
    while not pages or cursor is not None:
        path = dialect.listing(cursor).url.raw_path.decode()
        pages.append(dialect.listed(await bench.client.get(f"/replicate{path}", headers=BEARER)))
        cursor = pages[-1].cursor
    ids = [each.id for page in pages for each in page.jobs]
    assert ids == [job.id for job in reversed(bench.world.jobs("replicate"))]
    assert [len(page.jobs) for page in pages] == [100, 3]
    assert {(each.endpoint, each.prompt) for each in pages[1].jobs} == {("minimax/hailuo-2.3", "A boat")}


def test_a_price_is_that_of_what_the_model_takes_where_nobody_asks() -> None:
    assert models()["kwaivgi/kling-v3-video"].usd({"prompt": "x"}) == Decimal("1.12")
    assert models()["google/veo-3.1"].usd({"prompt": "x", "duration": 4}) == Decimal("1.60")
    assert models()["minimax/hailuo-2.3"].usd({"prompt": "x", "duration": 10}) == Decimal("0.56")


def test_the_rules_use_no_word_of_json_schema_that_is_not_followed() -> None:
    for model in models().values():
        words = {word for said in model.schema["properties"].values() for word in said} | set(model.schema)
        assert words <= KNOWN, model.name
