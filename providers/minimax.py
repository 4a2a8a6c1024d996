"""MiniMax, who makes Hailuo, on its own API: two generations of it side by side.

Docs: https://platform.minimax.io/docs/api-reference, copies of which were read 2026-11-29 and 2026-12-01. V1
(video-generation) of Hailuo 2.3, 2.3-Fast and 02: a job, its state, then its file; errors inside HTTP 200. V2
(video-generation-v2-create, -query, -delete; copies by third parties of August to October 2026) of H3: a list of
contents, the clip in the job's own state, errors with an HTTP status. ``Trace-Id`` is read by the official client,
minimax-mcp 0.0.19.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar
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
    id_at,
    in_a_line,
    job_in,
    json_of,
    object_at,
    reason_at,
    retry_after,
    status_in,
    text_at,
    word_at,
    words_at,
)
from providers._types import Canceled, Handle, JobStatus, References, Request, Snapshot, Variant
from providers._urls import urls_in

OF_V1 = ("MiniMax-Hailuo-", "T2V-", "I2V-", "S2V-")
"""How the names of V1's models begin. MiniMax calls V1 legacy (2026-10-07): whatever comes after is V2's."""

STATUSES = {
    "preparing": JobStatus.QUEUED,
    "queueing": JobStatus.QUEUED,
    "processing": JobStatus.RUNNING,
    "success": JobStatus.SUCCEEDED,
    "fail": JobStatus.FAILED,
}
STATUSES_OF_V2 = {
    "queued": JobStatus.QUEUED,
    "running": JobStatus.RUNNING,
    "succeeded": JobStatus.SUCCEEDED,
    "failed": JobStatus.FAILED,
    "cancelled": JobStatus.CANCELED,
}
OUTCOMES = {"cancelled": Canceled.CANCELED, "deleted": Canceled.TOO_LATE}

# The table of error codes, and what the vendor's own clients make of them (read 2026-11-29). 2038: a name is to be
# verified; 2061: the plan lacks the model; 1028 and 1030: a quota is used up. V2 has them at the end of its words.
CODES: dict[type[errors.ProviderError], tuple[str, ...]] = {
    errors.AuthRefused: ("1004", "2049"),
    errors.Forbidden: ("2038", "2061"),
    errors.BalanceRefused: ("1008", "1028", "1030"),
    errors.RateLimited: ("1002", "1039", "1041", "2045", "2056"),
    errors.InputRefused: ("1042", "2013"),
    errors.ContentRefused: ("1026", "1027"),
    errors.Unavailable: ("1000", "1001", "1024", "1033"),
}
KINDS = {code: kind for kind, codes in CODES.items() for code in codes}
CODE_AT_THE_END = re.compile(r"\s*\((\d{4})\)\s*$")


class MiniMax(Provider):
    slug: ClassVar[str] = "minimax"
    name: ClassVar[str] = "MiniMax"
    base_url: ClassVar[str] = "https://api.minimax.io"
    base_path: ClassVar[str] = "/v1"
    key_env: ClassVar[str] = "MINIMAX_API_KEY"
    base_url_env: ClassVar[str] = "MINIMAX_BASE_URL"
    keys_page: ClassVar[str] = "https://platform.minimax.io"
    concurrency: ClassVar[int] = 3
    """Pay as you go, five requests a minute are taken: three jobs of a minute or more leave room for another try."""
    kept_headers: ClassVar[tuple[bytes, ...]] = (b"trace-id",)
    clips_kept_s: ClassVar[float | None] = 9 * 3600.0
    """A V1 file's URL is good for nine hours; how long V2's is no document says, its job is known for seven days."""
    cancel_while: ClassVar[frozenset[JobStatus] | None] = frozenset((JobStatus.QUEUED,))
    """V2's DELETE cancels what is queued, and deletes the record of what is done."""

    def submit(self, variant: Variant, request: Request, images: References, key: str) -> httpx.Request:
        """The catalogue writes V2's contents under their roles, which are then listed."""
        body = {"model": variant.endpoint, **body_of(variant, request, images)}
        if _is_v1(variant.endpoint):
            return httpx.Request("POST", "/v1/video_generation", json=body)
        return httpx.Request("POST", "/v2/video_generation", json=_listed(variant, body))

    def submitted(self, variant: Variant, reply: httpx.Response) -> Handle:
        return Handle(job_in(json_of(reply), "task_id", "MiniMax's"), variant.endpoint)

    def poll(self, handle: Handle) -> httpx.Request:
        """MiniMax recommends to ask every ten seconds, which is no limit."""
        if _is_v1(handle.endpoint):
            return httpx.Request("GET", "/v1/query/video_generation", params={"task_id": handle.id})
        return httpx.Request("GET", f"/v2/query/video_generation/{quote(handle.id, safe='')}")

    def polled(self, reply: httpx.Response) -> Snapshot:
        body = json_of(reply)
        task = body.get("task")
        if isinstance(task, dict):
            return self._of_v2(task, reply)
        words = text_at(body, "status")
        status = status_in(words, STATUSES, self.name)
        if status in (JobStatus.QUEUED, JobStatus.RUNNING):
            return Snapshot(status, words or "")
        if status is JobStatus.FAILED:
            return Snapshot(status, words or "", error=_reason(body), request_id=_trace(reply))
        file = id_at(body, "file_id")
        if file is None:
            raise errors.UnknownReply("MiniMax says Success and names no file_id", words=words or "")
        return Snapshot(status, words or "", told={"file_id": file}, request_id=_trace(reply))

    def _of_v2(self, task: Json, reply: httpx.Response) -> Snapshot:
        words = text_at(task, "status")
        status = status_in(words, STATUSES_OF_V2, self.name)
        over = status not in (JobStatus.QUEUED, JobStatus.RUNNING)
        return Snapshot(
            status,
            words or "",
            clip_urls=urls_in(task.get("content")) if status is JobStatus.SUCCEEDED else (),
            error=reason_at(task, "error") if status is JobStatus.FAILED else None,
            units=decimal_of(object_at(task, "usage").get("total_seconds")) if over else None,
            request_id=_trace(reply) if over else None,  # each poll has another: noted while it lasts, it would be news
        )

    def result(self, handle: Handle) -> httpx.Request | None:
        """The file of a V1 job, whose id the last poll told; V2 has no such step."""
        file = handle.told.get("file_id")
        return None if file is None else httpx.Request("GET", "/v1/files/retrieve", params={"file_id": file})

    def resulted(self, reply: httpx.Response) -> Snapshot:
        body = json_of(reply)
        if body.get("status") or isinstance(body.get("task"), dict):
            return self.polled(reply)
        urls = urls_in(body.get("file"))
        if not urls:
            raise errors.UnknownReply("MiniMax's file names no download_url")
        return Snapshot(JobStatus.SUCCEEDED, "Success", urls, request_id=_trace(reply))

    def cancel(self, handle: Handle) -> httpx.Request | None:
        """V2 alone has one."""
        if _is_v1(handle.endpoint):
            return None
        return httpx.Request("DELETE", f"/v2/video_generation/{quote(handle.id, safe='')}")

    def canceled(self, reply: httpx.Response) -> Canceled:
        body = json_of(reply)
        word = word_at(body, "action") or word_at(body, "status")
        outcome = OUTCOMES.get(word or "")
        if outcome is None:
            raise errors.UnknownReply(f"MiniMax answers the cancel with {in_a_line(word or '')!r}")
        return outcome

    def refused(self, reply: httpx.Response) -> errors.ProviderError | None:
        """V1's ``base_resp`` inside HTTP 200, V2's ``error`` with a status; a code says more than the status."""
        try:
            body = json_of(reply)
        except errors.UnknownReply:
            return http_error(self.name, reply)
        if reply.status_code < 400 and _is_a_job(body):
            return None  # its own state; its failure is a Snapshot
        code, words = _error(body)
        known = None if reply.status_code >= 500 else KINDS.get(code or "")
        if known is None and reply.status_code >= 400:
            return http_error(self.name, reply, words)
        if code is None and word_at(body, "type") != "error":
            return None
        kind = known or errors.UnknownReply
        sentence = f"{self.name} {PHRASES[kind]}: {words or 'no message'} ({code or 'no code'})"
        said = f"{code or ''} {words or ''}".strip()
        if kind is errors.RateLimited:
            return errors.RateLimited(sentence, words=said, retry_after=retry_after(reply))
        return kind(sentence, words=said)


def _is_v1(endpoint: str) -> bool:
    return endpoint.startswith(OF_V1)


def _listed(variant: Variant, body: Json) -> Json:
    """V2's body: the text and each image, by its role, as ``content``."""
    text = body.pop(variant.prompt.field, None)
    content: list[Any] = [] if text is None else [{"type": "text", "text": text}]
    for role in (wanted.field for wanted in variant.inputs.values()):
        given = body.pop(role, [])
        for url in given if isinstance(given, list) else [given]:
            content.append({"type": "image_url", "image_url": {"url": url}, "role": role})
    return body | {"content": content}


def _is_a_job(body: Json) -> bool:
    """Whether a reply names a job, or says how one is. Where V1 refuses, both are empty."""
    named = "status" not in body and text_at(body, "task_id")
    return bool(named or text_at(body, "status")) or isinstance(body.get("task"), dict)


def _error(body: Json) -> tuple[str | None, str | None]:
    """The code of an error, and its words."""
    code = code_at(body, "base_resp", "status_code")
    if code is not None:
        return (None if code == "0" else code), words_at(body, "base_resp", "status_msg")
    text = text_at(body, "error", "message") or ""
    found = CODE_AT_THE_END.search(text[-50:])
    words = in_a_line(CODE_AT_THE_END.sub("", text)) or words_at(body, "error")
    return (found[1] if found else None), words


def _reason(body: Json) -> str | None:
    """Why a V1 job failed; whether the code is set for every failure no document says."""
    code, words = _error(body)
    return None if code is None else f"{words or 'no reason given'} ({code})"


def _trace(reply: httpx.Response) -> str | None:
    """What MiniMax's support is to be told."""
    return in_a_line(reply.headers.get("trace-id", ""), 100) or None


provider = MiniMax()
