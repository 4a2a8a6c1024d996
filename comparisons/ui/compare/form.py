"""What the Compare tab's fields say, as one value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from comparisons.media import images
from comparisons.ui.fields import ANY, MISFIT, TEXT, seconds, typed_keys
from providers import PROVIDERS, ImageInput, InvalidRequest, Request

PROMPT_MAX = 20_000
"""Characters of a prompt. Every vendor's own limit is far below; what is longer is not even looked at."""
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
    """The number of the picker's last tick that this submission includes."""

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
            duration=seconds(self.duration),
            resolution=None if self.resolution in (ANY, None) else self.resolution,
            prompt_optimizer=self.optimizer,
        )


SWITCH = (bool,)
KINDS = {
    "prompt": TEXT, "image": TEXT, "last_image": TEXT, "duration": TEXT, "resolution": TEXT, "optimizer": SWITCH,
    "repeats": (int, float), "mode": TEXT, "nearest": SWITCH, "allow_unpriced": SWITCH,
}  # fmt: skip
"""What each field before the keys holds."""


def _picked(value: Any) -> tuple[list[str], int]:
    """What is ticked in the picker, as its script tells, and by which of its ticks; nothing before it told anything."""
    told = value or {"chosen": []}
    if not isinstance(told, dict):
        raise InvalidRequest(MISFIT)
    refs, turn = told.get("chosen", []), told.get("turn", 0)
    if not isinstance(refs, list) or not all(isinstance(ref, str) for ref in refs) or not isinstance(turn, int):
        raise InvalidRequest(MISFIT)
    return list(dict.fromkeys(refs)), turn
