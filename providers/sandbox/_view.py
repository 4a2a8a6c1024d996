"""What the camera sees of a picture, and of the little that lies around it.

Every frame is cut from a picture enlarged several times, so the camera moves in fractions of a pixel: slow zooms stay
smooth, and a frame at zoom 1 is the picture itself. Cutting is a plain look-up, so it is fast. A camera that pulls out
or leaves to a side sees the picture mirrored at its edge, and no more of that is made than it will see.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from PIL import Image

from providers.sandbox._moves import Pose

# Odd: the middle sample of each enlarged pixel is the pixel itself. Coarse for large pictures, which take memory and
# time, and for colors, of which two pixels share one.
_FINE, _COARSE = 5, 3
_LARGE = 1_300_000


class View:
    """One plane of a picture as a camera sees it that goes through these poses, its result of the plane's own size."""

    def __init__(self, plane: Image.Image, poses: Iterable[Pose], *, colors: bool) -> None:
        self._size = plane.size
        left, top, right, bottom = _beyond(plane.size, poses)
        self._corner = left, top
        if left or top or right or bottom:
            wide = np.pad(np.asarray(plane), ((top, bottom), (left, right)), "symmetric")
            plane = Image.fromarray(wide)
        coarse = colors or plane.width * plane.height > _LARGE
        self._times = times = _COARSE if coarse else _FINE
        self._plane = plane.resize((plane.width * times, plane.height * times), Image.Resampling.BILINEAR)

    def seen(self, at: Pose) -> Image.Image:
        """What the camera sees from there."""
        width, height = self._size
        scale = self._times / at.zoom
        along, aside = scale * math.cos(at.roll), scale * math.sin(at.roll)
        x = self._times * (self._corner[0] + width * (0.5 + at.dx)) - (along * width - aside * height) / 2
        y = self._times * (self._corner[1] + height * (0.5 + at.dy)) - (aside * width + along * height) / 2
        matrix = (along, -aside, x, aside, along, y)
        return self._plane.transform(self._size, Image.Transform.AFFINE, matrix, Image.Resampling.NEAREST)


def _beyond(size: tuple[int, int], poses: Iterable[Pose]) -> tuple[int, int, int, int]:
    """How many pixels of what lies left of, above, right of and below the picture are ever seen."""
    width, height = size
    left, top, right, bottom = 0.0, 0.0, 0.0, 0.0
    for at in poses:
        along, aside = math.cos(at.roll) / at.zoom / 2, abs(math.sin(at.roll)) / at.zoom / 2
        across, down = along * width + aside * height - width / 2, along * height + aside * width - height / 2
        left, right = max(left, across - at.dx * width), max(right, across + at.dx * width)
        top, bottom = max(top, down - at.dy * height), max(bottom, down + at.dy * height)
    return math.ceil(left), math.ceil(top), math.ceil(right), math.ceil(bottom)
