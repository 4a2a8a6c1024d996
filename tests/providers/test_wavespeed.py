"""What is WaveSpeed's alone: an envelope around all, tickets for uploads, a price of the very body, times in ms."""

from __future__ import annotations

from decimal import Decimal

import httpx
import pytest

import providers
from providers import (
    PROVIDERS,
    AuthRefused,
    Forbidden,
    ImageInput,
    InputRefused,
    NotFound,
    RateLimited,
    References,
    Request,
    Unavailable,
    UnknownReply,
)

WAVESPEED = PROVIDERS["wavespeed"]
VARIANTS = {variant.endpoint: variant for variant in providers.variants() if variant.provider == "wavespeed"}
TEXT = VARIANTS["minimax/hailuo-2.3/t2v-standard"]
IMAGE = ImageInput(b"\x89PNG\r\n\x1a\n", "image/png", 1366, 768)
PLACE = {"method": "PUT", "url": "https://store.example/a?sign=1", "headers": {"Content-Type": "image/png"}}
FILE = "https://media.example/a.png"


def enveloped(data: object, code: int = 200) -> httpx.Response:
    return httpx.Response(200, json={"code": code, "message": "success", "data": data})


def ticket(**upload: object) -> httpx.Response:
    return enveloped({"upload": PLACE | upload, "download_url": FILE})


def test_a_ticket_is_followed_but_for_headers_that_a_request_has_by_itself():
    headers = {"x-amz-meta": "a b", "Content-Length": "9", "host": "evil.example", "Empty": ""}
    found = WAVESPEED.ticket(IMAGE, ticket(headers=headers))
    sent = found.request
    assert (sent.method, str(sent.url), found.url, sent.read()) == ("PUT", PLACE["url"], FILE, IMAGE.data)
    assert {name: sent.headers[name] for name in ("x-amz-meta", "empty", "host", "content-length")} == {
        "x-amz-meta": "a b", "empty": "", "host": "store.example", "content-length": "8",
    }  # fmt: skip
    assert "authorization" not in sent.headers


@pytest.mark.parametrize(
    "upload",
    [
        {"method": "POST"},
        {"url": "file:///etc/passwd"},
        {"url": "/api/v3/balance"},
        {"headers": ["Content-Type"]},
        {"headers": {"a": 7}},
        {"headers": {"a": "b\r\nX-Key: 1"}},
        {"headers": {"a b": "c"}},
        {"headers": {f"x-{number}": "" for number in range(41)}},
    ],
)
def test_a_ticket_that_cannot_be_followed_is_none(upload: dict[str, object]):
    with pytest.raises(UnknownReply, match="no place to upload to"):
        WAVESPEED.ticket(IMAGE, ticket(**upload))


def test_a_ticket_that_does_not_say_what_the_file_is_called_is_none():
    with pytest.raises(UnknownReply):
        WAVESPEED.ticket(IMAGE, enveloped({"upload": PLACE}))


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, InputRefused), (403, InputRefused), (404, NotFound), (429, RateLimited), (503, Unavailable)],
)
def test_what_the_store_refuses_says_nothing_of_the_key(status: int, kind: type[Exception]):
    asked = {"asked": httpx.URL(str(PLACE["url"]))}
    assert type(WAVESPEED.refused(httpx.Response(status, content=b"<Error/>", extensions=asked))) is kind
    assert WAVESPEED.refused(httpx.Response(200, extensions=asked)) is None
    of_the_api = {"asked": httpx.URL("https://api.wavespeed.ai/api/v3/media/uploads")}
    assert isinstance(WAVESPEED.refused(httpx.Response(403, json={}, extensions=of_the_api)), Forbidden)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (200, None),
        (400, InputRefused),
        (401, AuthRefused),
        (429, RateLimited),
        (500, Unavailable),
        (5004, UnknownReply),
    ],
)
def test_a_code_inside_http_200_is_an_error_where_nothing_is_said_of_a_job(code: int, kind: type[Exception] | None):
    reply = httpx.Response(200, json={"code": code, "message": "no"}, headers={"Retry-After": "7"})
    refusal = WAVESPEED.refused(reply)
    assert refusal is None if kind is None else type(refusal) is kind
    assert getattr(refusal, "retry_after", 7) == 7
    for data in ({"id": "a1", "status": "processing"}, {"id": "a1"}, {"status": "failed"}):
        assert WAVESPEED.refused(enveloped(data, code)) is None


def test_a_submit_that_was_answered_with_a_job_is_that_job_whatever_its_code():
    late = {"id": "a1", "status": "processing", "code": 5004, "error": "Sync mode timed out after 90 seconds."}
    assert WAVESPEED.submitted(TEXT, enveloped(late, 5004)).id == "a1"


@pytest.mark.parametrize(
    ("timings", "seconds"),
    [({"inference": 41000}, "41"), ({"inference": 1}, "0.001"), ({"inference": 0}, None), ({}, None), (None, None)],
)
def test_the_inference_is_told_in_milliseconds_and_0_is_no_time(timings: object, seconds: str | None):
    done = WAVESPEED.polled(enveloped({"status": "completed", "outputs": [FILE], "timings": timings}))
    assert done.provider_seconds == (None if seconds is None else Decimal(seconds))


def test_the_end_of_a_job_without_words_is_called_as_its_provider_calls_it():
    said = {state: WAVESPEED.polled(enveloped({"status": state, "error": ""})) for state in ("timeout", "deleted")}
    assert {state: (each.status, each.error) for state, each in said.items()} == {
        "timeout": ("failed", "timeout"),
        "deleted": ("failed", "deleted"),
    }


def test_a_price_is_asked_of_the_body_that_is_sent_and_is_the_one_that_is_documented():
    request = Request("A boat", IMAGE, options={"duration": 10, "prompt_optimizer": False})
    variant = VARIANTS["minimax/hailuo-2.3/i2v-standard"]
    asked, sent = (
        httpx.Response(200, content=each.read()).json()
        for each in (
            WAVESPEED.quote(variant, request, References(FILE)),
            WAVESPEED.submit(variant, request, References(FILE), "key"),
        )
    )
    assert asked == {"model_id": variant.endpoint, "inputs": sent}
    told = enveloped({"unit_price": 0.56, "discounted_price": 0.5, "currency": "USD"})
    assert str(WAVESPEED.quoted(variant, {"duration": 10}, told).money) == "$0.56"
    with pytest.raises(UnknownReply):
        WAVESPEED.quoted(variant, {}, enveloped({"discounted_price": 0.5, "currency": "USD"}))


def test_nobody_says_how_long_a_clip_of_pro_is():
    for variant in VARIANTS.values():
        pro = variant.endpoint.endswith("pro")
        assert ("duration" not in variant.options) is ("its file tells" in variant.note) is pro
    why = providers.why_not(VARIANTS["minimax/hailuo-2.3/t2v-pro"], Request("A boat", options={"duration": 6}))
    assert why == "has no setting for duration"
