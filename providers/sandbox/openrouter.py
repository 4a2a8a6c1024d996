"""OpenRouter's video API, from the server's side.

Sources, read 2026-12-01: OpenRouterTeam/docs @ c26125a of 2026-08-22 (the guide "Video Generation", "Errors and
Debugging", the OpenAPI); openrouter 1.3.84, its client (``gen-vid-`` ids, signed ``urls`` and ``expires_at``, 409 of
the content); that data URIs are taken, that a last frame alone fails at Veo, and that what fails is not billed: third
parties who tried it (2026-09-21); ``_openrouter_hooks`` for webhooks, which go to HTTPS alone.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from providers.sandbox import _openrouter_hooks as notices
from providers.sandbox import _wire as wire
from providers.sandbox._jobs import Hook, JobTimes, Order, Phase, SimJob
from providers.sandbox._openrouter import RoutedVideo, VideoModel, links, models, objects, problem
from providers.sandbox._origins import root_url
from providers.sandbox._store import Store
from providers.sandbox._webhooks import Message, Webhooks
from providers.sandbox._world import World

SLUG = "openrouter"
ENV = "OPENROUTER_BASE_URL"

# Simulated: the documents say 30 seconds to several minutes for whatever model; here a short queue, a middling model.
LATENCY = JobTimes(queue=(1.0, 3.0), run=(6.0, 15.0))
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
# Simulated: no document says how long OpenRouter's own copy is kept.
COPY_LIFE_S = 24 * 3600
# Simulated: of so many jobs there is no copy of OpenRouter's own, and the clip is behind the key only.
COPYLESS_SHARE = 0.2

STATUS = {
    Phase.QUEUED: "pending",
    Phase.RUNNING: "in_progress",
    Phase.SUCCEEDED: "completed",
    Phase.FAILED: "failed",
    Phase.CANCELED: "cancelled",
}
FAILURES = {
    "content": "Content policy violation",
    "frames": "Frame interpolation requires both an input image and a last frame.",
    "input": "The input image could not be fetched",  # simulated
    "render": "Generation failed",  # simulated
}
MESSAGES = {
    401: "Missing Authentication header",
    402: "Insufficient credits. Add more using https://openrouter.ai/credits",
    404: "Resource not found",
    409: "The video is not ready yet",  # simulated
    429: "Rate limit exceeded",
}


def _error(status: int, message: str = "") -> Response:
    said = {"code": status, "message": message or MESSAGES[status]}
    return JSONResponse({"error": said}, status_code=status)


def rate_limited() -> Response:
    return _error(429)


def routes(world: World, public_url: str) -> list[Route]:
    """The endpoints under the vendor's origin; see the package for what a route's name means."""
    desk = _OpenRouterDesk(world, public_url)
    videos = "/api/v1/videos"
    return [
        Route(videos, desk.submit, methods=["POST"], name="submit"),
        Route(f"{videos}/models", _catalogue, methods=["GET"], name="other"),
        Route(f"{videos}/{{job}}", desk.poll, methods=["GET"], name="poll"),
        # Named as the store's route for a clip: it is another place where a clip is handed out.
        Route(f"{videos}/{{job}}/content", desk.content, methods=["GET"], name="clip"),
    ]


@dataclass(frozen=True)
class _OpenRouterDesk:
    world: World
    public_url: str

    @functools.cached_property
    def hooks(self) -> Webhooks:
        return Webhooks(self.world, self._messages)

    def _messages(self, job: SimJob, phase: Phase) -> Iterator[Message]:
        return notices.messages(job, phase, self._state(job), self.world.wall(self.world.now()))

    async def submit(self, request: Request) -> Response:
        key = wire.bearer(request)
        if not wire.known(key):
            return _unauthorized(key)
        body = await wire.json_object(request)
        if body is None:
            return _error(400, "Invalid request parameters")
        model = models().get(wire.text_of(body, "model"))
        if model is None:
            return _error(404)
        if said := problem(model, body):
            return _error(400, said)
        if wire.broke(key):
            return _error(402)
        job = self._accept(key, model, body)
        self.hooks.watch(job)
        return JSONResponse(self._state(job, Phase.QUEUED), status_code=202)

    def _accept(self, key: str, model: VideoModel, body: Mapping[str, object]) -> SimJob:
        images = {url: self._image(url) for url in links(body)}
        asked = RoutedVideo.of(model, {**body, **_ignored(body)}, images)
        prompt = wire.text_of(body, "prompt")
        clip = wire.clip_spec(self.world, SLUG, prompt, asked.resolution, asked.duration, asked.look)
        token = "".join(self.world.ids.choice(ALPHABET) for _ in range(20))
        number = f"gen-vid-{self._epoch(self.world.now())}-{token}"
        refused = _failure_of(model, body) if all(images.values()) else "input"
        amount, hook = asked.cost(model), Hook(wire.text_of(body, "callback_url"))
        order = Order(number, SLUG, model.id, key, LATENCY, clip, amount, "USD", _kept(body), refused, hook)
        return self.world.accept(order)

    def _image(self, reference: str) -> bytes | None:
        data = wire.fetched(self.world, self.public_url, reference)
        return data if data and wire.picture(data) else None

    async def poll(self, request: Request) -> Response:
        key = wire.bearer(request)
        if not wire.known(key):
            return _unauthorized(key)
        job = self._job(request, key)
        if job is None:
            return _error(404)
        self.hooks.watch(job)
        return JSONResponse(self._state(job))

    async def content(self, request: Request) -> Response:
        """The clip itself, by the key and for as long as it is there. No URL leads on from here."""
        key = wire.bearer(request)
        if not wire.known(key):
            return _unauthorized(key)
        job = self._job(request, key)
        if job is None or request.query_params.get("index", "0") != "0":
            return _error(404)
        if self.world.phase(job) is not Phase.SUCCEEDED:
            return _error(409)
        return Store(SLUG, self.world, self.public_url).behind_the_key(job)

    def _job(self, request: Request, key: str) -> SimJob | None:
        job = self.world.find(SLUG, request.path_params["job"])
        return job if job is not None and job.is_of(key) else None

    def _state(self, job: SimJob, phase: Phase | None = None) -> dict[str, object]:
        """How a job is, or how it was in that ``phase``."""
        phase = phase or self.world.phase(job)
        path = f"/api/v1/videos/{job.id}"
        state: dict[str, object] = {"id": job.id, "polling_url": path, "status": STATUS[phase]}
        if phase in (Phase.QUEUED, Phase.RUNNING):
            return state
        state["generation_id"] = job.id.replace("gen-vid-", "gen-", 1)
        if phase is Phase.SUCCEEDED:
            return state | self._outputs(job, path)
        why = FAILURES[job.refused or "render"] if phase is Phase.FAILED else "Job was cancelled"
        return state | {"error": why}

    def _outputs(self, job: SimJob, path: str) -> dict[str, object]:
        """Where the clip is, and what it cost. Signed URLs there are only where OpenRouter keeps a copy of its own."""
        root = root_url(self.public_url, SLUG)
        usage = {"cost": float(job.amount or 0), "is_byok": False}
        said: dict[str, object] = {"unsigned_urls": [f"{root}{path}/content?index=0"], "usage": usage}
        if job.varies("copy", COPYLESS_SHARE):
            return said
        urls = [file.url for file in wire.results(self.public_url, job)]
        return said | {"urls": urls, "expires_at": self._epoch(job.ended_at) + COPY_LIFE_S}

    def _epoch(self, at: float) -> int:
        return int(self.world.began.timestamp() + at)


def _ignored(body: Mapping[str, object]) -> dict[str, object]:
    """What does not count where frames are given: they win over references."""
    return {"input_references": []} if objects(body, "frame_images") else {}


def _kept(body: Mapping[str, object]) -> dict[str, object]:
    return {name: wire.by_hash(value) for name, value in body.items()}


def _failure_of(model: VideoModel, body: Mapping[str, object]) -> str | None:
    """Measured at Veo 3.1 Lite: a last frame alone is accepted, and then fails."""
    types = [frame["frame_type"] for frame in objects(body, "frame_images")]
    return "frames" if types == ["last_frame"] and model.id.startswith("google/") else None


async def _catalogue(_: Request) -> Response:
    """Public: no key is needed. All in one page."""
    return JSONResponse({"data": [model.listed() for model in models().values()]})


def _unauthorized(key: str) -> Response:
    return _error(401, "Invalid credentials" if key else "")
