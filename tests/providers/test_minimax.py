"""What is MiniMax's alone: two generations of one API, a file's id that is told, errors with and without a status."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

import providers
from providers import (
    PROVIDERS,
    ContentRefused,
    Handle,
    ImageInput,
    JobStatus,
    RateLimited,
    References,
    Request,
    Unavailable,
    UnknownReply,
)

MINIMAX = PROVIDERS["minimax"]
VARIANTS = {variant.ref: variant for variant in providers.variants() if variant.provider == "minimax"}
OK = {"status_code": 0, "status_msg": "success"}
IMAGE = ImageInput(b"\x89PNG\r\n\x1a\n", "image/png", 1366, 768)


def v1(**more: object) -> dict[str, object]:
    return {"task_id": "106916112212032", "base_resp": OK, **more}


def test_the_file_that_a_poll_tells_of_is_what_is_asked_for_afterwards():
    done = MINIMAX.polled(httpx.Response(200, json=v1(status="Success", file_id="205258526306433")))
    assert (done.status, done.told) == (JobStatus.SUCCEEDED, {"file_id": "205258526306433"})
    asked = MINIMAX.result(Handle("106916112212032", "MiniMax-Hailuo-2.3", done.told))
    assert asked.url.raw_path == b"/v1/files/retrieve?file_id=205258526306433"


@pytest.mark.parametrize("endpoint", ["MiniMax-Hailuo-2.3", "MiniMax-H3"])
def test_without_a_file_there_is_no_separate_result(endpoint: str):
    assert MINIMAX.result(Handle("1", endpoint)) is None


@pytest.mark.parametrize(
    ("endpoint", "generation"),
    [
        ("MiniMax-Hailuo-2.3", "/v1/"),
        ("MiniMax-Hailuo-02", "/v1/"),
        ("I2V-01-Director", "/v1/"),
        ("MiniMax-H3", "/v2/"),
        ("MiniMax-H4", "/v2/"),
    ],
)
def test_a_models_name_says_which_generation_it_is_of(endpoint: str, generation: str):
    handle, own = Handle("1", endpoint), replace(VARIANTS["minimax:MiniMax-H3#text"], endpoint=endpoint)
    asked = [MINIMAX.submit(own, Request("A boat"), References(), "key"), MINIMAX.poll(handle)]
    assert all(request.url.path.startswith(generation) for request in asked)
    assert (MINIMAX.cancel(handle) is None) == (generation == "/v1/")


def test_each_image_is_listed_under_what_it_is_for_the_text_first():
    frames = References("data:a", "data:b")
    sent = MINIMAX.submit(VARIANTS["minimax:MiniMax-H3#image"], Request("A boat", IMAGE, IMAGE), frames, "key")
    contents = sent.read().decode()
    assert contents.index('"text":"A boat"') < contents.index("data:a") < contents.index("data:b")
    assert '"role":"first_frame"' in contents
    assert '"first_frame":' not in contents


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (v1(status="Processing"), None),
        (v1(status="Success", file_id="2"), "trace-7"),
        (v1(status="Fail"), "trace-7"),
        ({"task": {"status": "running"}}, None),
        ({"task": {"status": "succeeded", "content": {"url": "https://h/x.mp4"}}}, "trace-7"),
    ],
)
def test_the_trace_of_an_end_is_kept_and_of_polls_before_it_none(body: dict[str, object], told: str | None):
    """Each poll has another: as part of what it says, none would say the same as the last one."""
    assert MINIMAX.polled(httpx.Response(200, json=body, headers={"Trace-Id": "trace-7"})).request_id == told
    assert b"trace-id" in MINIMAX.kept_headers


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, {"task_id": "77", "base_resp": {"status_code": 1000, "status_msg": "x"}}, None),
        (200, {"task_id": "", "base_resp": {"status_code": 1026, "status_msg": "x"}}, ContentRefused),
        (200, v1(status="Fail") | {"base_resp": {"status_code": 1004, "status_msg": "x"}}, None),
        (500, {"base_resp": {"status_code": 2013, "status_msg": "x"}}, Unavailable),
        (400, {"type": "error", "error": {"message": f"{'x' * 500} (1002)"}}, RateLimited),
        (200, {"type": "error", "error": {"message": "strange"}}, UnknownReply),
        (200, {"base_resp": {"status_code": 77, "status_msg": "x"}}, UnknownReply),
    ],
)
def test_a_reply_that_names_a_job_is_no_refusal_and_a_servers_error_says_nothing_of_one(status, body, kind):
    refusal = MINIMAX.refused(httpx.Response(status, json=body))
    assert refusal is None if kind is None else type(refusal) is kind


def test_the_wait_that_is_asked_for_with_a_code_is_kept():
    body = {"base_resp": {"status_code": 1002, "status_msg": "rate limit"}}
    assert MINIMAX.refused(httpx.Response(429, json=body, headers={"Retry-After": "7"})).retry_after == 7


def test_a_clip_costs_by_the_second_or_by_the_clip_and_nothing_where_nobody_says():
    def listed(ref: str, **options: object) -> str | None:
        variant = VARIANTS[f"minimax:{ref}"]
        image = IMAGE if variant.need("first_frame") == "required" else None
        rate = variant.rate(providers.settled(variant, Request("x", image).asking(**options)), "api.minimax.io")
        return None if rate is None else str(rate.money)

    assert listed("MiniMax-Hailuo-2.3", duration=10) == "$0.56"
    assert listed("MiniMax-H3#text", duration=15, resolution="2k") == "$1.95"
    assert listed("MiniMax-Hailuo-02#image", resolution="512p", duration=10) == "$0.15"
    assert listed("MiniMax-Hailuo-02#image", duration=10) is None
    assert VARIANTS["minimax:MiniMax-H3#text"].rate({"duration": 4, "resolution": "768p"}, "api.minimaxi.com") is None
