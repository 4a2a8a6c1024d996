"""What the Compare tab's fields say, as one value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from comparisons import images
from comparisons.settings import checked_key
from providers import PROVIDERS, ImageInput, Request

ANY = "Each variant's own"
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

    @classmethod
    def read(cls, values: Sequence[Any]) -> Form:
        """The form out of the fields' values, in the tab's order: the typed keys and what is chosen come last.

        Raises:
            InvalidRequest: a key holds what no key can.
        """
        *fields, chosen = values
        count = len(PROVIDERS)
        return cls(*fields[:-count], typed_keys(fields[-count:]), chosen)

    @property
    def asked(self) -> list[Any]:
        """The values of the fields that are ``ASKED``."""
        return [getattr(self, name) for name in ASKED]

    @property
    def simulated(self) -> bool:
        return self.mode != "Live"

    def request(self) -> Request:
        """What is asked, vendor-free.

        Raises:
            InvalidRequest: an image cannot be used.
        """
        return Request(
            prompt=self.prompt or "",
            first_frame=_image(self.image),
            last_frame=_image(self.last_image),
            duration=None if self.duration == ANY else int(self.duration.split()[0]),
            resolution=None if self.resolution == ANY else self.resolution,
            prompt_optimizer=self.optimizer,
        )


def typed_keys(texts: Sequence[str | None]) -> dict[str, str]:
    """The keys out of their fields, by provider, empty ones left out; raises as ``Form.read``."""
    typed = zip(PROVIDERS.values(), texts, strict=True)
    keys = {provider.slug: checked_key(text or "", f"The {provider.name} key") for provider, text in typed}
    return {slug: key for slug, key in keys.items() if key}


def _image(path: str | None) -> ImageInput | None:
    return images.load(path) if path else None
