"""What the picker returns: what is ticked, and the options that are set there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from comparisons.ui.fields import MISFIT
from providers import InvalidRequest


@dataclass(frozen=True)
class Picked:
    """What is ticked in a picker and set there, as its script sends it.

    Attributes:
        refs: the variants, in the order in which they were ticked; from an opened plan also whole models and providers
            as the plan names them (``model:hailuo-2.3``).
        own: typed options of single variants, by reference and option; see ``own_options.py``.
        turn: the number of the last tick that is included here.
    """

    refs: list[str] = field(default_factory=list)
    own: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    turn: int = 0

    @classmethod
    def read(cls, value: Any) -> Picked:
        """The value that the script sent; nothing is picked in a value that is empty or None.

        Raises:
            InvalidRequest: the value does not have the form that the script sends.
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
