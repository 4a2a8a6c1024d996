"""OdiRouter's model queue.

Docs: OdiRouter's page of minimax_hailuo_23_fast_i2v and http://www.odirouter.ai/docs/en/model-api/multimodal
(setup, overview); the rest from SeaCloud's pages of the same wire, https://cloud.seaart.ai/docs/model-api/multimodal
(setup, submit, poll, result, errors), whose texts OdiRouter re-hosts (all read 2026-11-21).
"""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import quote

import httpx

from providers import _errors as errors
from providers._base import Provider, body_of
from providers._prices import decimal_of
from providers._reading import (
    PHRASES,
    Json,
    code_at,
    http_error,
    job_in,
    json_of,
    list_at,
    number_at,
    position_at,
    reason_at,
    status_in,
    text_at,
    word_at,
    words_at,
    words_in,
)
from providers._types import (
    Canceled,
    CatalogPage,
    Handle,
    JobStatus,
    ListedModel,
    References,
    Request,
    Snapshot,
    Variant,
)
from providers._urls import urls_in

STATUSES = {
    "in_queue": JobStatus.QUEUED,
    "in_progress": JobStatus.RUNNING,
    "completed": JobStatus.SUCCEEDED,
    "failed": JobStatus.FAILED,
    "canceled": JobStatus.CANCELED,
}
"""COMPLETED is the only end the docs know; third-party clients also check the last two."""

CODES: dict[str, type[errors.ProviderError]] = {
    "unauthorized": errors.AuthRefused,
    "rate_limit_exceeded": errors.RateLimited,
}


class OdiRouter(Provider):
    slug: ClassVar[str] = "odirouter"
    name: ClassVar[str] = "OdiRouter"
    base_url: ClassVar[str] = "https://odirouter.ai"
    base_path: ClassVar[str] = "/model"
    key_env: ClassVar[str] = "ODIROUTER_API_KEY"
    base_url_env: ClassVar[str] = "ODIROUTER_BASE_URL"
    keys_page: ClassVar[str] = "https://odirouter.ai"
    catalog_needs_key: ClassVar[bool] = True

    def submit(self, variant: Variant, request: Request, images: References, key: str) -> httpx.Request:
        body = body_of(variant, request, images)
        return httpx.Request("POST", f"{self.base_path}/v1/queue/{variant.endpoint}", json=body)

    def submitted(self, variant: Variant, reply: httpx.Response) -> Handle:
        return Handle(job_in(json_of(reply), "request_id", "OdiRouter's"), variant.endpoint)

    def poll(self, handle: Handle) -> httpx.Request:
        return httpx.Request("GET", f"{self._job(handle)}/status")

    def polled(self, reply: httpx.Response) -> Snapshot:
        """``queue_position`` is left out: the docs say it is always 0 for now."""
        body = json_of(reply)
        words = text_at(body, "status")
        status = status_in(words, STATUSES, self.name)
        if _has_failed(body):
            return _failed(body, words or "")
        seconds = number_at(body, "metrics", "inference_time")
        return Snapshot(status, words or "", provider_seconds=decimal_of(seconds))

    def result(self, handle: Handle) -> httpx.Request:
        return httpx.Request("GET", f"{self._job(handle)}/response")

    def resulted(self, reply: httpx.Response) -> Snapshot:
        """HTTP 202 carries the status until done; then the clip without a status, in more than one documented shape."""
        body = json_of(reply)
        if reply.status_code == 202 or not _says_done(body) or _has_failed(body):
            return self.polled(reply)
        urls = urls_in(body.get("outputs"), body.get("output"))
        if not urls:
            raise errors.UnknownReply("OdiRouter's response names no clip")
        return Snapshot(JobStatus.SUCCEEDED, "COMPLETED", urls)

    def cancel(self, handle: Handle) -> httpx.Request:
        return httpx.Request("PUT", f"{self._job(handle)}/cancel")

    def canceled(self, reply: httpx.Response) -> Canceled:
        """The answer's body is not documented; fal.ai's, whose queue this one copies, says when it is too late.

        Whether a request took effect a later poll tells, by COMPLETED with error_type CANCELED.
        """
        too_late = reply.status_code == 400 and _is_over(json_of(reply))
        return Canceled.TOO_LATE if too_late else Canceled.REQUESTED

    def catalog(self, cursor: str | None) -> httpx.Request:
        """SeaCloud's list of models, of which OdiRouter's own documents say nothing; it needs a key and has no prices.

        Source: seacloudai-sdk 0.1.3 and seacloud-cli @ aa9c8ac (read 2026-11-30). ``cursor`` is the page.
        """
        params = {"page": cursor or "1", "page_size": "100", "type": "video"}
        return httpx.Request("GET", "/api/v1/skill/models", params=params)

    def cataloged(self, cursor: str | None, reply: httpx.Response) -> CatalogPage:
        data = json_of(reply).get("data")
        if not isinstance(data, dict) or (models := list_at(data, "models")) is None:
            raise errors.UnknownReply("OdiRouter's catalogue names no models")
        page, pages = int(cursor or "1"), position_at(data, "total_pages") or 0
        listed = tuple(model for each in models if (model := _listed(each)))
        return CatalogPage(listed, str(page + 1) if models and page < pages else None)

    def refused(self, reply: httpx.Response) -> errors.ProviderError | None:
        """``{"error": {"code", "message"}}`` from the gateway, ``{"detail"}`` from behind it."""
        try:
            body = json_of(reply)
        except errors.UnknownReply:
            return http_error(self.name, reply)
        if reply.status_code == 400 and _is_over(body):
            return None
        words = words_at(body, "error", "message") or words_at(body, "error") or words_at(body, "detail")
        words = words or words_at(body, "status", "message")  # SeaCloud's envelope: {"status": {"code", "message"}}
        kind = CODES.get(word_at(body, "error", "code") or "")
        if kind is None and reply.status_code in (400, 402, 403) and "balance" in (words or "").lower():
            kind = errors.BalanceRefused  # SeaCloud's words on its LLM side, inside 403 (read 2026-11-21)
        if kind is not None and reply.status_code != 429:
            return kind(f"{self.name} {PHRASES[kind]}: {words}", words=words or "")
        return http_error(self.name, reply, words)

    def _job(self, handle: Handle) -> str:
        return f"{self.base_path}/v1/queue/{handle.endpoint}/requests/{quote(handle.id, safe='')}"


def _listed(entry: Json) -> ListedModel | None:
    endpoint = words_at(entry, "id")
    if endpoint is None:
        return None
    words = filter(None, [words_at(entry, "type"), *words_in(entry.get("input_modalities"))])
    return ListedModel(endpoint, words_at(entry, "name") or "", tuple(words))


def _is_over(body: Json) -> bool:
    return word_at(body, "status") == "already_completed"


def _says_done(body: Json) -> bool:
    return not body.get("status") or word_at(body, "status") == "completed"


def _has_failed(body: Json) -> bool:
    """Failure is the end, COMPLETED, with ``error``; an error beside a job that still runs is somebody else's.

    A ``provider_error`` alone is none: SeaCloud's own client takes such a job for done (internal/queue/client.go).
    """
    over = word_at(body, "status") in ("completed", "failed", "canceled")
    return over and any(body.get(key) for key in ("error_type", "error"))


def _failed(body: Json, words: str) -> Snapshot:
    """Failure is COMPLETED with ``error``; ``error_type`` says what kind.

    Where there is ``provider_error`` it has the reason (seacloud-cli, cmd/run_queue_failure_test.go @ 6d85d51).
    """
    kind = code_at(body, "error_type")
    over, how = word_at(body, "status"), word_at(body, "error_type")
    canceled = over == "canceled" or (over == "completed" and how == "canceled")
    status = JobStatus.CANCELED if canceled else JobStatus.FAILED
    said = reason_at(body, "provider_error") or reason_at(body, "error")
    return Snapshot(status, words, error=f"{said} ({kind})" if said and kind else said or kind)


provider = OdiRouter()
