"""Measures a clip: ten objective metrics, each with its limits. Imports nothing of ours, since it is sent to workers.

They get it as a zip, on machines that have no more of Takes than this room; so it runs ffmpeg itself.

What it needs beside the standard library is numpy and imageio-ffmpeg. ``README.md`` says how each number is found.
"""

from __future__ import annotations

from comparisons.metrics._catalogue import FLAGS, METRICS, VERSION, Flag, Metric
from comparisons.metrics._ffmpeg import UnreadableClip
from comparisons.metrics._score import score
from comparisons.metrics._scores import Fit, Flags, Frozen, Reason, Scores
from comparisons.metrics._words import WORDS

__all__ = [
    "FLAGS",
    "METRICS",
    "VERSION",
    "WORDS",
    "Fit",
    "Flag",
    "Flags",
    "Frozen",
    "Metric",
    "Reason",
    "Scores",
    "UnreadableClip",
    "score",
]
