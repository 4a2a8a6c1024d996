"""RunComfy's Hailuo models as its catalogue lists them, and what it objects to in their inputs.

Sources, read 2026-11-21 and 2026-11-29: the API page of Hailuo 2.3 Pro text-to-video; the vendor's own skill of
2026-04-29 for the other ids; runcomfy-cli src/cmd/models.rs @ c009dcf and comfyui-runcomfy-partner-nodes
scripts/update_model_catalog.py @ e3c117e for an entry's fields, its categories and its ``input_schema``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

PRICE_NOTE = "Simulated by the sandbox; the real price of this model is not published."
# Simulated: the page of the text model says 1080p and nothing of the length.
DURATION = 6


@dataclass(frozen=True)
class CatalogModel:
    """One entry. The price per second is simulated; so is the resolution of all but the pro text model."""

    id: str
    name: str
    resolution: str
    usd_per_second: str
    image: bool = False

    @property
    def category(self) -> str:
        return "image-to-video" if self.image else "text-to-video"

    @property
    def price(self) -> Decimal:
        return Decimal(self.usd_per_second) * DURATION

    def entry(self, *, schema: bool) -> dict[str, object]:
        """What the catalogue says of it. Most video is priced by the second."""
        price = {"base_price_usd": float(self.usd_per_second), "price_unit": "second", "pricing_note": PRICE_NOTE}
        named = {"model_id": self.id, "display_name": self.name, "kind": "model", "categories": [self.category]}
        return named | price | ({"input_schema": self.schema()} if schema else {})

    def schema(self) -> dict[str, object]:
        """The inputs. Simulated for the image models: ``image_url`` is what the pages of others have."""
        prompt: dict[str, object] = {"type": "string"}
        image: dict[str, object] = {"image_url": {"type": "string", "format": "image_uri"}} if self.image else {}
        expansion = {"type": "boolean", "default": True}
        properties = {"prompt": prompt, **image, "enable_prompt_expansion": expansion}
        return {"type": "object", "required": ["prompt", *image], "properties": properties}


_PRO, _STANDARD = "minimax/hailuo-2-3/pro", "minimax/hailuo-2-3/standard"
MODELS = {
    model.id: model
    for model in (
        CatalogModel(f"{_PRO}/text-to-video", "Hailuo 2.3 Pro", "1080p", "0.08"),
        CatalogModel(f"{_PRO}/image-to-video", "Hailuo 2.3 Pro", "1080p", "0.08", image=True),
        CatalogModel(f"{_STANDARD}/image-to-video", "Hailuo 2.3 Standard", "768p", "0.05", image=True),
    )
}
CATEGORIES = sorted({model.category for model in MODELS.values()})


def problem(model: CatalogModel, body: Mapping[str, object] | None, is_image: Callable[[str], bool]) -> str | None:
    """What is wrong with the inputs by the model's schema; None when nothing is."""
    if body is None:
        return "The body must be a JSON object."
    prompt, image = body.get("prompt"), body.get("image_url")
    if not isinstance(prompt, str) or not prompt:
        return "prompt: a string is required."
    if not isinstance(body.get("enable_prompt_expansion", True), bool):
        return "enable_prompt_expansion: must be a boolean."
    if model.image and not (isinstance(image, str) and is_image(image)):
        return "image_url: the URL of an image, or a data URI, is required."
    return None
