"""The questions about a job that are asked again and again, each written once."""

from __future__ import annotations

import httpx

from comparisons.engine._sure import sure
from comparisons.records import Job
from providers import PROVIDERS


class Questions:
    """The requests that ask about jobs at their providers, kept until ``forget``."""

    def __init__(self) -> None:
        self._polls: dict[str, httpx.Request] = {}
        self._results: dict[str, httpx.Request | None] = {}

    def poll(self, job: Job) -> httpx.Request:
        """How it is."""
        if job.id not in self._polls:
            self._polls[job.id] = PROVIDERS[job.plan.provider].poll(sure(job.handle))
        return self._polls[job.id]

    def result(self, job: Job) -> httpx.Request | None:
        """Where its clip is, and why it failed; None where its provider says so in the answer to a poll."""
        if job.id not in self._results:
            self._results[job.id] = PROVIDERS[job.plan.provider].result(sure(job.handle))
        return self._results[job.id]

    def forget(self, job_id: str) -> None:
        self._polls.pop(job_id, None)
        self._results.pop(job_id, None)
