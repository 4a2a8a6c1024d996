"""OdiRouter's model queue, from the server's side. OdiRouter re-hosts SeaCloud's queue and its pages.

Sources, read 2026-11-21 and 2026-11-29: OdiRouter's page of Hailuo 2.3 Fast image-to-video;
cloud.seaart.ai/docs/model-api (multimodal: submit, poll, result, errors); for what these leave out seacloud-cli @
aa9c8ac: cmd/run_contract_test.go (402, the other form of a result, words in small letters),
cmd/run_queue_failure_test.go and internal/queue/status_error_test.go (``provider_error``, an ``error`` that is an
object), internal/localfiles/upload.go, internal/account/client.go. A public client of OdiRouter uploads to
``/v1/files``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from providers.sandbox import _seacloud
from providers.sandbox import _wire as wire
from providers.sandbox._jobs import JobTimes, Order, Phase, SimJob
from providers.sandbox._media import sniffed
from providers.sandbox._odirouter import MODELS, PROMPT_LIMIT, QueueModel
from providers.sandbox._origins import root_url
from providers.sandbox._seacloud import SeaCloudRefusal, authorized, detail, enveloped
from providers.sandbox._world import World

SLUG = "odirouter"
ENV = "ODIROUTER_BASE_URL"

# Simulated, no document says how long a job takes: hardly a queue, a slow model.
LATENCY = JobTimes(queue=(0.5, 2.5), run=(7.0, 19.0))
IMAGE_LIMIT = 20 * 10**6
# Simulated: no document says how large an upload may be.
UPLOAD_LIMIT = 50 * 10**6
SHORT_SIDE = 300
FORMATS = ("JPEG", "PNG", "WEBP")
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
# Simulated: what a model makes whose contract nobody has published.
UNSTATED = ("720p", 5)
# Simulated: how many of the jobs are told of as the clients know it and the pages do not.
OTHER_SHARE = 0.3

STATUS = {Phase.QUEUED: "IN_QUEUE", Phase.RUNNING: "IN_PROGRESS"}
# The failures the poll page lists, by why this world's job ended.
ERROR_TYPES = {"content": "CONTENT_BLOCKED", "render": "INFERENCE_FAILURE"}
# Simulated: what a provider behind the queue may have said.
PROVIDER_ERRORS = {
    "content": {"code": "InputContentSensitive", "message": "The prompt was flagged by content moderation"},
    "render": {"code": "InternalError", "message": "Generation failed"},
}


def rate_limited() -> Response:
    error = {"code": "RATE_LIMIT_EXCEEDED", "message": "Rate limit exceeded, please try again later"}
    return JSONResponse({"error": error, "request_id": "gateway"}, status_code=429)


def routes(world: World, public_url: str) -> list[Route]:
    """The endpoints under the vendor's origin; see the package for what a route's name means."""
    desk = _OdiRouterDesk(world, public_url)
    queue = "/model/v1/queue/{endpoint}"
    request = queue + "/requests/{request_id}"
    return [
        Route(queue, desk.submit, methods=["POST"], name="submit"),
        Route(f"{queue}/sync", desk.sync, methods=["POST"], name="other"),
        Route(f"{request}/status", desk.status, methods=["GET"], name="poll"),
        Route(f"{request}/status/stream", desk.stream, methods=["GET"], name="other"),
        Route(f"{request}/response", desk.response, methods=["GET"], name="result"),
        Route(f"{request}/cancel", desk.cancel, methods=["PUT"], name="cancel"),
        Route("/v1/files", desk.upload, methods=["POST"], name="upload"),
        Route("/model/v1/files", desk.upload, methods=["POST"], name="upload"),
        Route("/api/v1/storage/files", desk.upload, methods=["POST"], name="upload"),
        *_seacloud.routes(),
    ]


@dataclass(frozen=True)
class _Checked:
    prompt: str
    resolution: str
    duration: int
    image: bytes | None


@dataclass(frozen=True)
class _OdiRouterDesk:
    world: World
    public_url: str

    async def submit(self, request: Request) -> Response:
        try:
            key = authorized(request)
            endpoint = request.path_params["endpoint"]
            if endpoint not in MODELS:
                raise detail(f"App not found: {endpoint}", 404)
            body = await wire.json_object(request)
            _no_webhook(request, body or {})
            asked = self._asked(MODELS[endpoint], body)
            if wire.broke(key):
                raise SeaCloudRefusal(402, enveloped(402, "Insufficient credits", None, error_code=40201))
        except SeaCloudRefusal as refusal:
            return refusal.reply()
        job = self._accept(endpoint, key, asked)
        links = {f"{name}_url": self._link(job, name) for name in ("response", "status", "cancel")}
        return JSONResponse({"request_id": job.id, **links, "queue_position": 0})

    def _accept(self, endpoint: str, key: str, asked: _Checked) -> SimJob:
        number = "mmsu_" + "".join(self.world.ids.choice(ALPHABET) for _ in range(26))
        clip = wire.clip_spec(
            self.world, SLUG, asked.prompt, asked.resolution.lower(), asked.duration, wire.Look(asked.image)
        )
        return self.world.accept(Order(number, SLUG, endpoint, key, LATENCY, clip))

    async def status(self, request: Request) -> Response:
        try:
            job = self._job(request)
        except SeaCloudRefusal as refusal:
            return refusal.reply()
        return JSONResponse(self._state(job))

    async def response(self, request: Request) -> Response:
        try:
            job = self._job(request)
        except SeaCloudRefusal as refusal:
            return refusal.reply()
        phase = self.world.phase(job)
        if phase in STATUS:
            return JSONResponse(self._state(job), status_code=202)
        if phase is not Phase.SUCCEEDED:
            return JSONResponse(self._state(job))
        files = wire.results(self.public_url, job)
        if job.varies("output", OTHER_SHARE):
            content = [{"type": file.kind, "url": file.url} for file in files]
            status = _spelled("COMPLETED", job)
            return JSONResponse({"request_id": job.id, "status": status, "output": [{"content": content}]})
        outputs, metadata = [_output(file, job) for file in files], {"prompt": job.prompt}
        return JSONResponse({"request_id": job.id, "outputs": outputs, "metadata": metadata})

    async def cancel(self, request: Request) -> Response:
        """Simulated: the reply is undocumented, so it is that of the queue this protocol follows (fal.ai).

        A request is all it is: what already runs goes on, as "when the endpoint supports it" allows.
        """
        try:
            job = self._job(request)
        except SeaCloudRefusal as refusal:
            return refusal.reply()
        if self.world.phase(job) not in STATUS:
            return JSONResponse({"status": "ALREADY_COMPLETED"}, status_code=400)
        self.world.cancel(job)
        return JSONResponse({"status": "CANCELLATION_REQUESTED"}, status_code=202)

    async def upload(self, request: Request) -> Response:
        try:
            authorized(request)
            data = await wire.uploaded(request)
            media = sniffed(data or b"")
            if data is None or media is None or len(data) > UPLOAD_LIMIT:
                raise detail(f"file: an image, video or sound of at most {UPLOAD_LIMIT // 10**6} MB is required")
        except SeaCloudRefusal as refusal:
            return refusal.reply()
        url = {"url": wire.upload_url(self.public_url, SLUG, self.world.store(data, media.type))}
        wrapped = request.scope["path"].endswith("/storage/files")
        return JSONResponse(enveloped(200, "ok", url) if wrapped else url)

    async def sync(self, _: Request) -> Response:
        return detail("Not Found", 404).reply()

    async def stream(self, _: Request) -> Response:
        return detail("SSE streaming not supported", 400).reply()

    def _job(self, request: Request) -> SimJob:
        key = authorized(request)
        job = self.world.find(SLUG, request.path_params["request_id"])
        if job is None or not job.is_of(key) or job.endpoint != request.path_params["endpoint"]:
            raise detail("Request not found", 404)
        return job

    def _link(self, job: SimJob, name: str) -> str:
        return f"{root_url(self.public_url, SLUG)}/model/v1/queue/{job.endpoint}/requests/{job.id}/{name}"

    def _state(self, job: SimJob) -> dict[str, object]:
        phase = self.world.phase(job)
        state: dict[str, object] = {
            "status": _spelled(STATUS.get(phase, "COMPLETED"), job),
            "request_id": job.id,
            "queue_position": 0,
            "response_url": self._link(job, "response"),
        }
        if phase is Phase.SUCCEEDED:
            state["metrics"] = {"inference_time": round(job.ended_at - job.started_at, 2)}
        elif phase not in STATUS:
            state |= _failure(job, phase)
        return state

    def _asked(self, model: QueueModel, body: Mapping[str, object] | None) -> _Checked:
        if body is None:
            raise detail("The body must be a JSON object")
        unknown = sorted(set(body) - model.fields)
        if unknown:  # the contract's additionalProperties: false; the words are simulated
            raise detail(f"{unknown[0]} is not a parameter of {model.id}")
        prompt = body.get("prompt", "")
        if not isinstance(prompt, str) or (not prompt and not model.image):
            raise detail("prompt must be a string")
        if not model.combinations:
            return _Checked(prompt, *UNSTATED, self._pictures(body) if model.image else None)
        if len(prompt) > PROMPT_LIMIT:
            raise detail(f"prompt must be a string of at most {PROMPT_LIMIT} characters")
        for flag in ("prompt_optimizer", "fast_pretreatment", "aigc_watermark"):
            if not isinstance(body.get(flag, False), bool):
                raise detail(f"{flag} must be a bool")
        resolution, duration = _combination(model, body)
        return _Checked(prompt, resolution, duration, self._image(body) if model.image else None)

    def _pictures(self, body: Mapping[str, object]) -> bytes:
        """The first of ``images``, a list of URLs or data URIs; no document states limits of theirs."""
        images = body.get("images")
        urls = images if isinstance(images, list) else []
        found = [wire.fetched(self.world, self.public_url, url) if isinstance(url, str) else None for url in urls]
        if not found or not all(data and wire.picture(data) for data in found):
            raise detail("images must be a list of reachable images")
        return found[0] or b""

    def _image(self, body: Mapping[str, object]) -> bytes:
        reference = wire.text_of(body, "first_frame_image")
        if not reference:
            raise detail("first_frame_image is required")
        data = wire.fetched(self.world, self.public_url, reference)
        picture = wire.picture(data) if data else None
        if data is None or picture is None or picture.format not in FORMATS:
            raise detail("first_frame_image must be a reachable JPG, JPEG, PNG or WebP image")
        if len(data) >= IMAGE_LIMIT:
            raise detail("first_frame_image must be less than 20MB")
        short, long = sorted((picture.width, picture.height))
        if short <= SHORT_SIDE or long * 2 > short * 5:
            raise detail("first_frame_image needs a short side over 300px and an aspect ratio of 2:5 to 5:2")
        return data


def _spelled(word: str, job: SimJob) -> str:
    return word.lower() if job.varies("case", OTHER_SHARE) else word


def _failure(job: SimJob, phase: Phase) -> dict[str, object]:
    said = "Task execution failed"
    if phase is Phase.CANCELED:
        return {"error": said, "error_type": "CANCELED"}
    why = job.refused or "render"
    if not job.varies("error", OTHER_SHARE):
        return {"error": said, "error_type": ERROR_TYPES[why]}
    behind = PROVIDER_ERRORS[why]
    error = {"code": behind["code"], "message": said}
    return {"error": error, "error_type": ERROR_TYPES[why], "provider_error": behind}


def _output(file: wire.OutputFile, job: SimJob) -> dict[str, object]:
    said: dict[str, object] = {
        "type": file.kind,
        "url": file.url,
        "content_type": file.media_type,
        "file_name": file.name,
    }
    lasts = {"duration": job.duration} if file.kind == "video" else {}
    return said | lasts | {"file_size": file.size}


def _no_webhook(request: Request, body: Mapping[str, object]) -> None:
    names = (*body, *request.query_params, *request.headers)
    if any("webhook" in name.lower() for name in names):
        raise detail("webhook not supported", 400)


def _combination(model: QueueModel, body: Mapping[str, object]) -> tuple[str, int]:
    resolution, duration = body.get("resolution", "768P"), body.get("duration", 6)
    if isinstance(duration, bool) or not isinstance(duration, int) or not isinstance(resolution, str):
        raise detail("duration must be an int and resolution a string")
    if (resolution, duration) not in model.combinations:
        allowed = ", ".join(f"{name} {seconds}" for name, seconds in model.combinations)
        raise detail(f"resolution and duration must be one of: {allowed}")
    return resolution, duration
