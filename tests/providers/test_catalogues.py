"""Each dialect asks for its provider's own catalogue, and reads it, as the documents say."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from providers import PROVIDERS, CatalogPage, ListedModel, RateLimited, UnknownReply, variants
from tests.providers.sandbox.test_sandbox import KEY, Bench
from tests.vectors import exchanges, reply_of


def told(model: ListedModel) -> list[object]:
    price = model.price
    money = (None, None) if price is None else (str(price.amount), price.currency)
    return [model.endpoint, *money, model.per, model.from_price]


@pytest.mark.parametrize(("slug", "exchange"), exchanges("catalog"))
def test_a_catalogue_is_asked_for_and_read_as_documented(slug: str, exchange: dict) -> None:
    provider, meaning = PROVIDERS[slug], exchange["meaning"]
    sent = provider.catalog(exchange["cursor"])
    assert (sent.method, sent.url.raw_path.decode()) == (exchange["request"]["method"], exchange["request"]["path"])
    assert provider.refused(reply_of(exchange)) is None
    if "unknown" in meaning:
        with pytest.raises(UnknownReply):
            provider.cataloged(exchange["cursor"], reply_of(exchange))
        return
    page = provider.cataloged(exchange["cursor"], reply_of(exchange))
    assert [told(model) for model in page.models] == meaning["models"]
    assert page.cursor == meaning["cursor"]
    options = {model.endpoint: dict(model.options) for model in page.models}
    assert options == meaning.get("options", options)


@pytest.mark.parametrize(("slug", "exchange"), exchanges("detail"))
def test_what_a_list_leaves_out_is_asked_for_and_read_as_documented(slug: str, exchange: dict) -> None:
    provider, meaning, reply = PROVIDERS[slug], exchange["meaning"], reply_of(exchange)
    asked = provider.details(exchange["endpoints"], exchange["has_key"])
    assert ("GET", exchange["request"]["path"]) in {(each.method, each.url.raw_path.decode()) for each in asked}
    if "refused" in meaning:
        assert isinstance(provider.refused(reply), RateLimited)
    elif "unknown" in meaning:
        with pytest.raises(UnknownReply):
            provider.detailed(reply)
    else:
        found = provider.detailed(reply)
        assert [[*told(model)[:3], model.unit, dict(model.options)] for model in found] == meaning["models"]


def test_what_fal_tells_of_many_endpoints_is_asked_for_in_parts_and_prices_only_with_a_key() -> None:
    endpoints = [f"made/up-{number}" for number in range(51)]
    described, keyed = (PROVIDERS["fal"].details(endpoints, has_key) for has_key in (False, True))
    assert [len(each.url.params.get_list("endpoint_id")) for each in keyed] == [10, 10, 10, 10, 10, 1, 50, 1]
    assert [each.url.path for each in described] == ["/v1/models"] * 6


def test_a_model_that_a_catalogue_names_without_an_id_is_passed_over() -> None:
    bodies = {
        "apiframe": {"models": [{"label": "Nameless"}]},
        "odirouter": {"data": {"models": [{"name": "Nameless"}], "total_pages": 1}},
        "openrouter": {"data": [{"name": "Nameless"}]},
        "runcomfy": {"models": [{"display_name": "Nameless"}], "total": 1},
        "selfhosted": {"data": [{"object": "model"}]},
        "wavespeed": {"code": 200, "data": [{"name": "Nameless"}]},
    }
    for slug, body in bodies.items():
        assert PROVIDERS[slug].cataloged(None, httpx.Response(200, json=body)) == CatalogPage((), None)
    fal = httpx.Response(200, json={"models": [{"metadata": {"display_name": "Nameless"}}], "next_cursor": None})
    assert PROVIDERS["fal"].cataloged("image-to-video", fal) == CatalogPage((), None)


def test_a_provider_that_publishes_no_catalogue_is_asked_for_none() -> None:
    assert PROVIDERS["runninghub"].catalog(None) is None
    with pytest.raises(UnknownReply):
        PROVIDERS["runninghub"].cataloged(None, httpx.Response(200, json={"models": []}))


CATALOGUED = ["apiframe", "fal", "odirouter", "openrouter", "runcomfy", "selfhosted", "wavespeed"]


@pytest.mark.parametrize("slug", CATALOGUED)
@pytest.mark.anyio
async def test_page_by_page_a_catalogue_names_every_variant_that_is_listed_here(slug: str, tmp_path: Path) -> None:
    bench, provider = Bench(tmp_path), PROVIDERS[slug]
    headers = {provider.auth_header: provider.auth_value.format(key=KEY)}
    cursor, named, asked = None, set(), 0
    while asked == 0 or cursor is not None:
        sent = provider.catalog(cursor)
        reply = await bench.client.get(f"/{slug}{sent.url.raw_path.decode()}", headers=headers)
        page = provider.cataloged(cursor, reply)
        named |= {model.endpoint for model in page.models}
        cursor, asked = page.cursor, asked + 1
        assert asked < 20, "it never ends"
    assert {variant.endpoint for variant in variants() if variant.provider == slug} <= named
