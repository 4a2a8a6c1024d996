"""How sessions of older versions ended: a sentence said so, which a migration turns into values here."""

from __future__ import annotations

import re

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
"""For these ends the sentence itself is kept, since its figures were rounded or it is not understood."""


def read(sentence: str) -> Ending:
    """How a session ended, read from the sentence that an older version kept."""
    for how, pattern in SENTENCES:
        found = re.fullmatch(pattern, sentence, re.DOTALL)
        if found is not None:
            figures = {name: value for name, value in found.groupdict().items() if value is not None}
            within = figures.get("within_percent")
            return Ending(
                how,
                made=int(figures.get("made", 0 if how is End.STOPPED else 1)),
                within_percent=None if within is None else float(within),
                untried=int(figures.get("untried", 0)),
                jobs=int(figures.get("jobs", 0)),
                told=sentence if how in AS_TOLD else "",
            )
    return Ending(End.OTHER, told=sentence)
