"""Reads ``catalog/*.toml`` into Variants, and ``models.toml``: the only disk this package touches.

A person's own files may add variants or change shipped ones; they are merged field by field under
the same ``endpoint``. Every mistake is a ``CatalogError`` that names file, variant and field.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from providers._catalog_fields import (
    Place,
    forbidden_in,
    inputs_in,
    lifecycle_in,
    one_of_in,
    options_in,
    prompt_in,
    size_in,
    source_in,
    table_in,
    text_in,
)
from providers._catalog_prices import prices_in
from providers._catalog_text import parsed
from providers._errors import CatalogError
from providers._types import Variant

FIELDS = (
    "endpoint", "tier", "model", "name", "family", "prompt", "images", "inputs", "options", "forbid", "size", "price",
    "lifecycle", "evidence", "source", "note",
)  # fmt: skip
"""What a [[variant]] may say."""
EVIDENCE = ("documented", "sibling", "third party")
SHIPPED = Path(__file__).parent / "catalog"
MODELS = Path(__file__).parent / "models.toml"
"""What the makers of models document of them, wherever they are served."""


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
    own = tuple(path for folder in folders if (path := folder / f"{slug}.toml").is_file())
    return _of(slug, own) if own else _shipped(slug)


@functools.cache
def _shipped(slug: str) -> tuple[Variant, ...]:
    """Those of the shipped file, which nobody changes while a program runs."""
    return _of(slug, ())


def _of(slug: str, own: Iterable[Path]) -> tuple[Variant, ...]:
    merged: dict[str, tuple[Place, dict[str, Any]]] = {}
    shipped = SHIPPED / f"{slug}.toml"
    for path in (*([shipped] if shipped.is_file() else ()), *own):
        _merge(path, merged)
    return tuple(_variant(slug, place, table) for place, table in merged.values())


def _merge(path: Path, merged: dict[str, tuple[Place, dict[str, Any]]]) -> None:
    document = _document(path)
    common = table_in(Place(path.name), "defaults", document.get("defaults", {}))
    for table in _tables(path, document.get("variant", [])):
        endpoint = table.get("endpoint")
        if not isinstance(endpoint, str) or not endpoint:
            raise Place(path.name).error("endpoint", "every [[variant]] needs one")
        name = _name(path, endpoint, table.get("tier", ""))
        known = merged[name][1] if name in merged else {}
        merged[name] = (Place(path.name, name), _overlay(_overlay(known, common), table))


def _name(path: Path, endpoint: str, tier: object) -> str:
    """What tells a variant of a file from its others."""
    if not isinstance(tier, str) or not re.fullmatch(r"[a-z0-9.-]{0,20}", tier):
        raise Place(path.name, endpoint).error("tier", "is a short word in small letters")
    return f"{endpoint}#{tier}" if tier else endpoint


def _tables(path: Path, value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
        raise Place(path.name).error("variant", "is written [[variant]], one for each")
    return value


def _document(path: Path) -> dict[str, Any]:
    try:
        document = parsed(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogError(f"{path.name}: not valid TOML: {error}") from error
    unknown = set(document) - {"defaults", "variant"}
    if unknown:
        raise Place(path.name).error(sorted(unknown)[0], "not known here; use [defaults] and [[variant]]")
    return document


def _overlay(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        result[key] = _overlay(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result


def _variant(slug: str, place: Place, table: dict[str, Any]) -> Variant:
    unknown = sorted(set(table) - set(FIELDS))
    if unknown:
        raise place.error(unknown[0], f"not a field of a variant; there are {', '.join(FIELDS)}")
    options = options_in(place, table.get("options", {}))
    return Variant(
        provider=slug,
        endpoint=table["endpoint"],
        tier=table.get("tier", ""),
        model=text_in(place, table, "model"),
        name=text_in(place, table, "name"),
        family=text_in(place, table, "family"),
        prompt=prompt_in(place, table.get("prompt", {})),
        inputs=inputs_in(place, table.get("inputs", {}), table.get("images", {})),
        options=options,
        forbid=forbidden_in(place, table.get("forbid", []), options),
        size=size_in(place, table.get("size"), options),
        prices=prices_in(place, table.get("price"), options),
        lifecycle=lifecycle_in(place, table.get("lifecycle")),
        evidence=one_of_in(place, table, "evidence", EVIDENCE, "documented"),
        source=source_in(place, table.get("source")),
        note=str(table.get("note", "")),
    )


def camera_moves(model: str) -> tuple[str, ...]:
    """The camera moves that a model is documented to take in square brackets in its prompt; none, if none are."""
    return _cameras().get(model, ())


@functools.cache
def _cameras() -> dict[str, tuple[str, ...]]:
    tables = tomllib.loads(MODELS.read_text(encoding="utf-8"))["camera"]
    return {model: tuple(table["moves"]) for table in tables for model in table["models"]}
