"""Rules for writing an export: one at a time, errors as one sentence, and nothing is left of a run that is deleted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from comparisons.playground import Playground
from comparisons.records import Run
from providers import InvalidRequest, TakesError

ONE_AT_A_TIME = threading.Lock()
"""Held while an export is made: one mosaic already keeps every processor busy."""


@contextmanager
def in_words(place: str) -> Iterator[None]:
    """Turns an ``OSError`` in the block into an ``InvalidRequest``: the export cannot be written to ``place``.

    Visitors must not be told paths of the server, so ``place`` is a name that the person who asked may know.
    """
    try:
        yield
    except OSError as error:
        why = error.strerror or "no reason given"
        raise InvalidRequest(f"The export cannot be written to {place} ({why}).") from error


@contextmanager
def kept_meanwhile(playground: Playground, run: Run, copy: Path | None = None) -> Iterator[None]:
    """Raises ``InvalidRequest`` if the run was deleted during the block, and removes the ``copy`` that was made."""
    try:
        yield
    except (OSError, TakesError):
        _check_there(playground, run, copy)
        raise
    _check_there(playground, run, copy)


def _check_there(playground: Playground, run: Run, copy: Path | None) -> None:
    if playground.ledger.run(run.id) is not None:
        return
    if copy is not None:
        copy.unlink(missing_ok=True)
    raise InvalidRequest("There is no such run here.")
