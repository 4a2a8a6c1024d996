"""The difference of colours as people see it: CIEDE2000 (Sharma, Wu and Dalal, 2005), of sRGB under D65."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from comparisons.metrics._grids import Floats

Doubles = npt.NDArray[np.float64]

TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.119192, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])
FAR = 25.0**7


def lab(colours: npt.NDArray[np.generic]) -> Doubles:
    """CIELAB of sRGB values, 0 to 255, along the last axis."""
    shares = np.clip(colours.astype(np.float64) / 255, 0, 1)
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    xyz = linear @ TO_XYZ.T / WHITE
    roots = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    x, y, z = np.moveaxis(roots, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def ciede2000(one: Doubles, two: Doubles) -> Doubles:
    """Of each pair of colours in CIELAB, along the last axis."""
    (l1, a1, b1), (l2, a2, b2) = np.moveaxis(one, -1, 0), np.moveaxis(two, -1, 0)
    mean7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    more = 1 + 0.5 * (1 - np.sqrt(mean7 / (mean7 + FAR)))
    c1, c2 = np.hypot(a1 * more, b1), np.hypot(a2 * more, b2)
    h1, h2 = np.arctan2(b1, a1 * more), np.arctan2(b2, a2 * more)
    turn = (h2 - h1 + np.pi) % (2 * np.pi) - np.pi
    turn = np.where(c1 * c2 == 0, 0, turn)
    hue = np.where(c1 * c2 == 0, h1 + h2, h1 + turn / 2)
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    dark = (light - 50) ** 2
    dl = (l2 - l1) / (1 + 0.015 * dark / np.sqrt(20 + dark))
    dc = (c2 - c1) / (1 + 0.045 * chroma)
    dh = 2 * np.sqrt(c1 * c2) * np.sin(turn / 2) / (1 + 0.015 * chroma * _by_hue(hue))
    around = np.radians(60) * np.exp(-(((np.degrees(hue) % 360 - 275) / 25) ** 2))
    mixed = -np.sin(around) * 2 * np.sqrt(chroma**7 / (chroma**7 + FAR))
    found: Doubles = np.sqrt(np.maximum(0, dl**2 + dc**2 + dh**2 + mixed * dc * dh))
    return found


def _by_hue(hue: Doubles) -> Doubles:
    degrees = np.radians([30, 0, -6, 63])
    found: Doubles = (
        1
        - 0.17 * np.cos(hue - degrees[0])
        + 0.24 * np.cos(2 * hue)
        + 0.32 * np.cos(3 * hue - degrees[2])
        - 0.20 * np.cos(4 * hue - degrees[3])
    )
    return found


def luma(colours: npt.NDArray[np.uint8]) -> Floats:
    """Of red, green and blue, as ITU-R BT.601 weighs them."""
    red, green, blue = np.moveaxis(colours, -1, 0)
    found: Floats = red * np.float32(0.299)
    found += green * np.float32(0.587)
    found += blue * np.float32(0.114)
    return found


def read_as_bt709(colours: Floats) -> Floats:
    """What colours are that were decoded by BT.601's matrix, though BT.709's was meant."""
    y, u, v = np.moveaxis(colours @ FROM_601.T, -1, 0)
    return np.stack([y + 1.5748 * v, y - 0.187324 * u - 0.468124 * v, y + 1.8556 * u], -1).astype(np.float32)


FROM_601 = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
