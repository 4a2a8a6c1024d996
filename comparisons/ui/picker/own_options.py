"""Options that only some models have, which the picker sets for single variants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from comparisons.records import Plan
from comparisons.ui.option_fields import TEXT_MAX, shown
from providers import LABELS, InvalidRequest, Option, Value, Variant

Typed = Mapping[str, Mapping[str, str]]
"""Typed texts, by the reference of a variant and the name of an option."""


def own_options(variant: Variant) -> list[Option]:
    """The options that can be set beside this variant: those not in ``LABELS`` that can be changed."""
    return [option for option in variant.options.values() if option.name not in LABELS and not option.fixed]


def read(typed: Typed, variants: Sequence[Variant]) -> dict[str, dict[str, Value]]:
    """The values of the typed texts, by reference and name. Variants and options that are not here are left out.

    Raises:
        InvalidRequest: a text is not a value of its option.
    """
    asked = [variant for variant in variants if typed.get(variant.ref)]
    return {each.ref: _values(typed[each.ref], {of.name: of for of in own_options(each)}) for each in asked}


def _values(typed: Mapping[str, str], options: Mapping[str, Option]) -> dict[str, Value]:
    said = {name: text.strip()[:TEXT_MAX] for name, text in typed.items() if name in options and text.strip()}
    return {name: _value(options[name], text) for name, text in said.items()}


def _value(option: Option, text: str) -> Value:
    value = option.read(text)
    if value is None:
        raise InvalidRequest(f"{option.shown} is {option.offered}, not “{text[:40]}”.")
    return value


def typed_of(plan: Plan, variants: Sequence[Variant]) -> dict[str, str]:
    """The texts for a variant's own options that ask again for what a job of an earlier run asked for, by name."""
    asked = {} if plan.asked is None else plan.asked.options
    mine = {option.name for variant in variants if variant.ref == plan.variant for option in own_options(variant)}
    return {name: shown(value) for name, value in asked.items() if name in mine}


def as_told(option: Option) -> tuple[str, str, str, tuple[str, ...], str, str]:
    """An option as the page's script reads it: name, label, kind, choices, what may be set, and help."""
    choices = tuple(shown(choice) for choice in option.choices)
    return option.name, option.shown, option.kind, choices, option.offered, option.explained
