"""When each job is polled next, by the latencies of its own kind: those in the ledger, and those seen since."""

from __future__ import annotations

import random
from collections.abc import Callable

from comparisons.engine.latency_model import KEPT, STARTING, LatencyHistory, Prior
from comparisons.engine.poll_interval import jittered, next_gap
from comparisons.ledger import Ledger
from comparisons.records import EventKind, Job
from providers import PROVIDERS

SANDBOX = Prior(14.0, 0.4)
"""What is believed of the sandbox's jobs before any was seen, at speed 1: queue and run take 6 to 23 s together."""

POLLS_A_SECOND = 120.0
"""The most polls that one process makes in a second. With hundreds of jobs the gaps grow to keep within it."""


class Schedule:
    """Poll times of one process. Every kind of job (see ``Plan.kind``) has its own history.

    Resumed jobs do not count, since no process watched them from beginning to end.

    Args:
        now: seconds of the clock that polls are planned by.
        sandbox_speed: how much faster than real the sandbox's jobs are.
    """

    def __init__(
        self, ledger: Ledger, rng: random.Random, now: Callable[[], float], sandbox_speed: float = 1.0
    ) -> None:
        self._ledger = ledger
        self._rng = rng
        self._now = now
        self._taken_to = 0.0
        self._sandbox = Prior(SANDBOX.median_s / sandbox_speed, SANDBOX.sigma)
        self._histories: dict[tuple[object, ...], LatencyHistory] = {}

    def gap(self, job: Job, age_s: float) -> float:
        """Seconds until the next poll of a job that its provider accepted ``age_s`` seconds ago."""
        if not job.resumed:
            self._history(job).runs(job.id, self._now() - age_s, age_s)
        least = PROVIDERS[job.plan.provider].poll_gap_s
        wanted = jittered(next_gap(age_s, self.believed(job), least), self._rng, least)
        return max(wanted, self._turn())

    def _turn(self) -> float:
        """Seconds until this process may poll again within ``POLLS_A_SECOND``."""
        now = self._now()
        self._taken_to = max(self._taken_to, now) + 1 / POLLS_A_SECOND
        return self._taken_to - now

    def believed(self, job: Job) -> Prior:
        """How long a job like this one is believed to take."""
        return self._history(job).believed()

    def learn(self, job: Job) -> None:
        """Adds the latency of a job that is done at its provider to the history of its kind."""
        accepted, done = job.last(EventKind.QUEUED), job.last(EventKind.SUCCEEDED)
        if accepted is None or done is None or job.resumed:
            return
        latency = done.at - done.data.get("uncertainty_s", 0.0) - accepted.at
        self._history(job).ended(job.id, accepted.at, latency)

    def _history(self, job: Job) -> LatencyHistory:
        kind = job.plan.kind
        if kind not in self._histories:
            starting = self._sandbox if job.plan.simulated else STARTING
            self._histories[kind] = LatencyHistory(starting, self._ledger.latencies(job.plan, KEPT))
        return self._histories[kind]
