"""Which jobs count in a session's figures, and why the others are left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property

from comparisons.analysis.latencies import samples_of
from comparisons.analysis.samples import Sample
from comparisons.records import EventKind, Job, Placed, Session, State


class ExclusionReason(Enum):
    """Why a figure leaves a job out.

    ``AGAIN``: a person added it to the run afterwards; ``ANEW``: its account was refused, and another job was tried in
    its place; ``OPEN``: it is not over; ``WRITTEN_OFF``: it was never answered, and a person said that it was not
    charged; ``UNTRIED``: it was never sent, or its account was refused; ``RESUMED``: nobody watched it for a while;
    ``BY_HAND``: a person handed its clip in.
    """

    WARM_UP = auto()
    AGAIN = auto()
    ANEW = auto()
    OPEN = auto()
    STOPPED = auto()
    UNCERTAIN = auto()
    WRITTEN_OFF = auto()
    UNTRIED = auto()
    RESUMED = auto()
    BY_HAND = auto()
    DELETED = auto()


BESIDE_THE_PLAN = (ExclusionReason.WARM_UP, ExclusionReason.AGAIN, ExclusionReason.ANEW)
"""Jobs left out for one of these do not count as jobs of the plan."""
LATENCIES_ONLY = (ExclusionReason.RESUMED, ExclusionReason.BY_HAND)
"""Jobs left out for one of these are left out of the latencies only."""


@dataclass(frozen=True)
class Excluded:
    """A job that is left out of all figures; of all but the cost, if it ``may_cost``; or of the latencies only.

    For runs that were deleted, ``job`` is None, ``variant`` is empty and ``count`` says how many.
    """

    job: str | None
    variant: str
    reason: ExclusionReason
    count: int = 1
    may_cost: bool = False

    @property
    def latency_only(self) -> bool:
        """Whether it is left out of the latencies only."""
        return self.reason in LATENCIES_ONLY


@dataclass(frozen=True)
class PlannedJob:
    """A job of the plan, and its request. ``out``: why it is in no figure; None if it is in some."""

    job: Job
    request: str
    out: ExclusionReason | None

    @property
    def delivered(self) -> bool:
        """Whether it is in the figures, with a clip."""
        return self.out is None and self.job.state == State.DELIVERED

    @property
    def timed(self) -> bool:
        """Whether it is in the latencies: delivered, and watched throughout."""
        return self.delivered and not self.job.resumed and not self.job.by_hand

    @property
    def may_cost(self) -> bool:
        """Whether it may be billed although it is in no figure but the cost."""
        may_be_late = self.out in (ExclusionReason.STOPPED, ExclusionReason.OPEN)
        return self.out is ExclusionReason.UNCERTAIN or (may_be_late and _stopped_late(self.job))

    @cached_property
    def samples(self) -> Mapping[str, Sample]:
        """Its latencies by series, in seconds; only meaningful if it is ``timed``."""
        return samples_of(self.job)


def sorted_out(session: Session) -> tuple[list[PlannedJob], list[Excluded]]:
    """The jobs of the plan, and those that are left out of some figure, in the plan's order.

    Raises:
        ValueError: simulated and live jobs are mixed.
    """
    planned, excluded = [], []
    for placed in session.runs:
        for job in placed.run.jobs:
            if (job.plan.simulated, job.plan.live) != (session.simulated, session.live):
                raise ValueError(f"Session {session.id} mixes simulated and live jobs: {job.id} is of another kind.")
            each = PlannedJob(job, str(placed.request), _out_of_all(job, placed))
            if each.out not in BESIDE_THE_PLAN:
                planned.append(each)
            reason = each.out or _out_of_latencies(job)
            if reason is not None:
                excluded.append(Excluded(job.id, job.plan.variant, reason, may_cost=each.may_cost))
    if session.deleted:
        excluded.append(Excluded(None, "", ExclusionReason.DELETED, count=session.deleted))
    return planned, excluded


def _out_of_all(job: Job, placed: Placed) -> ExclusionReason | None:
    """Why a job is in no figure; None if it is in some.

    A canceled job that nobody here asked to stop was canceled by its provider, and counts as a failure. A rejected one
    counts as tried if anything of it was sent.
    """
    stopped = job.last(EventKind.STOP) is not None or job.handle is None
    sent = job.last(EventKind.SUBMITTING, EventKind.ATTEMPT) is not None
    why = {
        ExclusionReason.ANEW: job not in placed.jobs and "session" in job.events[0].data,
        ExclusionReason.AGAIN: job not in placed.jobs,
        ExclusionReason.WARM_UP: placed.warm_up,
        ExclusionReason.OPEN: not job.done,
        ExclusionReason.UNCERTAIN: job.state == State.UNCERTAIN,
        ExclusionReason.STOPPED: job.state == State.CANCELED and stopped,
        ExclusionReason.WRITTEN_OFF: job.state == State.REJECTED and job.last(EventKind.NOT_CHARGED) is not None,
        ExclusionReason.UNTRIED: job.refused_account or (job.state == State.REJECTED and not sent),
    }
    return next((reason for reason, holds in why.items() if holds), None)


def _out_of_latencies(job: Job) -> ExclusionReason | None:
    """Why a job that is in the other figures is not in the latencies; None if it is, or has no clip."""
    if job.state != State.DELIVERED:
        return None
    return ExclusionReason.BY_HAND if job.by_hand else ExclusionReason.RESUMED if job.resumed else None


def _stopped_late(job: Job) -> bool:
    """Whether a person stopped it after it may have been sent, so that it may be billed."""
    asked = job.last(EventKind.STOP, EventKind.RESUMED)
    given_up = job.done or (asked is not None and asked.kind == EventKind.STOP)
    return given_up and job.may_have_arrived and not job.owes_nothing
