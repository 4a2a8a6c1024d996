"""Clips and images on this machine: storing, measuring, copying and reading. Only this and ``metrics`` use ffmpeg."""

from __future__ import annotations

from comparisons.media._derived import BlindKind
from comparisons.media._receiving import RefusedClip
from comparisons.media.copies import SAYING_SO, VIDEO, as_shown, plays_everywhere
from comparisons.media.ffmpeg import BrokenClip
from comparisons.media.formats import TYPES
from comparisons.media.probe import probe
from comparisons.media.store import Media, take_name, zip_name
from comparisons.media.uploaded import Uploaded

__all__ = [
    "SAYING_SO",
    "TYPES",
    "VIDEO",
    "BlindKind",
    "BrokenClip",
    "Media",
    "RefusedClip",
    "Uploaded",
    "as_shown",
    "plays_everywhere",
    "probe",
    "take_name",
    "zip_name",
]
