"""A file that a plan is read from: its text, and errors that name a line of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from comparisons import texts
from comparisons.sessions.mistakes import Mistake, NotText, PlanError, Steps, on_one_line
from providers import InvalidRequest

MAX_BYTES = 1_000_000
"""The most bytes of a plan, and of a CSV."""


@dataclass(frozen=True)
class PlanFile:
    """A plan or a CSV that is being read. ``line_of`` gives the line on which a value is."""

    name: str
    line_of: Callable[[Steps], int]

    def error(self, steps: Steps, mistake: Mistake) -> PlanError:
        """The error about the value at ``steps``."""
        return PlanError(self.name, lambda: self.line_of(steps), steps, mistake)

    def at(self, line: int) -> PlanFile:
        """The same file, for errors that all are about this line."""
        return PlanFile(self.name, lambda _: line)


def text_of(path: Path) -> str:
    """A file's text.

    Raises:
        InvalidRequest: it cannot be read, is too large or is no text; one sentence.
    """
    name = on_one_line(path.name)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a path that no file can have
        raise InvalidRequest(f"{name} cannot be read: {getattr(error, 'strerror', error)}.") from error
    if len(data) > MAX_BYTES:
        raise too_large(name)
    try:
        return texts.decoded(data)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PlanError(name, lambda: line, (), NotText()) from error


def too_large(name: str) -> InvalidRequest:
    """The error about a plan or a CSV of more than ``MAX_BYTES``."""
    return InvalidRequest(f"{on_one_line(name)} is larger than {MAX_BYTES // 1_000_000} MB.")
