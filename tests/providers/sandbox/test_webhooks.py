"""Apiframe's webhooks as the sandbox sends them, and that they go to this machine alone."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from providers.sandbox import Phase
from providers.sandbox._webhooks import is_loopback
from tests.providers.sandbox.test_sandbox import KEY, Bench

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass
class Hook:
    """An HTTP server that answers every POST with one status and keeps what came."""

    status: int = 200
    url: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        self.got.append((headers, await reader.readexactly(int(headers["content-length"]))))
        writer.write(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % self.status)
        await writer.drain()
        writer.close()
        self.came.set()

    async def next(self) -> None:
        await asyncio.wait_for(self.came.wait(), 20)
        self.came.clear()


@asynccontextmanager
async def hooked(status: int = 200) -> AsyncIterator[Hook]:
    hook = Hook(status)
    async with await asyncio.start_server(hook.answer, "127.0.0.1", 0) as server:
        hook.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
        yield hook


async def ordered(bench: Bench, url: str, **more: object) -> str:
    body = {"prompt": "A boat", "model": "hailuo-2.3", "webhookUrl": url} | more
    reply = await bench.client.post("/apiframe/v2/videos/generate", headers={"X-API-Key": KEY}, json=body)
    return str(reply.json()["jobId"])


async def status_of(bench: Bench, job: str) -> str:
    said = await bench.client.get(f"/apiframe/v2/jobs/{job}", headers={"X-API-Key": KEY})
    return str(said.json()["webhookStatus"])


async def settled(bench: Bench, job: str) -> str:
    async with asyncio.timeout(20):
        while (status := await status_of(bench, job)) == "pending":
            await asyncio.sleep(0.02)
    return status


async def test_each_event_is_sent_signed_over_the_bytes_that_came(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with hooked() as hook:
        number = await ordered(bench, hook.url)
        (job,) = bench.world.jobs("apiframe")
        assert await status_of(bench, number) == "pending"
        await bench.reach(job, Phase.RUNNING)
        await hook.next()
        await bench.reach(job, Phase.SUCCEEDED)
        assert await settled(bench, number) == "delivered"
    bodies = [json.loads(raw) for _, raw in hook.got]
    assert [(body["event"], body["status"]) for body in bodies] == [
        ("progress", "PROCESSING"),
        ("completed", "COMPLETED"),
    ]
    assert {body["jobId"] for body in bodies} == {number}
    page = (await bench.client.get(f"/apiframe/v2/jobs/{number}", headers={"X-API-Key": KEY})).json()
    names = ("result", "model", "creditCost", "completedAt", "progress")
    assert {name: bodies[1][name] for name in names} == {name: page[name] for name in names}
    for (headers, raw), body in zip(hook.got, bodies, strict=True):
        expected = hmac.new(hashlib.sha256(KEY.encode()).digest(), raw, hashlib.sha256).hexdigest()
        assert headers["x-webhook-signature"] == f"sha256={expected}"
        assert headers["x-webhook-event"] == body["event"]


@pytest.mark.parametrize(
    ("events", "prompt", "said"),
    [(["failed"], "[refuse]", ["failed"]), (["completed"], "A boat", ["completed"]), (["failed"], "A boat", [])],
)
async def test_only_the_events_asked_for_are_sent(
    tmp_path: Path, events: list[str], prompt: str, said: list[str]
) -> None:
    bench = Bench(tmp_path)
    async with hooked() as hook:
        number = await ordered(bench, hook.url, webhookEvents=events, prompt=prompt)
        (job,) = bench.world.jobs("apiframe")
        await bench.reach(job, Phase.FAILED if prompt == "[refuse]" else Phase.SUCCEEDED)
        if said:
            assert await settled(bench, number) == "delivered"
        else:
            await asyncio.sleep(0.3)
    assert [json.loads(raw)["event"] for _, raw in hook.got] == said
    if said == ["failed"]:
        assert "moderation" in json.loads(hook.got[0][1])["error"]


async def test_a_webhook_that_is_refused_or_not_of_this_machine_has_failed(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with hooked(status=500) as hook:
        jobs = [await ordered(bench, url) for url in (hook.url, "http://10.0.0.1/hook", "https://example.com/hook")]
        for job in bench.world.jobs("apiframe"):
            await bench.reach(job, Phase.SUCCEEDED)
        assert [await settled(bench, job) for job in jobs] == ["failed"] * 3
    assert {json.loads(raw)["jobId"] for _, raw in hook.got} == {jobs[0]}


async def test_a_sandbox_started_again_still_sends_what_was_pending(tmp_path: Path) -> None:
    first = Bench(tmp_path, journal=tmp_path / "journal")
    async with hooked() as hook:
        number = await ordered(first, hook.url, webhookEvents=["completed"])
        again = Bench(tmp_path, journal=tmp_path / "journal")
        assert await status_of(again, number) == "pending"
        (job,) = again.world.jobs("apiframe")
        await again.reach(job, Phase.SUCCEEDED)
        assert await settled(again, number) == "delivered"
        third = Bench(tmp_path, journal=tmp_path / "journal")
        assert await status_of(third, number) == "delivered"
    assert len(hook.got) == 1


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:9/x", True),
        ("http://127.8.8.8/x", True),
        ("http://[::1]:9/x", True),
        ("http://localhost:9/x", True),
        ("http://localhost.example.com/x", False),
        ("http://127.0.0.1@example.com/x", False),
        ("http://127.0.0.1.example.com/x", False),
        ("http://0.0.0.0/x", False),
        ("http://169.254.169.254/x", False),
        ("http://[::ffff:10.0.0.1]/x", False),
        ("mailto:me", False),
        ("http://[", False),
    ],
)
def test_only_this_machine_is_called(url: str, here: bool) -> None:
    assert is_loopback(url) is here
