"""The segments of a JPEG file (ITU T.81)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from comparisons.media._unreadable import MOST_PIECES, Unreadable

MOST_SCANS = 50
"""The most scans of one JPEG. Real ones have about ten, and for each a decoder goes over the whole picture."""
SOI, EOI, SOS, APP0, APP2, APP14 = 0xD8, 0xD9, 0xDA, 0xE0, 0xE2, 0xEE
MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])", re.DOTALL)
"""A marker with the fill bytes before it; an escaped 0xFF and a restart belong to the data around them."""
CODING = {*range(0xC0, 0xD0), SOS, 0xDB, 0xDD, EOI} - {0xC8}
"""Markers of frames, tables, restart intervals and scans."""
COMMON_CODING = {0xC0, 0xC1, 0xC2, 0xC4, SOS, 0xDB, 0xDD, EOI}
"""The markers in the sequential and progressive Huffman-coded files that every decoder reads."""


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and bytes of each segment up to the end of the first picture. A scan includes its entropy-coded data."""
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


def strip(data: bytes) -> tuple[bytes, bytes]:
    """The file with nothing but the picture and its color profile, and the EXIF block that was left out."""
    kept, scans, exif = [b"\xff\xd8"], 0, b""
    for marker, segment in _segments(data):
        scans += marker == SOS
        if scans > MOST_SCANS:
            raise Unreadable("it is in too many scans")
        if marker in CODING or segment[4:].startswith((b"JFIF\0", b"Adobe", b"ICC_PROFILE\0")):
            kept.append(segment)
        exif = exif or (segment[10:] if segment[4:].startswith(b"Exif\0\0") else b"")
    return b"".join(kept), exif


def is_bare(data: bytes) -> bool:
    """As ``_pixels.is_bare``, for a JPEG."""
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
