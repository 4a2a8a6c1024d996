"""A person's image file, made fit to send: whole, upright, and free of metadata."""

from __future__ import annotations

import functools
import io
import warnings
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from providers import ImageInput, InvalidRequest

MAX_PIXELS = 60_000_000
MAX_BYTES = 60_000_000
KEPT = {"JPEG": "image/jpeg", "PNG": "image/png"}
"""Formats every gateway takes; anything else is sent as PNG."""


def load(path: Path | str) -> ImageInput:
    """The image at ``path``, upright and without metadata.

    JPEG and PNG files that carry none keep their bytes; others are written anew, so that every provider
    gets the same pixels and no camera position leaves this machine.

    Raises:
        InvalidRequest: it is no image, is broken, or is too large; one sentence.
    """
    path = Path(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InvalidRequest(f"The image {path.name} is larger than {MAX_BYTES // 1_000_000} MB.")
        data = path.read_bytes()
    except OSError as error:
        raise InvalidRequest(f"The image {path.name} cannot be read: {error.strerror}.") from error
    return parse(data, path.name)


def parse(data: bytes, name: str = "image") -> ImageInput:
    """As ``load``, from bytes."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's bomb warning: our own limit below is stricter
            with Image.open(io.BytesIO(data)) as image:
                return _fit(image, data, name)
    except UnidentifiedImageError as error:
        raise InvalidRequest(f"{name} is not an image that can be read; use JPEG, PNG or WebP.") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InvalidRequest(f"{name} is damaged or not an image: {_first_line(error)}") from error


def _fit(image: Image.Image, data: bytes, name: str) -> ImageInput:
    if image.width * image.height > MAX_PIXELS:
        raise InvalidRequest(f"{name} has more than {MAX_PIXELS // 1_000_000} million pixels.")
    image.load()
    kind = image.format or ""
    upright = ImageOps.exif_transpose(image)
    if kind in KEPT and not _tells(image) and upright.mode in ("RGB", "L"):
        return ImageInput(data, KEPT[kind], image.width, image.height)
    return _rewritten(upright, "JPEG" if kind == "JPEG" else "PNG")


def _tells(image: Image.Image) -> bool:
    """Whether the file carries anything besides pixels: EXIF, comments, XMP, text, more frames."""
    harmless = {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "progressive", "progression", "gamma"}
    return bool(set(image.info) - harmless) or getattr(image, "n_frames", 1) > 1


def _rewritten(image: Image.Image, kind: str) -> ImageInput:
    pixels = image.convert("RGB") if image.mode not in ("RGBA", "LA", "P", "PA") else _on_white(image)
    out = io.BytesIO()
    pixels.save(out, kind, **({"quality": 95, "subsampling": 0} if kind == "JPEG" else {}))
    return ImageInput(out.getvalue(), KEPT[kind], pixels.width, pixels.height)


def _on_white(image: Image.Image) -> Image.Image:
    """Transparency flattened: a clip has none, and each gateway would fill it differently."""
    layer = image.convert("RGBA")
    ground = Image.new("RGBA", layer.size, (255, 255, 255, 255))
    return Image.alpha_composite(ground, layer).convert("RGB")


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]


@functools.cache
def placeholder() -> ImageInput:
    """A plain grey 768p frame, for a question that needs some picture but not the person's."""
    out = io.BytesIO()
    Image.new("RGB", (1366, 768), (128, 128, 128)).save(out, "PNG")
    return ImageInput(out.getvalue(), "image/png", 1366, 768)
