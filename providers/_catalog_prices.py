"""Reads the prices of a variant out of a catalogue file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from providers._catalog_fields import Place, conditions_in, one_of_in, table_in, text_in
from providers._options import Option
from providers._prices import Money, PriceRule, decimal_of

WHOLE = ("currency", "dated", "source", "site", "per", "rules")
RULE = ("amount", "per", "when", "by", "amounts")


def prices_in(place: Place, value: object, options: Mapping[str, Option]) -> tuple[PriceRule, ...]:
    """The rules of ``price = { currency = "CNY", dated = 2026-04-29, source = "...", rules = [{ amount = "1.01" }] }``.

    ``per`` is ``clip`` where it is not said; ``when`` names options and the values for which the amount holds. Amounts
    that differ by one option alone stand together: ``{ by = "duration", amounts = { 5 = "2.3", 8 = "4.5" } }``.
    """
    if value is None:
        return ()
    price = _known(place, table_in(place, "price", value), WHOLE)
    rules = price.get("rules", [])
    if not isinstance(rules, list):
        raise place.error("price", "rules is a list of tables")
    tables = (table_in(place, "price", rule) for rule in rules)
    return tuple(_rule(place, price, each, options) for table in tables for each in _single(place, table, options))


def _single(place: Place, rule: dict[str, Any], options: Mapping[str, Option]) -> Iterator[dict[str, Any]]:
    """The rules of one amount each that a rule with several stands for."""
    if "by" not in rule:
        yield rule
        return
    option = options.get(str(rule["by"]))
    if option is None or "amount" in rule:
        raise place.error("price", f"by is an option of it, beside amounts and no amount, not {rule['by']!r}")
    shared = {name: value for name, value in rule.items() if name not in ("by", "amounts")}
    for text, amount in table_in(place, "price", rule.get("amounts", {})).items():
        value = option.read(text)
        yield {**shared, "amount": amount, "when": {**rule.get("when", {}), option.name: value}}


def _rule(place: Place, price: Mapping[str, Any], rule: dict[str, Any], options: Mapping[str, Option]) -> PriceRule:
    _known(place, rule, RULE)
    amount = rule.get("amount")
    known = decimal_of(amount) if isinstance(amount, str) else None
    if known is None or known == Decimal(0):
        raise place.error("price", f'an amount is a text such as "1.01", not {amount!r}')
    if not isinstance(price.get("dated"), date):
        raise place.error("price", "needs dated = YYYY-MM-DD, the day it was true")
    return PriceRule(
        per=one_of_in(place, {**price, **rule}, "per", ("clip", "second"), "clip", "price"),
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
