"""Writing down what happens to jobs, each step before the next one is taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from comparisons.clock import Clock
from comparisons.engine._urls import without_urls
from comparisons.engine.gate import Gate
from comparisons.engine.retry_policy import LEDGER_AGAIN_S
from comparisons.engine.waits import Sleep
from comparisons.ledger import Ledger, LedgerError
from comparisons.records import BRINGS, Event, EventKind, Job, State


class Recorder:
    """Records the events of jobs in one ledger, and tells whoever watches.

    Args:
        changed: called after every event with the job, which includes the event.
        trouble: called with a sentence when the ledger cannot be written, and with an empty one when it can.
    """

    def __init__(
        self,
        ledger: Ledger,
        gate: Gate,
        clock: Clock,
        sleep: Sleep,
        *,
        changed: Callable[[Job], None] = lambda job: None,
        trouble: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        self.ledger = ledger
        self.now = clock.now
        self._gate = gate
        self._sleep = sleep
        self._changed = changed
        self._trouble = trouble
        self._unwritten: dict[str, Event] = {}
        self.closing = False
        """True once the process is about to end: then nothing waits for the ledger any more."""

    def latest(self, job: Job) -> Job:
        """The job as the ledger has it. After an error that is more than in the caller's copy: tries are recorded."""
        return self.ledger.job(job.id) or job

    def forget(self, job_id: str) -> None:
        """Drops what is held for a job that nobody works on any more."""
        self._unwritten.pop(job_id, None)

    async def record(
        self,
        job: Job,
        kind: EventKind,
        *,
        at: float | None = None,
        state: State | None = None,
        phase: str | None = None,
        **data: Any,
    ) -> Job:
        """Writes an event to disk, then tells whoever watches. Times never run backwards within a job.

        While the ledger cannot be written (a full disk, another program's lock) this waits, and so does the job; what
        is known of it, such as its handle, is not lost.

        Args:
            at: when it happened, in seconds of the ledger's clock; now if not given.
            state: the state the job is in afterwards, where the event's kind alone does not say.
            phase: the phase that begins with the event, if one does.
            data: what the event keeps besides.

        Raises:
            LedgerError: the ledger cannot be written, and the process is about to end.
            InvalidRequest: it is a submit, and the gate refuses it; see ``gate.py``.
        """
        when = at if at is not None else max(self.now(), job.last_at)
        storable = {key: _storable(key, value) for key, value in data.items()}
        event = Event(kind, when, state or BRINGS.get(kind), phase, storable)
        await self._write(job, event)
        job = job.after(event)
        self._changed(job)
        return job

    async def heard(self, job: Job, **data: Any) -> Job:
        """Notes an answer to a poll that says the job is not done. One that says what the last one said is kept in
        memory, and written together with the job's next event.

        Most polls say nothing new, and no step of ours depends on them. If the process dies, the last of them is
        missing; the job's latency then counts as no measurement anyway.
        """
        last, storable = job.events[-1], {key: _storable(key, value) for key, value in data.items()}
        if last.kind != EventKind.POLLED or last.data != storable:
            return await self.record(job, EventKind.POLLED, **data)
        event = Event(EventKind.POLLED, max(self.now(), job.last_at), None, None, storable)
        job = job.after(event, instead=1 if self._unwritten.get(job.id) is last else 0)
        self._unwritten[job.id] = event
        self._changed(job)
        return job

    async def wait_for_ledger(self, error: LedgerError) -> None:
        """Says what is wrong, and waits a little; raises the error if the process is about to end."""
        if self.closing:
            raise error
        self._trouble(f"{error}. Jobs wait until it can be.")
        await self._sleep(LEDGER_AGAIN_S)

    async def _write(self, job: Job, event: Event) -> None:
        events = [self._unwritten.pop(job.id), event] if job.id in self._unwritten else [event]
        while True:
            try:
                if event.state == State.SUBMITTING:
                    self._gate.submit(job, events)
                else:
                    self.ledger.record(job.id, *events)
            except LedgerError as error:
                await self.wait_for_ledger(error)
            else:
                self._trouble("")
                return


def _storable(key: str, value: Any) -> Any:
    """A provider's text without URLs (signed ones are credentials) and without half of a surrogate pair, which UTF-8
    cannot hold. Anything else is returned unchanged."""
    if not isinstance(value, str):
        return value
    whole = value.encode("utf-8", "replace").decode("utf-8")
    return without_urls(whole) if key in ("error", "said", "prompt_used") else whole
