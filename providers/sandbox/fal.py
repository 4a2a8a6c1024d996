"""fal's queue, the host of its files and its platform API, from the server's side.

Sources: the shared notes of 2026-11-29, section 2 (F-a to F-j), which quote fal's pages and fal-client 1.0.3;
fal.ai/docs, read 2026-12-01 (api-reference/inference-api: 202 until a request is over; inference-api/queue/cancel: the
cancel's words; documentation/model-apis/errors and request-errors); github.com/fal-ai/fal, issue 1147 of 2026-08-15,
for an account without a balance; ``_fal_hooks`` for webhooks. At fal the queue, the files, the keys of webhooks and the
platform are hosts of their own; here they are one. The stream of a status is left out.
"""

from __future__ import annotations

import functools
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from providers.sandbox import _fal as rules
from providers.sandbox import _fal_hooks as notices
from providers.sandbox import _wire as wire
from providers.sandbox._fal import FalModel, models
from providers.sandbox._fal_platform import catalogue, prices
from providers.sandbox._jobs import Hook, JobTimes, Order, Phase, SimJob
from providers.sandbox._origins import root_url
from providers.sandbox._webhooks import Message, Webhooks
from providers.sandbox._world import World

SLUG = "fal"
ENV = "FAL_BASE_URL"

# Simulated, no document says how long a job takes.
LATENCY = JobTimes(queue=(1.0, 6.0), run=(6.0, 14.0))
STATUS = {
    Phase.QUEUED: "IN_QUEUE",
    Phase.RUNNING: "IN_PROGRESS",
    Phase.SUCCEEDED: "COMPLETED",
    Phase.FAILED: "COMPLETED",
    Phase.CANCELED: "COMPLETED",
}
FORMS = ("app", "response", "full")
"""How the URLs of a job are written: fal's pages show all three. Each job has one; all are answered."""
TOKEN_S = 3600.0  # simulated
REFUSAL = "The content could not be processed because it contained material flagged by a content checker."
# Simulated, as shares: where the pages differ, and what a failed job's state says of it.
PLAIN_STATUS_SHARE, SAID_AT_ONCE_SHARE, REMOVED_SHARE = 0.3, 0.5, 0.5


class _FalRefusal(Exception):
    """An error as the queue says it: a text, and sometimes a word for machines, which is in a header, too."""

    def __init__(self, status: int, detail: object, kind: str = "") -> None:
        super().__init__(str(detail))
        self.status, self.detail, self.kind = status, detail, kind

    @property
    def body(self) -> dict[str, object]:
        return {"detail": self.detail, **({"error_type": self.kind} if self.kind else {})}

    def reply(self) -> Response:
        headers = {"X-Fal-Error-Type": self.kind} if self.kind else {}
        if isinstance(self.detail, list):
            headers["X-Fal-Retryable"] = "false"
        return JSONResponse(self.body, self.status, headers)


def rate_limited() -> Response:
    """The words are simulated; the type and the header are those of a direct call over the limit."""
    reply = _FalRefusal(429, "Too many concurrent requests", "concurrent_requests_limit").reply()
    reply.headers["X-Fal-needs-retry"] = "1"
    return reply


def routes(world: World, public_url: str) -> list[Route]:
    """The endpoints under the vendor's origins; see the package for what a route's name means."""
    desk = _FalDesk(world, public_url)
    job = "/{app:path}/requests/{request_id}"
    return [
        Route("/storage/auth/token", desk.token, methods=["POST"], name="upload"),
        Route("/files/upload", desk.file, methods=["POST"], name="upload"),
        Route("/.well-known/jwks.json", _jwks, methods=["GET"], name="other"),
        Route("/v1/models", catalogue, methods=["GET"], name="catalog"),
        Route("/v1/models/pricing", prices, methods=["GET"], name="price"),
        Route(f"{job}/status", desk.status, methods=["GET"], name="poll"),
        Route(f"{job}/response", desk.result, methods=["GET"], name="result"),
        Route(f"{job}/cancel", desk.cancel, methods=["PUT"], name="cancel"),
        Route(job, desk.result, methods=["GET"], name="result"),
        Route("/{endpoint:path}", desk.submit, methods=["POST"], name="submit"),
    ]


@dataclass(frozen=True)
class _FalDesk:
    world: World
    public_url: str

    @functools.cached_property
    def hooks(self) -> Webhooks:
        return Webhooks(self.world, self._messages)

    def _messages(self, job: SimJob, phase: Phase) -> Iterator[Message]:
        """None of one that was cancelled: it was not processed, and no document says that this is told."""
        if phase is Phase.SUCCEEDED:
            yield notices.succeeded(job, self._made(job, models()[job.endpoint]))
        if phase is Phase.FAILED:
            failure = _failure(job)
            yield notices.failed(job, failure.status, failure.body)

    async def submit(self, request: Request) -> Response:
        """Simulated: that the queue itself looks at the inputs; no document says who does."""
        body = await wire.json_object(request)
        try:
            key = _solvent(request)
            model = models().get(request.path_params["endpoint"])
            if model is None:
                raise _FalRefusal(404, f"Application {request.path_params['endpoint']!r} not found")
            found = [_no_object()] if body is None else rules.problems(model, body, self._image)
            if body is None or found:
                raise _FalRefusal(422, found)
        except _FalRefusal as refusal:
            return refusal.reply()
        job = self._accept(key, model, body, Hook(request.query_params.get("fal_webhook", "")))
        self.hooks.watch(job)
        told = {"gateway_request_id": job.id} if job.hook.url else {}
        place = {"queue_position": self.world.ahead(job)}
        return JSONResponse({"status": "IN_QUEUE", **self._links(job), **told, **place})

    def _accept(self, key: str, model: FalModel, body: Mapping[str, object], hook: Hook) -> SimJob:
        look = rules.look_of(model, body, self._image)
        resolution, seconds = rules.resolution_of(model, body), model.seconds(body)
        clip = wire.clip_spec(self.world, SLUG, wire.text_of(body, "prompt"), resolution, seconds, look)
        number = str(uuid.UUID(int=self.world.ids.getrandbits(128), version=4))
        kept = {name: wire.by_hash(value) for name, value in body.items()}
        price = model.price(body)
        return self.world.accept(Order(number, SLUG, model.id, key, LATENCY, clip, price, "USD", kept, hook=hook))

    def _image(self, reference: str) -> bytes | None:
        return wire.fetched(self.world, self.public_url, reference)

    async def status(self, request: Request) -> Response:
        try:
            job = self._job(request)
        except _FalRefusal as refusal:
            return refusal.reply()
        self.hooks.watch(job)
        phase = self.world.phase(job)
        over = phase not in (Phase.QUEUED, Phase.RUNNING)
        state = {**self._links(job), **self._state(job, phase, request.query_params.get("logs") in ("1", "true"))}
        return JSONResponse(state, 200 if over or job.varies("status", PLAIN_STATUS_SHARE) else 202)

    def _state(self, job: SimJob, phase: Phase, logs: bool) -> dict[str, object]:
        word: dict[str, object] = {"status": STATUS[phase]}
        if phase is Phase.QUEUED:
            return word | {"queue_position": self.world.ahead(job)}
        said = [{"message": "Generating", "timestamp": self.world.wall(job.started_at)}] if logs else None
        if phase is Phase.RUNNING:
            return word | {"logs": said}
        if phase is Phase.CANCELED:  # simulated: no document says how a request that was removed is told of
            return word | {"logs": said, "error": "Request was cancelled", "error_type": "cancelled"}
        state = word | {"logs": said, "metrics": {"inference_time": round(job.ended_at - job.started_at, 2)}}
        if phase is Phase.FAILED and (job.refused == "render" or job.varies("said", SAID_AT_ONCE_SHARE)):
            detail, kind = _why_failed(job)
            state |= {"error": detail, "error_type": kind}
        return state

    async def result(self, request: Request) -> Response:
        try:
            job = self._job(request)
            phase = self.world.phase(job)
            if phase in (Phase.QUEUED, Phase.RUNNING):  # simulated: what is said of one that is not over
                raise _FalRefusal(400, "Request is still in progress")
            if phase is Phase.CANCELED:  # simulated
                raise _FalRefusal(404, "Request was cancelled")
            if phase is Phase.FAILED:
                raise _failure(job)
        except _FalRefusal as refusal:
            return refusal.reply()
        model = models()[job.endpoint]
        units = f"{model.units(job.amount or model.price(job.body)).normalize():f}"
        headers = {"x-fal-request-id": job.id, "x-fal-billable-units": units}
        return JSONResponse(self._made(job, model), headers=headers)

    def _made(self, job: SimJob, model: FalModel) -> dict[str, object]:
        made: dict[str, object] = {}
        for file in wire.results(self.public_url, job):
            named = {"url": file.url, "content_type": file.media_type, "file_name": file.name}
            made[file.kind] = {**named, "file_size": file.size}
        if "seed" in model.properties:
            made["seed"] = job.body.get("seed", int(job.dice * 2**31))
        return made | rules.rewritten(model, job.body)

    async def cancel(self, request: Request) -> Response:
        """What waits is removed, and told of in one of two ways; what runs gets a signal, and here goes on."""
        try:
            _key(request)
            job = self._job(request)
        except _FalRefusal as refusal:
            return refusal.reply() if refusal.status != 404 else JSONResponse({"status": "NOT_FOUND"}, 404)
        if self.world.cancel(job):
            removed = job.varies("removed", REMOVED_SHARE)
            return JSONResponse({"status": "OK" if removed else "CANCELLATION_REQUESTED"}, 200 if removed else 202)
        if self.world.phase(job) is Phase.RUNNING:
            return JSONResponse({"status": "CANCELLATION_REQUESTED"}, 202)
        return JSONResponse({"status": "ALREADY_COMPLETED"}, 400)

    async def token(self, request: Request) -> Response:
        try:
            _solvent(request)
        except _FalRefusal as refusal:
            return refusal.reply()
        if request.query_params.get("storage_type") != "fal-cdn-v3":
            return _FalRefusal(422, [_no_object()]).reply()
        token, until = f"{self.world.ids.getrandbits(128):032x}", self.world.now() + TOKEN_S
        self.world.remember(f"fal token {token}", {"until": until})
        place = {"base_url": root_url(self.public_url, SLUG), "expires_at": self.world.wall(until)}
        return JSONResponse({"token": token, "token_type": "Bearer", **place})

    async def file(self, request: Request) -> Response:
        known = self.world.remembered(f"fal token {wire.bearer(request)}")
        if known is None or float(str(known["until"])) < self.world.now():
            return _FalRefusal(401, "Invalid upload token").reply()  # simulated: the words
        stored = self.world.store(await request.body(), request.headers.get("content-type", ""))
        return JSONResponse({"access_url": wire.upload_url(self.public_url, SLUG, stored)})

    def _job(self, request: Request) -> SimJob:
        """A job under any of the forms of its URLs."""
        key, job = _key(request), self.world.find(SLUG, request.path_params["request_id"])
        app = request.path_params["app"]
        if job is None or not job.is_of(key) or app not in (job.endpoint, models()[job.endpoint].app):
            raise _FalRefusal(404, "Request not found")  # simulated: the words
        return job

    def _links(self, job: SimJob) -> dict[str, str]:
        """The URLs of a job in the form it has."""
        form = FORMS[int(job.dice * len(FORMS))]
        app = job.endpoint if form == "full" else models()[job.endpoint].app
        base = f"{root_url(self.public_url, SLUG)}/{app}/requests/{job.id}"
        links = {"response_url": f"{base}/response" if form == "response" else base, "status_url": f"{base}/status"}
        return {"request_id": job.id, **links, "cancel_url": f"{base}/cancel"}


async def _jwks(_: Request) -> Response:
    return JSONResponse(notices.jwks())


def _why_failed(job: SimJob) -> tuple[str, str]:
    """In a failed job's state: the words and the type."""
    if job.refused == "render":
        return "Runner disconnected unexpectedly during processing", "runner_disconnected"
    return REFUSAL, "content_policy_violation"


def _failure(job: SimJob) -> _FalRefusal:
    """In the result of a failed job."""
    detail, kind = _why_failed(job)
    if job.refused == "render":
        return _FalRefusal(503, detail, kind)
    problem = {"loc": ["body", "prompt"], "msg": detail, "type": kind, "url": f"{rules.SEE}{kind}"}
    return _FalRefusal(422, [problem | {"input": job.prompt}])


def _no_object() -> dict[str, object]:
    """Simulated: pydantic's words for a body that is no object."""
    said = "Input should be a valid dictionary"
    return {"loc": ["body"], "msg": said, "type": "dict_type", "url": f"{rules.SEE}dict_type", "input": None}


def _key(request: Request) -> str:
    key = wire.bearer(request, "key")
    if not wire.known(key):  # simulated: the words
        raise _FalRefusal(401, "Authentication is required to access this application.")
    return key


def _solvent(request: Request) -> str:
    key = _key(request)
    if wire.broke(key):
        words = "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing."
        raise _FalRefusal(403, words)
    return key
