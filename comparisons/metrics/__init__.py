"""Measures a clip: ten objective metrics, each with its limits. Imports nothing of ours, since it is sent to workers.

They get it as a zip, on machines that have no more of Takes than this room; so it runs ffmpeg itself.

What it needs beside the standard library is numpy and imageio-ffmpeg. ``README.md`` says how each number is found.
"""

from __future__ import annotations

from comparisons.metrics._catalogue import FLAGS, METRICS, VERSION, Flag, Metric
from comparisons.metrics._containers import CONTAINERS
from comparisons.metrics._scores import Fit, Flags, Frozen, Reason, Scores
from comparisons.metrics._words import BETTER, REASONS, column_words, flag_words, measured_words
from comparisons.metrics.scoring import score, versions

__all__ = [
    "BETTER",
    "CONTAINERS",
    "FLAGS",
    "METRICS",
    "REASONS",
    "VERSION",
    "Fit",
    "Flag",
    "Flags",
    "Frozen",
    "Metric",
    "Reason",
    "Scores",
    "column_words",
    "flag_words",
    "measured_words",
    "score",
    "versions",
]
