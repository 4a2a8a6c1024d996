"""What Apiframe's ``POST /v2/videos/generate`` and ``GET /v2/jobs`` object to, and how ``/v2/jobs`` goes on.

Source, read 2026-11-21 and 2026-11-29: GenerateVideoRequest and the queries of the OpenAPI 2.0.0 in
apiframe-nodejs-sdk @ 9f9b464; that 1080p does not go with 10 s: docs-v2.apiframe.ai, Hailuo 2.3.
"""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections.abc import Collection, Mapping

from providers.sandbox._apiframe_models import rules
from providers.sandbox._schema import objections

PAGE_LIMIT = 100


def problems(body: Mapping[str, object] | None) -> dict[str, list[str]]:
    """What the strict schema of the body's model objects to, by JSON path."""
    if body is None:
        return {"": ["Expected object"]}
    model = body.get("model")
    if not isinstance(model, str) or model not in rules():
        return {"model": ["Invalid discriminator value"]}
    found = {path: [each.words for each in said] for path, said in objections(rules()[model], body).items()}
    hailuo = body.get("hailuoParams")
    if not found and isinstance(hailuo, dict) and (hailuo.get("resolution"), hailuo.get("duration")) == ("1080p", 10):
        return {"hailuoParams.duration": ["1080p does not support 10 s"]}
    return found


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
