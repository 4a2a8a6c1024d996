"""Watching a job at its provider: it is polled until it is done, and canceled if a person asked to stop it."""

from __future__ import annotations

from dataclasses import asdict, replace

import httpx

from comparisons.engine._questions import Questions
from comparisons.engine._stops import Stops
from comparisons.engine._sure import sure
from comparisons.engine.delivery import Delivery
from comparisons.engine.exchange import Pause, StopAsked
from comparisons.engine.poll_scheduler import Schedule
from comparisons.engine.recorder import Recorder
from comparisons.engine.retrier import Retrier
from comparisons.engine.retry_policy import WATCH_S
from comparisons.engine.snapshots import Failures, known
from comparisons.engine.waits import Waits
from comparisons.records import ACCEPTED, NOT_DONE, EventKind, Job, State
from providers import PROVIDERS, Canceled, Handle, JobStatus, NotFound, Provider, Snapshot, TakesError


class Watching:
    """Polls the jobs that their providers have, at the times that the schedule gives."""

    def __init__(
        self,
        retrier: Retrier,
        recorder: Recorder,
        waits: Waits,
        schedule: Schedule,
        questions: Questions,
        delivery: Delivery,
        failures: Failures,
    ) -> None:
        self._retrier = retrier
        self._recorder = recorder
        self._record = recorder.record
        self._waits = waits
        self._schedule = schedule
        self._questions = questions
        self._delivery = delivery
        self._failures = failures
        self._stops = Stops(recorder, waits)

    def forget(self, job_id: str) -> None:
        """Ends with a job that nobody works on any more."""
        self._stops.forget(job_id)

    async def poll(self, job: Job) -> Job:
        """Polls once and records the answer. If a person asked to stop the job, the provider is asked to cancel first.

        Raises:
            Pause: our patience has ended, or the provider cannot cancel a job that is to be stopped.
        """
        provider, now = PROVIDERS[job.plan.provider], self._recorder.now()
        if self._stops.asked(job.id):
            job = await self._cancel(job, provider, sure(job.handle))
            if job.done:
                return job
        watched_from = job.last(*ACCEPTED, EventKind.RESUMED)
        if now - (watched_from.at if watched_from else now) > WATCH_S:
            raise Pause(f"Still {job.state} at {provider.name} after {WATCH_S / 60:.0f} minutes; resume goes on.")
        accepted = job.last(*ACCEPTED)
        await self._waits.pause(job.id, self._schedule.gap(job, now - (accepted.at if accepted else now)))
        try:
            job, snapshot = await self._retrier.ask(job, "poll", self._questions.poll(job), provider.polled)
        except StopAsked:
            return self._recorder.latest(job)
        except Pause as pause:
            job = self._recorder.latest(job)
            if not _was_deleted(job, provider, pause):
                raise
            words = f"Stopped: {provider.name} was asked to cancel it, and does not know it any more."
            return await self._record(job, EventKind.CANCELED, error=words)
        return await self._said(job, snapshot)

    async def _said(self, job: Job, snapshot: Snapshot) -> Job:
        """Records what a poll says of the job."""
        status = snapshot.status
        if status in (JobStatus.FAILED, JobStatus.CANCELED):
            return await self._failures.record(job, snapshot)
        if status is JobStatus.SUCCEEDED:
            return await self._finished(job, snapshot)
        if status is JobStatus.RUNNING and job.state == State.QUEUED:
            return await self._record(job, EventKind.RUNNING, phase="generate", **known(snapshot))
        return await self._recorder.heard(job, **known(snapshot))

    async def _finished(self, job: Job, snapshot: Snapshot) -> Job:
        """Records that the job is done at its provider. It ended at an unknown time since the last "not done"."""
        now = max(self._recorder.now(), job.last_at)
        before = sure(job.last(*NOT_DONE)).at
        if job.state == State.QUEUED:  # never seen running: it ran within the last gap
            job = await self._record(job, EventKind.RUNNING, at=before, phase="generate")
        self._delivery.heard(job, snapshot.clip_urls)
        said = known(snapshot, uncertainty_s=max(0.0, now - before) / 2)
        result = self._questions.result(job)
        if snapshot.told:
            handle = sure(job.handle)
            handle = replace(handle, told={**handle.told, **snapshot.told})
            said["handle"], result = asdict(handle), PROVIDERS[job.plan.provider].result(handle)
            self._questions.forget(job.id)  # they were built with the old handle
        phase = "download" if result is None else "result"
        job = await self._record(job, EventKind.SUCCEEDED, at=now, phase=phase, **said)
        self._schedule.learn(job)
        return job

    async def _cancel(self, job: Job, provider: Provider, handle: Handle) -> Job:
        """Asks the provider to cancel the job; where it cannot, raises ``Pause``, which says so."""
        cancel = provider.cancel(handle)
        if cancel is None:
            raise Pause(
                f"Stopped waiting: {provider.name} cannot cancel, so it may still be billed. Resume fetches it."
            )
        try:
            job, outcome = await self._outcome(job, provider, cancel)
        except (TakesError, Pause) as error:
            raise Pause(f"Stopped waiting: the cancel was not confirmed, so it may still be billed. {error}") from error
        if outcome is Canceled.CANCELED:
            sentence = f"Stopped: {provider.name} canceled it."
            return await self._record(job, EventKind.CANCELED, outcome=str(outcome), error=sentence)
        return await self._record(job, EventKind.CANCEL, outcome=str(outcome))

    async def _outcome(self, job: Job, provider: Provider, cancel: httpx.Request) -> tuple[Job, Canceled]:
        """Sends the cancel; returns the job and the outcome.

        At a provider whose cancel would delete a finished clip, it is sent only while a poll says that the job is
        in one of the states of ``Provider.cancel_while``.
        """
        if provider.cancel_while is None:
            return await self._retrier.ask(job, "cancel", cancel, provider.canceled)
        job, seen = await self._retrier.ask(job, "cancel", self._questions.poll(job), provider.polled)
        if seen.status not in provider.cancel_while:
            return job, Canceled.TOO_LATE  # the next poll says what became of it
        return await self._retrier.once(job, "cancel", cancel, provider.canceled)


def _was_deleted(job: Job, provider: Provider, pause: Pause) -> bool:
    """Whether a cancel with a lost answer has taken effect: a job that it deletes was unknown until patience ended.

    Of a server of one's own alone: at a vendor the clip may be paid for, and a "not found" may pass.
    """
    may_be_deleted = provider.own_server and provider.cancel(sure(job.handle)) is not None
    return may_be_deleted and job.last(EventKind.STOP) is not None and isinstance(pause.__cause__, NotFound)
