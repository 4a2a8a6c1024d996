"""The sandbox holds the bodies of RunComfy's and OdiRouter's models to the documents, and makes what they ask for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from providers.sandbox._odirouter import MODELS
from providers.sandbox._runcomfy import AskedClip, CatalogModel, models, problem
from tests.providers.sandbox.test_sandbox import BEARER, Bench, png

pytestmark = pytest.mark.anyio
RUNCOMFY = models()
FIRST, LAST = png(640, 480), png(480, 640)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def is_image(url: str) -> bool:
    return url.startswith("https://")


def least(model: CatalogModel) -> dict[str, Any]:
    """The smallest body that the model takes."""
    return {name: value_of(model.properties[name]) for name in model.schema["required"]}


def value_of(field: dict[str, Any]) -> Any:
    if field["type"] == "array":
        return ["https://example.com/a.png"]
    if "format" in field:
        return "https://example.com/a.png"
    return field["enum"][0] if "enum" in field else field.get("minimum", "A boat")


def wrong(field: dict[str, Any]) -> list[Any]:
    """Values that the schema of a field excludes."""
    other = 7 if field["type"] == "string" else "7"
    bounds = [field[name] + step for name, step in (("minimum", -1), ("maximum", 1)) if name in field]
    texts = ["x" * (field["maxLength"] + 1)] if "maxLength" in field else []
    lists = [["https://example.com/a.png"] * (field["maxItems"] + 1)] if "maxItems" in field else []
    return [other, None, *bounds, *texts, *lists, *(["nothing such"] if "enum" in field else [])]


@pytest.mark.parametrize("name", RUNCOMFY)
def test_a_body_passes_with_what_is_required_and_with_nothing_that_the_schema_excludes(name: str) -> None:
    model, body = RUNCOMFY[name], least(RUNCOMFY[name])
    assert problem(model, body, is_image) is None
    assert problem(model, body | {"not_a_field": 1}, is_image) == "not_a_field: Unrecognized key."
    for field in model.schema["required"]:
        assert problem(model, {key: body[key] for key in body if key != field}, is_image) == f"{field}: Required."
    for field, schema in model.properties.items():
        for value in wrong(schema):
            said = problem(model, body | {field: value}, is_image)
            assert said is not None, (field, value)
            assert said.startswith(field)


def test_an_image_that_cannot_be_fetched_is_refused_in_every_field_that_takes_one() -> None:
    for model in RUNCOMFY.values():
        for field, schema in model.properties.items():
            if str(schema.get("format")).startswith("image_uri"):
                lost = ["a.png"] if schema["type"] == "array" else "a.png"
                assert str(problem(model, least(model) | {field: lost}, is_image)).startswith(field)


def asked(name: str, **body: object) -> AskedClip:
    images = {"https://first": FIRST, "https://last": LAST}
    return AskedClip.of(RUNCOMFY[name], least(RUNCOMFY[name]) | body, images.get)


def test_a_clip_is_as_long_large_and_loud_as_asked_else_as_the_schema_says() -> None:
    usual = asked("lightricks/ltx-2.5/text-to-video/fast")
    assert (usual.resolution, usual.duration, usual.look.fps) == ("1080p", 10, 25)
    assert (usual.look.aspect, usual.look.sound) == ("16:9", True)
    large = asked("lightricks/ltx-2.5/text-to-video/fast", resolution="2160p", duration="20", fps=50)
    assert (large.resolution, large.duration, large.look.fps) == ("2160p", 20, 50)
    horse = asked("alibaba/happyhorse-1.1/text-to-video", resolution="720P", ratio="9:16", duration=3)
    assert (horse.resolution, horse.duration, horse.look.aspect) == ("720p", 3, "9:16")
    fixed = asked("bytedance/seedance-2.5/text-to-video/4k", generate_audio=False)
    assert (fixed.resolution, fixed.duration, fixed.look.sound) == ("4k", 5, False)
    assert asked("blackforestlabs/flux-3/text-to-video", duration="auto").duration == 5


def test_a_clip_begins_and_ends_with_the_images_of_its_fields() -> None:
    kling = asked("kling/kling-3.0/pro/image-to-video", start_image_url="https://first", end_image_url="https://last")
    assert (kling.look.first, kling.look.last, kling.look.aspect) == (FIRST, LAST, None)
    wan = asked("wan-ai/wan-3.0/image-to-video", image_url="https://first", aspect_ratio="adaptive")
    assert (wan.look.first, wan.look.aspect) == (FIRST, None)
    horse = asked(
        "happyhorse/happyhorse-1.0/reference-to-video", image_url_1="https://first", image_url_2="https://last"
    )
    assert (horse.look.first, horse.look.last) == (FIRST, None)


async def test_runcomfy_refuses_a_field_too_many_with_422_and_charges_by_the_second(bench: Bench) -> None:
    path, body = "/runcomfy/v1/models/kling/kling-3.0/pro/text-to-video", {"prompt": "A boat", "duration": 4}
    refused = await bench.client.post(path, headers=BEARER, json=body | {"audio": True})
    assert (refused.status_code, refused.json()) == (422, {"detail": ["audio: Unrecognized key."]})
    assert (await bench.client.post(path, headers=BEARER, json=body)).status_code == 200
    (job,) = bench.world.jobs("runcomfy")
    entry = (await bench.client.get(path)).json()
    assert float(job.amount) == pytest.approx(entry["base_price_usd"] * 4)


@pytest.mark.parametrize(
    ("model", "body", "words"),
    [
        ("viduq3_pro_text2video", {}, "prompt must be"),
        ("viduq3_pro_text2video", {"prompt": "A boat", "images": []}, "images is not a parameter"),
        ("viduq3_pro_img2video", {"prompt": "A boat"}, "images must be a list"),
        ("viduq3_pro_img2video", {"images": "https://example.com/a.png"}, "images must be a list"),
        ("viduq3_pro_img2video", {"images": ["https://example.com/a.png"]}, "reachable"),
        ("minimax_hailuo_23_t2v", {"prompt": "A boat", "seed": 7}, "seed is not a parameter"),
    ],
)
async def test_the_queue_refuses_what_a_model_does_not_take(
    bench: Bench, model: str, body: dict[str, object], words: str
) -> None:
    reply = await bench.client.post(f"/odirouter/model/v1/queue/{model}", headers=BEARER, json=body)
    assert reply.status_code == 422
    assert words in reply.json()["detail"]


async def test_a_vidu_clip_begins_with_the_first_of_its_images(bench: Bench) -> None:
    path, body = "/odirouter/model/v1/queue/viduq2_pro_img2video", {"images": [bench.image(FIRST)]}
    assert (await bench.client.post(path, headers=BEARER, json=body)).status_code == 200


def test_a_contract_names_the_fields_of_a_model_and_no_values_that_nobody_has_published() -> None:
    schema = json.loads(json.dumps(MODELS["viduq3_turbo_img2video"].contract()))["input_schema"]
    assert schema["required"] == ["images"]
    assert set(schema["properties"]) == {
        *("audio", "audio_type", "images", "is_rec", "prompt", "voice_id"),
    }
    assert all(field == {} for field in schema["properties"].values())
