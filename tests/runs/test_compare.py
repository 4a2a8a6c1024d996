"""Who takes part, what it costs, and whether a run may start: all before anything is spent."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparisons import settings
from comparisons.clock import Clock
from comparisons.media import images
from comparisons.playground import Playground
from comparisons.records import Budget, Pot, Priced
from comparisons.runs import compare
from comparisons.runs.compare import Choice, Press
from comparisons.runs.quotes import REMEMBERED_S, Heard, Quotes
from comparisons.ui.picker.catalogue import Catalogue
from comparisons.ui.picker.value import picker
from comparisons.words import adaptations, shape_words, total_words
from providers import Cost, InvalidRequest, Money, Request, find, in_usd
from tests.stage import VARIANTS, make_stage

IMAGE = images.placeholder()
T2V = find("runcomfy:minimax/hailuo-2-3/pro/text-to-video", VARIANTS)
CATALOGUE = Catalogue(VARIANTS)
RH_FAST = find("runninghub:minimax/hailuo-2.3-fast/image-to-video", VARIANTS)


def in_picker(offer: compare.Offer, value: dict) -> list[str]:
    """What the picker says of a variant: its detail, price, basis of the price, reason and badge."""
    return [value["words"][place] for place in value["rows"][CATALOGUE.number[offer.variant.ref]][:5]]


def test_an_old_price_list_says_its_age_where_its_price_is_shown():
    offer = compare.offer(RH_FAST, Request("x", IMAGE), "www.runninghub.cn")
    bases = [
        in_picker(offer, picker([offer], [], CATALOGUE, {}, today=day))[2]
        for day in (date(2026, 6, 28), date(2026, 6, 29), date(2026, 11, 30))
    ]
    said = ["list 2026-04-29", "list 2026-04-29, 61 days old", "list 2026-04-29, 215 days old"]
    assert bases == said


def test_a_price_list_holds_only_for_the_site_it_is_of():
    request = Request("a boat", IMAGE)
    assert compare.offer(RH_FAST, request, "www.runninghub.cn").listed == Money(Decimal("1.01"), "CNY")
    assert compare.offer(RH_FAST, request, "www.runninghub.ai").listed is None


def test_the_nearest_thing_is_offered_only_where_it_is_allowed_and_with_a_badge():
    request = Request("a boat", IMAGE)
    assert compare.offer(T2V, request, "h").why_not == "text only: takes no image"
    allowed = compare.offer(T2V, request, "h", nearest=True)
    assert (allowed.why_not, adapted(allowed)) == (None, ("text only: image not used",))
    assert allowed.request.first_frame is None


def test_of_a_whole_model_no_variant_takes_part_that_leaves_the_image_out_where_another_there_uses_it():
    request = Request("a boat", IMAGE)
    there = [each for each in VARIANTS if (each.provider, each.model) == ("odirouter", "hailuo-2.3")]
    tried = [compare.offer(each, request, "h", nearest=True) for each in there]
    offers = [each for each in tried if not each.why_not]
    aside = {each.variant.ref: each.why_not for each in compare.set_aside(offers, ()) if each.why_not}
    using = {each.variant.ref for each in offers if each.request.first_frame is not None}
    assert using
    assert aside == {each.variant.ref: compare.UNUSED for each in offers if each.variant.ref not in using}
    assert aside
    assert compare.set_aside(offers, [*aside]) == offers, "what is named takes part"
    alone = [each for each in offers if each.variant.ref not in using]
    assert compare.set_aside(alone, ()) == alone


def adapted(offer: compare.Offer) -> tuple[str, ...]:
    return adaptations(compare.wanted(offer.asked), offer.sent)


def test_duration_and_resolution_default_to_each_variants_own():
    assert shape_words(compare.offer(T2V, Request("x"), "h").options) == "1080p · 6 s"
    assert shape_words(compare.offer(RH_FAST, Request("x", IMAGE), "h").options) == "768p · 6 s"
    assert shape_words(compare.offer(RH_FAST, Request("x", IMAGE).asking(duration=10), "h").options) == "768p · 10 s"


def test_with_nothing_named_every_variant_that_fits_takes_part():
    chosen, named = compare.choose(VARIANTS, Choice())
    offers = [compare.offer(variant, Request("a boat"), "h") for variant in chosen]
    assert not named
    assert all(each.variant.need("first_frame") != "required" for each in compare.fit(offers, all_must=False))


def test_a_variant_named_must_fit():
    offers = [compare.offer(RH_FAST, Request("a boat"), "h"), compare.offer(T2V, Request("a boat"), "h")]
    with pytest.raises(InvalidRequest, match="needs an image"):
        compare.fit(offers, all_must=True)


@pytest.mark.parametrize(
    ("kind", "choice"), [("provider", Choice(providers=("nobody",))), ("model", Choice(models=("sora",)))]
)
def test_an_unknown_name_is_answered_with_the_known_ones(kind: str, choice: Choice):
    with pytest.raises(InvalidRequest, match=f"No {kind} is called"):
        compare.choose(VARIANTS, choice)


def priced(amount: str | None, currency: str = "USD", *, allowed: bool = False) -> Priced:
    return Priced("a:b", None if amount is None else Money(Decimal(amount), currency), None, allowed)


def test_an_unknown_price_needs_an_explicit_yes():
    with pytest.raises(InvalidRequest, match="not known"):
        Budget((), {}).check_prices([priced("1"), priced(None)])
    Budget((), {}).check_prices([priced("1"), priced(None, allowed=True)])


def test_no_yes_lets_a_visitor_spend_an_unknown_price_of_the_hosts():
    with pytest.raises(InvalidRequest, match="use a key of your own"):
        Budget((), {}, of_the_host=True).check_prices([priced(None, allowed=True)])


def test_a_budget_in_dollars_needs_the_rate_of_every_currency():
    pots = (Pot("p", "the budget", Decimal(5)),)
    with pytest.raises(InvalidRequest, match="rate of CNY"):
        Budget(pots, {}).check_prices([priced("1.01", "CNY")])
    Budget(pots, {"CNY": Decimal("0.14")}).check_prices([priced("1.01", "CNY")])


amounts = st.decimals("0.01", "99", places=2)
moneys = st.none() | st.builds(Money, amounts, st.sampled_from(["USD", "CNY", "credits", None]))


@given(moneys, moneys, moneys)
def test_an_unknown_cost_is_never_zero(listed: Money | None, quoted: Money | None, billed: Money | None):
    cost = Cost(listed, quoted, billed)
    dollars = cost.usd({"CNY": Decimal("0.14")})
    assert dollars is None or dollars > 0
    assert (cost.best is None) == (cost.basis == "unknown")
    if billed:
        assert (cost.basis, cost.best) == ("billed", billed)


@given(st.lists(moneys, max_size=6))
def test_a_sum_converts_nothing_and_hides_nothing(prices: list[Money | None]):
    words = total_words(prices)
    unknown = sum(price is None for price in prices)
    assert (f"{unknown} not priced" in words) == bool(unknown)
    for currency in {price.currency for price in prices if price}:
        total = sum((p.amount for p in prices if p and p.currency == currency), Decimal(0))
        assert str(Money(total, currency)) in words


def test_money_keeps_its_cents_and_its_currency():
    assert str(Money(Decimal("1.5"), "CNY")) == "¥1.50"
    assert str(Money(Decimal("10"), "credits")) == "10 credits"
    assert str(Money(Decimal("0.0817"), "USD")) == "$0.0817"
    assert in_usd(Money(Decimal(1), None), {"CNY": Decimal(1)}) is None


def keep_nothing() -> Callable:
    return lambda image: ""


def test_jobs_start_in_a_shuffled_order_that_is_recorded():
    offers = [compare.offer(T2V, Request("x"), "h")] * 3
    press = Press(0.0, simulated=True, live=False, repeats=4)
    run = compare.plan_run(offers, Request("x"), press, keep=keep_nothing(), rng=random.Random(1))
    starts = [job.events[0].data["start"] for job in run.jobs]
    assert sorted(starts) == list(range(12))
    assert starts != sorted(starts)
    assert [job.position for job in run.jobs] == list(range(12))


@pytest.mark.parametrize("repeats", [0, -1, 21])
def test_repeats_have_bounds(repeats: int):
    press = Press(0.0, simulated=True, live=False, repeats=repeats)
    offers = [compare.offer(T2V, Request("x"), "h")]
    with pytest.raises(InvalidRequest, match="Repeats go from 1 to 20"):
        compare.plan_run(offers, Request("x"), press, keep=keep_nothing(), rng=random.Random(1))


@pytest.mark.anyio
async def test_quotes_come_from_the_providers_and_leave_no_picture_of_the_persons(tmp_path):
    stage = make_stage(tmp_path)
    mine = images.parse(images.placeholder().data)
    offers = [compare.offer(variant, Request("x", mine), "sandbox", nearest=True) for variant in (RH_FAST, T2V)]
    quoted = await Quotes(stage.time.now).quoted(offers, stage.wire)
    assert quoted[0].quoted == Money(Decimal("1.01"), "CNY")
    assert quoted[1].quoted.currency == "USD"
    assert stage.charges() == 0


@pytest.mark.anyio
async def test_a_quote_that_does_not_come_stays_unknown(tmp_path):
    stage = make_stage(tmp_path, '[[fault]]\nkind = "server_error"\noperation = "quote"\n')
    offers = [compare.offer(T2V, Request("x"), "sandbox")]
    (offer,) = await Quotes(stage.time.now).quoted(offers, stage.wire)
    assert offer.price is None
    assert "server error" in offer.no_quote


@pytest.mark.anyio
async def test_a_variant_that_its_provider_has_retired_is_greyed_with_the_reason_and_takes_no_part(tmp_path):
    stage = make_stage(tmp_path)
    wire = stage.wire.with_keys({slug: "retired" if slug == "runninghub" else "sandbox" for slug in stage.wire.targets})
    offers = [compare.offer(RH_FAST, Request("x", IMAGE), "sandbox"), compare.offer(T2V, Request("x"), "sandbox")]
    gone, there = await Quotes(stage.time.now).quoted(offers, wire)
    assert gone.why_not == "its provider has retired it"
    shown = picker([gone, there], [], CATALOGUE, {}, today=date(2026, 11, 30))
    assert [in_picker(each, shown)[3] for each in (gone, there)] == [gone.why_not, ""]
    assert compare.fit([gone, there], all_must=False) == [there]
    with pytest.raises(InvalidRequest, match="its provider has retired it"):
        compare.fit([gone, there], all_must=True)


@pytest.mark.anyio
async def test_a_price_is_asked_for_again_when_five_minutes_have_passed_or_the_systems_time_was_set_back(tmp_path):
    stage, now = make_stage(tmp_path), [1e9]
    quotes, offers = Quotes(lambda: now[0]), [compare.offer(RH_FAST, Request("x", IMAGE), "sandbox")]
    await quotes.quoted(offers, stage.wire)
    for later, missing in ((0.0, 0), (REMEMBERED_S - 1, 0), (REMEMBERED_S, 1), (-1.0, 1)):
        now[0] = 1e9 + later
        assert len(quotes.missing(offers, stage.wire)) == missing


def test_prices_age_while_the_machine_sleeps(tmp_path):
    wall = [1e9]
    asleep = Clock(wall=lambda: wall[0], monotonic=lambda: 5.0)
    playground = Playground(settings.read({"TAKES_HOME": str(tmp_path)}, Path("no.env")), clock=asleep)
    heard = Heard(playground.quotes.now(), None, None)
    wall[0] += REMEMBERED_S
    assert not heard.holds(playground.quotes.now())
    playground.close()
