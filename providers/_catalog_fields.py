"""Reads what a catalogue file says of one variant: its prompt, images, options and the rest, each checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date
from functools import cache
from typing import Any

from providers._errors import CatalogError
from providers._options import INPUTS, ImageLimits, Input, Option, Prompt, Size, Value
from providers._types import Lifecycle, Source

NEEDS = ("no", "optional", "required")
KINDS = ("choice", "integer", "number", "switch", "text")
NAME = "abcdefghijklmnopqrstuvwxyz0123456789_"


@dataclass(frozen=True)
class Place:
    """Where in which file we are reading, for error messages."""

    file: str
    variant: str = ""

    def error(self, field: str, problem: str) -> CatalogError:
        where = f", variant {self.variant!r}" if self.variant else ""
        return CatalogError(f"{self.file}{where}, field {field!r}: {problem}")


def table_in(place: Place, field: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise place.error(field, f"needs a table, not {value!r}")
    return value


def text_in(place: Place, table: Mapping[str, Any], field: str) -> str:
    value = table.get(field)
    if not isinstance(value, str) or not value:
        raise place.error(field, "needs a text")
    return value


def whole_in(place: Place, field: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise place.error(field, f"needs a whole number above 0, not {value!r}")
    return value


def one_of_in(
    place: Place, table: Mapping[str, Any], field: str, allowed: tuple[str, ...], default: str, within: str = ""
) -> Any:
    value = table.get(field, default)
    if value not in allowed:
        said = f"{field} is" if within else "is"
        raise place.error(within or field, f"{said} one of {', '.join(allowed)}, not {value!r}")
    return value


def prompt_in(place: Place, value: object) -> Prompt:
    """``{ field = "prompt", need = "optional", most = 2500 }``; what is left out is as ``Prompt`` has it.

    ``most = "unstated"``: no document states a limit.
    """
    table = _only(place, "prompt", value, Prompt)
    need = one_of_in(place, table, "need", ("optional", "required"), "required", "prompt")
    said = table.get("most", Prompt().most)
    most = None if said == "unstated" else whole_in(place, "prompt", said)
    return Prompt(text_in(place, {"field": "prompt", **table}, "field"), need, most)


def inputs_in(place: Place, value: object, limits: object) -> dict[str, Input]:
    """``inputs.first_frame = { field = "imageUrl", need = "required" }``; ``images`` are the limits of all of them."""
    usual = table_in(place, "images", limits)
    found = {}
    for name, said in table_in(place, "inputs", value).items():
        if name not in INPUTS:
            raise place.error("inputs", f"{name!r} is not one of {', '.join(INPUTS)}")
        table = _only(place, f"inputs.{name}", said, Input, "images")
        found[name] = Input(
            name=name,
            field=text_in(place, table, "field"),
            need=one_of_in(place, table, "need", NEEDS, "optional", f"inputs.{name}"),
            array=table.get("array", False) is True,
            most=whole_in(place, f"inputs.{name}", table.get("most", 1)),
            limits=_limits(place, {**usual, **table_in(place, "images", table.get("images", {}))}),
        )
    return found


def options_in(place: Place, value: object) -> dict[str, Option]:
    """``options.duration = { choices = [6, 10], field = "duration", send = "always" }``, by name."""
    found = {name: _option(place, name, said) for name, said in table_in(place, "options", value).items()}
    fields_ = [option.field for option in found.values() if option.field]
    twice = next((each for each in fields_ if fields_.count(each) > 1), None)
    if twice:
        raise place.error("options", f"two of them are written to {twice!r}")
    return found


_READ: dict[str, Option] = {}
"""Options by their own text: many variants say the same in the same words, and then one value serves them all."""


def _option(place: Place, name: str, said: object) -> Option:
    words = f"{name} {said!r}"
    if words not in _READ:
        _READ[words] = _read_option(place, name, said)
    return _READ[words]


def _read_option(place: Place, name: str, said: object) -> Option:
    where = f"options.{name}"
    if not name or set(name) - set(NAME):
        raise place.error("options", f"{name!r}: a name has small letters, digits and underscores")
    table = _only(place, where, said, Option)
    kind = one_of_in(place, table, "kind", KINDS, "choice" if "choices" in table else "", where)
    choices = table.get("choices", [])
    if not isinstance(choices, list) or (kind == "choice" and not choices):
        raise place.error(where, "needs choices = [...]")
    most = table.get("most")
    option = Option(
        name=name,
        kind=kind,
        field=_text_or_none(place, where, table, "field"),
        choices=tuple(_value(place, where, each) for each in choices),
        low=_number(place, where, table.get("low")),
        high=_number(place, where, table.get("high")),
        most=None if most is None else whole_in(place, where, most),
        default=None if "default" not in table else _value(place, where, table["default"]),
        send=one_of_in(place, table, "send", ("asked", "always"), "asked", where),
        write=_spelling(place, where, table),
        spelled=table_in(place, where, table.get("spelled", {})),
        label=_text_or_none(place, where, table, "label"),
        help=_text_or_none(place, where, table, "help"),
    )
    return _sound(place, where, option)


def _sound(place: Place, where: str, option: Option) -> Option:
    """The option, once its parts are seen to fit together."""
    if option.default is not None and (why := option.objection(option.default)):
        raise place.error(where, f"its default cannot be: {why}")
    if option.send == "always" and option.usual is None:
        raise place.error(where, "is always sent, so it needs a default or choices")
    unknown = set(option.spelled) - {str(choice) for choice in option.choices} - {"true", "false"}
    if unknown:
        raise place.error(where, f"spells {sorted(unknown)[0]!r}, which is no choice of it")
    return option


def _spelling(place: Place, where: str, table: Mapping[str, Any]) -> str:
    write = _text_or_none(place, where, table, "write")
    if write and write != "{:upper}" and write.count("{}") != 1:
        raise place.error(where, 'write is a text with one {} in it, such as "{}s", or "{:upper}"')
    return write


def _text_or_none(place: Place, where: str, table: Mapping[str, Any], field: str) -> str:
    value = table.get(field, "")
    if not isinstance(value, str):
        raise place.error(where, f"{field} is a text, not {value!r}")
    return value


def _value(place: Place, where: str, value: object) -> Value:
    if not isinstance(value, (str, int, float, bool)) or value == "":
        raise place.error(where, f"{value!r} is no value of an option")
    return value


def _number(place: Place, where: str, value: object) -> float | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
        raise place.error(where, f"a bound is a number, not {value!r}")
    return value


def conditions_in(
    place: Place, where: str, value: object, options: Mapping[str, Option]
) -> dict[str, tuple[Value, ...]]:
    """``{ resolution = "1080p", duration = [8, 10] }``: options and the values that are meant, each of which exists."""
    found = {}
    for name, said in table_in(place, where, value).items():
        if name not in options:
            raise place.error(where, f"{name!r} is no option of it")
        if options[name].usual is None:
            raise place.error(where, f"{name!r} is to be sent always, else nobody knows whether this holds")
        values = tuple(_value(place, where, each) for each in (said if isinstance(said, list) else [said]))
        impossible = next((why for each in values if (why := options[name].objection(each))), None)
        if impossible or not values:
            raise place.error(where, f"{name}: {impossible or 'names no value'}")
        found[name] = values
    return found


def forbidden_in(
    place: Place, value: object, options: Mapping[str, Option]
) -> tuple[dict[str, tuple[Value, ...]], ...]:
    """``forbid = [{ resolution = "1080p", duration = 10 }]``: combinations that it does not make."""
    if not isinstance(value, list):
        raise place.error("forbid", "needs a list of tables")
    return tuple(conditions_in(place, "forbid", each, options) for each in value)


def size_in(place: Place, value: object, options: Mapping[str, Option]) -> Size | None:
    """``size = { field = "size", sizes = { "720p" = { "16:9" = "1280*720" } } }``."""
    if value is None:
        return None
    table = _only(place, "size", value, Size)
    if not {"resolution", "aspect_ratio"} <= set(options):
        raise place.error("size", "needs the options resolution and aspect_ratio")
    sizes = {
        (resolution, aspect): str(pixels)
        for resolution, by_aspect in table_in(place, "size", table.get("sizes")).items()
        for aspect, pixels in table_in(place, "size", by_aspect).items()
    }
    return Size(text_in(place, table, "field"), sizes)


def lifecycle_in(place: Place, value: object) -> Lifecycle | None:
    """``lifecycle = { state = "ended", date = 2026-09-24, source = "..." }``."""
    if value is None:
        return None
    table = _only(place, "lifecycle", value, Lifecycle)
    if not isinstance(table.get("date"), date):
        raise place.error("lifecycle", "needs date = YYYY-MM-DD")
    state = one_of_in(place, table, "state", ("ending", "ended"), "", "lifecycle")
    return Lifecycle(state, table["date"], text_in(place, table, "source"))


def source_in(place: Place, value: object) -> Source | None:
    if value is None:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("read"), date):
        raise place.error("source", "needs title and read = YYYY-MM-DD")
    return Source(text_in(place, value, "title"), value["read"], value.get("url"))


def _limits(place: Place, limits: dict[str, Any]) -> ImageLimits:
    allowed = {each.name for each in fields(ImageLimits)}
    if set(limits) - allowed:
        raise place.error("images", f"takes {', '.join(sorted(allowed))}")
    for name, limit in limits.items():
        fits = isinstance(limit, list) if name == "formats" else isinstance(limit, (int, float)) and limit > 0
        if not fits:
            raise place.error("images", f"{name} cannot be {limit!r}")
    return ImageLimits(**{**limits, "formats": tuple(limits.get("formats", ImageLimits().formats))})


def _only(place: Place, where: str, value: object, kind: type, *more: str) -> dict[str, Any]:
    """A table that has no key but the fields of ``kind``."""
    table = table_in(place, where, value)
    allowed, needed = _keys(kind)
    unknown = sorted(set(table) - {*allowed, *more})
    if unknown:
        raise place.error(where, f"{unknown[0]!r} is not known here; there are {', '.join([*allowed, *more])}")
    missing = [name for name in needed if name not in table]
    if missing:
        raise place.error(where, f"needs {missing[0]}")
    return table


@cache
def _keys(kind: type) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The fields of a class that a table may name, and of those what it must; asked once for each class."""
    known = [each for each in fields(kind) if each.name != "name"]
    return tuple(each.name for each in known), tuple(each.name for each in known if _is_needed(each))


def _is_needed(each: Any) -> bool:
    return each.default is MISSING and each.default_factory is MISSING and each.name not in ("name", "kind")
