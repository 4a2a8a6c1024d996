"""RunComfy's Model API, from the server's side.

Sources, read 2026-11-21: the API page of Hailuo 2.3 Pro text-to-video; docs.runcomfy.com/model-apis
(async-queue-endpoints, error-codes); runcomfy-cli src/poll.rs and the partner nodes' tests for what the pages
leave out (the outcome of a cancel, the catalogue entry, ``include_cost``).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from providers.sandbox import _wire as wire
from providers.sandbox._jobs import Latency, Order, Phase, SimJob
from providers.sandbox._origins import root_url
from providers.sandbox._world import World

SLUG = "runcomfy"
ENV = "RUNCOMFY_BASE_URL"

# Simulated, no document says how long a job takes: the long queue of a shared cluster.
LATENCY = Latency(queue=(3.0, 9.0), run=(6.0, 14.0))
# Simulated: the page says 1080p and nothing of the length.
RESOLUTION, DURATION = "1080p", 6
# Simulated: no price is published for this model, yet a catalogue entry carries one.
PRICE_USD = Decimal("0.48")
PRICE_NOTE = "Simulated by the sandbox; the real price of this model is not published."
MODEL = "minimax/hailuo-2-3/pro/text-to-video"
PAGE_LIMIT = 100

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


class _Refused(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(WORDS[code])
        self.code = code

    def reply(self) -> Response:
        """The documents list codes and words, no HTTP status: a code's first three digits are one."""
        body = {"error_code": self.code, "error_message": WORDS[self.code]}
        return JSONResponse(body, status_code=self.code // 1000)


def rate_limited() -> Response:
    return JSONResponse({"message": "Too many requests"}, status_code=429)


def routes(world: World, public_url: str) -> list[Route]:
    """The endpoints under the vendor's origin; see the package for what a route's name means."""
    desk = _Desk(world, public_url)
    request = "/v1/requests/{request_id}"
    return [
        Route("/v1/models", desk.models, methods=["GET"], name="other"),
        Route("/v1/models/{model_id:path}", desk.submit, methods=["POST"], name="submit"),
        Route("/v1/models/{model_id:path}", desk.model, methods=["GET"], name="quote"),
        Route(f"{request}/status", desk.status, methods=["GET"], name="poll"),
        Route(f"{request}/result", desk.result, methods=["GET"], name="result"),
        Route(f"{request}/cancel", desk.cancel, methods=["POST"], name="cancel"),
    ]


@dataclass(frozen=True)
class _Desk:
    world: World
    public_url: str

    async def submit(self, request: Request) -> Response:
        try:
            key = _authorized(request)
            _known_model(request)
            if wire.broke(key):
                raise _Refused(400002)
        except _Refused as refusal:
            return refusal.reply()
        body = await wire.json_object(request)
        if problem := _problem(body):
            # Simulated: the Model API documents no validation error; this is how its serverless twin says it.
            return JSONResponse({"detail": [problem]}, status_code=422)
        job = self._accept(key, wire.text_of(body or {}, "prompt"))
        links = self._links(job)
        cancel = links["status_url"].replace("/status", "/cancel")
        return JSONResponse({"request_id": job.id, **links, "cancel_url": cancel})

    def _accept(self, key: str, prompt: str) -> SimJob:
        clip = wire.clip_spec(self.world, SLUG, prompt, RESOLUTION, DURATION)
        number = str(uuid.UUID(int=self.world.ids.getrandbits(128), version=4))
        return self.world.accept(Order(number, SLUG, MODEL, key, LATENCY, clip, PRICE_USD, "USD"))

    async def status(self, request: Request) -> Response:
        try:
            job = self._job(request)
        except _Refused as refusal:
            return refusal.reply()
        return JSONResponse(self._state(job))

    async def result(self, request: Request) -> Response:
        try:
            job = self._job(request)
        except _Refused as refusal:
            return refusal.reply()
        state = self._state(job)
        if self.world.phase(job) is Phase.SUCCEEDED:
            state["output"] = {file.kind: file.url for file in wire.results(self.public_url, job)}
            if request.query_params.get("include_cost") == "true":
                state["cost"] = float(PRICE_USD)
        return JSONResponse(state)

    async def cancel(self, request: Request) -> Response:
        try:
            job = self._job(request)
        except _Refused as refusal:
            return refusal.reply()
        outcome = "cancelled" if self.world.cancel(job) else "not_cancellable"
        return JSONResponse({"outcome": outcome, "status": STATUS[self.world.phase(job)]})

    async def model(self, request: Request) -> Response:
        try:
            _authorized(request)
            _known_model(request)
        except _Refused as refusal:
            return refusal.reply()
        return JSONResponse(_entry())

    async def models(self, request: Request) -> Response:
        try:
            _authorized(request)
        except _Refused as refusal:
            return refusal.reply()
        try:
            limit, offset = (int(request.query_params.get(name, default)) for name, default in _PAGING)
        except ValueError:
            limit, offset = 0, 0
        if not 1 <= limit <= PAGE_LIMIT or offset < 0:
            return JSONResponse({"detail": [f"limit must be 1..{PAGE_LIMIT}"]}, status_code=422)
        wanted = request.query_params.get("search", "")
        found = [_entry()] if wanted in MODEL else []
        # Simulated: the entries are documented, the envelope around them is not.
        return JSONResponse({"models": found[offset : offset + limit], "total": len(found)})

    def _job(self, request: Request) -> SimJob:
        key = _authorized(request)
        job = self.world.find(SLUG, request.path_params["request_id"])
        if job is None:
            raise _Refused(404001)
        if not job.is_of(key):
            raise _Refused(403001)
        return job

    def _links(self, job: SimJob) -> dict[str, str]:
        base = f"{root_url(self.public_url, SLUG)}/v1/requests/{job.id}"
        return {"status_url": f"{base}/status", "result_url": f"{base}/result"}

    def _state(self, job: SimJob) -> dict[str, object]:
        phase = self.world.phase(job)
        state: dict[str, object] = {"status": STATUS[phase], **self._links(job)}
        if phase is Phase.QUEUED:
            state["queue_position"] = self.world.ahead(job) + 1
        return state


_PAGING = (("limit", "20"), ("offset", "0"))


def _authorized(request: Request) -> str:
    key = wire.bearer(request)
    if not wire.known(key):
        raise _Refused(400004)
    return key


def _known_model(request: Request) -> None:
    if request.path_params["model_id"] != MODEL:
        raise _Refused(400001)


def _problem(body: dict[str, object] | None) -> str | None:
    """What is wrong with the inputs by the page's schema; None when nothing is."""
    if body is None:
        return "The body must be a JSON object."
    if not wire.text_of(body, "prompt"):
        return "prompt: a string is required."
    if not isinstance(body.get("enable_prompt_expansion", True), bool):
        return "enable_prompt_expansion: must be a boolean."
    return None


def _entry() -> dict[str, object]:
    price = {"base_price_usd": float(PRICE_USD), "price_unit": "output", "pricing_note": PRICE_NOTE}
    return {"model_id": MODEL, **price}
