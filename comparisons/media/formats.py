"""What a file is, by its first bytes, and the ending that its name gets.

What a clip's host calls it may be wrong, so the bytes count first.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import PurePosixPath
from typing import NamedTuple

HEAD = 4096
"""How many of a file's first bytes are read."""
TYPES: Mapping[str, str] = {
    ".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm",
    ".mkv": "video/x-matroska", ".gif": "image/gif", ".ts": "video/mp2t", ".m2ts": "video/mp2t",
    ".avi": "video/x-msvideo", ".flv": "video/x-flv", ".wmv": "video/x-ms-wmv", ".mpg": "video/mpeg",
    ".ogv": "video/ogg", ".3gp": "video/3gpp", ".mxf": "application/mxf", ".ivf": "video/x-ivf",
    ".bin": "application/octet-stream",
}  # fmt: skip
"""The endings that a clip's name may have here, and the media type that it is served with."""
SAME = {".mpeg": ".mpg", ".qt": ".mov", ".ogg": ".ogv", ".mts": ".m2ts", ".3gpp": ".3gp", ".asf": ".wmv"}
"""Other endings that mean one of ``TYPES``."""
OTHER = ".bin"
"""The ending of a clip that nothing else is known of."""


class Kind(StrEnum):
    """What a file may hold that a provider named as a clip."""

    CLIP = "clip"
    PICTURE = "picture"
    SOUND = "sound"
    TEXT = "text"
    NOTHING = "nothing"
    UNKNOWN = "unknown"


class Format(NamedTuple):
    """What a file is; ``ending`` is empty if its bytes do not tell."""

    kind: Kind
    ending: str = ""


BEGINNINGS: tuple[tuple[bytes, Format], ...] = (
    (b"GIF87a", Format(Kind.CLIP, ".gif")),
    (b"GIF89a", Format(Kind.CLIP, ".gif")),
    (b"FLV\x01", Format(Kind.CLIP, ".flv")),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Format(Kind.CLIP, ".wmv")),
    (b"\x00\x00\x01\xba", Format(Kind.CLIP, ".mpg")),
    (b"\x00\x00\x01\xb3", Format(Kind.CLIP, ".mpg")),
    (b"OggS", Format(Kind.CLIP, ".ogv")),
    (b"\x06\x0e\x2b\x34\x02\x05\x01\x01", Format(Kind.CLIP, ".mxf")),
    (b"DKIF", Format(Kind.CLIP, ".ivf")),
    (b"\x89PNG\r\n\x1a\n", Format(Kind.PICTURE)),
    (b"\xff\xd8\xff", Format(Kind.PICTURE)),
    (b"II*\x00", Format(Kind.PICTURE)),
    (b"MM\x00*", Format(Kind.PICTURE)),
    (b"8BPS", Format(Kind.PICTURE)),
    (b"\x00\x00\x01\x00", Format(Kind.PICTURE)),
    (b"\xff\x0a", Format(Kind.PICTURE)),
    (b"\x00\x00\x00\x0cJXL ", Format(Kind.PICTURE)),
    (b"\x00\x00\x00\x0cjP  ", Format(Kind.PICTURE)),
    (b"ID3", Format(Kind.SOUND)),
    (b"fLaC", Format(Kind.SOUND)),
    (b"%PDF-", Format(Kind.TEXT)),
    (b"\xff\xfe", Format(Kind.TEXT)),
    (b"\xfe\xff", Format(Kind.TEXT)),
)
PICTURE_BRANDS = {b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"mif2", b"msf1"}
"""The brands of ISO files that are still pictures (ISO/IEC 23008-12)."""
BOXES = {b"moov", b"mdat", b"moof", b"free", b"skip", b"wide", b"styp", b"sidx", b"pnot", b"uuid"}
"""What an ISO or QuickTime file without ``ftyp`` may begin with."""


def format_of(head: bytes) -> Format:
    """What a file is, by its first ``HEAD`` bytes, or all of them if it has fewer."""
    if not head.strip(b"\x00"):
        return Format(Kind.NOTHING)
    begins = next((found for beginning, found in BEGINNINGS if head.startswith(beginning)), None)
    found = _boxed(head) or begins or _chunked(head) or _packets(head)
    return found or Format(Kind.TEXT if _is_text(head) else Kind.UNKNOWN)


def _boxed(head: bytes) -> Format | None:
    """The format if it is MP4, QuickTime or the like, Matroska or WebM; else None."""
    box, brand = head[4:8], head[8:12]
    if box == b"ftyp":
        if brand in PICTURE_BRANDS:
            return Format(Kind.PICTURE)
        return Format(Kind.CLIP, ".mov" if brand == b"qt  " else ".3gp" if brand[:3] == b"3gp" else ".mp4")
    if box in BOXES:
        return Format(Kind.CLIP)
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return Format(Kind.CLIP, ".webm" if b"webm" in head[:64] else ".mkv")
    return None


def _chunked(head: bytes) -> Format | None:
    """The format if it is RIFF (AVI, WebP, WAVE) or a bitmap; else None."""
    if head.startswith(b"RIFF"):
        known = {b"AVI ": Format(Kind.CLIP, ".avi"), b"WEBP": Format(Kind.PICTURE), b"WAVE": Format(Kind.SOUND)}
        return known.get(head[8:12])
    is_bitmap = head.startswith(b"BM") and head[6:10] == b"\x00" * 4
    return Format(Kind.PICTURE) if is_bitmap else None


def _packets(head: bytes) -> Format | None:
    """The format if it is MPEG-TS: a sync byte every 188 bytes, or every 192 after a time stamp; else None."""
    for start, length, ending in ((0, 188, ".ts"), (4, 192, ".m2ts")):
        marks = head[start::length]
        if len(marks) >= 3 and set(marks) == {0x47}:
            return Format(Kind.CLIP, ending)
    return None


def _is_text(head: bytes) -> bool:
    """Whether it is text, such as HTML, JSON, a playlist, or an error in words."""
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:  # otherwise only the last character was cut, by the end of ``head``
            return False
        text = head[: error.start].decode("utf-8-sig")
    return bool(text) and all(char.isprintable() or char in "\t\r\n\f" for char in text)


def ending(found: Format, *hints: str) -> str:
    """The ending of a clip's name: by its bytes, else by the first hint that tells, else .mp4 for a video, else .bin.

    Args:
        hints: paths of its URL or media types that its host stated, the better ones first.
    """
    if found.ending:
        return found.ending
    named = (_hinted(hint) for hint in hints)
    return next((each for each in named if each), ".mp4" if found.kind is Kind.CLIP else OTHER)


def _hinted(hint: str) -> str:
    """The ending that a path or a media type stands for; empty if none is known."""
    text = hint.partition("?")[0].partition("#")[0]
    suffix = PurePosixPath(text).suffix.lower()
    suffix = SAME.get(suffix, suffix)
    if suffix in TYPES and suffix != OTHER:
        return suffix
    kind = hint.partition(";")[0].strip().lower()
    return next((each for each, name in TYPES.items() if name == kind and each != OTHER), "")
