"""What a clip on disk is: its measurements, and the record of its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


@dataclass(frozen=True)
class MediaInfo:
    """What a clip's file is, measured from its packets and its first picture, as players show it.

    ``width`` and ``height`` are the picture as shown, upright and with square pixels; ``frames`` counts pictures that
    are shown, not those that the file's edit list hides; ``duration_s`` is from the first of them to the end of the
    last. ``fps`` is their mean rate: exact where the rate is constant (23.976024 is 24000/1001), however coarsely the
    file stamps them. Unless ``variable``, picture ``i`` (from 0) appears at ``first_s + i / fps``, give or take the
    stamps' own rounding (1 ms in WebM); if ``variable``, ``probe.moments`` lists the times.

    The fields after ``audio`` are None for clips that an older version measured, which did not look for them.

    Attributes:
        container: mp4, mov, webm, mkv, avi, gif, ts, …: also the file's proper extension.
        first_s: when the first picture is shown, in seconds of the file's own clock, which is a player's
            ``currentTime``; 0 of most. A player shows that picture before, too.
        variable: True if the pictures do not come evenly.
        pixel_aspect: width to height of one stored pixel as shown, "1:1" if square.
        rotation: degrees clockwise by which players turn the stored picture: 0, 90, 180 or 270.
        mirrored: True if players exchange its left and right before that.
        color: primaries, transfer and matrix, as one name where all agree ("bt709", "bt2020/smpte2084/bt2020nc"), and
            the range if it is full; "unknown" where the file does not say.
        pixel_format: ffmpeg's name of it, "yuv420p", "yuv444p10le".
        audio_channels: how many the first sound track has; 0 without one.
    """

    width: int
    height: int
    fps: float
    frames: int
    duration_s: float
    codec: str
    audio: bool
    container: str | None = None
    first_s: float | None = None
    variable: bool | None = None
    pixel_aspect: str | None = None
    rotation: int | None = None
    mirrored: bool | None = None
    color: str | None = None
    pixel_format: str | None = None
    audio_channels: int | None = None

    def __str__(self) -> str:
        sound, uneven = " · audio" if self.audio else "", " on average" if self.variable else ""
        return f"{self.width} × {self.height} · {self.fps:g} fps{uneven} · {self.duration_s:.1f} s{sound}"


class Odd(StrEnum):
    """Why a clip that is kept fails our checks."""

    CUT = "cut"
    UNREADABLE = "unreadable"
    NO_PICTURES = "no_pictures"


@dataclass(frozen=True)
class Result:
    """A clip on disk: its file name in the data folder, its hash, and what it is.

    ``media`` is None if it cannot be measured. ``odd`` says why it fails our checks, if it does. ``by_hand``: a person
    handed it in, so that it is not known where it came from, nor when.
    """

    file: str
    sha256: str
    bytes: int
    media: MediaInfo | None
    poster: str | None = None
    odd: Odd | None = None
    by_hand: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Result:
        media, odd = data["media"], data.get("odd")
        return cls(**{**data, "media": media and MediaInfo(**media), "odd": odd and Odd(odd)})
