"""RunningHub's endpoints at the sandbox: what each refuses, what it costs, and what its clip looks like."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import providers
from providers import ImageInput, Option, Request, Value, Variant
from providers.sandbox._clips import ClipSpec
from providers.sandbox._runninghub import BusinessError, models
from tests.providers.sandbox.test_sandbox import KEY, Bench, instant_clip, png

pytestmark = pytest.mark.anyio
VARIANTS = [variant for variant in providers.variants() if variant.provider == "runninghub"]
IMAGE = ImageInput(png(), "image/png", 800, 600)
BEARER = {"Authorization": f"Bearer {KEY}"}
LINK = "https://example.com/i.png"


# What is offered ----------------------------------------------------------------------------------------------------


def test_every_combination_that_a_variant_offers_has_a_price_or_none_has():
    for variant in VARIANTS:
        named = sorted({name for rule in variant.prices for name in rule.when})
        offered = ways(variant, [variant.options[name] for name in named if variant.options[name].field])
        priced = [variant.rate(way, None) is not None for way in offered]
        assert priced
        assert all(priced) or not variant.prices, variant.ref


def ways(variant: Variant, asked: list[Option]) -> list[dict[str, Value]]:
    """What is sent for every combination of these options that the variant makes."""
    found: list[dict[str, Value]] = [{}]
    for option in asked:
        values = option.choices or ((True, False) if option.kind == "switch" else between(option))
        found = [{**way, option.name: value} for way in found for value in values]
    sent = (settled(variant, Request("A boat", options=way)) for way in found)
    return [values for values in sent if values is not None]


def between(option: Option) -> tuple[int, ...]:
    return tuple(range(int(option.low or 0), int(option.high or 0) + 1))


def settled(variant: Variant, request: Request) -> dict[str, Value] | None:
    try:
        return providers.settled(variant, request)
    except providers.InvalidRequest:
        return None


# What is refused ----------------------------------------------------------------------------------------------------

WAN = {"prompt": "x", "duration": "5", "resolution": "720P", "aspectRatio": "16:9", "promptExtend": True}
KLING = {"prompt": "x", "duration": 5, "sound": True}
SEEDANCE = {"prompt": "x", "duration": "5", "resolution": "720p", "ratio": "16:9"}
PIXVERSE = {"prompt": "x", "duration": "10", "resolution": "720p", "generateAudioSwitch": "true"}


@pytest.mark.parametrize(
    ("endpoint", "body", "code"),
    [
        ("alibaba/wan-2.7/text-to-video", WAN, None),
        ("alibaba/wan-2.7/text-to-video", WAN | {"duration": 5}, "301"),
        ("alibaba/wan-2.7/text-to-video", WAN | {"resolution": "720p"}, "301"),
        ("alibaba/wan-2.7/text-to-video", WAN | {"promptExtend": "true"}, "301"),
        ("alibaba/wan-2.7/text-to-video", WAN | {"negativePrompt": "x" * 501}, "1007"),
        ("alibaba/wan-2.7/text-to-video", WAN | {"seed": -1}, "301"),
        ("alibaba/wan-2.7/text-to-video", WAN | {"seed": 1.0}, "301"),
        ("alibaba/wan-2.7/text-to-video", WAN | {"seed": None, "a_field_nobody_knows": 1}, None),
        ("kling-video-o3-pro/text-to-video", KLING, None),
        ("kling-video-o3-pro/text-to-video", KLING | {"duration": "5"}, "301"),
        ("kling-video-o3-pro/text-to-video", KLING | {"duration": 16}, "301"),
        ("kling-video-o3-pro/text-to-video", KLING | {"duration": True}, "301"),
        ("kling-video-o3-pro/text-to-video", {"prompt": "x", "duration": 5}, "301"),
        ("rhart-video/sparkvideo-2.0-fast/text-to-video", SEEDANCE, None),
        ("rhart-video/sparkvideo-2.0-fast/text-to-video", SEEDANCE | {"resolution": "native1080p"}, "1007"),
        ("pixverse-v5.6/text-to-video", PIXVERSE, None),
        ("pixverse-v5.6/text-to-video", PIXVERSE | {"resolution": "1080p"}, "1007"),
        ("pixverse-v5.6/text-to-video", PIXVERSE | {"generateAudioSwitch": True}, "301"),
    ],
)
def test_a_body_is_held_to_the_registry(endpoint: str, body: dict[str, Any], code: str | None):
    assert refusal(endpoint, body) == code


def refusal(endpoint: str, body: dict[str, Any]) -> str | None:
    try:
        assert models()[endpoint].checked(body).price is not None
    except BusinessError as error:
        return error.code
    return None


async def test_reference_images_are_a_list_of_so_many_at_most_and_one_at_least(tmp_path: Path) -> None:
    bench, body = Bench(tmp_path), {"prompt": "x", "resolution": "720p", "generateAudio": True}

    async def code(images: object) -> str:
        reply = await bench.client.post(
            "/runninghub/openapi/v2/rhart-video-v3.1-pro-official/reference-to-video",
            headers=BEARER,
            json=body | {"imageUrls": images},
        )
        return str(reply.json()["errorCode"])

    link = bench.image()
    assert [await code([link] * count) for count in (1, 3, 4, 0)] == ["", "", "301", "301"]
    assert [await code(wrong) for wrong in (link, [7], [""], None)] == ["301"] * 4
    assert await code([link, LINK]) == "1001"


async def test_an_endpoint_without_a_price_is_sold_and_has_none_to_preview(tmp_path: Path) -> None:
    bench, endpoint = Bench(tmp_path), "skyreels-v4/text-to-video-fast"
    body = {"prompt": "x", "promptOptimizer": False, "resolution": "480p"}
    previewed = await bench.client.post(f"/runninghub/price-preview/{endpoint}", headers=BEARER, json=body)
    assert (previewed.json()["errorCode"], previewed.json()["errorMessage"]) == ("1501", "PRICE_CONFIG_NOT_FOUND")
    await bench.client.post(f"/runninghub/openapi/v2/{endpoint}", headers=BEARER, json=body)
    (job,) = bench.world.jobs("runninghub")
    assert job.amount is None


async def test_an_endpoint_that_is_not_on_the_menu_is_not_found(tmp_path: Path) -> None:
    reply = await Bench(tmp_path).client.post("/runninghub/openapi/v2/of/nobody", headers=BEARER, json={})
    assert reply.status_code == 404


# What comes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("endpoint", "body", "shape"),
    [
        ("alibaba/wan-2.7/text-to-video", WAN | {"aspectRatio": "9:16"}, (720, 1280, 5, False)),
        ("kling-video-o3-pro/text-to-video", KLING | {"aspectRatio": "1:1", "duration": 7}, (720, 720, 7, True)),
        ("rhart-video/sparkvideo-2.0/text-to-video", SEEDANCE | {"resolution": "480p"}, (854, 480, 5, True)),
        ("pixverse-v5.6/text-to-video", PIXVERSE | {"generateAudioSwitch": "false"}, (720, 720, 10, False)),
        (
            "alibaba/wan-2.6/text-to-video",
            {"prompt": "x", "duration": "15", "resolution": "720*1280", "shotType": "single"},
            (720, 1280, 15, False),
        ),
        (
            "rhart-video-s-official/text-to-video-pro",
            {"prompt": "x", "duration": "4", "size": "1792x1024"},
            (1792, 1024, 4, False),
        ),
        ("minimax/hailuo-2.3/t2v-pro", {"prompt": "x", "enablePromptExpansion": True}, (1920, 1080, 6, False)),
    ],
)
async def test_a_clip_has_the_size_the_length_and_the_sound_that_were_asked_for(
    endpoint: str, body: dict[str, Any], shape: tuple[int, int, int, bool], tmp_path: Path
) -> None:
    drawn: list[ClipSpec] = []

    def noted(spec: ClipSpec, folder: Path) -> Path:
        drawn.append(spec)
        return instant_clip(spec, folder)

    bench = Bench(tmp_path, renderer=noted)
    await bench.client.post(f"/runninghub/openapi/v2/{endpoint}", headers=BEARER, json=body)
    await bench.world.settle()
    (spec,) = drawn
    assert (spec.width, spec.height, spec.duration, spec.sound) == shape


@pytest.mark.parametrize(
    ("endpoint", "body", "price"),
    [
        ("vidu/text-to-video", {"resolution": "720p", "duration": "10"}, "1.31"),
        ("rhart-video-v3.1-pro-official/text-to-video", {"duration": "6", "generateAudio": True}, "14.1"),
        ("kling-video-o3-std/text-to-video", {"duration": 15, "sound": False}, "7.80"),
        ("rhart-video-g/text-to-video", {"resolution": "720p", "aspectRatio": "16:9"}, "0.18"),
    ],
)
def test_a_price_is_that_of_the_list(endpoint: str, body: dict[str, Any], price: str):
    model = models()[endpoint]
    needed = {param.name: param.default for param in model.params if param.required and param.type != "IMAGE"}
    assert model.checked({**needed, "prompt": "x", **body}).price == Decimal(price)
