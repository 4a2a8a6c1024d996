"""The first frame beside the given image: how alike the two are once they lie over each other, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from comparisons.metrics import _bars
from comparisons.metrics._colours import ciede2000, lab, luma, read_as_bt709
from comparisons.metrics._detail import detail
from comparisons.metrics._grids import Bytes, Floats, Window, means, resampled
from comparisons.metrics._registration import Registered, inside, level, register
from comparisons.metrics._scores import Fit, Reason
from comparisons.metrics._search import centred, fits
from comparisons.metrics._ssim import ssim

AREA = 480 * 270
"""The pixels at which structural similarity is measured."""
GRID = (32, 18)
"""The cells whose colours are compared."""
SQUEEZED, CROPPED = 0.02, 1.0
"""From these on a frame is called squeezed (how much its two scales differ) and cropped (per cent that is missing)."""
NAMES = ("first_frame_ssim", "first_frame_delta_e", "first_frame_kept", "detail")


@dataclass(frozen=True)
class Beginning:
    """What the first frame says: values, reasons for those that are missing, where the picture lies in the frame."""

    picture: Window
    values: dict[str, float] = field(default_factory=dict)
    reasons: dict[str, Reason] = field(default_factory=dict)
    fit: Fit | None = None
    kept: tuple[float, float] | None = None


@dataclass(frozen=True)
class _Pair:
    """The picture within the first frame's bars, and the image; each in colour and in luma."""

    frame: Bytes
    image: Bytes
    frame_luma: Floats
    image_luma: Floats

    @classmethod
    def of(cls, first: Bytes, image: Bytes, picture: Window) -> _Pair:
        height, width = first.shape[:2]
        rows = slice(round(picture.top * height), round(picture.bottom * height))
        columns = slice(round(picture.left * width), round(picture.right * width))
        frame = first[rows, columns]
        return cls(frame, image, luma(frame), luma(image))


def without_image(picture: Window, reason: Reason) -> Beginning:
    """Where there is nothing to compare with."""
    return Beginning(picture, reasons=dict.fromkeys(NAMES, reason))


def compared(first: Bytes, image: Bytes, picture: Window, *, unsaid: bool, hdr: bool) -> Beginning:
    """The four metrics.

    Args:
        picture: the part of the frame between its bars.
        unsaid: the file does not say by which matrix its colours are coded; the one that is nearer is believed.
    """
    pair = _Pair.of(first, image, picture)
    seen = register(pair.frame_luma, pair.image_luma)
    if not seen.found:
        return _not_found(pair, picture, unsaid=unsaid, hdr=hdr)
    if false := _not_bars(first, pair.image_luma, picture, seen.window):
        return compared(first, image, _bars.without(picture, false), unsaid=unsaid, hdr=hdr)
    kept = _kept(seen.window)
    values = {"first_frame_kept": kept[0] * kept[1] / 100}
    reasons: dict[str, Reason] = {}
    ratio = detail(*_at_the_coarser(pair, seen.window))
    if ratio is not None:
        values["detail"] = ratio
    else:
        reasons["detail"] = Reason.NO_DETAIL
    values |= _likeness(pair, seen.window, unsaid=unsaid)
    if hdr:
        reasons |= dict.fromkeys([each for each in NAMES if each != "first_frame_kept"], Reason.HDR)
    values = {name: value for name, value in values.items() if name not in reasons}
    return Beginning(picture, values, reasons, _fit(pair, seen, kept, picture), kept)


def _not_found(pair: _Pair, picture: Window, *, unsaid: bool, hdr: bool) -> Beginning:
    """Compared as the two would lie over each other if nothing had been cropped; and nothing said of the rest."""
    if hdr:
        return without_image(picture, Reason.HDR)
    ways = [centred(*each) for each in fits(pair.frame_luma.shape, pair.image_luma.shape)]
    found = max((_likeness(pair, each, unsaid=unsaid) for each in ways), key=lambda each: each["first_frame_ssim"])
    return Beginning(picture, found, dict.fromkeys(NAMES[2:], Reason.IMAGE_NOT_FOUND))


def _likeness(pair: _Pair, window: Window, *, unsaid: bool) -> dict[str, float]:
    size = level(pair.frame_luma, AREA)
    frame, image = resampled(pair.frame_luma, size), resampled(pair.image_luma, size, window)
    return {
        "first_frame_ssim": ssim(frame, image, inside(window, size)),
        "first_frame_delta_e": _delta_e(pair, window, unsaid=unsaid),
    }


def _delta_e(pair: _Pair, window: Window, *, unsaid: bool) -> float:
    counted = inside(window, GRID)
    shown, given = _cells(pair.frame, Window()), lab(_cells(pair.image, window))
    readings = [shown, read_as_bt709(shown)] if unsaid else [shown]
    return min(float(ciede2000(lab(each), given)[counted].mean()) for each in readings)


def _cells(colours: Bytes, window: Window) -> Floats:
    return np.stack([means(colours[..., each], GRID, window) for each in range(3)], -1)


def _kept(window: Window) -> tuple[float, float]:
    """Per cent of the image's width and of its height that lie within a window."""
    across = min(1.0, window.right) - max(0.0, window.left)
    down = min(1.0, window.bottom) - max(0.0, window.top)
    return max(0.0, 100 * across), max(0.0, 100 * down)


def _at_the_coarser(pair: _Pair, window: Window) -> tuple[Floats, Floats]:
    """Frame and image as fine as the less fine of them, where they lie over each other."""
    both = Window(max(0.0, window.left), min(1.0, window.right), max(0.0, window.top), min(1.0, window.bottom))
    across, down = window.right - window.left, window.bottom - window.top
    of_frame = Window(
        (both.left - window.left) / across, (both.right - window.left) / across,
        (both.top - window.top) / down, (both.bottom - window.top) / down,
    )  # fmt: skip
    frame, image = pair.frame_luma.shape, pair.image_luma.shape
    finer = min(1.0, image[1] * across / frame[1], image[0] * down / frame[0])
    width = round((of_frame.right - of_frame.left) * frame[1] * finer)
    height = round((of_frame.bottom - of_frame.top) * frame[0] * finer)
    size = max(1, width), max(1, height)
    return resampled(pair.frame_luma, size, of_frame), resampled(pair.image_luma, size, both)


def _not_bars(first: Bytes, image: Floats, picture: Window, window: Window) -> list[str]:
    """The edges at which the image itself has what looks like bars: those are part of the picture."""
    across = (window.right - window.left) / (picture.right - picture.left)
    down = (window.bottom - window.top) / (picture.bottom - picture.top)
    left, top = window.left - picture.left * across, window.top - picture.top * down
    strips = {
        "left": Window(0, picture.left), "right": Window(picture.right, 1),
        "top": Window(0, 1, 0, picture.top), "bottom": Window(0, 1, picture.bottom, 1),
    }  # fmt: skip
    placed = Window(left, left + across, top, top + down)
    return [
        edge
        for edge, strip in strips.items()
        if strip.right > strip.left and strip.bottom > strip.top
        and _alike(luma(first), image, strip, placed.part(strip))
    ]  # fmt: skip


def _alike(frame: Floats, image: Floats, strip: Window, there: Window) -> bool:
    """Whether the image has at this place what the frame has there."""
    counted = inside(there, (16, 16))
    if counted.mean() < 0.5:
        return False
    unlike = np.abs(means(frame, (16, 16), strip) - means(image, (16, 16), there))
    return bool(unlike[counted].mean() < 8)


def _fit(pair: _Pair, seen: Registered, kept: tuple[float, float], picture: Window) -> Fit:
    window, frame, image = seen.window, pair.frame_luma.shape, pair.image_luma.shape
    across = (window.right - window.left) * image[1] / frame[1]
    down = (window.bottom - window.top) * image[0] / frame[0]
    if abs(np.log(across / down)) > SQUEEZED:
        return Fit.SQUEEZED
    if (
        _bars.share(picture) > CROPPED / 100
        or min(window.left, window.top, 1 - window.right, 1 - window.bottom) < -0.01
    ):
        return Fit.BARS
    return Fit.CROPPED if min(kept) < 100 - CROPPED else Fit.WHOLE
