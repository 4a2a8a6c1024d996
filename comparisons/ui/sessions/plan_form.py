"""Turns the Sessions tab's form into a plan: the same TOML that the command line runs. It does not use Gradio."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from comparisons.records import Person
from comparisons.runs import SANDBOX
from comparisons.sessions import MAX_REQUESTS, Asked, SessionPlan, Written, plan_toml
from comparisons.ui.fields import typed_keys
from comparisons.ui.option_fields import common, read_all
from comparisons.ui.picker.picked import Picked
from comparisons.ui.sessions.wrong import FormPart, Wrong, wrong
from providers import VENDORS, ImageInput, InvalidRequest, Option, Request, Value

CLOSED, OPEN = "So many at once", "So many a minute"
"""How jobs begin: in a closed loop (a fixed number at once), or in an open one (at a fixed rate)."""
CONCURRENCY, RATE = 8, 6
"""The first values of the two fields: jobs at once, and jobs per minute."""
NAME_MAX, NUMBER_MAX = 200, 40
"""Characters that fit the field of the name, and the fields of numbers that may be left out."""
MOST_BYTES = 100_000
"""The largest plan that is written or opened here: in one ten times as large, finding the line of a mistake takes
seconds."""


@dataclass(frozen=True)
class PlanForm:
    """The values of the fields in one submission, in the tab's order.

    Numbers that may be left out are texts, since Gradio turns an empty number field into 0 when its accordion opens.
    """

    name: str
    prompts: str
    image: str | None
    nearest: bool
    picked: Picked
    repeats: int | None
    mode: str
    allow_unpriced: bool
    arrival: str
    concurrency: int | None
    rate: float | None
    warm_up: int | None
    seed: int | None
    budget: str
    within: str
    most: str
    options: Mapping[str, Value]
    keys: dict[str, str] = field(repr=False)

    @classmethod
    def read(cls, values: Sequence[Any], options: Mapping[str, Sequence[Option]]) -> PlanForm:
        """The form from the values of ``PlanFields.all``, in which options and then typed keys come last.

        Args:
            options: the options that the fields can set, by name.

        Raises:
            InvalidRequest: a key, an option or the picked variants are not valid; or the values together are larger
                than a plan of this form may be, which is checked before anything is parsed.
        """
        if sum(map(_characters, values)) > MOST_BYTES:
            raise _too_large()
        *plain, said, keys = _parted(values, len(common(options)) + 1)
        names = [each.name for each in fields(cls) if each.name not in ("options", "keys")]
        told = dict(zip(names, map(_whole, plain), strict=True))
        told["picked"] = Picked.read(told["picked"])
        return cls(**told, options=_settings(said, options), keys=typed_keys(keys))

    @property
    def simulated(self) -> bool:
        return self.mode != "Live"

    def check_few(self, who: Person) -> None:
        """Checks quickly, without parsing, that a visitor may start the plan's takes of a single variant.

        Raises:
            Wrong: they are more than a visitor may start in an hour. The host has no such limit.
        """
        prompts, times = len(self._prompts()), _number(self.repeats) + _number(self.warm_up)
        most = SANDBOX.an_hour.each
        if who.id and prompts * max(1, times) > most:
            raise Wrong(
                FormPart.PROMPTS if prompts > most else FormPart.HOW,
                f"These are at least {prompts * max(1, times)} takes; a visitor may start {most} in an hour.",
            )

    def first_request(self, load: Callable[[str], ImageInput]) -> Request:
        """The request with the first prompt, for which the picker shows who can take part."""
        return Request(
            prompt=next(iter(self._prompts()), ""),
            first_frame=load(self.image) if self.image else None,
            options=self.options,
        )

    def _prompts(self) -> list[str]:
        return [line.strip() for line in (self.prompts or "").split("\n") if line.strip()]

    def written(self) -> Written:
        """The plan, checked in the same way as one from a file.

        Raises:
            Wrong: what is wrong with the form.
        """
        if _characters(self.prompts) > MOST_BYTES:
            raise _too_large()
        folder = Path(self.image).parent if self.image else Path()
        text = plan_toml.write(self._plan())
        if len(text.encode("utf-8", "replace")) > MOST_BYTES:
            raise _too_large()
        try:
            return Written(plan_toml.parse(text, folder), text, folder)
        except InvalidRequest as error:
            raise wrong(error) from error

    def _plan(self) -> SessionPlan:
        prompts = self._prompts()
        variants = tuple(self.picked.refs)
        if not prompts:
            raise Wrong(FormPart.PROMPTS, "A session needs a prompt: write one a line.")
        if len(prompts) > MAX_REQUESTS:
            raise Wrong(FormPart.PROMPTS, f"A session has at most {MAX_REQUESTS} prompts, not {len(prompts)}.")
        if not variants:
            raise Wrong(FormPart.VARIANTS, "Choose at least one variant, model or provider.")
        is_open = self.arrival == OPEN
        within, most = _typed(self.within, "Stop within"), _typed(self.most, "Most repeats")
        return SessionPlan(
            name=self.name or "",
            variants=variants,
            requests=tuple(self._asked(prompt) for prompt in prompts),
            repeats=_given(self.repeats, "Repeats"),
            order_seed=0 if self.seed is None else self.seed,
            concurrency=None if is_open else _given(self.concurrency, "Jobs at once"),
            rate_per_minute=_given(self.rate, "Jobs a minute") if is_open else None,
            warm_up=0 if self.warm_up is None else self.warm_up,
            budget_usd=_typed(self.budget, "Budget"),
            within_percent=float(within) if within is not None else None,
            most_repeats=_whole(float(most)) if most is not None else None,
            nearest=self.nearest,
        )

    def _asked(self, prompt: str) -> Asked:
        return Asked(
            prompt,
            image=Path(self.image).name if self.image else None,
            options=self.options,
        )


def _too_large() -> Wrong:
    what = f"A plan of more than {MOST_BYTES // 1000} kB is too large for this form"
    return Wrong(FormPart.PROMPTS, f"{what}; write it as a file and run it from the command line.")


def _characters(value: Any) -> int:
    """The characters of all texts in a field's value."""
    if isinstance(value, dict):
        return sum(map(_characters, value.values()))
    texts = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return sum(len(each) for each in texts if isinstance(each, str))


def _parted(values: Sequence[Any], options: int) -> list[Any]:
    """The values of the plain fields, then one list with the values of the option fields, and one of the typed keys."""
    keys = len(values) - len(VENDORS)
    return [*values[: keys - options], list(values[keys - options : keys]), list(values[keys:])]


def _settings(said: Sequence[Any], options: Mapping[str, Sequence[Option]]) -> dict[str, Value]:
    """The options that the fields set, by name."""
    try:
        return read_all(said, options)
    except InvalidRequest as error:
        raise Wrong(FormPart.OPTIONS, str(error)) from error


def _whole(value: Any) -> Any:
    """Turns a whole float into an int: Gradio passes every number as a float."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _number(value: Any) -> int:
    """A whole number that a field holds, else 0: the plan's own check reports what is wrong with it."""
    return value if isinstance(value, int) else 0


def _given(value: Any, label: str) -> Any:
    if value is None:
        raise Wrong(FormPart.HOW, f"{label}: a number is missing.")
    return value


def _typed(text: str | None, label: str) -> Decimal | None:
    """The number in a text; None if the text is empty."""
    words = (text or "").strip()
    try:
        value = Decimal(words) if words else None
    except InvalidOperation as error:
        raise Wrong(FormPart.HOW, f"“{label}” is a number, not “{words[:40]}”.") from error
    if value is not None and not value.is_finite():
        raise Wrong(FormPart.HOW, f"“{label}” is a number, not “{words[:40]}”.")
    return value
