"""Looks roughly for the part of the image that a frame shows: stretched, cropped or with bars, larger or smaller."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from comparisons.metrics._grids import Floats, Window, resampled
from comparisons.metrics._ssim import blurred

AREA = 72 * 40
"""The pixels of a frame when it is searched for."""
SCALES = (0.64, 0.70, 0.76, 0.83, 0.91, 1.0, 1.09, 1.19, 1.30)
"""How much of the image a frame may show across and down, beside what each of the ways to fit it would show."""
SQUEEZE = 1.32
"""The most by which the two may differ."""
LEAST = 0.5
"""So much of the frame or the image must lie over the other, whichever is smaller."""

Shape = tuple[int, int]
"""Height and width."""
Spectrum = npt.NDArray[np.complexfloating]


def fits(frame: Shape, image: Shape) -> list[tuple[float, float]]:
    """The shares of the image, across and down, that a frame shows: stretched, and where shapes differ cropped and
    whole with something beside it."""
    narrower = (frame[1] / frame[0]) / (image[1] / image[0])
    if abs(narrower - 1) < 0.01:
        return [(1.0, 1.0)]
    cropped = (narrower, 1.0) if narrower < 1 else (1.0, 1 / narrower)
    whole = (1.0, 1 / narrower) if narrower < 1 else (narrower, 1.0)
    return [(1.0, 1.0), cropped, whole]


def centred(across: float, down: float) -> Window:
    """The middle of the image, so much of it."""
    return Window(0.5 - across / 2, 0.5 + across / 2, 0.5 - down / 2, 0.5 + down / 2)


def likely(frame: Floats, image: Floats, most: int) -> list[Window]:
    """The parts of the image that the frame correlates with best, the best first."""
    shrink = (AREA / frame.size) ** 0.5
    height, width = (max(12, round(side * shrink)) for side in frame.shape)
    sought = fine(resampled(frame, (width, height)))
    turned: dict[Shape, list[Spectrum]] = {}
    found = []
    for across, down in _candidates(frame.shape, image.shape):
        size = max(8, round(width / across)), max(8, round(height / down))
        score, (row, column) = _placed(sought, fine(resampled(image, size)), turned)
        left, top = column / size[0], row / size[1]
        found.append((score, Window(left, left + width / size[0], top, top + height / size[1])))
    return [window for _, window in sorted(found, key=lambda each: -each[0])[:most]]


def fine(plane: Floats) -> Floats:
    """What of a picture is neither its brightness nor a slow change of it."""
    return plane - blurred(blurred(plane, 3.0), 3.0)


def _candidates(frame: Shape, image: Shape) -> Iterator[tuple[float, float]]:
    ways = fits(frame, image)
    for across, down in itertools.product(SCALES, SCALES):
        if max(across, down) / min(across, down) <= SQUEEZE:
            yield across, down
    for (across, down), scale in itertools.product(ways[1:], SCALES):
        yield across * scale, down * scale


def _placed(frame: Floats, image: Floats, turned: dict[Shape, list[Spectrum]]) -> tuple[float, Shape]:
    """The best correlation of the frame with the image, and where in the image its top left corner then lies.

    Args:
        turned: the frame's spectra, by the room they were made for.
    """
    room = _quick(frame.shape[0] + image.shape[0]), _quick(frame.shape[1] + image.shape[1])
    if room not in turned:
        turned[room] = [np.fft.rfft2(each, room).conj() for each in (frame, np.ones_like(frame), frame * frame)]
    laid = [np.fft.rfft2(each, room) for each in (image, image * image, np.ones_like(image))]
    common, theirs, ours = (np.fft.irfft2(one * two, room) for one, two in zip(laid, turned[room], strict=True))
    over = np.fft.irfft2(laid[2] * turned[room][1], room)
    enough = over >= LEAST * min(frame.size, image.size)
    power = np.sqrt(np.maximum(theirs * ours, 1e-6))
    score: npt.NDArray[np.float64] = np.where(enough, common / power, -1.0)
    row, column = divmod(int(score.argmax()), room[1])
    return float(score.max()), (_signed(row, image.shape[0], room[0]), _signed(column, image.shape[1], room[1]))


def _signed(place: int, length: int, room: int) -> int:
    return place - room if place >= length else place


def _quick(length: int) -> int:
    """A length no smaller of which Fourier transforms are quick."""
    return -(-length // 24) * 24
