"""What strangers tried on a Takes that is hosted, each as one small function over a running ``app.py``.

``python -m tests.strangers`` runs all of them; ``tests/test_strangers.py`` those that take no gigabytes and no minutes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

On = Literal["public", "space", "local", "second", "everywhere", "unknown", "narrow", "nothing"]
"""Which Takes is attacked, see ``targets.py``; of ``nothing`` only a function or the settings."""


@dataclass(frozen=True)
class Result:
    """Whether the promise was kept, and the figure that says so."""

    held: bool
    figure: str


@dataclass(frozen=True)
class Attack:
    """``row`` is its number in the list of findings, or ``held`` for what was never broken."""

    row: str
    words: str
    on: On
    heavy: bool
    run: Callable[[Any], Result]

    @property
    def name(self) -> str:
        return self.run.__name__


ATTACKS: list[Attack] = []


def attack(
    row: str, words: str, *, on: On = "public", heavy: bool = False
) -> Callable[[Callable[[Any], Result]], Callable[[Any], Result]]:
    """Enters a function in the list. A heavy one is left to the slow lane."""

    def entered(run: Callable[[Any], Result]) -> Callable[[Any], Result]:
        ATTACKS.append(Attack(row, words, on, heavy, run))
        return run

    return entered


def every() -> list[Attack]:
    """All of them: first money, last what holds up the server that the others share."""
    from tests.attacks import crowds, door, local, money, slots, storage  # each enters its own

    order = [money.__name__, door.__name__, local.__name__, storage.__name__, crowds.__name__, slots.__name__]
    return sorted(ATTACKS, key=lambda each: (order.index(each.run.__module__), each.heavy))
