"""Removes everything but the picture from an image file's bytes, before any decoder sees them.

Decoders read metadata eagerly, and a directory of a few kilobytes can make them copy gigabytes, since each of its
entries may point at the same bytes. So decoders are given files without metadata. Sources: ITU T.81 (JPEG), the PNG
specification (third edition), GIF89a, TIFF 6.0, ISO 23008-12 (AVIF's container).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import NamedTuple

from comparisons.media import _heif, _jpeg, _png, _profiles, _tiff
from comparisons.media._png import PNG
from comparisons.media._unreadable import Unreadable

HEIC = (
    "it is a HEIC picture, as phones take them, and providers take none; save or share it as JPEG"
    " (iPhone: Settings, Camera, Formats, Most Compatible)"
)


HEAD = 16
"""How many bytes at a file's beginning are needed to know its format."""


class Bare(NamedTuple):
    """An image file as it is given to a decoder."""

    kind: str
    """Pillow's name of the format."""
    data: bytes
    """The first picture, its color profile, and nothing else."""
    exif: bytes = b""
    """The EXIF block that was left out, if any, for ``_tiff.orientation``."""
    profile: bytes = b""
    """A color profile made from numbers in the file, to be used instead of one inside; empty if there is none."""


def bare(data: bytes) -> Bare:
    """The first picture of a file.

    Raises:
        Unreadable: it has none of the formats below, is cut off, or is made to exhaust the program that opens it.
    """
    if _heif.is_heif(data):
        raise Unreadable(HEIC)
    for kind, signature, strip in FORMATS:
        if re.match(signature, data, re.DOTALL):
            try:
                stripped, exif = strip(data)
                return Bare(kind, stripped, exif, _told(kind, data))
            except (struct.error, IndexError) as error:
                raise Unreadable("it ends too early") from error
            except _profiles.Untold as error:
                raise Unreadable(str(error)) from error
    raise Unreadable("use JPEG, PNG or WebP")


def kind_of(head: bytes) -> str:
    """Pillow's name of the format of a file that begins with these bytes; empty if it is none of ``FORMATS``."""
    return next((kind for kind, signature, _ in FORMATS if re.match(signature, head, re.DOTALL)), "")


def _told(kind: str, data: bytes) -> bytes:
    """The color profile that numbers in the file stand for; empty if there are none, or something else counts more.

    CICP numbers count most, then an ICC profile or a mark as sRGB, then gamma.
    """
    if kind == "AVIF":
        points = _heif.code_points(data)
        return b"" if points is None else _profiles.of_code_points(*points, video=True)
    if kind != "PNG":
        return b""
    found: dict[bytes, bytes] = {}
    for chunk in _png.chunks_of(data):
        if chunk.name == b"IDAT":
            break
        found.setdefault(chunk.name, chunk.body)
    if len(cicp := found.get(b"cICP", b"")) == 4:
        return _profiles.of_code_points(*cicp[:2], video=False)
    said = found.keys() & {b"iCCP", b"sRGB"}
    gamma, numbers = found.get(b"gAMA", b""), found.get(b"cHRM", b"")
    if said or len(gamma) != 4 or len(numbers) not in (0, 32):
        return b""
    try:
        return _profiles.of_gamma(struct.unpack(">L", gamma)[0], struct.unpack(f">{len(numbers) // 4}L", numbers))
    except _profiles.Untold:
        return b""  # browsers also ignore numbers that stand for no colors


def is_bare(data: bytes) -> bool:
    """Whether a JPEG or PNG holds one plain 8-bit picture without transparency, and not a byte besides.

    It does not say whether the picture is whole: only a decoder can. A JPEG's entropy-coded data counts as picture up
    to the next marker; only a decoder could find bytes after its last block, and Pillow does not report them.
    """
    if data.startswith(b"\xff\xd8"):
        return _jpeg.is_bare(data)
    return data.startswith(PNG) and _png.is_bare(data)


def _strip_gif(data: bytes) -> tuple[bytes, bytes]:
    """The file up to the end of the first picture, without comments, which decoders join in quadratic time."""
    at = 13 + _table(data[10])
    kept = [data[:at]]
    while data[at] == ord("!"):
        end = _blocks_end(data, at + 2)
        if data[at + 1] == 0xF9:  # says which color is transparent
            kept.append(data[at:end])
        at = end
    if data[at] != ord(","):
        raise Unreadable("it holds no picture")
    end = _blocks_end(data, at + 10 + _table(data[at + 9]) + 1)
    return b"".join([*kept, data[at:end], b";"]), b""


def _table(flags: int) -> int:
    """How many bytes the color table has that these flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _blocks_end(data: bytes, at: int) -> int:
    """Where a row of blocks ends. Each begins with its length, and the last one is empty."""
    while data[at]:
        at += 1 + data[at]
    return at + 1


def _strip_bmp(data: bytes) -> tuple[bytes, bytes]:
    """The file unchanged. Run-length coded ones are refused: a few bytes can keep a decoder busy for minutes."""
    if int.from_bytes(data[14:18], "little") >= 40 and int.from_bytes(data[30:34], "little") in (1, 2):
        raise Unreadable("its BMP is run-length coded")
    return data, b""


def _strip_avif(data: bytes) -> tuple[bytes, bytes]:
    """The file with its EXIF item renamed to an unknown type. AVIF keeps the orientation elsewhere."""
    return data.replace(b"Exif", b"none"), b""


def _strip_webp(data: bytes) -> tuple[bytes, bytes]:
    """The file unchanged: its decoder does not parse metadata."""
    return data, b""


Strip = Callable[[bytes], tuple[bytes, bytes]]
FORMATS: tuple[tuple[str, bytes, Strip], ...] = (
    ("JPEG", rb"\xff\xd8\xff", _jpeg.strip),
    ("PNG", re.escape(PNG), _png.strip),
    ("WEBP", rb"RIFF....WEBP", _strip_webp),
    ("GIF", rb"GIF8[79]a", _strip_gif),
    ("BMP", rb"BM", _strip_bmp),
    ("TIFF", rb"II\*\x00|MM\x00\*", _tiff.strip),
    ("AVIF", rb"....ftyp(avi[fs]|m[is]f[12]|miaf)", _strip_avif),
)
"""The formats that are accepted: Pillow's name, a pattern of how files begin, and what strips them."""
