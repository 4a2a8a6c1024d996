"""A request changed to the nearest that a variant can do: another length or resolution, without what it lacks.

Nothing is adapted silently: what was asked is kept beside what was sent, and ``words.adaptations`` says the difference.
"""

from __future__ import annotations

import re

from providers import ORDERED, Option, Request, Value, Variant, settled
from providers import InvalidRequest as Unfit

LINES = re.compile(r"(?:native)?(\d+)p", re.IGNORECASE)
OF_K = {"2k": 1440.0, "4k": 2160.0}
"""How many lines a picture has at the resolutions that are named by a K."""


def nearest(variant: Variant, request: Request) -> Request:
    """The request that is nearest to this one among those that the variant takes.

    An ordered option (duration, resolution) whose value the variant does not have gets the nearest value that it has,
    the smaller where two are equally near. Inputs and options that it does not have at all are left out.
    """
    lacking = [name for name in request.inputs if variant.need(name) == "no"]
    lacking += [name for name in request.options if name not in variant.options]
    fitted = request.without(*lacking)
    if "last_frame" in fitted.inputs and "first_frame" not in fitted.inputs:
        fitted = fitted.without("last_frame")
    moved = {name: _nearest(variant.options[name], value) for name, value in fitted.options.items() if name in ORDERED}
    return _possible(variant, fitted.asking(**moved))


def _possible(variant: Variant, request: Request) -> Request:
    """The request, with the nearest duration that the variant takes together with its other options."""
    if _fits(variant, request) or "duration" not in request.options:
        return request
    duration = variant.options["duration"]
    ways = sorted(duration.choices, key=lambda each: _away(each, request.options["duration"]))
    tried = (request.asking(duration=each) for each in ways)
    return next((each for each in tried if _fits(variant, each)), request)


def _fits(variant: Variant, request: Request) -> bool:
    try:
        settled(variant, request)
    except Unfit:
        return False
    return True


def _nearest(option: Option, value: Value) -> Value:
    if option.objection(value) is None or size_of(value) is None:
        return value
    if option.choices:
        return min(option.choices, key=lambda each: _away(each, value))
    wanted = size_of(value) or 0.0
    held = min(max(wanted, option.low or wanted), option.high or wanted)
    return int(held) if option.kind == "integer" else held


def _away(one: Value, other: Value) -> tuple[float, float]:
    size, wanted = size_of(one), size_of(other)
    if size is None or wanted is None:
        return float("inf"), 0.0
    return abs(size - wanted), size


def size_of(value: Value) -> float | None:
    """A duration in seconds or a resolution in lines, as a number; None for a word such as ``auto``."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float(value)
    found = LINES.fullmatch(value)
    return float(found[1]) if found else OF_K.get(value.lower())
