"""The chunks of a PNG file (PNG specification, third edition)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from comparisons.media._unreadable import MOST_PIECES, Unreadable

PNG = b"\x89PNG\r\n\x1a\n"
SHOWN = (b"IHDR", b"PLTE", b"tRNS", b"iCCP", b"IDAT", b"IEND")
"""Chunks that a decoder needs for the first picture. Those of an animation are left out: IDAT is its first frame, or
the still picture that is meant to be shown instead."""
PLAIN = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"pHYs": 9}
"""Further chunks that may stay, with the bytes that each must have. They cannot hold text."""
CHANNELS = {0: 1, 2: 3}
"""Channels of a pixel, by the color types gray and truecolor."""


class Chunk(NamedTuple):
    """One chunk of a PNG file."""

    name: bytes
    body: bytes
    whole: bytes
    """The chunk with its length and checksum."""


def chunks_of(data: bytes) -> Iterator[Chunk]:
    """The chunks up to the end mark; raises ``Unreadable`` if there are too many."""
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


def strip(data: bytes) -> tuple[bytes, bytes]:
    """The file with nothing but the picture and its color profile, and the EXIF block that was left out."""
    kept, exif = [PNG], b""
    for chunk in chunks_of(data):
        if chunk.name in SHOWN:
            kept.append(chunk.whole)
        exif = exif or (chunk.body if chunk.name == b"eXIf" else b"")
    return b"".join(kept), exif


def is_bare(data: bytes) -> bool:
    """As ``_pixels.is_bare``, for a PNG."""
    chunks = list(chunks_of(data))
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
