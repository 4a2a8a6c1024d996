"""How a session ended, and the figures that the sentence about it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from comparisons.records.budget import Balance


class End(StrEnum):
    """Why no more runs are added to a session."""

    ALL_MADE = "all made"
    """Every repeat of its plan was made."""
    PRECISE = "precise"
    """The stop rule was met: the medians are known as well as the plan wants."""
    MOST_MADE = "most made"
    """The stop rule was not met after as many repeats as the plan allows."""
    OVER_BUDGET = "over budget"
    """One more repeat could cost more than the plan's own budget has left."""
    UNTRIED = "untried"
    """All repeats were made, but some jobs were never tried, since the account's key or balance was refused."""
    STOPPED = "stopped"
    """A person stopped it."""
    OTHER = "other"
    """For a reason that an older version recorded, which is kept as its sentence."""

    @property
    def as_planned(self) -> bool:
        """Whether everything that the plan wants was made."""
        return self in (End.ALL_MADE, End.PRECISE)


@dataclass(frozen=True)
class Ending:
    """``how`` a session ended, after so many repeats were ``made``.

    Attributes:
        within_percent: the precision of each median that the stop rule asks for.
        untried: how many of its ``jobs`` were never tried.
        wanted: US dollars that one more repeat could have cost; None if nobody knew.
        balance: the state of the plan's budget at that moment.
        told: the sentence that an older version recorded, if its figures are not known otherwise.
    """

    how: End
    made: int = 0
    within_percent: float | None = None
    untried: int = 0
    jobs: int = 0
    wanted: Decimal | None = None
    balance: Balance | None = None
    told: str = ""

    def to_json(self) -> dict[str, Any]:
        """The figures that are known, without ``how``."""
        money = self.balance and {name: str(getattr(self.balance, name)) for name in ("limit", "spent", "reserved")}
        found = {
            "made": self.made,
            "within_percent": self.within_percent,
            "untried": self.untried,
            "jobs": self.jobs,
            "wanted": None if self.wanted is None else str(self.wanted),
            "balance": money,
            "told": self.told,
        }
        return {name: value for name, value in found.items() if value not in (None, 0, "")}

    @classmethod
    def from_json(cls, how: str, figures: Mapping[str, Any]) -> Ending:
        money, wanted = figures.get("balance"), figures.get("wanted")
        balance = None if money is None else Balance(**{name: Decimal(value) for name, value in money.items()})
        known = {**figures, "wanted": None if wanted is None else Decimal(wanted), "balance": balance}
        return cls(End(how), **known)
