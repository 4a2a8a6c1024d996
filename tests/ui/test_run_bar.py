"""What stands beside Run before it is pressed: takes, their cost and by which rates, and what of a budget is left."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from comparisons.records import Balance, Pot
from comparisons.runs import Offer
from comparisons.settings import DatedRate
from comparisons.ui.compare.run_bar import cost_notes, run_label, spent_words, unpriced
from providers import PROVIDERS, Money, Request
from tests.cli.test_cli import TEXT_EACH
from tests.door import Pressed, body_of, data_of, heard, opened
from tests.processes import sandbox
from tests.stage import VARIANTS, scratch
from tests.test_playground import make

RATES = {"CNY": DatedRate(Decimal("0.15"), "2026-10-30"), "credits": DatedRate(Decimal("0.01"), "2026-08-28")}
VARIANT = next(iter(VARIANTS))


def offer(amount: str | None, currency: str = "USD") -> Offer:
    request = Request("A boat")
    listed = None if amount is None else Money(Decimal(amount), currency)
    return Offer(VARIANT, request, request, {}, listed=listed)


def label(*offers: Offer, left_out: int = 0, repeats: int = 1) -> str:
    return run_label(offers, repeats, False, RATES, left_out=left_out)


def notes(*offers: Offer, left_out: int = 0, simulated: bool = False) -> list[str]:
    return cost_notes(offers, simulated, RATES, left_out=left_out)


def test_one_sum_in_dollars_stands_on_run_and_beside_it_the_day_of_each_rate_it_used():
    assert label(offer("0.50"), repeats=2) == "Run 2 takes · $1.00"
    assert notes(offer("0.50")) == []
    assert label(offer("0.50"), offer("2", "CNY")) == "Run 2 takes · $0.80"
    assert notes(offer("0.50"), offer("2", "CNY")) == ["Exchange rate of 2026-10-30"]
    assert label(offer("2", "CNY"), offer("5", "credits")) == "Run 2 takes · $0.35"
    assert notes(offer("2", "CNY"), offer("5", "credits")) == ["Exchange rates of 2026-08-28 and 2026-10-30"]
    assert label(offer("2", "EUR"), offer("1")) == "Run 2 takes · €2.00 + $1.00"
    assert notes(offer("2", "EUR"), offer("2", "CNY")) == [], "no rate was used"


def test_the_sandbox_says_that_nothing_is_charged():
    assert run_label([offer("1")], 1, True, RATES) == "Run 1 take · sandbox"
    assert (notes(offer("1"), simulated=True), notes(simulated=True)) == (["Nothing is charged"], [])


def test_what_is_of_unknown_price_is_said_and_counted_never_taken_for_nothing():
    known, unknown = offer("0.50"), offer(None)
    assert unpriced([known, unknown]) == [unknown]
    assert label(known, left_out=1) == "Run 1 take · $0.50"
    assert notes(known, left_out=1) == ["1 of unknown price left out"]
    assert label(known, unknown) == "Run 2 takes · $0.50 + 1 not priced"
    assert label(left_out=2) == "No price is known: tick the box above"
    assert label() == "Choose at least one variant"


@pytest.mark.parametrize(
    ("limit", "said"),
    [("1", "24-hour budget: $0.63 of $1.00 left"), ("Infinity", "$0.12 spent, $0.25 under way, no budget set")],
)
def test_what_is_spent_and_left_of_the_hosts_money_stands_beside_run(limit: str, said: str):
    balance = Balance(Decimal(limit), Decimal("0.12"), Decimal("0.25"))
    (told,) = spent_words([(Pot("folder", "the 24-hour budget", Decimal(limit)), balance)])
    assert said in told


def test_a_playground_tells_what_is_left_of_its_budget(tmp_path: Path):
    playground = make(tmp_path, TAKES_BUDGET="2.50")
    assert spent_words(playground.gate.spent("")) == ["24-hour budget: $2.50 of $2.50 left"]
    playground.close()


@pytest.mark.parametrize(("budget", "repeats", "why"), [("0", 1, "budget"), ("50", 20, "a visitor may have")])
def test_a_press_that_cannot_come_to_anything_asks_no_provider_for_its_price(
    tmp_path: Path, budget: str, repeats: int, why: str
):
    (tmp_path / "there").mkdir()
    limits = {"TAKES_PUBLIC": "1", "TAKES_VISITOR_BUDGET": budget, "TAKES_VISITORS_BUDGET": "100"}
    keys = {provider.key_env: "the-hosts-own-key-4711" for provider in PROVIDERS.values()}
    with (
        sandbox(tmp_path / "there", scratch()) as there,
        opened(tmp_path / "home", **limits, **keys, **there.urls) as it,
        it.visitor() as client,
    ):
        told = {"chosen": list(TEXT_EACH), "turn": 1}
        fields = {"mode": "Live", "image": None, "repeats": repeats, "picker": told}
        data = data_of(client, "start", fields)
        said = heard(client, body_of(client, Pressed("start", data)))
        assert why in said
        assert there.world()["requests"] == {}
