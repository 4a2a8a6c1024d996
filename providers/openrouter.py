"""OpenRouter's video API: one wire for the models of many makers.

Docs: openrouter.ai/docs, "Video Generation" and its cookbook, "Errors and Debugging", and the OpenAPI beside them
(OpenRouterTeam/docs @ c26125a, of 2026-08-22); what is newer from the official client, openrouter 1.3.84: signed
``urls``, ids like ``gen-vid-…``, the errors of each call (all read 2026-12-01; shared notes of 2026-11-29).
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import ClassVar
from urllib.parse import quote

import httpx

from providers import _errors as errors
from providers._base import Provider, body_of
from providers._prices import Money, decimal_of
from providers._reading import (
    PHRASES,
    Json,
    http_error,
    id_at,
    job_in,
    json_of,
    list_at,
    position_at,
    reason_at,
    status_in,
    text_at,
    words_at,
    words_in,
)
from providers._schemas import choices_in
from providers._types import CatalogPage, Handle, JobStatus, ListedModel, References, Request, Snapshot, Variant
from providers._urls import path_of, urls_in

STATUSES = {
    "pending": JobStatus.QUEUED,
    "in_progress": JobStatus.RUNNING,
    "completed": JobStatus.SUCCEEDED,
    "failed": JobStatus.FAILED,
    "cancelled": JobStatus.CANCELED,
    "expired": JobStatus.FAILED,
}
"""``expired``: "Job exceeded maximum time to live", in the guide's webhooks; the clip's own end has ``expires_at``."""
FRAMES = ("first_frame", "last_frame")
CLOSED = 499
"""In the client "the client closed the request": whether a job began by then is said nowhere."""
MOST_URLS = 8
SECOND = re.compile(
    r"(?:(?:text|image)_to_video_)?duration_seconds(?:_with(?:out)?_audio)?(?:_(?:\d{3,4}p|[124]k))?"
    r"|per-video-second(?:-(?:\d{3,4}p|[124]k))?",
    re.IGNORECASE,
)
CENTS = re.compile(r"cents_per_(?:video_output_second|second_output)(?:_(?:\d{3,4}p|[124]k))?", re.IGNORECASE)
"""The keys of prices for a second of video, in dollars and in cents. Others are billed by what is not known before."""
TAKES = {
    "resolution": "supported_resolutions",
    "duration": "supported_durations",
    "aspect_ratio": "supported_aspect_ratios",
    "size": "supported_sizes",
    "frame_images": "supported_frame_images",
    "provider.options": "allowed_passthrough_parameters",
}
"""The fields of a submit of which an entry of the catalogue lists the values, and under which key."""


class OpenRouter(Provider):
    slug: ClassVar[str] = "openrouter"
    name: ClassVar[str] = "OpenRouter"
    base_url: ClassVar[str] = "https://openrouter.ai"
    base_path: ClassVar[str] = "/api/v1"
    key_env: ClassVar[str] = "OPENROUTER_API_KEY"
    base_url_env: ClassVar[str] = "OPENROUTER_BASE_URL"
    keys_page: ClassVar[str] = "https://openrouter.ai/settings/keys"
    bills_late: ClassVar[bool] = True

    def submit(self, variant: Variant, request: Request, images: References, key: str) -> httpx.Request:
        """Frames and references are lists of objects, which no field of a catalogue can name."""
        body: Json = {"model": variant.endpoint} | body_of(variant, request, References())
        given = {name: urls for name, urls in images.inputs.items() if name in variant.inputs}
        frames = [_image(url) | {"frame_type": name} for name in FRAMES for url in given.get(name, ())]
        references = [_image(url) for url in given.get("references", ())]
        lists = {"frame_images": frames, "input_references": references}
        body |= {field: objects for field, objects in lists.items() if objects}
        return httpx.Request("POST", f"{self.base_path}/videos", json=body)

    def submitted(self, variant: Variant, reply: httpx.Response) -> Handle:
        return Handle(job_in(json_of(reply), "id", "OpenRouter's"), variant.endpoint)

    def poll(self, handle: Handle) -> httpx.Request:
        return httpx.Request("GET", self._job(handle.id))

    def polled(self, reply: httpx.Response) -> Snapshot:
        body = json_of(reply)
        words = text_at(body, "status")
        status = status_in(words, STATUSES, self.name)
        lost = status in (JobStatus.FAILED, JobStatus.CANCELED)
        return Snapshot(
            status=status,
            words=words or "",
            clip_urls=self._clips(body) if status is JobStatus.SUCCEEDED else (),
            error=reason_at(body, "error") if lost else None,
            billed=_billed(body),
            request_id=words_at(body, "generation_id"),
        )

    def catalog(self, cursor: str | None) -> httpx.Request:
        """All in one page; no key is needed."""
        return httpx.Request("GET", f"{self.base_path}/videos/models")

    def cataloged(self, cursor: str | None, reply: httpx.Response) -> CatalogPage:
        models = list_at(json_of(reply), "data")
        if models is None:
            raise errors.UnknownReply("OpenRouter's catalogue names no models")
        return CatalogPage(tuple(model for each in models if (model := _listed(each))), None)

    def refused(self, reply: httpx.Response) -> errors.ProviderError | None:
        """``{"error": {"code", "message", "metadata"}}``; a code inside HTTP 200 counts as that status.

        The ``error`` of a job that failed is a text beside its ``status``.
        """
        try:
            body = json_of(reply)
        except errors.UnknownReply:
            return http_error(self.name, reply)
        words = words_at(body, "error", "message") or words_at(body, "error")
        if reply.status_code >= 400:
            return self._error(reply, body, words)
        if body.get("status") or not isinstance(body.get("error"), dict):
            return None
        code = position_at(body, "error", "code") or 0
        if not 400 <= code < 600:
            return errors.UnknownReply(f"{self.name}: {words or 'an error without words'}", words=words or "")
        return self._error(httpx.Response(code, headers=reply.headers), body, words)

    def _error(self, reply: httpx.Response, body: Json, words: str | None) -> errors.ProviderError | None:
        """403 with reasons, or with patterns of a prompt, is moderation; ``raw`` is what the model's provider said."""
        metadata = _metadata(body)
        said = ": ".join(filter(None, [words, words_at(metadata, "raw")]))[:300].rstrip()
        if reply.status_code == 403 and any(words_in(metadata.get(name)) for name in ("reasons", "patterns")):
            kind: type[errors.ProviderError] = errors.ContentRefused
        elif reply.status_code == CLOSED:
            kind = errors.Unavailable
        else:
            return http_error(self.name, reply, said)
        return kind(f"{self.name} {PHRASES[kind]}: {said or 'no message'}", words=said)

    def _clips(self, body: Json) -> tuple[str, ...]:
        """Signed URLs first, which need no key and end; then the content endpoint, which needs it and does not.

        ``unsigned_urls`` are that endpoint in full; the OpenAPI's example shows one of a store, which is kept as it is.
        """
        job = id_at(body, "id")
        own = () if job is None else (f"{self._job(job)}/content?index=0",)
        others = (url for url in urls_in(body.get("unsigned_urls")) if not path_of(url).endswith("/content"))
        return (*urls_in(body.get("urls")), *own, *others)[:MOST_URLS]

    def _job(self, job: str) -> str:
        return f"{self.base_path}/videos/{quote(job, safe='')}"


def _image(url: str) -> Json:
    return {"type": "image_url", "image_url": {"url": url}}


def _metadata(body: Json) -> Json:
    error = body.get("error")
    metadata = error.get("metadata") if isinstance(error, dict) else None
    return metadata if isinstance(metadata, dict) else {}


def _billed(body: Json) -> Money | None:
    """``usage.cost``, in US dollars. With a key of the maker's own (``is_byok``) the maker bills as well: unknown."""
    usage = body.get("usage")
    cost = decimal_of(usage.get("cost")) if isinstance(usage, dict) and not usage.get("is_byok") else None
    return None if cost is None else Money(cost, "USD")


def _listed(entry: Json) -> ListedModel | None:
    """One entry of the catalogue. Its price is that of a second at its least, where the keys of its prices say so."""
    endpoint, skus = words_at(entry, "id"), entry.get("pricing_skus")
    if endpoint is None:
        return None
    skus = skus if isinstance(skus, dict) else {}
    amounts = [amount for key, value in skus.items() if (amount := _a_second(str(key), value)) is not None]
    return ListedModel(
        endpoint,
        words_at(entry, "name") or "",
        words_in(entry.get("supported_frame_images")),
        price=Money(min(amounts), "USD") if amounts else None,
        per="second" if amounts else None,
        from_price=len(set(amounts)) != 1 or len(amounts) < len(skus),
        options={name: said for name, key in TAKES.items() if (said := choices_in(entry.get(key)))},
    )


def _a_second(key: str, value: object) -> Decimal | None:
    """What a second costs in US dollars by one of the prices; None if it is of anything else."""
    amount = decimal_of(value)
    if amount is None or SECOND.fullmatch(key):
        return amount
    return amount / 100 if CENTS.fullmatch(key) else None


provider = OpenRouter()
