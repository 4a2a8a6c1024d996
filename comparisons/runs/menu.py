"""What can be bought where: each model, at each provider, and what its usual clip costs there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from providers import Variant, in_usd, usual


@dataclass(frozen=True)
class Sold:
    """A model at one provider.

    ``cheapest`` is the variant whose usual clip, with no options asked for, costs least by the price list; ``usd`` is
    that price in US dollars. Both are None where no price in dollars is known.
    """

    variants: tuple[Variant, ...]
    cheapest: Variant | None = None
    usd: Decimal | None = None


@dataclass(frozen=True)
class MenuLine:
    """A model, with the providers that sell it."""

    family: str
    model: str
    sold: Mapping[str, Sold]


def menu(variants: Iterable[Variant], rates: Mapping[str, Decimal]) -> list[MenuLine]:
    """Every model, sorted by family and name. ``rates``: US dollars for one unit of each currency."""
    found: dict[tuple[str, str], dict[str, list[Variant]]] = {}
    for each in variants:
        found.setdefault((each.family, each.model), {}).setdefault(each.provider, []).append(each)
    return [
        MenuLine(family, model, {slug: _sold(of, rates) for slug, of in sellers.items()})
        for (family, model), sellers in sorted(found.items())
    ]


def _sold(variants: Sequence[Variant], rates: Mapping[str, Decimal]) -> Sold:
    priced = [(usd, each) for each in variants if (usd := _least(each, rates)) is not None]
    usd, cheapest = min(priced, key=lambda pair: pair[0], default=(None, None))
    return Sold(tuple(variants), cheapest, usd)


def _least(variant: Variant, rates: Mapping[str, Decimal]) -> Decimal | None:
    """The list price of its usual clip in US dollars, on the site where that is least; None where none is known."""
    options, sites = usual(variant), dict.fromkeys(rule.site for rule in variant.prices)
    listed = [variant.rate(options, site) for site in sites]
    dollars = [in_usd(rate.money, rates) for rate in listed if rate is not None]
    return min((usd for usd in dollars if usd is not None), default=None)
