"""What the boxes of an MP4 or MOV file say that ffmpeg does not report (ISO/IEC 14496-12)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

HOLDS_ALL = frozenset({b"moov", b"mdat"})
"""The boxes that every such file needs: its index (``moov``) and its pictures (``mdat``)."""
NOTES = (39, 40)
"""Types of HEVC's units of supplemental enhancement information (ITU-T H.265, table 7-1)."""
LONGEST_INDEX = 64_000_000
"""The most bytes of an index that is read; that of an hour of video has some hundred kB."""


def are_whole(path: Path) -> bool:
    """Whether no box that matters is cut short. After the index and the pictures anything may follow.

    ffmpeg alone does not notice that a file is cut if it ends exactly between two pictures.
    """
    seen, last, end = set[bytes](), b"", path.stat().st_size
    at = 0
    for kind, start, size in _top(path):
        if size == 0:  # up to the end of the file, whatever that is
            return True
        if size < 8 or start + size > end:
            return seen >= HOLDS_ALL and kind not in (*HOLDS_ALL, b"moof")
        seen.add(kind)
        last, at = kind, start + size
    return last != b"moof" and (at == end or seen >= HOLDS_ALL)


def is_mirrored(path: Path) -> bool:
    """Whether players mirror the first video track: the determinant of its matrix is then negative."""
    index = next(((start, size) for kind, start, size in _top(path) if kind == b"moov"), None)
    if index is None or index[1] > LONGEST_INDEX:
        return False
    with path.open("rb") as file:
        file.seek(index[0])
        tracks = [each for kind, each in _within(file.read(index[1])[8:]) if kind == b"trak"]
    heads = (dict(_within(track)).get(b"tkhd", b"") for track in tracks if b"vide" in track)
    matrix = next((head[-44:-8] for head in heads if len(head) >= 84), b"")
    a, b, _, c, d = (int.from_bytes(matrix[at : at + 4], "big", signed=True) for at in range(0, 20, 4))
    return a * d - b * c < 0


def blank_notes(path: Path) -> None:
    """Overwrites with blanks the notes that an HEVC encoder leaves in the file's index (``hvcC``, ISO/IEC 14496-15).

    Their length stays. The notes beside the pictures themselves are left out by ffmpeg (see ``copies.CHATTER``).
    """
    index = next(((start, size) for kind, start, size in _top(path) if kind == b"moov"), None)
    if index is None or index[1] > LONGEST_INDEX:
        return
    with path.open("r+b") as file:
        file.seek(index[0])
        held = bytearray(file.read(index[1]))
        at = held.find(b"hvcC")
        for start, end in _notes(held, at + 4) if at >= 0 else ():
            held[start:end] = b" " * (end - start)
        file.seek(index[0])
        file.write(held)


def _notes(held: bytes | bytearray, at: int) -> Iterator[tuple[int, int]]:
    """Start and end of each note's text in the HEVC configuration, lists of units by type, at index ``at``."""
    lists, at = held[at + 22], at + 23
    for _ in range(lists):
        kind, units, at = held[at] & 0x3F, int.from_bytes(held[at + 1 : at + 3], "big"), at + 3
        for _ in range(units):
            start, at = at + 2, at + 2 + int.from_bytes(held[at : at + 2], "big")
            if kind in NOTES:
                yield _words(held, start, at), at - 1  # the last byte ends the unit


def _words(held: bytes | bytearray, start: int, end: int) -> int:
    """Where a note's text begins: after two bytes of the unit, and the note's type and length.

    Each of those two numbers is a row of bytes that are added up; all but the last are 255.
    """
    at = start + 2
    for _ in range(2):
        while at < end and held[at] == 0xFF:
            at += 1
        at += 1
    return at


def _top(path: Path) -> Iterator[tuple[bytes, int, int]]:
    """Kind, position and stated size of each top-level box of a file, up to one whose size cannot be skipped."""
    at, end = 0, path.stat().st_size
    with path.open("rb") as file:
        while at + 8 <= end:
            file.seek(at)
            head = file.read(16)
            size = int.from_bytes(head[:4], "big")
            size = int.from_bytes(head[8:16], "big") if size == 1 else size
            yield head[4:8], at, size
            if size < 8:
                return
            at += size


def _within(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of each box within the content of another one."""
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size < 8:
            return
        yield data[at + 4 : at + 8], data[at + 8 : at + size]
        at += size
