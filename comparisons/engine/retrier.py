"""Putting a question to a provider until it is answered, as the retry table says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import nullcontext
from typing import TypeVar

import httpx

from comparisons.engine._turns import Turns
from comparisons.engine.concurrency import Places
from comparisons.engine.exchange import Pause, StopAsked, Stopped, as_sentence, exchange
from comparisons.engine.recorder import Recorder
from comparisons.engine.retry_policy import PATIENCE_S, Act, act_on, backoff
from comparisons.engine.waits import Waits, first_of
from comparisons.net import NoReply, NotSent, Transport
from comparisons.records import NOT_ACCEPTED, EventKind, Job, State
from providers import PROVIDERS, AuthRefused, Forbidden, ProviderError, RateLimited, Refused, TakesError

T = TypeVar("T")
BEFORE_A_JOB = ("upload", "submit")
"""Operations before the provider has the job. A wait between their tries counts as held, not as its latency."""
AGAIN = {"upload": EventKind.UPLOADING, "submit": EventKind.SUBMITTING}
"""The event that begins a phase again after such a wait, by operation."""
QUESTIONS_A_TURN = 2
"""How many jobs send a request in one turn of the event loop, so that a thousand of them do not hold up all else."""


class Retrier:
    """Asks about jobs. Live and simulated jobs have a transport each."""

    def __init__(self, recorder: Recorder, waits: Waits, wires: Callable[[Job], Transport]) -> None:
        self._recorder = recorder
        self._waits = waits
        self._wires = wires
        self._turns = Turns(QUESTIONS_A_TURN)
        self._places: dict[str, Places] = {}

    def attend(self, job_id: str, places: Places) -> None:
        """Prepares for questions about a job; ``places`` are those at its provider. To be ended with ``forget``."""
        self._places[job_id] = places

    def forget(self, job_id: str) -> None:
        """Drops what is held for a job that nobody works on any more."""
        self._places.pop(job_id, None)

    async def ask(
        self, job: Job, op: str, request: httpx.Request, read: Callable[[httpx.Response], T]
    ) -> tuple[Job, T]:
        """Sends a request until it is answered; gives the job with what was recorded meanwhile, and the answer.

        Args:
            op: the operation, a key of the retry table: upload, submit, poll or cancel.
            read: makes the answer of the HTTP response.

        Raises:
            ProviderError, NotSent, NoReply: the retry table says to stop.
            Pause: our patience has ended, or a poll is refused.
            StopAsked: a person asked to stop the job while a poll was not answered.
            Stopped, Untried: as ``check``, during a wait before the provider has the job.
        """
        wire, began, tries = self._wires(job), self._recorder.now(), 0
        while True:
            try:
                return job, await self._exchanged(job, wire, op, request, read)
            except (ProviderError, NotSent, NoReply) as error:
                tries += 1
                job = await self._missed(job, op, error)
                if act_on(op, error, keyed=_keyed(job)) is Act.STOP:
                    if op == "poll":
                        raise _given_up(error) from error
                    raise
                job = await self._wait_out(job, op, error, tries, began)
                if op == "poll" and self._recorder.ledger.stop_asked(job.id):
                    raise StopAsked from error

    async def once(
        self, job: Job, op: str, request: httpx.Request, read: Callable[[httpx.Response], T]
    ) -> tuple[Job, T]:
        """As ``ask``, with one try only: the caller decides whether to ask again.

        Raises:
            ProviderError, NotSent, NoReply: there is no answer, or it is an error.
        """
        try:
            return job, await self._exchanged(job, self._wires(job), op, request, read)
        except (ProviderError, NotSent, NoReply) as error:
            await self._missed(job, op, error)
            raise

    async def _exchanged(
        self, job: Job, wire: Transport, op: str, request: httpx.Request, read: Callable[[httpx.Response], T]
    ) -> T:
        async with self._places[job.id].sending if op in BEFORE_A_JOB else nullcontext():
            await self._turns.take()
            return await exchange(wire, job.plan.provider, request, read)

    async def _missed(self, job: Job, op: str, error: TakesError) -> Job:
        nothing_there = isinstance(error, (NotSent, Refused))
        job = await self._recorder.record(job, EventKind.ATTEMPT, op=op, error=str(error), nothing_there=nothing_there)
        self._heed(job, op, error)
        return job

    def _heed(self, job: Job, op: str, error: TakesError) -> None:
        """What an error means for the other jobs of the same key."""
        places = self._places[job.id]
        if isinstance(error, RateLimited):
            places.too_many()
        if isinstance(error, AuthRefused) and not isinstance(error, Forbidden) and op in BEFORE_A_JOB:
            name = PROVIDERS[job.plan.provider].name
            places.refuse(f"{name} refused the key for another take, so this one was not sent.")

    async def _wait_out(self, job: Job, op: str, error: TakesError, tries: int, began: float) -> Job:
        """Waits before the next try, unless that would outlast our patience."""
        delay = self._waits.jittered(backoff(tries, getattr(error, "retry_after", None)))
        provably_nothing = isinstance(error, (NotSent, RateLimited)) and not job.may_have_arrived
        if self._recorder.now() - began + delay > PATIENCE_S[op]:
            if op in ("upload", "cancel") or (op == "submit" and provably_nothing):
                raise error
            raise _given_up(error) from error
        if op not in BEFORE_A_JOB:
            await self._waits.pause(job.id, delay)
            return job
        state = State.PLANNED if op == "submit" and provably_nothing else None
        job = await self._recorder.record(job, EventKind.HELD, state=state, phase="held")
        await self._waits.pause(job.id, delay)
        self.check(job)
        return await self._recorder.record(job, AGAIN[op], phase=op)

    def check(self, job: Job) -> None:
        """Checks that a job may go on to its submit. Does nothing once a submit of it may have arrived.

        Raises:
            Stopped: a person asked to stop it.
            Untried: the provider refused the key for another job.
        """
        if job.state not in NOT_ACCEPTED or job.may_have_arrived:
            return
        if self._recorder.ledger.stop_asked(job.id):
            raise Stopped
        self._places[job.id].check(job.events[0].at)

    async def enter(self, job: Job) -> None:
        """Waits for a place at the provider, before the job is submitted. The caller must give it back (``leave``).

        Raises:
            Stopped: a person stopped the job meanwhile.
            Untried: the provider refused the key for another job.
        """
        self.check(job)
        places = self._places[job.id]
        if places.free:
            await places.enter(job.id)
            return
        taken = asyncio.ensure_future(places.enter(job.id))
        await first_of(taken, self._waits.stopped(job.id).wait())
        if not taken.done() or taken.cancelled():
            raise Stopped


def _given_up(error: TakesError) -> Pause:
    return Pause(f"{as_sentence(error)} Takes stopped asking; resume goes on.")


def _keyed(job: Job) -> bool:
    return PROVIDERS[job.plan.provider].idempotency_s is not None
