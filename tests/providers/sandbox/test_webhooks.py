"""How the sandbox sends webhooks, by Apiframe's: each event once, as it is asked for, and to this machine alone."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from pathlib import Path

import pytest

from providers.sandbox import Phase
from providers.sandbox._webhooks import Message, Repeats, Webhooks, is_loopback, signed
from tests.providers.sandbox.receiver import HANGS, hurried, receiving
from tests.providers.sandbox.test_sandbox import KEY, Bench

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


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
    async with receiving() as hook:
        number = await ordered(bench, hook.url)
        (job,) = bench.world.jobs("apiframe")
        assert await status_of(bench, number) == "pending"
        await bench.reach(job, Phase.RUNNING)
        await hook.has(1)
        await bench.reach(job, Phase.SUCCEEDED)
        assert await settled(bench, number) == "delivered"
    bodies = hook.said()
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
    async with receiving() as hook:
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
    async with receiving(500) as hook:
        jobs = [await ordered(bench, url) for url in (hook.url, "http://10.0.0.1/hook", "https://example.com/hook")]
        for job in bench.world.jobs("apiframe"):
            await bench.reach(job, Phase.SUCCEEDED)
        assert [await settled(bench, job) for job in jobs] == ["failed"] * 3
        world = (await bench.client.get("/world")).json()["webhooks"]
    assert [each["state"] for each in world] == ["failed", "not of this machine", "not of this machine"]
    assert {json.loads(raw)["jobId"] for _, raw in hook.got} == {jobs[0]}


async def test_a_sandbox_started_again_still_sends_what_was_pending(tmp_path: Path) -> None:
    first = Bench(tmp_path, journal=tmp_path / "journal")
    async with receiving() as hook:
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


async def test_what_names_another_address_of_this_machine_is_not_sent_either(tmp_path: Path) -> None:
    """Linux reaches the receiver under this one; but nobody would see that in it."""
    webhooks = Webhooks(Bench(tmp_path).world, lambda job, phase: ())
    async with receiving() as hook:
        elsewhere = hook.url.replace("127.0.0.1", "0.0.0.0")
        assert await webhooks.ask(elsewhere, Message(b"{}")) is None
        reply = await webhooks.ask(hook.url, Message(b"{}"))
    assert reply is not None
    assert len(hook.got) == 1


async def test_a_receiver_that_hangs_is_left_when_its_time_is_over(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with receiving(HANGS) as hook:
        number = await ordered(bench, hook.url, webhookEvents=["completed"])
        (job,) = bench.world.jobs("apiframe")
        await bench.reach(job, Phase.SUCCEEDED)
        await hook.has(1)
        assert await status_of(bench, number) == "pending"
        bench.time += Repeats().patience + 0.1
        assert await settled(bench, number) == "failed"
    page = await bench.client.get(f"/apiframe/v2/jobs/{number}", headers={"X-API-Key": KEY})
    assert page.json()["status"] == "COMPLETED"


async def test_nobody_waits_for_a_receiver_that_hangs(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with receiving(HANGS) as stuck, receiving() as hook:
        numbers = [await ordered(bench, url, webhookEvents=["completed"]) for url in (stuck.url, hook.url)]
        for job in bench.world.jobs("apiframe"):
            await bench.reach(job, Phase.SUCCEEDED)
        await stuck.has(1)
        assert await settled(bench, numbers[1]) == "delivered"
        assert await status_of(bench, numbers[0]) == "pending"
    assert await settled(bench, numbers[0]) == "delivered"


async def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with receiving(302) as hook:
        number = await ordered(bench, hook.url, webhookEvents=["completed"])
        (job,) = bench.world.jobs("apiframe")
        await bench.reach(job, Phase.SUCCEEDED)
        assert await settled(bench, number) == "failed"
    assert len(hook.got) == 1


async def test_a_wait_is_divided_by_the_speed_and_there_are_no_more_attempts_than_are_said(tmp_path: Path) -> None:
    bench = hurried(Bench(tmp_path, speed=10.0))
    began, at = bench.world.now(), list[float]()
    message = Message(
        b"{}", lambda _: at.append(bench.world.now() - began) or {}, Repeats(waits=(20, 40, 60), lasts=100)
    )
    async with receiving(503) as hook:
        assert not await Webhooks(bench.world, lambda job, phase: ())._deliver(hook.url, message)
    assert at == pytest.approx([0, 2, 6])  # a fourth would come more than a hundred seconds after the first
    assert len(hook.got) == 3


def test_three_headers_sign_the_id_the_time_and_the_bytes() -> None:
    headers = signed(b"secret", "msg_1", b'{"a": 1}', bytes.hex)("1700000000")
    expected = hmac.new(b"secret", b'msg_1.1700000000.{"a": 1}', hashlib.sha256).hexdigest()
    assert headers == {"webhook-id": "msg_1", "webhook-timestamp": "1700000000", "webhook-signature": expected}
