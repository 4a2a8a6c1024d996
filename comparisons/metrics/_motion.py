"""How blocks of the picture move from frame to frame: to whole pixels by phase correlation, then by their gradients."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from comparisons.metrics._grids import Bytes, Floats

BLOCK = 45
"""The sides of a block, in pixels of a small frame. Half of that is the farthest that it can be followed."""
SMOOTH = (0.036420, 0.248972, 0.429217)
SLOPE = (0.108415, 0.280353)
"""A filter that smooths and the one that gives the slope of what it smooths, from outside in (Farid and Simoncelli,
Differentiation of Discrete Multidimensional Signals, 2004, five taps)."""
TEXTURE = 1.0
"""The least mean squared slope, in levels per pixel, that a block must have in every direction to be followed."""
ALIKE = 0.6
"""The least correlation of a block with where it is said to have gone."""


def corners(height: int, width: int) -> list[tuple[int, int]]:
    """The top left corners of the blocks, evenly over a small frame."""
    rows = np.linspace(0, height - BLOCK, round(height / BLOCK)).astype(int)
    columns = np.linspace(0, width - BLOCK, round(width / BLOCK)).astype(int)
    return [(int(row), int(column)) for row in rows for column in columns]


def moves(frames: Bytes) -> Floats:
    """How far each block went, down and across in pixels, by frame but the first, and by block.

    NaN where a block cannot be followed.
    """
    smooth, down, across = _slopes(frames.astype(np.float32))
    at = corners(*frames.shape[1:])
    here = _blocks(smooth[:-1], at, 0)
    spectra = np.fft.rfft2(np.stack([_cut(smooth, row, column) for row, column in at], 1) * _window())
    whole = _whole_pixels(spectra)
    there = _blocks(smooth[1:], at, whole)
    slope_down = (_blocks(down[:-1], at, 0) + _blocks(down[1:], at, whole)) / 2
    slope_across = (_blocks(across[:-1], at, 0) + _blocks(across[1:], at, whole)) / 2
    rest, sure = _rest(here, there, slope_down, slope_across)
    found: Floats = np.where(sure[..., None], whole + rest, np.nan).astype(np.float32)
    return found


@functools.cache
def _window() -> Floats:
    one = np.hanning(BLOCK + 2)[1:-1]
    return np.outer(one, one).astype(np.float32)


def _slopes(frames: Floats) -> tuple[Floats, Floats, Floats]:
    """The frames smoothed, and their slopes down and across."""
    wide = np.pad(frames, ((0, 0), (2, 2), (2, 2)), mode="edge")
    smooth, down, across = (np.empty_like(frames) for _ in range(3))
    for at, one in enumerate(wide):  # one by one they stay in the processor's cache
        even, odd = _even(one.T).T, _odd(one.T).T
        smooth[at], down[at], across[at] = _even(even), _odd(even), _even(odd)
    return smooth, down, across


def _even(wide: Floats) -> Floats:
    """Smoothed along the first axis."""
    a, b, c = (np.float32(each) for each in SMOOTH)
    found: Floats = a * (wide[:-4] + wide[4:]) + b * (wide[1:-3] + wide[3:-1]) + c * wide[2:-2]
    return found


def _odd(wide: Floats) -> Floats:
    """The slope along the first axis."""
    a, b = (np.float32(each) for each in SLOPE)
    found: Floats = a * (wide[4:] - wide[:-4]) + b * (wide[3:-1] - wide[1:-3])
    return found


def _cut(frames: Floats, row: int, column: int) -> Floats:
    return frames[:, row : row + BLOCK, column : column + BLOCK]


def _blocks(frames: Floats, at: list[tuple[int, int]], gone: npt.NDArray[np.int64] | int) -> Floats:
    """Each block of each frame, taken as far from its place as it has gone; edges repeat."""
    if isinstance(gone, int):
        return np.stack([_cut(frames, row, column) for row, column in at], 1)
    count, height, width = frames.shape
    place = np.array(at)[None] + gone
    steps = np.arange(BLOCK)
    rows = np.clip(place[..., 0, None] + steps, 0, height - 1)
    columns = np.clip(place[..., 1, None] + steps, 0, width - 1)
    flat = (np.arange(count)[:, None, None] * height + rows)[..., :, None] * width + columns[..., None, :]
    found: Floats = np.take(frames.reshape(-1), flat)
    return found


def _whole_pixels(spectra: npt.NDArray[np.complexfloating]) -> npt.NDArray[np.int64]:
    """Where the phase correlation of each block with its next picture peaks, down and across."""
    cross = spectra[1:] * spectra[:-1].conj()
    strength = np.abs(cross)
    cross /= strength + strength.mean((-2, -1), keepdims=True) * np.float32(0.1) + np.float32(1e-6)
    peaks = np.fft.irfft2(cross, (BLOCK, BLOCK))
    best = peaks.reshape(*peaks.shape[:2], -1).argmax(-1)
    gone = np.stack(np.divmod(best, BLOCK), -1)
    return (gone + BLOCK // 2) % BLOCK - BLOCK // 2


def _rest(here: Floats, there: Floats, down: Floats, across: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """What is left below a pixel, by least squares over the slopes, and whether it can be believed."""
    window = (_window() / _window().sum()).ravel()
    here, there, down, across = (each.reshape(*each.shape[:2], -1) for each in (here, there, down, across))
    known = [(each * window, each, np.einsum("tbk,k->tb", each, window)) for each in (down, across, here, there)]
    down_, across_, here_, there_ = known
    dd, da, aa = _common(down_, down_), _common(down_, across_), _common(across_, across_)
    dc = _common(down_, here_) - _common(down_, there_)
    ac = _common(across_, here_) - _common(across_, there_)
    weakest = (dd + aa) / 2 - np.sqrt(((dd - aa) / 2) ** 2 + da**2)
    textured = weakest > TEXTURE
    ground = np.where(textured, dd * aa - da**2, 1)
    rest = np.stack([aa * dc - da * ac, dd * ac - da * dc], -1) / ground[..., None]
    power = _common(here_, here_) * _common(there_, there_)
    alike = _common(here_, there_) / np.sqrt(np.maximum(power, 1e-9))
    sure = textured & (alike > ALIKE) & (np.abs(rest).max(-1) < 1.5)
    return rest, sure


def _common(one: tuple[Floats, Floats, Floats], two: tuple[Floats, Floats, Floats]) -> Floats:
    """The covariance of each block's values; of both are given: weighed, plain, and their mean."""
    found: Floats = np.einsum("tbk,tbk->tb", one[0], two[1]) - one[2] * two[2]
    return found
