"""Each dialect says and reads what the vendor's documents say, exchange by exchange."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from decimal import Decimal

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import providers
from providers import (
    PROVIDERS,
    AuthRefused,
    BalanceRefused,
    Canceled,
    Conflict,
    ContentRefused,
    Handle,
    ImageInput,
    InputRefused,
    NotFound,
    Provider,
    ProviderError,
    RateLimited,
    References,
    Request,
    Shape,
    Snapshot,
    Unavailable,
    UnknownReply,
    Variant,
)
from tests.vectors import exchanges, reply_of

IMAGE = ImageInput(b"\x89PNG\r\n\x1a\n", "image/png", 1366, 768)
REFUSALS = {
    "auth": AuthRefused,
    "balance": BalanceRefused,
    "rate": RateLimited,
    "input": InputRefused,
    "content": ContentRefused,
    "not_found": NotFound,
    "unavailable": Unavailable,
    "conflict": Conflict,
}
VARIANTS = {variant.ref: variant for variant in providers.variants()}


def asked(exchange: dict) -> tuple[Request, References]:
    ask = exchange["ask"]
    request = Request(
        ask["prompt"],
        IMAGE if ask["first_frame"] else None,
        IMAGE if ask["last_frame"] else None,
        ask["duration"],
        ask["resolution"],
        ask["prompt_optimizer"],
    )
    return request, References(ask.get("image_reference"), ask.get("last_image_reference"))


def read(provider: Provider, exchange: dict) -> object:
    """The reply through the dialect, as the engine reads it: the refusal first."""
    reply = reply_of(exchange)
    refusal = provider.refused(reply)
    if refusal is not None:
        raise refusal
    variant = next(v for v in VARIANTS.values() if v.provider == provider.slug)
    duration = exchange.get("ask", {}).get("duration") or 6
    readers = {
        "submit": lambda: provider.submitted(variant, reply),
        "poll": lambda: provider.polled(reply),
        "result": lambda: provider.resulted(reply),
        "upload": lambda: provider.uploaded(reply),
        "cancel": lambda: provider.canceled(reply),
        "quote": lambda: provider.quoted(variant, Shape(None, duration), reply),
    }
    return readers[exchange["operation"]]()


def accepted(exchange: dict) -> bool:
    return "handle" in exchange["meaning"] or "price" in exchange["meaning"]


def ours(slug: str, exchange: dict) -> bool:
    """Some documented price replies are of another vendor model; only their reading matters here."""
    return accepted(exchange) and f"{slug}:{exchange['variant']}" in VARIANTS


@pytest.mark.parametrize(("slug", "exchange"), [p for p in exchanges("submit", "quote") if ours(*p.values)])
def test_a_request_is_written_exactly_as_documented(slug, exchange):
    provider, wanted = PROVIDERS[slug], exchange["request"]
    ref = f"{slug}:{exchange['variant']}"
    request, references = asked(exchange)
    if exchange["operation"] == "submit":
        sent = provider.submit(VARIANTS[ref], request, references, "the-key")
    else:
        sent = provider.quote(VARIANTS[ref], request, references)
    assert sent.method == wanted["method"]
    assert sent.url.raw_path.decode() == wanted["path"]
    assert (json.loads(sent.content) if sent.content else None) == wanted.get("json")
    if "Idempotency-Key" in wanted["headers"]:
        assert sent.headers["Idempotency-Key"] == "the-key"


@pytest.mark.parametrize(("slug", "exchange"), exchanges("poll", "result", "cancel"))
def test_a_question_goes_where_the_documents_say(slug, exchange):
    provider, wanted = PROVIDERS[slug], exchange["request"]
    sent = getattr(provider, exchange["operation"])(handle_in(wanted))
    assert sent.method == wanted["method"]
    assert sent.url.raw_path.decode() == wanted["path"]
    assert (json.loads(sent.content) if sent.content else None) == wanted.get("json")


def handle_in(wanted: dict) -> Handle:
    """The handle a documented question is about, found in its path or body."""
    parts = wanted["path"].split("?")[0].split("/")
    if "taskId" in wanted.get("json", {}):
        return Handle(wanted["json"]["taskId"], "any")
    if "requests" in parts:
        at = parts.index("requests")
        return Handle(parts[at + 1], parts[at - 1])
    return Handle(parts[-1], "any")


@pytest.mark.parametrize(("slug", "exchange"), exchanges("upload"))
def test_an_upload_goes_where_the_documents_say(slug, exchange):
    sent, wanted = PROVIDERS[slug].upload(IMAGE), exchange["request"]
    assert (sent.method, sent.url.raw_path.decode()) == (wanted["method"], wanted["path"])
    (field,) = wanted["multipart"]
    assert f'name="{field}"; filename="frame.png"' in sent.read().decode("latin-1")


@pytest.mark.parametrize(("slug", "exchange"), exchanges("submit", "poll", "result", "upload", "cancel", "quote"))
def test_a_reply_means_what_the_documents_say(slug, exchange):
    provider, meaning = PROVIDERS[slug], exchange["meaning"]
    if "refused" in meaning or "unknown" in meaning:
        with pytest.raises(REFUSALS[meaning["refused"]] if "refused" in meaning else UnknownReply) as caught:
            read(provider, exchange)
        if "retry_after" in meaning:
            assert caught.value.retry_after == meaning["retry_after"]
        return
    value = read(provider, exchange)
    if "handle" in meaning:
        assert value.id == meaning["handle"]
    elif "image" in meaning:
        assert value == meaning["image"]
    elif "cancel" in meaning:
        assert value is Canceled(meaning["cancel"])
    elif "price" in meaning:
        assert (value.money.amount, value.money.currency) == (Decimal(meaning["price"]), meaning["currency"])
    else:
        check_snapshot(value, meaning)


def check_snapshot(snapshot: Snapshot, meaning: dict) -> None:
    assert snapshot.status == meaning["status"]
    assert snapshot.clip_url == meaning.get("clip_url")
    assert snapshot.queue_position == meaning.get("queue_position")
    if "progress" in meaning:
        assert snapshot.progress == pytest.approx(meaning["progress"])
    if "cost" in meaning:
        assert snapshot.billed.amount == Decimal(meaning["cost"])
    if "provider_seconds" in meaning:
        assert float(snapshot.provider_seconds) == pytest.approx(float(meaning["provider_seconds"]))
    assert meaning.get("error", "") in (snapshot.error or "")


def test_every_documented_variant_is_in_the_catalogue_and_in_a_vector():
    submitted = {f"{p.values[0]}:{p.values[1]['variant']}" for p in exchanges("submit") if accepted(p.values[1])}
    assert submitted == set(VARIANTS)
    documented = {"runninghub": 13, "odirouter": 5, "apiframe": 3, "runcomfy": 1}
    assert {slug: sum(v.provider == slug for v in VARIANTS.values()) for slug in documented} == documented


def test_a_handle_survives_json():
    handle = Handle("mmsu_01", "minimax_hailuo_23_fast_i2v")
    assert Handle(**json.loads(json.dumps(asdict(handle)))) == handle


@pytest.mark.parametrize("ref", VARIANTS)
def test_the_optimizer_is_always_sent(ref):
    variant = VARIANTS[ref]
    for wanted in (True, False):
        request = Request("a boat", IMAGE if variant.first_frame == "required" else None, prompt_optimizer=wanted)
        sent = PROVIDERS[variant.provider].submit(variant, request, References("https://i"), "k").content.decode()
        assert f'{variant.fields["prompt_optimizer"].rpartition(".")[2]}":{str(wanted).lower()}' in sent


KNOWN_KEYS = """
    status taskId errorCode errorMessage results url usage thirdPartyConsumeMoney taskCostTime code data message
    download_url request_id error error_type outputs output video videos cost error_code detail jobId progress
    creditCost result details estimatedPrice currency base_price_usd price_unit queue_position metrics
"""
words = st.sampled_from(KNOWN_KEYS.split()) | st.text(max_size=6)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=6),
    max_leaves=20,
)


@pytest.mark.parametrize("slug", PROVIDERS)
@given(
    body=st.dictionaries(words, json_values, max_size=8) | json_values,
    status=st.sampled_from([200, 202, 400, 401, 500]),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_reply_whatever_raises_anything_but_a_typed_error(slug, body, status):
    provider = PROVIDERS[slug]
    reply = httpx.Response(status, content=json.dumps(body).encode())
    for operation in ("submit", "poll", "result", "upload", "cancel", "quote"):
        exchange = {"operation": operation, "response": {"status": status, "text": reply.text}, "ask": {}}
        try:
            read(provider, exchange)
        except ProviderError:
            continue


@pytest.mark.parametrize("slug", PROVIDERS)
@pytest.mark.parametrize("body", [b"", b"<html>", b'{"status"', b"[" * 100_000, b"\xff\xfe", b"null", b"NaN"])
def test_a_reply_that_is_no_json_object_is_an_unknown_reply(slug, body):
    with pytest.raises(UnknownReply):
        PROVIDERS[slug].polled(httpx.Response(200, content=body))


def test_an_unknown_variant_is_answered_with_the_nearest_names():
    with pytest.raises(providers.InvalidRequest, match="Did you mean apiframe:hailuo-02"):
        providers.find("apiframe:hailo-02", VARIANTS.values())


def variant() -> Variant:
    return VARIANTS["odirouter:minimax_hailuo_23_fast_i2v"]


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (Request("x", None), "needs an image"),
        (Request("x" * 2001, IMAGE), "at most 2000 characters"),
        (Request("x", replace(IMAGE, width=300)), "short side of at least 301 px"),
        (Request("x", replace(IMAGE, width=2000, height=500)), "aspect ratios from 0.4 to 2.5"),
        (Request("x", replace(IMAGE, data=b"x" * 20_000_000)), "up to 20 MB"),
        (Request("x", replace(IMAGE, media_type="image/gif")), "takes jpeg, png, webp images"),
        (Request("x", IMAGE, IMAGE), "takes no last frame"),
        (Request("x", IMAGE, duration=10, resolution="1080p"), "1080p only at 6 s"),
        (Request("x", IMAGE, resolution="4k"), "no 4k"),
        (Request("x", IMAGE, duration=7), "no 7 s clips"),
    ],
)
def test_what_a_variant_cannot_do_is_said_in_a_few_words(request_, reason):
    assert reason in providers.why_not(variant(), request_)


def test_a_resolution_that_is_not_documented_meets_no_requirement():
    fast = VARIANTS["runninghub:minimax/hailuo-02/fast"]
    assert providers.why_not(fast, Request("", IMAGE)) is None
    assert providers.why_not(fast, Request("", IMAGE, resolution="768p")) == "its resolution is not documented"


@pytest.mark.parametrize(
    ("slug", "status", "body", "kind"),
    [
        ("runninghub", 429, {"code": 429}, RateLimited),
        ("runninghub", 401, {"code": 401}, AuthRefused),
        ("runninghub", 200, {"taskId": "77", "status": "", "errorCode": "1011"}, None),
        ("runcomfy", 200, {"request_id": "abc", "error_code": 404001}, None),
        ("runcomfy", 200, {"status": "failed", "error_code": 500001}, None),
        ("runcomfy", 200, {"status": "in_queue", "error_code": 0}, None),
    ],
)
def test_a_reply_that_names_a_job_is_no_refusal_and_a_strange_code_no_answer(slug, status, body, kind):
    refusal = PROVIDERS[slug].refused(httpx.Response(status, json=body))
    assert refusal is None if kind is None else isinstance(refusal, kind)


def test_an_error_beside_a_running_odirouter_job_does_not_fail_it():
    reply = httpx.Response(200, json={"status": "IN_PROGRESS", "error": {"code": "SERVICE_UNAVAILABLE"}})
    assert PROVIDERS["odirouter"].polled(reply).status == "running"
    with pytest.raises(UnknownReply):
        PROVIDERS["odirouter"].resulted(httpx.Response(200, json={"error": {"code": "SERVICE_UNAVAILABLE"}}))


@pytest.mark.parametrize(("credits", "amount"), [(2.5, "2.5"), (1e30, None), (-1, None), ("x", None)])
def test_credits_are_read_as_they_are_or_not_at_all(credits, amount):
    body = {"id": "j", "status": "COMPLETED", "result": "https://cdn/x.mp4", "creditCost": credits}
    billed = PROVIDERS["apiframe"].polled(httpx.Response(200, json=body)).billed
    assert (billed and str(billed.amount)) == amount
