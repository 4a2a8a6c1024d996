"""The engine: takes one job as far as it can go.

::

    planned → submitting → queued → running → succeeded → delivered
                 │   │        └───────┴──→ failed | canceled          only on the provider's own word
                 │   └→ rejected      nothing started, nothing owed
                 └──→ uncertain       may be billed and we hold no handle: never resubmitted by code

Resuming a job is the same call as running it: ``advance`` does the next step that the job's state in the ledger calls
for. Every event is on disk before the step that it announces. There is no timeout status: when our patience ends, the
job keeps its state.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from comparisons.engine._questions import Questions
from comparisons.engine._sure import sure
from comparisons.engine.concurrency import Places, Untried
from comparisons.engine.delivery import Awaited, Delivery, is_asked, wait_s
from comparisons.engine.exchange import Pause, Stopped
from comparisons.engine.poll_scheduler import Schedule
from comparisons.engine.recorder import Recorder
from comparisons.engine.retrier import Retrier
from comparisons.engine.retry_policy import CLIP_PATIENCE_S
from comparisons.engine.snapshots import Failures
from comparisons.engine.submission import Submission
from comparisons.engine.waits import Waits
from comparisons.engine.watching import Watching
from comparisons.ledger import LedgerError
from comparisons.media import Media
from comparisons.net import Transport
from comparisons.records import CLIP_WISHES, NOT_FINISHED, PICKED_UP, EventKind, Job, State
from providers import Variant


class Engine:
    """Advances the jobs of one ledger.

    Args:
        wires: the transport of a job.
        clip_patience_s: for how many seconds one process waits for a clip that does not come.
    """

    def __init__(
        self,
        recorder: Recorder,
        waits: Waits,
        media: Media,
        wires: Callable[[Job], Transport],
        variants: tuple[Variant, ...],
        schedule: Schedule,
        clip_patience_s: float = CLIP_PATIENCE_S,
    ) -> None:
        self._recorder = recorder
        self._waits = waits
        self._retrier = retrier = Retrier(recorder, waits, wires)
        self._questions = questions = Questions()
        failures = Failures(recorder, wires, questions)
        self._submission = Submission(retrier, recorder, media, wires, variants)
        self._delivery = Delivery(retrier, recorder, media, wires, questions, failures)
        self._watching = Watching(retrier, recorder, waits, schedule, questions, self._delivery, failures)
        self._clip_patience_s = clip_patience_s

    async def advance(self, job: Job, places: Places) -> Job:
        """Takes a job to its end, or to the end of our patience. ``places`` are those at its provider.

        Where the ledger cannot be used, or the clip does not come, this waits and tries again.

        Raises:
            LedgerError: the ledger cannot be used, and the process is about to end.
        """
        self._retrier.attend(job.id, places)
        try:
            go_on = True
            while go_on:
                job, go_on = await self._as_far_as_it_goes(job, places)
            return job
        finally:
            parts = self._waits, self._retrier, self._recorder, self._delivery, self._questions, self._watching
            for part in parts:
                part.forget(job.id)

    async def _as_far_as_it_goes(self, job: Job, places: Places) -> tuple[Job, bool]:
        """Advances the job until it is over, paused or held up; gives it, and whether to call this again."""
        latest, record = self._recorder.latest, self._recorder.record
        try:
            job = latest(job)
            return await self._all_states(job, places), False
        except Stopped:
            job = latest(job)
            return await record(job, EventKind.CANCELED, error=_why_stopped(job)), False
        except Untried as error:
            return await record(latest(job), EventKind.REJECTED, error=str(error), account="key"), False
        except Awaited as awaited:
            return await self._wait_for_clip(latest(job), awaited)
        except Pause as pause:
            return await record(latest(job), EventKind.PAUSED, error=str(pause)), False
        except LedgerError as error:
            await self._recorder.wait_for_ledger(error)
            return job, True

    async def _wait_for_clip(self, job: Job, why: Awaited) -> tuple[Job, bool]:
        """Waits until the next try to get a clip; gives the job, and whether that try is to be made.

        A person may end the waiting, or have the next try at once. When our patience ends, the job is paused: the
        next start goes on with it.
        """
        stop_asked, record = self._recorder.ledger.stop_asked, self._recorder.record
        if not stop_asked(job.id) and not is_asked(job):
            now = self._recorder.now()
            began = sure(job.last(EventKind.SUCCEEDED, *PICKED_UP, *CLIP_WISHES)).at
            if now - began >= self._clip_patience_s:
                sentence = f"The clip is paid for and not here yet. {why} Resume, or a running page, goes on."
                return await record(job, EventKind.PAUSED, error=sentence), False
            delay = min(wait_s(began, now, why.least_s), began + self._clip_patience_s - now)
            await self._rest(job, self._waits.jittered(delay), why)
        if stop_asked(job.id):
            sentence = f"The clip is paid for and not waited for any more; resume goes on. {why}"
            return await record(job, EventKind.PAUSED, error=sentence), False
        job = self._recorder.latest(job)
        before = next(event.phase for event in reversed(job.events) if event.phase not in (None, "held"))
        return await record(job, EventKind.FETCHING, phase=before), True

    async def _rest(self, job: Job, delay: float, why: Awaited) -> None:
        """Records that the clip is waited for, and waits ``delay`` seconds, or until somebody wakes the job."""
        phase, next_at = "held" if why.ours else None, self._recorder.now() + delay
        waiting = self._recorder.record(job, EventKind.WAITING, phase=phase, error=str(why), next_at=next_at)
        await self._waits.rest(job.id, delay, waiting)

    async def _all_states(self, job: Job, places: Places) -> Job:
        if job.state == State.PLANNED:
            await self._retrier.enter(job)
            try:
                job = await self._walk(job, NOT_FINISHED)
            finally:
                places.leave()
        job = await self._walk(job, NOT_FINISHED)  # found at the provider after a restart: it has its place there
        return await self._walk(job, {State.SUCCEEDED})

    async def _walk(self, job: Job, states: Collection[State]) -> Job:
        steps = {
            State.PLANNED: self._submission.begin,
            State.SUBMITTING: self._submission.recover,
            State.QUEUED: self._watching.poll,
            State.RUNNING: self._watching.poll,
            State.SUCCEEDED: self._delivery.deliver,
        }
        while job.state in states:
            job = await steps[job.state](job)
        return job

    def end(self) -> None:
        """Tells the engine that the process is about to end: from now on nothing waits for the ledger."""
        self._recorder.closing = True

    def stop(self, job_id: str) -> None:
        """Wakes a job whose stop was asked for in the ledger."""
        self._waits.stop(job_id)

    def wake_clip(self, job_id: str) -> None:
        """Ends the wait for a job's clip: somebody wants a try now, handed the clip in, or wants the tries to end."""
        self._waits.wake(job_id)

    def waits_for_clip(self, job_id: str = "") -> bool:
        """Whether a job (any job, if none is named) only waits for the next try to get its clip. From any thread."""
        return self._waits.rests(job_id)


def _why_stopped(job: Job) -> str:
    """Why a job ended before anything of it was sent: a person stopped it, or it made room for others."""
    if any(event.kind == EventKind.STOP and event.data.get("for_room") for event in job.events):
        return "Stopped before anything was sent: too many people were waiting for the sandbox."
    return "Stopped before anything was sent."
