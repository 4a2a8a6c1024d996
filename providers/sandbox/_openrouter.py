"""OpenRouter's video models as its list has them: what it objects to in a request, what one makes, what that costs.

Sources, read 2026-12-01: ``rules/openrouter.json`` (a third party's copy of the public list, 2026-10-09); for the
request the OpenAPI of OpenRouterTeam/docs @ c26125a and openrouter 1.3.84; that a value outside the list's is a 400:
the vendor's openrouter-video skill; how tokens count and which key of the prices holds: third parties.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from providers.sandbox import _wire as wire
from providers.sandbox._clips import frame_size
from providers.sandbox._schema import Schema, objections

RULES = Path(__file__).parent / "rules" / "openrouter.json"
ASPECTS = ["16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3", "21:9", "9:21"]
RESOLUTIONS = ["360p", "480p", "720p", "768p", "1080p", "1K", "2K", "4K"]
# The only model of which a page says that a frame will do without a prompt.
PROMPTLESS = ("heygen/heygen-video-1",)
# Simulated: what is made where the list leaves it open, and nobody asks.
USUAL_LINES, USUAL_ASPECT = "720p", "16:9"
TOKEN_FPS, TOKEN_PIXELS = 24, 1024


def _text(**more: object) -> Schema:
    return {"type": "string", **more}


def _object(required: list[str], **properties: Schema) -> Schema:
    return {"type": "object", "required": required, "properties": properties}


LINK = _object(["url"], url=_text(format="uri"))
IMAGE = {"type": _text(enum=["image_url"]), "image_url": LINK}
FRAME = _object(["type", "image_url", "frame_type"], **IMAGE, frame_type=_text(enum=["first_frame", "last_frame"]))
REQUEST = _object(
    ["model"],
    model=_text(),
    prompt=_text(),
    aspect_ratio=_text(enum=ASPECTS),
    resolution=_text(enum=RESOLUTIONS),
    size=_text(),
    duration={"type": "integer", "minimum": 1},
    generate_audio={"type": "boolean"},
    seed={"type": "integer"},
    callback_url=_text(pattern="^https://"),
    frame_images={"type": "array", "items": FRAME},
    input_references={"type": "array", "items": _object(["type", "image_url"], **IMAGE)},
)
"""What of a request is read here. ``provider`` has one key for each provider; others are passed over."""


@dataclass(frozen=True)
class VideoModel:
    """One entry of the list."""

    entry: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.entry["id"])

    def listed(self) -> dict[str, object]:
        """As the list has it. Its name, day and description are simulated: the copy leaves them out."""
        slug = str(self.entry["canonical_slug"])
        made = datetime.strptime(slug.rpartition("-")[2], "%Y%m%d").replace(tzinfo=UTC)
        name = self.id.partition("/")[2].replace("-", " ").title()
        return {**self.entry, "name": name, "created": int(made.timestamp()), "description": name}

    def supports(self, name: str) -> list[Any]:
        return list(self.entry[f"supported_{name}"] or [])


@functools.cache
def models() -> Mapping[str, VideoModel]:
    """Every model by its id."""
    entries = json.loads(RULES.read_text("utf-8"))["models"]
    return {entry["id"]: VideoModel(entry) for entry in entries}


def problem(model: VideoModel, body: Mapping[str, object]) -> str | None:
    """What is wrong with a request, in words that are simulated; None when nothing is."""
    known = {name: value for name, value in body.items() if name in REQUEST["properties"]}
    for field, said in objections(REQUEST, known).items():
        return f"{field}: {said[0].words}"
    if not model.supports("durations"):
        return f"{model.id} needs a source video or specialized inputs"
    if not body.get("prompt") and not (model.id in PROMPTLESS and body.get("frame_images")):
        return "prompt: Required"
    return next(_unsupported(model, body), None)


def _unsupported(model: VideoModel, body: Mapping[str, object]) -> Iterator[str]:
    for name, values in (
        ("duration", "durations"), ("resolution", "resolutions"), ("aspect_ratio", "aspect_ratios"), ("size", "sizes")
    ):  # fmt: skip
        if name in body and body[name] not in model.supports(values):
            allowed = ", ".join(str(value) for value in model.supports(values))
            yield f"{name}: {body[name]} is not supported by {model.id}, expected {allowed}"
    types = [frame["frame_type"] for frame in objects(body, "frame_images")]
    if twice := next((each for each in types if types.count(each) > 1), None):
        yield f"frame_images: two of them are {twice}"
    if extra := next((each for each in types if each not in model.supports("frame_images")), None):
        yield f"frame_images: {extra} is not supported by {model.id}"


def objects(body: Mapping[str, object], field: str) -> list[dict[str, Any]]:
    value = body.get(field)
    return value if isinstance(value, list) else []


def links(body: Mapping[str, object]) -> list[str]:
    """Where the images are: frames, else references, as frames win."""
    used = objects(body, "frame_images") or objects(body, "input_references")
    return [each["image_url"]["url"] for each in used]


@dataclass(frozen=True)
class RoutedVideo:
    """What a request, to which there is no objection, asks for. ``look`` has its exact size."""

    resolution: str
    duration: int
    look: wire.Look
    framed: bool
    images: int

    @classmethod
    def of(cls, model: VideoModel, body: Mapping[str, object], images: Mapping[str, bytes | None]) -> RoutedVideo:
        frames = {each["frame_type"]: images[each["image_url"]["url"]] for each in objects(body, "frame_images")}
        guides = [images[each["image_url"]["url"]] for each in objects(body, "input_references")]
        first = frames.get("first_frame") if frames else next(iter(guides), None)
        lines = str(body.get("resolution") or next(iter(model.supports("resolutions")), USUAL_LINES))
        aspect = body.get("aspect_ratio")
        size = _pixels(str(body["size"])) if "size" in body else None
        sound = bool(body.get("generate_audio", model.entry["generate_audio"]))
        following = "first_frame" in frames and aspect is None and first is not None
        look = wire.Look(
            first,
            frames.get("last_frame"),
            aspect=None if following else str(aspect or USUAL_ASPECT),
            size=size,
            sound=sound,
        )
        seconds = body.get("duration", next(iter(model.supports("durations"))))
        return cls(lines.lower(), int(str(seconds)), look, bool(frames), len(frames) or len(guides))

    def cost(self, model: VideoModel) -> Decimal:
        """US dollars, by the first of the list's keys that holds; 0 for a model without one of them."""
        skus = {key: Decimal(value) for key, value in model.entry["pricing_skus"].items()}
        guided = self.images * skus.get("reference_images", Decimal(0)) if not self.framed else Decimal(0)
        for key, unit in self._keys():
            if key in skus:
                extra = self.images * skus.get("cents_per_image_input", Decimal(0)) / 100
                return skus[key] * unit * self.duration + extra + guided
        return Decimal(0)

    def _keys(self) -> Iterator[tuple[str, Decimal]]:
        """The keys to look for, the narrowest first, and what of their unit a second is."""
        dollars, cents, lines = Decimal(1), Decimal("0.01"), f"_{self.resolution}"
        if self.images and not self.framed:
            yield f"reference_duration_seconds{lines}", dollars
        sound = "with_audio" if self.look.sound else "without_audio"
        mode = "image_to_video_" if self.framed else "text_to_video_"
        for stem in (f"duration_seconds_{sound}", f"{mode}duration_seconds", "duration_seconds"):
            yield f"{stem}{lines}", dollars
            yield stem, dollars
        for stem in ("cents_per_video_output_second", "cents_per_second_output"):
            yield f"{stem}{lines}", cents
            yield stem, cents
        tokens = self._tokens_a_second()
        yield f"video_tokens{lines}", tokens
        yield "video_tokens" if self.look.sound else "video_tokens_without_audio", tokens

    def _tokens_a_second(self) -> Decimal:
        image = self.look.first if self.look.aspect is None else None
        width, height = self.look.size or frame_size(self.resolution, image, self.look.aspect or USUAL_ASPECT)
        return Decimal(width * height * TOKEN_FPS) / TOKEN_PIXELS


def _pixels(size: str) -> tuple[int, int]:
    width, _, height = size.partition("x")
    return int(width), int(height)
