"""MiniMax's own client against the sandbox on loopback: what it accepts is what the vendor sends.

It is the part of ``minimax-mcp`` that speaks to the API, and needs ``requests`` alone. The package brings seventeen
others, so it is here only where it was installed without them: ``pip install --no-deps minimax-mcp==0.0.19``, as
``.ci/run`` does. Elsewhere its exchanges are tried (``tests/clients.json``).
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from providers.sandbox import Fault
from tests.patience import until
from tests.plain_http import LOOPBACK
from tests.providers.sandbox.test_vendor_clients import Loopback, is_mp4, png, serve

__all__ = ["serve"]  # the fixture
minimax = pytest.importorskip("minimax_mcp.client")
problems = pytest.importorskip("minimax_mcp.exceptions")
SUBMIT, QUERY, FILE = "/v1/video_generation", "/v1/query/video_generation", "/v1/files/retrieve"
ASKED = {"model": "MiniMax-Hailuo-02", "prompt": "A boat. [Push in]", "duration": 6, "resolution": "768P"}


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The vendor's client, pointed at a sandbox, past whatever proxy this machine has."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return lambda loopback, key="mm-key": minimax.MinimaxAPIClient(key, f"{loopback.url}/minimax")


def test_minimaxs_client_buys_a_clip(serve: Callable[..., Loopback], connect: Callable[..., Any]) -> None:
    loopback = serve()
    client = connect(loopback)
    frame = f"data:image/png;base64,{base64.b64encode(png()).decode()}"
    task = client.post(SUBMIT, json=ASKED | {"first_frame_image": frame})["task_id"]
    said: list[dict[str, Any]] = []

    def over() -> bool:
        said.append(client.get(f"{QUERY}?task_id={task}"))
        return said[-1]["status"] == "Success"

    until(over)
    assert {each["status"] for each in said} <= {"Preparing", "Queueing", "Processing", "Success"}
    file = client.get(f"{FILE}?file_id={said[-1]['file_id']}")["file"]
    assert is_mp4(httpx.get(file["download_url"], **LOOPBACK).content)
    assert loopback.world.charges("minimax") == loopback.world.requests()["minimax"]["submit"] == 1


def test_minimaxs_client_understands_refusals(serve: Callable[..., Loopback], connect: Callable[..., Any]) -> None:
    loopback = serve()

    def said(key: str = "mm-key", **asked: object) -> str:
        with pytest.raises(problems.MinimaxRequestError) as refused:
            connect(loopback, key).post(SUBMIT, json=ASKED | asked)
        return str(refused.value)

    assert "2049-" in said("bad-key")
    assert "1008-insufficient balance" in said("broke-key")
    assert "2013-invalid params" in said(duration=7)
    assert loopback.world.charges("minimax") == 0


@pytest.mark.parametrize("kind", ["rate_limited", "server_error"])
def test_minimaxs_client_submits_once(serve: Callable[..., Loopback], connect: Callable[..., Any], kind: str) -> None:
    loopback = serve(Fault(kind, operation="submit"))
    with pytest.raises(problems.MinimaxRequestError):
        connect(loopback).post(SUBMIT, json=ASKED)
    assert loopback.world.requests()["minimax"]["submit"] == 1
