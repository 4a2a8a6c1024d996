"""Measures one clip. What that needs is imported only then: whoever names the metrics needs none of it."""

from __future__ import annotations

from comparisons.metrics._scores import Reason, Scores


def score(clip: bytes, image: bytes | None) -> Scores:
    """Measures a clip; one that cannot be read has scores that say so.

    Args:
        clip: a video file.
        image: the file of the image that the clip was to begin with, if there was one.
    """
    from comparisons.metrics._ffmpeg import UnreadableClip
    from comparisons.metrics._score import measured

    try:
        return measured(clip, image)
    except UnreadableClip:
        return Scores.none(Reason.UNREADABLE)
