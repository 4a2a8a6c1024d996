"""WaveSpeed's HTTP API, v3, from the server's side.

Sources: copies of wavespeed.ai/docs, read 2026-11-21 and 2026-11-29 (predictions and their results, prices, uploads of
at most 200 MB, the secret of webhooks); the official client, wavespeed 2.0.5, read 2026-12-01 (what it needs of a
ticket and of a prediction, and how an answer that came too late for ``enable_sync_mode`` is said); third parties'
clients, 2026-11-29 (the list of models, the balance). Not here: the limits of a tier, the history, files as base64.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from providers.sandbox import _wavespeed as rules
from providers.sandbox import _wavespeed_hooks as notices
from providers.sandbox import _wire as wire
from providers.sandbox._jobs import Hook, JobTimes, Order, Phase, SimJob, hashed
from providers.sandbox._media import sniffed
from providers.sandbox._origins import root_url
from providers.sandbox._wavespeed import EnvelopedError, PredictionModel, enveloped, models
from providers.sandbox._webhooks import Message, Webhooks
from providers.sandbox._world import World

SLUG = "wavespeed"
ENV = "WAVESPEED_BASE_URL"

# Simulated, no document says how long a prediction takes.
LATENCY = JobTimes(queue=(0.5, 3.0), run=(5.0, 12.0))
FILE_LIMIT = 200 * 10**6
SYNC_S, LOOK_S = 90.0, 0.1  # the client's tests have an answer that is not waited for any longer
# Simulated: nobody's balance is documented. What was spent is taken from it.
BALANCE_USD = Decimal(100)
TOO_LATE = 5004

STATUS = {
    Phase.QUEUED: "created",
    Phase.RUNNING: "processing",
    Phase.SUCCEEDED: "completed",
    Phase.FAILED: "failed",
    Phase.CANCELED: "cancelled",
}
# Simulated: no document has the words of a prediction that fails.
FAILURES = {
    "content": "The input or output was flagged as potentially sensitive content",
    "input": "The input image could not be fetched",
    "render": "Generation failed",
}
Handler = Callable[[Request], Awaitable[Response]]


def rate_limited() -> Response:
    return EnvelopedError(429, "Too many requests").reply()


def routes(world: World, public_url: str) -> list[Route]:
    """The endpoints under the vendor's origin, and the store of its files; see the package for a route's name."""
    desk = _WaveSpeedDesk(world, public_url)
    return [
        Route("/api/v3/media/uploads", _answered(desk.ticket), methods=["POST"], name="upload"),
        Route("/upload/{id}", desk.file, methods=["PUT"], name="upload"),
        Route("/api/v3/model/pricing", _answered(desk.pricing), methods=["POST"], name="quote"),
        Route("/api/v3/models", _answered(desk.models), methods=["GET"], name="catalog"),
        Route("/api/v3/balance", _answered(desk.balance), methods=["GET"], name="other"),
        Route("/api/v3/webhook/secret", _answered(desk.secret), methods=["GET"], name="other"),
        Route("/api/v3/predictions/{id}/result", _answered(desk.result), methods=["GET"], name="poll"),
        Route("/api/v3/{model:path}", _answered(desk.submit), methods=["POST"], name="submit"),
    ]


def _answered(handler: Handler) -> Handler:
    async def answered(request: Request) -> Response:
        try:
            return await handler(request)
        except EnvelopedError as error:
            return error.reply()

    return answered


@dataclass(frozen=True)
class _WaveSpeedDesk:
    world: World
    public_url: str

    @functools.cached_property
    def hooks(self) -> Webhooks:
        return Webhooks(self.world, self._messages)

    def _messages(self, job: SimJob, phase: Phase) -> Iterator[Message]:
        return notices.messages(job, phase, self._prediction(job))

    async def submit(self, request: Request) -> Response:
        key = _authorized(request)
        model = _model(request.path_params["model"])
        body = await wire.json_object(request)
        if said := model.problem(body):
            raise EnvelopedError(400, said)
        if wire.broke(key):  # simulated: which status an empty balance has
            raise EnvelopedError(402, "Insufficient balance")
        job = self._accept(key, model, body or {}, Hook(request.query_params.get("webhook", "")))
        self.hooks.watch(job)
        if model.value(job.body, "enable_sync_mode") is True:
            return enveloped(await self._when_over(job))
        return enveloped(self._prediction(job, Phase.QUEUED))

    def _accept(self, key: str, model: PredictionModel, inputs: Mapping[str, object], hook: Hook) -> SimJob:
        found = {url: self._image(url) for url in rules.images_in(inputs)}
        look, prompt = model.look(inputs, found.get), wire.text_of(inputs, "prompt")
        clip = wire.clip_spec(self.world, SLUG, prompt, model.resolution, model.seconds(inputs), look)
        kept = {name: wire.by_hash(value) for name, value in inputs.items()}
        refused = None if all(found.values()) else "input"
        number = f"{self.world.ids.getrandbits(128):032x}"
        price = model.price(inputs)
        return self.world.accept(Order(number, SLUG, model.id, key, LATENCY, clip, price, "USD", kept, refused, hook))

    def _image(self, reference: str) -> bytes | None:
        data = wire.fetched(self.world, self.public_url, reference)
        return data if data and wire.picture(data) else None

    async def _when_over(self, job: SimJob) -> dict[str, object]:
        """What is said of a prediction whose submit is answered once it is over, or after so long."""
        until = self.world.now() + SYNC_S / self.world.speed
        while self._is_alive(job) and self.world.now() < until:
            await self.world.sleep(LOOK_S)
        said = f"Sync mode timed out after {SYNC_S:.0f} seconds. The prediction is still processing asynchronously."
        late = {"code": TOO_LATE, "status": "processing", "error": said} if self._is_alive(job) else {}
        return self._prediction(job) | late

    def _is_alive(self, job: SimJob) -> bool:
        return self.world.phase(job) in (Phase.QUEUED, Phase.RUNNING)

    async def result(self, request: Request) -> Response:
        key = _authorized(request)
        job = self.world.find(SLUG, request.path_params["id"])
        if job is None or not job.is_of(key):  # simulated: that another's is not there
            raise EnvelopedError(404, "Prediction not found")
        self.hooks.watch(job)
        return enveloped(self._prediction(job))

    def _prediction(self, job: SimJob, phase: Phase | None = None) -> dict[str, object]:
        """How a prediction is, or how it was in that ``phase``."""
        phase = phase or self.world.phase(job)
        done = phase in (Phase.SUCCEEDED, Phase.FAILED)
        outputs = [file.url for file in wire.results(self.public_url, job)] if phase is Phase.SUCCEEDED else []
        took = round((job.ended_at - job.started_at) * 1000) if done else 0
        return {
            "id": job.id,
            "model": job.endpoint,
            "outputs": outputs,
            "urls": {"get": f"{self._root}/api/v3/predictions/{job.id}/result"},
            "has_nsfw_contents": [False for _ in outputs],
            "status": STATUS[phase],
            "created_at": self.world.wall(job.accepted_at),
            "error": FAILURES[job.refused or "render"] if phase is Phase.FAILED else "",
            "executionTime": took,  # simulated: what it counts, and in which unit
            "timings": {"inference": took},
        }

    @property
    def _root(self) -> str:
        return root_url(self.public_url, SLUG)

    async def ticket(self, request: Request) -> Response:
        """Where a file goes, with which headers, and what it is then called. The store has an address of its own."""
        _authorized(request)
        body = await wire.json_object(request) or {}
        name, size, kind = (body.get(field) for field in ("filename", "size", "content_type"))
        if not isinstance(name, str) or not isinstance(size, int) or isinstance(size, bool) or size < 1:
            raise EnvelopedError(400, "filename and size are required")
        if size > FILE_LIMIT:
            raise EnvelopedError(400, "file too large")
        headers = {"Content-Type": kind if isinstance(kind, str) and kind else "application/octet-stream"}
        number = f"{self.world.ids.getrandbits(128):032x}"
        self.world.remember(_ticket(number), {"size": size, "headers": headers})
        suffix = name.rpartition(".")[2]
        file = f"{self._root}/cdn/uploads/{number}.{suffix if suffix.isalnum() and suffix.isascii() else 'bin'}"
        place = f"{self._root}/upload/{number}?signature={_signature(number)}"
        return enveloped({"upload": {"method": "PUT", "url": place, "headers": headers}, "download_url": file})

    async def file(self, request: Request) -> Response:
        """Simulated: what the store says. It has no key, takes one for a mistake, and the file as it was announced."""
        number = request.path_params["id"]
        known = self.world.remembered(_ticket(number))
        if known is None or request.query_params.get("signature") != _signature(number):
            return PlainTextResponse("SignatureDoesNotMatch", 403)
        headers, data = known["headers"], await request.body()
        named = isinstance(headers, dict) and all(request.headers.get(each) == headers[each] for each in headers)
        if "authorization" in request.headers or not named:
            return PlainTextResponse("InvalidArgument", 400)
        if len(data) != known["size"]:
            return PlainTextResponse("EntityTooSmall", 400)
        media = sniffed(data)
        self.world.store(data, media.type if media else "application/octet-stream", number)
        return Response(status_code=200)

    async def pricing(self, request: Request) -> Response:
        """The price of these inputs. Simulated: that nobody has a discount."""
        _authorized(request)
        body = await wire.json_object(request) or {}
        model, inputs = _model(wire.text_of(body, "model_id")), body.get("inputs")
        if said := model.problem(inputs):
            raise EnvelopedError(400, said)
        price = float(model.price(inputs if isinstance(inputs, dict) else {}))
        prices = {"unit_price": price, "discounted_price": price, "currency": "USD"}
        return enveloped({"model_id": model.id, **prices})

    async def models(self, request: Request) -> Response:
        _authorized(request)
        return enveloped([model.entry() for model in models().values()])

    async def balance(self, request: Request) -> Response:
        key, now = _authorized(request), self.world.now()
        own = [job for job in self.world.jobs(SLUG) if job.is_of(key)]
        spent = sum((job.amount or Decimal(0)) * job.charges(now) for job in own)
        return enveloped({"balance": 0.0 if wire.broke(key) else float(max(BALANCE_USD - spent, Decimal(0)))})

    async def secret(self, request: Request) -> Response:
        """Simulated: under which name it is told."""
        return enveloped({"secret": notices.secret_of(hashed(_authorized(request)))})


def _ticket(number: str) -> str:
    return f"{SLUG} ticket {number}"


def _signature(number: str) -> str:
    return hashlib.sha256(f"{SLUG} upload {number}".encode()).hexdigest()[:32]


def _model(name: str) -> PredictionModel:
    model = models().get(name)
    if model is None:
        raise EnvelopedError(404, "Model not found")  # simulated: the status
    return model


def _authorized(request: Request) -> str:
    key = wire.bearer(request)
    if not wire.known(key):
        raise EnvelopedError(401, "Unauthorized")
    return key
