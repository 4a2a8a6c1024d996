"""How sessions of older versions ended: those kept a sentence, which is read here once, when their ledger is opened."""

from __future__ import annotations

import re
from typing import Any

from comparisons.records import End, Ending

MADE = r"(?:One|(?P<made>\d+)) repeats? (?:was|were) made"
SENTENCES = (
    (End.STOPPED, r"It was stopped\."),
    (End.ALL_MADE, r"The plan's one repeat was made\.|All (?P<made>\d+) repeats of the plan were made\."),
    (
        End.PRECISE,
        r"After (?:one repeat|(?P<made>\d+) repeats) every median's interval was within (?P<within_percent>[\d.e+-]+) %"
        r" of it\.",
    ),
    (End.MOST_MADE, rf"{MADE}, as many as the plan allows; .+"),
    (End.UNTRIED, rf"{MADE}, but (?P<untried>\d+) of (?P<jobs>\d+) jobs were never tried, .+"),
    (End.OVER_BUDGET, rf"{MADE}; one more .+"),
)
AS_TOLD = (End.OVER_BUDGET, End.OTHER)
"""Ends of which the sentence is kept: its figures were rounded."""


def read(sentence: str) -> Ending:
    """How a session ended, by the sentence that an older version kept of it."""
    for how, pattern in SENTENCES:
        found = re.fullmatch(pattern, sentence, re.DOTALL)
        if found is not None:
            figures: dict[str, Any] = {
                name: _number(name, value) for name, value in found.groupdict().items() if value is not None
            }
            if how is not End.STOPPED:
                figures.setdefault("made", 1)
            return Ending(how, told=sentence if how in AS_TOLD else "", **figures)
    return Ending(End.OTHER, told=sentence)


def _number(name: str, value: str) -> float | int:
    return float(value) if name == "within_percent" else int(value)
