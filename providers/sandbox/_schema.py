"""What a vendor's JSON schema objects to in a body: by path, with words like those of Zod, which reads it there.

The library for this, jsonschema, is four more packages, checks no URI without a fifth, and would leave these words to
be made all the same. Here is only what the documents at hand use of JSON Schema: types, properties, enums, bounds,
patterns, URIs, lists, ``anyOf``. An object may have no properties but those named, as ``additionalProperties: false``
says everywhere here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any, NamedTuple
from urllib.parse import urlsplit

Schema = Mapping[str, Any]


class Misfit(Enum):
    """What is wrong with a value."""

    MISSING = "missing"
    UNKNOWN = "no such property"
    TYPE = "another type"
    VALUE = "none of its values"
    LOW = "below its bound"
    HIGH = "above its bound"
    LENGTH = "too short or too long"
    FORM = "written otherwise"


class Objection(NamedTuple):
    """One thing that is wrong, and Zod's words for it."""

    kind: Misfit
    words: str


Objections = dict[str, list[Objection]]

KNOWN = frozenset(
    (
        "additionalProperties", "anyOf", "enum", "format", "items", "maxItems", "maxLength", "maximum", "minItems",
        "minLength", "minimum", "pattern", "properties", "required", "type",
    )
)  # fmt: skip
"""The words of JSON Schema that are followed here; a test holds the rules to them."""


def objections(schema: Schema, value: object, path: str = "") -> Objections:
    """What the schema objects to in a JSON value, by path with dots; empty if it is as the schema wants it."""
    if "anyOf" in schema:
        fits = any(not objections(each, value) for each in schema["anyOf"])
        return {} if fits else {path: [Objection(Misfit.TYPE, f"Invalid input, expected {_alternatives(schema)}")]}
    kind = schema["type"]
    if not _TYPES[kind](value):
        return {path: [Objection(Misfit.TYPE, f"Expected {kind}")]}
    if "enum" in schema and value not in schema["enum"]:
        return {path: [Objection(Misfit.VALUE, f"Invalid enum value, expected {_alternatives(schema)}")]}
    if isinstance(value, dict):
        return _in_object(schema, value, path)
    if isinstance(value, list):
        return _in_list(schema, value, path)
    said = list(_in_text(schema, value) if isinstance(value, str) else _in_number(schema, value))
    return {path: said} if said else {}


def enum_of(schema: Schema) -> list[Any]:
    """The values that a field may have, however its enum is written; empty if it has none."""
    return [value for each in schema.get("anyOf", [schema]) for value in each.get("enum", [])]


def _alternatives(schema: Schema) -> str:
    return " | ".join(str(value) for value in enum_of(schema)) or "another type"


def _is_number(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _is_whole(value: object) -> bool:
    """In JSON 5.0 is an integer, too."""
    return _is_number(value) and (not isinstance(value, float) or value.is_integer())


_TYPES: Mapping[str, Callable[[object], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "number": _is_number,
    "integer": _is_whole,
}


def _in_object(schema: Schema, value: Mapping[str, object], path: str) -> Objections:
    known = schema.get("properties", {})
    found: Objections = {}
    for name in schema.get("required", []):
        if name not in value:
            found[_below(path, name)] = [Objection(Misfit.MISSING, "Required")]
    for name, item in value.items():
        place = _below(path, name)
        unknown = {place: [Objection(Misfit.UNKNOWN, "Unrecognized key")]}
        found |= objections(known[name], item, place) if name in known else unknown
    return found


def _in_list(schema: Schema, value: list[object], path: str) -> Objections:
    least, most = schema.get("minItems", 0), schema.get("maxItems", len(value))
    if not least <= len(value) <= most:
        return {path: [Objection(Misfit.LENGTH, f"Expected {least}..{schema.get('maxItems', '')} items")]}
    found: Objections = {}
    for number, item in enumerate(value):
        found |= objections(schema["items"], item, _below(path, str(number)))
    return found


def _in_text(schema: Schema, value: str) -> Iterator[Objection]:
    least, most = schema.get("minLength", 0), schema.get("maxLength", len(value))
    if not least <= len(value) <= most:
        yield Objection(Misfit.LENGTH, f"Expected string of {least}..{schema.get('maxLength', '')} characters")
    if "pattern" in schema and not re.search(schema["pattern"], value, re.ASCII):
        yield Objection(Misfit.FORM, "Invalid")
    if schema.get("format") == "uri" and not is_uri(value):
        yield Objection(Misfit.FORM, "Invalid url")


def _in_number(schema: Schema, value: object) -> Iterator[Objection]:
    if not isinstance(value, int | float):
        return
    if value < schema.get("minimum", value):
        yield Objection(Misfit.LOW, f"Expected at least {schema['minimum']}")
    if value > schema.get("maximum", value):
        yield Objection(Misfit.HIGH, f"Expected at most {schema['maximum']}")


def is_uri(text: str) -> bool:
    try:
        return bool(urlsplit(text).scheme)
    except ValueError:
        return False


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
