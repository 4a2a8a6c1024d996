"""OpenAI's own client, whose videos API the self-hosted servers speak, against the sandbox on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from openai import AuthenticationError, BadRequestError, InternalServerError, NotFoundError, OpenAI
from openai.types import Video

from tests.patience import until
from tests.plain_http import LOOPBACK
from tests.providers.sandbox.test_vendor_clients import Loopback, is_mp4, png, serve

__all__ = ["serve"]
pytestmark = pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")  # the service is gone, its API is not
OF_VLLM, OF_SGLANG = "Wan-AI/Wan2.2-I2V-A14B-Diffusers", "Wan-AI/Wan2.1-I2V-14B-480P-Diffusers"


@contextmanager
def client(loopback: Loopback, key: str = "EMPTY") -> Iterator[OpenAI]:
    with httpx.Client(**LOOPBACK) as wire:
        yield OpenAI(api_key=key, base_url=f"{loopback.url}/selfhosted/v1", http_client=wire, max_retries=0)


def begun(connection: OpenAI, model: str, prompt: str = "A boat") -> Video:
    frame = ("frame.png", png(), "image/png")
    return connection.videos.create(model=model, prompt=prompt, seconds="4", size="832x480", input_reference=frame)


def over(connection: OpenAI, job: str) -> Video:
    """The job's last state, as the client reads it."""
    seen: list[Video] = []

    def done() -> bool:
        seen.append(connection.videos.retrieve(job))
        return seen[-1].status not in ("queued", "in_progress")

    until(done)
    return seen[-1]


@pytest.mark.parametrize("model", [OF_VLLM, OF_SGLANG])
def test_openais_client_makes_a_clip_from_an_image(serve: Callable[..., Loopback], model: str) -> None:
    with client(serve()) as connection:
        job = begun(connection, model)
        assert (job.object, job.model, job.status, job.size, job.seconds) == ("video", model, "queued", "832x480", "4")
        done = over(connection, job.id)
        assert (done.status, done.progress, done.error) == ("completed", 100, None)
        assert job.id in [each.id for each in connection.videos.list().data]
        url = getattr(done, "url", None)
        if url is None:
            assert is_mp4(connection.videos.download_content(job.id).read())
        else:
            with pytest.raises(BadRequestError):
                connection.videos.download_content(job.id)
            assert is_mp4(httpx.get(url, **LOOPBACK).content)
        assert model in [each.id for each in connection.models.list().data]


def test_a_failed_job_of_vllm_is_an_error_for_it_and_of_sglang_a_state(serve: Callable[..., Loopback]) -> None:
    with client(serve()) as connection:
        lost, told = (begun(connection, model, "[refuse] a boat") for model in (OF_VLLM, OF_SGLANG))
        assert over(connection, told.id).status == "failed"
        with pytest.raises(InternalServerError) as caught:
            until(lambda: connection.videos.retrieve(lost.id).status == "failed")
        assert caught.value.response.json()["status"] == "failed"


def test_a_job_that_is_deleted_is_not_there_any_more(serve: Callable[..., Loopback]) -> None:
    with client(serve()) as connection:
        for model, said in ((OF_VLLM, True), (OF_SGLANG, None)):
            job = begun(connection, model)
            assert connection.videos.delete(job.id).deleted is said
            with pytest.raises(NotFoundError):
                connection.videos.retrieve(job.id)


def test_a_wrong_key_and_a_form_that_does_not_fit_are_refused(serve: Callable[..., Loopback]) -> None:
    loopback = serve()
    with client(loopback, "bad-key") as connection, pytest.raises(AuthenticationError):
        connection.models.list()
    with client(loopback) as connection, pytest.raises(BadRequestError) as caught:
        connection.videos.create(model=OF_SGLANG, prompt="A boat")
    assert "required for image-to-video" in caught.value.response.json()["detail"]
