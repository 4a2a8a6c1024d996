"""Apiframe v2.

Docs: the OpenAPI 3 document of github.com/apiframe-ai/apiframe-nodejs-sdk at 9f9b464,
https://docs-v2.apiframe.ai/docs and the Hailuo 2.3 Fast API page (all read 2026-11-21). Bodies are
strict camelCase; ``result`` is untyped: a text or an object.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal
from urllib.parse import quote

import httpx

from providers import _errors as errors
from providers._base import Provider, body_of
from providers._prices import Money, decimal_of
from providers._reading import (
    Json,
    failure_in,
    http_error,
    id_at,
    job_in,
    json_of,
    list_at,
    number_at,
    status_in,
    text_at,
    url_at,
    words_at,
)
from providers._types import (
    CatalogPage,
    Handle,
    ImageInput,
    JobPage,
    JobStatus,
    ListedModel,
    References,
    Request,
    Sighting,
    Snapshot,
    Variant,
)
from providers._urls import urls_in

STATUSES = {
    "queued": JobStatus.QUEUED,
    "processing": JobStatus.RUNNING,
    "completed": JobStatus.SUCCEEDED,
    "failed": JobStatus.FAILED,
    "cancelled": JobStatus.CANCELED,
}

PRICING: dict[str, Literal["clip", "second"]] = {"flat": "clip", "per-output": "clip", "per-second": "second"}


class Apiframe(Provider):
    slug: ClassVar[str] = "apiframe"
    name: ClassVar[str] = "Apiframe"
    base_url: ClassVar[str] = "https://api.apiframe.ai"
    base_path: ClassVar[str] = "/v2"
    key_env: ClassVar[str] = "APIFRAME_API_KEY"
    base_url_env: ClassVar[str] = "APIFRAME_BASE_URL"
    auth_header: ClassVar[str] = "X-API-Key"
    auth_value: ClassVar[str] = "{key}"
    keys_page: ClassVar[str] = "https://apiframe.ai"
    idempotency_s: ClassVar[float | None] = 24 * 3600.0
    """The same Idempotency-Key within 24 hours returns the original job."""

    def upload(self, image: ImageInput) -> httpx.Request:
        return httpx.Request("POST", "/v2/uploads", files={"file": (image.filename, image.data, image.media_type)})

    def uploaded(self, reply: httpx.Response) -> str:
        url = url_at(json_of(reply), "url")
        if url is None:
            raise errors.UnknownReply("Apiframe's upload names no url")
        return url

    def submit(self, variant: Variant, request: Request, images: References, key: str) -> httpx.Request:
        """The model's own fields sit under a key such as ``hailuoParams``; unknown fields are refused."""
        body = {"model": variant.endpoint} | body_of(variant, request, images)
        return httpx.Request("POST", "/v2/videos/generate", json=body, headers={"Idempotency-Key": key})

    def submitted(self, variant: Variant, reply: httpx.Response) -> Handle:
        return Handle(job_in(json_of(reply), "jobId", "Apiframe's"), variant.endpoint)

    def poll(self, handle: Handle) -> httpx.Request:
        return httpx.Request("GET", f"/v2/jobs/{quote(handle.id, safe='')}")

    def polled(self, reply: httpx.Response) -> Snapshot:
        body = json_of(reply)
        words = text_at(body, "status")
        status = status_in(words, STATUSES, self.name)
        return Snapshot(
            status=status,
            words=words or "",
            clip_urls=urls_in(body.get("result")) if status is JobStatus.SUCCEEDED else (),
            progress=_progress(body),
            error=failure_in(body) if status is JobStatus.FAILED else None,
            billed=_credits(body, status),
        )

    def listing(self, cursor: str | None) -> httpx.Request:
        """``GET /v2/jobs``: the caller's own jobs, by ``(createdAt desc, id desc)``, at most 100 a page."""
        return httpx.Request("GET", "/v2/jobs", params={"limit": "100"} | ({"cursor": cursor} if cursor else {}))

    def listed(self, reply: httpx.Response) -> JobPage:
        body = json_of(reply)
        jobs = body.get("jobs")
        if not isinstance(jobs, list):
            raise errors.UnknownReply("Apiframe's list of jobs names no jobs")
        seen = tuple(_sighting(each) for each in jobs)
        if None in seen:  # a job that is passed over would look as if it were not there
            raise errors.UnknownReply("Apiframe's list of jobs has an entry that is none")
        return JobPage(tuple(each for each in seen if each is not None), _cursor(body))

    def catalog(self, cursor: str | None) -> httpx.Request:
        """``GET /v2/models``: public, no key is needed, all in one page."""
        return httpx.Request("GET", "/v2/models", params={"modality": "video"})

    def cataloged(self, cursor: str | None, reply: httpx.Response) -> CatalogPage:
        models = list_at(json_of(reply), "models")
        if models is None:
            raise errors.UnknownReply("Apiframe's catalogue names no models")
        return CatalogPage(tuple(model for each in models if (model := _listed(each))), None)

    def refused(self, reply: httpx.Response) -> errors.ProviderError | None:
        try:
            body = json_of(reply)
        except errors.UnknownReply:
            return http_error(self.name, reply)
        return http_error(self.name, reply, _message(body))


def _message(body: Json) -> str | None:
    """``error``, with the first field of ``details`` or the credits that are missing."""
    said = words_at(body, "error")
    details = body.get("details")
    if isinstance(details, dict) and details:
        field, problems = next(iter(details.items()))
        problem = problems[0] if isinstance(problems, list) and problems else problems
        return ": ".join(filter(None, (said, field, problem if isinstance(problem, str) else None)))
    needed, left = number_at(body, "creditsRequired"), number_at(body, "creditsAvailable")
    if needed is not None and left is not None:
        return f"{said}: {needed:g} credits needed, {left:g} left"
    return said


def _sighting(body: Any) -> Sighting | None:
    """One entry of the list; None if it lacks what makes it a job. ``input`` is the request as it was sent."""
    if not isinstance(body, dict):
        return None
    job, created = id_at(body, "id"), _epoch(text_at(body, "createdAt"))
    if job is None or created is None:
        return None
    model, words = words_at(body, "model") or "", words_at(body, "status") or ""
    return Sighting(job, model, created, words, text_at(body, "input", "prompt"))


def _listed(entry: Json) -> ListedModel | None:
    """One entry of the catalogue. Credits from ``costMin`` to ``costMax``, per job, second or output."""
    endpoint, least, most = words_at(entry, "id"), decimal_of(entry.get("costMin")), decimal_of(entry.get("costMax"))
    if endpoint is None:
        return None
    return ListedModel(
        endpoint,
        words_at(entry, "label") or "",
        tuple(filter(None, [words_at(entry, "modality")])),
        price=None if least is None else Money(least, "credits"),
        per=PRICING.get(text_at(entry, "pricingMode") or ""),
        from_price=least is None or least != most,
    )


def _cursor(body: Json) -> str | None:
    """Where the list goes on. One that cannot be sent back is not its end: a job may be further down."""
    cursor = text_at(body, "nextCursor")
    if cursor is not None and not (cursor.isascii() and cursor.isprintable() and len(cursor) <= 2000):
        raise errors.UnknownReply("Apiframe's list of jobs goes on in a way that cannot be followed")
    return cursor


def _epoch(text: str | None) -> float | None:
    try:
        moment = datetime.fromisoformat(text or "")
        return moment.timestamp() if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _progress(body: Json) -> float | None:
    percent = number_at(body, "progress")
    return percent / 100 if percent is not None and 0 <= percent <= 100 else None


def _credits(body: Json, status: JobStatus) -> Money | None:
    """``creditCost``. Failed jobs are refunded (FAQ); of canceled ones no document speaks."""
    cost = decimal_of(body.get("creditCost"))
    if cost is None or status is JobStatus.CANCELED:
        return None
    return Money(Decimal(0) if status is JobStatus.FAILED else cost, "credits")


provider = Apiframe()
