"""What never changes under its name may be kept by a browser, and nothing else."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from comparisons.ui.caching import FOR_GOOD, Caching


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/assets/index-DphvyggB.js", FOR_GOOD),
        ("/assets/Index-lnVPVsWk.css", FOR_GOOD),
        ("/assets/gone-DphvyggB.js", None),
        ("/assets/index.js", None),
        ("/takes/clips/j_1.mp4", None),
        ("/", None),
    ],
)
def test_only_what_is_found_under_a_name_with_its_hash_is_kept_for_good(path: str, kept: str | None):
    async def answer(request: object) -> PlainTextResponse:
        return PlainTextResponse("", status_code=404 if "gone" in path else 200)

    page = TestClient(Caching(Starlette(routes=[Route("/{path:path}", answer)])))
    assert page.get(path).headers.get("cache-control") == kept
