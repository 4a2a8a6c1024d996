"""What fal's replies say of an error, a cancel, a prompt or a model; sources as in ``providers.fal``."""

from __future__ import annotations

import re

import httpx

from providers import _errors as errors
from providers._prices import Money, currency_of, decimal_of
from providers._reading import Json, in_a_line, json_of, list_at, object_at, text_at, word_at, words_at, words_in
from providers._schemas import fields_in
from providers._types import Canceled, ListedModel

CANCELS = {
    "ok": Canceled.CANCELED,
    "cancellation_requested": Canceled.REQUESTED,
    "already_completed": Canceled.TOO_LATE,
}
OF_A_JOB = re.compile(r"runner_\w+|request_timeout|startup_timeout")
"""Error types that say what became of a job, whatever the HTTP status: 503, or 504 (request errors)."""
OF_THE_QUESTION = (401, 402, 403, 404, 408, 409, 429)
"""HTTP statuses that are about the question, the key or the account, and never about a job."""
LONGEST_PROMPT = 8000


def verdict_in(reply: httpx.Response) -> str | None:
    """What an error says became of a job: a list of what the model found, or that its runner failed; None if it is
    about the request at hand."""
    if reply.status_code < 400 or reply.status_code in OF_THE_QUESTION:
        return None
    try:
        body = json_of(reply)
    except errors.UnknownReply:
        return None
    found = list_at(body, "detail")
    of_a_model = bool(found) and all(text_at(each, "type") and text_at(each, "msg") for each in found or [])
    of_a_runner = OF_A_JOB.fullmatch(word_at(body, "error_type") or "")
    return words_of(body) if of_a_model or of_a_runner else None


def outcome_of(reply: httpx.Response) -> Canceled | None:
    """What came of a cancel, which HTTP 400 says of one that came too late; None of any other reply."""
    try:
        outcome = CANCELS.get(word_at(json_of(reply), "status") or "")
    except errors.UnknownReply:
        return None
    return outcome if reply.status_code < (401 if outcome is Canceled.TOO_LATE else 400) else None


def words_of(body: Json) -> str | None:
    """``detail`` is a text, or a list of what is wrong with which field; api.fal.ai has an ``error`` of its own."""
    found = list_at(body, "detail")
    if found:
        return in_a_line("; ".join(_objection(each) for each in found[:5]), 300)
    said = words_at(body, "detail") or words_at(body, "error", "message") or words_at(body, "error")
    kind = in_a_line(text_at(body, "error_type") or "", 60)
    return f"{said} ({kind})" if said and kind else said or kind or None


def _objection(each: Json) -> str:
    """``prompt: Field required``."""
    loc = each["loc"][:5] if isinstance(each.get("loc"), list) else []
    where = [in_a_line(str(name), 40) for name in loc if isinstance(name, str | int) and name != "body"]
    said = words_at(each, "msg") or words_at(each, "type") or "no message"
    return f"{'.'.join(where)}: {said}" if where else said


def rewritten_in(body: Json) -> str | None:
    """The prompt as the model had it, which Wan calls actual and H3 expanded."""
    said = text_at(body, "actual_prompt") or text_at(body, "expanded_prompt")
    return in_a_line(said, LONGEST_PROMPT) or None if said else None


def listed(entry: Json) -> ListedModel | None:
    """A model of the list; with what it takes, where its OpenAPI document was asked for."""
    endpoint = words_at(entry, "endpoint_id")
    if endpoint is None:
        return None
    kinds = words_in([words_at(entry, "metadata", "category")])
    return ListedModel(endpoint, words_at(entry, "metadata", "display_name") or "", kinds, options=_takes(entry))


def _takes(entry: Json) -> dict[str, str]:
    """The fields of its submit; none where fal could not make the document (``{"error"}``), or it has another form."""
    document = object_at(entry, "openapi")
    posts = [object_at(document, "paths", path, "post") for path in object_at(document, "paths")]
    submit = next((post for post in posts if post), {})
    body = object_at(submit, "requestBody", "content", "application/json", "schema")
    return fields_in(body, object_at(document, "components", "schemas"))


def priced(entry: Json) -> ListedModel | None:
    """The price of a unit of a model. How many a clip takes is not said, even of a unit that is called a second."""
    endpoint, amount = words_at(entry, "endpoint_id"), decimal_of(entry.get("unit_price"))
    if endpoint is None or amount is None:
        return None
    price = Money(amount, currency_of(entry.get("currency")))
    return ListedModel(endpoint, price=price, from_price=False, unit=words_at(entry, "unit") or "")
