"""An image file's bytes, read before any decoder is: what in them is the picture, and what is not.

Decoders parse metadata eagerly, and a directory of a few kilobytes can make them copy gigabytes (each of its entries
may point at the same bytes); so they are handed a file that has none. Sources: ITU T.81 (JPEG), the PNG specification
(third edition), GIF89a, TIFF 6.0, ISO 23008-12 (AVIF's container).
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from comparisons.media import _heif, _profiles

MOST_PIECES = 20_000
"""Segments, chunks or strips of one file; a real one has hundreds, at most thousands."""
MOST_SCANS = 50
"""Passes over one JPEG; real ones have about ten, and each costs a decoder the whole picture."""
MOST_TAG_BYTES = 8_000_000
"""All tags of a TIFF together; its color profile is the largest, at 3 MB."""


HEIC = (
    "it is a HEIC picture, as phones take them, and providers take none; save or share it as JPEG"
    " (iPhone: Settings, Camera, Formats, Most Compatible)"
)


class Unreadable(ValueError):
    """The bytes are no picture of a kind we take; the message is half a sentence saying why."""


class Bare(NamedTuple):
    """A file as a decoder gets it."""

    kind: str
    """Pillow's name of the format."""
    data: bytes
    """The first picture, its color profile, and nothing else."""
    exif: bytes = b""
    """The EXIF block left out of it, if any, for ``orientation``."""
    profile: bytes = b""
    """The color profile that the file's own numbers make, instead of any inside; empty where they say nothing."""


def bare(data: bytes) -> Bare:
    """The first picture of a file.

    Raises:
        Unreadable: it is of none of the formats below, is cut off, or is made to exhaust whoever opens it.
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


def _told(kind: str, data: bytes) -> bytes:
    """The profile by the numbers of the file, in the order in which they count: CICP, ICC and sRGB, gamma."""
    if kind == "AVIF":
        points = _heif.code_points(data)
        return b"" if points is None else _profiles.of_code_points(*points, video=True)
    if kind != "PNG":
        return b""
    found: dict[bytes, bytes] = {}
    for chunk in _chunks(data):
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
        return b""  # as browsers do with numbers that make no colors


def is_bare(data: bytes) -> bool:
    """Whether a whole JPEG or PNG holds one plain 8-bit picture without transparency, and not a byte besides.

    Says nothing of the picture itself: only a decoder can say that it is whole. A JPEG's entropy-coded data counts as
    picture to the next marker; bytes behind its last block would take a decoder to find, and Pillow reports none.
    """
    if data.startswith(b"\xff\xd8"):
        return _is_bare_jpeg(data)
    return data.startswith(PNG) and _is_bare_png(data)


def orientation(exif: bytes) -> int:
    """The EXIF orientation, 1 (upright) to 8; 1 where none can be read."""
    try:
        order, _, entries = _directory(exif.removeprefix(b"Exif\0\0"))
    except (Unreadable, struct.error):
        return 1
    for tag, kind, _, value in entries:
        if tag == ORIENTATION:
            (number,) = struct.unpack_from(order + ("L" if kind == LONG else "H"), value)
            return number if 1 <= number <= 8 else 1
    return 1


# JPEG -----------------------------------------------------------------------------------------------------------

SOI, EOI, SOS, APP0, APP2, APP14 = 0xD8, 0xD9, 0xDA, 0xE0, 0xE2, 0xEE
MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])", re.DOTALL)
"""A marker with the fill bytes before it; an escaped 0xFF and a restart belong to the data around them."""
CODING = {*range(0xC0, 0xD0), SOS, 0xDB, 0xDD, EOI} - {0xC8}
"""Markers of frames, tables, restart intervals and scans."""
COMMON_CODING = {0xC0, 0xC1, 0xC2, 0xC4, SOS, 0xDB, 0xDD, EOI}
"""Those of the sequential and progressive Huffman-coded files that every decoder reads."""


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and bytes of each segment up to the first picture's end; a scan's with its entropy-coded data."""
    at = 2
    for _ in range(MOST_PIECES):
        found = MARKER.search(data, at)
        if found is None:
            return
        marker, at = found[1][0], found.end()
        if marker not in (SOI, EOI, 0x01):
            at += max(2, int.from_bytes(data[at : at + 2], "big"))
        if marker == SOS:
            following = MARKER.search(data, at)
            at = following.start() if following else len(data)
        yield marker, b"\xff" + data[found.end() - 1 : at]
        if marker == EOI:
            return
    raise Unreadable("it is in too many pieces")


def _strip_jpeg(data: bytes) -> tuple[bytes, bytes]:
    kept, scans, exif = [b"\xff\xd8"], 0, b""
    for marker, segment in _segments(data):
        scans += marker == SOS
        if scans > MOST_SCANS:
            raise Unreadable("it is in too many scans")
        if marker in CODING or segment[4:].startswith((b"JFIF\0", b"Adobe", b"ICC_PROFILE\0")):
            kept.append(segment)
        exif = exif or (segment[10:] if segment[4:].startswith(b"Exif\0\0") else b"")
    return b"".join(kept), exif


def _is_bare_jpeg(data: bytes) -> bool:
    segments = list(_segments(data))
    headers = [marker for marker, _ in segments if marker not in COMMON_CODING]
    return (
        b"\xff\xd8" + b"".join(segment for _, segment in segments) == data
        and [marker for marker, _ in segments][-1:] == [EOI]
        and headers in ([], [APP0], [APP14], [APP0, APP14])
        and all(_is_plain_header(marker, segment[4:]) for marker, segment in segments if marker in headers)
    )


def _is_plain_header(marker: int, body: bytes) -> bool:
    if marker == APP0:
        return len(body) == 14 and body.startswith(b"JFIF\0") and body.endswith(b"\0\0")  # a thumbnail of 0 x 0
    return len(body) == 12 and body.startswith(b"Adobe")


# PNG ------------------------------------------------------------------------------------------------------------

PNG = b"\x89PNG\r\n\x1a\n"
SHOWN = (b"IHDR", b"PLTE", b"tRNS", b"iCCP", b"IDAT", b"IEND")
"""Chunks a decoder needs for the first picture. An animation's are left out: IDAT is its first frame, or the still
picture meant to be shown instead."""
PLAIN = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"pHYs": 9}
"""Chunks besides the pixels that may stay, each of one size; they can hold no text."""
CHANNELS = {0: 1, 2: 3}
"""Of the color types gray and truecolor."""


class Chunk(NamedTuple):
    name: bytes
    body: bytes
    whole: bytes
    """With its length and checksum."""


def _chunks(data: bytes) -> Iterator[Chunk]:
    at = len(PNG)
    for _ in range(MOST_PIECES):
        if at >= len(data):
            return
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        chunk = Chunk(data[at + 4 : at + 8], data[at + 8 : end - 4], data[at:end])
        yield chunk
        if chunk.name == b"IEND":
            return
        at = end
    raise Unreadable("it is in too many pieces")


def _strip_png(data: bytes) -> tuple[bytes, bytes]:
    kept, exif = [PNG], b""
    for chunk in _chunks(data):
        if chunk.name in SHOWN:
            kept.append(chunk.whole)
        exif = exif or (chunk.body if chunk.name == b"eXIf" else b"")
    return b"".join(kept), exif


def _is_bare_png(data: bytes) -> bool:
    chunks = list(_chunks(data))
    extras = {chunk.name: len(chunk.body) for chunk in chunks if chunk.name in PLAIN}
    pixels = [chunk.body for chunk in chunks if chunk.name == b"IDAT"]
    names = [chunk.name for chunk in chunks]
    return (
        PNG + b"".join(chunk.whole for chunk in chunks) == data
        and all(_is_sound(chunk) for chunk in chunks)
        and extras.items() <= PLAIN.items()
        and sorted(names[1 : 1 + len(extras)]) == sorted(extras)
        and names[:1] + names[1 + len(extras) :] == [b"IHDR", *[b"IDAT"] * len(pixels), b"IEND"]
        and not chunks[-1].body
        and _is_just_pixels(chunks[0].body, b"".join(pixels))
    )


def _is_sound(chunk: Chunk) -> bool:
    return chunk.whole[-4:] == zlib.crc32(chunk.name + chunk.body).to_bytes(4, "big")


def _is_just_pixels(header: bytes, stream: bytes) -> bool:
    """Whether ``stream`` inflates to the rows of an 8-bit picture that is not interlaced, and ends there."""
    if len(header) != 13 or header[8] != 8 or header[9] not in CHANNELS or any(header[10:]):
        return False
    width, height = struct.unpack_from(">LL", header)
    missing, inflating = height * (1 + width * CHANNELS[header[9]]), zlib.decompressobj()
    try:
        for at in range(0, len(stream), 8_192):  # a piece at a time: it may inflate a thousandfold
            missing -= len(inflating.decompress(stream[at : at + 8_192]))
            if missing < 0 or inflating.unused_data:
                return False
    except zlib.error:
        return False
    return inflating.eof and missing == 0


# GIF ------------------------------------------------------------------------------------------------------------


def _strip_gif(data: bytes) -> tuple[bytes, bytes]:
    """Up to the first picture, without comments: a decoder adds those up in quadratic time."""
    at = 13 + _table(data[10])
    kept = [data[:at]]
    while data[at] == ord("!"):
        end = _blocks_end(data, at + 2)
        if data[at + 1] == 0xF9:  # what is transparent
            kept.append(data[at:end])
        at = end
    if data[at] != ord(","):
        raise Unreadable("it holds no picture")
    end = _blocks_end(data, at + 10 + _table(data[at + 9]) + 1)
    return b"".join([*kept, data[at:end], b";"]), b""


def _table(flags: int) -> int:
    """Bytes of the color table these flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _blocks_end(data: bytes, at: int) -> int:
    """Where a row of blocks ends, each begun by its length and the last one empty."""
    while data[at]:
        at += 1 + data[at]
    return at + 1


# TIFF, which is also the form of EXIF ---------------------------------------------------------------------------

ORIENTATION, LONG = 0x0112, 4
SIZES = {1: 1, 2: 1, 3: 2, LONG: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
"""Bytes of one value of each type."""
SHOWING = {
    *(256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 292, 293, 317, 320),  # size, coding, strips, palette
    *(322, 323, 324, 325, 332, 338, 339, 347, 529, 530, 531, 532, 34675),  # tiles, samples, YCbCr, color profile
    *(512, 513, 514, 515, 519, 520, 521),  # JPEG of the old style
}
"""Tags a decoder needs. The orientation is not among them: whether it is applied depends on the decoder."""
Entry = tuple[int, int, int, bytes]
"""Tag, type, count, and the value or where it is."""


def _directory(tiff: bytes) -> tuple[str, int, list[Entry]]:
    """Byte order, place and entries of the first directory."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        raise Unreadable("it has no directory")
    (at,) = struct.unpack_from(order + "L", tiff, 4)
    (count,) = struct.unpack_from(order + "H", tiff, at)
    return order, at, [struct.unpack_from(order + "HHL4s", tiff, at + 2 + 12 * i) for i in range(count)]


def _strip_tiff(data: bytes) -> tuple[bytes, bytes]:
    """The file with a directory, in the old one's place, of what the first picture needs; and no next one."""
    order, at, entries = _directory(data)
    kept = {entry[0]: entry for entry in entries if entry[0] in SHOWING and entry[1] in SIZES}
    if any(count > MOST_PIECES and SIZES[kind] > 1 for _, kind, count, _ in kept.values()):
        raise Unreadable("it is in too many pieces")
    if sum(count * SIZES[kind] for _, kind, count, _ in kept.values()) > MOST_TAG_BYTES:
        raise Unreadable("its directory is too large")
    written = b"".join(struct.pack(order + "HHL4s", *kept[tag]) for tag in sorted(kept))
    directory = struct.pack(order + "H", len(kept)) + written + bytes(4)
    return data[:at] + directory + data[at + len(directory) :], data


# The others -----------------------------------------------------------------------------------------------------


def _strip_bmp(data: bytes) -> tuple[bytes, bytes]:
    """As it is. Run-length coded ones are refused: few bytes of them keep a decoder busy for minutes."""
    if int.from_bytes(data[14:18], "little") >= 40 and int.from_bytes(data[30:34], "little") in (1, 2):
        raise Unreadable("its BMP is run-length coded")
    return data, b""


def _strip_avif(data: bytes) -> tuple[bytes, bytes]:
    """With its EXIF item made one of no known type. Its orientation is a property of the picture, not in there."""
    return data.replace(b"Exif", b"none"), b""


def _strip_webp(data: bytes) -> tuple[bytes, bytes]:
    """As it is: its decoder hands metadata over unread."""
    return data, b""


Strip = Callable[[bytes], tuple[bytes, bytes]]
FORMATS: tuple[tuple[str, bytes, Strip], ...] = (
    ("JPEG", rb"\xff\xd8\xff", _strip_jpeg),
    ("PNG", re.escape(PNG), _strip_png),
    ("WEBP", rb"RIFF....WEBP", _strip_webp),
    ("GIF", rb"GIF8[79]a", _strip_gif),
    ("BMP", rb"BM", _strip_bmp),
    ("TIFF", rb"II\*\x00|MM\x00\*", _strip_tiff),
    ("AVIF", rb"....ftyp(avi[fs]|m[is]f[12]|miaf)", _strip_avif),
)
"""The formats taken, by how their files begin."""
