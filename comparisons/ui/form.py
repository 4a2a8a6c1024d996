"""What the Compare tab's fields say, as one value."""

from __future__ import annotations

from dataclasses import dataclass

from comparisons import images
from providers import ImageInput, Request

ANY = "Each variant's own"


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
    chosen: list[str]

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


def _image(path: str | None) -> ImageInput | None:
    return images.load(path) if path else None
