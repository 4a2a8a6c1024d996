"""Fetching the clip of a job that its provider has finished. A clip that is paid for is never given up.

Each try asks every address that the provider names. Between tries there are seconds, then minutes, then an hour (see
``wait_s``), and before each try the provider is asked for its addresses again.
"""

from __future__ import annotations

import errno
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypedDict

import httpx

from comparisons.addresses import NotPublic
from comparisons.engine._bills import Bills
from comparisons.engine._questions import Questions
from comparisons.engine.exchange import Pause, as_sentence
from comparisons.engine.recorder import Recorder
from comparisons.engine.retrier import Retrier
from comparisons.engine.retry_policy import CUT_S, LONGEST_WAIT_S, STRANGE_S, TRIES_UNLIKE
from comparisons.engine.snapshots import Failures, known
from comparisons.media import BrokenClip, Media, RefusedClip
from comparisons.net import NoReply, NotFetched, NotSent, Transport
from comparisons.records import CLIP_WISHES, Event, EventKind, Job, Odd, Result, money_to_json
from providers import PROVIDERS, JobStatus, ProviderError, RateLimited

ROOM, RIGHTS = ": make room on the disk of the data folder", ": let Takes write to the data folder"
HELP = {
    errno.ENOSPC: ROOM, errno.EDQUOT: ROOM, errno.EFBIG: ROOM,
    errno.EACCES: RIGHTS, errno.EPERM: RIGHTS, errno.EROFS: RIGHTS,
}  # fmt: skip
"""What a person can do about a clip that cannot be stored, by the system's error number."""


class _Bytes(TypedDict, total=False):
    """What an event keeps of bytes that may be a clip, to recognize them if they come again."""

    sha256: str


class Awaited(Pause):
    """The clip cannot be downloaded just now. The next try may be in ``least_s`` seconds at the soonest.

    ``ours``: the cause is on this machine, or we were asked to wait, so the wait is no part of the provider's latency.
    """

    def __init__(self, why: str, least_s: float = 0.0, *, ours: bool = False) -> None:
        super().__init__(why)
        self.least_s = least_s
        self.ours = ours


class Delivery:
    """Fetches clips. Their URLs come in a provider's answer and are held in memory only; after a crash it is asked
    again."""

    def __init__(
        self,
        retrier: Retrier,
        recorder: Recorder,
        media: Media,
        wires: Callable[[Job], Transport],
        questions: Questions,
        failures: Failures,
    ) -> None:
        self._bills = Bills(wires)
        self._retrier = retrier
        self._recorder = recorder
        self._media = media
        self._wires = wires
        self._questions = questions
        self._failures = failures
        self._urls: dict[str, tuple[str, ...]] = {}

    def heard(self, job: Job, urls: tuple[str, ...]) -> None:
        """Remembers where a job's clip may be, for the next try only. The URLs are credentials."""
        if urls:
            self._urls[job.id] = urls

    def forget(self, job_id: str) -> None:
        self._urls.pop(job_id, None)

    async def deliver(self, job: Job) -> Job:
        """One try to get the clip of a job that has succeeded.

        Raises:
            Awaited: this try brought no clip; a later one may.
        """
        kept = await self._here(job)
        if kept is not None:
            return await self._delivered(job, kept)
        job, urls = await self._addresses(job)
        return await self._first_clip(job, urls) if urls else job

    async def _here(self, job: Job) -> Result | None:
        """The clip, if it is on this disk already.

        Either a person handed it in, or a process ended after it stored the clip and before it recorded that.
        """
        handed = job.said("handed")
        if handed is not None:
            self._media.take_in(job.id, handed["file"])
        kept = await self._media.kept(job.id)
        if kept is None or handed is None or handed["sha256"] != kept.sha256:
            return kept
        return replace(kept, by_hand=True)

    async def _addresses(self, job: Job) -> tuple[Job, tuple[str, ...]]:
        """The job, and where its clip may be: as last heard, else by asking the provider again.

        There are no addresses if the provider now says that the job failed.
        """
        if job.id in self._urls:
            return job, self._urls.pop(job.id)
        provider, separate = PROVIDERS[job.plan.provider], self._questions.result(job)
        op, read = ("poll", provider.polled) if separate is None else ("result", provider.resulted)
        question = separate or self._questions.poll(job)
        try:
            job, snapshot = await self._retrier.once(job, op, question, read)
        except (ProviderError, NotSent, NoReply) as error:
            raise _awaited([error]) from error
        if snapshot.status in (JobStatus.FAILED, JobStatus.CANCELED):
            return await self._failures.record(job, snapshot), ()
        if not snapshot.clip_urls:
            raise Awaited(f"{provider.name} says it is done but does not hand out the clip yet.")
        billed = await self._bills.of(job, snapshot)
        return await self._recorder.record(job, EventKind.RESULT, phase="download", **known(billed)), snapshot.clip_urls

    async def _first_clip(self, job: Job, urls: tuple[str, ...]) -> Job:
        """Delivers from the first of these URLs that leads to a clip; raises ``Awaited`` if none does."""
        failures: list[Exception] = []
        for url in urls:
            hints = [httpx.URL(url).path]
            try:
                result = await self._fetch(job, url, hints)
            except OSError as error:
                raise Awaited(_not_stored(error), ours=True) from error
            except (BrokenClip, ProviderError, NotSent, NoReply) as error:
                failures.append(error)
                job = await self._failed(self._recorder.latest(job), error)
                if not isinstance(error, RefusedClip) or not may_keep(job, error, self._recorder.now()):
                    continue
                result = await self._media.keep(error, hints)
            return await self._delivered(job, result)
        raise _awaited(failures)

    async def _fetch(self, job: Job, url: str, hints: list[str]) -> Result:
        async with self._wires(job).download(job.plan.provider, url, ends_at(job)) as reply:
            hints.append(reply.headers.get("content-type", ""))
            return await self._media.receive(reply.aiter_bytes(), job.id, _announced(reply.headers), hints)

    async def _failed(self, job: Job, error: Exception) -> Job:
        """Records a try that brought no clip. If its bytes may be a clip all the same, their hash is recorded too."""
        seen: _Bytes = {"sha256": error.sha256} if isinstance(error, RefusedClip) else {}
        return await self._recorder.record(job, EventKind.ATTEMPT, op="download", error=str(error), **seen)

    async def _delivered(self, job: Job, result: Result) -> Job:
        now = max(self._recorder.now(), job.last_at)
        after = job.after(Event.of(EventKind.DELIVERED, now))
        total = None if job.resumed or result.by_hand else after.timings(now).total
        said: dict[str, Any] = {"result": result.to_json(), "total_s": total}
        late = await self._bills.late(job)
        if late is not None:
            said["billed"] = money_to_json(late)
        return await self._recorder.record(job, EventKind.DELIVERED, at=now, **said)


def may_keep(job: Job, refused: RefusedClip, now: float) -> bool:
    """Whether bytes that our checks refuse are kept as the clip all the same.

    They are if the same bytes came twice, or if they are as many as their host announced and ``TRIES_UNLIKE`` tries
    brought no better ones. Bytes that seem cut off, or do not begin like a video, are first waited about for a while:
    the whole clip may still be on its way to its host.
    """
    seen = [event for event in job.events if event.kind == EventKind.ATTEMPT and "sha256" in event.data]
    same = [event for event in seen if event.data["sha256"] == refused.sha256]
    least_s = CUT_S if refused.odd is Odd.CUT else 0.0 if refused.is_video else STRANGE_S
    if len(same) >= 2:
        return now - same[0].at >= least_s
    return refused.announced and len(seen) >= TRIES_UNLIKE and now - seen[0].at >= least_s


def ends_at(job: Job) -> float:
    """When the provider may delete the clip, in seconds of the ledger's clock; infinity where it states no time."""
    kept_s, done = PROVIDERS[job.plan.provider].clips_kept_s, job.last(EventKind.SUCCEEDED)
    return math.inf if kept_s is None or done is None else done.at + kept_s


def wait_s(began: float, now: float, least_s: float) -> float:
    """Seconds until the next try to get a clip: half of the time since ``began``, from 1 second to an hour.

    Never less than ``least_s``, even if that is more than an hour. All in seconds; ``began`` and ``now`` by one clock.
    """
    return max(1.0, least_s, min(LONGEST_WAIT_S, (now - began) / 2))


def is_asked(job: Job) -> bool:
    """Whether a person asked, since the last try began, for a new try or for an end of the tries."""
    last = job.last(*CLIP_WISHES, EventKind.FETCHING, EventKind.SUCCEEDED, EventKind.RESUMED)
    return last is not None and last.kind in CLIP_WISHES


def _awaited(failures: list[Exception]) -> Awaited:
    """Why no address brought a clip: the sentence about the first address, which is the likeliest."""
    least_s = max(getattr(error, "retry_after", None) or 0.0 for error in failures)
    ours = isinstance(failures[0], NotFetched | NotPublic | RateLimited)
    return Awaited(as_sentence(failures[0]), least_s, ours=ours)


def _not_stored(error: OSError) -> str:
    """A sentence: why a clip cannot be written to the disk, and what a person can do about it."""
    why, help_ = error.strerror or type(error).__name__, HELP.get(error.errno or 0, "")
    return f"The clip is paid for but cannot be stored here ({why}){help_}; it is tried again."


def _announced(headers: httpx.Headers) -> int | None:
    """The clip's byte count as its host announced it; None where it did not, or compressed it."""
    length = headers.get("content-length", "")
    return int(length) if length.isdecimal() and "content-encoding" not in headers else None
