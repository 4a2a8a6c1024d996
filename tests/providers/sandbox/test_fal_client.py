"""fal's own client against the sandbox on loopback: what it accepts is what fal sends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import fal_client
import httpx
import pytest
from fal_client.client import Completed, FalClientHTTPError, InProgress, Queued, Status, SyncClient

from providers.sandbox import Fault
from providers.sandbox.fal import FORMS
from tests.patience import until
from tests.plain_http import LOOPBACK
from tests.providers.sandbox import test_vendor_clients as vendors
from tests.providers.sandbox.receiver import receiving

serve = vendors.serve
TEXT = "fal-ai/minimax/hailuo-2.3/standard/text-to-video"
IMAGE = "fal-ai/minimax/hailuo-02/standard/image-to-video"
Connect = Callable[..., SyncClient]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class TidyClient(SyncClient):
    """The client, which closes what it opened: it leaves the connections of its uploads open."""

    def _get_cdn_client(self) -> httpx.Client:
        self.__dict__.setdefault("uploaders", []).append(super()._get_cdn_client())
        return self.__dict__["uploaders"][-1]

    def close(self) -> None:
        for each in (self._client, *self.__dict__.get("uploaders", ())):
            each.close()


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    """The client, pointed at a sandbox: its hosts are names of its module, and https only by default."""
    opened: list[TidyClient] = []

    def client(loopback: vendors.Loopback, key: str = "fal-id:fal-secret") -> SyncClient:
        root = f"{loopback.url}/fal"
        for name, host in {"QUEUE_URL_FORMAT": f"{root}/", "REST_URL": root, "CDN_URL": root}.items():
            monkeypatch.setattr(fal_client.client, name, host)
        opened.append(TidyClient(key=key))
        return opened[-1]

    yield client
    for each in opened:
        each.close()


def test_fals_client_buys_a_clip(serve: Callable[..., vendors.Loopback], connect: Connect) -> None:
    loopback = serve()
    client = connect(loopback)
    image = client.upload(vendors.png(), "image/png", "frame.png")
    assert httpx.get(image, **LOOPBACK).content == vendors.png()
    asked = {"prompt": "A boat. [Push in]", "image_url": image, "resolution": "512P"}
    job = client.submit(IMAGE, asked)
    seen: list[Status] = list(job.iter_events(with_logs=True, interval=0.02))
    assert {type(each) for each in seen} <= {Queued, InProgress, Completed}
    (done,) = [each for each in seen if isinstance(each, Completed)]
    assert done.error is None
    assert done.metrics["inference_time"] > 0
    assert vendors.is_mp4(httpx.get(job.get()["video"]["url"], **LOOPBACK).content)
    assert loopback.world.charges("fal") == 1
    assert loopback.world.requests()["fal"]["submit"] == 1


def test_fals_client_finds_a_job_again_by_its_own_form_of_url(
    serve: Callable[..., vendors.Loopback], connect: Connect
) -> None:
    loopback = serve()
    client = connect(loopback)
    jobs = [client.submit(TEXT, {"prompt": "A boat"}) for _ in range(8)]
    assert len({_form(job.response_url) for job in jobs}) == len(FORMS)
    for job in jobs:
        assert client.status(TEXT, job.request_id) == job.status()


def _form(url: str) -> str:
    return "response" if url.endswith("/response") else "full" if TEXT in url else "app"


def test_fals_client_understands_refusals_and_failures(
    serve: Callable[..., vendors.Loopback], connect: Connect
) -> None:
    loopback = serve()
    for key, status in {"bad-key": 401, "broke-key": 403}.items():
        with pytest.raises(FalClientHTTPError) as refused:
            connect(loopback, key).submit(TEXT, {"prompt": "A boat"})
        assert refused.value.status_code == status
    client = connect(loopback)
    with pytest.raises(FalClientHTTPError) as invalid:
        client.submit(TEXT, {"prompt": "A boat", "duration": 6})
    assert (invalid.value.status_code, invalid.value.message[0]["type"]) == (422, "string_type")
    with pytest.raises(FalClientHTTPError) as failed:
        client.subscribe(TEXT, {"prompt": "[refuse] a boat"})
    assert (failed.value.status_code, failed.value.message[0]["type"]) == (422, "content_policy_violation")
    assert failed.value.response_headers["x-fal-retryable"] == "false"
    assert loopback.world.charges() == 0


def test_fals_client_cancels(serve: Callable[..., vendors.Loopback], connect: Connect) -> None:
    loopback = serve(Fault("stuck", seconds=60))
    client = connect(loopback)
    job = client.submit(TEXT, {"prompt": "A boat"})
    assert isinstance(job.status(), Queued)
    job.cancel()
    until(lambda: isinstance(job.status(), Completed))
    with pytest.raises(FalClientHTTPError) as late:
        job.cancel()
    assert (late.value.status_code, late.value.response.json()) == (400, {"status": "ALREADY_COMPLETED"})
    assert loopback.world.charges() == 0


def test_fals_client_sends_a_submit_again_that_was_told_to_wait(
    serve: Callable[..., vendors.Loopback], connect: Connect
) -> None:
    loopback = serve(Fault("rate_limited", operation="submit", times=2))
    connect(loopback).submit(TEXT, {"prompt": "A boat"})
    assert (loopback.world.requests()["fal"]["submit"], loopback.world.charges()) == (3, 1)


@pytest.mark.anyio
async def test_fals_client_asks_for_a_webhook_which_has_what_the_result_says(
    serve: Callable[..., vendors.Loopback], connect: Connect
) -> None:
    client = connect(serve())
    async with receiving() as hook:
        job = await asyncio.to_thread(client.submit, TEXT, {"prompt": "A boat"}, webhook_url=hook.url)
        await hook.has(1)
    (said,) = hook.said()
    assert (said["request_id"], said["status"]) == (job.request_id, "OK")
    assert said["payload"] == await asyncio.to_thread(job.get)
