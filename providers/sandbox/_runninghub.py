"""RunningHub's Hailuo endpoints: the rules a body must pass, and prices.

Sources, read 2026-11-21: model-registry.public.json and pricing.public.json (2026-04-29) of the developer
kit, HM-RunningHub/ComfyUI_RH_OpenAPI @ a05daf0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

PROMPT_LIMIT = 2000


class BusinessError(Exception):
    """A business error, said inside HTTP 200."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True)
class RegistryModel:
    """One endpoint of the registry. ``resolution`` is simulated where the pages do not state it."""

    endpoint: str
    resolution: str
    prices: Mapping[str, str]  # CNY per call, by duration; under "" where there is no duration field
    prompt_required: bool = True
    image: str | None = None
    image_required: bool = True
    last_image: str | None = None
    max_mb: int = 30

    @property
    def durations(self) -> tuple[str, ...]:
        return tuple(duration for duration in self.prices if duration)


_FAST = {"6": "1.01", "10": "1.69"}
_FAST_02 = {"6": "0.45", "10": "0.75"}
_STANDARD = {"6": "1.5", "10": "3.0"}
_PRO = {"": "2.63"}
_framed = partial(RegistryModel, image="firstImageUrl", last_image="lastImageUrl")
MODELS = {
    model.endpoint: model
    for model in (
        RegistryModel("minimax/hailuo-2.3-fast/image-to-video", "768p", _FAST, image="imageUrl"),
        RegistryModel("minimax/hailuo-2.3-fast-pro/image-to-video", "1080p", {"6": "1.73"}, image="imageUrl"),
        RegistryModel("minimax/hailuo-2.3/i2v-standard", "768p", _STANDARD, False, image="imageUrl"),
        RegistryModel("minimax/hailuo-2.3/image-to-video-pro", "1080p", _PRO, False, image="imageUrl"),
        RegistryModel("minimax/hailuo-2.3/t2v-standard", "768p", _STANDARD),
        RegistryModel("minimax/hailuo-2.3/t2v-pro", "1080p", _PRO),
        RegistryModel("minimax/hailuo-02/t2v-standard", "768p", _STANDARD),
        RegistryModel("minimax/hailuo-02/t2v-pro", "1080p", _PRO),
        _framed("minimax/hailuo-02/i2v-standard", "768p", _STANDARD, False),
        _framed("minimax/hailuo-02/i2v-pro", "1080p", _PRO, False),
        _framed("minimax/hailuo-02/standard", "768p", _STANDARD, image_required=False, max_mb=10),
        _framed("minimax/hailuo-02/pro", "1080p", {"6": "2.63"}, image_required=False, max_mb=10),
        RegistryModel("minimax/hailuo-02/fast", "512p", _FAST_02, False, image="imageUrl", max_mb=10),
    )
}


def model_at(path: str) -> RegistryModel:
    return next(model for endpoint, model in MODELS.items() if path.endswith(f"/{endpoint}"))


def checked_prompt(body: Mapping[str, object], *, required: bool) -> str:
    prompt = body.get("prompt")
    if not isinstance(prompt, str | None) or (required and not prompt):
        raise BusinessError("301", "PARAMS_INVALID: prompt is required")
    if prompt and len(prompt) > PROMPT_LIMIT:
        raise BusinessError("1007", f"parameter rejected: prompt is longer than {PROMPT_LIMIT}")
    return prompt or ""


def checked_duration(body: Mapping[str, object], model: RegistryModel) -> str:
    """The duration, ``""`` where the endpoint has none; LIST values are strings, BOOLEAN a JSON boolean."""
    if not isinstance(body.get("enablePromptExpansion"), bool):
        raise BusinessError("301", "PARAMS_INVALID: enablePromptExpansion must be true or false")
    if not model.durations:
        return ""
    duration = body.get("duration")
    if not isinstance(duration, str) or duration not in model.durations:
        options = ", ".join(f'"{option}"' for option in model.durations)
        raise BusinessError("301", f"PARAMS_INVALID: duration must be one of {options}")
    return duration
