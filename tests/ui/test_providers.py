"""The Prices tab says what each model costs where and how old prices are; for the host it has lists read anew."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path

import gradio as gr
import pytest
from starlette.requests import Request

from comparisons import settings
from comparisons.clock import Clock
from comparisons.ledger import Past
from comparisons.playground import Playground
from comparisons.runs import Refreshed, menu
from comparisons.runs.price_changes import Change
from comparisons.ui.door.door import Door
from comparisons.ui.providers import prices
from comparisons.ui.providers.tab import ProvidersTab, changed
from providers import PROVIDERS, InvalidRequest, ListedModel, seconds_in, usual
from tests.stage import VARIANTS

NOWHERE = {provider.base_url_env: "http://127.0.0.1:9" for provider in PROVIDERS.values()}
"""A port that nothing listens on."""


@contextmanager
def built(home: Path, **env: str) -> Iterator[tuple[ProvidersTab, set[str]]]:
    """The tab, and the names of its events."""
    told = settings.read({"TAKES_HOME": str(home), **NOWHERE, **env}, home / "no.env")
    playground = Playground(told, clock=Clock(wall=lambda: 1_796_040_000.0))  # 2026-11-30

    async def made() -> tuple[ProvidersTab, set[str]]:  # within a loop: without one gradio makes several of its own
        with gr.Blocks() as demo, gr.Tab("Prices") as place:
            tab = ProvidersTab(playground, Door(playground))
            tab.connect(place)
        return tab, {str(each.name) for each in demo.fns.values()}

    yield asyncio.run(made())
    playground.close()


def asked() -> gr.Request:
    return gr.Request(request=Request({"type": "http", "headers": []}))


def test_the_host_is_told_what_came_of_each_list_and_how_old_prices_are(tmp_path: Path):
    with built(tmp_path) as (tab, _):
        said = tab.read_lists(asked())
        tab._asked.result(30)
        said = tab.show_lists(asked())[tab.changed]
        assert "RunComfy could not be reached" in said
        assert "RunningHub publishes no list of its models and prices." in said
        assert "2026-04-29, 215 days old" in tab.show_book(asked())


def test_each_model_has_one_price_a_provider_by_the_clip_the_second_and_the_minute_and_ones_own_times():
    priced = next(each for each in VARIANTS if each.prices and each.model == "hailuo-2.3")
    sold = [variant for variant in VARIANTS if variant.model == priced.model]
    past = Past({priced.ref: (40.0, 44.0, 50.0)})
    told = prices.table(sold, {"CNY": Decimal("0.15")}, past, date(2026, 11, 30))
    assert told.count('<th scope="row">') == 1
    cells = [re.sub("<[^>]*>", " ", cell).split() for cell in told.split("<td>")[1:]]
    assert len(cells) == len({variant.provider for variant in sold})
    assert any("p50 44.0 s, n 3" in " ".join(cell) for cell in cells)
    (line,) = menu(sold, {"CNY": Decimal("0.15")})
    for slug, of in line.sold.items():
        cell = " ".join(cells[[each for each in PROVIDERS if each in line.sold].index(slug)])
        assert ("price unknown" in cell) == (of.usd is None)
        if of.usd is not None:
            seconds = seconds_in(usual(of.cheapest))
            assert f"${of.usd / seconds:.3f} a second, ${60 * of.usd / seconds:.2f} a minute" in cell


def test_a_visitor_has_no_button_nor_an_event_behind_one(tmp_path: Path):
    with built(tmp_path, TAKES_PUBLIC="1") as (tab, events):
        assert not {"read_lists", "show_lists"} & events
        assert not hasattr(tab, "refresh")
        with pytest.raises(InvalidRequest):
            tab._host(asked())


def test_what_a_provider_calls_its_models_is_shown_as_text():
    model = ListedModel("<script>")
    said = changed([Refreshed("runcomfy", 1, date(2026, 11, 29), (Change("new", "<script>", None, model, False),))])
    assert "<script>" not in said
    assert "new: &lt;script&gt;" in said
