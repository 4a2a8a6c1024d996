"""Tells a page that was just opened whether it works at that address, and if not, why."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from comparisons.ui.door.allowed import ME
from comparisons.ui.door.door import Door
from comparisons.ui.door.refusals import COOKIE_NEEDED

SCRIPT = (Path(__file__).parent / "me.js").read_text(encoding="utf-8")
"""A script for the head of the page, which asks this and shows the answer if something is wrong."""


def routes(door: Door) -> list[Route]:
    """``GET /takes/me?opened=ORIGIN`` gives ``trouble``, a sentence if the page does not work there, else empty; and
    ``tab``, whether it would help to open it in a tab of its own."""

    async def me(request: Request) -> Response:
        stranger = door.public and not door.recognize(request)
        opened = request.query_params.get("opened")
        proxy = door.origins.trouble(request.headers, opened) if opened else ""
        answer = {"trouble": proxy or (COOKIE_NEEDED if stranger else ""), "tab": stranger and not proxy}
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    return [Route(ME, me, methods=["GET"])]
