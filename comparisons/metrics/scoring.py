"""Measures one clip. What that needs is imported only then: whoever names the metrics needs none of it."""

from __future__ import annotations

from comparisons.metrics._scores import Reason, Scores

NEEDED = ("numpy", "imageio-ffmpeg")
"""The packages that measuring needs."""


def versions() -> dict[str, str | None]:
    """The versions of ``NEEDED`` where this is run; None for what is missing."""
    from importlib import metadata

    found: dict[str, str | None] = {}
    for name in NEEDED:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


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
