"""What was asked in runs of older versions: those kept it in words, which are read here once, with their ledger."""

from __future__ import annotations

import re
from typing import Any

ASKED = re.compile(
    r"(?:(?P<duration>\d+) s|own length) · (?:own resolution|(?P<resolution>.+))"
    r" · (?P<frames>text only|first frame|first and last frame) · optimizer (?P<optimizer>on|off)"
)


def read(plan: dict[str, Any]) -> dict[str, Any]:
    """A job's plan of an older version, with the values that its words tell instead of them; None if they tell none."""
    found = ASKED.fullmatch(plan.pop("requested", ""))
    if found is None:
        return {**plan, "asked": None}
    asked = {
        "duration": None if found["duration"] is None else int(found["duration"]),
        "resolution": found["resolution"],
        "frames": found["frames"],
        "prompt_optimizer": found["optimizer"] == "on",
    }
    return {**plan, "asked": asked}
