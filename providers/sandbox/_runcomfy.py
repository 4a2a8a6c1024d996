"""RunComfy's video models as its catalogue lists them, what it objects to in their inputs, and what they make.

Sources, read 2026-11-21 to 2026-11-30: ``rules/runcomfy.json``, the schemas that the vendor's ComfyUI nodes ship, and
the API page of Hailuo 2.3 Pro text-to-video; for an entry's fields and its categories runcomfy-cli src/cmd/models.rs
@ c009dcf and comfyui-runcomfy-partner-nodes scripts/update_model_catalog.py @ e3c117e.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from providers.sandbox import _wire as wire
from providers.sandbox._schema import objections

RULES = Path(__file__).parent / "rules" / "runcomfy.json"
PRICE_NOTE = "Simulated by the sandbox; the real price of this model is not published."
FIRST = ("image", "image_url", "start_image_url", "first_frame")
LAST = ("last_image", "end_image_url", "end_image", "last_frame")
SOUND = ("generate_audio", "sound", "enable_audio", "generate_audio_switch")
SHAPE = ("aspect_ratio", "ratio")
FOLLOWING = ("adaptive", "auto")
"""The words for the shape of the image, or the model's own choice."""
# Simulated: what a model makes whose schema does not say it, or leaves it to the model.
USUAL_RESOLUTION, USUAL_DURATION, USUAL_FPS = "720p", 5, 24


@dataclass(frozen=True)
class CatalogModel:
    """One entry. The price per second is simulated.

    ``resolution`` and ``duration`` (s) are those of a model that leaves no choice.
    """

    id: str
    name: str
    usd_per_second: str
    schema: Mapping[str, Any]
    resolution: str = USUAL_RESOLUTION
    duration: int = USUAL_DURATION

    @property
    def category(self) -> str:
        """Simulated for models of reference images: no document says what theirs is called."""
        images = [name for name, field in self.properties.items() if str(field.get("format")).startswith("image_uri")]
        return "image-to-video" if images else "text-to-video"

    @property
    def properties(self) -> Mapping[str, Mapping[str, Any]]:
        fields: Mapping[str, Mapping[str, Any]] = self.schema["properties"]
        return fields

    def entry(self, *, schema: bool) -> dict[str, object]:
        """What the catalogue says of it. Most video is priced by the second."""
        price = {"base_price_usd": float(self.usd_per_second), "price_unit": "second", "pricing_note": PRICE_NOTE}
        named = {"model_id": self.id, "display_name": self.name, "kind": "model", "categories": [self.category]}
        return named | price | ({"input_schema": dict(self.schema)} if schema else {})

    def value(self, body: Mapping[str, object], *names: str) -> object:
        """What is asked for under the first of these names that the model has: as sent, else its default."""
        name = next((each for each in names if each in self.properties), "")
        return body.get(name, self.properties.get(name, {}).get("default"))


@functools.cache
def models() -> Mapping[str, CatalogModel]:
    """Every model by its id."""
    known = json.loads(RULES.read_text("utf-8"))["models"]
    return {name: CatalogModel(name, **rules) for name, rules in known.items()}


def problem(model: CatalogModel, body: Mapping[str, object] | None, is_image: Callable[[str], bool]) -> str | None:
    """What is wrong with the inputs by the model's schema; None when nothing is."""
    if body is None:
        return "The body must be a JSON object."
    for field, said in objections(model.schema, dict(body)).items():
        return f"{field}: {said[0].words}."
    empty = next((name for name in model.schema["required"] if body[name] in ("", [])), None)
    if empty:
        return f"{empty}: a value is required."
    unseen = next((field for field, url in _images(model, body) if not is_image(url)), None)
    return f"{unseen}: the URL of an image, or a data URI, is required." if unseen else None


def _images(model: CatalogModel, body: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Every image that is named, by its field."""
    for name, value in body.items():
        if str(model.properties[name].get("format")).startswith("image_uri"):
            for url in value if isinstance(value, list) else [value]:
                yield name, str(url)


@dataclass(frozen=True)
class AskedClip:
    """What a body, to which the schema has no objection, asks for."""

    resolution: str
    duration: int
    look: wire.Look

    @classmethod
    def of(cls, model: CatalogModel, body: Mapping[str, object], image_at: Callable[[str], bytes | None]) -> AskedClip:
        named = dict(_images(model, body))
        framed = {name: image_at(url) for name, url in named.items() if name in (*FIRST, *LAST)}
        first = next((framed[name] for name in FIRST if name in framed), None)
        last = next((framed[name] for name in LAST if name in framed), None)
        if not framed and named:  # reference images: the clip is painted around the first
            first = image_at(next(_images(model, body))[1])
        shape, fps = model.value(body, *SHAPE), model.value(body, "fps")
        look = wire.Look(
            first,
            last,
            aspect=None if shape is None or shape in FOLLOWING else str(shape),
            fps=fps if isinstance(fps, int) else USUAL_FPS,
            sound=model.value(body, *SOUND) is True,
        )
        resolution, duration = model.value(body, "resolution"), str(model.value(body, "duration"))
        return cls(
            str(resolution or model.resolution).lower(),
            int(duration) if duration.isdecimal() else model.duration,
            look,
        )

    def price(self, model: CatalogModel) -> Decimal:
        """US dollars."""
        return Decimal(model.usd_per_second) * self.duration
