"""Frozen values: jobs, runs, what they may cost, who asks, and votes. No I/O."""

from __future__ import annotations

from comparisons.records.budget import (
    DAY_S,
    Balance,
    Budget,
    OverBudget,
    Pot,
    Priced,
    check,
    dollars,
    micro,
    shortage,
    worst,
)
from comparisons.records.ending import End, Ending
from comparisons.records.job import AT_PROVIDER, PHASES, TERMINAL, Event, FramesGiven, Job, Plan, Wanted, money_to_json
from comparisons.records.media import MediaInfo, Odd, Result
from comparisons.records.person import HOST, Person
from comparisons.records.run import Placed, Run, Session
from comparisons.records.vote import Ballot, BallotKind, By, Pool, Shown, Verdict, Vote

__all__ = [
    "AT_PROVIDER",
    "DAY_S",
    "HOST",
    "PHASES",
    "TERMINAL",
    "Balance",
    "Ballot",
    "BallotKind",
    "Budget",
    "By",
    "End",
    "Ending",
    "Event",
    "FramesGiven",
    "Job",
    "MediaInfo",
    "Odd",
    "OverBudget",
    "Person",
    "Placed",
    "Plan",
    "Pool",
    "Pot",
    "Priced",
    "Result",
    "Run",
    "Session",
    "Shown",
    "Verdict",
    "Vote",
    "Wanted",
    "check",
    "dollars",
    "micro",
    "money_to_json",
    "shortage",
    "worst",
]
