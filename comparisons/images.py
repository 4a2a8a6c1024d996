"""A person's image file, made fit to send: whole, upright, and free of everything but the picture."""

from __future__ import annotations

import functools
import io
import struct
import warnings
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from comparisons import colors, pixels
from providers import ImageInput, InvalidRequest

MAX_PIXELS = 60_000_000
MAX_BYTES = 60_000_000
KEPT = {"JPEG": "image/jpeg", "PNG": "image/png"}
"""Formats every gateway takes; anything else is sent as PNG."""
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How a picture of each EXIF orientation is turned."""
BROKEN = (OSError, EOFError, SyntaxError, ValueError, LookupError, RuntimeError, MemoryError, struct.error)
"""What Pillow's decoders raise for files that are not as they should be."""


def load(path: Path | str) -> ImageInput:
    """The image at ``path``, upright and without metadata.

    JPEG and PNG files that hold nothing but the picture keep their bytes; others are written anew, so that every
    provider gets the same pixels and no camera position leaves this machine. What was written anew keeps its bytes
    the next time.

    Raises:
        InvalidRequest: it is no image, is broken, or is too large; one sentence.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InvalidRequest(f"The image {_said(path.name)} cannot be read: {error.strerror}.") from error
    return parse(data, path.name)


def parse(data: bytes, name: str = "image") -> ImageInput:
    """As ``load``, from bytes."""
    name = _said(name)
    if len(data) > MAX_BYTES:
        raise InvalidRequest(f"{name} is larger than {MAX_BYTES // 1_000_000} MB.")
    try:
        bare = pixels.bare(data)
    except pixels.Unreadable as error:
        raise InvalidRequest(f"{name} is not an image that can be read: {error}.") from error
    image = _decoded(bare, name)
    upright = _turned(image, pixels.orientation(bare.exif or image.info.get("exif", b"")))
    if upright is image and image.mode in ("RGB", "L") and pixels.is_bare(data):
        return ImageInput(data, KEPT[bare.kind], image.width, image.height)
    return _written(colors.plain(upright), "JPEG" if bare.kind == "JPEG" else "PNG")


def _decoded(bare: pixels.Bare, name: str) -> Image.Image:
    """The first picture, in memory."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's bomb warning: our own limit below is stricter
            image = Image.open(io.BytesIO(bare.data), formats=(bare.kind,))
            if image.width * image.height > MAX_PIXELS:
                raise Image.DecompressionBombError
            image.load()
            return image
    except Image.DecompressionBombError as error:
        raise InvalidRequest(f"{name} has more than {MAX_PIXELS // 1_000_000} million pixels.") from error
    except UnidentifiedImageError as error:
        raise InvalidRequest(f"{name} is a damaged image: its beginning makes no sense.") from error
    except BROKEN as error:
        raise InvalidRequest(f"{name} is a damaged image: {_first_line(error)}.") from error


def _turned(image: Image.Image, orientation: int) -> Image.Image:
    return image.transpose(UPRIGHT[orientation]) if orientation in UPRIGHT else image


def _written(image: Image.Image, kind: str) -> ImageInput:
    out = io.BytesIO()
    image.save(out, kind, **({"quality": 95, "subsampling": 0} if kind == "JPEG" else {}))
    return ImageInput(out.getvalue(), KEPT[kind], image.width, image.height)


def _said(name: str) -> str:
    """A file's name as part of a sentence: on one line, and not a page long."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)[-100:]


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120].rstrip(".")


@functools.cache
def placeholder() -> ImageInput:
    """A plain grey 768p frame, for a question that needs some picture but not the person's."""
    out = io.BytesIO()
    Image.new("RGB", (1366, 768), (128, 128, 128)).save(out, "PNG")
    return ImageInput(out.getvalue(), "image/png", 1366, 768)
