"""fal's queue, its prices and its list of models.

Docs: the shared notes of 2026-11-29, section 2 (F-a to F-j: fal's queue, errors, pricing and uploads, by its pages and
by fal-client 1.0.3); https://fal.ai/docs/api-reference/inference-api and /docs/inference-api/queue (what HTTP statuses
mean, the cancel's words), /docs/documentation/model-apis/errors and /request-errors, and the schema of api.fal.ai
(openapi/v1.json, by tryAGI/Fal @ badf521), all read 2026-12-01.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar
from urllib.parse import quote

import httpx

from providers import _errors as errors
from providers._base import Provider, body_of
from providers._fal import listed, outcome_of, priced, rewritten_in, verdict_in, words_of
from providers._prices import Money, currency_of, decimal_of
from providers._reading import (
    PHRASES,
    Json,
    asked_at,
    http_error,
    in_a_line,
    job_in,
    json_of,
    list_at,
    number_at,
    position_at,
    status_in,
    text_at,
    url_at,
    whole_at,
    word_at,
    words_at,
)
from providers._types import (
    Canceled,
    CatalogPage,
    Handle,
    ImageInput,
    JobStatus,
    ListedModel,
    References,
    Request,
    Snapshot,
    Ticket,
    Variant,
)
from providers._urls import urls_in

STATUSES = {"in_queue": JobStatus.QUEUED, "in_progress": JobStatus.RUNNING, "completed": JobStatus.SUCCEEDED}
"""A job that failed is COMPLETED, too, with an ``error`` beside it."""
OWN = ("https://queue.fal.run", "https://queue.falrun.com")
"""Where fal's queue is; the second is its spare."""
ADDRESSES = {"status": "status_url", "result": "response_url", "cancel": "cancel_url"}
PLACE = "queue_position"
USUAL = {"status": "/status", "result": "", "cancel": "/cancel"}
PATH = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+){4,12}")
"""A path as the documents show them: the owner and the app, or the whole id, then ``requests``, the job and a verb."""
LOCKED = re.compile(r"balance|top.?up", re.IGNORECASE)
"""fal says 403 "User is locked. Reason: Exhausted balance" or "TOP_UP" (github.com/fal-ai/fal, issues 1147, 1163)."""
TOKEN = re.compile(r"[\x21-\x7e]{1,4000}")
CATEGORIES = ("text-to-video", "image-to-video")
"""Those of its models that make videos; models of reference images are among the second."""
DESCRIBED, PRICED = 10, 50
"""How many endpoints are asked about at once: fal names 50 as the most, and fewer where it describes each."""


class Fal(Provider):
    slug: ClassVar[str] = "fal"
    name: ClassVar[str] = "fal"
    base_url: ClassVar[str] = "https://queue.fal.run"
    key_env: ClassVar[str] = "FAL_KEY"
    base_url_env: ClassVar[str] = "FAL_BASE_URL"
    auth_value: ClassVar[str] = "Key {key}"
    keys_page: ClassVar[str] = "https://fal.ai/dashboard/keys"
    clips_kept_s: ClassVar[float | None] = 7 * 86400.0
    """Or longer, as the account is set (2026-11-29)."""
    concurrency: ClassVar[int] = 2
    """What a new account may have in progress; more would wait there, and look like latency (2026-11-29)."""
    prices_need_key: ClassVar[bool] = True
    queue_note: ClassVar[str] = "what your account has beyond its limit waits there too"
    hosts: ClassVar[Mapping[str, str]] = {"/v1/models": "https://api.fal.ai", "/storage/": "https://rest.fal.ai"}
    kept_headers: ClassVar[tuple[bytes, ...]] = (b"x-fal-billable-units", b"x-fal-request-id", b"x-fal-error-type")

    def submit(self, variant: Variant, request: Request, images: References, key: str) -> httpx.Request:
        """Never without ``X-Fal-No-Retry``: else fal itself tries up to ten times, and that looks like latency."""
        body = body_of(variant, request, images)
        return httpx.Request("POST", f"/{variant.endpoint}", json=body, headers={"X-Fal-No-Retry": "1"})

    def submitted(self, variant: Variant, reply: httpx.Response) -> Handle:
        """The job, and the paths of the URLs that it is to be asked at, which the documents give in three forms.

        A URL of another host than fal's, or than the one that was asked, is none: our key would go there.
        """
        body = self._sound(reply)
        job = job_in(body, "request_id", "fal's")
        asked = asked_at(reply).partition("?")[0]
        here = (asked.removesuffix(f"/{variant.endpoint}"),) if asked.endswith(f"/{variant.endpoint}") else ()
        told = {verb: _path(body, field, job, (*here, *OWN)) for verb, field in ADDRESSES.items()}
        place = position_at(body, PLACE)
        noted = {} if place is None else {PLACE: str(place)}
        return Handle(job, variant.endpoint, noted | {verb: path for verb, path in told.items() if path})

    def poll(self, handle: Handle) -> httpx.Request:
        return httpx.Request("GET", _address(handle, "status"), params={"logs": "1"})

    def polled(self, reply: httpx.Response) -> Snapshot:
        """HTTP 202 until it is over, then 200; a failure says ``error`` and ``error_type`` beside COMPLETED."""
        body = self._sound(reply)
        words = text_at(body, "status")
        status = status_in(words, STATUSES, self.name)
        failed, kind = words_at(body, "error"), word_at(body, "error_type")
        if status is JobStatus.SUCCEEDED and (failed or kind):
            status = JobStatus.CANCELED if "cancel" in (kind or "") else JobStatus.FAILED
        seconds = number_at(body, "metrics", "inference_time")
        return Snapshot(
            status,
            words or "",
            queue_position=position_at(body, PLACE),
            error=": ".join(each for each in (failed, in_a_line(kind or "", 60)) if each) or None,
            provider_seconds=None if seconds is None else decimal_of(seconds),
        )

    def result(self, handle: Handle) -> httpx.Request:
        return httpx.Request("GET", _address(handle, "result"))

    def resulted(self, reply: httpx.Response) -> Snapshot:
        """The clip with the units it is billed in; or why there is none, which fal says by an HTTP error."""
        if (verdict := verdict_in(reply)) is not None:
            return Snapshot(JobStatus.FAILED, "COMPLETED", error=verdict, request_id=_request_id(reply))
        body = self._sound(reply)
        urls = urls_in(body.get("video"))
        if not urls:
            raise errors.UnknownReply("fal's result names no video")
        return Snapshot(
            JobStatus.SUCCEEDED,
            "COMPLETED",
            urls,
            units=decimal_of(reply.headers.get("x-fal-billable-units")),
            request_id=_request_id(reply),
            prompt_used=rewritten_in(body),
            seed=whole_at(body, "seed"),
        )

    def reason(self, reply: httpx.Response) -> str | None:
        return verdict_in(reply)

    def unit_price(self, handle: Handle) -> httpx.Request:
        return httpx.Request("GET", "/v1/models/pricing", params={"endpoint_id": handle.endpoint})

    def unit_priced(self, handle: Handle, reply: httpx.Response) -> Money | None:
        prices = list_at(self._sound(reply), "prices") or []
        own = next((each for each in prices if each.get("endpoint_id") == handle.endpoint), {})
        amount, currency = decimal_of(own.get("unit_price")), currency_of(own.get("currency"))
        return None if amount is None or currency is None else Money(amount, currency)

    def cancel(self, handle: Handle) -> httpx.Request:
        return httpx.Request("PUT", _address(handle, "cancel"))

    def canceled(self, reply: httpx.Response) -> Canceled:
        """What waits is taken out of the queue; of what runs the model itself decides: a poll says what came of it."""
        outcome = outcome_of(reply)
        if outcome is None:
            word = words_at(self._sound(reply), "status") or ""
            raise errors.UnknownReply(f"fal answers the cancel with {word!r}")
        return outcome

    def upload(self, image: ImageInput) -> httpx.Request:
        """The first step: a token for the host of files (fal-client 1.0.3, read 2026-11-29)."""
        return httpx.Request("POST", "/storage/auth/token", params={"storage_type": "fal-cdn-v3"}, json={})

    def ticket(self, image: ImageInput, reply: httpx.Response) -> Ticket:
        """The second: the file itself, under that token and no key."""
        body = self._sound(reply)
        token, kind, host = (text_at(body, name) or "" for name in ("token", "token_type", "base_url"))
        home = url_at({"url": host.rstrip("/")}, "url")
        if home is None or not TOKEN.fullmatch(token) or not kind.isascii() or not kind.isalpha():
            raise errors.UnknownReply("fal's answer names no place to upload to")
        headers = {"Authorization": f"{kind} {token}", "Content-Type": image.media_type}
        headers["X-Fal-File-Name"] = image.filename
        return Ticket(httpx.Request("POST", f"{home}/files/upload", content=image.data, headers=headers))

    def uploaded(self, reply: httpx.Response) -> str:
        url = url_at(self._sound(reply), "access_url")
        if url is None:
            raise errors.UnknownReply("fal's upload names no access_url")
        return url

    def catalog(self, cursor: str | None) -> httpx.Request:
        """Public, no key is needed. ``cursor`` is the category and fal's own cursor in it."""
        category, _, page = (cursor or CATEGORIES[0]).partition(" ")
        params = {"category": category, "status": "active"} | ({"cursor": page} if page else {})
        return httpx.Request("GET", "/v1/models", params=params)

    def cataloged(self, cursor: str | None, reply: httpx.Response) -> CatalogPage:
        """Its list has no prices: those are asked for with a key."""
        body = self._sound(reply)
        models, following = list_at(body, "models"), text_at(body, "next_cursor")
        if models is None:
            raise errors.UnknownReply("fal's catalogue names no models")
        category = (cursor or CATEGORIES[0]).partition(" ")[0]
        after = CATEGORIES[CATEGORIES.index(category) + 1 :] if category in CATEGORIES else ()
        more = f"{category} {following}" if following and models else next(iter(after), None)
        return CatalogPage(tuple(model for each in models if (model := listed(each))), more)

    def details(self, endpoints: Sequence[str], has_key: bool) -> list[httpx.Request]:
        """The OpenAPI document of each endpoint, which is public, and the price of a unit of it, which is not."""
        described = {"expand": "openapi-3.0", "limit": str(DESCRIBED)}
        asked = [_about(some, "/v1/models", described) for some in _parts(endpoints, DESCRIBED)]
        prices = [_about(some, "/v1/models/pricing") for some in _parts(endpoints, PRICED)] if has_key else []
        return [*asked, *prices]

    def detailed(self, reply: httpx.Response) -> list[ListedModel]:
        body = self._sound(reply)
        models, prices = list_at(body, "models"), list_at(body, "prices")
        if models is None and prices is None:
            raise errors.UnknownReply("fal's answer names neither models nor prices")
        found = [*map(listed, models or []), *map(priced, prices or [])]
        return [model for model in found if model]

    def refused(self, reply: httpx.Response) -> errors.ProviderError | None:
        """What an error says, but for what it says of a job that was asked about: that is for ``resulted``."""
        if verdict_in(reply) is not None or outcome_of(reply) is not None:
            return None
        return self._error(reply)

    def _sound(self, reply: httpx.Response) -> Json:
        """The reply's JSON object, where it is no error."""
        body = json_of(reply)
        if (error := self._error(reply)) is not None:
            raise error
        return body

    def _error(self, reply: httpx.Response) -> errors.ProviderError | None:
        if reply.status_code < 400:
            return None
        try:
            body = json_of(reply)
        except errors.UnknownReply:
            return http_error(self.name, reply)
        words = words_of(body)
        kind: type[errors.ProviderError] | None = None
        if any(word_at(each, "type") == "content_policy_violation" for each in list_at(body, "detail") or []):
            kind = errors.ContentRefused
        elif reply.status_code == 403 and LOCKED.search(words or ""):
            kind = errors.BalanceRefused
        if kind is None:
            return http_error(self.name, reply, words)
        return kind(f"{self.name} {PHRASES[kind]}: {words}", words=words or "")


def _path(body: Json, field: str, job: str, origins: tuple[str, ...]) -> str | None:
    """Where a URL of the reply leads at fal, which is to this job; None where the reply names none."""
    url = text_at(body, field)
    if url is None:
        return None
    home = next((origin for origin in origins if origin and url.startswith(f"{origin}/")), None)
    path = "" if home is None else url.removeprefix(home)
    if not PATH.fullmatch(path) or f"/requests/{job}/" not in f"{path}/":
        raise errors.UnknownReply(f"fal names a {field} that is not at fal")
    return path


def _address(handle: Handle, verb: str) -> str:
    """Where to ask about a job: as fal said, else by the form that its queue's page has."""
    app = "/".join(handle.endpoint.split("/")[:2])
    return handle.told.get(verb) or f"/{app}/requests/{quote(handle.id, safe='')}{USUAL[verb]}"


def _request_id(reply: httpx.Response) -> str | None:
    return in_a_line(reply.headers.get("x-fal-request-id", "")) or None


def _parts(endpoints: Sequence[str], most: int) -> list[Sequence[str]]:
    return [endpoints[at : at + most] for at in range(0, len(endpoints), most)]


def _about(endpoints: Sequence[str], path: str, more: Mapping[str, str] | None = None) -> httpx.Request:
    return httpx.Request("GET", path, params={"endpoint_id": list(endpoints), **(more or {})})


provider = Fal()
