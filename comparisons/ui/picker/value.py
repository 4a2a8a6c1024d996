"""From offers to what the picker shows. Values only; no gradio here."""

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
"""Takes selected when the page first opens."""


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
    """What changes of the picker: of every variant that can be reached, what it would be sent and cost, or why it
    cannot take part. By the numbers of the catalogue; each text once, as most variants share theirs.

    Args:
        usd: the dollars that one unit of a currency is worth; no price in another one is compared with others.
        today: the day by which the ages of price lists are told.
        asking: whether providers are being asked for prices just now.
        groups: what may be chosen besides, and what it is called: whole models and providers, as a plan names them.
    """
    words: dict[str, int] = {"": 0}
    rows: list[list[Any] | None] = [None] * len(catalogue.order)
    for each in offers:
        rows[catalogue.number[each.variant.ref]] = _row(each, words, usd, today, asking)
    return {
        "catalogue": catalogue.asset.path,
        "rows": rows,
        "words": list(words),
        "chosen": (picked := [each for each in dict.fromkeys(chosen) if each in catalogue.number or each in groups]),
        "groups": {each: groups[each] for each in picked if each in groups},
    }


def _row(each: Offer, words: dict[str, int], usd: Mapping[str, Decimal], today: date, asking: bool) -> list[Any]:
    """A row's detail, price, basis of the price, reason and badge as places among ``words``; its dollars, or None."""
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
    """What earlier runs here tell of variants, a line each by number; and which variants the last run had.

    Args:
        simulated: these runs were a sandbox's, whose bills are nobody's price and whose times say so.
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
    """What it would be sent; where it cannot take part, what is usual there."""
    return usual(each.variant) if each.options is None else each.options


def _badges(each: Offer) -> tuple[str, ...]:
    return () if each.why_not else adaptations(compare.wanted(each.asked), each.sent)


def is_asked(each: Offer) -> bool:
    """Whether its provider quotes and its price has not come."""
    return each.quoted is None and each.no_quote is not None


def _price_basis(each: Offer, today: date) -> str:
    if each.quoted:
        return "quoted"
    rate = each.variant.rate(_options(each), None) if each.listed else None
    return f"list {dated_words(rate.dated, today)}" if rate else ""


def _elsewhere(each: Offer, today: date) -> str:
    """A list price of another site of the vendor: worth knowing, but not the price here."""
    rate = each.variant.rate(each.options, None) if each.options is not None and not each.price else None
    return f" · {rate.money} on {rate.site} ({dated_words(rate.dated, today)})" if rate else ""


def first_choice(offers: Sequence[Offer], variants: Sequence[Variant]) -> list[str]:
    """What is selected on the first open: one variant of every provider, then the same models on the others.

    Documented variants come before those only a sibling documents, whole requests before adapted ones.
    """
    rank = ranks(variants)

    def order(each: Offer) -> tuple[Any, ...]:
        return bool(_badges(each)), each.variant.evidence != "documented", rank[each.variant.model]

    able = sorted((each for each in offers if not each.why_not and not each.variant.lifecycle), key=order)
    chosen = {each.variant.provider: each.variant for each in reversed(able)}  # the first of each provider stays
    picked = sorted(chosen.values(), key=lambda variant: rank[variant.model])[:FIRST_OPEN]
    models = {variant.model for variant in picked}
    for each in able:
        covered = {(variant.provider, variant.model) for variant in picked}
        place = (each.variant.provider, each.variant.model)
        if len(picked) < FIRST_OPEN and each.variant.model in models and place not in covered:
            picked.append(each.variant)
    return [variant.ref for variant in sorted(picked, key=lambda v: (rank[v.model], v.provider))]
