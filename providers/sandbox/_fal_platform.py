"""fal's platform API: its models and their prices, at a host of its own, with errors of another form.

Sources, read 2026-12-01: the schema of api.fal.ai (openapi/v1.json, by tryAGI/Fal @ badf521; @ 00188cc for ``expand``);
for the document of an endpoint https://fal.ai/api/openapi/queue/openapi.json?endpoint_id=, in a copy of 2025. Estimates
are left out.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from providers.sandbox import _wire as wire
from providers.sandbox._fal import FalModel, models

PAGE = 50  # simulated: how many come unasked
DESCRIBED = 10  # of those with their documents, by third parties: the schema says that it is fewer


async def catalogue(request: Request) -> Response:
    """Public: no key is needed. The cursor is the number of the page, in base64."""
    query = request.query_params
    described = "openapi-3.0" in query.getlist("expand")
    try:
        page = int(base64.b64decode(query.get("cursor", "MQ=="), validate=True))
        limit = min(int(query.get("limit", PAGE)), DESCRIBED if described else PAGE)
    except (ValueError, binascii.Error):
        page, limit = 0, 0
    if page < 1 or limit < 1:
        return _platform_error(400, "validation_error", "Invalid request parameters")
    wanted = _ids(request)
    found = [model for model in models().values() if _is_asked_for(model, query) and wanted in ([], [model.id])]
    if len(wanted) > 1:
        found = [models()[each] for each in wanted if each in models()]
    shown = found[(page - 1) * limit : page * limit]
    following = base64.b64encode(str(page + 1).encode()).decode() if page * limit < len(found) else None
    listed = [model.listed() | ({"openapi": openapi(model)} if described else {}) for model in shown]
    return JSONResponse({"models": listed, "next_cursor": following, "has_more": following is not None})


def openapi(model: FalModel) -> dict[str, object]:
    """The document of an endpoint, without what it says of statuses and results."""
    name = "".join(part.title() for part in re.split(r"[^A-Za-z0-9]+", model.id)) + "Input"
    about = {"endpointId": model.id, "category": model.category}
    body = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
    return {
        "openapi": "3.0.4",
        "info": {"title": f"Queue OpenAPI for {model.id}", "version": "1.0.0", "x-fal-metadata": about},
        "components": {"schemas": {name: model.schema}},
        "paths": {f"/{model.id}": {"post": {"requestBody": {"required": True, "content": body}}}},
        "servers": [{"url": "https://queue.fal.run"}],
    }


def _is_asked_for(model: FalModel, query: Mapping[str, str]) -> bool:
    words = f"{model.id} {model.name} {model.category}".lower()
    said = query.get("q", "").lower() in words and query.get("category") in (None, model.category)
    return said and query.get("status") in (None, "active")


def _ids(request: Request) -> list[str]:
    """``endpoint_id=a,b`` or ``endpoint_id=a&endpoint_id=b``."""
    return [each for value in request.query_params.getlist("endpoint_id") for each in value.split(",") if each]


async def prices(request: Request) -> Response:
    if not wire.known(wire.bearer(request, "key")):
        return _platform_error(401, "authorization_error", "Authentication required")
    wanted = _ids(request)
    if not 1 <= len(wanted) <= 50:
        return _platform_error(400, "validation_error", "Invalid request parameters")
    found = [models()[each] for each in wanted if each in models()]
    if not found:
        return _platform_error(404, "not_found", "Resource not found")
    found_prices = [
        {"endpoint_id": each.id, "unit_price": float(each.unit_price), "unit": each.unit, "currency": "USD"}
        for each in found
    ]
    return JSONResponse({"prices": found_prices, "next_cursor": None, "has_more": False})


def _platform_error(status: int, kind: str, message: str) -> Response:
    return JSONResponse({"error": {"type": kind, "message": message}}, status)
