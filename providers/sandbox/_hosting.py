"""How one job's clip is handed out: which file, under what name and type, and what its URL answers at first."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import PurePath

# Bodies that are no whole clip. The last three are the first half of the clip, with the Content-Length of the whole,
# with none, and with that of the half.
WRONG = ("page", "json", "empty", "cut", "cut_unsaid", "cut_as_whole")

TYPES = {
    ".avi": "video/x-msvideo",
    ".gif": "image/gif",
    ".m4v": "video/x-m4v",
    ".mkv": "video/x-matroska",
    ".mov": "video/quicktime",
    ".mp4": "video/mp4",
    ".png": "image/png",
    ".ts": "video/mp2t",
    ".webm": "video/webm",
}


@dataclass(frozen=True)
class Handout:
    """How a clip is handed out; as it stands, a rendered MP4 at once.

    ``file`` is the path of a given file, ``type`` the Content-Type if not the file's own, ``name`` the URL's last
    part if it is to differ, as it is written in a reply: not escaped. ``first`` is what the clip's URL answers at
    first, an HTTP status or one of ``WRONG``, for so many ``seconds`` after the job succeeded or for so many
    ``requests``. ``redirect``: the URL leads on to another. ``picture``: one stands before the clip in the reply.
    ``flaw``: a fault planted in the rendered clip, one of ``_flaws.FLAWS``.
    """

    file: str | None = None
    type: str | None = None
    name: str | None = None
    first: int | str | None = None
    seconds: float = math.inf
    requests: float = math.inf
    redirect: bool = False
    picture: bool = False
    flaw: str | None = None

    @property
    def suffix(self) -> str:
        """The clip's file extension, with its dot."""
        return PurePath(self.file).suffix.lower() if self.file else ".mp4"

    @property
    def media_type(self) -> str:
        return self.type or media_type(self.suffix)


def media_type(suffix: str) -> str:
    """What a file with this extension is."""
    return TYPES.get(suffix, "application/octet-stream")
