"""What comes back from the picker: what is ticked, and what is set there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from comparisons.ui.fields import MISFIT
from providers import InvalidRequest


@dataclass(frozen=True)
class Picked:
    """What is ticked in a picker and set there, as its script tells.

    Attributes:
        refs: the variants, in the order in which they were ticked; of a plan that was opened also whole models and
            providers, as it names them.
        own: what is asked of single variants alone, by reference and option, as it was typed; see ``own_options.py``.
        turn: the number of the last tick that this includes.
    """

    refs: list[str] = field(default_factory=list)
    own: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    turn: int = 0

    @classmethod
    def read(cls, value: Any) -> Picked:
        """Nothing, before the script told anything.

        Raises:
            InvalidRequest: it is nothing that the script tells.
        """
        told = value or {}
        if not isinstance(told, dict):
            raise InvalidRequest(MISFIT)
        refs, own, turn = told.get("chosen", []), told.get("own", {}), told.get("turn", 0)
        if not isinstance(refs, list) or not all(isinstance(ref, str) for ref in refs) or not isinstance(turn, int):
            raise InvalidRequest(MISFIT)
        if not isinstance(own, dict) or not all(isinstance(of, dict) for of in own.values()):
            raise InvalidRequest(MISFIT)
        if not all(isinstance(text, str) for of in own.values() for text in of.values()):
            raise InvalidRequest(MISFIT)
        return cls(list(dict.fromkeys(refs)), own, turn)
