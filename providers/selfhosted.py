"""Servers of one's own that speak ``/v1/videos``, the API of OpenAI's that outlived its service.

Docs, read 2026-12-01: vLLM-Omni's docs/serving/videos_api.md and entrypoints/openai (0.30.0: protocol/videos.py,
api_server.py); SGLang Diffusion's docs/diffusion/api/openai_api.md and entrypoints/openai (0.5.23: video_api.py);
what the two differ in as put together on 2026-11-29. OpenAI's own service ended on 2026-09-24.

A server runs one model and makes it whatever a request names, so that the model is asked for first
(``GET /v1/models``). A request is multipart: vLLM-Omni takes nothing else, and SGLang takes both.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar
from urllib.parse import quote

import httpx

from providers import _errors as errors
from providers._base import Provider, body_of
from providers._options import Value
from providers._prices import Money, Quote, decimal_of
from providers._reading import (
    PHRASES,
    Json,
    http_error,
    id_at,
    in_a_line,
    job_in,
    json_of,
    list_at,
    number_at,
    reason_at,
    status_in,
    text_at,
    url_at,
    word_at,
    words_at,
)
from providers._types import (
    Canceled,
    CatalogPage,
    Handle,
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
    "in_progress": JobStatus.RUNNING,
    "completed": JobStatus.SUCCEEDED,
    "failed": JobStatus.FAILED,
}
OF_VLLM = "video_gen_"
"""How vLLM-Omni's ids begin. Its DELETE aborts a job; SGLang's forgets one that goes on computing."""
GPU_HOURS = "GPU hours"
"""What a job costs here: the time that its server computed. What an hour is worth its owner says."""
SECONDS_AN_HOUR = 3600
FINEST = Decimal("0.000001")
PAGE = 100
"""Jobs that a page of the list has at most."""
LATEST = 1e12
"""Epoch seconds, 30,000 years from now: a number beyond is no time."""


class SelfHosted(Provider):
    slug: ClassVar[str] = "selfhosted"
    name: ClassVar[str] = "Self-hosted"
    base_url: ClassVar[str] = "http://127.0.0.1:8000"
    """Where ``vllm serve`` listens unless it is told otherwise."""
    base_path: ClassVar[str] = "/v1"
    own_server: ClassVar[bool] = True
    key_env: ClassVar[str] = "SELFHOSTED_API_KEY"
    base_url_env: ClassVar[str] = "SELFHOSTED_BASE_URL"
    keys_page: ClassVar[str] = "https://docs.vllm.ai/projects/vllm-omni"
    concurrency: ClassVar[int] = 2
    """One is computed while another is sent: a server makes one clip at a time unless it batches."""
    catalog_needs_key: ClassVar[bool] = True
    cancel_while: ClassVar[frozenset[JobStatus] | None] = frozenset((JobStatus.QUEUED, JobStatus.RUNNING))
    """A DELETE stops the work, and of a finished job it deletes the clip."""

    def submit(self, variant: Variant, request: Request, images: References, key: str) -> httpx.Request:
        """The first frame goes along as the file ``input_reference``."""
        texts = {"model": variant.endpoint, **body_of(variant, request, References())}
        files: dict[str, tuple[str | None, str | bytes, str] | tuple[None, str]] = {
            name: (None, _written(value)) for name, value in texts.items()
        }
        frame = request.first_frame if "first_frame" in variant.inputs else None
        if frame is not None:
            files[variant.inputs["first_frame"].field] = (frame.filename, frame.data, frame.media_type)
        return httpx.Request("POST", "/v1/videos", files=files)

    def submitted(self, variant: Variant, reply: httpx.Response) -> Handle:
        return Handle(job_in(json_of(reply), "id", "The server's"), variant.endpoint)

    def poll(self, handle: Handle) -> httpx.Request:
        return httpx.Request("GET", _job(handle))

    def polled(self, reply: httpx.Response) -> Snapshot:
        """What was computed counts also where it came to nothing."""
        body = json_of(reply)
        words = text_at(body, "status")
        status = status_in(words, STATUSES, self.name)
        seconds = decimal_of(number_at(body, "inference_time_s"))
        return Snapshot(
            status,
            words or "",
            clip_urls=_clips(body) if status is JobStatus.SUCCEEDED else (),
            progress=_progress(body),
            error=reason_at(body, "error") if status is JobStatus.FAILED else None,
            billed=None if seconds is None else _computed(seconds),
            provider_seconds=seconds,
            prompt_used=words_at(body, "revised_prompt"),
        )

    def cancel(self, handle: Handle) -> httpx.Request | None:
        """Where it stops the work alone: elsewhere the server would go on computing a clip that nobody can have."""
        return httpx.Request("DELETE", _job(handle)) if handle.id.startswith(OF_VLLM) else None

    def canceled(self, reply: httpx.Response) -> Canceled:
        """``deleted`` of a job that was at work: its record is gone, and no clip was made."""
        if json_of(reply).get("deleted") is not True:
            raise errors.UnknownReply("The server does not say that the job is deleted")
        return Canceled.CANCELED

    def quote(self, variant: Variant, request: Request, images: References) -> httpx.Request:
        return httpx.Request("GET", "/v1/models")

    def quoted(self, variant: Variant, options: Mapping[str, Value], reply: httpx.Response) -> Quote | None:
        """No price, but whether the server runs this model at all: it would make another without a word."""
        served = _served(reply)
        if variant.endpoint not in served:
            words = in_a_line(", ".join(served))
            why = f"your server runs {words or 'no model'}"
            raise errors.NotOffered(f"{self.name} {PHRASES[errors.NotOffered]}: {why}", words=words, why=why)
        return None

    def listing(self, cursor: str | None) -> httpx.Request:
        more = {"after": cursor} if cursor else {}
        return httpx.Request("GET", "/v1/videos", params={"limit": PAGE, "order": "desc", **more})

    def listed(self, reply: httpx.Response) -> JobPage:
        """``has_more`` is vLLM-Omni's; at SGLang a page that is full may not be the last."""
        body = json_of(reply)
        data = list_at(body, "data")
        if data is None:
            raise errors.UnknownReply("The server's list of videos names none")
        jobs = [_sighting(each) for each in data]
        if None in jobs:  # a job that is passed over would look as if it were not there
            raise errors.UnknownReply("The server's list of videos has an entry that is none")
        more = body["has_more"] is True if "has_more" in body else len(data) == PAGE
        seen = tuple(each for each in jobs if each is not None)
        return JobPage(seen, seen[-1].id if more and seen else None)

    def catalog(self, cursor: str | None) -> httpx.Request:
        return httpx.Request("GET", "/v1/models")

    def cataloged(self, cursor: str | None, reply: httpx.Response) -> CatalogPage:
        return CatalogPage(tuple(ListedModel(each) for each in _served(reply)), None)

    def refused(self, reply: httpx.Response) -> errors.ProviderError | None:
        """``{"detail": ...}`` of both servers, ``{"error": {"message"}}`` of proxies, ``{"error": "Unauthorized"}``.

        vLLM-Omni tells of a failed job under an HTTP status of 400 or more, with the job as the body.
        """
        try:
            body = json_of(reply)
        except errors.UnknownReply:
            return http_error(self.name, reply)
        if word_at(body, "object") == "video" and word_at(body, "status") == "failed":
            return None
        return http_error(self.name, reply, _said(body))


def _job(handle: Handle) -> str:
    return f"/v1/videos/{quote(handle.id, safe='')}"


def _written(value: object) -> str:
    """A value as a part of a form."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _clips(body: Json) -> tuple[str, ...]:
    """The server's own copy; and where SGLang keeps clips elsewhere, and its own copy is a 400, their URLs."""
    job = id_at(body, "id")
    own = () if job is None else (f"{_job(Handle(job, ''))}/content",)
    elsewhere = url_at(body, "url")
    return tuple(dict.fromkeys((*own, *((elsewhere,) if elsewhere else ()), *urls_in(body.get("urls")))))


def _progress(body: Json) -> float | None:
    percent = number_at(body, "progress")
    return percent / 100 if percent is not None and 0 <= percent <= 100 else None


def _computed(seconds: Decimal) -> Money:
    return Money((seconds / SECONDS_AN_HOUR).quantize(FINEST), GPU_HOURS)


def _served(reply: httpx.Response) -> tuple[str, ...]:
    data = list_at(json_of(reply), "data")
    if data is None:
        raise errors.UnknownReply("The server's list of models names none")
    return tuple(model for each in data if (model := words_at(each, "id")))


def _sighting(body: Json) -> Sighting | None:
    job, created = id_at(body, "id"), number_at(body, "created_at")
    if job is None or created is None or not abs(created) < LATEST:
        return None
    return Sighting(
        job, words_at(body, "model") or "", created, words_at(body, "status") or "", text_at(body, "prompt")
    )


def _said(body: Json) -> str | None:
    """The words of an error; of a form that does not fit, each field and what is wrong with it."""
    parts = list_at(body, "detail")
    if parts is None:
        return words_at(body, "detail") or words_at(body, "error", "message") or words_at(body, "error")
    return "; ".join(": ".join(filter(None, (_where(each), words_at(each, "msg")))) for each in parts) or None


def _where(part: Json) -> str:
    loc = part.get("loc")
    return in_a_line(str(loc[-1])) if isinstance(loc, list) and loc else ""


provider = SelfHosted()
