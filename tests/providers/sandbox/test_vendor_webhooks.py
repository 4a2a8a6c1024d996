"""The webhooks of fal, Replicate, MiniMax and OpenRouter: as they are documented, and as receivers verify them."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from providers.sandbox import Phase, SimJob
from providers.sandbox._openrouter_hooks import SECRET
from providers.sandbox._webhooks import LOOK_S
from tests.providers.sandbox.receiver import HANGS, Receiver, hurried, met, receiving
from tests.providers.sandbox.test_sandbox import BEARER, KEY, Bench

pytestmark = pytest.mark.anyio
FAL = {"Authorization": f"Key {KEY}"}
FAL_TEXT = "fal-ai/minimax/hailuo-2.3/standard/text-to-video"
HAILUO = "minimax/hailuo-2.3"
MESSAGE = {"model": "MiniMax-Hailuo-2.3", "prompt": "A boat"}
H3 = {
    "model": "MiniMax-H3",
    "content": [{"type": "text", "text": "A boat"}],
    "resolution": "768P",
    "duration": 4,
    "ratio": "16:9",
}

NOTICED_S = 2.5 * LOOK_S
"""Within this somebody notices that the clock was moved."""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


async def from_fal(bench: Bench, url: str, **more: object) -> httpx.Response:
    body = {"prompt": "A boat"} | more
    return await bench.client.post(f"/fal/{FAL_TEXT}", params={"fal_webhook": url}, headers=FAL, json=body)


async def from_replicate(bench: Bench, url: str, **more: object) -> httpx.Response:
    body = {"input": {"prompt": "A boat"}, "webhook": url} | more
    return await bench.client.post(f"/replicate/v1/models/{HAILUO}/predictions", headers=BEARER, json=body)


async def from_openrouter(bench: Bench, url: str, **more: object) -> httpx.Response:
    body = {"model": HAILUO, "prompt": "A boat", "callback_url": url} | more
    return await bench.client.post("/openrouter/api/v1/videos", headers=BEARER, json=body)


async def from_minimax(bench: Bench, url: str, **more: object) -> httpx.Response:
    body = MESSAGE | {"callback_url": url} | more
    return await bench.client.post("/minimax/v1/video_generation", headers=BEARER, json=body)


async def from_h3(bench: Bench, url: str, **more: object) -> httpx.Response:
    return await bench.client.post(
        "/minimax/v2/video_generation", headers=BEARER, json=H3 | {"callback_url": url} | more
    )


Ask = Callable[..., Awaitable[httpx.Response]]


async def asked(ask: Ask, bench: Bench, url: str, **more: object) -> SimJob:
    """The job that was made of it."""
    reply = await ask(bench, url, **more)
    assert reply.is_success, reply.text
    return bench.world.jobs()[-1]


async def state(bench: Bench) -> str:
    return str((await bench.client.get("/world")).json()["webhooks"][-1]["state"])


async def over(bench: Bench, number: int = -1) -> str:
    """What became of the webhooks of the last job, or of another."""
    job = bench.world.jobs()[number]
    await met(lambda: bench.world.remembered(f"{job.provider} webhook {job.id}"))
    return await state(bench)


# ---------------------------------------------------------------- all of them


@pytest.mark.parametrize(
    ("ask", "attempts"), [(from_fal, 32), (from_replicate, 8), (from_openrouter, 4), (from_minimax, 3), (from_h3, 4)]
)
async def test_a_receiver_that_fails_is_tried_as_often_as_is_said_and_the_job_ends_as_ever(
    bench: Bench, ask: Ask, attempts: int
) -> None:
    """Replicate's eight are an output's one and a completion's seven; MiniMax's first is the challenge."""
    answers = (200, 500) if ask in (from_minimax, from_h3) else (500,)
    async with receiving(*answers, secure=ask is from_openrouter) as hook:
        job = await asked(ask, bench, hook.url)
        await bench.world.settle()
        hurried(bench)
        assert await over(bench) == "failed"
    assert len(hook.got) == attempts
    assert bench.world.phase(job) is Phase.SUCCEEDED
    assert bench.world.charges() == 1


@pytest.mark.parametrize(("ask", "scheme"), [(from_fal, "http"), (from_replicate, "http"), (from_openrouter, "https")])
async def test_who_is_not_of_this_machine_is_never_called_and_that_is_said(bench: Bench, ask: Ask, scheme: str) -> None:
    """Under the first address Linux would reach the receiver."""
    async with receiving(secure=scheme == "https") as hook:
        for url in (hook.url.replace("127.0.0.1", "0.0.0.0"), f"{scheme}://example.com/hook"):
            await bench.reach(await asked(ask, bench, url), Phase.SUCCEEDED)
            assert await over(bench) == "not of this machine"
    assert hook.got == []


@pytest.mark.parametrize("ask", [from_fal, from_replicate, from_openrouter])
async def test_a_receiver_that_hangs_holds_up_nothing(bench: Bench, ask: Ask) -> None:
    more = {"webhook_events_filter": ["completed"]} if ask is from_replicate else {}
    async with receiving(HANGS, secure=ask is from_openrouter) as hook:
        job = await asked(ask, bench, hook.url, **more)
        await bench.reach(job, Phase.SUCCEEDED)
        await hook.has(1)
        assert await state(bench) == "pending"
        another = await asked(from_fal, bench, "")
        await bench.reach(another, Phase.SUCCEEDED)
    assert await over(bench, 0) == "delivered"
    assert bench.world.charges() == 2


async def test_a_sandbox_started_again_still_sends_what_was_pending(tmp_path: Path) -> None:
    first = Bench(tmp_path, journal=tmp_path / "journal")
    async with receiving() as hook:
        job = await asked(from_replicate, first, hook.url, webhook_events_filter=["completed"])
        again = Bench(tmp_path, journal=tmp_path / "journal")
        path = f"/replicate/v1/predictions/{job.id}"
        assert (await again.client.get(path, headers=BEARER)).json()["webhook_events_filter"] == ["completed"]
        (job,) = again.world.jobs("replicate")
        await again.reach(job, Phase.SUCCEEDED)
        assert await over(again) == "delivered"
    assert [each["status"] for each in hook.said()] == ["succeeded"]


# ---------------------------------------------------------------- fal


def believed(headers: Mapping[str, str], body: bytes, keys: list[dict[str, str]], now: float) -> bool:
    """Whether a receiver believes that it is fal's, by the steps of fal's page."""
    names = ("request-id", "user-id", "timestamp", "signature")
    request, user, timestamp, signature = (headers[f"x-fal-webhook-{name}"] for name in names)
    if abs(now - int(timestamp)) > 300:
        return False
    message = "\n".join([request, user, timestamp, hashlib.sha256(body).hexdigest()]).encode()
    for key in keys:
        try:
            public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"]))
            public.verify(bytes.fromhex(signature), message)
        except InvalidSignature:
            continue
        return True
    return False


async def test_fals_webhook_is_the_result_signed_by_a_key_that_it_publishes(bench: Bench) -> None:
    async with receiving() as hook:
        reply = (await from_fal(bench, hook.url)).json()
        (job,) = bench.world.jobs("fal")
        assert reply["gateway_request_id"] == reply["request_id"] == job.id
        await bench.reach(job, Phase.SUCCEEDED)
        assert await over(bench) == "delivered"
    result = (await bench.client.get(reply["response_url"], headers=FAL)).json()
    numbers = {"request_id": job.id, "gateway_request_id": job.id}
    assert hook.said() == [{**numbers, "status": "OK", "payload": result}]
    ((headers, body),) = hook.got
    assert headers["content-type"] == "application/json"
    assert headers["x-fal-webhook-request-id"] == job.id
    keys = (await bench.client.get("/fal/.well-known/jwks.json")).json()["keys"]
    assert believed(headers, body, keys, time.time())
    assert not believed(headers, body + b" ", keys, time.time())
    assert not believed({**headers, "x-fal-webhook-user-id": "user_else"}, body, keys, time.time())
    assert not believed(headers, body, keys, time.time() + 3600)


async def test_fals_webhook_of_a_failure_is_what_the_result_answers(bench: Bench) -> None:
    async with receiving() as hook:
        reply = (await from_fal(bench, hook.url, prompt="[refuse]")).json()
        await bench.reach(bench.world.jobs("fal")[0], Phase.FAILED)
        assert await over(bench) == "delivered"
    result = await bench.client.get(reply["response_url"], headers=FAL)
    (said,) = hook.said()
    assert (said["status"], said["error"]) == ("ERROR", f"Invalid status code: {result.status_code}")
    assert said["payload"] == result.json()
    assert said["payload"]["detail"][0]["type"] == "content_policy_violation"


async def test_fal_tells_nobody_of_a_request_that_was_cancelled_or_who_did_not_ask(bench: Bench) -> None:
    async with receiving() as hook:
        for url in (hook.url, ""):
            job = await asked(from_fal, bench, url)
            await bench.reach(job, Phase.CANCELED)
        assert "gateway_request_id" not in (await from_fal(bench, "")).json()
        await asyncio.sleep(0.3)
    assert hook.got == []


async def test_the_first_attempt_at_fals_has_fifteen_seconds_and_another_two_minutes(bench: Bench) -> None:
    async with receiving(HANGS, HANGS, 200) as hook:
        await bench.reach(await asked(from_fal, bench, hook.url), Phase.SUCCEEDED)
        await hook.has(1)
        bench.time += 15.1
        await moved(bench, lambda: len(hook.got) == 2, 0.5)
        for _ in range(2):
            bench.time += 50.0
            await asyncio.sleep(NOTICED_S)
        assert len(hook.got) == 2
        await moved(bench, lambda: len(hook.got) == 3, 5.0)
        assert await over(bench) == "delivered"
    first, *others = (headers for headers, _ in hook.got)
    assert {each["x-fal-webhook-request-id"] for each in others} == {first["x-fal-webhook-request-id"]}
    assert first["x-fal-webhook-timestamp"] < others[-1]["x-fal-webhook-timestamp"]


async def moved(bench: Bench, condition: Callable[[], object], step: float) -> None:
    """Lets the clock go on until something has come to pass."""

    def looked() -> object:
        bench.time += 0 if condition() else step
        return condition()

    await met(looked)


# ---------------------------------------------------------------- Replicate


@pytest.mark.parametrize(
    ("events", "prompt", "end", "said"),
    [
        (None, "A boat", Phase.SUCCEEDED, ["processing", "succeeded"]),
        (["output"], "A boat", Phase.SUCCEEDED, ["processing"]),
        (["completed"], "[refuse]", Phase.FAILED, ["failed"]),
        (["start", "completed"], "A boat", Phase.CANCELED, ["starting", "canceled"]),
    ],
)
async def test_replicate_sends_the_events_that_are_asked_for_or_usual(
    bench: Bench, events: list[str] | None, prompt: str, end: Phase, said: list[str]
) -> None:
    more = {"webhook_events_filter": events} if events else {}
    async with receiving() as hook:
        job = await asked(from_replicate, bench, hook.url, input={"prompt": prompt}, **more)
        await hook.has(int("starting" in said))
        await bench.reach(job, end)
        assert await over(bench) == "delivered"
    assert [each["status"] for each in hook.said()] == said


async def test_replicate_repeats_a_completion_for_a_minute_under_one_id(bench: Bench) -> None:
    async with receiving(500) as hook:
        await asked(from_replicate, bench, hook.url, webhook_events_filter=["completed"])
        await bench.world.settle()
        hurried(bench)
        assert await over(bench) == "failed"
    assert len({headers["webhook-id"] for headers, _ in hook.got}) == len({body for _, body in hook.got}) == 1
    times = [int(headers["webhook-timestamp"]) for headers, _ in hook.got]
    assert times[-1] - times[0] == pytest.approx(63, abs=2)
    assert len(set(times)) == len(times)


async def test_replicates_secret_is_an_accounts_own(bench: Bench) -> None:
    path = "/replicate/v1/webhooks/default/secret"
    keys = [KEY, KEY, "another-key"]
    secrets = [(await bench.client.get(path, headers={"Authorization": f"Bearer {key}"})).json() for key in keys]
    assert secrets[0] == secrets[1] != secrets[2]
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secrets[0]["key"])
    assert (await bench.client.get(path, headers={"Authorization": "Bearer bad-key"})).status_code == 401


@pytest.mark.parametrize(
    ("more", "place"),
    [({"webhook_events_filter": ["ended"]}, "webhook_events_filter.0"), ({"webhook": 7}, "webhook")],
)
async def test_replicate_refuses_an_event_that_there_is_not(bench: Bench, more: dict[str, Any], place: str) -> None:
    reply = await from_replicate(bench, "http://127.0.0.1:9/hook", **more)
    assert (reply.status_code, reply.json()["detail"].partition(": ")[0]) == (422, f"- {place}")
    assert not bench.world.jobs()


# ---------------------------------------------------------------- MiniMax


async def test_minimax_challenges_a_receiver_and_then_tells_it_what_becomes_of_a_task(bench: Bench) -> None:
    async with receiving() as hook:
        job = await asked(from_minimax, bench, hook.url)
        (challenge,) = hook.said()
        assert list(challenge) == ["challenge"]
        await bench.reach(job, Phase.RUNNING)
        await hook.has(2)
        await bench.reach(job, Phase.SUCCEEDED)
        assert await over(bench) == "delivered"
    _, running, done = hook.said()
    query = await bench.client.get(f"/minimax/v1/query/video_generation?task_id={job.id}", headers=BEARER)
    assert (running["task_id"], running["status"], running["file_id"]) == (job.id, "processing", "")
    assert query.json()["status"] == "Success"
    assert done == query.json() | {"status": "success"}


async def test_minimax_tells_of_a_failure_with_its_code(bench: Bench) -> None:
    async with receiving() as hook:
        job = await asked(from_minimax, bench, hook.url, prompt="[refuse]")
        await bench.reach(job, Phase.FAILED)
        assert await over(bench) == "delivered"
    assert (hook.said()[-1]["status"], hook.said()[-1]["base_resp"]["status_code"]) == ("failed", 1026)


@pytest.mark.parametrize("end", [Phase.SUCCEEDED, Phase.CANCELED])
async def test_the_second_version_tells_of_every_state_in_the_words_of_its_query(bench: Bench, end: Phase) -> None:
    async with receiving() as hook:
        job = await asked(from_h3, bench, hook.url)
        await hook.has(2)
        if end is Phase.SUCCEEDED:
            await bench.reach(job, Phase.RUNNING)
            await hook.has(3)
        await bench.reach(job, end)
        assert await over(bench) == "delivered"
    states = ["queued", "running", "succeeded"] if end is Phase.SUCCEEDED else ["queued", "cancelled"]
    assert [each["task"]["status"] for each in hook.said()[1:]] == states
    query = await bench.client.get(f"/minimax/v2/query/video_generation/{job.id}", headers=BEARER)
    assert hook.said()[-1] == query.json()


def unreachable(hook: Receiver) -> list[str]:
    return [hook.url.replace("127.0.0.1", "0.0.0.0"), "https://example.com/hook", "nonsense"]


@pytest.mark.parametrize("silent", [True, False])
async def test_minimax_refuses_what_does_not_give_its_challenge_back(bench: Bench, silent: bool) -> None:
    async with receiving(200 if silent else 500, silent=silent) as hook:
        for url in (hook.url, *unreachable(hook)):
            said = (await from_minimax(bench, url)).json()["base_resp"]
            assert said == {"status_code": 2013, "status_msg": "invalid params, fail to check callback url"}
        second = await from_h3(bench, hook.url)
        assert (second.status_code, second.json()["error"]["http_code"]) == (400, "400")
    assert len(hook.got) == 2
    assert not bench.world.jobs()


async def test_minimax_waits_three_seconds_for_its_challenge(bench: Bench) -> None:
    async with receiving(HANGS) as hook:
        request = asyncio.ensure_future(from_minimax(bench, hook.url))
        await hook.has(1)
        bench.time += 2.9
        other = await bench.client.get("/minimax/v1/query/video_generation?task_id=1", headers=BEARER)
        assert other.json()["base_resp"]["status_code"] == 2013
        await asyncio.sleep(NOTICED_S)
        assert not request.done()
        bench.time += 0.2
        assert (await request).json()["base_resp"]["status_msg"].endswith("fail to check callback url")
    assert not bench.world.jobs()


# ---------------------------------------------------------------- OpenRouter


def signed_by_openrouter(header: str, body: bytes, now: float) -> bool:
    """By the steps of OpenRouter's guide."""
    parts = dict(part.split("=", 1) for part in header.split(","))
    expected = hmac.new(SECRET.encode(), f"{parts['t']},".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, parts["v1"]) and abs(now - int(parts["t"])) <= 300


@pytest.mark.parametrize(
    ("prompt", "end", "names"),
    [
        ("A boat", Phase.SUCCEEDED, ["id", "status", "generation_id", "model", "unsigned_urls", "usage"]),
        ("[refuse]", Phase.FAILED, ["id", "status", "generation_id", "model", "error"]),
    ],
)
async def test_openrouter_tells_of_an_end_in_an_envelope_that_is_signed(
    bench: Bench, prompt: str, end: Phase, names: list[str]
) -> None:
    async with receiving(204, secure=True) as hook:
        job = await asked(from_openrouter, bench, hook.url, prompt=prompt)
        await bench.reach(job, end)
        assert await over(bench) == "delivered"
    ((headers, body),) = hook.got
    said = json.loads(body)
    status = "completed" if end is Phase.SUCCEEDED else "failed"
    assert (list(said), said["type"]) == (["type", "created_at", "data"], f"video.generation.{status}")
    assert list(said["data"]) == names
    poll = (await bench.client.get(f"/openrouter/api/v1/videos/{job.id}", headers=BEARER)).json()
    assert said["data"] == {name: (poll | {"model": HAILUO})[name] for name in names}
    assert headers["x-openrouter-idempotency-key"] == f"{job.id}-{status}"
    assert signed_by_openrouter(headers["x-openrouter-signature"], body, time.time())
    assert not signed_by_openrouter(headers["x-openrouter-signature"], body + b" ", time.time())


async def test_openrouter_refuses_a_receiver_without_https(bench: Bench) -> None:
    async with receiving() as hook:
        reply = await from_openrouter(bench, hook.url)
    assert (reply.status_code, reply.json()["error"]["message"]) == (400, "callback_url: Invalid")
    assert not bench.world.jobs()
    assert hook.got == []
