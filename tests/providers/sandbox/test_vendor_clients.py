"""The vendors' own clients against the sandbox on loopback: what they accept is what the vendors send."""

from __future__ import annotations

import asyncio
import io
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import uvicorn
from PIL import Image
from runninghub_sdk import RunningHubClient
from runninghub_sdk.exceptions import RunningHubError, TaskError
from seacloud_sdk import SeaCloud
from seacloud_sdk.core.default_base_urls import DEFAULT_BASE_URLS
from seacloud_sdk.core.errors import AuthError, BalanceError, ModelNotFoundError, NetworkError

from providers.sandbox import Fault, FaultPlan, Tempo, World, create_app
from tests.patience import PATIENCE_S, until
from tests.plain_http import LOOPBACK
from tests.processes import shelf
from tests.stage import scratch

SPEED = 50.0
FAST = "minimax/hailuo-2.3-fast/image-to-video"
QUEUE = "minimax_hailuo_02_i2v"


@dataclass(frozen=True)
class Loopback:
    world: World
    url: str


@pytest.fixture
def serve() -> Iterator[Callable[..., Loopback]]:
    """Starts sandboxes on free ports; ends them with the test."""
    running: list[tuple[uvicorn.Server, threading.Thread, World]] = []

    def start(*faults: Fault) -> Loopback:
        listening = socket.create_server(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        world = World(tempo=Tempo(speed=SPEED), faults=FaultPlan(faults), clips=shelf(scratch()))
        app = create_app(world, url, stall=lambda: world.sleep(3600))
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        running.append((server, thread, world))
        return Loopback(world, url)

    yield start
    for server, thread, world in running:
        server.should_exit = True
        thread.join()
        world.close()


@pytest.fixture
def seacloud(monkeypatch: pytest.MonkeyPatch) -> Callable[[Loopback, str], SeaCloud]:
    """The queue's official client, pointed at a sandbox: its base URLs are a plain table."""

    def connect(loopback: Loopback, key: str) -> SeaCloud:
        for name in DEFAULT_BASE_URLS:
            monkeypatch.setitem(DEFAULT_BASE_URLS, name, f"{loopback.url}/odirouter")
        return SeaCloud(api_key=key)

    return connect


def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (640, 400), "darkolivegreen").save(file, "PNG")
    return file.getvalue()


def runninghub(loopback: Loopback, key: str = "rh-key", path: str = "") -> RunningHubClient:
    return RunningHubClient(api_key=key, base_url=f"{loopback.url}/runninghub{path}")


def body(prompt: str, image: str) -> dict[str, object]:
    return {"prompt": prompt, "enablePromptExpansion": False, "imageUrl": image, "duration": "6"}


def is_mp4(data: bytes) -> bool:
    return data[4:8] == b"ftyp" and len(data) > 1000


@pytest.mark.parametrize("path", ["", "/openapi/v2"])
def test_runninghub_sdk_buys_a_clip(serve: Callable[..., Loopback], tmp_path: Path, path: str) -> None:
    loopback = serve()
    with runninghub(loopback, path=path) as client:
        assert client.get_account_status().remain_money == "200"
        asked = body("A boat. [Push in]", client.upload_file(png(), "frame.png").download_url)
        preview = client.preview_model_price(FAST, asked)
        assert (preview.estimated_price, preview.currency, preview.error_code) == (1.01, "CNY", "")
        assert loopback.world.charges() == 0
        task = client.run_model_api(FAST, asked)
        done = client.wait_for_query_v2_completion(task.task_id, poll_interval=0.1, timeout=PATIENCE_S)
        assert done.usage is not None
        assert done.usage.third_party_consume_money == "1.01"
        file = client.download_file(done.results[0]["url"], tmp_path / "clip.mp4")
    assert is_mp4(file.read_bytes())
    assert loopback.world.charges("runninghub") == 1
    assert loopback.world.requests()["runninghub"]["submit"] == 1


def test_runninghub_sdk_understands_refusals(serve: Callable[..., Loopback]) -> None:
    loopback = serve()
    with runninghub(loopback, "bad-key") as client:
        assert client.run_model_api(FAST, body("A boat", "x")).error_code == "802"
        with pytest.raises(RunningHubError) as refused:
            client.upload_file(png(), "frame.png")
        assert refused.value.code == 802
    with runninghub(loopback) as client:
        with pytest.raises(TaskError, match="task not found"):
            client.wait_for_query_v2_completion("1", poll_interval=0.1)
        image = client.upload_file(png(), "frame.png").download_url
        assert client.preview_model_price(FAST, body("A boat", image) | {"duration": 6}).error_code == "301"
        task = client.run_model_api(FAST, body("[refuse]", image))
        with pytest.raises(TaskError, match="content not approved"):
            client.wait_for_query_v2_completion(task.task_id, poll_interval=0.1)
    assert loopback.world.charges() == 0


def test_seacloud_sdk_buys_a_clip(
    serve: Callable[..., Loopback], seacloud: Callable[[Loopback, str], SeaCloud]
) -> None:
    loopback = serve()
    stored = loopback.world.store(png(), "image/png")
    frame = f"{loopback.url}/odirouter/cdn/uploads/{stored.id}.png"
    asked = {"first_frame_image": frame, "prompt": "[推进]", "duration": 6, "resolution": "512P"}
    result = asyncio.run(seacloud(loopback, "sk-key").run_sync(QUEUE, asked))
    (url,) = result["output"]["urls"]
    assert is_mp4(httpx.get(url, **LOOPBACK).content)
    assert loopback.world.charges("odirouter") == 1
    assert loopback.world.requests()["odirouter"]["submit"] == 1


@pytest.mark.slow
def test_seacloud_sdk_understands_refusals(
    serve: Callable[..., Loopback], seacloud: Callable[[Loopback, str], SeaCloud]
) -> None:
    loopback = serve(Fault("rate_limited", operation="submit"))
    text_model = QUEUE.replace("i2v", "t2v")

    def run(key: str, prompt: str, model: str = text_model) -> dict[str, object]:
        return asyncio.run(seacloud(loopback, key).run_sync(model, {"prompt": prompt}))

    with pytest.raises(AuthError, match="token is required"):
        run("bad-key", "A boat")
    with pytest.raises(NetworkError, match="Rate limit exceeded") as limited:
        run("sk-key", "A boat")
    assert limited.value.statusCode == 429
    with pytest.raises(NetworkError, match="App not found"):
        run("sk-key", "A boat", "not_exists")
    with pytest.raises(BalanceError, match="Insufficient credits"):
        run("broke-key", "A boat")
    assert run("sk-key", "[refuse]")["status"] == "failed"
    assert loopback.world.charges() == 0


@pytest.mark.slow
@pytest.mark.parametrize("form", [False, True])
def test_seacloud_sdk_reads_every_form_of_a_job(
    serve: Callable[..., Loopback], seacloud: Callable[[Loopback, str], SeaCloud], form: bool
) -> None:
    loopback = serve(*([Fault("other_form", times=2)] if form else []))
    client = seacloud(loopback, "sk-key")
    model = QUEUE.replace("i2v", "t2v")

    async def told() -> None:
        done = await client.run_sync(model, {"prompt": "A boat"})
        assert is_mp4(httpx.get(done["output"]["urls"][0], **LOOPBACK).content)
        failed = await client.run_sync(model, {"prompt": "[refuse]"})
        assert failed["error"]["message"] == "Task execution failed"
        listed = await client.models.list(pageSize=2, keywords="hailuo")
        assert (len(listed["models"]), listed["total"]) == (2, 5)
        spec = await client.models.get_spec(model)
        assert (spec["modelId"], spec["api"]["endpoint"]) == (model, f"/model/v1/queue/{model}")
        with pytest.raises(ModelNotFoundError):
            await client.models.get_spec("not_exists")

    asyncio.run(told())


def test_loopback_breaks_connections_for_real(serve: Callable[..., Loopback]) -> None:
    loopback = serve(Fault("drop_after_accept"), Fault("truncated_clip"))
    submit = f"{loopback.url}/runcomfy/v1/models/minimax/hailuo-2-3/pro/text-to-video"
    headers = {"Authorization": "Bearer token"}
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(submit, headers=headers, json={"prompt": "A boat"}, timeout=0.3, **LOOPBACK)
    (job,) = loopback.world.jobs("runcomfy")
    result = f"{loopback.url}/runcomfy/v1/requests/{job.id}/result"
    until(lambda: "output" in httpx.get(result, headers=headers, **LOOPBACK).json())
    state = httpx.get(result, headers=headers, **LOOPBACK).json()
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(state["output"]["video"], **LOOPBACK)
    assert is_mp4(httpx.get(state["output"]["video"], **LOOPBACK).content)
    assert loopback.world.charges("runcomfy") == 1
