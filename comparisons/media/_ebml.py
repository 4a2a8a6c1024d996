"""What the head of a WebM or Matroska file says of its length (RFC 8794, EBML; RFC 9559, Matroska)."""

from __future__ import annotations

from pathlib import Path

EBML, SEGMENT = 0x1A45DFA3, 0x18538067
"""The ids of a file's two elements: its header, and all that follows."""
HEAD = 4096
"""Bytes that are read: the header is some forty long, and the segment begins after it."""


def is_whole(path: Path) -> bool:
    """Whether the file is as long as its segment says, if that says anything: a stream's leaves it open.

    ffmpeg alone does not notice that a file is cut if it ends exactly between two blocks.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    kind, start, size = _element(head, 0)
    if kind != EBML or size is None:
        return True
    kind, start, size = _element(head, start + size)
    return kind != SEGMENT or size is None or path.stat().st_size >= start + size


def _element(data: bytes, at: int) -> tuple[int, int, int | None]:
    """The id of the element at a place, where its content begins, and how long that is; None where it is left open."""
    kind, after, _ = _number(data, at)
    size, start, is_open = _number(data, after)
    return kind, start, None if is_open else size & ((1 << 7 * (start - after)) - 1)


def _number(data: bytes, at: int) -> tuple[int, int, bool]:
    """A number of one to eight bytes with the mark of its length, where it ends, and whether it is all ones: none."""
    first = data[at] if at < len(data) else 0
    length = 9 - first.bit_length()
    if length > 8:
        return 0, at + 1, True
    value = int.from_bytes(data[at : at + length], "big")
    ones = (1 << 7 * length) - 1
    return value, at + length, value & ones == ones
