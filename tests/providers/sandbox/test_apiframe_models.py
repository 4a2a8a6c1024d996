"""Apiframe's models: the catalogue's bodies and the sandbox's refusals, both held to the vendor's own schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import providers
from providers import PROVIDERS, ImageInput, Option, References, Request, Value, Variant
from providers.sandbox import Phase
from providers.sandbox._apiframe import problems
from providers.sandbox._apiframe_models import block_of, rules
from providers.sandbox._clips import ClipSpec
from providers.sandbox._schema import KNOWN, enum_of
from tests.providers.sandbox.test_sandbox import KEY, Bench, instant_clip

IMAGE = ImageInput(b"\x89PNG\r\n\x1a\n", "image/png", 1366, 768)
URL = "https://cdn2.apiframe.ai/uploads/first.png"
VARIANTS = [variant for variant in providers.variants() if variant.provider == "apiframe"]
LEFT_OUT = {
    "audio", "concepts", "first_clip", "keep_original_sound", "multi_prompt", "reference_audio_urls", "reference_video",
    "reference_video_urls", "reference_videos", "video_reference_type",
}  # fmt: skip
SILENT = {"seedance-1-lite", "seedance-1-pro", "seedance-1-pro-fast"}
NOT_YET = {"kling-3.0-motion-control", "hailuo-03"}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


# ---------------------------------------------------------------- the catalogue


def values_of(option: Option) -> tuple[Value, ...]:
    """All that an option may be, or the ends of it."""
    if option.choices:
        return option.choices
    if option.kind == "switch":
        return True, False
    if option.kind == "text":
        return "x", "x" * (option.most or 5000)
    low, high = (7 if bound is None else bound for bound in (option.low, option.high))
    return (int(low), int(high)) if option.kind == "integer" else (low, high)


def requests_of(variant: Variant) -> Iterator[Request]:
    """With as little as it takes, and then with all its images, the longest prompt and one value of an option each."""
    needed = {name: (IMAGE,) for name in variant.inputs if variant.need(name) == "required"}
    yield Request.of("x", needed, {})
    every = {name: (IMAGE,) * each.most for name, each in variant.inputs.items()}
    full = Request.of("x" * variant.prompt.most, every, {})
    yield from (full.asking(**{name: value}) for name, each in variant.options.items() for value in values_of(each))


def body_of(variant: Variant, request: Request) -> dict[str, Any]:
    images = References.of({name: [URL] * len(given) for name, given in request.inputs.items()})
    body: dict[str, Any] = json.loads(PROVIDERS["apiframe"].submit(variant, request, images, "key").content)
    return body


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.ref)
def test_whatever_a_variant_offers_its_models_schema_takes(variant: Variant):
    for request in requests_of(variant):
        assert providers.why_not(variant, request) is None
        assert problems(body_of(variant, request)) == {}


def test_each_model_is_offered_with_every_field_but_those_left_out_by_name():
    offered: dict[str, set[str]] = {}
    for variant in VARIANTS:
        told = {each.field for each in (*variant.inputs.values(), *variant.options.values())}
        offered.setdefault(variant.endpoint, set()).update(field.rpartition(".")[2] for field in told)
    assert set(offered) == set(rules()) - NOT_YET
    for model, fields in offered.items():
        left_out = LEFT_OUT | ({"generate_audio"} if model in SILENT else set())
        assert fields == set(fields_of(model)) - left_out, model


def test_length_resolution_and_mode_are_sent_though_nobody_asks():
    for variant in VARIANTS:
        body = body_of(variant, next(requests_of(variant)))
        priced = {"duration", "resolution", "mode"} & set(fields_of(variant.endpoint))
        assert priced <= set(body.get(block_of(variant.endpoint), {})), variant.ref


# ---------------------------------------------------------------- the sandbox


def fields_of(model: str) -> Mapping[str, Any]:
    fields: Mapping[str, Any] = rules()[model]["properties"][block_of(model)]["properties"]
    return fields


def least(model: str, **params: object) -> dict[str, Any]:
    """The shortest body that a model takes, with these fields of its own."""
    needed = rules()[model]["properties"][block_of(model)].get("required", [])
    return {"model": model, "prompt": "A boat", block_of(model): dict.fromkeys(needed, URL) | params}


def wrong_values(schema: Mapping[str, Any]) -> Iterator[tuple[object, str]]:
    """Values that a field cannot have, each with what follows its path in the objection."""
    yield None, ""
    if enum_of(schema):
        yield from (("none of them", ""), (10**6, ""))
    elif schema["type"] in ("integer", "number"):
        yield from (("7", ""), (True, ""), (float("nan"), ""))
        yield from ((bound, "") for bound in out_of_bounds(schema))
    elif schema["type"] == "boolean":
        yield from (("true", ""), (1, ""))
    elif schema["type"] == "array":
        yield from ((URL, ""), ([7], ".0"))
        if "maxItems" in schema:
            yield [URL] * (schema["maxItems"] + 1), ""
    elif schema.get("format") == "uri":
        yield from (("a.png", ""), ("http://[", ""), ([URL], ""))
    elif "maxLength" in schema:
        yield "x" * (schema["maxLength"] + 1), ""
    elif "pattern" in schema:
        yield "wide", ""


def out_of_bounds(schema: Mapping[str, Any]) -> list[float]:
    return [schema[name] + step for name, step in (("minimum", -1), ("maximum", 1)) if name in schema]


@pytest.mark.parametrize("model", rules())
def test_a_body_that_is_not_as_its_models_schema_has_it_is_refused_by_the_field(model: str):
    block, schema = block_of(model), rules()[model]
    most = schema["properties"]["prompt"]["maxLength"]
    assert problems(least(model)) == {}
    assert list(problems(least(model) | {"seed": 7})) == ["seed"]
    assert list(problems(least(model, surprise=7))) == [f"{block}.surprise"]
    assert list(problems(least(model) | {block: "x"})) == [block]
    assert [list(problems(least(model) | {"prompt": "x" * length})) for length in (0, most + 1)] == [["prompt"]] * 2
    for name in schema["required"]:
        assert list(problems({key: value for key, value in least(model).items() if key != name})) == [name]
    for name in schema["properties"][block].get("required", []):
        without = {key: value for key, value in least(model)[block].items() if key != name}
        assert list(problems(least(model) | {block: without})) == [f"{block}.{name}"]
    for name, field in fields_of(model).items():
        for value, below in wrong_values(field):
            assert list(problems(least(model, **{name: value}))) == [f"{block}.{name}{below}"], value


def test_a_field_of_another_model_of_the_family_is_refused():
    assert list(problems(least("kling-2.6", mode="pro"))) == ["klingParams.mode"]
    assert list(problems(least("kling-3.0-motion-control", mode="standard"))) == ["klingParams.mode"]
    assert list(problems(least("kling-3.0-omni", multi_prompt="two shots"))) == ["klingParams.multi_prompt"]
    assert list(problems(least("seedance-2-fast", resolution="1080p"))) == ["seedanceParams.resolution"]
    assert list(problems(least("veo-3.1-lite", generate_audio=True))) == ["veoParams.generate_audio"]
    assert list(problems({"model": "wan-2.7", "prompt": "A boat", "wanParams": {}})) == ["wanParams"]


def words_of(schema: object) -> Iterator[str]:
    """The words of JSON Schema in a schema; the names of fields are none."""
    if isinstance(schema, list):
        yield from (word for each in schema for word in words_of(each))
    if isinstance(schema, dict):
        yield from schema
        inner = [*schema.get("properties", {}).values(), schema.get("items"), schema.get("anyOf")]
        yield from (word for each in inner for word in words_of(each))


def test_every_word_of_the_vendors_schemas_is_one_that_is_followed():
    assert {word for schema in rules().values() for word in words_of(schema)} <= KNOWN


@pytest.mark.anyio
async def test_the_list_of_models_has_each_with_what_it_costs(tmp_path: Path):
    bench = Bench(tmp_path)
    listed = (await bench.client.get("/apiframe/v2/models")).json()["models"]
    assert [each["id"] for each in listed] == list(rules())
    for each in listed:
        assert set(each) == {"id", "label", "modality", "costMin", "costMax", "pricingMode"}
        assert 0 < each["costMin"] <= each["costMax"]
    (published,) = [each for each in listed if each["id"] == "hailuo-2.3"]
    assert (published["costMin"], published["costMax"], published["pricingMode"]) == (5, 10, "flat")


async def made(bench: Bench, model: str, **params: object) -> None:
    headers = {"X-API-Key": KEY}
    reply = await bench.client.post("/apiframe/v2/videos/generate", headers=headers, json=least(model, **params))
    assert reply.status_code == 202, reply.text
    await bench.world.settle()


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("model", "params", "clip"),
    [
        ("kling-3.0", {"mode": "pro", "aspect_ratio": "9:16", "generate_audio": True}, (1080, 1920, 3, True)),
        ("kling-2.6", {"duration": 10, "generate_audio": False, "start_image": "here"}, (960, 720, 10, False)),
        ("seedance-2", {"resolution": "480p", "aspect_ratio": "adaptive", "start_image": "here"}, (640, 480, 4, False)),
        ("seedance-2.5", {"resolution": "4k", "aspect_ratio": "1:1", "duration": 5}, (2160, 2160, 5, False)),
        ("veo-3.1", {"aspect_ratio": "99:1"}, (1280, 720, 4, False)),
        ("wan-2.6-flash", {"resolution": "1080p", "audio_enabled": True}, (1920, 1080, 5, True)),
        ("happyhorse-1.1", {"images": ["here"], "duration": 3.0}, (960, 720, 3, False)),
        ("grok-imagine-video", {"reference_images": ["here"]}, (1280, 720, 6, False)),
        ("midjourney-video", {"start_image": "here", "resolution": "sd"}, (640, 480, 5, False)),
    ],
)  # fmt: skip
async def test_a_clip_has_the_size_shape_length_and_sound_that_were_asked_for(
    tmp_path: Path, model: str, params: dict[str, object], clip: tuple[int, int, int, bool]
):
    drawn: list[ClipSpec] = []

    def draw(spec: ClipSpec, folder: Path) -> Path:
        drawn.append(spec)
        return instant_clip(spec, folder)

    bench = Bench(tmp_path, renderer=draw)
    here = json.loads(json.dumps(params).replace("here", bench.image()))
    await made(bench, model, **here)
    (spec,) = drawn
    assert (spec.width, spec.height, spec.duration, spec.sound) == clip


@pytest.mark.anyio
async def test_a_reference_image_nobody_can_fetch_fails_the_job_and_is_refunded(tmp_path: Path):
    bench = Bench(tmp_path)
    await made(bench, "grok-imagine-video", reference_images=[bench.image(), URL])
    (job,) = bench.world.jobs("apiframe")
    await bench.reach(job, Phase.FAILED)
    assert bench.world.charges() == 0
