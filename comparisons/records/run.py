"""Jobs that belong together: a run, and a session of runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from comparisons.records.ending import Ending
from comparisons.records.job import Job, Plan
from providers import Value


@dataclass(frozen=True)
class Run:
    """The jobs of one press of Run, in the order they are shown.

    ``owner`` is the visitor it belongs to, empty for the host; ``budget`` what it may cost in US dollars, if limited.
    """

    id: str
    at: float
    prompt: str
    simulated: bool
    jobs: tuple[Job, ...]
    owner: str = ""
    budget: Decimal | None = None

    @property
    def done(self) -> bool:
        return all(job.done for job in self.jobs)

    @property
    def fullest(self) -> Plan:
        """The plan with the most images. A variant that takes no images was sent none of those that were asked."""
        return max((job.plan for job in self.jobs), key=lambda plan: len(plan.files))

    @property
    def asked_of_all(self) -> dict[str, Value]:
        """The options that were asked of every take; without those that were set for single variants."""
        first, *others = [(job.plan.asked or job.plan.sent).options for job in self.jobs]
        return {name: value for name, value in first.items() if all(of.get(name) == value for of in others)}


@dataclass(frozen=True)
class Placed:
    """A run of a benchmark session, with its place in the plan: the number of its request and of its repeat, from 0.

    A ``warm_up`` is made before the others and left out of the figures.
    """

    request: int
    repeat: int
    run: Run
    warm_up: bool = False

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The run's jobs that the plan made; without those that a person added, or that were tried again since."""
        planned = [job for job in self.run.jobs if "session" in job.events[0].data]
        anew = {job.events[0].data.get("instead_of") for job in planned}
        return tuple(job for job in planned if job.id not in anew)


@dataclass(frozen=True)
class Session:
    """A benchmark: many runs from one plan.

    ``plan`` is the plan's TOML as it was run; ``identity`` is the same for equal plans; ``facts`` is what must be known
    to judge its figures (versions, variants that could not take part, prices of the day); ``ending`` is why no more
    runs are added, None while some may be. ``deleted`` counts runs that were deleted since.
    """

    id: str
    at: float
    name: str
    plan: str
    identity: str
    simulated: bool
    live: bool
    owner: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    ending: Ending | None = None
    runs: tuple[Placed, ...] = ()
    deleted: int = 0

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The plan's jobs of all runs, in the order in which they are to begin; see ``Placed.jobs``."""
        jobs = (job for placed in self.runs for job in placed.jobs)
        return tuple(sorted(jobs, key=lambda job: job.events[0].data["start"]))

    @property
    def done(self) -> bool:
        return self.ending is not None and all(placed.run.done for placed in self.runs)
