"""The simulated world: accepts and charges jobs, has their clips rendered, keeps uploads, counts requests."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from providers.sandbox._clips import ClipSpec, render
from providers.sandbox._faults import FaultPlan
from providers.sandbox._jobs import Order, Phase, SimJob, described, hashed
from providers.sandbox._journal import KEPT_S, UPLOADED, Journal
from providers.sandbox._tempo import REAL_TIME, Tempo
from providers.sandbox._uploads import HeldUploads, Stored

REFUSE = "[refuse]"
RENDERERS = 2
SWEEP_S = 3600.0
"""Between two looks at what nobody needs any more."""

# The job accepted while answering the request at hand, so that a fault can strike after acceptance.
accepted: ContextVar[SimJob | None] = ContextVar("accepted", default=None)


class World:
    """Everything the sandbox knows: jobs, uploads, charges, request counts and what is still to go wrong.

    ``ids`` makes identifiers (system randomness unless given, so that a restarted sandbox never answers for an older
    job). ``clips`` is the folder of rendered clips. With a ``journal`` folder a later world still knows this one's
    jobs; the clock of its ``tempo`` must then go on across restarts.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        tempo: Tempo = REAL_TIME,
        faults: FaultPlan | None = None,
        clips: Path | None = None,
        ids: random.Random | None = None,
        journal: Path | None = None,
        renderer: Callable[[ClipSpec, Path], Path] = render,
    ) -> None:
        self.seed, self.speed, self.sleep = seed, tempo.speed, tempo.sleep
        self.faults = faults if faults is not None else FaultPlan()
        self.ids = ids if ids is not None else random.SystemRandom()
        self.clips = clips if clips is not None else Path(tempfile.gettempdir()) / "takes-sandbox-clips"
        self._clock, self._origin, self._renderer = tempo.clock, 0.0 if journal else tempo.clock(), renderer
        self.began = tempo.began if tempo.began is not None else datetime.now(UTC) - timedelta(seconds=self.now())
        self._journal = Journal(journal, tempo.clock) if journal else None
        self._own_clips = clips is not None and not clips.is_symlink()  # else others keep theirs there too
        self._made: Counter[str] = Counter()
        self._swept_at = -SWEEP_S
        self._notes: dict[str, Mapping[str, object]] = {}
        self._jobs: dict[tuple[str, str], SimJob] = {}
        self._uploads = HeldUploads()
        self._drawn: dict[bytes, bytes] = {}
        self._requests: Counter[tuple[str, str]] = Counter()
        self._pool = ThreadPoolExecutor(max_workers=RENDERERS, thread_name_prefix="sandbox-clip")
        self._rendering: set[asyncio.Future[Path]] = set()
        self.sweep()

    def now(self) -> float:
        """Seconds since this world began."""
        return self._clock() - self._origin

    def wall(self, at: float) -> str:
        """World seconds as an ISO 8601 time in UTC with milliseconds."""
        moment = self.began + timedelta(seconds=at)
        return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def accept(self, order: Order) -> SimJob:
        """Accept and charge a job in one step, and start rendering its clip. Needs a running event loop."""
        dice = random.Random(f"{self.seed}:{order.provider}:{self.made(order.provider)}")
        job = self._job(order, dice)
        if stuck := self.faults.take("stuck", order.provider, "submit"):
            job.stuck_until = self.now() + stuck.seconds
        if self.faults.take("other_form", order.provider, "submit"):
            job.other_form = True
        if self.faults.take("content_refused", order.provider, "submit") or REFUSE in job.prompt:
            job.refused = "content"
        if not job.refused:
            job.handout = self.faults.handout(job.provider, job.endpoint)
        self._jobs[order.provider, job.id] = job
        self._made[order.provider] += 1
        accepted.set(job)
        if self._journal:
            self._journal.write_job(job, order.clip)
        self._make(job, order.clip)
        self.sweep()
        return job

    def _job(self, order: Order, dice: random.Random) -> SimJob:
        return SimJob(
            id=order.id,
            provider=order.provider,
            endpoint=order.endpoint,
            key=hashed(order.key),
            prompt=order.clip.prompt,
            duration=order.clip.duration,
            body=order.body,
            amount=order.amount,
            currency=order.currency,
            accepted_at=self.now(),
            queue_s=dice.uniform(*order.latency.queue) / self.speed,
            run_s=dice.uniform(*order.latency.run) / self.speed,
            dice=dice.random(),
            refused=order.refused,
            hook=order.hook,
        )

    def made(self, provider: str) -> int:
        """How many jobs this provider has accepted."""
        return self._made[provider]

    def _make(self, job: SimJob, spec: ClipSpec) -> None:
        """Begin to have the job's clip, unless it is to fail."""
        if job.refused:
            return
        if job.handout.file:
            job.clip, job.rendered_at = Path(job.handout.file), job.accepted_at
        else:
            self._start_rendering(job, replace(spec, flaw=job.handout.flaw))

    def _start_rendering(self, job: SimJob, spec: ClipSpec) -> None:
        loop = asyncio.get_running_loop()
        spec = replace(spec, image=self._held_once(spec.image), last_image=self._held_once(spec.last_image))
        future = loop.run_in_executor(self._pool, self._renderer, spec, self.clips)
        self._rendering.add(future)
        future.add_done_callback(partial(self._rendered, job))

    def _held_once(self, image: bytes | None) -> bytes | None:
        """Clips that wait hold an image once, however often it came."""
        return image and self._drawn.setdefault(image, image)

    def _rendered(self, job: SimJob, future: asyncio.Future[Path]) -> None:
        self._rendering.discard(future)
        if not self._rendering:
            self._drawn.clear()
        if future.cancelled():
            return
        if future.exception() is None:
            job.clip = future.result()
        else:
            job.refused = "render"
        job.rendered_at = self.now()
        if job.clip is not None and (job.provider, job.id) not in self._jobs:  # forgotten meanwhile
            self._drop_clip(job.clip.name)

    async def settle(self) -> None:
        """Wait until every clip asked for so far is rendered (a hand-moved clock cannot hurry ffmpeg)."""
        while self._rendering:
            await asyncio.wait(set(self._rendering))

    def close(self) -> None:
        """Drop clips not begun; those being rendered end by themselves."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def find(self, provider: str, job_id: str) -> SimJob | None:
        """The job, out of the journal if an earlier world of the same journal accepted it."""
        known = self._jobs.get((provider, job_id))
        return known or self._recalled_job(provider, job_id)

    def _recalled_job(self, provider: str, job_id: str) -> SimJob | None:
        found = self._journal.read_job(provider, job_id) if self._journal else None
        if found is None:
            return None
        job, spec = found
        self._jobs[provider, job_id] = job
        self._make(job, spec)
        return job

    def remember(self, name: str, value: Mapping[str, object]) -> None:
        """Keeps a small JSON value under a name; the ``job`` it may name takes it along when it is forgotten."""
        if self._journal:
            self._journal.write_note(name, value)
        else:
            self._notes[name] = value

    def remembered(self, name: str) -> Mapping[str, object] | None:
        return self._journal.read_note(name) if self._journal else self._notes.get(name)

    def jobs(self, provider: str | None = None) -> tuple[SimJob, ...]:
        """Jobs in the order they were accepted."""
        return tuple(job for job in self._jobs.values() if provider in (None, job.provider))

    def phase(self, job: SimJob) -> Phase:
        return job.phase(self.now())

    def ahead(self, job: SimJob) -> int:
        """How many of this provider's queued jobs were accepted before this one."""
        now = self.now()
        queued = [other for other in self.jobs(job.provider) if other.phase(now) is Phase.QUEUED]
        return queued.index(job) if job in queued else 0

    def cancel(self, job: SimJob, *, running: bool = False) -> bool:
        """Cancel a job that still waits, or one that runs where the vendor stops those too; False if it is too late."""
        if self.phase(job) not in (Phase.QUEUED, *([Phase.RUNNING] if running else [])):
            return False
        job.canceled_at = self.now()
        return True

    def store(self, data: bytes, media_type: str, upload_id: str = "") -> Stored:
        """Keep an uploaded file: in the journal while it may be needed, or in memory until others need the room.

        It gets an id, unless it was promised one (32 hex digits) before it came.
        """
        stored = Stored(upload_id or f"{self.ids.getrandbits(128):032x}", data, media_type, self.now())
        if self._journal:
            self._journal.write_upload(stored.id, data, media_type, stored.stored_at)
            self.sweep()
            return stored
        self._uploads.keep(stored)
        return stored

    def stored(self, upload_id: str) -> Stored | None:
        """An uploaded file, also one that was given to an earlier world of the same journal."""
        if self._journal is None:
            return self._uploads.find(upload_id)
        found = self._journal.read_upload(upload_id)
        return None if found is None else Stored(upload_id, *found)

    # letting go -------------------------------------------------------------------------------------------------

    def forget(self, provider: str, job_id: str) -> None:
        """Let go of a job and of all that only it names: its prompt, images, uploads and clip. A vendor never does."""
        job = self._jobs.pop((provider, job_id), None)
        if self._journal:
            for name in self._journal.forget(provider, job_id):
                self._drop_clip(name)
            return
        self._notes = {name: value for name, value in self._notes.items() if value.get("job") != job_id}
        for upload in UPLOADED.findall(str(job.body)) if job else ():
            self._uploads.drop(upload)

    def forget_unknown(self, provider: str, prompt: str, is_known: Callable[[str], bool]) -> None:
        """Let go of a provider's jobs for a prompt (its SHA-256 in hex) whose ids never reached who asked for them."""
        here = [job.id for job in self.jobs(provider) if hashed(job.prompt) == prompt]
        for job_id in {*here, *(self._journal.asked(provider, prompt) if self._journal else ())}:
            if not is_known(job_id):
                self.forget(provider, job_id)

    def forget_image(self, digest: str) -> None:
        """Let go of the uploads of an image, named by its SHA-256 in hex, that no job names."""
        if self._journal:
            self._journal.forget_image(digest)

    def _drop_clip(self, name: str) -> None:
        if self._own_clips:
            (self.clips / name).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Let go of what is of no use any more, on disk and in memory, once an hour. Without a journal all stays."""
        now = self.now()
        if self._journal is None or now - self._swept_at < SWEEP_S:
            return
        self._swept_at, named = now, self._journal.sweep()
        old = [key for key, job in self._jobs.items() if now - max(job.accepted_at, job.stuck_until) > KEPT_S]
        for key in old:
            del self._jobs[key]
        for clip in self.clips.glob("*.mp4") if self._own_clips else ():
            if clip.name not in named and now - clip.stat().st_mtime > SWEEP_S:
                clip.unlink(missing_ok=True)

    # counting ---------------------------------------------------------------------------------------------------

    def count(self, provider: str, operation: str) -> None:
        self._requests[provider, operation] += 1

    def requests(self) -> dict[str, dict[str, int]]:
        """How often each operation of each provider was called."""
        counts: dict[str, dict[str, int]] = {}
        for (provider, operation), number in sorted(self._requests.items()):
            counts.setdefault(provider, {})[operation] = number
        return counts

    def charges(self, provider: str | None = None) -> int:
        """The billing counter: how many charges stand now."""
        now = self.now()
        return sum(job.charges(now) for job in self.jobs(provider))

    def describe(self) -> dict[str, object]:
        """What ``GET /world`` answers."""
        now = self.now()
        return {"jobs": [described(job, now) for job in self.jobs()], "requests": self.requests()}
