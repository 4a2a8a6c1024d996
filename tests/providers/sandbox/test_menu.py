"""Every variant of the catalogue can be bought at the sandbox, at the price that the catalogue names."""

from __future__ import annotations

from pathlib import Path

import pytest

import providers
from providers import INPUTS, PROVIDERS, ImageInput, References, Request, Value, Variant
from tests.providers.sandbox.test_sandbox import KEY, Bench, png

pytestmark = pytest.mark.anyio
IMAGE = ImageInput(png(1024, 768), "image/png", 1024, 768)
VARIANTS = providers.variants()


@pytest.mark.parametrize("slug", PROVIDERS)
async def test_every_variant_is_sold_at_its_smallest_for_the_price_that_is_listed(slug: str, tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    for variant in (each for each in VARIANTS if each.provider == slug):
        request = smallest(variant)
        assert providers.why_not(variant, request) is None, variant.ref
        await bought(bench, variant, request)
        listed = variant.rate(providers.settled(variant, request), None)
        charged = bench.world.jobs(slug)[-1].amount
        assert listed is None or listed.money.amount == charged, variant.ref


def smallest(variant: Variant) -> Request:
    """The shortest clip of the fewest lines, from the images that the variant needs."""
    needed = {name: (IMAGE,) for name in INPUTS if variant.need(name) == "required"}
    asked = {name: least for name in ("duration", "resolution") if (least := least_of(variant, name)) is not None}
    request = Request.of("A boat", needed, asked)
    return request if providers.why_not(variant, request) is None else Request.of("A boat", needed, {})


def least_of(variant: Variant, name: str) -> Value | None:
    option = variant.options.get(name)
    if option is None:
        return None
    return option.choices[0] if option.choices else None if option.low is None else int(option.low)


async def bought(bench: Bench, variant: Variant, request: Request) -> None:
    """Sends the submit that the dialect makes of a request, and sees it accepted."""
    provider = PROVIDERS[variant.provider]
    images = References.of({name: (bench.image(),) for name in request.inputs})
    sent = provider.submit(variant, request, images, variant.ref)
    headers = {**sent.headers, provider.auth_header: provider.auth_value.format(key=KEY)}
    path = f"/{variant.provider}{sent.url.raw_path.decode()}"
    before = len(bench.world.jobs(variant.provider))
    reply = await bench.client.request(sent.method, path, headers=headers, content=sent.read())
    assert provider.refused(reply) is None, f"{variant.ref}: {reply.text}"
    assert provider.submitted(variant, reply).id
    assert len(bench.world.jobs(variant.provider)) == before + 1, variant.ref
