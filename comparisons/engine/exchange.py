"""Putting a question to a provider until it is answered, with every step recorded first."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import Any, Literal, TypedDict, TypeVar

import httpx

from comparisons.clock import Clock
from comparisons.engine._turns import Turns
from comparisons.engine.concurrency import Places
from comparisons.engine.gate import Gate
from comparisons.engine.retry_policy import LEDGER_AGAIN_S, PATIENCE_S, Act, act_on, backoff
from comparisons.ledger import Ledger, LedgerError
from comparisons.net import NoReply, NotSent, Transport
from comparisons.records import BRINGS, NOT_ACCEPTED, Event, EventKind, Job, State
from providers import PROVIDERS, AuthRefused, BalanceRefused, Forbidden, ProviderError, RateLimited, Refused, TakesError

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]

URL = re.compile(r"https?(?::|%3a)(?:\\?/|%2f){2}\S+", re.IGNORECASE)
"""A URL, also as JSON or another URL spells it."""

BEFORE_A_JOB = ("upload", "submit")
"""Operations before the provider has a job: waiting in them is our doing, so it counts as held, not as latency."""
AGAIN = {"upload": EventKind.UPLOADING, "submit": EventKind.SUBMITTING}
"""The events by which a phase goes on after a wait."""


QUESTIONS_A_TURN = 2
"""How many jobs put their question in one turn of the loop, so that a thousand of them do not make it a long one."""


class Pause(Exception):
    """Our patience with a job has ended for now; the job's own state is untouched."""


class KeyNeeded(Pause):
    """It is paid with a typed key, which is not held any more."""


class StopAsked(Exception):
    """A person asked to stop a job that its provider has; the question at hand can wait."""


class Stopped(Exception):
    """A person stopped the job before anything was sent."""


async def exchange(wire: Transport, slug: str, request: httpx.Request, read: Callable[[httpx.Response], T]) -> T:
    """One question and its answer, read by the dialect.

    Raises:
        ProviderError: the answer is an error, or no documented answer.
        NotSent, NoReply: there is no answer.
    """
    reply = await wire.send(slug, request)
    try:
        refusal = PROVIDERS[slug].refused(reply)
        if refusal is not None:
            raise refusal
        return read(reply)
    except ProviderError as error:  # it is shown by more than the ledger, which leaves URLs out by itself
        error.args = (_without_urls(str(error)),)
        raise


class Asker:
    """Asks about jobs over one ledger. Live and simulated jobs have a transport each."""

    def __init__(
        self,
        ledger: Ledger,
        gate: Gate,
        wires: Callable[[Job], Transport],
        clock: Clock,
        sleep: Sleep,
        rng: random.Random,
        changed: Callable[[Job], None],
        trouble: Callable[[str], None],
    ) -> None:
        self._ledger = ledger
        self._gate = gate
        self._wires = wires
        self._clock = clock
        self._sleep = sleep
        self._rng = rng
        self._changed = changed
        self._trouble = trouble
        self._stops: dict[str, asyncio.Event] = {}
        self._turns = Turns(QUESTIONS_A_TURN)
        self._asleep: dict[str, asyncio.Task[Any]] = {}
        self._resting: dict[str, asyncio.Event] = {}
        self._unwritten: dict[str, Event] = {}
        self._places: dict[str, Places] = {}
        self.closing = False

    def stop(self, job_id: str) -> None:
        """Wakes a job whose stop was asked for in the ledger."""
        self._stop_event(job_id).set()
        self.wake(job_id)
        asleep = self._asleep.pop(job_id, None)  # once: who cancels it again means to end it
        if asleep is not None:
            asleep.cancel()

    def attend(self, job_id: str, places: Places) -> None:
        """Begins with a job; ``places`` are those at its provider."""
        self._places[job_id] = places

    def wake(self, job_id: str) -> None:
        """Ends the rest of a job whose clip is waited for."""
        if job_id in self._resting:
            self._resting[job_id].set()

    def rests(self, job_id: str = "") -> bool:
        """Whether the clip of a job, or of any, is waited for. From any thread."""
        return job_id in self._resting if job_id else bool(self._resting)

    def forget(self, job_id: str) -> None:
        """A job nobody works on any more needs no waking."""
        self._stops.pop(job_id, None)
        self._places.pop(job_id, None)
        self._unwritten.pop(job_id, None)

    async def ask(
        self, job: Job, op: str, request: httpx.Request, read: Callable[[httpx.Response], T]
    ) -> tuple[Job, T]:
        """The job as recorded since, and the answer. A request is written once, however often it is sent.

        Raises:
            ProviderError, NotSent, NoReply: as the retry table decides.
            Pause: patience has ended, or a question about a living job is refused.
        """
        wire, began, tries = self._wires(job), self._clock.now(), 0
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
                if op == "poll" and self._ledger.stop_asked(job.id):
                    raise StopAsked from error

    async def once(
        self, job: Job, op: str, request: httpx.Request, read: Callable[[httpx.Response], T]
    ) -> tuple[Job, T]:
        """As ``ask``, without asking again: for whoever waits in their own way.

        Raises:
            ProviderError, NotSent, NoReply: there is no answer.
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
        job = await self.record(job, EventKind.ATTEMPT, op=op, error=str(error), nothing_there=nothing_there)
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
        delay = self.jittered(backoff(tries, getattr(error, "retry_after", None)))
        provably_nothing = isinstance(error, (NotSent, RateLimited)) and not job.may_have_arrived
        if self._clock.now() - began + delay > PATIENCE_S[op]:
            if op in ("upload", "cancel") or (op == "submit" and provably_nothing):
                raise error
            raise _given_up(error)
        if op not in BEFORE_A_JOB:
            await self.pause(job, delay)
            return job
        state = State.PLANNED if op == "submit" and provably_nothing else None
        job = await self.record(job, EventKind.HELD, state=state, phase="held")
        await self.pause(job, delay)
        self.check(job)
        return await self.record(job, AGAIN[op], phase=op)

    def check(self, job: Job) -> None:
        """Whether a job that provably exists nowhere yet may go on.

        Raises:
            Stopped: a person asked to stop it. Untried: the provider refused the key for another one.
        """
        if job.state not in NOT_ACCEPTED or job.may_have_arrived:
            return
        if self._ledger.stop_asked(job.id):
            raise Stopped
        self._places[job.id].check(job.events[0].at)

    async def pause(self, job: Job, seconds: float) -> None:
        """Sleeps; wakes early, once, when the job is to be stopped. Few steps, as all jobs do this most of the time."""
        own = asyncio.current_task()
        if own is None or self._stop_event(job.id).is_set():
            await self._sleep(seconds)
            return
        self._asleep[job.id] = own
        try:
            await self._sleep(seconds)
        except asyncio.CancelledError:
            if not self._stop_event(job.id).is_set() or own.uncancel():
                raise
        finally:
            self._asleep.pop(job.id, None)

    async def rest(self, job: Job, seconds: float, phase: str | None, **data: Any) -> None:
        """Says that a clip is waited for, and sleeps until it is tried for again, or until ``wake``."""
        self._resting[job.id] = asyncio.Event()  # first: who hears of the event may ask at once whether it rests
        try:
            await self.record(job, EventKind.WAITING, phase=phase, **data)
            await _first(self._sleep(seconds), self._resting[job.id].wait())
        finally:
            del self._resting[job.id]

    def jittered(self, seconds: float) -> float:
        """Up to a tenth longer: what failed together is not tried again together."""
        return seconds * (1 + 0.1 * self._rng.random())

    async def enter(self, job: Job) -> None:
        """Waits for a place at the provider, which is ours to give; the caller leaves it. Only before a submit.

        Raises:
            Stopped: a person stopped it meanwhile. Untried: the provider refused the key meanwhile.
        """
        self.check(job)
        places = self._places[job.id]
        if places.free:
            await places.enter(job.id)
            return
        taken = asyncio.ensure_future(places.enter(job.id))
        await _first(taken, self._stop_event(job.id).wait())
        if not taken.done() or taken.cancelled():
            raise Stopped

    def _stop_event(self, job_id: str) -> asyncio.Event:
        return self._stops.setdefault(job_id, asyncio.Event())

    def latest(self, job: Job) -> Job:
        """The job as the ledger has it: an attempt that raised has recorded more than our copy shows."""
        return self._ledger.job(job.id) or job

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

        While the ledger cannot be written (a full disk, another program's lock) nothing else is done about the job,
        and what is known of it, such as its handle, is kept until it can.

        Args:
            state: what the event brings, where its kind alone does not say.

        Raises:
            LedgerError: it cannot, and the process is about to end.
            InvalidRequest: it is a submit that may not be; see ``gate.py``.
        """
        when = at if at is not None else max(self._clock.now(), job.last_at)
        storable = {key: _storable(key, value) for key, value in data.items()}
        event = Event(kind, when, state or BRINGS.get(kind), phase, storable)
        await self._write(job, event)
        job = job.after(event)
        self._changed(job)
        return job

    async def heard(self, job: Job, **data: Any) -> Job:
        """A poll says that the job is not done. One that says what the last one said is written with the next event.

        It announces no step of ours, and most polls are such. After a crash it is missing, and so is what happened
        since: the job's latency is then no measurement anyway.
        """
        last, storable = job.events[-1], {key: _storable(key, value) for key, value in data.items()}
        if last.kind != EventKind.POLLED or last.data != storable:
            return await self.record(job, EventKind.POLLED, **data)
        event = Event(EventKind.POLLED, max(self._clock.now(), job.last_at), None, None, storable)
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
                    self._ledger.record(job.id, *events)
            except LedgerError as error:
                await self.wait_for_ledger(error)
            else:
                self._trouble("")
                return


def _storable(key: str, value: Any) -> Any:
    """What a provider said, without its URLs (signed ones are credentials) and without halves of characters."""
    if not isinstance(value, str):
        return value
    whole = value.encode("utf-8", "replace").decode("utf-8")
    return _without_urls(whole) if key in ("error", "said") else whole


def _without_urls(text: str) -> str:
    return URL.sub("(a URL)", text)


def as_sentence(error: Exception) -> str:
    """What an error says, with one period at its end: providers' words may bring their own."""
    return f"{str(error).removesuffix('.')}."


class Account(TypedDict, total=False):
    """What an event says besides, where the account was refused."""

    account: Literal["balance", "key"]


def account(error: TakesError) -> Account:
    """What of the account was refused, if that is why: it says nothing of how reliable its provider is."""
    if isinstance(error, BalanceRefused):
        return {"account": "balance"}
    return {"account": "key"} if isinstance(error, AuthRefused) else {}


def _given_up(error: TakesError) -> Pause:
    return Pause(f"{as_sentence(error)} Takes stopped asking; resume goes on.")


def _keyed(job: Job) -> bool:
    return PROVIDERS[job.plan.provider].idempotency_s is not None


async def _first(*waits: Awaitable[Any]) -> None:
    """Waits until one is done and ends the others."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
