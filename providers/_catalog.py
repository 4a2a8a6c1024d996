"""Reads ``catalog/*.toml`` into Variants: the only disk this package touches.

A person's own files may add variants or change shipped ones; they are merged field by field under
the same ``endpoint``. Every mistake is a ``CatalogError`` that names file, variant and field.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from providers._errors import CatalogError
from providers._prices import Money, Rate, decimal_of
from providers._types import ImageLimits, Shape, Source, Variant

SHIPPED = Path(__file__).parent / "catalog"
WORDS = ("prompt", "prompt_optimizer", "first_frame", "last_frame", "duration", "resolution")
NEEDS = ("no", "optional", "required")


@dataclass(frozen=True)
class _Place:
    """Where in which file we are reading, for error messages."""

    file: str
    variant: str = ""

    def error(self, field: str, problem: str) -> CatalogError:
        where = f", variant {self.variant!r}" if self.variant else ""
        return CatalogError(f"{self.file}{where}, field {field!r}: {problem}")


def check_names(slugs: Iterable[str], folders: Iterable[Path]) -> None:
    """Raises ``CatalogError`` for a person's file that is named after no provider: it would be ignored."""
    known = set(slugs)
    for path in (path for folder in folders for path in sorted(folder.glob("*.toml"))):
        if path.stem not in known:
            raise CatalogError(
                f"{path.name}: no provider is called {path.stem!r}; there are {', '.join(sorted(known))}"
            )


def load(slug: str, folders: Iterable[Path] = ()) -> tuple[Variant, ...]:
    """The variants of one provider: the shipped file, then the same-named file of each folder."""
    merged: dict[str, tuple[_Place, dict[str, Any]]] = {}
    for folder in (SHIPPED, *folders):
        path = folder / f"{slug}.toml"
        if path.is_file():
            _merge(path, merged)
    return tuple(_variant(slug, place, table) for place, table in merged.values())


def _merge(path: Path, merged: dict[str, tuple[_Place, dict[str, Any]]]) -> None:
    document = _document(path)
    common = _table(_Place(path.name), "defaults", document.get("defaults", {}))
    for table in _tables(path, document.get("variant", [])):
        endpoint = table.get("endpoint")
        if not isinstance(endpoint, str) or not endpoint:
            raise _Place(path.name).error("endpoint", "every [[variant]] needs one")
        known = merged[endpoint][1] if endpoint in merged else {}
        merged[endpoint] = (_Place(path.name, endpoint), _overlay(_overlay(known, common), table))


def _tables(path: Path, value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
        raise _Place(path.name).error("variant", "is written [[variant]], one for each")
    return value


def _table(place: _Place, field: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise place.error(field, f"needs a table, not {value!r}")
    return value


def _document(path: Path) -> dict[str, Any]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogError(f"{path.name}: not valid TOML: {error}") from error
    unknown = set(document) - {"defaults", "variant"}
    if unknown:
        raise _Place(path.name).error(sorted(unknown)[0], "not known here; use [defaults] and [[variant]]")
    return document


def _overlay(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        result[key] = _overlay(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result


def _variant(slug: str, place: _Place, table: dict[str, Any]) -> Variant:
    unknown = set(table) - {f.name for f in fields(Variant)} - {"price"}
    if unknown:
        raise place.error(sorted(unknown)[0], "not a field of a variant")
    shapes = _shapes(place, table.get("shapes"))
    return Variant(
        provider=slug,
        endpoint=place.variant,
        model=_text(place, table, "model"),
        name=_text(place, table, "name"),
        shapes=shapes,
        fields=_fields(place, table.get("fields")),
        values=_values(place, table.get("values", {})),
        rates=_rates(place, shapes, table.get("price")),
        image=_image(place, table.get("image", {})),
        source=_source(place, table.get("source")),
        prompt_limit=_whole(place, "prompt_limit", table.get("prompt_limit", 2000)),
        evidence=_one_of(place, table, "evidence", ("documented", "sibling"), "documented"),
        note=str(table.get("note", "")),
        **{word: _one_of(place, table, word, NEEDS, _default_need(word)) for word in WORDS if word in _NEEDED},
    )


_NEEDED = ("prompt", "first_frame", "last_frame")


def _default_need(word: str) -> str:
    return "required" if word == "prompt" else "no"


def _text(place: _Place, table: dict[str, Any], field: str) -> str:
    value = table.get(field)
    if not isinstance(value, str) or not value:
        raise place.error(field, "needs a text")
    return value


def _whole(place: _Place, field: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise place.error(field, f"needs a whole number above 0, not {value!r}")
    return value


def _one_of(place: _Place, table: dict[str, Any], field: str, allowed: tuple[str, ...], default: str) -> Any:
    value = table.get(field, default)
    if value not in allowed:
        raise place.error(field, f"is one of {', '.join(allowed)}, not {value!r}")
    return value


def _shapes(place: _Place, value: object) -> tuple[Shape, ...]:
    """``{"768p" = [6, 10], "1080p" = [6]}``; the first is the default, ``unknown`` an unstated resolution."""
    if not isinstance(value, dict) or not value:
        raise place.error("shapes", 'needs a table such as { "768p" = [6, 10] }')
    shapes = []
    for resolution, durations in value.items():
        if not isinstance(durations, list) or not durations:
            raise place.error("shapes", f"{resolution!r} needs a list of seconds")
        name = None if resolution == "unknown" else resolution
        shapes += [Shape(name, _whole(place, "shapes", seconds)) for seconds in durations]
    return tuple(shapes)


def _fields(place: _Place, value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not value:
        raise place.error("fields", "needs a table from our words to the API's names")
    for word, name in value.items():
        if word not in WORDS:
            raise place.error("fields", f"{word!r} is not one of {', '.join(WORDS)}")
        if not isinstance(name, str) or not name:
            raise place.error("fields", f"{word!r} needs a name")
    return dict(value)


def _values(place: _Place, value: object) -> dict[str, str]:
    """How a word is written: ``text`` or ``upper``."""
    for word, form in _table(place, "values", value).items():
        if word not in WORDS or form not in ("text", "upper"):
            raise place.error("values", f"{word!r} = {form!r}: a word of the request is written as text or upper")
    return _table(place, "values", value)


def _rates(place: _Place, shapes: tuple[Shape, ...], value: object) -> dict[Shape, Rate]:
    """``price = { currency, dated, source, site?, clip = { "768p" = { 6 = "1.01" } } }``."""
    if value is None:
        return {}
    price = _table(place, "price", value)
    rates = {}
    for resolution, by_duration in _table(place, "price", price.get("clip", {})).items():
        for seconds, amount in _table(place, "price", by_duration).items():
            shape = Shape(None if resolution == "unknown" else resolution, _seconds(place, seconds))
            if shape not in shapes:
                raise place.error("price", f"{shape} is not one of its shapes")
            rates[shape] = _rate(place, price, amount)
    return rates


def _seconds(place: _Place, value: str) -> int:
    if not value.isdecimal():
        raise place.error("price", f"{value!r} is not a number of seconds")
    return int(value)


def _rate(place: _Place, table: dict[str, Any], amount: object) -> Rate:
    known = decimal_of(amount) if isinstance(amount, str) else None
    if known is None or known == Decimal(0):
        raise place.error("price", f'an amount is a text such as "1.01", not {amount!r}')
    if not isinstance(table.get("dated"), date):
        raise place.error("price", "needs dated = YYYY-MM-DD, the day it was true")
    money = Money(known, _text(place, table, "currency"))
    return Rate(money, table["dated"], _text(place, table, "source"), table.get("site"))


def _image(place: _Place, value: object) -> ImageLimits:
    allowed = {f.name for f in fields(ImageLimits)}
    limits = _table(place, "image", value)
    if set(limits) - allowed:
        raise place.error("image", f"takes {', '.join(sorted(allowed))}")
    for name, limit in limits.items():
        fits = isinstance(limit, list) if name == "formats" else isinstance(limit, (int, float)) and limit > 0
        if not fits:
            raise place.error("image", f"{name} cannot be {limit!r}")
    return ImageLimits(**{**limits, "formats": tuple(limits.get("formats", ImageLimits().formats))})


def _source(place: _Place, value: object) -> Source | None:
    if value is None:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("read"), date):
        raise place.error("source", "needs title and read = YYYY-MM-DD")
    return Source(_text(place, value, "title"), value["read"], value.get("url"))
