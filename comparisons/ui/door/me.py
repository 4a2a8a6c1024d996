"""Tells a page that was just opened whether it can be used from that address, and if not, why."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from comparisons.ui.door.allowed import ME
from comparisons.ui.door.door import Door
from comparisons.ui.door.refusals import COOKIE_NEEDED

SCRIPT = (Path(__file__).parent / "me.js").read_text(encoding="utf-8")
"""For the head of the page: asks, and shows the answer if something is wrong."""


def routes(door: Door) -> list[Route]:
    """``GET /takes/me?opened=ORIGIN``: what keeps the page from working there, or nothing; and whether a tab helps."""

    async def me(request: Request) -> Response:
        stranger = door.public and not door.recognize(request)
        opened = request.query_params.get("opened")
        proxy = door.origins.trouble(request.headers, opened) if opened else ""
        answer = {"trouble": proxy or (COOKIE_NEEDED if stranger else ""), "tab": stranger and not proxy}
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    return [Route(ME, me, methods=["GET"])]
