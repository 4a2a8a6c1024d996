"""Job plans of older versions, which the migrations bring to today's form: what was asked, options and images."""

from __future__ import annotations

import re
from typing import Any

ASKED = re.compile(
    r"(?:(?P<duration>\d+) s|own length) · (?:own resolution|(?P<resolution>.+))"
    r" · (?P<frames>text only|first frame|first and last frame) · optimizer (?P<optimizer>on|off)"
)


def read(plan: dict[str, Any]) -> dict[str, Any]:
    """A plan whose sentence ``requested`` is replaced by ``asked``, the values that it names; None if it names none."""
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


GIVEN = {"text only": (), "first frame": ("first_frame",), "first and last frame": ("first_frame", "last_frame")}
"""Which inputs a request had, by the words that older plans have for them."""
OPTIONS = ("duration", "resolution", "prompt_optimizer")
"""The options that older plans have, each in a field of its own."""


def with_options(plan: dict[str, Any]) -> dict[str, Any]:
    """A plan that has a field for each option and image, changed to hold ``options`` and ``images`` by name."""
    rest = {
        name: value for name, value in plan.items() if name not in (*OPTIONS, "first_frame", "last_frame", "badges")
    }
    images = {name: [plan[name]] for name in ("first_frame", "last_frame") if plan.get(name) is not None}
    return {**rest, "options": _options(plan), "images": images, "asked": _asked_by_name(plan.get("asked"))}


def _options(of: dict[str, Any]) -> dict[str, Any]:
    return {name: of[name] for name in OPTIONS if of.get(name) is not None}


def _asked_by_name(asked: dict[str, Any] | None) -> dict[str, Any] | None:
    if asked is None:
        return None
    return {"options": _options(asked), "inputs": dict.fromkeys(GIVEN[asked["frames"]], 1)}
