"""The models of Apiframe's ``POST /v2/videos/generate``: schemas, charges and what clips are like.

Sources: ``rules/apiframe.json``, GenerateVideoRequest of the OpenAPI 2.0.0 in apiframe-nodejs-sdk @ 9f9b464, read
2026-11-29; credits and defaults of Hailuo 2.3: docs-v2.apiframe.ai, read 2026-11-21. Of all other models neither
credits nor defaults are published: theirs are simulated, and so is what a word such as "high" is in pixels.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from providers.sandbox import _wire as wire
from providers.sandbox._schema import Schema, enum_of

_RULES = Path(__file__).parent / "rules" / "apiframe.json"

FIRST = ("start_image", "image", "images")
LAST = ("end_image", "last_frame")
IMAGES = (*FIRST, *LAST, "reference_images", "reference_image_urls")
SOUND = ("generate_audio", "audio_enabled", "audio")

# Simulated: credits a second, by the lines of the picture. "Pricing for many video models is per-second."
_PER_SECOND = {"480p": 2, "720p": 4, "768p": 4, "1080p": 8, "4k": 16}
# Simulated: what the schema's words for a resolution or a mode are in lines.
_LINES = {"sd": "480p", "hd": "720p", "standard": "720p", "std": "720p", "high": "1080p", "pro": "1080p"}
_USUAL_LINES, _USUAL_SECONDS = "720p", 5
# A clip of any other shape is simulated as 16:9: a schema that takes any N:M takes 99:1, too.
_ASPECT = re.compile(r"([1-9]\d?):([1-9]\d?)", re.ASCII)
_WIDEST = 3.0


def rules() -> Mapping[str, Schema]:
    """The vendor's own schema of a body, by its model."""
    return _document()["models"]


@functools.cache
def _document() -> dict[str, dict[str, Any]]:
    document: dict[str, dict[str, Any]] = json.loads(_RULES.read_text("utf-8"))
    return document


def _flat(model: str) -> Mapping[str, Mapping[str, int]] | None:
    """Credits of a model by resolution and seconds, as published or, of Hailuo's others, simulated; None elsewhere."""
    return (_document()["credits"] | _document()["simulated_credits"]).get(model)


def block_of(model: str) -> str:
    """The name of the object that a model's own fields are in: ``hailuoParams``."""
    names: Mapping[str, Schema] = rules()[model]["properties"]
    return next(name for name in names if name.endswith("Params"))


def params_of(body: Mapping[str, object]) -> Mapping[str, Any]:
    """A model's own fields in a body that its schema has nothing against."""
    params = body.get(block_of(wire.text_of(body, "model")), {})
    return params if isinstance(params, dict) else {}


def seconds_of(body: Mapping[str, object]) -> int:
    """The length of a clip in seconds: as asked, else the shortest that the schema has (documented for Hailuo)."""
    asked = params_of(body).get("duration")
    if asked is not None:
        return int(asked)
    duration = _fields(wire.text_of(body, "model")).get("duration", {})
    return int(duration.get("minimum", 0)) or min(enum_of(duration), default=_USUAL_SECONDS)


def lines_of(body: Mapping[str, object]) -> str:
    """The resolution of a clip, such as ``720p``: of the resolution or mode that was asked for."""
    params = params_of(body)
    asked = params.get("resolution") or params.get("mode")
    if asked is None:
        return "768p" if block_of(wire.text_of(body, "model")) == "hailuoParams" else _USUAL_LINES
    return _LINES.get(str(asked), str(asked))


def aspect_of(body: Mapping[str, object]) -> str | None:
    """The shape that was asked for; None where it follows the image: nothing was, or ``adaptive``."""
    asked = str(params_of(body).get("aspect_ratio", ""))
    match = _ASPECT.fullmatch(asked)
    if match is None:
        return None
    ratio = int(match[1]) / int(match[2])
    return asked if 1 / _WIDEST <= ratio <= _WIDEST else None


def images_of(body: Mapping[str, object], names: tuple[str, ...] = IMAGES) -> list[str]:
    """Where the images under these names are, in their order."""
    params = params_of(body)
    values = [params[name] for name in names if name in params]
    return [url for value in values for url in (value if isinstance(value, list) else [value])]


def cost_of(body: Mapping[str, object]) -> int:
    """What a job is charged, in credits."""
    model, lines, seconds = wire.text_of(body, "model"), lines_of(body), seconds_of(body)
    flat = _flat(model)
    return flat[lines][str(seconds)] if flat else _PER_SECOND[lines] * seconds


def entry(model: str) -> dict[str, object]:
    """The model as ``GET /v2/models`` lists it. Its label is simulated."""
    flat = _flat(model)
    by_lines = flat.values() if flat else [{"1": _PER_SECOND[lines]} for lines in _lines_in(model)]
    costs = [credits for by_seconds in by_lines for credits in by_seconds.values()]
    price = {"costMin": min(costs), "costMax": max(costs), "pricingMode": "flat" if flat else "per-second"}
    return {"id": model, "label": model.replace("-", " ").title(), "modality": "video", **price}


def _lines_in(model: str) -> list[str]:
    fields = _fields(model)
    words = enum_of(fields.get("resolution", fields.get("mode", {})))
    return [_LINES.get(word, word) for word in words] or [_USUAL_LINES]


def _fields(model: str) -> Mapping[str, Schema]:
    fields: Mapping[str, Schema] = rules()[model]["properties"][block_of(model)]["properties"]
    return fields
