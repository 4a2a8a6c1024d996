"""The directory of a TIFF file (TIFF 6.0), which is also the form of EXIF."""

from __future__ import annotations

import struct

from comparisons.media._unreadable import MOST_PIECES, Unreadable

MOST_TAG_BYTES = 8_000_000
"""The most bytes of all tags of a TIFF together; the largest is the color profile, of up to 3 MB."""
ORIENTATION, LONG = 0x0112, 4
SIZES = {1: 1, 2: 1, 3: 2, LONG: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
"""Bytes of one value of each type."""
SHOWING = {
    *(256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 292, 293, 317, 320),  # size, coding, strips, palette
    *(322, 323, 324, 325, 332, 338, 339, 347, 529, 530, 531, 532, 34675),  # tiles, samples, YCbCr, color profile
    *(512, 513, 514, 515, 519, 520, 521),  # JPEG of the old style
}
"""Tags that a decoder needs. The orientation is left out, since some decoders apply it and others do not."""
Entry = tuple[int, int, int, bytes]
"""Tag, type, count, and the value or its position in the file."""


def _directory(tiff: bytes) -> tuple[str, int, list[Entry]]:
    """Byte order, position and entries of the first directory."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        raise Unreadable("it has no directory")
    (at,) = struct.unpack_from(order + "L", tiff, 4)
    (count,) = struct.unpack_from(order + "H", tiff, at)
    return order, at, [struct.unpack_from(order + "HHL4s", tiff, at + 2 + 12 * i) for i in range(count)]


def strip(data: bytes) -> tuple[bytes, bytes]:
    """The file with its first directory reduced to what the picture needs, and without further ones; and the original,
    from which the orientation can be read."""
    order, at, entries = _directory(data)
    kept = {entry[0]: entry for entry in entries if entry[0] in SHOWING and entry[1] in SIZES}
    if any(count > MOST_PIECES and SIZES[kind] > 1 for _, kind, count, _ in kept.values()):
        raise Unreadable("it is in too many pieces")
    if sum(count * SIZES[kind] for _, kind, count, _ in kept.values()) > MOST_TAG_BYTES:
        raise Unreadable("its directory is too large")
    written = b"".join(struct.pack(order + "HHL4s", *kept[tag]) for tag in sorted(kept))
    directory = struct.pack(order + "H", len(kept)) + written + bytes(4)
    return data[:at] + directory + data[at + len(directory) :], data


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
