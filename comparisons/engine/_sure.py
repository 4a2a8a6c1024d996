"""Values that the state of a job guarantees."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


def sure(value: T | None) -> T:
    """The value; ``RuntimeError`` where it is missing, since then the ledger contradicts itself."""
    if value is None:
        raise RuntimeError("the ledger's state of a job does not match its events")
    return value
