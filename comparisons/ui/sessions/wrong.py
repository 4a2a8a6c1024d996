"""What is wrong with the form of a plan: one sentence, and beside which field it stands."""

from __future__ import annotations

from enum import StrEnum

from comparisons.sessions import PlanError, Steps
from providers import InvalidRequest, TakesError


class FormPart(StrEnum):
    """Where a sentence about the form may stand, in the form's order."""

    NAME = "name"
    PROMPTS = "prompts"
    IMAGE = "image"
    OPTIONS = "options"
    VARIANTS = "variants"
    HOW = "how"
    START = "start"


class Wrong(InvalidRequest):
    """One sentence about the form, and the place where it stands."""

    def __init__(self, place: FormPart, sentence: str) -> None:
        super().__init__(sentence)
        self.place = place


PLACES = {
    "name": FormPart.NAME,
    "requests": FormPart.PROMPTS,
    "prompt": FormPart.PROMPTS,
    "image": FormPart.IMAGE,
    "duration": FormPart.OPTIONS,
    "resolution": FormPart.OPTIONS,
    "variants": FormPart.VARIANTS,
}
"""Where a sentence about a field of a plan stands; those of all other fields are about how it runs."""
LABELS = {
    "name": "Name",
    "variants": "Variants",
    "prompt": "Prompts",
    "image": "First frame",
    "duration": "Duration",
    "resolution": "Resolution",
    "repeats": "Repeats",
    "warm_up": "Warm-ups",
    "concurrency": "Jobs at once",
    "rate_per_minute": "Jobs a minute",
    "order_seed": "Seed of the order",
    "budget_usd": "Budget",
    "within_percent": "Stop within",
    "most_repeats": "Most repeats",
}
"""What the fields of a plan are called on the page."""


def wrong(error: TakesError) -> Wrong:
    """The error as one about the form.

    It is a new one, without the frames of the given error, which may hold typed keys.
    """
    if isinstance(error, Wrong):
        return Wrong(error.place, str(error))
    if not isinstance(error, PlanError):
        return Wrong(FormPart.START, str(error))
    sentence = error.words(_label)
    return Wrong(_place(error.steps), sentence[:1].upper() + sentence[1:])


def _place(steps: Steps) -> FormPart:
    """By the innermost field that is named; a mistake of the plan as a whole stands beside Start."""
    named = [step for step in steps if isinstance(step, str)]
    return PLACES.get(named[-1], FormPart.HOW) if named else FormPart.START


def _label(steps: Steps) -> str:
    """A field of the plan by what it is called on the page, and which of its prompts or variants is meant."""
    name = next((step for step in reversed(steps) if isinstance(step, str)), "")
    number = next((step for step in steps if isinstance(step, int)), None)
    label = f"“{LABELS.get(name, name)}”"
    return label if number is None else f"{label}, number {number + 1},"
