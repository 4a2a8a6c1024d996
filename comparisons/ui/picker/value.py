"""Turns offers into the value that the picker's script shows. It does not use Gradio."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from comparisons.ledger import Past
from comparisons.runs import Offer, compare
from comparisons.ui.picker.catalogue import Catalogue, ranks
from comparisons.words import adaptations, dated_words, shape_words
from providers import Value, Variant, in_usd, usual

NO_GROUPS: Mapping[str, str] = {}
FIRST_OPEN = 6
"""How many variants are ticked when the page first opens."""


def picker(
    offers: Iterable[Offer],
    chosen: Iterable[str],
    catalogue: Catalogue,
    usd: Mapping[str, Decimal],
    *,
    today: date,
    asking: bool = False,
    groups: Mapping[str, str] = NO_GROUPS,
) -> dict[str, Any]:
    """The part of the picker that changes (``PickerValue`` in ``types.d.ts``): for every variant that can be called,
    what it would be sent and cost, or why it cannot take part. Rows are in the catalogue's order; each text is sent
    once, as most variants share theirs. ``unused`` are the variants that would not use an image that is set.

    Args:
        usd: US dollars for one unit of each currency; a price in another currency has no dollars to be compared by.
        today: the day from which the ages of price lists are counted.
        asking: whether providers are being asked for prices just now.
        groups: whole models and providers that may be chosen too, as a plan names them, with the text shown for each.
    """
    words: dict[str, int] = {"": 0}
    rows: list[list[Any] | None] = [None] * len(catalogue.order)
    unused = []
    for each in offers:
        number = catalogue.number[each.variant.ref]
        rows[number] = _row(each, words, usd, today, asking)
        unused += [number] if each.lacks_image and not each.why_not else []
    return {
        "catalogue": catalogue.asset.path,
        "rows": rows,
        "unused": unused,
        "words": list(words),
        "chosen": (picked := [each for each in dict.fromkeys(chosen) if each in catalogue.number or each in groups]),
        "groups": {each: groups[each] for each in picked if each in groups},
    }


def _row(each: Offer, words: dict[str, int], usd: Mapping[str, Decimal], today: date, asking: bool) -> list[Any]:
    """A row: detail, price, basis of the price, reason and badge as indexes into ``words``; last dollars, or None."""
    texts = (
        f"{shape_words(_options(each))}{_elsewhere(each, today)}",
        str(each.price) if each.price else "",
        "asking…" if asking and is_asked(each) else _price_basis(each, today),
        each.why_not or "",
        next(iter(_badges(each)), ""),
    )
    dollars = in_usd(each.price, usd)
    return [*(words.setdefault(text, len(words)) for text in texts), None if dollars is None else float(dollars)]


def known(past: Past, catalogue: Catalogue, *, simulated: bool) -> dict[str, Any]:
    """Results of earlier runs here: ``past`` is a line for each variant by number, ``last`` the last run's variants.

    Args:
        simulated: the runs were a sandbox's: their bills are left out, and their times are marked.
    """
    told = {ref: _past_words(past, ref, simulated) for ref in catalogue.number}
    return {
        "past": {str(catalogue.number[ref]): words for ref, words in told.items() if words},
        "last": [catalogue.number[ref] for ref in past.last if ref in catalogue.number],
    }


def _past_words(past: Past, ref: str, simulated: bool) -> str:
    """``p50 41.3 s, n 7 · last billed ¥1.01 (2026-11-20)``."""
    parts = []
    if totals := past.totals.get(ref):
        parts.append(f"{'sandbox: ' if simulated else ''}p50 {statistics.median(totals):.1f} s, n {len(totals)}")
    if not simulated and (bill := past.billed.get(ref)):
        parts.append(f"last billed {bill[0]} ({datetime.fromtimestamp(bill[1], UTC):%Y-%m-%d})")
    return " · ".join(parts)


def _options(each: Offer) -> Mapping[str, Value]:
    """The options that the variant would be sent; if it cannot take part, its usual ones."""
    return usual(each.variant) if each.options is None else each.options


def _badges(each: Offer) -> tuple[str, ...]:
    return () if each.why_not else adaptations(compare.wanted(each.asked), each.sent)


def is_asked(each: Offer) -> bool:
    """Whether its provider gives quotes and this one's has not come."""
    return each.quoted is None and each.no_quote is not None


def _price_basis(each: Offer, today: date) -> str:
    if each.quoted:
        return "quoted"
    rate = each.variant.rate(_options(each), None) if each.listed else None
    return f"list {dated_words(rate.dated, today)}" if rate else ""


def _elsewhere(each: Offer, today: date) -> str:
    """The list price on another site of the vendor, if there is none for this one; empty if there is neither."""
    rate = each.variant.rate(each.options, None) if each.options is not None and not each.price else None
    return f" · {rate.money} on {rate.site} ({dated_words(rate.dated, today)})" if rate else ""


def first_choice(offers: Sequence[Offer], variants: Sequence[Variant]) -> list[str]:
    """The variants that are ticked when the page first opens: one of every provider, then the same models at others.

    Variants that need no adapted request come before others; then those described in their own documentation.
    """
    rank = ranks(variants)

    def order(each: Offer) -> tuple[Any, ...]:
        return bool(_badges(each)), each.variant.evidence != "documented", rank[each.variant.model]

    able = sorted((each for each in offers if not each.why_not and not each.variant.lifecycle), key=order)
    chosen = {each.variant.provider: each.variant for each in reversed(able)}  # later ones win, so the best stays
    picked = sorted(chosen.values(), key=lambda variant: rank[variant.model])[:FIRST_OPEN]
    models = {variant.model for variant in picked}
    for each in able:
        covered = {(variant.provider, variant.model) for variant in picked}
        place = (each.variant.provider, each.variant.model)
        if len(picked) < FIRST_OPEN and each.variant.model in models and place not in covered:
            picked.append(each.variant)
    return [variant.ref for variant in sorted(picked, key=lambda v: (rank[v.model], v.provider))]
