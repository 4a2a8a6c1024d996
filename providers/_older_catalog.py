"""Catalogue files of before options and images were declared by name, written anew in today's form.

A person's own file is brought over once, when Takes starts (``comparisons.folders``); nothing else reads that form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OLD = {"shapes", "fields", "values", "image", "prompt_limit", "first_frame", "last_frame"}
"""What only the older form says of a variant."""
TABLES = ("shapes", "fields", "values", "image", "price")


def renewed_catalog(document: Mapping[str, Any]) -> dict[str, Any] | None:
    """The same document in today's form; None where it is not in the older one, or has no sound form at all."""
    defaults, variants = document.get("defaults", {}), document.get("variant", [])
    if not isinstance(variants, list) or not all(_is_sound(table) for table in [defaults, *variants]):
        return None
    if not any(_is_old(table) for table in [defaults, *variants]):
        return None
    own = {key: value for key, value in defaults.items() if key not in OLD and key != "price"}
    said = {"defaults": own | ({"price": defaults["price"]} if "price" in defaults else {})} if defaults else {}
    return {**said, "variant": [_variant(table, defaults) for table in variants]}


def _is_sound(table: Any) -> bool:
    """Whether what the older form writes as tables are some; whoever reads the catalogue says what else is wrong."""
    if not isinstance(table, Mapping) or not all(isinstance(table.get(name, {}), Mapping) for name in TABLES):
        return False
    seconds = table.get("shapes", {}).values()
    of_clip = table.get("price", {}).get("clip", {})
    return (
        all(isinstance(of, list) and all(isinstance(each, int) for each in of) for of in seconds)
        and isinstance(of_clip, Mapping)
        and all(isinstance(of, Mapping) and all(map(str.isdecimal, of)) for of in of_clip.values())
    )


def _is_old(table: Mapping[str, Any]) -> bool:
    return bool(OLD & set(table)) or isinstance(table.get("prompt"), str) or "clip" in table.get("price", {})


def _variant(table: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """One variant, with what the file's defaults said of its fields."""
    gone = OLD | {"prompt", "price"}
    new = {key: value for key, value in table.items() if key not in gone}
    if "model" in new and "family" not in {**defaults, **table}:
        new["family"] = new["model"]
    of = {key: {**defaults.get(key, {}), **table.get(key, {})} for key in ("fields", "values", "image")}
    if of["image"]:
        new["images"] = of["image"]
    shapes = table.get("shapes") or defaults.get("shapes") or {}
    parts = {
        "prompt": _prompt(table, of["fields"]),
        "inputs": _inputs(table, of["fields"]),
        "options": _options(shapes, of["fields"], of["values"]),
        "forbid": _forbidden(shapes),
        "price": _price(table.get("price")),
    }
    return new | {key: value for key, value in parts.items() if value}


def _prompt(table: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, Any]:
    said = {"field": fields.get("prompt"), "need": table.get("prompt"), "most": table.get("prompt_limit")}
    return {key: value for key, value in said.items() if value is not None}


def _inputs(table: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, Any]:
    names = [name for name in ("first_frame", "last_frame") if name in fields or name in table]
    told = {name: {"field": fields.get(name), "need": table.get(name)} for name in names}
    return {name: {key: value for key, value in of.items() if value is not None} for name, of in told.items()}


def _options(shapes: Mapping[str, Any], fields: Mapping[str, str], values: Mapping[str, str]) -> dict[str, Any]:
    resolutions = [name for name in shapes if name != "unknown"]
    seconds = list(dict.fromkeys(each for durations in shapes.values() for each in durations))
    found: dict[str, Any] = {}
    for name, choices in (("resolution", resolutions), ("duration", seconds)):
        if choices:
            found[name] = {"choices": choices, **_sent(name, fields, values)}
    if "prompt_optimizer" in fields:
        sent = {"field": fields["prompt_optimizer"], "send": "always"}
        found["prompt_optimizer"] = {"kind": "switch", "default": True, **sent}
    return found


def _sent(name: str, fields: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    if name not in fields:
        return {}
    write = {"text": "{}", "upper": "{:upper}"}.get(values.get(name, ""))
    return {"field": fields[name], "send": "always", **({"write": write} if write else {})}


def _forbidden(shapes: Mapping[str, Any]) -> list[dict[str, Any]]:
    every = {each for durations in shapes.values() for each in durations}
    lacking = {name: sorted(every - set(durations)) for name, durations in shapes.items()}
    return [{"resolution": name, "duration": seconds} for name, seconds in lacking.items() if seconds]


def _price(price: Mapping[str, Any] | None) -> dict[str, Any]:
    if price is None:
        return {}
    clip = price.get("clip", {})
    rules = [_rule(name, seconds, amount) for name, of in clip.items() for seconds, amount in of.items()]
    rest = {key: value for key, value in price.items() if key != "clip"}
    return rest | ({"rules": rules} if rules else {})


def _rule(resolution: str, seconds: str, amount: str) -> dict[str, Any]:
    where = {} if resolution == "unknown" else {"resolution": resolution}
    return {"amount": amount, "when": {**where, "duration": int(seconds)}}
