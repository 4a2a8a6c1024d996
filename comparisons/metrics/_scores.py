"""What was found of a clip, as frozen values that can be written as JSON: the room's only results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from comparisons.metrics._catalogue import METRICS, VERSION


class Reason(StrEnum):
    """Why a metric has no value. The sentences for people are in ``_words.py``."""

    NO_IMAGE = "no_image"
    IMAGE_UNREADABLE = "image_unreadable"
    IMAGE_NOT_FOUND = "image_not_found"
    NO_DETAIL = "no_detail"
    HDR = "hdr"
    TOO_SHORT = "too_short"
    TOO_STILL = "too_still"
    NOTHING_TO_FOLLOW = "nothing_to_follow"
    SEVERAL_CUTS = "several_cuts"
    NO_QUANTISER = "no_quantiser"
    NO_SOUND = "no_sound"
    SILENT = "silent"
    SOUND_UNREADABLE = "sound_unreadable"
    UNREADABLE = "unreadable"
    CRASHED = "crashed"
    TOO_LARGE = "too_large"
    CLIP_GONE = "clip_gone"


class Fit(StrEnum):
    """How the first frame shows the given image."""

    WHOLE = "whole"
    CROPPED = "cropped"
    SQUEEZED = "squeezed"
    BARS = "bars"


@dataclass(frozen=True)
class Frozen:
    """A stretch in which the picture stands still, in seconds of the clip."""

    start_s: float
    length_s: float


@dataclass(frozen=True)
class Flags:
    """What is said beside a clip and never ranked by.

    Attributes:
        bars: the share of the picture's area that bars take, 0 to 1.
        cuts: when new shots begin, in seconds of the clip.
        frozen: stretches of at least ``_holds.LONG_S``.
        silent: there is a sound track with nothing to hear in it.
        no_sound: there is no sound track.
    """

    bars: float = 0.0
    cuts: tuple[float, ...] = ()
    frozen: tuple[Frozen, ...] = ()
    silent: bool = False
    no_sound: bool = False

    def to_json(self) -> dict[str, Any]:
        frozen = [[each.start_s, each.length_s] for each in self.frozen]
        return {
            "bars": self.bars,
            "cuts": list(self.cuts),
            "frozen": frozen,
            "silent": self.silent,
            "no_sound": self.no_sound,
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Flags:
        frozen = tuple(Frozen(*each) for each in told["frozen"])
        return cls(told["bars"], tuple(told["cuts"]), frozen, told["silent"], told["no_sound"])


@dataclass(frozen=True)
class Scores:
    """All that was measured of one clip. ``to_json`` and ``from_json`` are each other's inverse.

    Attributes:
        values: by a metric's name; None where ``reasons`` says why. Never 0 for what is not known.
        reasons: for exactly the metrics without a value.
        fit: how the first frame shows the given image; None where there is none or it was not found.
        kept: per cent of the image's width and of its height that the first frame shows.
        base_qp: the quantiser that an H.264 file names as its start: what an encoder was told, if it was told one.
        true_peak_dbtp: the highest true peak of the sound.
        mbit_s: the whole file's mean rate; None where its length is not known.
        frames: how many frames were measured; a longer clip is measured up to there.
        version: of the method; numbers of different versions are not to be mixed.
        ffmpeg: the version of what decoded the clip.
    """

    values: Mapping[str, float | None]
    reasons: Mapping[str, Reason]
    flags: Flags
    fit: Fit | None
    kept: tuple[float, float] | None
    base_qp: float | None
    true_peak_dbtp: float | None
    mbit_s: float | None
    frames: int
    fps: float | None
    version: int
    ffmpeg: str

    def to_json(self) -> dict[str, Any]:
        """Numbers, words, lists and dictionaries alone."""
        return {
            **vars(self),
            "values": dict(self.values),
            "reasons": {name: reason.value for name, reason in self.reasons.items()},
            "flags": self.flags.to_json(),
            "fit": self.fit.value if self.fit else None,
            "kept": list(self.kept) if self.kept else None,
        }

    @property
    def unmeasured(self) -> Reason | None:
        """Why nothing of the clip could be measured; None if something was."""
        return None if self.frames else next(iter(self.reasons.values()))

    @classmethod
    def none(cls, reason: Reason) -> Scores:
        """Of a clip of which nothing could be measured."""
        names = [metric.name for metric in METRICS]
        return cls(
            values=dict.fromkeys(names), reasons=dict.fromkeys(names, reason), flags=Flags(), fit=None, kept=None,
            base_qp=None, true_peak_dbtp=None, mbit_s=None, frames=0, fps=None, version=VERSION, ffmpeg="",
        )  # fmt: skip

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Scores:
        """What ``to_json`` gave, also after a way through text."""
        again = {
            "values": dict(told["values"]),
            "reasons": {name: Reason(word) for name, word in told["reasons"].items()},
            "flags": Flags.from_json(told["flags"]),
            "fit": Fit(told["fit"]) if told["fit"] else None,
            "kept": (told["kept"][0], told["kept"][1]) if told["kept"] else None,
        }
        return cls(**{**told, **again})
