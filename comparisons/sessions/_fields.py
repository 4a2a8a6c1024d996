"""What each field of a plan, and of a request in it, may hold."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any

from comparisons.sessions._source import PlanFile
from comparisons.sessions.mistakes import NotAllowed, Steps, Unknown
from comparisons.sessions.plan import OPT

MAX_REPEATS = 1000
MAX_REQUESTS = 2000
MAX_PROMPT = 10_000
"""Characters; every variant known takes fewer."""

MAX_REFERENCES = 20
"""More than any variant known takes."""

Check = Callable[[Any], tuple[Any, str]]
"""Turns TOML's value into a plan's, and gives an empty text; if the value is wrong, None and what it should be."""


def checked(entry: Mapping[str, Any], checks: Mapping[str, Check], source: PlanFile, at: Steps = ()) -> dict[str, Any]:
    """The fields of a table, each as its check makes it.

    Raises:
        PlanError: there is no such field, or it cannot hold this.
    """
    fields = {}
    for key, value in entry.items():
        steps = (*at, key)
        check = check_of(key, checks)
        if check is None:
            raise source.error(steps, unknown("field", key, checks.keys(), at))
        fields[key], wanted = check(value)
        if wanted:
            raise source.error(steps, NotAllowed(steps, wanted, value))
    return fields


def unknown(kind: str, key: str, known: Collection[str], at: Steps = ()) -> Unknown:
    """The mistake of a field or column that does not exist. ``kind`` is ``field`` or ``column``."""
    near = next(iter(difflib.get_close_matches(key[:100], list(known), n=1)), None)
    return Unknown(kind, key, at, tuple(known), near, of_plan=bool(at) and key in PLAN)


def _fit(fits: Callable[[Any], Any], words: str, make: Callable[[Any], Any] = lambda value: value) -> Check:
    """The check of values for which ``fits`` is true; ``words`` say what others should have been."""
    return lambda value: (make(value), "") if fits(value) else (None, words)


def _number(low: int | Decimal, high: int, make: type = int, noun: str = "number") -> Check:
    """The check of numbers from ``low`` to ``high``; of whole ones if ``make`` is ``int``."""

    def check(value: Any) -> tuple[Any, str]:
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
            return None, f"a {noun}"
        known = isinstance(value, int) or (make is not int and value.is_finite())
        if known and value <= high and value >= low:
            return make(value), ""
        return None, f"a {'whole ' if make is int else ''}{noun} from {low} to {high}"

    return check


def _up_to(most: int, words: str, check: Check) -> Check:
    """As ``check``, for values of at most ``most`` characters or entries; ``words`` say so of longer ones."""

    def both(value: Any) -> tuple[Any, str]:
        made, wanted = check(value)
        return (None, words) if not wanted and len(value) > most else (made, wanted)

    return both


WORDS = _fit(lambda it: isinstance(it, str) and it.strip() and "\0" not in it, "a text without U+0000")
WORD = re.compile(r"[0-9A-Za-z.:_-]{1,20}")


def _word(such_as: str) -> Check:
    return _fit(lambda it: isinstance(it, str) and WORD.fullmatch(it), f'a text such as "{such_as}"', str.lower)


SWITCH = _fit(lambda it: isinstance(it, bool), "true or false")

REQUEST: dict[str, Check] = {
    "prompt": _up_to(MAX_PROMPT, f"a text of at most {MAX_PROMPT} characters", WORDS),
    "image": WORDS,
    "last_image": WORDS,
    "references": _up_to(
        MAX_REFERENCES,
        f"at most {MAX_REFERENCES} images",
        _fit(
            lambda it: isinstance(it, list) and it and all(WORDS(each)[1] == "" for each in it),
            "a list of paths",
            tuple,
        ),
    ),
    "duration": _number(1, 3600, noun="number of seconds"),
    "resolution": _word("768p"),
    "aspect_ratio": _word("16:9"),
    "audio": SWITCH,
    "negative_prompt": _up_to(MAX_PROMPT, f"a text of at most {MAX_PROMPT} characters", WORDS),
    "seed": _number(-1, 2**63 - 1),
    "prompt_optimizer": SWITCH,
}
"""The fields of ``[[requests]]``, and the columns of a CSV; beside them there is ``opt_<name>`` for any option."""
OPTION = re.compile(f"{OPT}[a-z0-9_]{{1,60}}")
OWN = _fit(
    lambda it: isinstance(it, (bool, int, Decimal)) or (isinstance(it, str) and it.strip() and len(it) <= MAX_PROMPT),
    "a text, a number, true or false",
    lambda it: float(it) if isinstance(it, Decimal) else it,
)
"""The check of an option that only some variants have. Which ones, and what it may be there, is checked later."""


def check_of(key: str, checks: Mapping[str, Check]) -> Check | None:
    """The check of a field; None if there is no such field."""
    return checks.get(key) or (OWN if checks is REQUEST and OPTION.fullmatch(key) else None)


PLAN: dict[str, Check] = {
    "name": WORDS,
    "variants": _fit(lambda it: isinstance(it, list) and it, "a list of one or more variants"),
    "requests": _up_to(
        MAX_REQUESTS,
        f"at most {MAX_REQUESTS} [[requests]]",
        _fit(lambda it: isinstance(it, list) and {*map(type, it)} == {dict}, "one or more [[requests]]"),
    ),
    "requests_csv": WORDS,
    "repeats": _number(1, MAX_REPEATS),
    "order_seed": _number(0, 2**63 - 1),  # random.Random takes -7 for 7
    "concurrency": _number(1, 1000),
    "rate_per_minute": _number(Decimal("0.01"), 6000, float),
    "warm_up": _number(0, MAX_REPEATS),
    "budget_usd": _number(Decimal("0.01"), 1_000_000, Decimal),
    "within_percent": _number(Decimal("0.1"), 100, float),
    "most_repeats": _number(1, MAX_REPEATS),
    "nearest": SWITCH,
}
"""The fields of a plan."""
