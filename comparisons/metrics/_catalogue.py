"""The metrics and the flags: what each is called, in which unit, which way is better, and what it cannot say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

VERSION = 1
"""Of the method. It is raised with every change that gives a clip another number."""


@dataclass(frozen=True)
class Metric:
    """One column.

    Attributes:
        name: as in ``Scores.values``.
        label: for people.
        unit: empty for a ratio.
        better: which way is better, if either is.
        says_not: what the number cannot say.
        digits: how many to print after the point.
    """

    name: str
    label: str
    unit: str
    better: Literal["higher", "lower", "neither"]
    says_not: str
    digits: int

    @property
    def heading(self) -> str:
        """Its label with its unit."""
        return f"{self.label}, {self.unit}" if self.unit else self.label


@dataclass(frozen=True)
class Flag:
    """One remark beside a clip: its field in ``Scores.flags``, its label, and when it is made."""

    name: str
    label: str
    when: str


METRICS: tuple[Metric, ...] = (
    Metric(
        "first_frame_ssim", "First frame, SSIM", "", "higher",
        "Whether the rest of the clip keeps the subject, or whether a difference is for worse or for better.", 3,
    ),
    Metric(
        "first_frame_delta_e", "First frame, colour difference", "ΔE00", "lower",
        "Which of the two colours is right. Below 1 nobody sees it.", 2,
    ),
    Metric(
        "first_frame_kept", "Image kept in the first frame", "%", "higher",
        "What the model itself moved, added or took away within the frame.", 1,
    ),
    Metric(
        "detail", "Fine detail, of the image's", "×", "neither",
        "Texture from noise: 1 is as much as the image has, more may be sharpening or noise.", 2,
    ),
    Metric(
        "luma_flicker", "Brightness flicker", "levels", "lower",
        "Flicker that the scene really has, such as fire, from a fault; texture that boils is not in it.", 2,
    ),
    Metric(
        "duplicate_frames", "Repeated frames", "%", "lower",
        "A shot that is meant to stand still from a clip that is stuck.", 1,
    ),
    Metric(
        "frozen_s", "Longest standstill", "s", "lower",
        "A shot that is meant to stand still from a clip that is stuck.", 2,
    ),
    Metric(
        "motion", "Motion", "% of width/s", "neither",
        "What moves, or whether it should. Clips that are coded coarsely read too low.", 1,
    ),
    Metric(
        "judder", "Judder", "", "lower",
        "A camera that shakes on purpose from a cadence that is broken.", 2,
    ),
    Metric(
        "qp", "Mean quantiser", "QP", "lower",
        "How good the picture was before it was encoded. H.264 of 8 bits only: other codecs have other scales.", 1,
    ),
    Metric(
        "loudness_lufs", "Loudness", "LUFS", "neither",
        "Whether the sound fits the picture.", 1,
    ),
)  # fmt: skip
"""``duplicate_frames`` and ``frozen_s`` are two figures of one metric: how often the picture stands still, how long."""

FLAGS: tuple[Flag, ...] = (
    Flag("bars", "Bars", "Flat bars at opposite edges, or at one, in every frame; with their share of the area."),
    Flag("cuts", "Cuts", "A new shot begins at once; with the time of each. Dissolves are not found."),
    Flag(
        "frozen", "Frozen", "The picture stands still for a quarter of a second or longer; with each start and length."
    ),
    Flag("silent", "Silent", "There is a sound track, and nothing to hear in it."),
    Flag("no_sound", "No sound track", "The file has none."),
)
