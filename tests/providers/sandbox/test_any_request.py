"""Whatever is asked of any variant: it is refused with a reason before it is sent, or the vendor's rules take it."""

from __future__ import annotations

import functools
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import providers
from comparisons.runs import compare
from providers import INPUTS, LABELS, PROVIDERS, ImageInput, Option, References, Request, Value, Variant
from providers.sandbox import (
    _apiframe,
    _apiframe_models,
    _fal,
    _minimax,
    _odirouter,
    _openrouter,
    _replicate,
    _runcomfy,
    _runninghub,
    _selfhosted,
    _wavespeed,
)
from providers.sandbox import _wire as wire
from providers.sandbox._seacloud import SeaCloudRefusal
from providers.sandbox.odirouter import _OdiRouterDesk
from tests.providers.sandbox.test_sandbox import ORIGIN, Bench, png
from tests.vectors import FILE, body_in

VARIANTS = providers.variants()
SIDES = ((800, 600, "PNG"), (640, 360, "WEBP"), (512, 512, "JPEG"), (301, 720, "PNG"), (300, 300, "PNG"))
IMAGES = [ImageInput(png(*of), f"image/{of[2].lower()}", *of[:2]) for of in SIDES]
UNASKED = 9
"""How often in ten a request has nothing of what its variant may not know."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("clips"))


def values_of(option: Option) -> st.SearchStrategy[Value]:
    """Values that the option has, and some that it has not."""
    if option.kind == "switch":
        return st.sampled_from([True, False, "true"])
    if option.kind == "text":
        return st.sampled_from(["", "blur", "x" * (option.most or 9), "x" * ((option.most or 9) + 1)])
    if option.choices:
        return st.sampled_from([*option.choices * 3, "7p", "720p", 99, 7, True])
    low, high = int(option.low or -2), int(option.high or 9)
    if option.kind == "number":
        return st.sampled_from([low, high, 0.5, low - 0.1, high + 0.1])
    return st.integers(low - 1, high + 1)


OTHERS = st.dictionaries(
    st.sampled_from([*(name for name in LABELS if name not in INPUTS), "no_such_option"]),
    st.sampled_from(["720p", "9:16", 6, 7, True, False, "x"]),
    max_size=2,
)
"""Options by name, whether the variant has them or not."""


@st.composite
def requests(draw: st.DrawFn, variant: Variant) -> Request:
    own = {name: draw(values_of(option)) for name, option in variant.options.items() if draw(st.booleans())}
    others = draw(OTHERS) if draw(st.integers(1, 10)) > UNASKED else {}
    images = {
        name: draw(st.lists(st.sampled_from([*IMAGES[:1] * 4, *IMAGES]), min_size=count, max_size=count))
        for name, wanted in variant.inputs.items()
        if (count := draw(st.sampled_from([1, 1, 1, 0, 2, wanted.most, wanted.most + 1])))
    }
    strange = {draw(st.sampled_from(INPUTS)): [IMAGES[0]]} if draw(st.integers(1, 10)) > UNASKED else {}
    prompt = draw(st.sampled_from([*["A boat"] * 8, "一只纸船 🚣", "", " ", "x" * 2001, "x" * 20_481]))
    return Request.of(prompt, strange | images, others | own)


@given(st.data())
@settings(max_examples=200)
def test_any_request_is_refused_with_a_reason_before_it_is_sent_or_passes_the_vendors_rules_at_the_listed_price(
    bench: Bench, data: st.DataObject
) -> None:
    variant = data.draw(st.sampled_from(VARIANTS))
    asked = data.draw(requests(variant))
    offer = compare.offer(variant, asked, site_of(variant), nearest=data.draw(st.booleans()))
    if offer.why_not is not None:
        assert offer.why_not.strip()
        with pytest.raises(providers.InvalidRequest):
            providers.check(variant, offer.request)
        return
    links = {name: tuple(link(bench, image) for image in images) for name, images in offer.request.inputs.items()}
    sent = PROVIDERS[variant.provider].submit(variant, offer.request, References.of(links), "key")
    charged = RULES[variant.provider](bench, variant, body_in(sent) or {})
    listed = None if offer.listed is None else offer.listed.amount
    assert listed is None or listed == charged
    assert variant.provider != "runninghub" or listed is not None or charged is None or LOWEST in variant.note


LOWEST = "stated as lowest ones only"
"""What the note says of a variant whose list has no price of each clip: the sandbox takes the lowest."""


@functools.cache
def link(bench: Bench, image: ImageInput) -> str:
    """Where a picture is that was uploaded."""
    return bench.image(image.data)


def test_each_option_of_each_variant_is_taken_by_its_vendor(bench: Bench) -> None:
    """Whatever chance does not come upon above: each asked for alone, with the images that the variant needs."""
    for variant in VARIANTS:
        images = {name: [IMAGES[0]] for name, wanted in variant.inputs.items() if wanted.need == "required"}
        links = {name: (link(bench, image),) for name, (image,) in images.items()}
        for name, option in variant.options.items():
            value = True if option.kind == "switch" else option.choices[-1] if option.choices else "blur"
            if option.kind in ("integer", "number"):
                value = int(option.high or option.low or 1)
            asked = Request.of("A boat", images, {name: value})
            if compare.offer(variant, asked, site_of(variant)).why_not is None:
                sent = PROVIDERS[variant.provider].submit(variant, asked, References.of(links), "key")
                RULES[variant.provider](bench, variant, body_in(sent) or {})


def site_of(variant: Variant) -> str:
    return next((rule.site for rule in variant.prices if rule.site), "anywhere.example")


# What each vendor's rules say of a body, in process; each gives what is charged, None where nobody says ---------------


def apiframe(_: Bench, variant: Variant, body: dict[str, Any]) -> Decimal:
    assert _apiframe.problems(body) == {}, variant.ref
    return Decimal(_apiframe_models.cost_of(body))


def fal(_: Bench, variant: Variant, body: dict[str, Any]) -> Decimal:
    model = _fal.models()[variant.endpoint]
    assert _fal.problems(model, body, lambda url: png() if url.startswith(ORIGIN) else None) == [], variant.ref
    return model.price(body)


def minimax(bench: Bench, variant: Variant, body: dict[str, Any]) -> Decimal | None:
    read = _minimax.asked_of_v1 if body["model"] in _minimax.rules()["v1"] else _minimax.asked_of_v2
    return read(body, lambda url: wire.fetched(bench.world, ORIGIN, url)).usd


def odirouter(bench: Bench, variant: Variant, body: dict[str, Any]) -> None:
    try:
        _OdiRouterDesk(bench.world, ORIGIN)._asked(_odirouter.MODELS[variant.endpoint], body)
    except SeaCloudRefusal as refusal:
        raise AssertionError(f"{variant.ref}: {refusal}") from refusal


def openrouter(_: Bench, variant: Variant, body: dict[str, Any]) -> Decimal:
    model = _openrouter.models()[variant.endpoint]
    assert set(body) <= {*_openrouter.REQUEST["properties"], "provider"}, variant.ref
    assert _openrouter.problem(model, body) is None, variant.ref
    for options in body.get("provider", {}).get("options", {}).values():
        assert set(options.get("parameters", options)) <= set(model.entry["allowed_passthrough_parameters"])
    images = dict.fromkeys(_openrouter.links(body), png())
    return _openrouter.RoutedVideo.of(model, body, images).cost(model)


def replicate(_: Bench, variant: Variant, body: dict[str, Any]) -> Decimal:
    model = _replicate.models()[variant.endpoint]
    assert set(body) == {"input"}
    assert model.problems(body["input"]) == {}, variant.ref
    return model.usd(body["input"])


def runcomfy(bench: Bench, variant: Variant, body: dict[str, Any]) -> None:
    model = _runcomfy.models()[variant.endpoint]
    assert _runcomfy.problem(model, body, lambda url: url.startswith(ORIGIN)) is None, variant.ref


def runninghub(_: Bench, variant: Variant, body: dict[str, Any]) -> Decimal | None:
    model = _runninghub.models()[variant.endpoint]
    assert set(body) <= {param.name for param in model.params}, variant.ref
    for param in model.images:
        assert all(url.startswith(ORIGIN) for url in param.links(body.get(param.name)))
    return model.checked(body).price


def selfhosted(_: Bench, variant: Variant, body: dict[str, Any]) -> None:
    texts = {name: part for name, part in body.items() if part != FILE}
    form = _selfhosted.VideoForm(texts, png() if FILE in body.values() else None)
    _selfhosted.check(form)
    assert (form.model, form.failure) == (variant.endpoint, None)


def wavespeed(_: Bench, variant: Variant, body: dict[str, Any]) -> Decimal:
    model = _wavespeed.models()[variant.endpoint]
    assert model.problem(body) is None, variant.ref
    assert all(url.startswith(ORIGIN) for url in _wavespeed.images_in(body))
    return model.price(body)


ALL = (apiframe, fal, minimax, odirouter, openrouter, replicate, runcomfy, runninghub, selfhosted, wavespeed)
RULES = {each.__name__: each for each in ALL}


def test_every_provider_is_held_to_its_rules() -> None:
    assert set(RULES) == set(PROVIDERS)
