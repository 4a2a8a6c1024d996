"""Loudness and true peak of the sound track (EBU R 128, ITU-R BS.1770), by ffmpeg."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from comparisons.metrics._containers import CONTAINERS
from comparisons.metrics._ffmpeg import ask, reading
from comparisons.metrics._scores import Reason

LONGEST_S = 120
"""Sound after that is not heard."""
FLOOR_LUFS = -70.0
"""What the meter shows where no part of the sound was loud enough to be counted."""
SILENT_DBTP = -60.0
"""A peak below this is silence: a thousandth of full scale, below what a room's noise covers."""


@dataclass(frozen=True)
class Loudness:
    """What was heard: a loudness, or why there is none."""

    lufs: float | None
    true_peak_dbtp: float | None = None
    reason: Reason | None = None


def loudness(clip: Path) -> Loudness:
    """Of the first sound track."""
    steps = ("-map", "0:a:0", "-vn", "-t", str(LONGEST_S), "-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-")
    told = ask(("-v", "info", "-threads", "1", *reading(str(clip), CONTAINERS), *steps))
    summary = told.text.rpartition("Summary:")[2]
    heard = re.search(r"\bI: +(\S+) LUFS", summary)
    peak = re.search(r"\bPeak: +(\S+) dBFS", summary)
    if told.late or not heard or not peak:
        return Loudness(None, reason=Reason.SOUND_UNREADABLE)
    return _judged(float(heard[1]), float(peak[1]))


def _judged(lufs: float, peak: float) -> Loudness:
    if peak < SILENT_DBTP:  # also minus infinity, which JSON has not
        return Loudness(None, reason=Reason.SILENT)
    if lufs <= FLOOR_LUFS:
        return Loudness(None, peak, Reason.TOO_SHORT)
    return Loudness(lufs, peak)
