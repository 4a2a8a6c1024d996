"""The strict schemas of Apiframe's ``POST /v2/videos/generate``, as far as Hailuo goes, and ``GET /v2/jobs``.

Source, read 2026-11-21 and 2026-11-29: GenerateVideoRequest and the queries of the OpenAPI 2.0.0 in
apiframe-nodejs-sdk @ 9f9b464; that 1080p does not go with 10 s: docs-v2.apiframe.ai, Hailuo 2.3.
"""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from providers.sandbox._webhooks import EVENTS

PROMPT_LIMIT = 2000
PAGE_LIMIT = 100

# Credits by resolution and duration; an accepted combination is one that is listed.
_PUBLISHED = {("768p", 6): 5, ("768p", 10): 10, ("1080p", 6): 10}
# Simulated: credits of these models are not published.
_SIMULATED_FAST = {("768p", 6): 3, ("768p", 10): 6, ("1080p", 6): 6}
_SIMULATED_02 = {("768p", 6): 4, ("768p", 10): 8, ("1080p", 6): 8}
MODELS = {"hailuo-2.3": _PUBLISHED, "hailuo-2.3-fast": _SIMULATED_FAST, "hailuo-02": _SIMULATED_02}
_WITH_END_IMAGE = "hailuo-02"


def problems(body: Mapping[str, object] | None) -> dict[str, list[str]]:
    """What the strict schema objects to, by JSON path."""
    if body is None:
        return {"": ["Expected object"]}
    found: dict[str, list[str]] = {}
    prompt = body.get("prompt")
    if not isinstance(prompt, str) or not 1 <= len(prompt) <= PROMPT_LIMIT:
        found["prompt"] = [f"Expected string of 1..{PROMPT_LIMIT} characters"]
    model = body.get("model")
    if not isinstance(model, str) or model not in MODELS:
        found["model"] = ["Invalid discriminator value"]
    if "webhookUrl" in body and not _uri(body["webhookUrl"]):
        found["webhookUrl"] = ["Invalid url"]
    if "webhookEvents" in body and not _events(body["webhookEvents"]):
        found["webhookEvents"] = ["Invalid enum value"]
    fields = ("prompt", "model", "hailuoParams", "webhookUrl", "webhookEvents")
    found |= {name: ["Unrecognized key"] for name in body if name not in fields}
    params = body.get("hailuoParams", {})
    if not isinstance(params, dict):
        return found | {"hailuoParams": ["Expected object"]}
    return found | {f"hailuoParams.{name}": said for name, said in _param_problems(params, model).items()}


def _param_problems(params: Mapping[str, object], model: object) -> dict[str, list[str]]:
    images = ("image", "end_image") if model == _WITH_END_IMAGE else ("image",)
    found: dict[str, list[str]] = {}
    duration = params.get("duration", 6)
    if isinstance(duration, bool) or not isinstance(duration, int | float) or duration not in (6, 10):
        found["duration"] = ["Expected 6 or 10"]
    if params.get("resolution", "768p") not in ("768p", "1080p"):
        found["resolution"] = ["Expected 768p or 1080p"]
    if not found and params.get("resolution") == "1080p" and duration == 10:
        found["duration"] = ["1080p does not support 10 s"]
    if not isinstance(params.get("prompt_optimizer", True), bool):
        found["prompt_optimizer"] = ["Expected boolean"]
    found |= {name: ["Invalid url"] for name in images if name in params and not _uri(params[name])}
    fields = ("duration", "resolution", "prompt_optimizer", *images)
    return found | {name: ["Unrecognized key"] for name in params if name not in fields}


def _uri(value: object) -> bool:
    return isinstance(value, str) and bool(urlsplit(value).scheme)


def _events(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(event in EVENTS for event in value)


def query_problems(query: Mapping[str, str], statuses: Collection[str]) -> dict[str, list[str]]:
    """What is wrong with the query of a list of jobs, by parameter. Ones that no document names are passed over."""
    allowed = {"status": tuple(statuses), "scope": ("user", "team"), "include_models": ("true", "false")}
    found = {
        name: ["Invalid enum value"] for name, values in allowed.items() if query.get(name, values[0]) not in values
    }
    limit = query.get("limit", "20")
    if not (limit.isascii() and limit.isdecimal() and 1 <= int(limit) <= PAGE_LIMIT):
        found["limit"] = [f"Expected an integer of 1..{PAGE_LIMIT}"]
    if "search" in query and not is_uuid(query["search"]):
        found["search"] = ["Invalid uuid"]
    if "cursor" in query and cursor_of(query) is None:
        found["cursor"] = ["Invalid cursor"]
    return found


def is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def made_cursor(place: tuple[float, str]) -> str:
    """Where the next page begins, in no form that a client should read."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def cursor_of(query: Mapping[str, str]) -> tuple[float, str] | None:
    """The place that a query's cursor names; None without one, or of one that was not made here."""
    try:
        at, job = json.loads(base64.b64decode(query.get("cursor", ""), altchars=b"-_", validate=True))
        return (at, job) if isinstance(at, float) and isinstance(job, str) else None
    except (binascii.Error, ValueError, TypeError):
        return None
