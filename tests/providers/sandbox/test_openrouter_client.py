"""OpenRouter's own client against the sandbox on loopback: what it accepts is what the vendor sends."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from openrouter import OpenRouter
from openrouter.components import FrameImageTypedDict, VideoGenerationResponse
from openrouter.errors import (
    BadRequestResponseError,
    ConflictResponseError,
    NotFoundResponseError,
    PaymentRequiredResponseError,
    TooManyRequestsResponseError,
    UnauthorizedResponseError,
)

from providers.sandbox import Fault
from tests.patience import until
from tests.plain_http import LOOPBACK
from tests.providers.sandbox.test_vendor_clients import Loopback, is_mp4, png, serve

__all__ = ["serve"]
HAILUO = "minimax/hailuo-2.3"


@contextmanager
def client(loopback: Loopback, key: str = "or-key") -> Iterator[OpenRouter]:
    with httpx.Client(**LOOPBACK) as wire:
        yield OpenRouter(api_key=key, server_url=f"{loopback.url}/openrouter/api/v1", client=wire)


def frame() -> FrameImageTypedDict:
    url = f"data:image/png;base64,{base64.b64encode(png()).decode()}"
    return {"type": "image_url", "image_url": {"url": url}, "frame_type": "first_frame"}


def finished(connection: OpenRouter, job: str) -> VideoGenerationResponse:
    """The job's last state, as the client reads it."""
    states: list[VideoGenerationResponse] = []

    def over() -> bool:
        states.append(connection.video_generation.get_generation(job_id=job))
        return states[-1].status not in ("pending", "in_progress")

    until(over)
    return states[-1]


@pytest.mark.parametrize("form", [False, True])
def test_openrouters_client_buys_a_clip(serve: Callable[..., Loopback], form: bool) -> None:
    loopback = serve(*([Fault("other_form")] if form else []))
    with client(loopback) as connection:
        job = connection.video_generation.generate(
            model="minimax/hailuo-3-max",
            prompt="A boat",
            duration=5,
            resolution="480p",
            frame_images=[frame()],
            provider={"options": {"minimax": {"aigc_watermark": False}}},
        )
        assert (job.status, job.polling_url) == ("pending", f"/api/v1/videos/{job.id}")
        done = finished(connection, job.id)
        assert done.usage is not None
        assert (done.status, done.usage.cost, done.usage.is_byok) == ("completed", 0.25, False)
        assert (done.urls is None, done.expires_at is None) == (form, form)
        assert is_mp4(connection.video_generation.get_video_content(job_id=job.id, index=0).read())
    for url in done.urls or ():
        assert is_mp4(httpx.get(url, **LOOPBACK).content)
    assert done.unsigned_urls is not None
    assert httpx.get(done.unsigned_urls[0], **LOOPBACK).status_code == 401
    assert loopback.world.charges("openrouter") == 1
    assert loopback.world.requests()["openrouter"]["submit"] == 1


def test_openrouters_client_understands_refusals(serve: Callable[..., Loopback]) -> None:
    loopback = serve(Fault("rate_limited", operation="submit"))

    def ask(key: str = "or-key", **more: object) -> VideoGenerationResponse:
        asked = {"model": HAILUO, "prompt": "A boat", "retries": None, **more}
        with client(loopback, key) as connection:
            return connection.video_generation.generate(**asked)

    with pytest.raises(TooManyRequestsResponseError, match="Rate limit exceeded"):
        ask()
    with pytest.raises(UnauthorizedResponseError, match="Invalid credentials"):
        ask("bad-key")
    with pytest.raises(PaymentRequiredResponseError, match="Insufficient credits"):
        ask("broke-key")
    with pytest.raises(BadRequestResponseError, match="duration: 7 is not supported by minimax"):
        ask(duration=7)
    with pytest.raises(NotFoundResponseError, match="Resource not found"):
        ask(model="minimax/hailuo-9")
    with client(loopback) as connection:
        failed = finished(connection, ask(prompt="[refuse]").id)
        assert (failed.status, failed.error) == ("failed", "Content policy violation")
        with pytest.raises(ConflictResponseError):
            connection.video_generation.get_video_content(job_id=failed.id)
        with pytest.raises(NotFoundResponseError):
            connection.video_generation.get_generation(job_id="gen-vid-1-nobody")
    assert loopback.world.charges() == 0


def test_openrouters_client_lists_the_models_whatever_the_key(serve: Callable[..., Loopback]) -> None:
    with client(serve(), "bad-key") as connection:
        listed = {model.id: model for model in connection.video_generation.list_videos_models().data}
    assert listed[HAILUO].supported_durations == [6, 10]
    assert listed[HAILUO].pricing_skus == {"duration_seconds": "0.0817"}
    assert len(listed) == 30
