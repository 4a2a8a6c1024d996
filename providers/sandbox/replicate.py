"""Replicate's HTTP API, from the server's side.

Sources, read 2026-12-01: Replicate's OpenAPI 1.0.0-a1 in tryAGI/Replicate @ 6c8ab8e (predictions and their list,
models, files); replicate.com/docs/topics/predictions/lifecycle (states) and
/changelog/2025-10-16-prediction-deadlines (what is charged); the official client replicate 1.0.7 (what it needs of a
file, a model and an error); errors and a created prediction as read 2026-11-29; ``_replicate_hooks`` for webhooks. Not
here: deadlines, streams, and that all is deleted an hour later.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from providers.sandbox import _replicate_hooks as notices
from providers.sandbox import _wire as wire
from providers.sandbox._jobs import Hook, JobTimes, Order, Phase, SimJob, hashed
from providers.sandbox._origins import path_of, root_url
from providers.sandbox._replicate import HostedModel, images_in, models
from providers.sandbox._uploads import Stored
from providers.sandbox._webhooks import Message, Webhooks
from providers.sandbox._world import World

SLUG = "replicate"
ENV = "REPLICATE_BASE_URL"

# Simulated, no document says how long a prediction takes here: a worker may have to start first.
LATENCY = JobTimes(queue=(5.0, 9.0), run=(5.0, 11.0))
PAGE = 100
FILE_LIMIT = 100 * 10**6
FILE_LIFE_S = 3600.0
FIELDS = {"input", "stream", "webhook", "webhook_events_filter"}
# "hailuo: a text; be ready for a list." Simulated: so many say it as a list.
LIST_SHARE = 0.2

STATUS = {
    Phase.QUEUED: "starting",
    Phase.RUNNING: "processing",
    Phase.SUCCEEDED: "succeeded",
    Phase.FAILED: "failed",
    Phase.CANCELED: "canceled",
}
# Simulated: no document has the words of a model that fails.
FAILURES = {
    "content": "The input or output was flagged as sensitive. Please try again with different inputs.",
    "input": "The input image could not be fetched",
    "render": "Prediction failed",
}
_FILE = re.compile(rf"/{SLUG}/v1/files/(?P<id>[0-9a-f]{{32}})")
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"


def _problem(status: int, title: str, detail: str) -> Response:
    return JSONResponse({"title": title, "detail": detail, "status": status}, status_code=status)


def rate_limited() -> Response:
    return JSONResponse({"detail": "Request was throttled. Your rate limit resets in ~30s."}, status_code=429)


def routes(world: World, public_url: str) -> list[Route]:
    """The endpoints under the vendor's origin; see the package for what a route's name means."""
    desk = _ReplicateDesk(world, public_url)
    return [
        Route("/v1/models/{owner}/{name}/predictions", desk.create, methods=["POST"], name="submit"),
        Route("/v1/models/{owner}/{name}", desk.model, methods=["GET"], name="other"),
        Route("/v1/predictions", desk.predictions, methods=["GET"], name="list"),
        Route("/v1/predictions/{id}", desk.prediction, methods=["GET"], name="poll"),
        Route("/v1/predictions/{id}/cancel", desk.cancel, methods=["POST"], name="cancel"),
        Route("/v1/webhooks/default/secret", _secret, methods=["GET"], name="other"),
        Route("/v1/files", desk.upload, methods=["POST"], name="upload"),
        Route("/v1/files/{id}", desk.file, methods=["GET"], name="other"),
    ]


@dataclass(frozen=True)
class _ReplicateDesk:
    world: World
    public_url: str

    @functools.cached_property
    def hooks(self) -> Webhooks:
        return Webhooks(self.world, self._messages)

    def _messages(self, job: SimJob, phase: Phase) -> Iterator[Message]:
        return notices.messages(job, phase, self._described(job))

    async def create(self, request: Request) -> Response:
        key = wire.bearer(request)
        if not wire.known(key):
            return _unauthenticated()
        model = _model_of(request)
        if model is None:
            return _not_found()
        body = await wire.json_object(request)
        if said := _problems(model, body):
            return _problem(422, "Input validation failed", said)
        if wire.broke(key):
            return _problem(402, "Insufficient credit", "You have insufficient credit to run this model.")
        asked = body["input"] if body else {}
        job = self._accept(key, model, asked if isinstance(asked, dict) else {}, notices.hook_of(body or {}))
        self.hooks.watch(job)
        return JSONResponse(self._described(job, Phase.QUEUED), status_code=201)

    def _accept(self, key: str, model: HostedModel, asked: Mapping[str, object], hook: Hook) -> SimJob:
        found = {url: self._image(url) for url in images_in(asked)}
        look, lines, seconds = model.look(asked, found.get), model.resolution(asked), model.seconds(asked)
        clip = wire.clip_spec(self.world, SLUG, wire.text_of(asked, "prompt"), lines, seconds, look)
        said = {name: wire.by_hash(value) for name, value in asked.items()}
        refused = None if all(found.values()) else "input"
        number = "".join(_DIGITS[self.world.ids.getrandbits(5)] for _ in range(26))
        order = Order(number, SLUG, model.name, key, LATENCY, clip, model.usd(asked), "USD", said, refused, hook)
        return self.world.accept(order)

    def _image(self, reference: str) -> bytes | None:
        """A file that was uploaded here, by ``urls.get``, or whatever else can be fetched."""
        match = _FILE.fullmatch(path_of(self.public_url, reference) or "")
        stored = self.world.stored(match["id"]) if match else None
        data = stored.data if stored else wire.fetched(self.world, self.public_url, reference)
        return data if data and wire.picture(data) else None

    async def prediction(self, request: Request) -> Response:
        key = wire.bearer(request)
        if not wire.known(key):
            return _unauthenticated()
        job = self._own(request, key)
        if job is None:
            return _not_found()
        self.hooks.watch(job)
        return JSONResponse(self._described(job))

    async def cancel(self, request: Request) -> Response:
        """Of one that is over, as it is: no document says how a cancel that comes too late is answered."""
        key = wire.bearer(request)
        if not wire.known(key):
            return _unauthenticated()
        job = self._own(request, key)
        if job is None:
            return _not_found()
        self.world.cancel(job, running=True)
        return JSONResponse(self._described(job))

    async def predictions(self, request: Request) -> Response:
        """The key's own, newest first; a cursor names the last of a page."""
        key = wire.bearer(request)
        if not wire.known(key):
            return _unauthenticated()
        own = sorted((job for job in self.world.jobs(SLUG) if job.is_of(key)), key=_recency, reverse=True)
        after = _place(request.query_params.get("cursor", ""))
        found = [job for job in own if after is None or _recency(job) < after]
        page = found[:PAGE]
        following = f"{self._root}/v1/predictions?cursor={_cursor(page[-1])}" if len(page) < len(found) else None
        listed = [self._described(job) for job in page]
        return JSONResponse({"next": following, "previous": None, "results": listed})

    def _own(self, request: Request, key: str) -> SimJob | None:
        job = self.world.find(SLUG, request.path_params["id"])
        return job if job is not None and job.is_of(key) else None

    @property
    def _root(self) -> str:
        return root_url(self.public_url, SLUG)

    def _described(self, job: SimJob, phase: Phase | None = None) -> dict[str, object]:
        """How a prediction is, or how it was in that ``phase``."""
        phase, url = phase or self.world.phase(job), f"{self._root}/v1/predictions/{job.id}"
        told: dict[str, object] = {
            "id": job.id,
            "model": job.endpoint,
            "version": "hidden",
            "input": dict(job.body),
            "output": self._output(job) if phase is Phase.SUCCEEDED else None,
            "logs": "",
            "error": FAILURES[job.refused or "render"] if phase is Phase.FAILED else None,
            "status": STATUS[phase],
            "created_at": self.world.wall(job.accepted_at),
            "source": "api",
            "data_removed": False,
            "urls": {"get": url, "cancel": f"{url}/cancel", "web": f"https://replicate.com/p/{job.id}"},
        }
        return told | ({} if phase is Phase.QUEUED else self._times(job)) | notices.told_again(job.hook)

    def _times(self, job: SimJob) -> dict[str, object]:
        """When it began and ended, as far as it has, and what it took in seconds."""
        now, begun = self.world.now(), min(job.started_at, job.ended_at)
        times: dict[str, object] = {"started_at": self.world.wall(begun)} if now >= job.started_at == begun else {}
        if now < job.ended_at:
            return times
        took = {"predict_time": job.ended_at - begun, "total_time": job.ended_at - job.accepted_at}
        metrics = {name: round(seconds, 6) for name, seconds in took.items()}
        return times | {"completed_at": self.world.wall(job.ended_at), "metrics": metrics}

    def _output(self, job: SimJob) -> object:
        urls = [file.url for file in wire.results(self.public_url, job)]
        return urls if len(urls) > 1 or job.varies("output", LIST_SHARE) else urls[0]

    async def model(self, request: Request) -> Response:
        """A model with the schema of its input."""
        if not wire.known(wire.bearer(request)):
            return _unauthenticated()
        model = _model_of(request)
        if model is None:
            return _not_found()
        return JSONResponse(model.page(self.world.wall(0), self.world.made(SLUG)))

    async def upload(self, request: Request) -> Response:
        if not wire.known(wire.bearer(request)):
            return _unauthenticated()
        try:
            async with request.form() as form:
                part = form.get("content")
                data = await part.read() if isinstance(part, UploadFile) else None
        except HTTPException:  # a multipart body that cannot be parsed
            data = None
        if data is None or not isinstance(part, UploadFile):
            return _problem(422, "Invalid request", "content is required")
        if len(data) > FILE_LIMIT:
            return JSONResponse({"detail": "Files must be less than 100MB in size"}, status_code=413)
        stored = self.world.store(data, part.content_type or "application/octet-stream")
        return JSONResponse(self._file(stored, part.filename or "file"), status_code=201)

    async def file(self, request: Request) -> Response:
        if not wire.known(wire.bearer(request)):
            return _unauthenticated()
        stored = self.world.stored(request.path_params["id"])
        return _not_found() if stored is None else JSONResponse(self._file(stored, "file"))

    def _file(self, stored: Stored, name: str) -> dict[str, object]:
        md5 = hashlib.md5(stored.data, usedforsecurity=False).hexdigest()
        return {
            "id": stored.id,
            "name": name,
            "content_type": stored.media_type,
            "size": len(stored.data),
            "etag": md5,
            "checksums": {"sha256": stored.sha256, "md5": md5},
            "metadata": {},
            "created_at": self.world.wall(stored.stored_at),
            "expires_at": self.world.wall(stored.stored_at + FILE_LIFE_S),
            "urls": {"get": f"{self._root}/v1/files/{stored.id}"},
        }


async def _secret(request: Request) -> Response:
    key = wire.bearer(request)
    return JSONResponse({"key": notices.secret_of(hashed(key))}) if wire.known(key) else _unauthenticated()


def _model_of(request: Request) -> HostedModel | None:
    return models().get(f"{request.path_params['owner']}/{request.path_params['name']}")


def _problems(model: HostedModel, body: Mapping[str, object] | None) -> str:
    """What is wrong with a body, a line each; empty if nothing is."""
    if body is None:
        return "- body: Expected object"
    if unknown := sorted(set(body) - FIELDS):
        return "\n".join(f"- {name}: Unrecognized key" for name in unknown)
    found = model.problems(body["input"]) if "input" in body else {"": "Required"}
    named = {f"input{'.' if path else ''}{path}": said for path, said in found.items()} | notices.problems(body)
    return "\n".join(f"- {path}: {said}" for path, said in named.items())


def _recency(job: SimJob) -> tuple[float, str]:
    return job.accepted_at, job.id


def _cursor(job: SimJob) -> str:
    return base64.urlsafe_b64encode(json.dumps(_recency(job)).encode()).decode().rstrip("=")


def _place(cursor: str) -> tuple[float, str] | None:
    """Where a page begins; None without a cursor, or with one that was not made here."""
    try:
        at, job = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return (at, job) if isinstance(at, float) and isinstance(job, str) else None
    except (ValueError, TypeError):
        return None


def _unauthenticated() -> Response:
    return _problem(401, "Unauthenticated", "You did not pass a valid authentication token")


def _not_found() -> Response:
    return _problem(404, "Not found", "The requested resource could not be found.")
