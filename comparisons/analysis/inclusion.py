"""Which jobs of a session its figures are made of, and why each of the others is left out."""

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

    ``AGAIN``: a person took it again; ``ANEW``: it was tried again, since the account of the one before was refused;
    ``WRITTEN_OFF``: it was never answered, and a person said that it was not charged; ``UNTRIED``: it was never sent,
    or refused for its account; ``RESUMED``: nobody watched a part of it; ``BY_HAND``: a person brought its clip.
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
"""Why a job is not one of those that the plan counts."""
LATENCIES_ONLY = (ExclusionReason.RESUMED, ExclusionReason.BY_HAND)


@dataclass(frozen=True)
class Excluded:
    """A job that a figure leaves out: all figures, or all but the cost if it ``may_cost``, or just the latencies.

    ``job`` is None, and ``variant`` empty, for ``count`` runs that were deleted.
    """

    job: str | None
    variant: str
    reason: ExclusionReason
    count: int = 1
    may_cost: bool = False

    @property
    def latency_only(self) -> bool:
        """Whether just the latencies leave it out."""
        return self.reason in LATENCIES_ONLY


@dataclass(frozen=True)
class PlannedJob:
    """A job that the plan counts, the request it is of, and in ``out`` why no figure has it; None if one does."""

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
        """Whether it may be billed, though it brought no clip and tells nothing of its provider."""
        may_be_late = self.out in (ExclusionReason.STOPPED, ExclusionReason.OPEN)
        return self.out is ExclusionReason.UNCERTAIN or (may_be_late and _stopped_late(self.job))

    @cached_property
    def samples(self) -> Mapping[str, Sample]:
        """Its latencies by series; they mean something only if it was ``timed``."""
        return samples_of(self.job)


def sorted_out(session: Session) -> tuple[list[PlannedJob], list[Excluded]]:
    """The jobs that the plan counts, and those that some figure leaves out, in the plan's order.

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
    """Why no figure has it; None if one does.

    A canceled job that nobody here asked to stop is the provider's doing and counts as a failure. A refused one was
    tried if anything of it was sent.
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
    """Why no latency has a job that is in the other figures; None if one does."""
    if job.state != State.DELIVERED:
        return None
    return ExclusionReason.BY_HAND if job.by_hand else ExclusionReason.RESUMED if job.resumed else None


def _stopped_late(job: Job) -> bool:
    """Whether a person stopped it once it had been sent: it was canceled there, or is just not waited for any more."""
    asked = job.last(EventKind.STOP, EventKind.RESUMED)
    given_up = job.done or (asked is not None and asked.kind == EventKind.STOP)
    return given_up and job.may_have_arrived and not job.owes_nothing
