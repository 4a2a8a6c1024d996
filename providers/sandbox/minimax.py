"""MiniMax's own API, from the server's side: V1 for Hailuo, V2 for H3.

Sources, read 2026-11-29 and 2026-12-01: copies of platform.minimax.io/docs (video-generation: submit, query,
files/retrieve, error codes; video-generation-v2-create, -query, -delete with its OpenAPI document, in third parties'
copies); minimax-mcp 0.0.19 (``Trace-Id``); litellm 1.110.2 for how V2 answers about an unknown task; for callbacks
``_minimax_hooks``.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from providers.sandbox import _minimax_hooks as notices
from providers.sandbox import _wire as wire
from providers.sandbox._jobs import Hook, JobTimes, Order, Phase, SimJob
from providers.sandbox._minimax import HTTP, WORDS, AskedTask, CodedError, Images, asked_of_v1, asked_of_v2, invalid
from providers.sandbox._webhooks import Message, Webhooks, written
from providers.sandbox._world import World

SLUG = "minimax"
ENV = "MINIMAX_BASE_URL"

# Simulated, no document says how long a job takes.
LATENCY = JobTimes(queue=(2.0, 6.0), run=(6.0, 12.0))
CURRENCY = "USD"
# Simulated: for so much of its wait a V1 job is said to be prepared, then to be in the queue.
PREPARING = 0.3

STATUS = {
    Phase.QUEUED: "Queueing",
    Phase.RUNNING: "Processing",
    Phase.SUCCEEDED: "Success",
    Phase.FAILED: "Fail",
}
STATUS_OF_V2 = {
    Phase.QUEUED: "queued",
    Phase.RUNNING: "running",
    Phase.SUCCEEDED: "succeeded",
    Phase.FAILED: "failed",
    Phase.CANCELED: "cancelled",
}
FAILURES = {"content": 1026, "render": 1000}

Handler = Callable[[Request], Awaitable[Response]]


def rate_limited() -> Response:
    """As V2's document has it; that V1 answers 429 so, too, is simulated."""
    return _error_of_v2(CodedError(1002), "0" * 32)


def rate_limited_code(operation: str) -> Response:
    """As V1 mostly says it: by a code inside HTTP 200."""
    return JSONResponse({"base_resp": {"status_code": 1002, "status_msg": WORDS[1002]}})


def routes(world: World, public_url: str) -> list[Route]:
    """The endpoints under the vendor's origin; see the package for what a route's name means."""
    desk = _MiniMaxDesk(world, public_url)
    task = "/v2/query/video_generation/{task_id}"
    return [
        Route("/v1/video_generation", desk.of_v1(desk.submit), methods=["POST"], name="submit"),
        Route("/v1/query/video_generation", desk.of_v1(desk.query), methods=["GET"], name="poll"),
        Route("/v1/files/retrieve", desk.of_v1(desk.file), methods=["GET"], name="result"),
        Route("/v2/video_generation", desk.of_v2(desk.create), methods=["POST"], name="submit"),
        Route(task, desk.of_v2(desk.task), methods=["GET"], name="poll"),
        Route("/v2/query/video_generation", desk.of_v2(desk.tasks), methods=["GET"], name="other"),
        Route("/v2/video_generation/{task_id}", desk.of_v2(desk.cancel), methods=["DELETE"], name="cancel"),
    ]


@dataclass(frozen=True)
class _MiniMaxDesk:
    world: World
    public_url: str

    @functools.cached_property
    def hooks(self) -> Webhooks:
        return Webhooks(self.world, self._messages)

    def _messages(self, job: SimJob, phase: Phase) -> Iterator[Message]:
        """V2 says all that becomes of a task; V1 has no word for one that waits, nor for one that was cancelled."""
        if job.body.get("generation") == "v2":
            yield Message(written({"task": self._task(job)}))
        elif phase in notices.STATUS:
            yield Message(written(self._state(job) | {"status": notices.STATUS[phase]}))

    def of_v1(self, handler: Handler) -> Handler:
        """Errors inside HTTP 200."""

        async def answered(request: Request) -> Response:
            try:
                reply = await handler(request)
            except CodedError as error:
                reply = JSONResponse({"base_resp": {"status_code": error.code, "status_msg": error.words}})
            reply.headers["Trace-Id"] = self._trace()
            return reply

        return answered

    def of_v2(self, handler: Handler) -> Handler:
        """Errors with an HTTP status."""

        async def answered(request: Request) -> Response:
            try:
                return await handler(request)
            except CodedError as error:
                return _error_of_v2(error, self._trace())

        return answered

    async def submit(self, request: Request) -> Response:
        job = await self._accepted(request, asked_of_v1)
        return JSONResponse({"task_id": job.id, "base_resp": _success()})

    async def query(self, request: Request) -> Response:
        job = self._job(request, request.query_params.get("task_id", ""), "v1")
        self.hooks.watch(job)
        return JSONResponse(self._state(job))

    def _state(self, job: SimJob) -> dict[str, object]:
        phase = self.world.phase(job)
        done = phase is Phase.SUCCEEDED
        size = job.body if done else {}
        state: dict[str, object] = {
            "task_id": job.id,
            "status": self._word(job, phase),
            "file_id": f"2{job.id}" if done else "",
            "video_width": size.get("width", 0),
            "video_height": size.get("height", 0),
            "base_resp": _success(),
        }
        if phase is Phase.FAILED:
            code = FAILURES[job.refused or "render"]
            state["base_resp"] = {"status_code": code, "status_msg": WORDS[code]}
        return state

    def _word(self, job: SimJob, phase: Phase) -> str:
        early = phase is Phase.QUEUED and self.world.now() < job.accepted_at + PREPARING * job.queue_s
        return "Preparing" if early else STATUS[phase]

    async def file(self, request: Request) -> Response:
        number = request.query_params.get("file_id", "")
        job = self._job(request, number.removeprefix("2") if number.startswith("2") else "", "v1")
        if self.world.phase(job) is not Phase.SUCCEEDED:
            raise invalid("file_id does not exist")
        clip = wire.results(self.public_url, job)[-1]
        file = {
            "file_id": number,
            "bytes": clip.size,
            "created_at": self._epoch(job.ended_at),
            "filename": "output_aigc.mp4",
            "purpose": "video_generation",
            "download_url": clip.url,
        }
        pictures = {f"{each.kind}_url": each.url for each in wire.results(self.public_url, job)[:-1]}
        return JSONResponse({"file": pictures | file, "base_resp": _success()})

    async def create(self, request: Request) -> Response:
        job = await self._accepted(request, asked_of_v2)
        return JSONResponse({"task_id": job.id})

    async def task(self, request: Request) -> Response:
        job = self._job(request, request.path_params["task_id"], "v2")
        self.hooks.watch(job)
        return JSONResponse({"task": self._task(job)})

    async def tasks(self, request: Request) -> Response:
        """The latest first."""
        key = _authorized(request)
        own = [job for job in self.world.jobs(SLUG) if job.is_of(key) and self._is_kept(job, "v2")]
        try:
            page, size = (int(request.query_params.get(name, usual)) for name, usual in _PAGES)
        except ValueError:
            page, size = 0, 0
        if page < 1 or size < 1:
            raise invalid("page_num and page_size must be at least 1")
        shown = own[::-1][(page - 1) * size : page * size]
        return JSONResponse({"items": [self._task(job) for job in shown], "total": len(own)})

    async def cancel(self, request: Request) -> Response:
        """What waits is canceled; of what is done the record is deleted, as the vendor's document has it."""
        job = self._job(request, request.path_params["task_id"], "v2")
        phase = self.world.phase(job)
        if phase in (Phase.SUCCEEDED, Phase.FAILED):
            self.world.remember(_deleted(job), {"job": job.id})
            return JSONResponse({"task_id": job.id, "action": "deleted", "status": "deleted"})
        if not self.world.cancel(job):
            raise invalid(f"a task that is {STATUS_OF_V2[phase]} cannot be cancelled or deleted")
        return JSONResponse({"task_id": job.id, "action": "cancelled", "status": "cancelled"})

    async def _accepted(
        self, request: Request, read: Callable[[dict[str, object] | None, Images], AskedTask]
    ) -> SimJob:
        key, body = _authorized(request), await wire.json_object(request)
        asked = read(body, lambda reference: wire.fetched(self.world, self.public_url, reference))
        if wire.broke(key):
            raise CodedError(1008)
        hook = await self._confirmed(wire.text_of(body or {}, "callback_url"))
        clip = wire.clip_spec(self.world, SLUG, asked.prompt, asked.resolution.lower(), asked.seconds, asked.look)
        number = str(self.world.ids.randrange(10**14, 9 * 10**14))
        told = {
            "generation": "v1" if read is asked_of_v1 else "v2",
            "width": clip.width,
            "height": clip.height,
            "resolution": asked.resolution,
            "ratio": asked.ratio,
            "images": asked.images,
        }
        currency = None if asked.usd is None else CURRENCY
        order = Order(number, SLUG, asked.model, key, LATENCY, clip, asked.usd, currency, told, hook=hook)
        job = self.world.accept(order)
        self.hooks.watch(job)
        return job

    async def _confirmed(self, url: str) -> Hook:
        if url and not await notices.gives_back(self.hooks, url, self._trace()):
            raise invalid("fail to check callback url")
        return Hook(url)

    def _job(self, request: Request, number: str, generation: str) -> SimJob:
        """A job of this key; how another's is answered for is not documented, and taken for not there."""
        key = _authorized(request)
        job = self.world.find(SLUG, number)
        if job is None or not job.is_of(key) or not self._is_kept(job, generation):
            if generation == "v2":
                raise CodedError(1000, "record not found")
            raise invalid("task_id does not exist")
        return job

    def _is_kept(self, job: SimJob, generation: str) -> bool:
        return job.body.get("generation") == generation and self.world.remembered(_deleted(job)) is None

    def _task(self, job: SimJob) -> dict[str, object]:
        phase, now = self.world.phase(job), self.world.now()
        since = job.accepted_at if phase is Phase.QUEUED else job.started_at if phase is Phase.RUNNING else job.ended_at
        task: dict[str, object] = {
            "id": job.id,
            "model": job.endpoint,
            "status": STATUS_OF_V2[phase],
            "created_at": self._epoch(job.accepted_at),
            "updated_at": self._epoch(min(since, now)),
            "resolution": job.body["resolution"],
            "duration": job.duration,
            "usage": {},
            "ratio": job.body["ratio"],
            "task_type": "generation",
        }
        if phase is Phase.SUCCEEDED:
            files = wire.results(self.public_url, job)
            task["content"] = {f"{each.kind}_url": each.url for each in files[:-1]} | {"url": files[-1].url}
            task["usage"] = _usage(job)
            task["modality"] = "video"
        if phase is Phase.FAILED:
            code = FAILURES[job.refused or "render"]
            task["error"] = {"code": str(code), "message": WORDS[code]}
        return task

    def _epoch(self, at: float) -> int:
        return round((self.world.began + timedelta(seconds=at)).timestamp())

    def _trace(self) -> str:
        return f"{self.world.ids.getrandbits(128):032x}"


_PAGES = (("page_num", "1"), ("page_size", "20"))


def _usage(job: SimJob) -> dict[str, object]:
    seconds = {"total_seconds": job.duration, "input_seconds": 0, "output_seconds": job.duration}
    return {**seconds, "input_image_count": job.body["images"]}


def _deleted(job: SimJob) -> str:
    return f"{SLUG}-deleted-{job.id}"


def _success() -> dict[str, object]:
    return {"status_code": 0, "status_msg": "success"}


def _error_of_v2(error: CodedError, trace: str) -> Response:
    return JSONResponse({"type": "error", "error": error.said, "request_id": trace}, HTTP[error.code])


def _authorized(request: Request) -> str:
    key = wire.bearer(request)
    if not key:
        raise CodedError(1004)
    if not wire.known(key):
        raise CodedError(2049)
    return key
