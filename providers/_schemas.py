"""What the schema of a model's body says that the model takes: a line of words for each field."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from providers._reading import Json, in_a_line

MOST_FIELDS, LONGEST, MOST_HOPS = 100, 300, 4
BOUNDS = {
    **{"minimum": "from", "exclusiveMinimum": "over", "maximum": "to", "exclusiveMaximum": "below"},
    **{"minLength": "of at least", "maxLength": "of at most", "minItems": "of at least", "maxItems": "of at most"},
}
SEVERAL = ("anyOf", "oneOf", "allOf")


def fields_in(schema: object, parts: Json | None = None) -> dict[str, str]:
    """The fields of an object by its JSON schema: ``{"duration": '"6" or "10", "6" by default'}``; empty if it is none.

    Args:
        parts: the schemas that others refer to by name, as ``components.schemas`` of an OpenAPI document.
    """
    whole = _followed(schema, parts or {})
    fields, required = whole.get("properties"), whole.get("required")
    if not isinstance(fields, dict):
        return {}
    needed = required if isinstance(required, list) else []
    named = {in_a_line(name): (name, rule) for name, rule in list(fields.items())[:MOST_FIELDS] if in_a_line(name)}
    return {shown: _words(_followed(rule, parts or {}), name in needed) for shown, (name, rule) in named.items()}


def choices_in(values: object) -> str:
    """``"6" or "10"``: the values of a list, as they are written; empty if there are none."""
    if not isinstance(values, list):
        return ""
    return in_a_line(" or ".join(_written(value) for value in values[:MOST_FIELDS]), LONGEST)


def _followed(schema: object, parts: Json) -> Json:
    """A schema with what it refers to; of several that may hold, the first that is not null."""
    here = schema if isinstance(schema, dict) else {}
    for _ in range(MOST_HOPS):
        name = here.get("$ref")
        other = parts.get(name.rpartition("/")[2]) if isinstance(name, str) else _first_of(here)
        if not isinstance(other, dict):
            break
        here = {key: value for key, value in here.items() if key not in ("$ref", *SEVERAL)} | other
    return here


def _first_of(schema: Json) -> object:
    options: Sequence[Any] = next((schema[key] for key in SEVERAL if isinstance(schema.get(key), list)), ())
    return next((each for each in options if isinstance(each, dict) and each.get("type") != "null"), None)


def _words(rule: Json, required: bool) -> str:
    """``integer from 1 to 16, 5 by default``."""
    kind = choices_in(rule.get("enum")) or (rule["type"] if isinstance(rule.get("type"), str) else "anything")
    bounds = [f"{word} {_written(rule[key])}" for key, word in BOUNDS.items() if key in rule and "enum" not in rule]
    default = rule.get("default")
    more = [] if default is None else [f"{_written(default)} by default"]
    return in_a_line(", ".join([" ".join([kind, *bounds]), *more, *(["required"] if required else [])]), LONGEST)


def _written(value: object) -> str:
    """A plain value as JSON writes it; what is none is only hinted at."""
    if isinstance(value, dict | list):
        return "…"
    try:
        return json.dumps(value, ensure_ascii=False)
    except ValueError:  # a number of thousands of digits
        return "…"
