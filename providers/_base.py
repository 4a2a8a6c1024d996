"""What an API must say of itself to take part: four methods, and defaults for the rest.

A dialect is pure: values in, ``httpx.Request`` out; ``httpx.Response`` in, values out. Request URLs
are paths from the vendor's origin; the transport puts the base URL and the key on them.
"""

from __future__ import annotations

import abc
import json
import math
import re
from collections.abc import Mapping
from typing import Any, ClassVar

import httpx

from providers import _errors as errors
from providers._limits import shape_of
from providers._prices import Quote
from providers._types import (
    Canceled,
    Handle,
    ImageInput,
    JobPage,
    JobStatus,
    References,
    Request,
    Shape,
    Snapshot,
    Variant,
)
from providers._urls import url_of

Json = dict[str, Any]

WORDS = 200
"""How many characters of a provider's words are passed on."""
JOB_ID = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~:=+@-]{0,199}")
"""No document shows an id beyond letters, digits, ``-`` and ``_``. It goes into a URL, and may not lead elsewhere."""
FAILURES = ("provider_error", "error", "error_message", "message", "detail")
"""Keys under which a failed job's own state says why, the plainest first."""


class Provider(abc.ABC):
    """One HTTP API. Subclasses hold no state; one instance serves every job."""

    slug: ClassVar[str]
    name: ClassVar[str]
    base_url: ClassVar[str]
    """The vendor's origin, ``https://host``; people may override it by ``base_url_env``."""
    base_path: ClassVar[str] = ""
    """A path people commonly have on the end of the base URL; it is removed if present."""
    key_env: ClassVar[str]
    base_url_env: ClassVar[str]
    auth_header: ClassVar[str] = "Authorization"
    auth_value: ClassVar[str] = "Bearer {key}"
    keys_page: ClassVar[str]
    """Where a person gets a key."""
    concurrency: ClassVar[int] = 5
    """Jobs we keep at this provider at once. Our own caution where the vendor states no number."""
    poll_gap_s: ClassVar[float] = 0.25
    """Seconds that pass at least between two polls of a job. No vendor's document names a number (2026-11-21)."""
    idempotency_s: ClassVar[float | None] = None
    """How long a submit may be repeated under the job's own key without a second charge, if at all."""

    @abc.abstractmethod
    def submit(self, variant: Variant, request: Request, images: References, key: str) -> httpx.Request:
        """The request that starts, and may bill, one job. ``key`` is unique to the job, for idempotency."""

    @abc.abstractmethod
    def submitted(self, variant: Variant, reply: httpx.Response) -> Handle:
        """The handle of the job the reply announces."""

    @abc.abstractmethod
    def poll(self, handle: Handle) -> httpx.Request:
        """The question how a job is."""

    @abc.abstractmethod
    def polled(self, reply: httpx.Response) -> Snapshot:
        """The answer. An undocumented status or shape raises ``UnknownReply``."""

    def upload(self, image: ImageInput) -> httpx.Request | None:
        """The request that hosts an image at the provider; None where images travel inside the submit."""
        return None

    def uploaded(self, reply: httpx.Response) -> str:
        """The reference to put into the submit."""
        raise errors.UnknownReply(f"{self.name} has no uploads")

    def result(self, handle: Handle) -> httpx.Request | None:
        """The separate request for the finished clip; None where the poll already carries it."""
        return None

    def resulted(self, reply: httpx.Response) -> Snapshot:
        """The answer to ``result``."""
        return self.polled(reply)

    def reason(self, reply: httpx.Response) -> str | None:
        """Why a job failed, by the answer to ``result`` about it; None if that says nothing of it."""
        try:
            return None if self.refused(reply) else failure_in(json_of(reply))
        except errors.UnknownReply:
            return None

    def cancel(self, handle: Handle) -> httpx.Request | None:
        """The request to stop a job; None where the API has none."""
        return None

    def canceled(self, reply: httpx.Response) -> Canceled:
        """What the provider says happened."""
        raise errors.UnknownReply(f"{self.name} has no cancel")

    def quote(self, variant: Variant, request: Request, images: References) -> httpx.Request | None:
        """The free question what a request would cost; None where the API answers none."""
        return None

    def quoted(self, variant: Variant, shape: Shape, reply: httpx.Response) -> Quote:
        """The provider's own price for it."""
        raise errors.UnknownReply(f"{self.name} gives no quotes")

    def listing(self, cursor: str | None) -> httpx.Request | None:
        """The question which jobs the account had lately, newest first; None where the API cannot tell."""
        return None

    def listed(self, reply: httpx.Response) -> JobPage:
        """The answer."""
        raise errors.UnknownReply(f"{self.name} lists no jobs")

    def refused(self, reply: httpx.Response) -> errors.ProviderError | None:
        """The error inside a reply, whatever its HTTP status; None if there is none."""
        return http_error(self.name, reply)

    def console(self, handle: Handle) -> str | None:
        """The provider's own page about a job, where one is known."""
        return None


def body_of(variant: Variant, request: Request, images: References) -> Json:
    """The submit's fields, named and written as the catalogue says this variant wants them.

    A field the variant has no name for is left out; the optimizer is always sent where it has one,
    since every gateway turns it on by default.
    """
    shape = shape_of(variant, request)
    said = {
        "prompt": request.prompt or None,
        "prompt_optimizer": request.prompt_optimizer,
        "first_frame": images.first,
        "last_frame": images.last,
        "duration": shape.duration,
        "resolution": shape.resolution,
    }
    body: Json = {}
    for word, name in variant.fields.items():
        if said[word] is not None:
            _put(body, name, _written(said[word], variant.values.get(word)))
    return body


def _put(body: Json, name: str, value: Any) -> None:
    """Sets ``value`` under a name; a dot in the name is a level of nesting."""
    *groups, leaf = name.split(".")
    for group in groups:
        body = body.setdefault(group, {})
    body[leaf] = value


def _written(value: Any, form: str | None) -> Any:
    if form == "text":
        return str(value)
    if form == "upper":
        return str(value).upper()
    return value


def json_of(reply: httpx.Response) -> Json:
    """The reply's JSON object, read once. Anything else is an ``UnknownReply`` with the first words of it."""
    if "json" in reply.extensions:
        known: Json = reply.extensions["json"]
        return known
    try:
        body = json.loads(reply.content)
    except (ValueError, RecursionError) as error:
        raise errors.UnknownReply("The reply is not JSON", words=first_words(reply)) from error
    if not isinstance(body, dict):
        raise errors.UnknownReply("The reply is not a JSON object", words=first_words(reply))
    reply.extensions["json"] = body
    return body


def first_words(reply: httpx.Response, limit: int = 200) -> str:
    """The start of a reply on one line, for people."""
    return in_a_line(reply.content[: limit * 4].decode("utf-8", "replace"), limit)


def in_a_line(text: str, limit: int = WORDS) -> str:
    """A provider's words, fit for people: one line of at most ``limit`` characters that can all be seen.

    Control characters, marks that turn the direction of writing and halves of characters become spaces.
    """
    seen = "".join(char if char.isprintable() else " " for char in text[: limit * 4])
    return " ".join(seen.split())[:limit].rstrip()


def words_at(body: Json, *path: str) -> str | None:
    """The text under a path of keys as people may read it (see ``in_a_line``), else None."""
    return in_a_line(text_at(body, *path) or "") or None


def reason_at(body: Json, key: str) -> str | None:
    """Why something failed, as people may read it: a text, or an object with ``code`` and ``message``; else None.

    An object without either is shown as it is: no document says what it may hold.
    """
    value = body.get(key)
    if not isinstance(value, dict):
        return words_at(body, key)
    said = [words for name in ("code", "message") if (words := words_at(value, name))]
    try:
        return ": ".join(said) or (in_a_line(json.dumps(value, ensure_ascii=False)) if value else None)
    except RecursionError:
        return None


def failure_in(body: Json) -> str | None:
    """Why a job failed, by its own state; None where that does not say."""
    return next((words for key in FAILURES if (words := reason_at(body, key))), None)


def code_at(body: Json, *path: str) -> str | None:
    """The error code, a number or a short word, under a path of keys, else None."""
    return in_a_line(text_at(body, *path) or "", 40) or None


def id_at(body: Json, *path: str) -> str | None:
    """The id of a job under a path of keys; None where there is none that may go into a URL."""
    text = text_at(body, *path)
    return text if text and JOB_ID.fullmatch(text) else None


def text_at(body: Json, *path: str) -> str | None:
    """The non-empty text under a path of keys, else None. Numbers count as their digits.

    It is as the provider wrote it: for people use ``words_at``, for an id ``id_at``, for a URL ``url_at``.
    """
    here: Any = body
    for key in path:
        here = here.get(key) if isinstance(here, dict) else None
    if isinstance(here, int) and not isinstance(here, bool):
        return str(here)
    return here.strip() or None if isinstance(here, str) else None


def number_at(body: Json, *path: str) -> float | None:
    """The finite number under a path of keys, else None."""
    here: Any = body
    for key in path:
        here = here.get(key) if isinstance(here, dict) else None
    if isinstance(here, bool) or not isinstance(here, (int, float)):
        return None
    try:
        number = float(here)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def position_at(body: Json, *path: str) -> int | None:
    """A queue position: a whole number from 0, else None."""
    number = number_at(body, *path)
    return int(number) if number is not None and 0 <= number < 1e9 and number.is_integer() else None


def url_at(body: Json, *path: str) -> str | None:
    """The URL under a path of keys, as ``url_of`` writes it, else None."""
    return url_of(text_at(body, *path) or "")


def word_at(body: Json, *path: str) -> str | None:
    """A provider's own word, such as a status, to be compared: in small letters, as none is told apart by its case."""
    text = text_at(body, *path)
    return text.lower() if text else None


def status_in(words: str | None, known: Mapping[str, JobStatus], name: str) -> JobStatus:
    """The status a provider's own word stands for, in whatever case; ``known`` has them in small letters."""
    status = known.get(words.strip().lower()) if words else None
    if status is None:
        said = None if words is None else in_a_line(words)
        raise errors.UnknownReply(f"{name} reports a status no document describes: {said!r}", words=said or "")
    return status


def http_error(name: str, reply: httpx.Response, words: str | None = None) -> errors.ProviderError | None:
    """What an HTTP status alone says. ``words`` replaces the body's first words in the message."""
    code = reply.status_code
    if code < 400:
        return None
    said = in_a_line(words or "", 300) or first_words(reply) or f"HTTP {code}"
    if code == 429:
        return errors.RateLimited(f"{name}: too many requests: {said}", words=said, retry_after=retry_after(reply))
    kinds: dict[int, type[errors.ProviderError]] = {
        401: errors.AuthRefused,
        402: errors.BalanceRefused,
        403: errors.Forbidden,
        404: errors.NotFound,
        409: errors.Conflict,
    }
    kind = kinds.get(code, errors.Unavailable if code >= 500 or code == 408 else errors.InputRefused)
    return kind(f"{name} {PHRASES[kind]}: {said}", words=said)


PHRASES: dict[type[errors.ProviderError], str] = {
    errors.AuthRefused: "refuses the key",
    errors.Forbidden: "refuses the key",
    errors.BalanceRefused: "says this account's balance is too low",
    errors.RateLimited: "asks to wait",
    errors.InputRefused: "refuses the request",
    errors.ContentRefused: "refuses the content",
    errors.NotFound: "knows no such thing",
    errors.Conflict: "already has a request like this one",
    errors.Unavailable: "had a server error",
    errors.UnknownReply: "answered in a way no document describes",
}


def retry_after(reply: httpx.Response) -> float | None:
    """Seconds from a ``Retry-After`` header, None if absent or a date."""
    try:
        seconds = float(reply.headers.get("retry-after", ""))
    except ValueError:
        return None
    return min(seconds, 3600.0) if math.isfinite(seconds) and seconds >= 0 else None
