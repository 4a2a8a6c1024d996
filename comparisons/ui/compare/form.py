"""What the Compare tab's fields say, as one value."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from comparisons.media import images
from comparisons.settings import pasted_key
from providers import PROVIDERS, ImageInput, InvalidRequest, Request

ANY = "Each variant's own"
PROMPT_MAX = 20_000
"""Characters of a prompt. Every vendor's own limit is far below; what is longer is not even looked at."""
MISFIT = "What was sent does not fit this form; reload the page."
ASKED = ("prompt", "image", "last_image", "duration", "resolution", "optimizer", "repeats", "mode")
"""The first of the fields, in the tab's order: what a run keeps of them."""


@dataclass(frozen=True)
class Form:
    """The fields of the tab as one submission has them."""

    prompt: str
    image: str | None
    last_image: str | None
    duration: str
    resolution: str
    optimizer: bool
    repeats: int
    mode: str
    nearest: bool
    allow_unpriced: bool
    keys: dict[str, str] = field(repr=False)
    chosen: list[str]
    turn: int = 0
    """Of the ticks in the picker: which of them this knows of."""

    @classmethod
    def read(cls, values: Sequence[Any]) -> Form:
        """The form out of the fields' values, in the tab's order: the typed keys and the picker come last.

        Raises:
            InvalidRequest: a field holds what it cannot; the sentence does not repeat it.
        """
        *fields, picked = values
        count = len(PROVIDERS)
        if len(fields) != len(KINDS) + count or not all(
            isinstance(each, kind) for each, kind in zip(fields, KINDS.values(), strict=False)
        ):
            raise InvalidRequest(MISFIT)
        chosen, turn = _picked(picked)
        plain = dict(zip(KINDS, fields[:-count], strict=True))
        form = cls(**plain, keys=typed_keys(fields[-count:]), chosen=chosen, turn=turn)
        if len(form.prompt or "") > PROMPT_MAX:
            raise InvalidRequest(f"A prompt has at most {PROMPT_MAX:,} characters, not {len(form.prompt):,}.")
        return form

    @property
    def asked(self) -> list[Any]:
        """The values of the fields that are ``ASKED``."""
        return [getattr(self, name) for name in ASKED]

    @property
    def simulated(self) -> bool:
        return self.mode != "Live"

    @property
    def files(self) -> list[str]:
        """The files of its images."""
        return [path for path in (self.image, self.last_image) if path]

    def request(self, load: Callable[[str], ImageInput] = images.load) -> Request:
        """What is asked, vendor-free.

        Raises:
            InvalidRequest: an image cannot be used.
        """
        return Request(
            prompt=self.prompt or "",
            first_frame=load(self.image) if self.image else None,
            last_frame=load(self.last_image) if self.last_image else None,
            duration=_seconds(self.duration),
            resolution=None if self.resolution in (ANY, None) else self.resolution,
            prompt_optimizer=self.optimizer,
        )


TEXT, SWITCH = (str, type(None)), (bool,)
KINDS = {
    "prompt": TEXT, "image": TEXT, "last_image": TEXT, "duration": TEXT, "resolution": TEXT, "optimizer": SWITCH,
    "repeats": (int, float), "mode": TEXT, "nearest": SWITCH, "allow_unpriced": SWITCH,
}  # fmt: skip
"""What each field before the keys holds."""


def typed_keys(texts: Sequence[str | None]) -> dict[str, str]:
    """The keys out of their fields, by provider, empty ones left out; raises as ``Form.read``."""
    if not all(isinstance(text, TEXT) for text in texts):
        raise InvalidRequest(MISFIT)
    typed = zip(PROVIDERS.values(), texts, strict=True)
    keys = {provider.slug: pasted_key(text or "", f"The {provider.name} key") for provider, text in typed}
    return {slug: key for slug, key in keys.items() if key}


def _picked(value: Any) -> tuple[list[str], int]:
    """What is ticked in the picker, as its script tells, and by which of its ticks; nothing before it told anything."""
    told = value or {"chosen": []}
    if not isinstance(told, dict):
        raise InvalidRequest(MISFIT)
    refs, turn = told.get("chosen", []), told.get("turn", 0)
    if not isinstance(refs, list) or not all(isinstance(ref, str) for ref in refs) or not isinstance(turn, int):
        raise InvalidRequest(MISFIT)
    return list(dict.fromkeys(refs)), turn


def _seconds(text: str | None) -> int | None:
    if text in (ANY, None):
        return None
    told = re.fullmatch(r"([0-9]{1,4}) s", text or "")
    if told is None:
        raise InvalidRequest(MISFIT)
    return int(told[1])


def named(event: gr.EventData, what: str) -> str:
    """What an event names, such as a run or a job; empty where it names nothing, as a forged one may."""
    value = getattr(event, what, "")
    return value if isinstance(value, str) else ""
