"""The engine: takes one job as far as it can go.

::

    planned → submitting → queued → running → succeeded → delivered
                 │   │        └───────┴──→ failed | canceled          only on the provider's own word
                 │   └→ rejected      nothing started, nothing owed
                 └──→ uncertain       may be billed and we hold no handle: never resubmitted by code

Resume is the same call as run: ``advance`` does the next thing the ledger says. Every event is on disk
before the step it announces. There is no timeout status: our patience ends, and the job stays as it is.
"""

from __future__ import annotations

import asyncio
import functools
import random
from collections.abc import Callable, Collection
from dataclasses import asdict, replace
from typing import Literal, TypedDict, TypeVar, Unpack

import httpx

from comparisons.clock import Clock
from comparisons.engine._questions import Questions
from comparisons.engine.concurrency import Places, Untried
from comparisons.engine.delivery import Awaited, Delivery, is_asked, known, wait_s
from comparisons.engine.exchange import Account, Asker, Pause, Sleep, StopAsked, Stopped, account, as_sentence
from comparisons.engine.gate import Gate
from comparisons.engine.poll_scheduler import Schedule
from comparisons.engine.retry_policy import CLIP_PATIENCE_S, CLOCK_SLIP_S, PATIENCE_S, REASON_S, WATCH_S
from comparisons.ledger import Ledger, LedgerError
from comparisons.media import Media
from comparisons.net import Misled, NoReply, NotSent, Transport
from comparisons.records import ACCEPTED, CLIP_WISHES, NOT_DONE, NOT_FINISHED, PICKED_UP, EventKind, Job, Plan, State
from providers import (
    PROVIDERS,
    BalanceRefused,
    Canceled,
    Handle,
    ImageInput,
    InvalidRequest,
    JobStatus,
    Provider,
    ProviderError,
    References,
    Refused,
    Request,
    Snapshot,
    TakesError,
    Variant,
    find,
)

T = TypeVar("T")
_Name = Literal["first_url", "last_url"]


class _Hosted(TypedDict, total=False):
    """Where a provider can read the images of a job that may be submitted once more."""

    first_url: str
    last_url: str


class Engine:
    """Advances the jobs of one ledger."""

    def __init__(
        self,
        ledger: Ledger,
        gate: Gate,
        media: Media,
        wires: Callable[[Job], Transport],
        variants: tuple[Variant, ...],
        clock: Clock,
        *,
        sleep: Sleep,
        schedule: Schedule,
        rng: random.Random | None = None,
        changed: Callable[[Job], None] = lambda job: None,
        trouble: Callable[[str], None] = lambda sentence: None,
        clip_patience_s: float = CLIP_PATIENCE_S,
    ) -> None:
        """``clip_patience_s``: how long a clip that does not come is waited for, in one go."""
        self._ledger = ledger
        self._media = media
        self._wires = wires
        self._variants = variants
        self._clock = clock
        self._asker = Asker(ledger, gate, wires, clock, sleep, rng or random.Random(), changed, trouble)
        self._schedule = schedule
        self._record = self._asker.record
        self._questions = Questions()
        self._delivery = Delivery(media, wires, clock, self._asker, self._questions, self._over)
        self._clip_patience_s = clip_patience_s

    async def advance(self, job: Job, places: Places) -> Job:
        """Takes a job to its end, or to the end of our patience. ``places`` are those at its provider.

        A ledger that cannot be read and a clip that does not come are tried again by themselves.

        Raises:
            LedgerError: nothing can be recorded, and the process is about to end.
        """
        self._asker.attend(job.id, places)
        try:
            go_on = True
            while go_on:
                job, go_on = await self._as_far_as_it_goes(job, places)
            return job
        finally:
            self._asker.forget(job.id)
            self._delivery.forget(job.id)
            self._questions.forget(job.id)

    async def _as_far_as_it_goes(self, job: Job, places: Places) -> tuple[Job, bool]:
        """The job, and whether to go on with it."""
        try:
            job = self._asker.latest(job)
            return await self._all_states(job, places), False
        except Stopped:
            job = self._asker.latest(job)
            return await self._record(job, EventKind.CANCELED, error=_why_stopped(job)), False
        except Untried as error:
            job = self._asker.latest(job)
            return await self._record(job, EventKind.REJECTED, error=str(error), account="key"), False
        except Awaited as awaited:
            return await self._wait_for_clip(self._asker.latest(job), awaited)
        except Pause as pause:
            return await self._record(self._asker.latest(job), EventKind.PAUSED, error=str(pause)), False
        except LedgerError as error:
            await self._asker.wait_for_ledger(error)
            return job, True

    async def _wait_for_clip(self, job: Job, why: Awaited) -> tuple[Job, bool]:
        """Waits for the next try to get a clip, holding nothing but a timer. A person may end that, or have it now.

        It ends with our patience, too; then the next start goes on.
        """
        if not self._ledger.stop_asked(job.id) and not is_asked(job):
            now = self._clock.now()
            began = _sure(job.last(EventKind.SUCCEEDED, *PICKED_UP, *CLIP_WISHES)).at
            if now - began >= self._clip_patience_s:
                sentence = f"The clip is paid for and not here yet. {why} Resume, or a running page, goes on."
                return await self._record(job, EventKind.PAUSED, error=sentence), False
            delay = self._asker.jittered(min(wait_s(began, now, why.least_s), began + self._clip_patience_s - now))
            await self._asker.rest(job, delay, "held" if why.ours else None, error=str(why), next_at=now + delay)
        if self._ledger.stop_asked(job.id):
            sentence = f"The clip is paid for and not waited for any more; resume goes on. {why}"
            return await self._record(job, EventKind.PAUSED, error=sentence), False
        job = self._asker.latest(job)
        before = next(event.phase for event in reversed(job.events) if event.phase not in (None, "held"))
        return await self._record(job, EventKind.FETCHING, phase=before), True

    async def _all_states(self, job: Job, places: Places) -> Job:
        if job.state == State.PLANNED:
            await self._asker.enter(job)
            try:
                job = await self._walk(job, NOT_FINISHED)
            finally:
                places.leave()
        job = await self._walk(job, NOT_FINISHED)  # found at the provider after a restart: it has its place there
        return await self._walk(job, frozenset({State.SUCCEEDED}))

    def end(self) -> None:
        """The process is about to end: nothing waits for the ledger any more."""
        self._asker.closing = True

    def stop(self, job_id: str) -> None:
        """Wakes a job whose stop was asked for in the ledger."""
        self._asker.stop(job_id)

    def wake_clip(self, job_id: str) -> None:
        """Ends the wait for a job's clip: somebody wants it now, gives it, or wants no more of it."""
        self._asker.wake(job_id)

    def waits_for_clip(self, job_id: str = "") -> bool:
        """Whether the clip of a job, or of any, is waited for: it needs nothing of us then. From any thread."""
        return self._asker.rests(job_id)

    async def _walk(self, job: Job, states: Collection[State]) -> Job:
        steps = {
            State.PLANNED: self._begin,
            State.SUBMITTING: self._recover,
            State.QUEUED: self._watch,
            State.RUNNING: self._watch,
            State.SUCCEEDED: self._delivery.deliver,
        }
        while job.state in states:
            job = await steps[job.state](job)
        return job

    # planned ------------------------------------------------------------------------------------------------

    async def _begin(self, job: Job) -> Job:
        """Uploads the images, then submits. Nothing has been billed until ``submitting`` is on disk."""
        self._asker.check(job)
        try:
            variant, request = find(job.plan.variant, self._variants), request_of(job.plan, self._media)
            job, first = await self._hosted(job, request.first_frame, "first_url")
            job, last = await self._hosted(job, request.last_frame, "last_url")
            references = References(first, last)
            submit = PROVIDERS[job.plan.provider].submit(variant, request, references, _key(job))
        except InvalidRequest as error:
            return await self._not_started(job, str(error))
        except (ProviderError, NotSent, NoReply) as error:
            why = f"{as_sentence(error)} {_whose_balance(job)}" if isinstance(error, BalanceRefused) else str(error)
            why = f"The image could not be uploaded, so nothing was started. {why}"
            return await self._not_started(job, why, **account(error))
        self._asker.check(job)
        return await self._submit(job, variant, submit)

    async def _not_started(self, job: Job, why: str, **account: Unpack[Account]) -> Job:
        """Rejected: nothing there, nothing owed; unless an earlier submit may have arrived."""
        job = self._asker.latest(job)
        if job.may_have_arrived:
            return await self._uncertain(job, why)
        return await self._record(job, EventKind.REJECTED, error=why, **account)

    async def _hosted(self, job: Job, image: ImageInput | None, name: _Name) -> tuple[Job, str | None]:
        """The reference under which the provider can read an image: its own URL, or a data URI.

        A submit that is repeated under its idempotency key must be the same to the letter, so it names the URL of
        the first time.
        """
        provider = PROVIDERS[job.plan.provider]
        if image is None:
            return job, None
        upload = provider.upload(image)
        if upload is None:
            return job, image.data_uri()
        if job.state == State.SUBMITTING and job.said(name):
            return job, job.said(name)
        job = await self._record(job, EventKind.UPLOADING, phase="upload")
        job, url = await self._asker.ask(job, "upload", upload, provider.uploaded)
        kept: _Hosted = {}
        if provider.idempotency_s is not None:  # else not at all: whoever has a URL that needs no key has the image
            kept[name] = url
        return await self._record(job, EventKind.UPLOADED, **kept), url

    async def _submit(self, job: Job, variant: Variant, submit: httpx.Request) -> Job:
        provider = PROVIDERS[job.plan.provider]
        key_id = self._wires(job).key_id(provider.slug)
        try:
            job = await self._record(job, EventKind.SUBMITTING, phase="submit", key_id=key_id)
            read = functools.partial(provider.submitted, variant)
            job, handle = await self._asker.ask(job, "submit", submit, read)
        except BalanceRefused as error:
            return await self._not_started(job, f"{as_sentence(error)} {_whose_balance(job)}", **account(error))
        except Misled as error:
            return await self._not_started(job, f"Nothing was started: {as_sentence(error)}")
        except (Refused, NotSent, InvalidRequest) as error:
            return await self._not_started(job, str(error), **account(error))
        except (ProviderError, NoReply) as error:
            return await self._uncertain(self._asker.latest(job), as_sentence(error))
        return await self._record(job, EventKind.QUEUED, phase="queue", handle=asdict(handle))

    # submitting, found after a crash ------------------------------------------------------------------------

    async def _recover(self, job: Job) -> Job:
        """We died with a submit in the air. Under an idempotency key it is repeated; otherwise nobody knows."""
        if job.may_have_arrived and not self._may_repeat(job):
            return await self._uncertain(job, "Takes was interrupted while it submitted this.")
        return await self._begin(job)

    def _may_repeat(self, job: Job) -> bool:
        """Whether a repeat under the job's idempotency key surely means the job that may exist.

        It does for the same account only, within the provider's window, and by a clock that was not set back meanwhile.
        """
        window, now = PROVIDERS[job.plan.provider].idempotency_s, self._clock.now()
        submits = [event for event in job.events if event.kind == EventKind.SUBMITTING]
        accounts = {event.data["key_id"] for event in submits if "key_id" in event.data}
        return (
            window is not None
            and now - submits[0].at <= window - PATIENCE_S["submit"]
            and now >= job.last_at - CLOCK_SLIP_S
            and accounts == {self._wires(job).key_id(job.plan.provider)}
        )

    async def _uncertain(self, job: Job, why: str) -> Job:
        sentence = f"{why} The job may exist and be billed, so it is not sent again: reconcile it (see History)."
        return await self._record(job, EventKind.UNCERTAIN, error=sentence)

    # queued, running ----------------------------------------------------------------------------------------

    async def _watch(self, job: Job) -> Job:
        """One poll, and what it says; a stop that was asked for is passed on first."""
        provider, handle, now = PROVIDERS[job.plan.provider], _sure(job.handle), self._clock.now()
        if self._ledger.stop_asked(job.id):
            job = await self._cancel(job, provider, handle)
            if job.done:
                return job
        watched_from = job.last(*ACCEPTED, EventKind.RESUMED)
        if now - (watched_from.at if watched_from else now) > WATCH_S:
            raise Pause(f"Still {job.state} at {provider.name} after {WATCH_S / 60:.0f} minutes; resume goes on.")
        accepted = job.last(*ACCEPTED)
        await self._asker.pause(job, self._schedule.gap(job, now - (accepted.at if accepted else now)))
        try:
            job, snapshot = await self._asker.ask(job, "poll", self._questions.poll(job), provider.polled)
        except StopAsked:
            return self._asker.latest(job)
        return await self._said(job, provider, snapshot)

    async def _said(self, job: Job, provider: Provider, snapshot: Snapshot) -> Job:
        """Records what a poll or a result says of the job."""
        status = snapshot.status
        if status in (JobStatus.FAILED, JobStatus.CANCELED):
            return await self._over(job, provider, snapshot)
        if status is JobStatus.SUCCEEDED:
            return await self._finished(job, provider, snapshot)
        if status is JobStatus.RUNNING and job.state == State.QUEUED:
            return await self._record(job, EventKind.RUNNING, phase="generate", **known(snapshot))
        return await self._asker.heard(job, **known(snapshot))

    async def _finished(self, job: Job, provider: Provider, snapshot: Snapshot) -> Job:
        """Done at the provider. The gap to the last "not done" is what we cannot know of its latency."""
        now = max(self._clock.now(), job.last_at)
        before = _sure(job.last(*NOT_DONE)).at
        if job.state == State.QUEUED:  # never seen running: it ran within the last gap
            job = await self._record(job, EventKind.RUNNING, at=before, phase="generate")
        self._delivery.heard(job, snapshot.clip_urls)
        said = known(snapshot, uncertainty_s=max(0.0, now - before) / 2)
        phase = "download" if self._questions.result(job) is None else "result"
        job = await self._record(job, EventKind.SUCCEEDED, at=now, phase=phase, **said)
        self._schedule.learn(job)
        return job

    async def _over(self, job: Job, provider: Provider, snapshot: Snapshot) -> Job:
        """Failed, or canceled there: on the provider's own word, with its reason if it gives one."""
        if snapshot.status is JobStatus.FAILED:
            snapshot = replace(snapshot, error=await self._reason(job, provider) or snapshot.error)
        said = known(snapshot, error=_why(provider, snapshot))
        return await self._record(job, EventKind(snapshot.status), **said)

    async def _reason(self, job: Job, provider: Provider) -> str | None:
        """Why a job failed, where the provider keeps that apart. Asked once: a failure does not wait for it."""
        asked = self._questions.result(job)
        if asked is None:
            return None
        try:
            async with asyncio.timeout(REASON_S):
                return provider.reason(await self._wires(job).send(provider.slug, asked))
        except (NotSent, NoReply, Pause, TimeoutError):
            return None

    async def _cancel(self, job: Job, provider: Provider, handle: Handle) -> Job:
        """Asks the provider to stop. Where it cannot, we stop waiting and say so."""
        cancel = provider.cancel(handle)
        if cancel is None:
            raise Pause(
                f"Stopped waiting: {provider.name} cannot cancel, so it may still be billed. Resume fetches it."
            )
        try:
            job, outcome = await self._asker.ask(job, "cancel", cancel, provider.canceled)
        except (TakesError, Pause) as error:
            raise Pause(f"Stopped waiting: the cancel was not confirmed, so it may still be billed. {error}") from error
        if outcome is Canceled.CANCELED:
            sentence = f"Stopped: {provider.name} canceled it."
            return await self._record(job, EventKind.CANCELED, outcome=str(outcome), error=sentence)
        return await self._record(job, EventKind.CANCEL, outcome=str(outcome))


def request_of(plan: Plan, media: Media) -> Request:
    """The request of a plan, with the images it was made with."""
    from comparisons.media import images  # not above: what lists and looks needs no Pillow and no numpy

    names = (plan.first_frame, plan.last_frame)
    first, last = (images.load(media.input_path(name)) if name else None for name in names)
    return Request(plan.prompt, first, last, plan.duration, plan.resolution, plan.prompt_optimizer)


def _key(job: Job) -> str:
    """The idempotency key: the job's own id, so that a repeat is recognizably the same job."""
    return f"takes-{job.id}"


def _why_stopped(job: Job) -> str:
    """Why a job ended of which nothing was sent: a person stopped it, or it made room for others."""
    if any(event.kind == EventKind.STOP and event.data.get("for_room") for event in job.events):
        return "Stopped before anything was sent: too many people were waiting for the sandbox."
    return "Stopped before anything was sent."


def _whose_balance(job: Job) -> str:
    plan = job.plan
    variable = PROVIDERS[plan.provider].key_env
    key = "the key you typed" if plan.payer else f"the key in {variable}" if plan.live else "the sandbox's key"
    return f"It is the account of {key}."


def _sure(value: T | None) -> T:
    """A value that the state of the job guarantees."""
    if value is None:
        raise RuntimeError("the ledger's state of a job does not match its events")
    return value


def _why(provider: Provider, snapshot: Snapshot) -> str:
    word = "canceled the job" if snapshot.status is JobStatus.CANCELED else "reports a failure"
    canceled = snapshot.status is JobStatus.CANCELED
    return f"{provider.name} {word}: {snapshot.error or (snapshot.words if canceled else 'no reason given')}"
