"""A request as the nearest thing that a variant can do: other lengths and resolutions, and without what it lacks.

Nothing is adapted silently: what was asked is kept beside what was sent, and ``words.adaptations`` says the difference.
"""

from __future__ import annotations

import re

from providers import ORDERED, Option, Request, Value, Variant, settled
from providers import InvalidRequest as Unfit

LINES = re.compile(r"(?:native)?(\d+)p", re.IGNORECASE)
OF_K = {"2k": 1440.0, "4k": 2160.0}
"""Lines of a picture, as the industry calls them."""


def nearest(variant: Variant, request: Request) -> Request:
    """The request that is nearest to this one among those that the variant takes, as far as options go.

    An ordered option (duration, resolution) that it has no such value of is asked for as the nearest that it has, the
    smaller of two. What it does not have at all is left out.
    """
    lacking = [name for name in request.inputs if variant.need(name) == "no"]
    lacking += [name for name in request.options if name not in variant.options]
    fitted = request.without(*lacking)
    if "last_frame" in fitted.inputs and "first_frame" not in fitted.inputs:
        fitted = fitted.without("last_frame")
    moved = {name: _nearest(variant.options[name], value) for name, value in fitted.options.items() if name in ORDERED}
    return _possible(variant, fitted.asking(**moved))


def _possible(variant: Variant, request: Request) -> Request:
    """The request with a length that its resolution allows, where the two exclude each other."""
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
    """A duration in seconds or a resolution in lines, as a number; None of a word such as ``auto``."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float(value)
    found = LINES.fullmatch(value)
    return float(found[1]) if found else OF_K.get(value.lower())
