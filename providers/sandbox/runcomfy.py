"""RunComfy's Model API, from the server's side.

Sources, read 2026-11-21 and 2026-11-29: the API page of Hailuo 2.3 Pro text-to-video; docs.runcomfy.com/model-apis
(async-queue-endpoints, error-codes); for what the pages leave out runcomfy-cli: src/poll.rs @ 5457e6e and
src/cmd/cancel.rs @ 16efe77 (what a cancel says), src/cmd/run.rs @ 482ea15 (``request_id`` in every state, ``error`` in
a result, HTTP numbers), src/cmd/models.rs and src/cmd/balance.rs @ c009dcf; and comfyui-runcomfy-partner-nodes @
62e8aff (401, 402, ``include_cost``, data URIs).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from providers.sandbox import _wire as wire
from providers.sandbox._jobs import JobTimes, Order, Phase, SimJob
from providers.sandbox._origins import root_url
from providers.sandbox._runcomfy import AskedClip, CatalogModel, models, problem
from providers.sandbox._world import World

SLUG = "runcomfy"
ENV = "RUNCOMFY_BASE_URL"

# Simulated, no document says how long a job takes: the long queue of a shared cluster.
LATENCY = JobTimes(queue=(3.0, 9.0), run=(6.0, 14.0))
PAGE_LIMIT = 100
IMAGE_LIMIT = 50 * 10**6
# Simulated: nobody's balance is documented.
BALANCE_USD = 100.0

STATUS = {
    Phase.QUEUED: "in_queue",
    Phase.RUNNING: "in_progress",
    Phase.SUCCEEDED: "completed",
    Phase.FAILED: "failed",
    Phase.CANCELED: "cancelled",
}
WORDS = {
    400001: "InvalidResourceIdentifier",
    400002: "InsufficientResources",
    400004: "UserAccountError",
    403001: "PermissionDeniedError",
    404001: "ResourceNotFound",
}
# The pages list codes and words, no HTTP numbers. The vendor's own clients take a refused key as 401 or 403 and an
# empty balance as 402; of the others a code's first three digits are one.
HTTP = {400002: 402, 400004: 401}
FAILURES = {"content": "The prompt was flagged by content moderation", "render": "Generation failed"}
# Simulated: the CLI reads ``error`` as any JSON value. So many of the failures say it as an object, not as a text.
OBJECT_SHARE = 0.5


class _CodedRefusal(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(WORDS[code])
        self.code = code

    def reply(self) -> Response:
        body = {"error_code": self.code, "error_message": WORDS[self.code]}
        return JSONResponse(body, status_code=HTTP.get(self.code, self.code // 1000))


def rate_limited() -> Response:
    return JSONResponse({"message": "Too many requests"}, status_code=429)


def routes(world: World, public_url: str) -> list[Route]:
    """The endpoints under the vendor's origin; see the package for what a route's name means."""
    desk = _RunComfyDesk(world, public_url)
    request = "/v1/requests/{request_id}"
    return [
        Route("/v1/models", _catalogue, methods=["GET"], name="other"),
        Route("/v1/models/categories", _categories, methods=["GET"], name="other"),
        Route("/v1/models/{model_id:path}", desk.submit, methods=["POST"], name="submit"),
        Route("/v1/models/{model_id:path}", _model, methods=["GET"], name="quote"),
        Route(f"{request}/status", desk.status, methods=["GET"], name="poll"),
        Route(f"{request}/result", desk.result, methods=["GET"], name="result"),
        Route(f"{request}/cancel", desk.cancel, methods=["POST"], name="cancel"),
        # At the vendor this one is on another host, api.runcomfy.net.
        Route("/prod/v2/balance", _balance, methods=["GET"], name="other"),
    ]


@dataclass(frozen=True)
class _RunComfyDesk:
    world: World
    public_url: str

    async def submit(self, request: Request) -> Response:
        try:
            key = _authorized(request)
            model = _known_model(request)
            if wire.broke(key):
                raise _CodedRefusal(400002)
        except _CodedRefusal as refusal:
            return refusal.reply()
        body = await wire.json_object(request)
        if said := problem(model, body, lambda reference: self._image(reference) is not None):
            # Simulated: the Model API documents no validation error; this is how its serverless twin says it.
            return JSONResponse({"detail": [said]}, status_code=422)
        job = self._accept(key, model, body or {})
        links = self._links(job)
        cancel = links["status_url"].replace("/status", "/cancel")
        return JSONResponse({"request_id": job.id, **links, "cancel_url": cancel})

    def _accept(self, key: str, model: CatalogModel, body: Mapping[str, object]) -> SimJob:
        asked = AskedClip.of(model, body, self._image)
        prompt = wire.text_of(body, "prompt")
        clip = wire.clip_spec(self.world, SLUG, prompt, asked.resolution, asked.duration, asked.look)
        number = str(uuid.UUID(int=self.world.ids.getrandbits(128), version=4))
        return self.world.accept(Order(number, SLUG, model.id, key, LATENCY, clip, asked.price(model), "USD"))

    def _image(self, reference: str) -> bytes | None:
        data = wire.fetched(self.world, self.public_url, reference)
        return data if data and len(data) <= IMAGE_LIMIT and wire.picture(data) else None

    async def status(self, request: Request) -> Response:
        try:
            job = self._job(request)
        except _CodedRefusal as refusal:
            return refusal.reply()
        return JSONResponse(self._state(job))

    async def result(self, request: Request) -> Response:
        try:
            job = self._job(request)
        except _CodedRefusal as refusal:
            return refusal.reply()
        state = self._state(job)
        if self.world.phase(job) is Phase.SUCCEEDED:
            state["output"] = {file.kind: file.url for file in wire.results(self.public_url, job)}
            if request.query_params.get("include_cost") == "true":
                state["cost"] = float(job.amount or 0)
        if self.world.phase(job) is Phase.FAILED:
            said = FAILURES[job.refused or "render"]
            state["error"] = {"message": said} if job.varies("error", OBJECT_SHARE) else said
        return JSONResponse(state)

    async def cancel(self, request: Request) -> Response:
        try:
            job = self._job(request)
        except _CodedRefusal as refusal:
            return refusal.reply()
        outcome = "cancelled" if self.world.cancel(job) else "not_cancellable"
        return JSONResponse({"request_id": job.id, "outcome": outcome, "status": STATUS[self.world.phase(job)]})

    def _job(self, request: Request) -> SimJob:
        key = _authorized(request)
        job = self.world.find(SLUG, request.path_params["request_id"])
        if job is None:
            raise _CodedRefusal(404001)
        if not job.is_of(key):
            raise _CodedRefusal(403001)
        return job

    def _links(self, job: SimJob) -> dict[str, str]:
        base = f"{root_url(self.public_url, SLUG)}/v1/requests/{job.id}"
        return {"status_url": f"{base}/status", "result_url": f"{base}/result"}

    def _state(self, job: SimJob) -> dict[str, object]:
        phase = self.world.phase(job)
        state: dict[str, object] = {"request_id": job.id, "status": STATUS[phase], **self._links(job)}
        if phase is Phase.QUEUED:
            state["queue_position"] = self.world.ahead(job) + 1
        return state


async def _catalogue(request: Request) -> Response:
    """Public: no key is needed. Every filter that is not asked for lets all through."""
    query = request.query_params
    try:
        limit, offset = (int(query.get(name, default)) for name, default in (("limit", "20"), ("offset", "0")))
    except ValueError:
        limit, offset = 0, 0
    if not 1 <= limit <= PAGE_LIMIT or offset < 0:
        return JSONResponse({"detail": [f"limit must be 1..{PAGE_LIMIT} and offset at least 0"]}, status_code=422)
    found = [model for model in models().values() if all(keeps(model) for keeps in _filters(request))]
    page = found[offset : offset + limit]
    schema = query.get("include_schema") == "true"
    return JSONResponse({"models": [model.entry(schema=schema) for model in page], "total": len(found)})


def _filters(request: Request) -> list[Callable[[CatalogModel], bool]]:
    query = request.query_params
    search, category, kind = query.get("search", "").lower(), query.get("category"), query.get("kind", "model")
    return [
        lambda model: search in f"{model.id} {model.name}".lower(),
        lambda model: category in (None, model.category),
        lambda _: kind == "model",
    ]


async def _categories(_: Request) -> Response:
    return JSONResponse({"categories": sorted({model.category for model in models().values()})})


async def _model(request: Request) -> Response:
    try:
        return JSONResponse(_known_model(request).entry(schema=True))
    except _CodedRefusal as refusal:
        return refusal.reply()


async def _balance(request: Request) -> Response:
    try:
        key = _authorized(request)
    except _CodedRefusal as refusal:
        return refusal.reply()
    return JSONResponse({"balance_usd": 0.0 if wire.broke(key) else BALANCE_USD, "currency": "USD"})


def _authorized(request: Request) -> str:
    key = wire.bearer(request)
    if not wire.known(key):
        raise _CodedRefusal(400004)
    return key


def _known_model(request: Request) -> CatalogModel:
    model = models().get(request.path_params["model_id"])
    if model is None:
        raise _CodedRefusal(400001)
    return model
