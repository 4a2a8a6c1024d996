"""Faults planted in a rendered clip, so that what measures clips has something to find."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

from PIL import Image

Frame = tuple[Image.Image, ...]
"""Y, U and V."""
FLICKER = 0.04
"""By what share of its brightness a frame is darker than the one before it."""
REPEATED = 4
"""Every so many frames, one shows the picture of the frame before it."""
HUE = math.radians(15)


def flawed(planes: Iterator[Image.Image], flaw: str | None) -> Iterator[Image.Image]:
    """The planes of all frames, with one of ``FLAWS`` in them."""
    if flaw is None:
        yield from planes
        return
    for frame in FLAWS[flaw](zip(planes, planes, planes, strict=True)):
        yield from frame


def _flickering(frames: Iterator[Frame]) -> Iterator[Frame]:
    """Every second frame is darker."""
    dark = [round(16 + (value - 16) * (1 - FLICKER)) if value > 16 else value for value in range(256)]
    for number, (luma, *chromas) in enumerate(frames):
        yield (luma.point(dark) if number % 2 else luma, *chromas)


def _repeating(frames: Iterator[Frame]) -> Iterator[Frame]:
    """Every fourth frame shows the one before it again."""
    before: Frame = ()
    for number, frame in enumerate(frames):
        if number % REPEATED != REPEATED - 1:
            before = tuple(plane.copy() for plane in frame)
        yield before


def _shifting_hue(frames: Iterator[Frame]) -> Iterator[Frame]:
    """All colours are turned by 15 degrees."""
    cos, sin = math.cos(HUE), math.sin(HUE)
    for luma, blue, red in frames:
        pair = Image.merge("RGB", (blue, red, blue))
        # A colour difference of 0 is 128: what is added keeps it there.
        turned = pair.convert("RGB", (
            cos, -sin, 0, 128 - 128 * (cos - sin),
            sin, cos, 0, 128 - 128 * (sin + cos),
            0, 0, 1, 0,
        ))  # fmt: skip
        yield (luma, *turned.split()[:2])


FLAWS: Mapping[str, Callable[[Iterator[Frame]], Iterator[Frame]]] = {
    "flicker": _flickering,
    "repeats": _repeating,
    "hue": _shifting_hue,
}
"""The flaws by their names in a fault plan."""
