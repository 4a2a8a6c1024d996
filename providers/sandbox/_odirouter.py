"""The queue's models, and the contracts by which SeaCloud's clients learn of them.

Sources, read 2026-11-21 to 2026-11-30: OdiRouter's page of Hailuo 2.3 Fast image-to-video;
cloud.seaart.ai/docs/api-reference/model-api/minimax for the other Hailuo models; seacloud-cli @ aa9c8ac: skills/video
for the fields of Vidu's, whose values it leaves to a live contract, internal/contracts/types.go and
cmd/run_contract_validation_test.go for contracts (``model-contract.v1``, an enum's numbers as texts,
``additionalProperties: false``); for the list of models seacloudai-sdk 0.1.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PROMPT_LIMIT = 2000
_USUAL = (("768P", 6), ("768P", 10), ("1080P", 6))
_WITH_512 = (("512P", 6), ("512P", 10), *_USUAL)
_FLAGS = ("prompt_optimizer", "fast_pretreatment", "aigc_watermark")
PAGE_LIMIT = 100


_TEXT_FIELDS = ("style", "duration", "seed", "aspect_ratio", "resolution")
_IMAGE_FIELDS = ("audio", "audio_type", "voice_id", "is_rec")


@dataclass(frozen=True)
class QueueModel:
    """One endpoint of the queue: whether it takes a first frame, and what may be asked for together.

    Of a model without ``combinations`` no document says what its fields, ``unchecked``, may be: they are taken as they
    are, and what the model makes is simulated.
    """

    id: str
    name: str
    image: bool
    combinations: tuple[tuple[str, int], ...] = _USUAL
    family: str = "minimax"
    image_field: str = "first_frame_image"
    unchecked: tuple[str, ...] = ()

    @property
    def fields(self) -> frozenset[str]:
        """Every field of a body."""
        own = (*_FLAGS, "duration", "resolution") if self.combinations else self.unchecked
        return frozenset(("prompt", *own, *([self.image_field] if self.image else [])))

    def contract(self) -> dict[str, object]:
        """How to call it, for a client that knows nothing of the model."""
        queue = f"/model/v1/queue/{self.id}"
        request = f"{queue}/requests/{{request_id}}"
        endpoints = {
            "submit": {"method": "POST", "path": queue},
            "status": {"method": "GET", "path": f"{request}/status"},
            "result": {"method": "GET", "path": f"{request}/response"},
            "cancel": {"method": "PUT", "path": f"{request}/cancel"},
        }
        return {
            "schema_version": "model-contract.v1",
            "revision": "sandbox",
            "model_id": self.id,
            "display_name": self.name,
            "family": self.family,
            "kind": "video",
            "protocol": "queue",
            "body_mode": "raw_json",
            "endpoints": endpoints,
            "input_schema": self._schema(),
        }

    def _schema(self) -> dict[str, object]:
        return {
            "type": "object",
            "required": [self.image_field if self.image else "prompt"],
            "additionalProperties": False,
            "properties": self._properties() if self.combinations else {name: {} for name in sorted(self.fields)},
        }

    def _properties(self) -> dict[str, object]:
        resolutions = sorted({name for name, _ in self.combinations}, key=lambda name: int(name.rstrip("P")))
        return {
            "prompt": {"type": "string", "maxLength": PROMPT_LIMIT},
            **({self.image_field: {"type": "string", "format": "image"}} if self.image else {}),
            "duration": {"type": "integer", "enum": ["6", "10"]},
            "resolution": {"type": "string", "enum": resolutions},
            **{flag: {"type": "boolean"} for flag in _FLAGS},
        }

    def summary(self) -> dict[str, object]:
        """What a list of models says of it."""
        takes = ["text", "image"] if self.image else ["text"]
        named = {"id": self.id, "name": self.name, "type": "video", "provider": self.family, "description": ""}
        return named | {"input_modalities": takes, "output_modalities": ["video"]}


def _vidu(endpoint: str, name: str) -> QueueModel:
    image = endpoint.endswith("img2video")
    fields = _IMAGE_FIELDS if image else _TEXT_FIELDS
    return QueueModel(endpoint, name, image, (), "vidu", "images", fields)


MODELS = {
    model.id: model
    for model in (
        QueueModel("minimax_hailuo_23_fast_i2v", "Hailuo 2.3 Fast", image=True),
        QueueModel("minimax_hailuo_23_i2v", "Hailuo 2.3", image=True),
        QueueModel("minimax_hailuo_23_t2v", "Hailuo 2.3", image=False),
        QueueModel("minimax_hailuo_02_i2v", "Hailuo 02", image=True, combinations=_WITH_512),
        QueueModel("minimax_hailuo_02_t2v", "Hailuo 02", image=False),
        _vidu("viduq1_text2video", "Vidu Q1"),
        _vidu("viduq2_text2video", "Vidu Q2"),
        _vidu("viduq2_pro_fast_text2video", "Vidu Q2 Pro Fast"),
        _vidu("viduq3_pro_text2video", "Vidu Q3 Pro"),
        _vidu("viduq3_turbo_text2video", "Vidu Q3 Turbo"),
        _vidu("vidu20_img2video", "Vidu 2.0"),
        _vidu("viduq1_img2video", "Vidu Q1"),
        _vidu("viduq2_pro_img2video", "Vidu Q2 Pro"),
        _vidu("viduq2_pro_fast_img2video", "Vidu Q2 Pro Fast"),
        _vidu("viduq2_turbo_img2video", "Vidu Q2 Turbo"),
        _vidu("viduq3_pro_img2video", "Vidu Q3 Pro"),
        _vidu("viduq3_turbo_img2video", "Vidu Q3 Turbo"),
    )
}


def listed(query: Mapping[str, str]) -> dict[str, object] | None:
    """A page of the list of models; None of a page that cannot be."""
    page, size = query.get("page", "1"), query.get("page_size", "20")
    if not (page.isdecimal() and size.isdecimal() and int(page) >= 1 and 1 <= int(size) <= PAGE_LIMIT):
        return None
    words, number, length = query.get("keywords", "").lower(), int(page), int(size)
    found = [model.summary() for model in MODELS.values() if words in f"{model.id} {model.name}".lower()]
    found = [each for each in found if all(query.get(name, each[name]) == each[name] for name in ("type", "provider"))]
    return {
        "models": found[(number - 1) * length : number * length],
        "total": len(found),
        "page": number,
        "page_size": length,
        "total_pages": -(-len(found) // length),
    }
