"""What the page is sent of hundreds of variants: once what never changes, and little at each change of the form."""

from __future__ import annotations

import functools
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from comparisons.ledger import Past
from comparisons.runs import Offer, compare
from comparisons.ui import option_fields
from comparisons.ui.picker.catalogue import EVIDENCE, Catalogue, ranks
from comparisons.ui.picker.value import first_choice, known, picker
from providers import Lifecycle, Money, Request, Variant
from tests.stage import VARIANTS

FEW, MANY = 22, 300
MOST = 60_000
"""Bytes that the picker may travel more with 300 variants than with 22, unpacked, a refresh included."""
REFRESH = 15_000
"""Bytes of a refresh with 300 variants."""
REQUEST = Request("A paper boat").asking(prompt_optimizer=False)
RATES = {"CNY": Decimal("0.14")}
TODAY = date(2026, 11, 30)


def of(count: int) -> tuple[Variant, ...]:
    """So many variants: the shipped ones, some of them again under other names where there are fewer."""
    again = [replace(each, endpoint=f"{each.endpoint}/again") for each in VARIANTS]
    return (*VARIANTS, *again)[:count]


@functools.cache
def offers(count: int) -> tuple[Offer, ...]:
    return tuple(compare.offer(each, REQUEST, "www.runninghub.cn", nearest=True) for each in of(count))


def sent(count: int) -> tuple[int, int]:
    """Bytes that the page is sent once, and with each refresh."""
    catalogue = Catalogue(of(count))
    told = picker(offers(count), [], catalogue, RATES, today=TODAY) | known(Past(), catalogue, simulated=False)
    return len(catalogue.asset.content), len(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode())


def test_300_variants_travel_with_little_more_than_22_and_a_refresh_is_small():
    (once, refresh), (few_once, few_refresh) = sent(MANY), sent(FEW)
    print(f"once {once:,} bytes, a refresh {refresh:,}; with {FEW} variants {few_once:,} and {few_refresh:,}")
    assert once + refresh - few_once - few_refresh <= MOST
    assert refresh <= REFRESH


def rows(told: dict[str, Any], catalogue: Catalogue) -> dict[str, dict[str, Any]]:
    """A refresh as its reader has it, by reference."""
    names = ("detail", "price", "basis", "reason", "badge")
    read = {
        each.ref: None if row is None else dict(zip(names, (told["words"][place] for place in row[:5]), strict=True))
        for each, row in zip(catalogue.order, told["rows"], strict=True)
    }
    dollars = {each.ref: row and row[5] for each, row in zip(catalogue.order, told["rows"], strict=True)}
    return {ref: row | {"dollars": dollars[ref]} for ref, row in read.items() if row is not None}


def test_a_row_says_price_with_basis_and_dollars_or_why_it_takes_no_part():
    variant = next(each for each in VARIANTS if each.prices)
    catalogue = Catalogue(VARIANTS)
    priced = Offer(variant, REQUEST, REQUEST, {}, quoted=Money(Decimal("1.50"), "CNY"))
    unknown = Offer(VARIANTS[-1], REQUEST, REQUEST, {}, quoted=Money(Decimal(5), "credits"))
    off = Offer(VARIANTS[-2], REQUEST, REQUEST, None, "needs a last frame")
    told = rows(picker([priced, unknown, off], [], catalogue, RATES, today=TODAY), catalogue)
    assert set(told) == {variant.ref, VARIANTS[-1].ref, VARIANTS[-2].ref}
    assert (told[variant.ref]["price"], told[variant.ref]["basis"]) == ("¥1.50", "quoted")
    assert told[variant.ref]["dollars"] == 0.21
    assert (told[VARIANTS[-1].ref]["price"], told[VARIANTS[-1].ref]["dollars"]) == ("5 credits", None)
    assert (told[VARIANTS[-2].ref]["reason"], told[VARIANTS[-2].ref]["badge"]) == ("needs a last frame", "")


def test_a_price_that_is_asked_for_says_so_until_it_has_come():
    catalogue = Catalogue(VARIANTS)
    asked = Offer(VARIANTS[0], REQUEST, REQUEST, {}, no_quote="not asked")
    told = rows(picker([asked], [], catalogue, RATES, today=TODAY, asking=True), catalogue)
    assert told[VARIANTS[0].ref]["basis"] == "asking…"


def test_what_is_chosen_and_not_known_here_is_dropped():
    catalogue = Catalogue(VARIANTS)
    told = picker([], [VARIANTS[3].ref, "nobody:nothing"], catalogue, RATES, today=TODAY)
    assert told["chosen"] == [VARIANTS[3].ref]
    assert told["rows"] == [None] * len(VARIANTS)


def test_the_list_says_of_each_variant_who_describes_it_and_that_its_model_ended():
    ended = Lifecycle("ended", date(2026, 9, 24), "its maker")
    some = [replace(VARIANTS[0], evidence=evidence, endpoint=evidence, lifecycle=ended) for evidence in EVIDENCE]
    told = json.loads(Catalogue(some).asset.content)
    by_ref = {row[0]: [told["words"][place] for place in row[6:9]] for row in told["variants"]}
    for each in some:
        evidence, _, ending = by_ref[each.ref]
        assert evidence == EVIDENCE[each.evidence]
        assert ending.startswith("its maker's own service ended 2026-09-24")


def test_a_model_is_called_what_its_variants_share_and_each_by_what_is_left():
    names = ("Model 3, official", "Model 3 (start and end)", "Model V3")
    some = [replace(VARIANTS[0], name=name, endpoint=name) for name in names]
    told = json.loads(Catalogue(some).asset.content)
    assert [title for _, title, _ in told["models"]] == ["Model 3"]
    labels = {row[0].partition(":")[2]: row[3].partition(" · ")[0] for row in told["variants"]}
    assert labels == dict(zip(names, ("official", "(start and end)", "Model V3"), strict=True))


def test_models_that_most_providers_serve_come_first_in_their_family():
    catalogue = Catalogue(VARIANTS)
    for family in {each.family for each in VARIANTS}:
        models = list(dict.fromkeys(each.model for each in catalogue.order if each.family == family))
        serving = [len({each.provider for each in VARIANTS if each.model == model}) for model in models]
        assert serving == sorted(serving, reverse=True)
    assert len(ranks(VARIANTS)) == len({each.model for each in VARIANTS})


def test_a_switch_is_on_or_off_also_where_some_model_leaves_no_choice():
    known = option_fields.by_name(VARIANTS)
    assert {option.kind for option in known["audio"]} == {"choice", "switch"}
    for name in ("audio", "prompt_optimizer"):
        assert option_fields.labels(name, known[name]) == {"On": True, "Off": False}
        assert option_fields.read(name, "Off", known[name]) is False
    assert option_fields.labels("watermark", known["watermark"]) == {"Off": False}  # no variant lets it be on


def test_the_first_choice_has_as_many_providers_as_takes_and_no_model_that_ends():
    able = offers(len(VARIANTS))
    chosen = [each.variant for each in able if each.variant.ref in first_choice(able, VARIANTS)]
    assert len({each.provider for each in chosen}) == len(chosen) == 6
    assert not any(each.lifecycle for each in chosen)


def test_earlier_runs_are_told_by_number_and_of_variants_that_are_gone_nothing():
    catalogue = Catalogue(VARIANTS)
    one, other = VARIANTS[0].ref, VARIANTS[1].ref
    past = Past({one: (41.0, 42.6, 80.0)}, {other: (Money(Decimal("1.01"), "CNY"), 1_763_600_000.0)}, (other, "gone"))
    told = known(past, catalogue, simulated=False)
    assert told["past"] == {
        str(catalogue.number[one]): "p50 42.6 s, n 3",
        str(catalogue.number[other]): "last billed ¥1.01 (2025-11-20)",
    }
    assert told["last"] == [catalogue.number[other]]
    assert known(past, catalogue, simulated=True)["past"] == {str(catalogue.number[one]): "sandbox: p50 42.6 s, n 3"}
    assert json.loads(json.dumps(told)) == told, "as it travels"
