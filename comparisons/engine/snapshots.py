"""How a provider's answer about a job is recorded, and how a job ends that failed there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from comparisons.engine._questions import Questions
from comparisons.engine.exchange import Pause
from comparisons.engine.recorder import Recorder
from comparisons.engine.retry_policy import REASON_S
from comparisons.net import NoReply, NotSent, Transport
from comparisons.records import EventKind, Job, money_to_json
from providers import PROVIDERS, JobStatus, Provider, Snapshot

ENDED = (JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELED)
"""A cost that a provider states with one of these is a bill; what it states earlier is an estimate."""


def known(snapshot: Snapshot, **more: Any) -> dict[str, Any]:
    """The data of an event about a snapshot: the fields that it has a value for, and ``more``."""
    said = {
        "said": snapshot.words,
        "queue_position": snapshot.queue_position,
        "progress": snapshot.progress,
        "billed": money_to_json(snapshot.billed) if snapshot.status in ENDED else None,
        "provider_s": _number(snapshot.provider_seconds),
        "provider_wait_s": _number(snapshot.provider_wait),
        "billed_units": _number(snapshot.units) if snapshot.status in ENDED else None,
        "request_id": snapshot.request_id,
        "prompt_used": snapshot.prompt_used,
        "seed_used": snapshot.seed,
    }
    return {key: value for key, value in said.items() if value is not None} | more


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


class Failures:
    """Records that jobs have failed or were canceled, when their providers say so."""

    def __init__(self, recorder: Recorder, wires: Callable[[Job], Transport], questions: Questions) -> None:
        self._recorder = recorder
        self._wires = wires
        self._questions = questions

    async def record(self, job: Job, snapshot: Snapshot) -> Job:
        """The job as failed or canceled, with the provider's reason if it gives one."""
        provider = PROVIDERS[job.plan.provider]
        if snapshot.status is JobStatus.FAILED:
            snapshot = replace(snapshot, error=await self._reason(job, provider) or snapshot.error)
        said = known(snapshot, error=_why(provider, snapshot))
        return await self._recorder.record(job, EventKind(snapshot.status), **said)

    async def _reason(self, job: Job, provider: Provider) -> str | None:
        """Why a job failed, where the provider says so in an answer of its own. Asked once, with a time limit."""
        asked = self._questions.result(job)
        if asked is None:
            return None
        try:
            async with asyncio.timeout(REASON_S):
                return provider.reason(await self._wires(job).send(provider.slug, asked))
        except (NotSent, NoReply, Pause, TimeoutError):
            return None


def _why(provider: Provider, snapshot: Snapshot) -> str:
    canceled = snapshot.status is JobStatus.CANCELED
    word = "canceled the job" if canceled else "reports a failure"
    return f"{provider.name} {word}: {snapshot.error or (snapshot.words if canceled else 'no reason given')}"
