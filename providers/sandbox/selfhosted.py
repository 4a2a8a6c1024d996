"""Servers of one's own, vLLM-Omni and SGLang, from their side of ``/v1/videos``.

Sources: see ``_selfhosted``; the words for a wrong key are vLLM's (its middleware for ``--api-key``, 2026-12-01).
Nobody bills anything here: a job says how long it was computed. The sandbox as a command serves this under its shared
address alone, since Takes tells an emulation from a real server by this path.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from providers.sandbox import _wire as wire
from providers.sandbox._jobs import JobTimes, Order, Phase, SimJob
from providers.sandbox._selfhosted import SERVED, Unfit, VideoForm, is_sglang, read
from providers.sandbox._store import Store
from providers.sandbox._world import World

SLUG = "selfhosted"
ENV = "SELFHOSTED_BASE_URL"
SHARED_ONLY = True

# Simulated: twice what vLLM-Omni's page Text-To-Video (read 2026-12-01) gives for 41 frames of LTX-2 on an H800, as 4 s
# have about twice as many. A job is said to be in progress as soon as the server has looked at it.
LATENCY = JobTimes(queue=(0.1, 0.4), run=(9.4, 20.6))
# Simulated: of so many of SGLang's jobs the clip is in a store elsewhere.
REMOTE_SHARE = 0.25

STATUS = {
    Phase.QUEUED: "queued",
    Phase.RUNNING: "in_progress",
    Phase.SUCCEEDED: "completed",
    Phase.FAILED: "failed",
}
FAILED = 500
FAILURES = {  # simulated, as each model has words of its own
    "content": "The prompt was flagged by the safety checker.",
    "image": "Image is required for image-to-video generation.",
    "memory": "CUDA out of memory.",
    "render": "Video generation completed but returned no outputs.",
}
NOT_FOUND, NOT_YET = "Video not found", "Generation is still in-progress"
LOST = "Video generation failed. Check job status for error details."


def _detail(status: int, detail: object) -> Response:
    return JSONResponse({"detail": detail}, status_code=status)


def routes(world: World, public_url: str) -> list[Route]:
    """The endpoints under the server's origin; see the package for what a route's name means."""
    desk = _Server(world, public_url)
    return [
        Route("/v1/models", desk.models, methods=["GET"], name="quote"),
        Route("/v1/videos", desk.create, methods=["POST"], name="submit"),
        Route("/v1/videos", desk.videos, methods=["GET"], name="list"),
        Route("/v1/videos/{job}", desk.retrieve, methods=["GET"], name="poll"),
        Route("/v1/videos/{job}", desk.delete, methods=["DELETE"], name="cancel"),
        # Named as the store's route for a clip: it is another place where a clip is handed out.
        Route("/v1/videos/{job}/content", desk.content, methods=["GET"], name="clip"),
    ]


@dataclass(frozen=True)
class _Server:
    world: World
    public_url: str

    async def models(self, request: Request) -> Response:
        if not wire.known(wire.bearer(request)):
            return _unauthorized()
        began = int(self.world.began.timestamp())
        listed = [{"id": each, "object": "model", "created": began, "owned_by": "vllm"} for each in SERVED]
        return JSONResponse({"object": "list", "data": listed})

    async def create(self, request: Request) -> Response:
        key = wire.bearer(request)
        if not wire.known(key):
            return _unauthorized()
        try:
            form = await read(request, lambda url: wire.fetched(self.world, self.public_url, url))
        except Unfit as unfit:
            return _detail(unfit.status, unfit.detail)
        queued = self._described(self._accept(key, form)) | {"status": STATUS[Phase.QUEUED]}
        return JSONResponse(queued)

    def _accept(self, key: str, form: VideoForm) -> SimJob:
        number = f"{self.world.ids.getrandbits(128):032x}"
        job = number if is_sglang(form.model) else f"video_gen_{number}"
        seconds = 1 if form.failure else form.seconds
        look = wire.PLAIN if form.failure else form.look
        clip = wire.clip_spec(self.world, SLUG, form.prompt, "480p", seconds, look)
        given = {"input_reference": f"sha256,{hashlib.sha256(form.image).hexdigest()}"} if form.image else {}
        body = {**form.texts, **given, "size": "x".join(map(str, form.size)), "seconds": str(form.seconds)}
        order = Order(job, SLUG, form.model, key, LATENCY, clip, body=body, refused=form.failure)
        return self.world.accept(order)

    async def retrieve(self, request: Request) -> Response:
        """vLLM-Omni tells of a job that failed under the status that its error names."""
        job, refusal = self._asked(request)
        if job is None:
            return refusal
        failed = self.world.phase(job) is Phase.FAILED and not is_sglang(job.endpoint)
        return JSONResponse(self._described(job), status_code=FAILED if failed else 200)

    async def videos(self, request: Request) -> Response:
        """The latest first, unless the other way around is asked for."""
        key = wire.bearer(request)
        if not wire.known(key):
            return _unauthorized()
        asked = request.query_params
        own = [job for job in self.world.jobs(SLUG) if job.is_of(key) and job.canceled_at is None]
        own.sort(key=lambda job: (job.accepted_at, job.id), reverse=asked.get("order", "desc") != "asc")
        ids = [job.id for job in own]
        after, limit = asked.get("after"), asked.get("limit", "")
        found = own[ids.index(after) + 1 :] if after in ids else [] if after else own
        page = found[: int(limit)] if limit.isdecimal() else found
        ends = {"first_id": page[0].id if page else None, "last_id": page[-1].id if page else None}
        data = [self._described(job) for job in page]
        return JSONResponse({"object": "list", "data": data, "has_more": len(page) < len(found), **ends})

    async def content(self, request: Request) -> Response:
        job, refusal = self._asked(request)
        if job is None:
            return refusal
        phase = self.world.phase(job)
        if phase is Phase.FAILED and not is_sglang(job.endpoint):
            return _detail(422, LOST)
        if phase is not Phase.SUCCEEDED:
            return _detail(404, NOT_YET)
        if elsewhere := self._elsewhere(job):
            return _detail(400, f"Video has been uploaded to cloud storage. Please use the cloud URL: {elsewhere}")
        return Store(SLUG, self.world, self.public_url).behind_the_key(job)

    async def delete(self, request: Request) -> Response:
        """vLLM-Omni ends the work; at SGLang it goes on, and nobody can ask for it any more."""
        job, refusal = self._asked(request)
        if job is None:
            return refusal
        if is_sglang(job.endpoint):
            gone = self._described(job) | {"status": "deleted"}
            self.world.forget(SLUG, job.id)
            return JSONResponse(gone)
        if not self.world.cancel(job, running=True):
            self.world.forget(SLUG, job.id)
        return JSONResponse({"id": job.id, "deleted": True, "object": "video.deleted"})

    def _asked(self, request: Request) -> tuple[SimJob | None, Response]:
        """The job that is asked about, or None and the refusal."""
        key = wire.bearer(request)
        if not wire.known(key):
            return None, _unauthorized()
        job = self.world.find(SLUG, request.path_params["job"])
        there = job is not None and job.is_of(key) and job.canceled_at is None
        return job if there else None, _detail(404, NOT_FOUND)

    def _elsewhere(self, job: SimJob) -> str | None:
        """Where SGLang put the clip, if not beside itself."""
        if not is_sglang(job.endpoint) or not job.varies("remote", REMOTE_SHARE):
            return None
        return wire.results(self.public_url, job)[-1].url

    def _described(self, job: SimJob) -> dict[str, object]:
        phase, now = self.world.phase(job), self.world.now()
        over = phase in (Phase.SUCCEEDED, Phase.FAILED)
        began = self.world.began.timestamp()
        took = round(job.ended_at - job.started_at, 6) if over else None
        told: dict[str, object] = {
            "id": job.id,
            "object": "video",
            "model": job.endpoint,
            "status": STATUS[phase],
            "size": job.body["size"],
            "seconds": job.body["seconds"],
            "created_at": int(began + job.accepted_at),
            "completed_at": int(began + job.ended_at) if over else None,
            "expires_at": None,
            "inference_time_s": took,
            "peak_memory_mb": 0.0,
        }
        form = self._as_sglang if is_sglang(job.endpoint) else self._as_vllm
        return told | form(job, phase, FAILURES[job.refused or "render"], now)

    def _as_vllm(self, job: SimJob, phase: Phase, failure: str, _: float) -> dict[str, object]:
        done = phase is Phase.SUCCEEDED
        return {
            "prompt": job.body["prompt"],
            "progress": 100 if done else 0,
            "quality": "default",
            "remixed_from_video_id": None,
            "error": {"code": FAILED, "message": failure} if phase is Phase.FAILED else None,
            "media_type": "video/mp4",
            "file_name": f"{job.id}.mp4" if done else None,
            "stage_durations": {},
        }

    def _as_sglang(self, job: SimJob, phase: Phase, failure: str, now: float) -> dict[str, object]:
        done = phase is Phase.SUCCEEDED
        elsewhere = self._elsewhere(job) if done else None
        return {
            "progress": 100 if done else int(job.progress(now) * 100),
            "quality": "standard",
            "url": elsewhere,
            "urls": [elsewhere] if elsewhere else None,
            "error": {"message": failure} if phase is Phase.FAILED else None,
            "file_path": None if elsewhere else f"outputs/{job.id}.mp4",
            "num_outputs": 1,
            "revised_prompt": None,
        }


def _unauthorized() -> Response:
    return JSONResponse({"error": "Unauthorized"}, status_code=401)
