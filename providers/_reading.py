"""Reads what a provider replied: the values under its keys, its words as people may read them, what a status says."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

import httpx

from providers import _errors as errors
from providers._types import JobStatus
from providers._urls import url_of

Json = dict[str, Any]

WORDS = 200
"""How many characters of a provider's words are passed on."""
JOB_ID = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~:=+@-]{0,199}")
"""No document shows an id beyond letters, digits, ``-`` and ``_``. It goes into a URL, and may not lead elsewhere."""
FAILURES = ("provider_error", "error", "error_message", "message", "detail")
"""Keys under which a failed job's own state says why, the plainest first."""


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


def asked_at(reply: httpx.Response) -> str:
    """The address that a reply came from; empty where nobody says."""
    asked = reply.extensions.get("asked")
    try:
        return str(asked or reply.request.url)
    except RuntimeError:  # a reply without a request
        return ""


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


def job_in(body: Json, key: str, whose: str) -> str:
    """The id of the job that a submit was answered with; an ``UnknownReply`` if there is none."""
    job = id_at(body, key)
    if job is None:
        raise errors.UnknownReply(f"{whose} answer names no {key}")
    return job


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


def whole_at(body: Json, *path: str) -> int | None:
    """The whole number under a path of keys, if it fits into 64 bits, else None."""
    here: Any = body
    for key in path:
        here = here.get(key) if isinstance(here, dict) else None
    return here if isinstance(here, int) and not isinstance(here, bool) and abs(here) < 2**63 else None


def position_at(body: Json, *path: str) -> int | None:
    """A queue position: a whole number from 0, else None."""
    number = number_at(body, *path)
    return int(number) if number is not None and 0 <= number < 1e9 and number.is_integer() else None


def object_at(body: Json, *path: str) -> Json:
    """The object under a path of keys; empty where there is none."""
    here: Any = body
    for key in path:
        here = here.get(key) if isinstance(here, dict) else None
    return here if isinstance(here, dict) else {}


def list_at(body: Json, key: str) -> list[Json] | None:
    """The objects of the list under a key; None where there is no such list, or anything else is in it."""
    value = body.get(key)
    return value if isinstance(value, list) and all(isinstance(each, dict) for each in value) else None


def words_in(value: object, most: int = 20) -> tuple[str, ...]:
    """The texts of a list as people may read them; what is no text is passed over."""
    texts = [in_a_line(each) for each in value[:most] if isinstance(each, str)] if isinstance(value, list) else []
    return tuple(text for text in texts if text)


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
    errors.NotOffered: "does not offer this model",
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
