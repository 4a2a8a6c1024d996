"""Where a new shot begins: the picture is suddenly another one, however it is shifted and whatever its brightness."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from comparisons.metrics._grids import Bytes, Floats, means
from comparisons.metrics._near import usual

AREA = 60 * 34
"""The cells of a picture that frames are compared by."""
OTHER = 0.5
"""A frame whose correlation with the one before it is lower shows another picture."""
APART = 4.0
"""So is, in levels of 255, what must differ at least: two nearly flat pictures always correlate badly."""
NEAR, USUAL = 8, 2.5
"""A cut differs by so many times more than what the frames around it do, so many to each side."""


def thumbs(frames: Bytes) -> Floats:
    """The frames, small."""
    height, width = frames.shape[1:]
    scale = (AREA / (height * width)) ** 0.5
    return means(frames, (max(4, round(width * scale)), max(4, round(height * scale))))


def new_shots(small: Floats) -> npt.NDArray[np.bool_]:
    """For each frame but the first, whether it begins a new shot."""
    unlike = np.array([_unlike(before, after) for before, after in pairwise(small)])
    found = np.zeros(len(unlike), np.bool_)
    for at in (int(each) for each in np.flatnonzero(unlike > 1 - OTHER)):
        found[at] = unlike[at] > USUAL * usual(unlike, at, NEAR, 50) and not _returns(small, at)
    return found


def _returns(small: Floats, at: int) -> bool:
    """Whether the picture before this frame is there again after it, or what follows was there before: a flash."""
    before, after = small[max(0, at - 2) : at + 1], small[at + 1 : at + 4]
    pairs = [(before[-1], each) for each in after[1:]] + [(each, after[0]) for each in before[:-1]]
    return any(_unlike(one, two) < 1 - OTHER for one, two in pairs)


def _unlike(one: Floats, two: Floats) -> float:
    """0 for one picture, however bright, 1 and more for two that have nothing in common."""
    plain = _apart(one, two)
    if plain < (1 - OTHER) / 2:
        return plain
    down, across = _shift(one, two)
    height, width = one.shape
    if abs(down) > height // 2 or abs(across) > width // 2:
        return plain
    moved = two[max(0, down) : height + min(0, down), max(0, across) : width + min(0, across)]
    stayed = one[max(0, -down) : height - max(0, down), max(0, -across) : width - max(0, across)]
    return min(plain, _apart(stayed, moved))


def _apart(one: Floats, two: Floats) -> float:
    one, two = one - one.mean(), two - two.mean()
    spread = float(np.sqrt((one**2).mean() * (two**2).mean()))
    if float(np.abs(one - two).mean()) < APART:
        return 0.0
    return 1 - float((one * two).mean()) / max(spread, 1e-6)


def _shift(one: Floats, two: Floats) -> tuple[int, int]:
    """By how many cells down and across the second picture is the first one, by their phase correlation."""
    height, width = one.shape
    window = np.outer(np.hanning(height + 2)[1:-1], np.hanning(width + 2)[1:-1])
    before, after = (np.fft.rfft2((each - each.mean()) * window) for each in (one, two))
    cross = after * before.conj()
    peaks = np.fft.irfft2(cross / (np.abs(cross) + 1e-6), one.shape)
    down, across = divmod(int(peaks.argmax()), width)
    return down - height * (down > height // 2), across - width * (across > width // 2)
