"""OdiRouter's model queue, from the server's side. OdiRouter re-hosts SeaCloud's queue and its pages.

Sources, read 2026-11-21: OdiRouter's page of Hailuo 2.3 Fast image-to-video; cloud.seaart.ai/docs/model-api
(multimodal: submit, poll, result, errors; llm/errors for the shared gateway's HTTP numbers);
cloud.seaart.ai/docs/api-reference/model-api/minimax for the other endpoints.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from providers.sandbox import _wire as wire
from providers.sandbox._jobs import Latency, Order, Phase, SimJob
from providers.sandbox._origins import root_url
from providers.sandbox._world import World

SLUG = "odirouter"
ENV = "ODIROUTER_BASE_URL"

# Simulated, no document says how long a job takes: hardly a queue, a slow model.
LATENCY = Latency(queue=(0.5, 2.5), run=(7.0, 19.0))
PROMPT_LIMIT = 2000
IMAGE_LIMIT = 20 * 10**6
SHORT_SIDE = 300
FORMATS = ("JPEG", "PNG", "WEBP")
# Simulated: the documents show a refused field only as a string under "detail", with no HTTP number.
INVALID = 422
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"

_USUAL = (("768P", 6), ("768P", 10), ("1080P", 6))
_WITH_512 = (("512P", 6), ("512P", 10), *_USUAL)


@dataclass(frozen=True)
class _Model:
    image: bool
    combinations: tuple[tuple[str, int], ...] = _USUAL


MODELS = {
    "minimax_hailuo_23_fast_i2v": _Model(image=True),
    "minimax_hailuo_23_i2v": _Model(image=True),
    "minimax_hailuo_23_t2v": _Model(image=False),
    "minimax_hailuo_02_i2v": _Model(image=True, combinations=_WITH_512),
    "minimax_hailuo_02_t2v": _Model(image=False),
}
STATUS = {Phase.QUEUED: "IN_QUEUE", Phase.RUNNING: "IN_PROGRESS"}
# The failures the poll page lists, by why this world's job ended.
ERROR_TYPES = {"content": "CONTENT_BLOCKED", "render": "INFERENCE_FAILURE"}


class _Refused(Exception):
    def __init__(self, status: int, body: Mapping[str, object]) -> None:
        super().__init__(str(body))
        self.status, self.body = status, body

    def reply(self) -> Response:
        return JSONResponse(self.body, status_code=self.status)


def _detail(text: str, status: int = INVALID) -> _Refused:
    return _Refused(status, {"detail": text})


def rate_limited() -> Response:
    error = {"code": "RATE_LIMIT_EXCEEDED", "message": "Rate limit exceeded, please try again later"}
    return JSONResponse({"error": error, "request_id": "gateway"}, status_code=429)


def routes(world: World, public_url: str) -> list[Route]:
    """The endpoints under the vendor's origin; see the package for what a route's name means."""
    desk = _Desk(world, public_url)
    queue = "/model/v1/queue/{endpoint}"
    request = queue + "/requests/{request_id}"
    return [
        Route(queue, desk.submit, methods=["POST"], name="submit"),
        Route(f"{queue}/sync", desk.sync, methods=["POST"], name="other"),
        Route(f"{request}/status", desk.status, methods=["GET"], name="poll"),
        Route(f"{request}/status/stream", desk.stream, methods=["GET"], name="other"),
        Route(f"{request}/response", desk.response, methods=["GET"], name="result"),
        Route(f"{request}/cancel", desk.cancel, methods=["PUT"], name="cancel"),
    ]


@dataclass(frozen=True)
class _Asked:
    prompt: str
    resolution: str
    duration: int
    image: bytes | None


@dataclass(frozen=True)
class _Desk:
    world: World
    public_url: str

    async def submit(self, request: Request) -> Response:
        try:
            key = _authorized(request)
            endpoint = request.path_params["endpoint"]
            if endpoint not in MODELS:
                raise _detail(f"App not found: {endpoint}", 404)
            body = await wire.json_object(request)
            _no_webhook(request, body or {})
            asked = self._asked(MODELS[endpoint], body)
            if wire.broke(key):
                # The queue's pages show no balance error; this is the shared gateway's.
                raise _Refused(403, {"error": "insufficient balance"})
        except _Refused as refusal:
            return refusal.reply()
        job = self._accept(endpoint, key, asked)
        links = {f"{name}_url": self._link(job, name) for name in ("response", "status", "cancel")}
        return JSONResponse({"request_id": job.id, **links, "queue_position": 0})

    def _accept(self, endpoint: str, key: str, asked: _Asked) -> SimJob:
        number = "mmsu_" + "".join(self.world.ids.choice(ALPHABET) for _ in range(26))
        clip = wire.clip_spec(self.world, SLUG, asked.prompt, asked.resolution.lower(), asked.duration, asked.image)
        return self.world.accept(Order(number, SLUG, endpoint, key, LATENCY, clip))

    async def status(self, request: Request) -> Response:
        try:
            job = self._job(request)
        except _Refused as refusal:
            return refusal.reply()
        return JSONResponse(self._state(job))

    async def response(self, request: Request) -> Response:
        try:
            job = self._job(request)
        except _Refused as refusal:
            return refusal.reply()
        phase = self.world.phase(job)
        if phase in STATUS:
            return JSONResponse(self._state(job), status_code=202)
        if phase is not Phase.SUCCEEDED:
            return JSONResponse(self._state(job))
        metadata = {"prompt": job.prompt}
        outputs = [_output(file, job) for file in wire.results(self.public_url, job)]
        return JSONResponse({"request_id": job.id, "outputs": outputs, "metadata": metadata})

    async def cancel(self, request: Request) -> Response:
        """Simulated: the reply is undocumented, so it is that of the queue this protocol follows (fal.ai).

        A request is all it is: what already runs goes on, as "when the endpoint supports it" allows.
        """
        try:
            job = self._job(request)
        except _Refused as refusal:
            return refusal.reply()
        if self.world.phase(job) not in STATUS:
            return JSONResponse({"status": "ALREADY_COMPLETED"}, status_code=400)
        self.world.cancel(job)
        return JSONResponse({"status": "CANCELLATION_REQUESTED"}, status_code=202)

    async def sync(self, _: Request) -> Response:
        return _detail("Not Found", 404).reply()

    async def stream(self, _: Request) -> Response:
        return _detail("SSE streaming not supported", 400).reply()

    def _job(self, request: Request) -> SimJob:
        key = _authorized(request)
        job = self.world.find(SLUG, request.path_params["request_id"])
        if job is None or not job.is_of(key) or job.endpoint != request.path_params["endpoint"]:
            raise _detail("Request not found", 404)
        return job

    def _link(self, job: SimJob, name: str) -> str:
        return f"{root_url(self.public_url, SLUG)}/model/v1/queue/{job.endpoint}/requests/{job.id}/{name}"

    def _state(self, job: SimJob) -> dict[str, object]:
        phase = self.world.phase(job)
        state: dict[str, object] = {
            "status": STATUS.get(phase, "COMPLETED"),
            "request_id": job.id,
            "queue_position": 0,
            "response_url": self._link(job, "response"),
        }
        if phase is Phase.SUCCEEDED:
            state["metrics"] = {"inference_time": round(job.ended_at - job.started_at, 2)}
        elif phase not in STATUS:
            kind = "CANCELED" if phase is Phase.CANCELED else ERROR_TYPES[job.refused or "render"]
            state |= {"error": "Task execution failed", "error_type": kind}
        return state

    def _asked(self, model: _Model, body: Mapping[str, object] | None) -> _Asked:
        if body is None:
            raise _detail("The body must be a JSON object")
        prompt = body.get("prompt", "")
        if not isinstance(prompt, str) or len(prompt) > PROMPT_LIMIT or (not prompt and not model.image):
            raise _detail(f"prompt must be a string of at most {PROMPT_LIMIT} characters")
        for flag in ("prompt_optimizer", "fast_pretreatment", "aigc_watermark"):
            if not isinstance(body.get(flag, False), bool):
                raise _detail(f"{flag} must be a bool")
        resolution, duration = _combination(model, body)
        return _Asked(prompt, resolution, duration, self._image(body) if model.image else None)

    def _image(self, body: Mapping[str, object]) -> bytes:
        reference = wire.text_of(body, "first_frame_image")
        if not reference:
            raise _detail("first_frame_image is required")
        data = wire.fetched(self.world, self.public_url, reference)
        picture = wire.picture(data) if data else None
        if data is None or picture is None or picture.format not in FORMATS:
            raise _detail("first_frame_image must be a reachable JPG, JPEG, PNG or WebP image")
        if len(data) >= IMAGE_LIMIT:
            raise _detail("first_frame_image must be less than 20MB")
        short, long = sorted((picture.width, picture.height))
        if short <= SHORT_SIDE or long * 2 > short * 5:
            raise _detail("first_frame_image needs a short side over 300px and an aspect ratio of 2:5 to 5:2")
        return data


def _output(file: wire.Result, job: SimJob) -> dict[str, object]:
    said = {"type": file.kind, "url": file.url, "content_type": file.media_type, "file_name": file.name}
    lasts = {"duration": job.duration} if file.kind == "video" else {}
    return said | lasts | {"file_size": file.size}


def _authorized(request: Request) -> str:
    key = wire.bearer(request, "bearer", "key")
    if not wire.known(key):
        error = {"code": "UNAUTHORIZED", "message": "Authorization Bearer or Key token is required"}
        raise _Refused(401, {"error": error, "request_id": "gateway"})
    return key


def _no_webhook(request: Request, body: Mapping[str, object]) -> None:
    names = (*body, *request.query_params, *request.headers)
    if any("webhook" in name.lower() for name in names):
        raise _detail("webhook not supported", 400)


def _combination(model: _Model, body: Mapping[str, object]) -> tuple[str, int]:
    resolution, duration = body.get("resolution", "768P"), body.get("duration", 6)
    if isinstance(duration, bool) or not isinstance(duration, int) or not isinstance(resolution, str):
        raise _detail("duration must be an int and resolution a string")
    if (resolution, duration) not in model.combinations:
        allowed = ", ".join(f"{name} {seconds}" for name, seconds in model.combinations)
        raise _detail(f"resolution and duration must be one of: {allowed}")
    return resolution, duration
