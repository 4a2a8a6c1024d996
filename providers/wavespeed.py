"""WaveSpeed's HTTP API, v3.

Docs: https://wavespeed.ai/docs, copies of which were read 2026-11-21 and 2026-11-29 (predictions, prices, limits, how
long results are kept); the official client, wavespeed 2.0.5 (read 2026-12-01: tickets for uploads, the states beyond
the four of the documents). Its list of models is as third parties' clients read it (2026-11-29).

Every reply is an envelope, ``{code, message, data}``. No cancel and no key to repeat a submit by is documented, and
what a job cost is in no reply: its price is asked for before, body for body.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import quote

import httpx

from providers import _errors as errors
from providers._base import Provider, body_of
from providers._options import Value
from providers._prices import Money, Quote, currency_of, decimal_of
from providers._reading import (
    Json,
    asked_at,
    http_error,
    in_a_line,
    job_in,
    json_of,
    list_at,
    object_at,
    reason_at,
    status_in,
    text_at,
    url_at,
    whole_at,
    word_at,
    words_at,
    words_in,
)
from providers._schemas import fields_in
from providers._types import (
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
from providers._urls import path_of, urls_in

STATUSES = {
    "created": JobStatus.QUEUED,
    "processing": JobStatus.RUNNING,
    "completed": JobStatus.SUCCEEDED,
    "failed": JobStatus.FAILED,
    "cancelled": JobStatus.CANCELED,
    "timeout": JobStatus.FAILED,
    "deleted": JobStatus.FAILED,
}
"""The last three are the client's: it takes each for an end without outputs."""
API = "/api/v3/"
SECOND = Decimal(1000)
"""``timings.inference`` is in milliseconds."""
HEADER = re.compile(r"[A-Za-z0-9_.-]{1,100}")
HEADER_VALUE = re.compile(r"([\x21-\x7e]([\x20-\x7e]{0,4000}[\x21-\x7e])?)?")
OURS = {"host", "content-length", "transfer-encoding", "connection", "expect", "te", "trailer", "upgrade"}
"""Headers that a request has by itself: a ticket has no say in them."""


class WaveSpeed(Provider):
    slug: ClassVar[str] = "wavespeed"
    name: ClassVar[str] = "WaveSpeed"
    base_url: ClassVar[str] = "https://api.wavespeed.ai"
    base_path: ClassVar[str] = "/api/v3"
    key_env: ClassVar[str] = "WAVESPEED_API_KEY"
    base_url_env: ClassVar[str] = "WAVESPEED_BASE_URL"
    keys_page: ClassVar[str] = "https://wavespeed.ai"
    concurrency: ClassVar[int] = 3
    """What the first of its tiers, Bronze, may have at once (2026-11-29); it takes five videos a minute."""
    clips_kept_s: ClassVar[float | None] = 7 * 86400.0
    catalog_needs_key: ClassVar[bool] = True

    def upload(self, image: ImageInput) -> httpx.Request:
        """The first step: a ticket, which says where the file goes and what it is then called."""
        asked = {"filename": image.filename, "size": len(image.data), "content_type": image.media_type}
        return httpx.Request("POST", f"{API}media/uploads", json=asked)

    def ticket(self, image: ImageInput, reply: httpx.Response) -> Ticket:
        """The second: the file itself, with the headers of the ticket and without our key."""
        data = self._data(reply)
        upload = data.get("upload")
        place = upload if isinstance(upload, dict) else {}
        url, file, headers = url_at(place, "url"), url_at(data, "download_url"), _headers_in(place.get("headers", {}))
        if url is None or file is None or headers is None or word_at(place, "method") != "put":
            raise errors.UnknownReply("WaveSpeed's answer names no place to upload to")
        return Ticket(httpx.Request("PUT", url, content=image.data, headers=headers), file)

    def submit(self, variant: Variant, request: Request, images: References, key: str) -> httpx.Request:
        return httpx.Request("POST", f"{API}{variant.endpoint}", json=body_of(variant, request, images))

    def submitted(self, variant: Variant, reply: httpx.Response) -> Handle:
        return Handle(job_in(self._data(reply), "id", "WaveSpeed's"), variant.endpoint)

    def poll(self, handle: Handle) -> httpx.Request:
        return httpx.Request("GET", f"{API}predictions/{quote(handle.id, safe='')}/result")

    def polled(self, reply: httpx.Response) -> Snapshot:
        """``outputs`` are URLs, of which there may be several; a prediction that failed comes inside HTTP 200, too.

        What ``has_nsfw_contents`` says of each output is not kept: no document says what follows from it.
        """
        data = self._data(reply)
        words = text_at(data, "status")
        status = status_in(words, STATUSES, self.name)
        return Snapshot(
            status,
            words or "",
            urls_in(data.get("outputs")) if status is JobStatus.SUCCEEDED else (),
            error=_reason(data, words) if status is JobStatus.FAILED else None,
            provider_seconds=_seconds(data.get("timings")),
        )

    def quote(self, variant: Variant, request: Request, images: References) -> httpx.Request:
        asked = {"model_id": variant.endpoint, "inputs": body_of(variant, request, images)}
        return httpx.Request("POST", f"{API}model/pricing", json=asked)

    def quoted(self, variant: Variant, options: Mapping[str, Value], reply: httpx.Response) -> Quote:
        """``unit_price``; of the ``discounted_price`` beside it, which may be less, only third parties know."""
        data = self._data(reply)
        amount = decimal_of(data.get("unit_price"))
        if amount is None:
            raise errors.UnknownReply("WaveSpeed's price names no unit_price")
        return Quote(Money(amount, currency_of(data.get("currency"))))

    def catalog(self, cursor: str | None) -> httpx.Request:
        """Of all kinds of models, in one page, as third parties' clients ask for it; it needs a key."""
        return httpx.Request("GET", f"{API}models")

    def cataloged(self, cursor: str | None, reply: httpx.Response) -> CatalogPage:
        models = list_at(self._body(reply), "data")
        if models is None:
            raise errors.UnknownReply("WaveSpeed's catalogue names no models")
        return CatalogPage(tuple(model for each in models if (model := _listed(each))), None)

    def refused(self, reply: httpx.Response) -> errors.ProviderError | None:
        """``{code, message}``, by the HTTP status, or by the code inside HTTP 200 where nothing is said of a job."""
        if not _is_of_the_api(reply):
            return _of_the_store(reply)
        try:
            body = json_of(reply)
        except errors.UnknownReply:
            return http_error(self.name, reply)
        words = reason_at(body, "message") or reason_at(body, "error")
        if reply.status_code >= 400:
            return http_error(self.name, reply, words)
        code, data = whole_at(body, "code"), body.get("data")
        if code in (None, 200) or (isinstance(data, dict) and (data.get("id") or data.get("status"))):
            return None
        return _by_code(self.name, code or 0, reply, words)

    def _body(self, reply: httpx.Response) -> Json:
        """The envelope, where it brings no error."""
        body = json_of(reply)
        if (error := self.refused(reply)) is not None:
            raise error
        return body

    def _data(self, reply: httpx.Response) -> Json:
        data: Any = self._body(reply).get("data")
        return data if isinstance(data, dict) else {}


def _is_of_the_api(reply: httpx.Response) -> bool:
    """Whether the API answers, and not the store that a ticket leads to; where nobody says, it does."""
    asked = asked_at(reply)
    return not asked or API in path_of(asked)


def _of_the_store(reply: httpx.Response) -> errors.ProviderError | None:
    """What the store says of a file. Its 401 and 403 are about the ticket, and say nothing of the key."""
    error = http_error("WaveSpeed's store", reply)
    if isinstance(error, errors.AuthRefused):
        return errors.InputRefused(f"WaveSpeed's store refuses the image: {error.words}", words=error.words)
    return error


def _by_code(name: str, code: int, reply: httpx.Response, words: str | None) -> errors.ProviderError:
    """The error of a code that stands where an HTTP status would."""
    known = http_error(name, httpx.Response(code, headers=reply.headers), words) if 400 <= code <= 599 else None
    said = f"{words or 'no message'} ({code})"
    return known or errors.UnknownReply(f"{name} answers with a code no document describes: {said}", words=said)


def _headers_in(said: object) -> dict[str, str] | None:
    """The headers of a ticket; None if there are any that cannot be sent as they stand."""
    if not isinstance(said, dict) or len(said) > 40:
        return None
    headers = {str(name): value for name, value in said.items() if str(name).lower() not in OURS}
    fits = all(HEADER.fullmatch(name) and _is_value(value) for name, value in headers.items())
    return headers if fits else None


def _is_value(value: object) -> bool:
    return isinstance(value, str) and HEADER_VALUE.fullmatch(value) is not None


def _reason(data: Json, words: str | None) -> str:
    """Why a prediction has no clip: what it says, else how it calls its end."""
    return reason_at(data, "error") or in_a_line(words or "")


def _seconds(timings: object) -> Decimal | None:
    """What the inference took; None where 0 stands, as it does before the end."""
    milliseconds = decimal_of(timings.get("inference")) if isinstance(timings, dict) else None
    return milliseconds / SECOND if milliseconds else None


def _listed(entry: Json) -> ListedModel | None:
    """A model of the list. Its base price goes through a formula that is its own, and is in no stated currency."""
    endpoint, price = words_at(entry, "model_id"), decimal_of(entry.get("base_price"))
    if endpoint is None:
        return None
    money = None if price is None else Money(price, None)
    schemas = list_at(object_at(entry, "api_schema"), "api_schemas") or [{}]
    takes = fields_in(schemas[0].get("request_schema"))
    kinds = words_in([entry.get("type")])
    return ListedModel(endpoint, words_at(entry, "name") or "", kinds, price=money, options=takes)


provider = WaveSpeed()
