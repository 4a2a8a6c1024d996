"""Simulated jobs, what they cost, and when they are done: a pure function of the time asked about."""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from providers.sandbox._clips import ClipSpec
from providers.sandbox._hosting import Handout


class Phase(StrEnum):
    """Where a simulated job is, in no vendor's words."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True)
class JobTimes:
    """Seconds a provider's jobs wait and run at speed 1, each a (shortest, longest) range."""

    queue: tuple[float, float]
    run: tuple[float, float]


@dataclass(frozen=True)
class Hook:
    """Where a job's webhooks go, and the events that were asked for; no URL: nowhere, no events: the vendor's usual."""

    url: str = ""
    events: tuple[str, ...] = ()


NO_HOOK = Hook()


@dataclass(frozen=True)
class Order:
    """What a submit handler asks the world to make. ``amount`` None: the vendor publishes no price."""

    id: str
    provider: str
    endpoint: str
    key: str
    latency: JobTimes
    clip: ClipSpec
    amount: Decimal | None = None
    currency: str | None = None
    body: Mapping[str, object] = field(default_factory=dict)
    refused: str | None = None
    hook: Hook = NO_HOOK


def hashed(text: str) -> str:
    """A key or a prompt as it may be kept."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


@dataclass
class SimJob:
    """One accepted job; times are world seconds. ``key`` is hashed, since a journal may keep it."""

    id: str
    provider: str
    endpoint: str
    key: str
    prompt: str
    duration: int
    body: Mapping[str, object]
    amount: Decimal | None
    currency: str | None
    accepted_at: float
    queue_s: float
    run_s: float
    dice: float
    refused: str | None = None
    stuck_until: float = -math.inf
    canceled_at: float | None = None
    rendered_at: float | None = None
    clip: Path | None = None
    url_version: int = 1
    handout: Handout = field(default_factory=Handout)
    downloads: int = 0
    other_form: bool | None = None
    hook: Hook = NO_HOOK

    def is_of(self, key: str) -> bool:
        """Whether it was submitted with this key."""
        return self.key == hashed(key)

    def varies(self, what: str, share: float) -> bool:
        """Whether replies about this job say ``what`` in the vendor's rarer form, as a share of them do."""
        if self.other_form is not None:
            return self.other_form
        return random.Random(f"{self.dice}:{what}").random() < share

    @property
    def started_at(self) -> float:
        return max(self.accepted_at + self.queue_s, self.stuck_until)

    @property
    def ended_at(self) -> float:
        """When it is over; infinite while its clip is still being rendered."""
        if self.canceled_at is not None:
            return self.canceled_at
        over = self.started_at + self.run_s
        if self.rendered_at is not None:
            return max(over, self.rendered_at)
        return over if self.refused else math.inf

    def phase(self, now: float) -> Phase:
        if self.canceled_at is not None:
            return Phase.CANCELED
        if now < self.started_at:
            return Phase.QUEUED
        if now < self.ended_at:
            return Phase.RUNNING
        return Phase.FAILED if self.refused else Phase.SUCCEEDED

    def progress(self, now: float) -> float:
        """0..1 of the running time; never 1 before the end."""
        if now >= self.ended_at:
            return 1.0
        return min(max((now - self.started_at) / self.run_s, 0.0), 0.99) if self.run_s else 0.0

    def signature(self) -> str:
        """The token a clip's URL carries; a new ``url_version`` makes older URLs expire."""
        return hashlib.sha256(f"{self.id}:{self.url_version}".encode()).hexdigest()[:24]

    def answers_at_first(self, now: float) -> int | str | None:
        """What a download gets in place of the clip at first: a status or a wrong body. None: it gets the clip."""
        hosted = self.handout
        over = now >= self.ended_at + hosted.seconds or self.downloads >= hosted.requests
        return None if over else hosted.first

    def charges(self, now: float) -> int:
        """How often this job is billed: vendors give the money back for what fails, or is canceled before it runs."""
        if self.canceled_at is not None:
            return int(self.canceled_at >= self.started_at)
        return int(self.phase(now) is not Phase.FAILED)


def described(job: SimJob, now: float) -> dict[str, object]:
    phase = job.phase(now)
    begun = phase is not Phase.CANCELED and now >= job.started_at
    return {
        "provider": job.provider,
        "id": job.id,
        "status": str(phase),
        "charged": job.charges(now),
        "amount": None if job.amount is None else str(job.amount),
        "currency": job.currency,
        "accepted_at": job.accepted_at,
        "started_at": job.started_at if begun else None,
        "finished_at": job.ended_at if now >= job.ended_at else None,
        "endpoint": job.endpoint,
    }
