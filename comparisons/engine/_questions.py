"""The requests about a job that are sent again and again, each built once."""

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
        """The request that asks for the job's status."""
        if job.id not in self._polls:
            self._polls[job.id] = PROVIDERS[job.plan.provider].poll(sure(job.handle))
        return self._polls[job.id]

    def result(self, job: Job) -> httpx.Request | None:
        """The request that asks where the job's clip is, or why it failed.

        None for a provider that says both in its answer to a poll.
        """
        if job.id not in self._results:
            self._results[job.id] = PROVIDERS[job.plan.provider].result(sure(job.handle))
        return self._results[job.id]

    def forget(self, job_id: str) -> None:
        self._polls.pop(job_id, None)
        self._results.pop(job_id, None)
