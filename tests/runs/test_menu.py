"""The menu tells who sells a model, and what the cheapest of a seller's variants lists for its usual clip."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from comparisons import cli
from comparisons.runs import MenuLine, menu
from providers import PROVIDERS, Money, Option, PriceRule, Variant, variants

RATES = {"CNY": Decimal("0.15")}
SIX = Option("duration", "choice", "duration", choices=(6, 10), send="always")


def sketch(endpoint: str, *prices: PriceRule, provider: str = "apiframe") -> Variant:
    return Variant(provider, endpoint, "sketch-1", "Sketch", "Sketch", options={"duration": SIX}, prices=prices)


def price(amount: str, currency: str, **when: int) -> PriceRule:
    told = {name: (value,) for name, value in when.items()}
    return PriceRule("clip", Money(Decimal(amount), currency), date(2026, 11, 30), "this test", told)


def only_line(*of: Variant) -> MenuLine:
    (line,) = menu(of, RATES)
    return line


def test_a_model_costs_what_the_cheapest_of_its_variants_lists_for_the_clip_that_nobody_asks_anything_of():
    dear, cheap = price("4", "CNY", duration=6), price("0.50", "USD", duration=6)
    line = only_line(sketch("a", dear), sketch("b", cheap, price("0.01", "USD", duration=10)))
    assert line.sold["apiframe"].usd == Decimal("0.50")
    assert line.sold["apiframe"].cheapest == sketch("b", cheap, price("0.01", "USD", duration=10))


def test_a_price_counts_on_whatever_site_it_is_listed():
    home = replace(price("4", "CNY"), site="home.example")
    abroad = replace(price("0.30", "USD"), site="abroad.example")
    assert only_line(sketch("a", home, abroad)).sold["apiframe"].usd == Decimal("0.30")


@pytest.mark.parametrize("prices", [(), (price("1", "credits"),), (price("1", "USD", duration=10),)])
def test_what_has_no_price_in_dollars_is_sold_all_the_same(prices: tuple[PriceRule, ...]):
    sold = only_line(sketch("a", *prices)).sold["apiframe"]
    assert (sold.usd, sold.cheapest, len(sold.variants)) == (None, None, 1)


def test_each_seller_of_a_model_counts():
    line = only_line(sketch("a"), sketch("b", provider="runcomfy"), sketch("c", price("1", "USD")))
    assert {slug: (len(sold.variants), sold.usd) for slug, sold in line.sold.items()} == {
        "apiframe": (2, Decimal(1)),
        "runcomfy": (1, None),
    }


def test_every_variant_is_on_the_menu_once():
    lines = menu(variants(), RATES)
    listed = [variant for line in lines for sold in line.sold.values() for variant in sold.variants]
    assert sorted(each.ref for each in listed) == sorted(each.ref for each in variants())
    assert len({line.model for line in lines}) == len(lines)


def test_the_command_has_a_column_for_each_provider_and_says_which_clip_a_price_is_of(
    tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.setenv("TAKES_HOME", str(tmp_path))
    assert cli.main(["models"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["family", "model", *PROVIDERS]
    (fast,) = [line for line in lines if " hailuo-2.3-fast " in line]
    sellers = {"apiframe": "unknown", "minimax": "$0.19", "odirouter": "unknown", "runninghub": "$0.15"}
    assert {slug: fast[head.index(slug) :].split()[0] for slug in sellers} == sellers
    assert cli.main(["models", "--json"]) == 0
    told = {row["model"]: row["providers"] for row in json.loads(capsys.readouterr().out)}
    assert told["hailuo-2.3-fast"]["odirouter"]["usd"] is None
    assert told["hailuo-2.3-fast"]["runninghub"]["clip"] == "768p · 6 s"
