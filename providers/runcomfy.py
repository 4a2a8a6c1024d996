"""RunComfy Model API.

Docs: https://docs.runcomfy.com/model-apis/async-queue-endpoints and /error-codes, the model page of
minimax/hailuo-2-3/pro/text-to-video, and the official clients comfyui-runcomfy-partner-nodes at
62e8aff, runcomfy-mcp at d625e05 and runcomfy-cli (all read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar, Literal
from urllib.parse import quote

import httpx

from providers import _errors as errors
from providers._base import Provider, body_of
from providers._options import Value
from providers._prices import Money, Quote, decimal_of, seconds_in
from providers._reading import (
    PHRASES,
    Json,
    code_at,
    http_error,
    in_a_line,
    job_in,
    json_of,
    list_at,
    position_at,
    reason_at,
    status_in,
    text_at,
    word_at,
    words_at,
    words_in,
)
from providers._schemas import fields_in
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

# The docs list four states; the official clients also treat the others so.
STATUSES = {
    "in_queue": JobStatus.QUEUED,
    "pending": JobStatus.QUEUED,
    "waiting": JobStatus.QUEUED,
    "starting": JobStatus.QUEUED,
    "in_progress": JobStatus.RUNNING,
    "processing": JobStatus.RUNNING,
    "completed": JobStatus.SUCCEEDED,
    "succeeded": JobStatus.SUCCEEDED,
    "failed": JobStatus.FAILED,
    "cancelled": JobStatus.CANCELED,
    "canceled": JobStatus.CANCELED,
}
CODES: dict[str, type[errors.ProviderError]] = {
    "400001": errors.InputRefused,
    "400002": errors.BalanceRefused,
    "400004": errors.AuthRefused,
    "403001": errors.Forbidden,
    "404001": errors.NotFound,
}
UNITS: dict[str, Literal["clip", "second"]] = {"second": "second", "output": "clip"}
PAGE = 100
"""Models asked for at once; the most that its catalogue gives."""
EXACT = frozenset(
    f"bytedance/seedance-2.5/{kind}-to-video/{size}" for kind in ("image", "text") for size in ("1080p", "4k")
)
"""Models whose price by the length is all of it; of the others options may add to it (partner nodes' models.json)."""
OUTCOMES = {"cancelled": Canceled.CANCELED, "not_cancellable": Canceled.TOO_LATE}


class RunComfy(Provider):
    slug: ClassVar[str] = "runcomfy"
    name: ClassVar[str] = "RunComfy"
    base_url: ClassVar[str] = "https://model-api.runcomfy.net"
    base_path: ClassVar[str] = "/v1"
    key_env: ClassVar[str] = "RUNCOMFY_API_TOKEN"
    base_url_env: ClassVar[str] = "RUNCOMFY_BASE_URL"
    keys_page: ClassVar[str] = "https://www.runcomfy.com/profile"

    def submit(self, variant: Variant, request: Request, images: References, key: str) -> httpx.Request:
        return httpx.Request("POST", f"/v1/models/{variant.endpoint}", json=body_of(variant, request, images))

    def submitted(self, variant: Variant, reply: httpx.Response) -> Handle:
        return Handle(job_in(json_of(reply), "request_id", "RunComfy's"), variant.endpoint)

    def poll(self, handle: Handle) -> httpx.Request:
        return httpx.Request("GET", f"{_job(handle)}/status")

    def polled(self, reply: httpx.Response) -> Snapshot:
        body = json_of(reply)
        words = text_at(body, "status")
        status = status_in(words, STATUSES, self.name)
        return Snapshot(
            status=status,
            words=words or "",
            queue_position=position_at(body, "queue_position"),
            error=_message(body) if status is JobStatus.FAILED else None,
        )

    def result(self, handle: Handle) -> httpx.Request:
        return httpx.Request("GET", f"{_job(handle)}/result", params={"include_cost": "true"})

    def resulted(self, reply: httpx.Response) -> Snapshot:
        """The clip is ``output.video`` or among ``output.videos``; ``cost`` is in US dollars."""
        snapshot = self.polled(reply)
        body = json_of(reply)
        urls = urls_in(body.get("output")) if snapshot.status is JobStatus.SUCCEEDED else ()
        cost = decimal_of(body.get("cost"))
        billed = None if cost is None else Money(cost, "USD")
        return Snapshot(snapshot.status, snapshot.words, urls, snapshot.queue_position, None, snapshot.error, billed)

    def cancel(self, handle: Handle) -> httpx.Request:
        return httpx.Request("POST", f"{_job(handle)}/cancel")

    def canceled(self, reply: httpx.Response) -> Canceled:
        body = json_of(reply)
        outcome = OUTCOMES.get(word_at(body, "outcome") or "")
        if outcome is None:
            raise errors.UnknownReply(f"RunComfy answers the cancel with {words_at(body, 'outcome') or ''!r}")
        return outcome

    def quote(self, variant: Variant, request: Request, images: References) -> httpx.Request:
        """The model's catalogue entry; read in the official clients (2026-11-21)."""
        return httpx.Request("GET", f"/v1/models/{variant.endpoint}")

    def quoted(self, variant: Variant, options: Mapping[str, Value], reply: httpx.Response) -> Quote:
        body = json_of(reply)
        price, unit = decimal_of(body.get("base_price_usd")), word_at(body, "price_unit")
        seconds = seconds_in(options)
        units = {"output": Decimal(1)} | ({} if seconds is None else {"second": Decimal(seconds)})
        if price is None or unit not in units:
            said = in_a_line(unit or "")
            raise errors.UnknownReply(f"RunComfy's model entry names no price we can read (unit {said!r})")
        return Quote(Money(price * units[unit], "USD"))

    def catalog(self, cursor: str | None) -> httpx.Request:
        """Public, no key is needed. ``cursor`` is how many models came before (the nodes' docs, 2026-09-23)."""
        params = {"include_schema": "true", "limit": str(PAGE), "offset": cursor or "0"}
        return httpx.Request("GET", "/v1/models", params=params)

    def cataloged(self, cursor: str | None, reply: httpx.Response) -> CatalogPage:
        body = json_of(reply)
        models, total = list_at(body, "models"), position_at(body, "total")
        if models is None:
            raise errors.UnknownReply("RunComfy's catalogue names no models")
        seen = int(cursor or "0") + len(models)
        more = bool(models) and total is not None and seen < total
        return CatalogPage(tuple(model for each in models if (model := _listed(each))), str(seen) if more else None)

    def refused(self, reply: httpx.Response) -> errors.ProviderError | None:
        """An ``error_code``, which may come inside HTTP 200, else the HTTP status."""
        try:
            body = json_of(reply)
        except errors.UnknownReply:
            return http_error(self.name, reply)
        state = word_at(body, "status")
        if STATUSES.get(state or "") is JobStatus.FAILED:
            return None  # whatever the HTTP status: what became of the job is what was asked
        if state in STATUSES or text_at(body, "request_id"):
            return http_error(self.name, reply, _message(body))  # a job's own state; its failure is a Snapshot
        code, words = code_at(body, "error_code"), _message(body)
        code = None if code == "0" else code
        kind = CODES.get(code or "")
        if kind is None:
            unknown = errors.UnknownReply(f"{self.name}: {words or 'an error'} ({code})", words=words or str(code))
            return http_error(self.name, reply, words) or (unknown if code else None)
        return kind(f"{self.name} {PHRASES[kind]}: {words or 'no message'} ({code})", words=words or str(code))


def _job(handle: Handle) -> str:
    return f"/v1/requests/{quote(handle.id, safe='')}"


def _listed(entry: Json) -> ListedModel | None:
    endpoint, price = words_at(entry, "model_id"), decimal_of(entry.get("base_price_usd"))
    if endpoint is None:
        return None
    return ListedModel(
        endpoint,
        words_at(entry, "display_name") or "",
        words_in(entry.get("categories")),
        price=None if price is None else Money(price, "USD"),
        per=UNITS.get(word_at(entry, "price_unit") or ""),
        from_price=endpoint not in EXACT,
        options=fields_in(entry.get("input_schema")),
    )


def _message(body: Json) -> str | None:
    """What a reply says went wrong; a result's ``error`` is a text or an object (runcomfy-cli, read 2026-11-29)."""
    keys = ("error_message", "message", "error", "detail")
    return next((words for key in keys if (words := reason_at(body, key))), None)


provider = RunComfy()
