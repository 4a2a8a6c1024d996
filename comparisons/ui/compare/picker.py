"""From offers to what the picker and the Run button show. Values only; no gradio here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from comparisons.runs import Offer, compare
from comparisons.ui.wording import model_title
from comparisons.words import adaptations, shape_words, total_words
from providers import PROVIDERS, Value, Variant, in_usd, usual

FIRST_OPEN = 6
"""Takes selected when the page first opens."""


def picker(
    offers: Sequence[Offer], chosen: Iterable[str], variants: Sequence[Variant], *, asking: bool = False
) -> dict[str, Any]:
    """The picker's value: every variant under its model, with its price or the reason it cannot take part.

    Args:
        asking: whether providers are being asked for prices just now.
    """
    wanted = set(chosen)
    groups: dict[str, list[dict[str, Any]]] = {}
    for each in sorted(offers, key=lambda each: (_rank(each.variant, variants), PROVIDERS[each.variant.provider].name)):
        groups.setdefault(each.variant.model, []).append(_choice(each, each.variant.ref in wanted, asking))
    listed = [{"model": m, "title": model_title(m), "variants": rows} for m, rows in groups.items()]
    return {"groups": listed, "chosen": sorted(wanted & {variant.ref for variant in variants})}


def _rank(variant: Variant, variants: Sequence[Variant]) -> int:
    """Models that most gateways serve come first, since they can be compared; then the newer, by name."""
    gateways = {other.model: {v.provider for v in variants if v.model == other.model} for other in variants}
    order = sorted(gateways, key=lambda model: (len(gateways[model]), model), reverse=True)
    return order.index(variant.model)


def _choice(each: Offer, checked: bool, asking: bool) -> dict[str, Any]:
    variant = each.variant
    return {
        "ref": variant.ref,
        "provider": PROVIDERS[variant.provider].name,
        "label": _tier(variant),
        "detail": f"{shape_words(_options(each))}{_elsewhere(each)}",
        "price": str(each.price) if each.price else None,
        "price_basis": "asking…" if asking and _is_asked(each) else _price_basis(each),
        "evidence": variant.evidence,
        "evidence_note": variant.note,
        "disabled": each.why_not,
        "badge": next(iter(_badges(each)), None),
        "checked": checked and each.why_not is None,
    }


def _options(each: Offer) -> Mapping[str, Value]:
    """What it would be sent; where it cannot take part, what is usual there."""
    return usual(each.variant) if each.options is None else each.options


def _badges(each: Offer) -> tuple[str, ...]:
    return () if each.why_not else adaptations(compare.wanted(each.asked), each.sent)


def _tier(variant: Variant) -> str:
    """What is left of its name once the model is said: ``Pro · image-to-video``."""
    rest = variant.name.removeprefix(model_title(variant.model)).strip()
    return f"{rest} · {variant.mode}" if rest else variant.mode


def _is_asked(each: Offer) -> bool:
    """Whether its provider quotes and its price has not come."""
    return each.quoted is None and each.no_quote is not None


def _price_basis(each: Offer) -> str | None:
    if each.quoted:
        return "quoted"
    rate = each.variant.rate(_options(each), None) if each.listed else None
    return f"list {rate.dated}" if rate else None


def _elsewhere(each: Offer) -> str:
    """A list price of another site of the vendor: worth knowing, but not the price here."""
    rate = each.variant.rate(each.options, None) if each.options is not None and not each.price else None
    return f" · {rate.money} on {rate.site} ({rate.dated})" if rate else ""


def first_choice(offers: Sequence[Offer], variants: Sequence[Variant]) -> list[str]:
    """What is selected on the first open: one variant of every gateway, then the same models on the others.

    Documented variants come before those only a sibling documents, whole requests before adapted ones.
    """

    def order(each: Offer) -> tuple[Any, ...]:
        return bool(_badges(each)), each.variant.evidence != "documented", _rank(each.variant, variants)

    able = sorted((each for each in offers if not each.why_not and not each.variant.lifecycle), key=order)
    chosen = {each.variant.provider: each.variant for each in reversed(able)}  # the first of each gateway stays
    picked = sorted(chosen.values(), key=lambda variant: _rank(variant, variants))[:FIRST_OPEN]
    models = {variant.model for variant in picked}
    for each in able:
        covered = {(variant.provider, variant.model) for variant in picked}
        place = (each.variant.provider, each.variant.model)
        if len(picked) < FIRST_OPEN and each.variant.model in models and place not in covered:
            picked.append(each.variant)
    return [variant.ref for variant in sorted(picked, key=lambda v: (_rank(v, variants), v.provider))]


def run_label(
    offers: Sequence[Offer], repeats: int, simulated: bool, usd: Mapping[str, Decimal], *, asking: bool = False
) -> str:
    """What stands on the Run button: how many takes, and what they cost."""
    count = len(offers) * repeats
    if not count:
        return "Choose at least one variant"
    takes = f"Run {count} take{'s' if count != 1 else ''}"
    if simulated:
        return f"{takes} · sandbox, nothing is charged"
    if asking:
        waiting = sum(map(_is_asked, offers))
        return f"{takes} · asking for {waiting} price{'s' if waiting != 1 else ''}…"
    prices = [each.price for each in offers for _ in range(repeats)]
    dollars = [in_usd(price, usd) for price in prices]
    if None not in dollars:
        return f"{takes} · ${sum((d for d in dollars if d is not None), Decimal(0)):.2f}"
    return f"{takes} · {total_words(prices)}"
