"""Sentences for why a metric has no value."""

from __future__ import annotations

from collections.abc import Mapping

from comparisons.metrics._scores import Reason

WORDS: Mapping[Reason, str] = {
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
}
