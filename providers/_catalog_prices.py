"""Reads the prices of a variant out of a catalogue file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from providers._catalog_fields import Place, conditions_in, one_of_in, table_in, text_in
from providers._options import Option
from providers._prices import Money, PriceRule, decimal_of

WHOLE = ("currency", "dated", "source", "site", "per", "rules")
RULE = ("amount", "per", "when")


def prices_in(place: Place, value: object, options: Mapping[str, Option]) -> tuple[PriceRule, ...]:
    """The rules of ``price = { currency = "CNY", dated = 2026-04-29, source = "...", rules = [{ amount = "1.01" }] }``.

    ``per`` is ``clip`` where it is not said; ``when`` names options and the values for which the amount holds.
    """
    if value is None:
        return ()
    price = _known(place, table_in(place, "price", value), WHOLE)
    rules = price.get("rules", [])
    if not isinstance(rules, list):
        raise place.error("price", "rules is a list of tables")
    return tuple(_rule(place, price, table_in(place, "price", rule), options) for rule in rules)


def _rule(place: Place, price: Mapping[str, Any], rule: dict[str, Any], options: Mapping[str, Option]) -> PriceRule:
    _known(place, rule, RULE)
    amount = rule.get("amount")
    known = decimal_of(amount) if isinstance(amount, str) else None
    if known is None or known == Decimal(0):
        raise place.error("price", f'an amount is a text such as "1.01", not {amount!r}')
    if not isinstance(price.get("dated"), date):
        raise place.error("price", "needs dated = YYYY-MM-DD, the day it was true")
    return PriceRule(
        per=one_of_in(place, {**price, **rule}, "per", ("clip", "second"), "clip"),
        money=Money(known, text_in(place, price, "currency")),
        dated=price["dated"],
        source=text_in(place, price, "source"),
        when=conditions_in(place, "price", rule.get("when", {}), options),
        site=price.get("site"),
    )


def _known(place: Place, table: dict[str, Any], allowed: tuple[str, ...]) -> dict[str, Any]:
    unknown = sorted(set(table) - set(allowed))
    if unknown:
        raise place.error("price", f"{unknown[0]!r} is not known here; there are {', '.join(allowed)}")
    return table
