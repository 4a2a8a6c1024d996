"""WaveSpeed's models: what they object to in their inputs, what they make of them and what that costs; its envelope.

Sources: ``rules/wavespeed.json``, which says what of it is the vendor's and what is simulated; for an entry of the list
of models third parties' clients (2026-11-29).
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from starlette.responses import JSONResponse, Response

from providers.sandbox import _wire as wire
from providers.sandbox._schema import objections

RULES = Path(__file__).parent / "rules" / "wavespeed.json"
FIRST, LAST = "image", "end_image"
USUAL_DURATION = 6


def enveloped(data: object) -> Response:
    return JSONResponse({"code": 200, "message": "success", "data": data})


class EnvelopedError(Exception):
    """A refusal: the code is the HTTP status. The words of each are simulated."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code

    def reply(self) -> Response:
        return JSONResponse({"code": self.code, "message": str(self)}, self.code)


@dataclass(frozen=True)
class PredictionModel:
    """One model. ``prices`` are USD a clip, the first whose ``when`` fits the inputs."""

    id: str
    name: str
    type: str
    resolution: str
    prices: tuple[Mapping[str, Any], ...]
    schema: Mapping[str, Any]

    def value(self, inputs: Mapping[str, object], name: str) -> object:
        """What is asked for, else what the model takes by itself."""
        return inputs.get(name, self.schema["properties"].get(name, {}).get("default"))

    def seconds(self, inputs: Mapping[str, object]) -> int:
        seconds = self.value(inputs, "duration")
        return seconds if isinstance(seconds, int) else USUAL_DURATION

    def price(self, inputs: Mapping[str, object]) -> Decimal:
        """US dollars."""
        fits = (rule for rule in self.prices if _holds(self, rule.get("when", {}), inputs))
        return Decimal(next(fits)["amount"])

    def problem(self, inputs: object) -> str | None:
        """What is wrong with the inputs, in a line; None where nothing is."""
        found = objections(self.schema, inputs)
        return next((f"{path or 'inputs'}: {said[0].words}" for path, said in found.items()), None)

    def look(self, inputs: Mapping[str, object], image_at: Callable[[str], bytes | None]) -> wire.Look:
        first, last = (image_at(url) if (url := wire.text_of(inputs, name)) else None for name in (FIRST, LAST))
        return wire.Look(first, last)

    def entry(self) -> dict[str, object]:
        """What the list of models says of it. The formula, and what a base price is the price of, are simulated."""
        fields = self.schema["properties"]
        request = {"type": "object", **self.schema, "x-order-properties": list(fields)}
        schema = {"method": "POST", "api_path": f"/api/v3/{self.id}", "request_schema": request}
        return {
            "model_id": self.id,
            "name": self.name,
            "type": self.type,
            "description": f"{self.name} on WaveSpeed",
            "base_price": float(self.prices[0]["amount"]),
            "formula": "",
            "api_schema": {"api_schemas": [schema]},
        }


def _holds(model: PredictionModel, when: Mapping[str, object], inputs: Mapping[str, object]) -> bool:
    return all(model.value(inputs, name) == value for name, value in when.items())


def images_in(inputs: Mapping[str, object]) -> list[str]:
    """Where the images of the inputs are."""
    return [url for name in (FIRST, LAST) if (url := wire.text_of(inputs, name))]


@functools.cache
def models() -> Mapping[str, PredictionModel]:
    """Every model by its id."""
    known = json.loads(RULES.read_text("utf-8"))["models"]
    return {name: PredictionModel(name, **rules) for name, rules in known.items()}
