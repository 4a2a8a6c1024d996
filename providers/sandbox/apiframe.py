"""Apiframe's v2 API, from the server's side.

Sources, read 2026-11-21 and 2026-11-29: the OpenAPI 2.0.0 of apiframe-nodejs-sdk @ 9f9b464 (requests, jobs and their
queries, uploads, errors, idempotency); docs-v2.apiframe.ai, Hailuo 2.3 (defaults, credits) and webhooks (a result that
is a plain string); the SDK's src/errors.ts for 409.
"""

from __future__ import annotations

import functools
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from providers.sandbox import _apiframe_hooks as notices
from providers.sandbox import _apiframe_models as models
from providers.sandbox import _wire as wire
from providers.sandbox._apiframe import cursor_of, is_uuid, made_cursor, problems, query_problems
from providers.sandbox._jobs import JobTimes, Order, Phase, SimJob
from providers.sandbox._media import sniffed
from providers.sandbox._webhooks import Message, Webhooks, hook_state
from providers.sandbox._world import World

SLUG = "apiframe"
ENV = "APIFRAME_BASE_URL"

# Simulated, no document says how long a job takes here: between the others.
LATENCY = JobTimes(queue=(1.0, 4.0), run=(6.0, 16.0))
KEY_LIMIT = 255
REPLAY_S = 24 * 3600.0
UPLOAD_LIMITS = {"image": 25 * 2**20, "audio": 25 * 2**20, "video": 50 * 2**20}
# "Files live ~1-2h".
UPLOAD_LIFE_S = 2 * 3600.0
# Simulated: documents show a video's result as {"videoUrl"} and, elsewhere, as a plain string.
PLAIN_STRING_SHARE = 0.2
# Simulated: nobody's balance is documented. What was spent is taken from it.
CREDITS = 1000
MODALITIES = ("image", "video", "music")

STATUS = {
    Phase.QUEUED: "QUEUED",
    Phase.RUNNING: "PROCESSING",
    Phase.SUCCEEDED: "COMPLETED",
    Phase.FAILED: "FAILED",
    Phase.CANCELED: "CANCELLED",
}
FAILURES = {
    "content": "The prompt was flagged by content moderation",
    "input": "The input image could not be fetched",
    "render": "Generation failed",
}


def _error(status: int, text: str, **more: object) -> Response:
    return JSONResponse({"error": text, **more}, status_code=status)


def rate_limited() -> Response:
    return _error(429, "Rate limit exceeded")


def routes(world: World, public_url: str) -> list[Route]:
    """The endpoints under the vendor's origin; see the package for what a route's name means."""
    desk = _ApiframeDesk(world, public_url)
    return [
        Route("/v2/videos/generate", desk.generate, methods=["POST"], name="submit"),
        Route("/v2/uploads", desk.upload, methods=["POST"], name="upload"),
        Route("/v2/jobs", desk.jobs, methods=["GET"], name="other"),
        Route("/v2/jobs/{id}", desk.job, methods=["GET"], name="poll"),
        Route("/v2/models", desk.models, methods=["GET"], name="other"),
        Route("/v2/me", desk.me, methods=["GET"], name="other"),
    ]


def _replay_name(key: str, token: str) -> str:
    return f"{SLUG} idempotency {key} {token}"


@dataclass(frozen=True)
class _ApiframeDesk:
    world: World
    public_url: str

    @functools.cached_property
    def hooks(self) -> Webhooks:
        return Webhooks(self.world, self._messages)

    def _messages(self, job: SimJob, phase: Phase) -> Iterator[Message]:
        return notices.messages(job, phase, self._described(job))

    async def generate(self, request: Request) -> Response:
        key = request.headers.get("x-api-key", "").strip()
        if not wire.known(key):
            return _unauthorized()
        body = await wire.json_object(request)
        objections = problems(body)
        token = request.headers.get("idempotency-key", "")
        if len(token) > KEY_LIMIT:
            objections["Idempotency-Key"] = [f"must be at most {KEY_LIMIT} characters"]
        if body is None or objections:
            return _error(400, "Validation failed", details=objections)
        said = {name: wire.by_hash(value) for name, value in body.items()}
        if token and (replay := self._replay(_replay_name(key, token))):
            return self._replayed(replay, said)
        cost = models.cost_of(body)
        if wire.broke(key):
            return _error(402, "Insufficient credits", creditsRequired=cost, creditsAvailable=0)
        number = str(uuid.UUID(int=self.world.ids.getrandbits(128), version=4))
        if token:  # first: a sandbox that is killed in between must not take the repeat for another job
            self.world.remember(_replay_name(key, token), {"job": number, "body": said, "at": self.world.now()})
        job = self._accept(number, key, said, cost)
        self.hooks.watch(job)
        return JSONResponse({"jobId": job.id, "status": "QUEUED"}, status_code=202)

    def _replay(self, name: str) -> Mapping[str, object] | None:
        """What an idempotency key stands for: its job, the body it came with, and when; None if it made no job."""
        replay = self.world.remembered(name)
        if not replay or self.world.now() - float(str(replay["at"])) >= REPLAY_S:
            return None
        return replay if self.world.find(SLUG, str(replay["job"])) else None

    def _replayed(self, replay: Mapping[str, object], body: Mapping[str, object]) -> Response:
        job = self.world.find(SLUG, str(replay["job"]))
        if job is None or replay["body"] != body:
            return _error(409, "Idempotency key reused with a different request body")
        return JSONResponse({"jobId": job.id, "status": STATUS[self.world.phase(job)]}, status_code=202)

    def _accept(self, number: str, key: str, body: Mapping[str, object], cost: int) -> SimJob:
        images = {url: self._image(url) for url in models.images_of(body)}
        first, last = (self._first(images, models.images_of(body, names)) for names in (models.FIRST, models.LAST))
        sound = any(models.params_of(body).get(name) for name in models.SOUND)
        look = wire.Look(first, last, models.aspect_of(body), sound=sound)
        lines, seconds = models.lines_of(body), models.seconds_of(body)
        clip = wire.clip_spec(self.world, SLUG, wire.text_of(body, "prompt"), lines, seconds, look)
        refused = None if all(images.values()) else "input"
        model = wire.text_of(body, "model")
        hook, credits = notices.hook_of(body), Decimal(cost)
        return self.world.accept(
            Order(number, SLUG, model, key, LATENCY, clip, credits, "credits", body, refused, hook)
        )

    @staticmethod
    def _first(images: Mapping[str, bytes | None], urls: list[str]) -> bytes | None:
        return images[urls[0]] if urls else None

    def _image(self, reference: str) -> bytes | None:
        """Only a hosted URL is documented; a data URI is a URI to the schema, and nothing to fetch."""
        if not reference.startswith("http"):
            return None
        data = wire.fetched(self.world, self.public_url, reference)
        return data if data and wire.picture(data) else None

    async def upload(self, request: Request) -> Response:
        if not wire.known(request.headers.get("x-api-key", "").strip()):
            return _unauthorized()
        data = await wire.uploaded(request)
        if data is None:
            return _error(400, "No file uploaded")
        media = sniffed(data)
        if media is None:
            return _error(400, "Unsupported file type")
        if len(data) > UPLOAD_LIMITS[media.kind]:
            return _error(400, "File too large")
        stored = self.world.store(data, media.type)
        return JSONResponse(
            {
                "id": str(uuid.UUID(stored.id)),
                "url": wire.upload_url(self.public_url, SLUG, stored),
                "kind": media.kind,
                "contentType": media.type,
                "byteSize": len(data),
                "expiresAt": self.world.wall(stored.stored_at + UPLOAD_LIFE_S),
            },
            status_code=201,
        )

    async def job(self, request: Request) -> Response:
        key = request.headers.get("x-api-key", "").strip()
        if not wire.known(key):
            return _unauthorized()
        job_id = request.path_params["id"]
        if not is_uuid(job_id):
            return _error(400, "Invalid job id")
        job = self.world.find(SLUG, job_id)
        if job is None or not job.is_of(key):
            return _error(404, "Job not found")
        self.hooks.watch(job)
        return JSONResponse(self._described(job) | {"input": dict(job.body)})

    async def jobs(self, request: Request) -> Response:
        """By ``(createdAt desc, id desc)``; a cursor names the last job of a page, so that later ones move nothing."""
        key = request.headers.get("x-api-key", "").strip()
        if not wire.known(key):
            return _unauthorized()
        query = request.query_params
        objections = query_problems(query, STATUS.values())
        if objections:
            return _error(400, "Validation failed", details=objections)
        own = sorted((job for job in self.world.jobs(SLUG) if job.is_of(key)), key=_recency, reverse=True)
        found = [job for job in own if query.get("search") in (None, job.id)]
        found = [job for job in found if query.get("model") in (None, job.endpoint)]
        found = [job for job in found if query.get("status") in (None, STATUS[self.world.phase(job)])]
        after = cursor_of(query)
        found = [job for job in found if after is None or _recency(job) < after]
        page = found[: int(query.get("limit", "20"))]
        more = len(page) < len(found)
        listed = {
            "jobs": [self._described(job) for job in page],
            "nextCursor": made_cursor(_recency(page[-1])) if more else None,
            "hasMore": more,
        }
        # Simulated: the document says a list of texts and not of which; they are those a filter can be set to.
        models = {"models": sorted({job.endpoint for job in own})} if query.get("include_models") == "true" else {}
        return JSONResponse(listed | models)

    def _described(self, job: SimJob) -> dict[str, object]:
        phase, now = self.world.phase(job), self.world.now()
        hook = hook_state(self.world, job)
        over = now >= job.ended_at
        done = phase is Phase.SUCCEEDED
        return {
            "id": job.id,
            "status": STATUS[phase],
            "model": job.endpoint,
            "progress": None if phase is Phase.QUEUED else round(job.progress(now) * 100),
            "result": self._result(job) if done else None,
            "error": FAILURES[job.refused or "render"] if phase is Phase.FAILED else None,
            "creditCost": int(job.amount) if done and job.amount is not None else None,
            "webhookStatus": notices.STATUS[hook] if hook else None,
            "createdAt": self.world.wall(job.accepted_at),
            "completedAt": self.world.wall(job.ended_at) if over else None,
            "expired": False,
        }

    def _result(self, job: SimJob) -> object:
        *pictures, clip = wire.results(self.public_url, job)
        if pictures:
            return {"thumbnailUrl": pictures[0].url, "videoUrl": clip.url}
        return clip.url if job.varies("result", PLAIN_STRING_SHARE) else {"videoUrl": clip.url}

    async def models(self, request: Request) -> Response:
        """Public: no key is needed."""
        modality = request.query_params.get("modality", "video")
        if modality not in MODALITIES:
            return _error(400, "Validation failed", details={"modality": ["Invalid enum value"]})
        listed = [models.entry(model) for model in models.rules()] if modality == "video" else []
        return JSONResponse({"models": listed})

    async def me(self, request: Request) -> Response:
        key = request.headers.get("x-api-key", "").strip()
        if not wire.known(key):
            return _unauthorized()
        who = str(uuid.uuid5(uuid.NAMESPACE_OID, key))
        now = self.world.now()
        spent = sum(job.charges(now) * int(job.amount or 0) for job in self.world.jobs(SLUG) if job.is_of(key))
        credits = 0 if wire.broke(key) else max(CREDITS - spent, 0)
        team = {"id": who, "name": "Sandbox", "credits": credits, "plan": "sandbox", "customerId": None}
        return JSONResponse(
            {
                "user": {"id": who, "email": "sandbox@example.com", "role": "OWNER"},
                "team": team,
                "apiKey": {"id": who, "name": "sandbox", "prefix": key[:4]},
            }
        )


def _recency(job: SimJob) -> tuple[float, str]:
    return job.accepted_at, job.id


def _unauthorized() -> Response:
    return _error(401, "Authentication failed")
