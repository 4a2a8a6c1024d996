"""The container of HEIF pictures, which AVIF is one of: which codec is in it, and what it says about colors.

Sources: ISO/IEC 14496-12 (boxes), 23008-12 (HEIF), the AVIF specification 1.1.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

AVIF = frozenset((b"avif", b"avis"))
HEVC = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"))
HEIF = HEVC | frozenset((b"mif1", b"msf1", b"mif2", b"miaf", b"1pic", b"avci", b"avcs", b"j2ki", b"j2is", b"jpeg"))
MOST_BOXES = 2_000
ANY_NCLX = re.compile(rb"colrnclx(....)", re.DOTALL)


def brands(data: bytes) -> frozenset[bytes]:
    """The brands that a file names in the box it begins with; none if it does not begin with that box."""
    if data[4:8] != b"ftyp":
        return frozenset()
    end = min(max(12, int.from_bytes(data[:4], "big")), 512, len(data))
    return frozenset([data[8:12], *(data[at : at + 4] for at in range(16, end - 3, 4))])


def is_heif(data: bytes) -> bool:
    """Whether a file is a HEIF picture or sequence other than AVIF. One that names no codec counts as HEVC."""
    own = brands(data)
    return bool(own & HEIF) and not own & AVIF and b"av01" not in data[:65_536]


def code_points(data: bytes) -> tuple[int, int] | None:
    """The CICP numbers for primaries and transfer of an AVIF picture; None without them, or with an ICC profile."""
    try:
        own = _of_primary(data)
    except (struct.error, IndexError):
        own = None
    if own is None:
        found = ANY_NCLX.search(data[:1_000_000])
        return None if found is None or b"colrprof" in data[:1_000_000] else struct.unpack(">HH", found[1])
    icc = any(each[:4] in (b"prof", b"rICC") for each in own)
    nclx = next((each for each in own if each[:4] == b"nclx" and len(each) >= 8), None)
    return None if icc or nclx is None else struct.unpack(">HH", nclx[4:8])


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and body of each box."""
    at = 0
    for _ in range(MOST_BOXES):
        if at + 8 > len(data):
            return
        size, head = int.from_bytes(data[at : at + 4], "big"), 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        end = len(data) if size == 0 else at + max(size, head)
        yield data[at + 4 : at + 8], data[at + head : end]
        at = end


def _first(data: bytes, name: bytes) -> bytes | None:
    return next((body for each, body in _boxes(data) if each == name), None)


def _of_primary(data: bytes) -> list[bytes] | None:
    """The ``colr`` properties of the primary picture; None if it has none, or there is no such picture."""
    inside = (_first(data, b"meta") or b"")[4:]
    primary, properties = _first(inside, b"pitm"), _first(inside, b"iprp")
    listed, linked = _first(properties or b"", b"ipco"), _first(properties or b"", b"ipma")
    if primary is None or listed is None or linked is None:
        return None
    wanted = int.from_bytes(primary[4:8] if primary[0] else primary[4:6], "big")
    all_of_them = list(_boxes(listed))
    numbers = _linked(linked).get(wanted, [])
    own = [all_of_them[number - 1] for number in numbers if 0 < number <= len(all_of_them)]
    return [body for name, body in own if name == b"colr"] or None


def _linked(data: bytes) -> dict[int, list[int]]:
    """For each item's id, the numbers of its properties."""
    wide, items, at, found = bool(data[3] & 1), int.from_bytes(data[4:8], "big"), 8, {}
    id_size, size = 4 if data[0] else 2, 2 if wide else 1
    for _ in range(min(items, MOST_BOXES)):
        item, count = int.from_bytes(data[at : at + id_size], "big"), data[at + id_size]
        at += id_size + 1
        each = [int.from_bytes(data[at + size * i : at + size * (i + 1)], "big") for i in range(count)]
        found[item] = [number & (0x7FFF if wide else 0x7F) for number in each]
        at += size * count
    return found
