"""What the two servers make of a request for a clip: which fields a form may have, and what is wrong with it.

Sources, read 2026-12-01: vLLM-Omni's docs/serving/videos_api.md and its protocol/videos.py and api_server.py (0.30.0);
SGLang's multimodal_gen/runtime/entrypoints/openai/video_api.py and docs/diffusion (0.5.23). Both are FastAPI: what is
no number where one is wanted is a 422 with a list, and a field they do not know is passed over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from providers.sandbox import _wire as wire

SERVED = (
    "Wan-AI/Wan2.2-T2V-A14B-Diffusers",
    "Wan-AI/Wan2.2-I2V-A14B-Diffusers",
    "Wan-AI/Wan2.2-TI2V-5B-Diffusers",
    "Wan-AI/Wan2.1-T2V-1.3B-Diffusers",
    "Wan-AI/Wan2.1-T2V-14B-Diffusers",
    "Wan-AI/Wan2.1-I2V-14B-480P-Diffusers",
    "Wan-AI/Wan2.1-I2V-14B-720P-Diffusers",
)
"""A server runs one model. Here stands a proxy before several: SGLang runs Wan 2.1, vLLM-Omni the others."""
SECONDS, FPS = 4, 24
"""What both make where nobody says how long, and at which rate."""
USUAL_SIZE = (832, 480)
"""Simulated: each model has a size of its own where none is asked for."""
MOST_PIXELS, MOST_SECONDS = 4096 * 2304, 60
"""Simulated: beyond these a job fails for want of memory."""

Bounds = tuple[float | None, float | None]
WHOLE: Mapping[str, Bounds] = {
    **dict.fromkeys(("width", "height", "num_frames", "fps"), (1, None)),
    "num_inference_steps": (1, 200),
    "num_outputs_per_prompt": (1, 10),
    "seed": (None, None),
}
NUMBERS: Mapping[str, Bounds] = {
    **dict.fromkeys(("guidance_scale", "guidance_scale_2", "true_cfg_scale"), (0, 20)),
    "boundary_ratio": (0, 1),
    "flow_shift": (None, None),
}
PATTERNS = {"seconds": r"[1-9]\d*", "size": r"\d+x\d+"}
"""As vLLM-Omni has them; SGLang wants a whole number and the same form."""
NO_WHOLE = "Input should be a valid integer, unable to parse string as an integer"
NO_NUMBER = "Input should be a valid number, unable to parse string as a number"


class Unfit(Exception):
    """A request that is refused: the HTTP status, and what the server calls the ``detail``."""

    def __init__(self, status: int, detail: object) -> None:
        super().__init__(status)
        self.status, self.detail = status, detail


def is_sglang(model: str) -> bool:
    return "Wan2.1" in model


@dataclass(frozen=True)
class VideoForm:
    """A request that fits: its fields as text, and the image that came along."""

    texts: Mapping[str, str]
    image: bytes | None

    @property
    def model(self) -> str:
        """The server's own, whatever a request names: neither refuses another."""
        named = self.texts.get("model", "")
        return named if named in SERVED else SERVED[0]

    @property
    def prompt(self) -> str:
        return self.texts.get("prompt", "")

    @property
    def fps(self) -> int:
        return int(self.texts.get("fps", FPS))

    @property
    def seconds(self) -> int:
        """How long the clip is: by its frames where they are given."""
        frames = self.texts.get("num_frames")
        return max(1, round(int(frames) / self.fps)) if frames else int(self.texts.get("seconds", SECONDS))

    @property
    def size(self) -> tuple[int, int]:
        given = self.texts.get("size", "").split("x")
        if len(given) != 2:
            given = [self.texts.get("width", ""), self.texts.get("height", "")]
        width, height = (int(side) if side else usual for side, usual in zip(given, USUAL_SIZE, strict=True))
        return max(2, width - width % 2), max(2, height - height % 2)

    @property
    def failure(self) -> str | None:
        """Why no clip comes of it, by a word; None if one does."""
        width, height = self.size
        if width * height > MOST_PIXELS or self.seconds > MOST_SECONDS:
            return "memory"
        return "image" if "-I2V-" in self.model and self.image is None else None

    @property
    def look(self) -> wire.Look:
        return wire.Look(first=self.image, size=self.size, fps=self.fps)


async def read(request: Request, fetched: Callable[[str], bytes | None]) -> VideoForm:
    """The request's form; ``fetched`` gives the bytes behind the URL of an image, or None.

    Raises:
        Unfit: the server refuses it.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    texts, image = await _multipart(request) if kind == "multipart/form-data" else (await _as_json(request), None)
    if kind == "application/json" and not is_sglang(texts.get("model", "")):
        texts = {}  # vLLM-Omni reads forms alone
    reference = texts.get("image_reference")
    if reference is not None and image is not None:
        raise Unfit(400, "Provide either input_reference or image_reference, not both.")
    if reference is not None:
        image = fetched(_url_in(reference))
        if image is None:
            raise Unfit(400, "Invalid input reference.")
    form = VideoForm(texts, image)
    check(form)
    if image is not None and wire.picture(image) is None:
        raise Unfit(400, "Invalid input reference.")
    return form


async def _multipart(request: Request) -> tuple[dict[str, str], bytes | None]:
    try:
        async with request.form() as form:
            texts = {name: value for name, value in form.items() if isinstance(value, str)}
            return texts, await _file(form)
    except HTTPException as error:  # a multipart body that cannot be parsed
        raise Unfit(400, "There was an error parsing the body") from error


async def _file(form: FormData) -> bytes | None:
    part = form.get("input_reference")
    return await part.read() if isinstance(part, UploadFile) else None


async def _as_json(request: Request) -> dict[str, str]:
    """The fields of a JSON body, ``extra_body`` among them, as text."""
    body = await wire.json_object(request) or {}
    extra = body.pop("extra_body", None)
    merged = body | (extra if isinstance(extra, dict) else {})
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in merged.items()}


def _url_in(text: str) -> str:
    """Where the image of an ``image_reference`` is."""
    try:
        body: Any = json.loads(text)
    except ValueError as error:
        raise Unfit(400, "Invalid JSON in form field.") from error
    return wire.text_of(body, "image_url") if isinstance(body, dict) else ""


def check(form: VideoForm) -> None:
    """Raises ``Unfit`` where the server refuses the fields."""
    sglang = is_sglang(form.model)
    if not form.prompt:
        raise (
            Unfit(400, "prompt is required") if sglang else Unfit(422, [_wrong("missing", "prompt", "Field required")])
        )
    wrong = [said for name, text in form.texts.items() if (said := _objection(name, text)) is not None]
    if wrong:
        raise Unfit(422, wrong)
    if sglang and form.failure == "image":
        raise Unfit(400, "input_reference or reference_url is required for image-to-video generation")


def _objection(name: str, text: str) -> dict[str, object] | None:
    if name in PATTERNS and not re.fullmatch(PATTERNS[name], text, re.ASCII):
        return _wrong("string_pattern_mismatch", name, f"String should match pattern '^{PATTERNS[name]}$'", text)
    if name in WHOLE and not re.fullmatch(r"-?\d{1,18}", text, re.ASCII):
        return _wrong(
            "int_parsing", name, "Input should be a valid integer, unable to parse string as an integer", text
        )
    if name in NUMBERS and not re.fullmatch(r"-?\d{1,18}(\.\d{1,18})?", text, re.ASCII):
        return _wrong("float_parsing", name, NO_NUMBER, text)
    low, high = {**WHOLE, **NUMBERS}.get(name, (None, None))
    if low is not None and float(text) < low:
        return _wrong("greater_than_equal", name, f"Input should be greater than or equal to {low:g}", text)
    if high is not None and float(text) > high:
        return _wrong("less_than_equal", name, f"Input should be less than or equal to {high:g}", text)
    return None


def _wrong(kind: str, name: str, said: str, given: object = None) -> dict[str, object]:
    return {"type": kind, "loc": ["body", name], "msg": said, "input": given}
