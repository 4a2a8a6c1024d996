"""fal's video models: what they object to in a body, what they make of it and what that costs.

Sources: ``rules/fal.json``, the types of fal's own TypeScript client, an endpoint each (read 2026-12-01);
https://fal.ai/docs/documentation/model-apis/errors for how an objection is said (read 2026-12-01). The types of errors
that are not there (``missing``, ``extra_forbidden``, ``string_type``) are those of pydantic, whose form fal's errors
have: simulated.
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
from providers.sandbox._schema import Misfit, objections

RULES = Path(__file__).parent / "rules" / "fal.json"
SEE = "https://docs.fal.ai/errors/#"
FIRST = ("image_url", "start_image_url", "first_frame_url", "first_image_url")
LAST = ("end_image_url", "last_frame_url")
SOUND = ("generate_audio", "audio", "generate_audio_switch")
FOLLOWING = ("auto", "adaptive")
"""The words for the shape of the image, or the model's own choice."""
# Simulated: what a model makes whose fields do not say it.
USUAL_RESOLUTION, USUAL_DURATION, USUAL_FPS = "720p", 5, 24
Problem = dict[str, Any]


@dataclass(frozen=True)
class FalModel:
    """One endpoint. ``prices`` are USD a clip or a second of it, the first whose ``when`` fits the body as it is read.

    ``unit_price`` is what a billed unit costs; ``simulated``: no document states a price of it.
    """

    id: str
    name: str
    unit: str
    unit_price: str
    simulated: bool
    prices: tuple[Mapping[str, Any], ...]
    schema: Mapping[str, Any]
    resolution: str = USUAL_RESOLUTION
    duration: int = USUAL_DURATION

    @property
    def app(self) -> str:
        """The owner and the app: so far an id goes in the URLs of its jobs."""
        return "/".join(self.id.split("/")[:2])

    @property
    def category(self) -> str:
        """Simulated for models of reference images: of one that is listed it is image-to-video."""
        return "image-to-video" if "image_uri" in json.dumps(self.schema) else "text-to-video"

    @property
    def properties(self) -> Mapping[str, Mapping[str, Any]]:
        fields: Mapping[str, Mapping[str, Any]] = self.schema["properties"]
        return fields

    def value(self, body: Mapping[str, object], *names: str) -> object:
        """What is asked for under the first of these names that the model has: as sent, else its default."""
        name = next((each for each in names if each in self.properties), "")
        return body.get(name, self.properties.get(name, {}).get("default"))

    def seconds(self, body: Mapping[str, object]) -> int:
        """How long the clip is to be: ``6``, ``"6"`` or ``"6s"``, or what the model makes by itself."""
        asked = str(self.value(body, "duration")).removesuffix("s")
        return int(asked) if asked.isdecimal() else self.duration

    def price(self, body: Mapping[str, object]) -> Decimal:
        """US dollars."""
        rule = next(each for each in self.prices if self._holds(each.get("when", {}), body))
        amount = Decimal(rule["amount"])
        return amount * self.seconds(body) if rule["per"] == "second" else amount

    def _holds(self, when: Mapping[str, list[object]], body: Mapping[str, object]) -> bool:
        return all(self.value(body, name) in values for name, values in when.items())

    def units(self, amount: Decimal) -> Decimal:
        """How many units are billed, so that their price is the amount."""
        return amount / Decimal(self.unit_price)

    def listed(self) -> dict[str, object]:
        """What the list of models says of it; of its texts and dates only the form is documented."""
        day = "2026-08-02T00:00:00Z"
        said = {"display_name": self.name, "category": self.category, "description": f"{self.name} on fal"}
        page = {"thumbnail_url": "https://fal.media/files/example.jpg", "model_url": f"https://fal.run/{self.id}"}
        more = {"status": "active", "tags": [], "updated_at": day, "date": day, "highlighted": False, "pinned": False}
        return {"endpoint_id": self.id, "metadata": {**said, **page, **more, "is_favorited": None}}


@functools.cache
def models() -> Mapping[str, FalModel]:
    """Every model by its endpoint's id."""
    known = json.loads(RULES.read_text("utf-8"))["models"]
    return {name: FalModel(name, **rules) for name, rules in known.items()}


def problems(model: FalModel, body: Mapping[str, object], image_at: Callable[[str], bytes | None]) -> list[Problem]:
    """What the model objects to, in the form of fal's errors; empty if it takes the body."""
    found = [_said(model, body, path, said[0].kind) for path, said in objections(model.schema, dict(body)).items()]
    if found:
        return found
    if not str(body.get("prompt", "")).strip():
        short = _problem(["prompt"], "sequence_too_short", "String should have at least 1 character", body)
        return [short | {"ctx": {"min_length": 1}}]
    return [each for path, url in images_in(model, body) for each in _unseen(path, url, image_at, body)]


def images_in(model: FalModel, body: Mapping[str, object]) -> Iterator[tuple[list[str], str]]:
    """Every image that is named, and where."""
    for name, value in body.items():
        if name in model.properties and "image_uri" in json.dumps(model.properties[name]):
            for number, url in enumerate(value if isinstance(value, list) else [value]):
                yield [name, str(number)] if isinstance(value, list) else [name], str(url)


def _unseen(
    path: list[str], url: str, image_at: Callable[[str], bytes | None], body: Mapping[str, object]
) -> Iterator[Problem]:
    data = image_at(url)
    if data is None:
        yield _problem(path, "file_download_error", "File download error", body)
    elif wire.picture(data) is None:
        yield _problem(path, "image_load_error", "Image load error", body)


BOUNDS = {
    Misfit.LOW: ("greater_than_equal", "greater", "minimum"),
    Misfit.HIGH: ("less_than_equal", "less", "maximum"),
}
"""What fal calls a number beyond a bound, which way, and the bound's name in a schema."""


def _said(model: FalModel, body: Mapping[str, object], path: str, wrong: Misfit) -> Problem:
    """An objection of the schema in fal's words, as far as its page has some of this kind."""
    names = path.split(".")
    rule = model.properties.get(names[0], {})
    if wrong is Misfit.VALUE:
        values = [each if isinstance(each, str) else str(each) for each in rule["enum"]]
        said = "Input should be " + " or ".join(repr(value) for value in values)
        return _problem(names, "one_of", said, body) | {"ctx": {"expected": rule["enum"]}}
    if wrong in BOUNDS:
        kind, sign, bound = BOUNDS[wrong]
        said = f"Input should be {sign} than or equal to {rule[bound]}"
        return _problem(names, kind, said, body) | {"ctx": {kind[0] + "e": rule[bound]}}
    if wrong is Misfit.LENGTH:
        most = rule.get("maxItems", rule.get("maxLength"))
        long = _problem(names, "sequence_too_long", f"Sequence should have at most {most} items", body)
        return long | {"ctx": {"max_length": most}}
    if wrong is Misfit.MISSING:
        return _problem(names, "missing", "Field required", body)
    if wrong is Misfit.UNKNOWN:
        return _problem(names, "extra_forbidden", "Extra inputs are not permitted", body)
    return _problem(names, f"{rule.get('type')}_type", f"Input should be a valid {rule.get('type')}", body)


def _problem(path: list[str], kind: str, said: str, body: Mapping[str, object]) -> Problem:
    shown = body.get(path[0], dict(body))
    return {"loc": ["body", *path], "msg": said, "type": kind, "url": f"{SEE}{kind}", "input": wire.by_hash(shown)}


def look_of(model: FalModel, body: Mapping[str, object], image_at: Callable[[str], bytes | None]) -> wire.Look:
    """How the clip of a body, to which there is no objection, is to look and sound."""
    named = {path[0]: image_at(url) for path, url in reversed(list(images_in(model, body)))}
    first = next((named[name] for name in FIRST if name in named), None)
    last = next((named[name] for name in LAST if name in named), None)
    if first is None and last is None:  # reference images: the clip is painted around the first
        first = next(iter(reversed(named.values())), None)
    shape, fps = model.value(body, "aspect_ratio"), model.value(body, "fps")
    return wire.Look(
        first,
        last,
        aspect=None if shape is None or shape in FOLLOWING else str(shape),
        fps=fps if isinstance(fps, int) else USUAL_FPS,
        sound=model.value(body, *SOUND) is True,
    )


def resolution_of(model: FalModel, body: Mapping[str, object]) -> str:
    return str(model.value(body, "resolution") or model.resolution).lower()


def rewritten(model: FalModel, body: Mapping[str, object]) -> dict[str, object]:
    """What the result says of the prompt that was used, and under which name: Wan's and H3's do."""
    prompt = f"{wire.text_of(body, 'prompt')}, in warm light"
    if model.id.startswith("minimax/h3/"):
        return {"expanded_prompt": prompt}
    expands = "wan" in model.id and model.value(body, "enable_prompt_expansion") is True
    return {"actual_prompt": prompt} if expands else {}
