"""From a planned job to one that its provider accepted: the images are uploaded, then the job is submitted, once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar, Unpack

import httpx

from comparisons.engine.exchange import Account, account, as_sentence
from comparisons.engine.recorder import Recorder
from comparisons.engine.retrier import Retrier
from comparisons.engine.retry_policy import CLOCK_SLIP_S, PATIENCE_S
from comparisons.engine.uploads import uploaded
from comparisons.media import Media
from comparisons.net import Misled, NoReply, NotSent, Transport
from comparisons.records import EventKind, Job, Plan, State
from providers import (
    PROVIDERS,
    BalanceRefused,
    ImageInput,
    InvalidRequest,
    ProviderError,
    References,
    Refused,
    Request,
    Variant,
    find,
)

T = TypeVar("T")


class Submission:
    """Submits jobs: those that are planned, and those found in the middle of their submit after a crash."""

    def __init__(
        self,
        retrier: Retrier,
        recorder: Recorder,
        media: Media,
        wires: Callable[[Job], Transport],
        variants: tuple[Variant, ...],
    ) -> None:
        self._retrier = retrier
        self._recorder = recorder
        self._record = recorder.record
        self._media = media
        self._wires = wires
        self._variants = variants

    async def begin(self, job: Job) -> Job:
        """Uploads the images, then submits. Nothing has been billed until ``submitting`` is on disk."""
        self._retrier.check(job)
        try:
            variant, request = find(job.plan.variant, self._variants), request_of(job.plan, self._media)
            job, hosted = await self._all_hosted(job, request)
            submit = PROVIDERS[job.plan.provider].submit(variant, request, References.of(hosted), _key(job))
        except InvalidRequest as error:
            return await self._not_started(job, str(error))
        except (ProviderError, NotSent, NoReply) as error:
            why = f"{as_sentence(error)} {_whose_balance(job)}" if isinstance(error, BalanceRefused) else str(error)
            why = f"The image could not be uploaded, so nothing was started. {why}"
            return await self._not_started(job, why, **account(error))
        self._retrier.check(job)
        return await self._submit(job, variant, submit)

    async def recover(self, job: Job) -> Job:
        """Goes on with a job whose submit was under way when a process died. Under an idempotency key the submit is
        repeated; without one nobody knows whether it arrived, and the job becomes uncertain."""
        if job.may_have_arrived and not self._may_repeat(job):
            return await self._uncertain(job, "Takes was interrupted while it submitted this.")
        return await self.begin(job)

    async def _not_started(self, job: Job, why: str, **account: Unpack[Account]) -> Job:
        """Records the job as rejected: nothing started, nothing owed. As uncertain, if a submit may have arrived."""
        job = self._recorder.latest(job)
        if job.may_have_arrived:
            return await self._uncertain(job, why)
        return await self._record(job, EventKind.REJECTED, error=why, **account)

    async def _all_hosted(self, job: Job, request: Request) -> tuple[Job, dict[str, tuple[str, ...]]]:
        """For each input (``first_frame``, ...) the URLs by which the provider can read its images."""
        hosted: dict[str, tuple[str, ...]] = {}
        for name, images in request.inputs.items():
            for number, image in enumerate(images):
                job, url = await self._hosted(job, image, _url_of(name, number))
                hosted[name] = (*hosted.get(name, ()), url)
        return job, hosted

    async def _hosted(self, job: Job, image: ImageInput, name: str) -> tuple[Job, str]:
        """The URL by which the provider can read an image: one of its own after an upload, or a data URI.

        A submit that is repeated under its idempotency key must be the same to the letter, so it uses the URL of the
        first upload.
        """
        provider = PROVIDERS[job.plan.provider]
        upload = provider.upload(image)
        if upload is None:
            return job, image.data_uri()
        if job.state == State.SUBMITTING and job.said(name):
            return job, str(job.said(name))
        job = await self._record(job, EventKind.UPLOADING, phase="upload")

        async def ask(request: httpx.Request, read: Callable[[httpx.Response], T]) -> T:
            nonlocal job
            job, answer = await self._retrier.ask(job, "upload", request, read)
            return answer

        url = await uploaded(provider, image, upload, ask)
        # Recorded only where a repeated submit needs it: whoever has the URL can read the image, without a key.
        kept: dict[str, Any] = {} if provider.idempotency_s is None else {name: url}
        return await self._record(job, EventKind.UPLOADED, **kept), url

    async def _submit(self, job: Job, variant: Variant, submit: httpx.Request) -> Job:
        provider = PROVIDERS[job.plan.provider]
        key_id = self._wires(job).key_id(provider.slug)
        try:
            job = await self._record(job, EventKind.SUBMITTING, phase="submit", key_id=key_id)
            read = functools.partial(provider.submitted, variant)
            job, handle = await self._retrier.ask(job, "submit", submit, read)
        except BalanceRefused as error:
            return await self._not_started(job, f"{as_sentence(error)} {_whose_balance(job)}", **account(error))
        except Misled as error:
            return await self._not_started(job, f"Nothing was started: {as_sentence(error)}")
        except (Refused, NotSent, InvalidRequest) as error:
            return await self._not_started(job, str(error), **account(error))
        except (ProviderError, NoReply) as error:
            return await self._uncertain(self._recorder.latest(job), as_sentence(error))
        return await self._record(job, EventKind.QUEUED, phase="queue", handle=asdict(handle))

    def _may_repeat(self, job: Job) -> bool:
        """Whether a repeat under the job's idempotency key cannot start a second job.

        It cannot if it is sent to the same account, within the time for which the provider remembers keys, and by a
        clock that was not set back meanwhile.
        """
        window, now = PROVIDERS[job.plan.provider].idempotency_s, self._recorder.now()
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


def request_of(plan: Plan, media: Media) -> Request:
    """The request of a plan, with its images loaded."""
    from comparisons.media import images  # here, since it imports Pillow and numpy, which only requests need

    loaded = {name: tuple(images.load(media.input_path(file)) for file in files) for name, files in plan.images.items()}
    return Request.of(plan.prompt, loaded, plan.options)


def _url_of(name: str, number: int) -> str:
    """The name under which an event's data keeps the URL of an uploaded image."""
    return {"first_frame": "first_url", "last_frame": "last_url"}.get(name, f"{name}_{number}_url")


def _key(job: Job) -> str:
    """The idempotency key, made of the job's id, so that the provider recognizes a repeated submit."""
    return f"takes-{job.id}"


def _whose_balance(job: Job) -> str:
    plan = job.plan
    variable = PROVIDERS[plan.provider].key_env
    key = "the key you typed" if plan.payer else f"the key in {variable}" if plan.live else "the sandbox's key"
    return f"It is the account of {key}."
