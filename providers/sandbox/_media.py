"""What a file is by its first bytes, whatever name and type it came with, as upload servers tell."""

from __future__ import annotations

import re
from dataclasses import dataclass

HEAD = 64
"""Every signature lies within so many bytes from the beginning."""


@dataclass(frozen=True)
class FileKind:
    """A kind of file. ``suffix`` has no dot."""

    kind: str
    type: str
    suffix: str


# In the order they are looked for: an ISO file is what its brand says it is, an MP4 unless it says otherwise.
_SIGNATURES: tuple[tuple[bytes, FileKind], ...] = (
    (rb"\x89PNG\r\n\x1a\n", FileKind("image", "image/png", "png")),
    (rb"\xff\xd8\xff", FileKind("image", "image/jpeg", "jpg")),
    (rb"GIF8[79]a", FileKind("image", "image/gif", "gif")),
    (rb"RIFF....WEBP", FileKind("image", "image/webp", "webp")),
    (rb"RIFF....WAVE", FileKind("audio", "audio/wav", "wav")),
    (rb"OggS", FileKind("audio", "audio/ogg", "ogg")),
    (rb"ID3|\xff[\xfa\xfb\xf3\xf2]", FileKind("audio", "audio/mpeg", "mp3")),
    (rb"\x1aE\xdf\xa3.*webm", FileKind("video", "video/webm", "webm")),
    (rb"....ftypM4A ", FileKind("audio", "audio/mp4", "m4a")),
    (rb"....ftypqt  |....moov|....wide|....mdat", FileKind("video", "video/quicktime", "mov")),
    (rb"....ftyp(?!heic|heix|mif1|avif)", FileKind("video", "video/mp4", "mp4")),
)


def sniffed(data: bytes) -> FileKind | None:
    """The kind of file; None of what no signature is known for."""
    head = data[:HEAD]
    return next((media for start, media in _SIGNATURES if re.match(start, head, re.DOTALL)), None)
