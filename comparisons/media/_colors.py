"""Converts any decoded picture to the kind that looks the same everywhere: 8 bit, sRGB or gray, on white."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageCms

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
SIMPLER = {"1": "L", "P": "RGB"}
"""For each mode that color profiles cannot be applied to, the mode that a picture is converted to first."""
WHITES = {"I": (65_535.0,), "F": (1.0, 255.0, 65_535.0)}
"""Values that may stand for white where the file does not say: the first that is not below the brightest pixel."""


def plain(image: Image.Image, told: bytes = b"") -> Image.Image:
    """The picture in mode RGB or L, with nothing attached.

    A color profile is applied; one that is broken or of another color space is ignored.

    Args:
        told: an RGB profile to apply instead of the picture's own, whatever the picture's mode is.
    """
    profile = told or image.info.get("icc_profile")
    shown = _eight_bit(image)
    if told and shown.mode in ("1", "L", "LA"):
        shown = shown.convert("RGBA" if shown.has_transparency_data else "RGB")
    shown = _on_white(shown, profile) if shown.has_transparency_data else _srgb(shown, profile)
    shown.info = {}
    return shown


def _eight_bit(image: Image.Image) -> Image.Image:
    """Gray of more than 8 bits, scaled to 8. Pillow's own conversion would clip everything over 255."""
    if not image.mode.startswith(("I", "F")):
        return image
    values = np.array(image, dtype=np.float32)
    brightest = float(values.max(where=np.isfinite(values), initial=0))
    np.nan_to_num(values, copy=False, nan=0, posinf=brightest, neginf=0)
    values *= 255 / _white(image.mode, brightest)
    return Image.fromarray(np.rint(values, out=values).clip(0, 255, out=values).astype(np.uint8))


def _white(mode: str, brightest: float) -> float:
    if mode.startswith("I;16"):
        return 65_535.0
    return next((white for white in WHITES[mode] if brightest <= white), brightest)


def _on_white(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture on white, without transparency: a clip has none, and each provider would fill it differently."""
    layer = image if image.mode == "RGBA" else image.convert("RGBA")
    colors = _srgb(layer.convert("L" if image.mode in ("1", "L", "LA") else "RGB"), profile)
    ground = Image.new(colors.mode, colors.size, "white")
    ground.paste(colors, mask=layer.getchannel("A"))
    return ground


def _srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """In sRGB, or in gray if the picture is gray and has no profile."""
    if image.mode in SIMPLER:
        image = image.convert(SIMPLER[image.mode])
    if profile or image.mode == "LAB":
        try:
            return ImageCms.ImageCmsTransform(_source(image.mode, profile), SRGB, image.mode, "RGB").apply(image)
        except (OSError, ValueError):  # what ImageCms raises for a profile that cannot be read or does not fit
            pass
    return image if image.mode in ("L", "RGB") else image.convert("RGB")


def _source(mode: str, profile: bytes | None) -> ImageCms.ImageCmsProfile:
    if mode == "LAB":  # LAB numbers are absolute; a profile beside them only says where they came from
        return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    return ImageCms.ImageCmsProfile(io.BytesIO(profile or b""))
