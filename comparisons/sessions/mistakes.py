"""What can be wrong with a plan, where in it, and the sentence about it.

The reader of a file is told the file, the line and the field. A form has fields of its own: it uses ``steps`` to find
the one that is meant, and ``words`` to name it by its label.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from providers import InvalidRequest

Steps = Sequence[str | int]
"""The path to a value in a plan: ("requests", 2, "duration"), counted from 0. In a CSV, only the column."""
Naming = Callable[[Steps], str]
"""Gives the name of a field in the words of the sentence's reader."""


class Mistake(Protocol):
    """What is wrong with a plan at some place."""

    def words(self, named: Naming) -> str:
        """The sentence about it, on one line."""


class PlanError(InvalidRequest):
    """A plan that cannot be read or run: which file, where in it, and what is wrong there.

    Its text is the sentence for the reader of the file. ``steps`` is empty if the mistake is in no single field. The
    line is looked for only when it is needed, since that takes a second in a plan of a megabyte; None if no line is
    meant.
    """

    def __init__(self, file: str, line: Callable[[], int] | None, steps: Steps, mistake: Mistake) -> None:
        super().__init__(file)
        self.file = file
        self.steps = tuple(steps)
        self.mistake = mistake
        self._line = line

    @property
    def line(self) -> int | None:
        """Counted from 1."""
        return None if self._line is None else self._line()

    def words(self, named: Naming) -> str:
        """The sentence without file and line."""
        return self.mistake.words(named)

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{place}: {self.words(dotted)}"


def dotted(steps: Steps) -> str:
    """A field as it is named for the reader of a file: ``requests[2].duration``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")


def quoted(value: Any) -> str:
    """A value as part of a sentence: on one line, and at most a hundred characters of it."""
    if isinstance(value, str):
        return f'"{on_one_line(value)}"'
    if isinstance(value, (bool, Decimal)) or (isinstance(value, int) and abs(value) < 10**18):
        return str(value)[:40].lower()
    kinds = {int: "a number that large", dict: "a table", list: "a list" if value else "an empty list"}
    return kinds.get(type(value), "a date or time")


def on_one_line(text: str) -> str:
    """The first hundred characters of a text, with ``?`` for each that cannot be printed."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:100])


@dataclass(frozen=True)
class Said:
    """A mistake whose sentence names no field; ``sentence`` ends with a period."""

    sentence: str

    def words(self, named: Naming) -> str:
        return self.sentence


@dataclass(frozen=True)
class NotText:
    """The file is in no encoding that is read."""

    def words(self, named: Naming) -> str:
        return "this is not UTF-8 text; save the file as UTF-8."


@dataclass(frozen=True)
class NotToml:
    """The file is no valid TOML; ``reason`` is the text of the TOML parser."""

    reason: str
    column: int | None = None

    def words(self, named: Naming) -> str:
        column = "" if self.column is None else f" (column {self.column})"
        return f"this is not TOML: {on_one_line(self.reason + column)}."


@dataclass(frozen=True)
class Missing:
    """A field that must be there."""

    steps: Steps

    def words(self, named: Naming) -> str:
        return f"{named(self.steps)} is missing."


@dataclass(frozen=True)
class NoRequests:
    """The plan has neither requests nor a CSV with requests."""

    def words(self, named: Naming) -> str:
        return "requests are missing: there is neither [[requests]] nor requests_csv."


@dataclass(frozen=True)
class Unknown:
    """A field or column that does not exist. ``near`` is one with a similar name, ``known`` are all that exist."""

    kind: str
    key: str
    inside: Steps
    known: Sequence[str]
    near: str | None
    of_plan: bool
    """Whether it is a field of the plan that was written inside of a table."""

    def words(self, named: Naming) -> str:
        inside = f" in {dotted(self.inside)}" if self.inside else ""
        if self.of_plan:
            return f'there is no field "{self.key}"{inside}; it belongs above the first [[requests]].'
        hint = f'; did you mean "{self.near}"?' if self.near else f"; there are {', '.join(self.known)}."
        return f"there is no {self.kind} {quoted(self.key)}{inside}{hint}"


@dataclass(frozen=True)
class NotAllowed:
    """A value that a field cannot have; ``wanted`` says what it can have, such as ``a whole number from 1 to 1000``."""

    steps: Steps
    wanted: str
    value: Any

    def words(self, named: Naming) -> str:
        return f"{named(self.steps)} is {self.wanted}, not {quoted(self.value)}."


@dataclass(frozen=True)
class NamedTwice:
    """A variant that is named twice."""

    steps: Steps
    value: str

    def words(self, named: Naming) -> str:
        return f"{named(self.steps)} is there twice: {quoted(self.value)}."


@dataclass(frozen=True)
class NoFile:
    """A field names a file that is not there."""

    steps: Steps
    path: str

    def words(self, named: Naming) -> str:
        return f"{named(self.steps)} names a file that is not there: {quoted(self.path)}."


@dataclass(frozen=True)
class Exclusive:
    """Two fields that a plan cannot have both."""

    field: str
    other: str

    def words(self, named: Naming) -> str:
        return f"{named((self.field,))} and {named((self.other,))} exclude each other; keep one."


@dataclass(frozen=True)
class Alone:
    """A field that needs another beside it."""

    field: str
    other: str

    def words(self, named: Naming) -> str:
        return f"{named((self.field,))} needs {named((self.other,))} beside it."


@dataclass(frozen=True)
class FewerThan:
    """A number that is below that of another field and must not be."""

    field: str
    value: int
    least: str
    """The other field, whose number is ``at_least``."""
    at_least: int

    def words(self, named: Naming) -> str:
        least = f"{named((self.least,))}, {self.at_least}"
        return f"{named((self.field,))} is at least {least}, not {self.value}."
