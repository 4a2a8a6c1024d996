"""Reads a person's image file and makes it ready to send: whole, upright, and with nothing but the picture."""

from __future__ import annotations

import functools
import io
import struct
import threading
import warnings
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from comparisons.media import _colors, _pixels, _tiff
from comparisons.media._unreadable import Unreadable
from providers import ImageInput, InvalidRequest

MAX_PIXELS = 60_000_000
"""The most pixels of an image."""
MAX_BYTES = 60_000_000
"""The most bytes of an image's file."""
SMALL, SMALL_BYTES = 4.0, 6_000_000
"""Up to so many megapixels and bytes an image is small: it is read within some tenths of a second."""
KEPT_BYTES = 160_000_000
"""How many bytes of large images stay in memory after they were read, and half as many of small ones: a form reads its
image at each change."""
KEPT = {"JPEG": "image/jpeg", "PNG": "image/png"}
"""The formats that every provider takes; anything else is sent as PNG."""
ENDINGS = {"JPEG": ".jpg", "TIFF": ".tif"}
"""The endings of file names that are not the format's name."""
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How a picture is turned upright, by its EXIF orientation."""
BROKEN = (OSError, EOFError, SyntaxError, ValueError, LookupError, RuntimeError, MemoryError, struct.error)
"""What Pillow's decoders raise for damaged files."""
Version = tuple[str, int, int]
"""A file's path, its size in bytes, and when it was changed, in nanoseconds."""


class ImageCache:
    """The results of reading images: the images, or sentences about why they cannot be read. Those used last are kept.

    Args:
        most_bytes: the most bytes of all kept images together; a sentence counts as a kilobyte.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most, self._size = most_bytes, 0
        self._found: OrderedDict[Version, ImageInput | str] = OrderedDict()
        self._acting = threading.Lock()

    def get(self, name: Version) -> ImageInput | str | None:
        """The image, or a sentence about what is wrong with it; None if neither is kept."""
        with self._acting:
            if name in self._found:
                self._found.move_to_end(name)
            return self._found.get(name)

    def keep(self, name: Version, found: ImageInput | str) -> ImageInput | str:
        """Keeps the result for an image and returns it; drops those used longest ago if there is too much."""
        with self._acting:
            self._found[name] = found
            self._size += _size(found)
            while self._size > self._most:
                self._size -= _size(self._found.popitem(last=False)[1])
        return found


def _size(found: ImageInput | str) -> int:
    return 1000 if isinstance(found, str) else len(found.data)


@dataclass(frozen=True)
class KindCache:
    """The cache for small or for large images. Images of one kind are read one at a time."""

    kept: ImageCache
    reading: threading.Lock = field(default_factory=threading.Lock)


_small, _large = KindCache(ImageCache(KEPT_BYTES // 2)), KindCache(ImageCache(KEPT_BYTES))


def _known(name: Version) -> ImageInput | str | None:
    return _small.kept.get(name) or _large.kept.get(name)


def megapixels(path: Path | str) -> float:
    """The megapixels that an image file states, without decoding it.

    A file of more than ``SMALL_BYTES`` counts as the largest allowed; what is no image counts as 0.
    """
    path = Path(path)
    try:
        if path.stat().st_size > SMALL_BYTES:
            return MAX_PIXELS / 1e6
        bare = _pixels.bare(path.read_bytes())
        with Image.open(io.BytesIO(bare.data), formats=(bare.kind,)) as image:
            return image.width * image.height / 1e6
    except (Unreadable, Image.DecompressionBombError, *BROKEN):
        return 0.0


def suffix(path: Path | str) -> str:
    """The ending that a file's name should have, by its first bytes; empty if it is no image that we accept."""
    with Path(path).open("rb") as file:
        kind = _pixels.kind_of(file.read(_pixels.HEAD))
    return ENDINGS.get(kind, f".{kind.lower()}") if kind else ""


def load(path: Path | str) -> ImageInput:
    """The image at ``path``, upright and without metadata.

    JPEG and PNG files that hold nothing but the picture keep their bytes. Others are encoded again, so that every
    provider gets the same pixels, and the place where a photo was taken does not leave this machine. A file that was
    encoded here keeps its bytes when it is loaded again.

    Raises:
        InvalidRequest: it is no image, is damaged, too large, or cannot be read; one sentence.
    """
    path = Path(path)
    try:
        name = _version(path)
        found = _known(name)
        if found is None:
            lane = _small if megapixels(path) <= SMALL else _large
            with lane.reading:  # one at a time: a large one takes hundreds of megabytes while it is decoded
                found = _known(name) or lane.kept.keep(name, _outcome(path))
    except OSError as error:
        raise InvalidRequest(f"The image {_said(path.name)} cannot be read: {error.strerror}.") from error
    if isinstance(found, str):
        raise InvalidRequest(found)
    return found


def is_read(path: Path | str) -> bool:
    """Whether ``load`` would answer at once, with an image or an error."""
    try:
        return _known(_version(Path(path))) is not None
    except OSError:
        return True


def as_read(path: Path | str) -> ImageInput:
    """What ``load`` gives if the image was read already; otherwise a placeholder.

    Raises:
        InvalidRequest: as ``load`` does.
    """
    return load(path) if is_read(path) else placeholder()


def _outcome(path: Path) -> ImageInput | str:
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    try:
        return parse(data, path.name)
    except InvalidRequest as error:
        return str(error)


def _version(path: Path) -> Version:
    """What identifies a file's current content; raises ``OSError`` if there is no such file."""
    now = path.stat()
    return str(path), now.st_size, now.st_mtime_ns


def parse(data: bytes, name: str = "image") -> ImageInput:
    """The image in these bytes, upright and without metadata; raises as ``load``. ``name`` is for its sentences."""
    name = _said(name)
    if len(data) > MAX_BYTES:
        raise InvalidRequest(f"{name} is larger than {MAX_BYTES // 1_000_000} MB.")
    try:
        bare = _pixels.bare(data)
    except Unreadable as error:
        raise InvalidRequest(f"{name} is not an image that can be read: {error}.") from error
    image = _decoded(bare, name)
    upright = _turned(image, _tiff.orientation(bare.exif or image.info.get("exif", b"")))
    if upright is image and image.mode in ("RGB", "L") and not bare.profile and _pixels.is_bare(data):
        return ImageInput(data, KEPT[bare.kind], image.width, image.height)
    return _written(_colors.plain(upright, bare.profile), "JPEG" if bare.kind == "JPEG" else "PNG")


def _decoded(bare: _pixels.Bare, name: str) -> Image.Image:
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
    """A file's name as part of a sentence: its last 100 characters, all on one line."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)[-100:]


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120].rstrip(".")


@functools.cache
def placeholder() -> ImageInput:
    """A plain grey frame of 1366 x 768 pixels, for price questions, which need some picture but not the person's."""
    out = io.BytesIO()
    Image.new("RGB", (1366, 768), (128, 128, 128)).save(out, "PNG")
    return ImageInput(out.getvalue(), "image/png", 1366, 768)
