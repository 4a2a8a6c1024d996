"""Replicate's HTTP API.

Docs: Replicate's OpenAPI document 1.0.0-a1 (as tryAGI/Replicate keeps it at 6c8ab8e, read 2026-12-01),
https://replicate.com/docs/topics/predictions/lifecycle and /changelog/2025-10-16-prediction-deadlines (read
2026-12-01), its texts on errors, limits and files (as read 2026-11-29), and the official client, replicate 1.0.7.

``Prefer: wait`` is never sent: it holds the submit's reply back for up to a minute, in which it may be lost. Output
files, and what the API keeps of a prediction, are deleted an hour after it.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import quote

import httpx

from providers import _errors as errors
from providers._base import Provider, body_of
from providers._prices import Money, decimal_of
from providers._reading import (
    Json,
    http_error,
    id_at,
    job_in,
    json_of,
    list_at,
    number_at,
    reason_at,
    status_in,
    text_at,
    url_at,
    words_at,
)
from providers._types import (
    Canceled,
    Handle,
    ImageInput,
    JobPage,
    JobStatus,
    References,
    Request,
    Sighting,
    Snapshot,
    Variant,
)
from providers._urls import urls_in

STATUSES = {
    "starting": JobStatus.QUEUED,
    "processing": JobStatus.RUNNING,
    "succeeded": JobStatus.SUCCEEDED,
    "failed": JobStatus.FAILED,
    "canceled": JobStatus.CANCELED,
    "aborted": JobStatus.CANCELED,
}
"""Aborted: the deadline came before the start. Takes sets none."""
FREE = Money(Decimal(0), "USD")
OUTCOMES = {JobStatus.CANCELED: Canceled.CANCELED, JobStatus.SUCCEEDED: Canceled.TOO_LATE}
RESETS = re.compile(r"\bresets in ~?(\d{1,4})\s?s\b", re.ASCII)
"""How the text of a 429 says when to come back; no document names a ``Retry-After``."""


class Replicate(Provider):
    slug: ClassVar[str] = "replicate"
    name: ClassVar[str] = "Replicate"
    base_url: ClassVar[str] = "https://api.replicate.com"
    base_path: ClassVar[str] = "/v1"
    key_env: ClassVar[str] = "REPLICATE_API_TOKEN"
    base_url_env: ClassVar[str] = "REPLICATE_BASE_URL"
    clips_kept_s: ClassVar[float | None] = 3600.0
    keys_page: ClassVar[str] = "https://replicate.com/account/api-tokens"

    def upload(self, image: ImageInput) -> httpx.Request:
        files = {"content": (image.filename, image.data, image.media_type)}
        return httpx.Request("POST", "/v1/files", files=files)

    def uploaded(self, reply: httpx.Response) -> str:
        """``urls.get``, which the official client sends on as it is."""
        url = url_at(json_of(reply), "urls", "get")
        if url is None:
            raise errors.UnknownReply("Replicate's file names no URL")
        return url

    def submit(self, variant: Variant, request: Request, images: References, key: str) -> httpx.Request:
        path = f"/v1/models/{variant.endpoint}/predictions"
        return httpx.Request("POST", path, json=body_of(variant, request, images))

    def submitted(self, variant: Variant, reply: httpx.Response) -> Handle:
        return Handle(job_in(json_of(reply), "id", "Replicate's"), variant.endpoint)

    def poll(self, handle: Handle) -> httpx.Request:
        return httpx.Request("GET", _prediction(handle))

    def polled(self, reply: httpx.Response) -> Snapshot:
        """``output`` is a URL or a list of them; null an hour later. What a canceled prediction costs is not said."""
        body = json_of(reply)
        words = text_at(body, "status")
        status = status_in(words, STATUSES, self.name)
        return Snapshot(
            status,
            words or "",
            urls_in(body.get("output")) if status is JobStatus.SUCCEEDED else (),
            error=reason_at(body, "error") if status is JobStatus.FAILED else None,
            billed=FREE if (words or "").lower() == "aborted" else None,
            provider_seconds=decimal_of(number_at(body, "metrics", "predict_time")),
            provider_wait=_wait(body),
        )

    def cancel(self, handle: Handle) -> httpx.Request:
        return httpx.Request("POST", f"{_prediction(handle)}/cancel")

    def canceled(self, reply: httpx.Response) -> Canceled:
        """The answer is the prediction: one that still runs will stop, as a poll then tells."""
        status = status_in(text_at(json_of(reply), "status"), STATUSES, self.name)
        return Canceled.TOO_LATE if status is JobStatus.FAILED else OUTCOMES.get(status, Canceled.REQUESTED)

    def listing(self, cursor: str | None) -> httpx.Request:
        """``GET /v1/predictions``: the account's own, newest first, 100 a page."""
        return httpx.Request("GET", "/v1/predictions", params={"cursor": cursor} if cursor else {})

    def listed(self, reply: httpx.Response) -> JobPage:
        body = json_of(reply)
        results = list_at(body, "results")
        if results is None:
            raise errors.UnknownReply("Replicate's list of predictions names none")
        seen = tuple(_sighting(each) for each in results)
        if None in seen:  # a job that is passed over would look as if it were not there
            raise errors.UnknownReply("Replicate's list of predictions has an entry that is none")
        return JobPage(tuple(each for each in seen if each is not None), _cursor(body))

    def refused(self, reply: httpx.Response) -> errors.ProviderError | None:
        """A problem document, ``{title, detail, status}``; of a 429 the detail alone."""
        try:
            words = _message(json_of(reply))
        except errors.UnknownReply:
            words = None
        error = http_error(self.name, reply, words)
        if isinstance(error, errors.RateLimited) and error.retry_after is None:
            resets = RESETS.search(error.words)
            error.retry_after = float(min(int(resets[1]), 3600)) if resets else None
        return error

    def console(self, handle: Handle) -> str:
        return f"https://replicate.com/p/{quote(handle.id, safe='')}"


def _prediction(handle: Handle) -> str:
    return f"/v1/predictions/{quote(handle.id, safe='')}"


def _message(body: Json) -> str | None:
    title, detail = words_at(body, "title"), reason_at(body, "detail")
    return ": ".join(filter(None, (title, detail))) or None


def _sighting(body: Json) -> Sighting | None:
    """One prediction of the list; None if it lacks what makes it one. Its input is there until it is an hour old."""
    job, created = id_at(body, "id"), _epoch(text_at(body, "created_at"))
    if job is None or created is None:
        return None
    model, words = words_at(body, "model") or "", words_at(body, "status") or ""
    return Sighting(job, model, created, words, text_at(body, "input", "prompt"))


def _cursor(body: Json) -> str | None:
    """Where the list goes on, out of the URL of the next page. One that cannot be asked for is not its end."""
    following: Any = body.get("next")
    if following is None:
        return None
    url = url_at(body, "next")
    cursor = httpx.URL(url).params.get("cursor") if url else None
    if not cursor or not (cursor.isascii() and cursor.isprintable() and len(cursor) <= 2000):
        raise errors.UnknownReply("Replicate's list of predictions goes on in a way that cannot be followed")
    return str(cursor)


def _wait(body: Json) -> Decimal | None:
    """From its creation to its start, by the stamps of both."""
    created, started = (_epoch(text_at(body, stamp)) for stamp in ("created_at", "started_at"))
    waited = None if created is None or started is None else round(started - created, 3)
    return None if waited is None else decimal_of(waited)


def _epoch(text: str | None) -> float | None:
    try:
        moment = datetime.fromisoformat(text or "")
        return moment.timestamp() if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


provider = Replicate()
