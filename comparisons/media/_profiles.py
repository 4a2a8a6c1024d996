"""Makes ICC profiles from the numbers by which files describe colors: CICP code points, PNG's gamma and chromaticities.

Sources: ITU-T H.273 (2021) for the code points, ICC.1:2022 for profiles, the PNG specification (third edition).
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Sequence

import numpy as np

Point = tuple[float, float]
Primaries = tuple[Point, Point, Point, Point]
"""Red, green, blue and white, each by its x and y."""
D65, C = (0.3127, 0.329), (0.31, 0.316)
BT_709: Primaries = ((0.64, 0.33), (0.3, 0.6), (0.15, 0.06), D65)
PRIMARIES: dict[int, Primaries] = {
    1: BT_709,
    4: ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), C),
    5: ((0.64, 0.33), (0.29, 0.6), (0.15, 0.06), D65),
    6: ((0.63, 0.34), (0.31, 0.595), (0.155, 0.07), D65),
    7: ((0.63, 0.34), (0.31, 0.595), (0.155, 0.07), D65),
    8: ((0.681, 0.319), (0.243, 0.692), (0.145, 0.049), C),
    9: ((0.708, 0.292), (0.17, 0.797), (0.131, 0.046), D65),
    11: ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06), (0.314, 0.351)),
    12: ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06), D65),
    22: ((0.63, 0.34), (0.295, 0.605), (0.155, 0.077), D65),
}
Curve = tuple[float, ...]
"""An ICC parametric curve: one power g, or (g, a, b, c, d), which means ``(a x + b) ** g`` from d on, ``c x`` below."""
SRGB: Curve = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
CAMERA = (1, 6, 11, 14, 15)
"""Transfer curves of video cameras, which screens undo with a power of 2.4 (BT.1886)."""
CURVES: dict[int, Curve] = {
    **dict.fromkeys(CAMERA, (2.4,)), 4: (2.2,), 5: (2.8,), 8: (1.0,), 13: SRGB,
    7: (1 / 0.45, 1 / 1.1115, 0.1115 / 1.1115, 1 / 4, 0.0912),
}  # fmt: skip
HDR = {16: "PQ", 18: "HLG"}
UNSPECIFIED = 2
UNSAID = (0, UNSPECIFIED)
NEAR_SRGB = 0.05
"""By what share a gamma may differ from 1/2.2 and still count as sRGB, in a file without chromaticities."""
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
D50 = np.array([0.9642, 1.0, 0.8249])


class Untold(ValueError):
    """Colors that cannot be converted to those of a common picture; the message, half a sentence, says why."""


def of_code_points(primaries: int, transfer: int, *, video: bool) -> bytes:
    """The profile of CICP code points; empty if they are those of sRGB, or leave the colors open.

    Args:
        video: True for AVIF, False for PNG. In AVIF browsers show a camera's curve as if it were sRGB's, and use
            primaries without a stated curve; in PNG they do neither.

    Raises:
        Untold: the picture is HDR, which each program shows in another way, or its code points are not known.
    """
    if transfer in HDR:
        raise Untold(f"it is HDR ({HDR[transfer]}), which no common picture can hold: save it as SDR first")
    if primaries not in (*UNSAID, *PRIMARIES) or transfer not in (*UNSAID, *CURVES):
        raise Untold(f"its colors are of a kind that is not known (CICP {primaries}/{transfer}): save it as sRGB first")
    if not all((primaries, transfer)) or (not video and UNSPECIFIED in (primaries, transfer)):
        return b""
    curve = SRGB if video and transfer in CAMERA else CURVES.get(transfer, SRGB)
    points = PRIMARIES.get(primaries, BT_709)
    return b"" if (points, curve) == (BT_709, SRGB) else profile(points, curve)


def of_gamma(gamma: int, numbers: Sequence[int]) -> bytes:
    """The profile of PNG's gamma and chromaticities, all in 1/100,000; empty if browsers show the pixels as they are.

    ``numbers``: x and y of white, red, green and blue; none for those of sRGB.

    Raises:
        Untold: the numbers stand for no colors.
    """
    if not 1_000 <= gamma <= 1_000_000:
        raise Untold("its gamma is none")
    if not numbers:
        return b"" if abs(gamma * 2.2 / 100_000 - 1) < NEAR_SRGB else profile(BT_709, (100_000 / gamma,))
    x = [number / 100_000 for number in numbers]
    return profile(((x[2], x[3]), (x[4], x[5]), (x[6], x[7]), (x[0], x[1])), (100_000 / gamma,))


@functools.lru_cache(64)
def profile(points: Primaries, curve: Curve) -> bytes:
    """An ICC profile of three primaries, white and one curve; raises ``Untold`` if the primaries span no colors."""
    if any(y <= 0 for _, y in points):
        raise Untold("its colors are none")
    whole = [np.array([x / y, 1.0, (1 - x - y) / y]) for x, y in points]
    white = whole[3]
    try:
        amounts = np.linalg.solve(np.array(whole[:3]).T, white)
    except np.linalg.LinAlgError as error:
        raise Untold("its colors are none") from error
    to_d50 = np.linalg.inv(BRADFORD) @ np.diag((BRADFORD @ D50) / (BRADFORD @ white)) @ BRADFORD
    columns = [to_d50 @ (each * amount) for each, amount in zip(whole[:3], amounts, strict=True)]
    if not np.isfinite(columns).all() or np.abs(columns).max() > 100:
        raise Untold("its colors are none")
    parametric = b"para" + bytes(4) + struct.pack(">HH", 3 if len(curve) > 1 else 0, 0) + _fixed(curve)
    parts = {b"wtpt": b"XYZ " + bytes(4) + _fixed(D50)}
    parts |= {
        name: b"XYZ " + bytes(4) + _fixed(each) for name, each in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)
    }
    parts |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), parametric)
    return _file(parts)


def _fixed(numbers: Sequence[float] | np.ndarray) -> bytes:
    return b"".join(struct.pack(">i", round(float(number) * 65_536)) for number in numbers)


def _file(parts: dict[bytes, bytes]) -> bytes:
    at, table, bodies = 128 + 4 + 12 * len(parts), b"", b""
    for name, body in parts.items():
        padded = body + bytes(-len(body) % 4)
        table += struct.pack(">4sLL", name, at + len(bodies), len(body))
        bodies += padded
    size = at + len(bodies)
    head = struct.pack(">L4xL4s4s4s12x4s28x12s48x", size, 0x04200000, b"mntr", b"RGB ", b"XYZ ", b"acsp", _fixed(D50))
    return head + struct.pack(">L", len(parts)) + table + bodies
