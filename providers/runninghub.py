"""RunningHub, openapi v2 ("Standard Model API").

Docs: https://www.runninghub.ai/runninghub-api-doc-en/ and the developer kit of
github.com/HM-RunningHub/ComfyUI_RH_OpenAPI at a05daf0 (read 2026-11-21). Errors arrive inside HTTP
200; polls are POSTs; durations are texts; an upload succeeds with code 0 or 200.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

import httpx

from providers import _errors as errors
from providers._base import Provider, body_of
from providers._options import Value
from providers._prices import Money, Quote, currency_of, decimal_of
from providers._reading import (
    PHRASES,
    Json,
    code_at,
    http_error,
    id_at,
    in_a_line,
    json_of,
    reason_at,
    retry_after,
    status_in,
    text_at,
    url_at,
    words_at,
)
from providers._types import Handle, ImageInput, JobStatus, References, Request, Snapshot, Variant
from providers._urls import urls_in

STATUSES = {
    "create": JobStatus.QUEUED,
    "queued": JobStatus.QUEUED,
    "running": JobStatus.RUNNING,
    "success": JobStatus.SUCCEEDED,
    "failed": JobStatus.FAILED,
    "cancel": JobStatus.CANCELED,
}

# apifox.com/apidoc/docs-site/5441421 (doc-6913925, doc-8287338) and core/task.py of the developer
# kit, read 2026-11-21. Codes that are not here say too little to conclude anything.
CODES: dict[type[errors.ProviderError], tuple[str, ...]] = {
    errors.AuthRefused: ("801", "802", "806", "811", "1002", "1014"),
    errors.BalanceRefused: ("416", "812"),
    errors.RateLimited: ("415", "421", "814", "1003", "1011", "1520"),
    errors.InputRefused: ("301", "412", "433", "803", "809", "1001", "1007", "1008", "1009"),
    errors.ContentRefused: ("1501", "1505"),
    errors.NotFound: ("380", "423", "807", "901", "1004"),
    errors.Unavailable: ("500", "808", "1005", "1010", "1012"),
}
RETIRED = "1000"
"""What the price preview answers for an endpoint that is sold no more, by a third party's probe (2026-09-05). Nobody
knows what it means elsewhere."""
KINDS = {code: kind for kind, codes in CODES.items() for code in codes}


class RunningHub(Provider):
    slug: ClassVar[str] = "runninghub"
    name: ClassVar[str] = "RunningHub"
    base_url: ClassVar[str] = "https://www.runninghub.ai"
    base_path: ClassVar[str] = "/openapi/v2"
    key_env: ClassVar[str] = "RH_API_KEY"
    base_url_env: ClassVar[str] = "RH_API_BASE_URL"
    clips_kept_s: ClassVar[float | None] = 24 * 3600.0
    """Several clients say that URLs of results end after 24 hours (one: that they last); read 2026-11-21."""
    keys_page: ClassVar[str] = "https://www.runninghub.ai"
    concurrency: ClassVar[int] = 3
    """Third parties report three tasks at once for a shared key; more answers 421 (read 2026-11-21)."""

    def upload(self, image: ImageInput) -> httpx.Request:
        files = {"file": (image.filename, image.data, image.media_type)}
        return httpx.Request("POST", f"{self.base_path}/media/upload/binary", files=files)

    def uploaded(self, reply: httpx.Response) -> str:
        url = url_at(json_of(reply), "data", "download_url")
        if url is None:
            raise errors.UnknownReply("RunningHub's upload names no download_url")
        return url

    def submit(self, variant: Variant, request: Request, images: References, key: str) -> httpx.Request:
        body = body_of(variant, request, images)
        return httpx.Request("POST", f"{self.base_path}/{variant.endpoint}", json=body)

    def submitted(self, variant: Variant, reply: httpx.Response) -> Handle:
        body = json_of(reply)
        task = id_at(body, "taskId")
        if task is None:
            code = _code(body)
            said = f": {_message(body) or 'no message'} ({code})" if code else ""
            raise errors.UnknownReply(f"RunningHub's answer names no taskId{said}")
        return Handle(task, variant.endpoint)

    def poll(self, handle: Handle) -> httpx.Request:
        return httpx.Request("POST", f"{self.base_path}/query", json={"taskId": handle.id})

    def polled(self, reply: httpx.Response) -> Snapshot:
        body = json_of(reply)
        words = text_at(body, "status")
        status = status_in(words, STATUSES, self.name)
        return Snapshot(
            status=status,
            words=words or "",
            clip_urls=urls_in(body.get("results")) if status is JobStatus.SUCCEEDED else (),
            error=_failure(body) if status is JobStatus.FAILED else None,
            billed=_billed(body),
            provider_seconds=_cost_time(body),
        )

    def quote(self, variant: Variant, request: Request, images: References) -> httpx.Request:
        """Undocumented in the stored official pages; read in PyPI's runninghub-sdk 1.1.9 (2026-11-21)."""
        body = body_of(variant, request, images)
        return httpx.Request("POST", f"{self.base_path}/price-preview/{variant.endpoint}", json=body)

    def quoted(self, variant: Variant, options: Mapping[str, Value], reply: httpx.Response) -> Quote:
        body = json_of(reply)
        if _code(body) == RETIRED:
            words = _message(body) or "no message"
            said = f"{self.name} {PHRASES[errors.NotOffered]}: {words} ({RETIRED})"
            raise errors.NotOffered(said, words=words, why="its provider has retired it")
        amount = decimal_of(body.get("estimatedPrice"))
        if amount is None:
            raise errors.UnknownReply("RunningHub's price preview names no estimatedPrice")
        return Quote(Money(amount, currency_of(body.get("currency"))))

    def refused(self, reply: httpx.Response) -> errors.ProviderError | None:
        """Business errors: ``errorCode`` (v2) or ``code`` (uploads), usually inside HTTP 200."""
        try:
            body = json_of(reply)
        except errors.UnknownReply:
            return http_error(self.name, reply)
        if text_at(body, "taskId"):
            return None  # a task's own state; its failure is a Snapshot
        code, words = _code(body), _message(body)
        if code == RETIRED and reply.status_code < 400 and not any(map(body.get, ("status", "results", "data"))):
            return None  # what it means depends on what was asked: ``quoted`` knows, and nothing else finds an answer
        if code is None or (code not in KINDS and reply.status_code >= 400):
            return http_error(self.name, reply, words)
        preview = "estimatedPrice" in body or "priceText" in body or words == "PRICE_CONFIG_NOT_FOUND"
        kind = errors.NotFound if preview and code == "1501" else KINDS.get(code, errors.UnknownReply)
        sentence = f"{self.name} {PHRASES[kind]}: {words or 'no message'} ({code})"
        said = f"{code} {words or ''}".strip()
        if kind is errors.RateLimited:
            return errors.RateLimited(sentence, words=said, retry_after=retry_after(reply))
        return kind(sentence, words=said)

    def console(self, handle: Handle) -> str:
        """core/task.py of the developer kit, read 2026-11-21."""
        return f"https://www.runninghub.cn/call-api/call-record-detail/{handle.id}"


def _code(body: Json) -> str | None:
    code = code_at(body, "errorCode") or code_at(body, "code")
    return None if code in (None, "0", "200") else code


def _message(body: Json) -> str | None:
    return words_at(body, "errorMessage") or words_at(body, "message") or words_at(body, "msg")


def _failure(body: Json) -> str:
    """The code's message and the reason, where they differ: the reason may be a text or an object."""
    reason = words_at(body, "failedReason", "exception_message") or reason_at(body, "failedReason")
    words = in_a_line(": ".join(dict.fromkeys(filter(None, (_message(body), reason)))))
    code = _code(body)
    return f"{words or 'no reason given'}{f' ({code})' if code else ''}"


def _billed(body: Json) -> Money | None:
    """The API spend of a standard model. Its currency is not stated in the reply."""
    usage = body.get("usage")
    amount = decimal_of(usage.get("thirdPartyConsumeMoney")) if isinstance(usage, dict) else None
    return None if amount is None else Money(amount, None)


def _cost_time(body: Json) -> Decimal | None:
    usage = body.get("usage")
    seconds = decimal_of(usage.get("taskCostTime")) if isinstance(usage, dict) else None
    return seconds or None  # documented examples show "0" where nothing was measured


provider = RunningHub()
