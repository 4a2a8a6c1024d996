"""Words about what was measured: the metrics, what stands beside them, and why one has no value."""

from __future__ import annotations

from collections.abc import Mapping

from comparisons.metrics._catalogue import METRICS, Metric
from comparisons.metrics._scores import Flags, Reason, Scores

REASONS: Mapping[Reason, str] = {
    Reason.NO_IMAGE: "No image was given, so there is nothing to compare the first frame with.",
    Reason.IMAGE_UNREADABLE: "The given image cannot be read.",
    Reason.IMAGE_NOT_FOUND: "The first frame does not show the given image, so the two cannot be laid over each other.",
    Reason.NO_DETAIL: "The given image has no fine detail to compare with.",
    Reason.HDR: "The clip is HDR and the image is not, so brightness and colours mean different things in them.",
    Reason.TOO_SHORT: "The clip has too few frames.",
    Reason.TOO_STILL: "The picture hardly moves.",
    Reason.NOTHING_TO_FOLLOW: "The picture has no texture whose moves could be followed.",
    Reason.SEVERAL_CUTS: "The clip has more than one cut.",
    Reason.NO_QUANTISER: "The clip's codec does not tell a quantiser on the scale of H.264.",
    Reason.NO_SOUND: "The clip has no sound track.",
    Reason.SILENT: "The sound track is silent.",
    Reason.SOUND_UNREADABLE: "The sound track cannot be read.",
    Reason.UNREADABLE: "The clip cannot be read.",
    Reason.CRASHED: "What reads the clip crashed on it.",
    Reason.TOO_LARGE: "The clip is too large to be measured.",
    Reason.CLIP_GONE: "The clip is no longer in the data folder.",
}
"""Why a metric has no value."""
BETTER = {"higher": "higher is better", "lower": "lower is better", "neither": "neither way is better"}


def column_words(metric: Metric) -> str:
    """What a column of a table is."""
    return f"{metric.heading}; {BETTER[metric.better]}. It cannot say: {metric.says_not}"


def flag_words(scores: Scores) -> list[str]:
    """What was seen in a clip beside its metrics, the flags alone."""
    of = scores.flags
    found = {
        f"bars on {of.bars:.0%} of the picture": of.bars > 0,
        f"{len(of.cuts)} cut{'s' if len(of.cuts) != 1 else ''}": bool(of.cuts),
        f"frozen for {_longest(of):.2g} s": bool(of.frozen),
        "silent": of.silent,
        "no sound track": of.no_sound,
    }
    return [words for words, holds in found.items() if holds]


def _longest(of: Flags) -> float:
    return max((each.length_s for each in of.frozen), default=0.0)


def measured_words(scores: Scores) -> list[tuple[str, str]]:
    """What was measured of a clip, each part with its label: the metrics that have a value, and what else was seen.

    If nothing could be measured, why.
    """
    values = [
        f"{metric.label} {value:.{metric.digits}f} {metric.unit}".rstrip()
        for metric in METRICS
        if (value := scores.values[metric.name]) is not None
    ]
    nothing = "" if scores.unmeasured is None else REASONS[scores.unmeasured]
    rows = [("measured", " · ".join(values) or nothing), ("seen", " · ".join(flag_words(scores)))]
    return [(label, words) for label, words in rows if words]
