"""WaveSpeed's own client against the sandbox on loopback: what it accepts is what the vendor sends."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from wavespeed import Client

from providers.sandbox import Fault
from tests.patience import until
from tests.plain_http import LOOPBACK
from tests.providers.sandbox.test_vendor_clients import Loopback, is_mp4, png, serve

__all__ = ["serve"]  # the fixture
TEXT, FRAMES = "minimax/hailuo-2.3/t2v-standard", "minimax/hailuo-02/i2v-standard"
Connect = Callable[..., Client]


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Connect:
    """The vendor's client, pointed at a sandbox, past whatever proxy this machine has."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    def client(loopback: Loopback, key: str = "ws-key") -> Client:
        return Client(api_key=key, base_url=f"{loopback.url}/wavespeed", retry_interval=0.05)

    return client


def test_wavespeeds_client_buys_a_clip_from_files_it_uploaded(
    serve: Callable[..., Loopback], connect: Connect, tmp_path: Path
) -> None:
    loopback = serve()
    path = tmp_path / "frame.png"
    path.write_bytes(png())
    client = connect(loopback)
    first, last = client.upload(str(path)), client.upload(io.BytesIO(png()))
    assert [httpx.get(url, **LOOPBACK).content for url in (first, last)] == [png()] * 2
    asked = {"prompt": "A boat. [Push in]", "image": first, "end_image": last, "enable_prompt_expansion": False}
    (output,) = client.run(FRAMES, asked, poll_interval=0.05)["outputs"]
    assert is_mp4(httpx.get(output, **LOOPBACK).content)
    (job,) = loopback.world.jobs("wavespeed")
    done = client.get_result(job.id)["data"]
    assert (done["status"], done["model"], done["error"]) == ("completed", FRAMES, "")
    assert done["timings"]["inference"] > 0
    assert loopback.world.charges("wavespeed") == loopback.world.requests()["wavespeed"]["submit"] == 1


def test_wavespeeds_client_waits_within_the_submit_and_looks_again_where_that_took_too_long(
    serve: Callable[..., Loopback], connect: Connect
) -> None:
    loopback = serve(Fault("stuck", operation="submit", seconds=3))
    client = connect(loopback)
    late = client.run_no_throw(TEXT, {"prompt": "A boat"}, enable_sync_mode=True)  # 90 s are 1.8 at this speed
    assert (late["status"], late["outputs"]) == ("processing", None)
    assert "Sync mode timed out after 90 seconds" in late["error"]
    until(lambda: client.get_result(late["task_id"])["data"]["status"] == "completed")
    (output,) = client.get_result(late["task_id"])["data"]["outputs"]
    assert is_mp4(httpx.get(output, **LOOPBACK).content)
    assert loopback.world.charges("wavespeed") == 1


def test_wavespeeds_client_understands_refusals_and_failures(serve: Callable[..., Loopback], connect: Connect) -> None:
    loopback = serve(Fault("rate_limited", operation="submit"))

    def said(key: str = "ws-key", model: str = TEXT, **asked: object) -> str:
        told = connect(loopback, key).run_no_throw(model, {"prompt": "A boat", **asked}, poll_interval=0.05)
        assert (told["status"], told["outputs"]) == ("failed", None)
        return str(told["error"])

    assert 'HTTP 429: {"code":429,"message":"Too many requests"}' in said()
    assert 'HTTP 401: {"code":401,"message":"Unauthorized"}' in said("bad-key")
    assert "HTTP 402" in said("broke-key")
    assert 'HTTP 400: {"code":400,"message":"duration: Invalid enum value' in said(duration=7)
    assert "HTTP 404" in said(model="minimax/none")
    assert "potentially sensitive content" in said(prompt="[refuse] a boat")
    with pytest.raises(RuntimeError, match="Failed to create upload: HTTP 401"):
        connect(loopback, "bad-key").upload(io.BytesIO(png()))
    with pytest.raises(RuntimeError, match="HTTP 404"):
        connect(loopback).get_result("none")
    assert loopback.world.charges("wavespeed") == 0


def test_wavespeeds_client_asks_again_for_a_result_and_never_submits_again(
    serve: Callable[..., Loopback], connect: Connect
) -> None:
    loopback = serve(
        Fault("server_error", operation="poll", times=3), Fault("server_error", operation="submit", after=1)
    )
    client = connect(loopback)
    assert client.run(TEXT, {"prompt": "A boat"}, poll_interval=0.05)["outputs"]
    with pytest.raises(RuntimeError, match="Failed to submit prediction: HTTP 500"):
        client.run(TEXT, {"prompt": "A boat"}, max_retries=3)
    assert loopback.world.requests()["wavespeed"]["submit"] == 2
    assert loopback.world.charges("wavespeed") == 1
