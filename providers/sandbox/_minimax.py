"""MiniMax's video models, what it objects to in a body, and what a clip costs.

Sources, read 2026-11-29 and 2026-12-01: ``rules/minimax.json``, whose ``about`` names them; for V2's words its OpenAPI
document in a third party's copy. A field that no document names is passed over, as V1 does with one (seen by a third
party, 2026-01-31). The words after "invalid params" are simulated but for those about the missing text.
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

RULES = Path(__file__).parent / "rules" / "minimax.json"
PROMPT_OF_V1, PROMPT_OF_V2 = 2000, 7000
FORMATS = ("JPEG", "PNG", "WEBP")
FORMATS_OF_V2 = (*FORMATS, "HEIF")
RATIOS = ("21:9", "16:9", "4:3", "1:1", "3:4", "9:16")
FRAMES = ("first_frame", "last_frame")
REFERENCES = ("reference_image", "reference_video", "reference_audio")
WORDS = {
    1000: "internal error",
    1002: "rate limit, please retry later",
    1004: "login fail: Please carry the API secret key in the 'Authorization' field of the request header",
    1008: "insufficient balance",
    1026: "video description contains sensitive content",
    2049: "invalid api key",
}
"""V2's documented examples, and the table's words for the others."""
HTTP = {1000: 500, 1002: 429, 1004: 401, 1008: 402, 1026: 422, 2013: 400, 2049: 401}
"""V2's status of a code."""
TYPES = {
    400: "bad_request_error",
    401: "authorized_error",
    402: "insufficient_balance_error",
    422: "unprocessable_entity_error",
    429: "rate_limit_error",
    500: "server_error",
}

Images = Callable[[str], bytes | None]
"""The bytes of an image, by a URL or a data URI; None where they cannot be had."""


class CodedError(Exception):
    """What MiniMax refuses, by its own code."""

    def __init__(self, code: int, words: str = "") -> None:
        self.code, self.words = code, words or WORDS[code]
        super().__init__(self.words)

    @property
    def said(self) -> dict[str, object]:
        """As V2 says it."""
        status = HTTP[self.code]
        return {"type": TYPES[status], "message": f"{self.words} ({self.code})", "http_code": str(status)}


def invalid(what: str) -> CodedError:
    return CodedError(2013, f"invalid params, {what}")


@dataclass(frozen=True)
class AskedTask:
    """What a body asks for that passed the rules. ``usd`` is None where no document has its price."""

    model: str
    prompt: str
    resolution: str
    seconds: int
    look: wire.Look
    usd: Decimal | None
    ratio: str = ""
    images: int = 0


@functools.cache
def rules() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """Each generation's models."""
    known = json.loads(RULES.read_text("utf-8"))
    return {generation: known[generation] for generation in ("v1", "v2")}


def _model(generation: str, body: Mapping[str, object] | None) -> Mapping[str, Any]:
    if body is None:
        raise invalid("the body must be a JSON object")
    if not isinstance(body.get("callback_url", ""), str):  # simulated
        raise invalid("fail to check callback url")
    model = rules()[generation].get(wire.text_of(body, "model"))
    if model is None:
        raise invalid(f"model {body.get('model')!r} does not exist")
    return model


# V1 -------------------------------------------------------------------------------------------------------------------


def asked_of_v1(body: Mapping[str, object] | None, images: Images) -> AskedTask:
    """Raises CodedError where the body cannot be."""
    model = _model("v1", body)
    body = body or {}
    prompt = _prompt(body)
    first, last = (_frame(body, f"{name}_image", images) for name in FRAMES)
    if first is None and (model.get("needs_image") or not prompt):
        raise invalid("first_frame_image is required" if model.get("needs_image") else "prompt is required")
    if last is not None and not model.get("last_frame"):
        raise invalid("last_frame_image is not supported by this model")
    for name in ("prompt_optimizer", "fast_pretreatment", "aigc_watermark"):
        if not isinstance(body.get(name, False), bool):
            raise invalid(f"{name} must be a boolean")
    resolution, seconds = _shape(model, body, first, last)
    price = model["usd"].get(f"{resolution} {seconds}")
    usd = None if price is None else Decimal(price)
    return AskedTask(wire.text_of(body, "model"), prompt, resolution, seconds, wire.Look(first, last), usd)


def _prompt(body: Mapping[str, object]) -> str:
    prompt = body.get("prompt", "")
    if not isinstance(prompt, str) or len(prompt) > PROMPT_OF_V1:
        raise invalid(f"prompt must be a string of at most {PROMPT_OF_V1} characters")
    return prompt.strip()


def _frame(body: Mapping[str, object], name: str, images: Images) -> bytes | None:
    reference = body.get(name)
    if reference in (None, ""):
        return None
    return _checked(name, reference, images, FORMATS, least=301, most=19_999_999)


def _shape(
    model: Mapping[str, Any], body: Mapping[str, object], first: bytes | None, last: bytes | None
) -> tuple[str, int]:
    resolution, seconds = body.get("resolution", "768P"), body.get("duration", 6)
    lengths: Mapping[str, list[int]] = model["lengths"]
    if not isinstance(resolution, str) or resolution not in lengths:
        raise invalid(f"resolution must be one of {', '.join(lengths)}")
    if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds not in lengths[resolution]:
        raise invalid(f"duration must be one of {lengths[resolution]} at {resolution}")
    if resolution in model.get("from_image", ()) and (first is None or last is not None):
        raise invalid(f"resolution {resolution} is for image-to-video only")
    return resolution, seconds


# V2 -------------------------------------------------------------------------------------------------------------------


def asked_of_v2(body: Mapping[str, object] | None, images: Images) -> AskedTask:
    """Raises CodedError where the body cannot be."""
    model = _model("v2", body)
    body = body or {}
    contents = body.get("content")
    if not isinstance(contents, list) or not all(isinstance(each, dict) for each in contents):
        raise invalid("content must be an array of objects")
    prompt, named = _text(contents), list(_named(contents))
    found = _pictures(model, named, images)
    resolution, seconds = _measure(model, body)
    ratio = _ratio(body, text_alone=not named, framed=any(role in FRAMES for role, _ in named))
    _expansion(model, body)
    extra = max(0, len(found) - int(model["free_images"]))
    usd = Decimal(model["usd"][resolution]) * seconds + Decimal(model["image_usd"]) * extra
    by_role = dict(reversed(found))  # of several reference images the clip is painted around the first
    first = by_role.get("first_frame") or by_role.get("reference_image")
    aspect = None if ratio == "adaptive" else ratio
    look = wire.Look(first, by_role.get("last_frame"), aspect, sound=True)  # of H3 Max nobody says so: simulated
    return AskedTask(wire.text_of(body, "model"), prompt, resolution, seconds, look, usd, ratio, len(found))


def _text(contents: list[dict[str, Any]]) -> str:
    texts = [each.get("text") for each in contents if each.get("type") == "text"]
    prompt = texts[0] if len(texts) == 1 else ""
    if not isinstance(prompt, str) or not prompt.strip():
        raise invalid("content must include a non-empty text item (prompt is required)")
    if len(prompt) > PROMPT_OF_V2:
        raise invalid(f"text must have at most {PROMPT_OF_V2} characters")
    return prompt.strip()


def _named(contents: list[dict[str, Any]]) -> Iterator[tuple[str, object]]:
    """Every medium by its role; an image without one is a first frame."""
    for each in contents:
        kind = each.get("type")
        if kind == "text":
            continue
        given = each.get(str(kind))
        if kind != "image_url" or not isinstance(given, dict):  # simulated: videos and sounds are not fetched here
            raise invalid(f"content of type {kind!r} cannot be read")
        yield str(each.get("role", "first_frame")), given.get("url")


def _pictures(model: Mapping[str, Any], named: list[tuple[str, object]], images: Images) -> list[tuple[str, bytes]]:
    roles = [role for role, _ in named]
    unknown = next((role for role in roles if role not in (*FRAMES, REFERENCES[0])), None)
    if unknown is not None:
        raise invalid(f"role {unknown!r} is not one of an image")
    if any(roles.count(role) > 1 for role in FRAMES) or roles.count(REFERENCES[0]) > model["references"]:
        raise invalid("too many images")
    if REFERENCES[0] in roles and any(role in FRAMES for role in roles):
        raise invalid("first_frame / last_frame and reference_* cannot be mixed")
    return [(role, _checked(role, url, images, FORMATS_OF_V2, 256, 30_000_000, 5760)) for role, url in named]


def _measure(model: Mapping[str, Any], body: Mapping[str, object]) -> tuple[str, int]:
    resolution, seconds = body.get("resolution"), body.get("duration")
    low, high = model["seconds"]
    if not isinstance(resolution, str) or resolution not in model["usd"]:
        raise invalid(f"resolution must be one of {', '.join(model['usd'])}")
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not low <= seconds <= high:
        raise invalid(f"duration must be an integer from {low} to {high}")
    return resolution, seconds


def _ratio(body: Mapping[str, object], *, text_alone: bool, framed: bool) -> str:
    ratio = body.get("ratio", "adaptive")
    if not isinstance(ratio, str) or ratio not in ("adaptive", *RATIOS):
        raise invalid(f"ratio must be one of adaptive, {', '.join(RATIOS)}")
    if text_alone and ratio == "adaptive":
        raise invalid("ratio is required for text-to-video and cannot be adaptive")
    return "adaptive" if framed else ratio


def _expansion(model: Mapping[str, Any], body: Mapping[str, object]) -> None:
    extra = body.get("extra", {})
    mode = extra.get("prompt_expansion_mode") if isinstance(extra, dict) else ""
    if mode is not None and "modes" in model and mode not in model["modes"]:
        raise invalid(f"extra.prompt_expansion_mode must be one of {', '.join(model['modes'])}")


def _checked(
    name: str, reference: object, images: Images, formats: tuple[str, ...], least: int, most: int, widest: int = 10**6
) -> bytes:
    """The bytes of an image as the vendor takes it: its format, short side and size, and a shape of 2:5 to 5:2."""
    data = images(reference) if isinstance(reference, str) else None
    picture = wire.picture(data) if data is not None and len(data) <= most else None
    if data is None or picture is None or picture.format not in formats:
        raise invalid(f"{name} must be a reachable image of a supported format and size")
    short, long = sorted((picture.width, picture.height))
    if short < least or long > widest or not 0.4 <= picture.width / picture.height <= 2.5:
        raise invalid(f"{name} has an unsupported size or aspect ratio")
    return data
