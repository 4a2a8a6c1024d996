"""Each dialect says and reads what the vendor's documents say, exchange by exchange."""

from __future__ import annotations

import copy
import itertools
import json
import sys
from dataclasses import asdict, replace
from decimal import Decimal

import httpx
import pytest

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
    NotOffered,
    Provider,
    RateLimited,
    References,
    Request,
    Snapshot,
    Ticket,
    Unavailable,
    UnknownReply,
    Variant,
)
from tests import hostile
from tests.vectors import body_in, exchanges, reply_of, state_in

IMAGE = ImageInput(b"\x89PNG\r\n\x1a\n", "image/png", 1366, 768)
REFUSALS = {
    "auth": AuthRefused,
    "balance": BalanceRefused,
    "rate": RateLimited,
    "input": InputRefused,
    "content": ContentRefused,
    "not_found": NotFound,
    "not_offered": NotOffered,
    "unavailable": Unavailable,
    "conflict": Conflict,
}
VARIANTS = {variant.ref: variant for variant in providers.variants()}


def asked(exchange: dict) -> tuple[Request, References]:
    ask = exchange["ask"]
    usual = {name: ask[name] for name in ("duration", "resolution", "prompt_optimizer") if ask[name] is not None}
    references = tuple(ask.get("references", ()))
    request = Request(
        ask["prompt"],
        IMAGE if ask["first_frame"] else None,
        IMAGE if ask["last_frame"] else None,
        references=(IMAGE,) * len(references),
        options=usual | ask.get("options", {}),
    )
    return request, References(ask.get("image_reference"), ask.get("last_image_reference"), references)


def read(provider: Provider, exchange: dict) -> object:
    """The reply through the dialect, as the engine reads it: the refusal first."""
    reply = reply_of(exchange)
    refusal = provider.refused(reply)
    if refusal is not None:
        raise refusal
    variant = next(v for v in VARIANTS.values() if v.provider == provider.slug)
    duration = exchange.get("ask", {}).get("duration") or 6
    readers = {
        "ticket": lambda: provider.uploaded(reply),
        "price": lambda: provider.unit_priced(Handle(**exchange["of"]), reply),
        "submit": lambda: provider.submitted(variant, reply),
        "poll": lambda: provider.polled(reply),
        "result": lambda: provider.resulted(reply),
        "upload": lambda: provider.ticket(IMAGE, reply) or provider.uploaded(reply),
        "cancel": lambda: provider.canceled(reply),
        "quote": lambda: provider.quoted(variant, {"duration": duration}, reply),
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
    assert body_in(sent) == wanted.get("json", wanted.get("form"))
    if "Idempotency-Key" in wanted["headers"]:
        assert sent.headers["Idempotency-Key"] == "the-key"


QUESTIONS = {"price": "unit_price"}


@pytest.mark.parametrize(("slug", "exchange"), exchanges("poll", "result", "cancel", "price"))
def test_a_question_goes_where_the_documents_say(slug, exchange):
    provider, wanted = PROVIDERS[slug], exchange["request"]
    about = Handle(**exchange["of"]) if "of" in exchange else handle_in(wanted)
    sent = getattr(provider, QUESTIONS.get(exchange["operation"], exchange["operation"]))(about)
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
    if "predictions" in parts:
        return Handle(parts[parts.index("predictions") + 1], "any")
    return Handle(parts[-1], "any")


@pytest.mark.parametrize(("slug", "exchange"), exchanges("upload"))
def test_an_upload_goes_where_the_documents_say(slug, exchange):
    sent, wanted = PROVIDERS[slug].upload(IMAGE), exchange["request"]
    assert (sent.method, sent.url.raw_path.decode()) == (wanted["method"], wanted["path"])
    if "multipart" not in wanted:
        assert json.loads(sent.content) == wanted["json"]
        return
    (field,) = wanted["multipart"]
    assert f'name="{field}"; filename="frame.png"' in sent.read().decode("latin-1")


ANSWERED = ("submit", "poll", "result", "upload", "ticket", "cancel", "quote", "price")


@pytest.mark.parametrize(("slug", "exchange"), exchanges(*ANSWERED))
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
    elif "ticket" in meaning:
        check_ticket(value, meaning["ticket"])
    elif "unit_price" in meaning:
        assert (value.amount, value.currency) == (Decimal(meaning["unit_price"]), meaning["currency"])
    elif "cancel" in meaning:
        assert value is Canceled(meaning["cancel"])
    elif meaning.get("price", "") is None:
        assert value is None
    elif "price" in meaning:
        assert (value.money.amount, value.money.currency) == (Decimal(meaning["price"]), meaning["currency"])
    else:
        check_snapshot(value, meaning)


@pytest.mark.parametrize(("slug", "exchange"), exchanges("listing"))
def test_a_list_of_jobs_is_asked_for_and_read_as_documented(slug, exchange):
    provider, wanted, meaning = PROVIDERS[slug], exchange["request"], exchange["meaning"]
    asked = provider.listing(None)
    assert (asked.method, asked.url.raw_path.decode()) == (wanted["method"], wanted["path"])
    page = provider.listed(reply_of(exchange))
    assert [job.id for job in page.jobs] == meaning["jobs"]
    assert page.cursor == meaning["cursor"]


def test_every_documented_exchange_is_of_a_kind_that_is_read_here_or_with_the_catalogues():
    documented = {parameter.values[1]["operation"] for parameter in exchanges(*hostile.operations())}
    assert documented == {*ANSWERED, "listing", "catalog", "detail"}


def check_ticket(ticket: Ticket, wanted: dict) -> None:
    """The second step of an upload: the image itself, where the first step's reply says, as it says."""
    sent = ticket.request
    assert (sent.method, str(sent.url)) == (wanted["method"], wanted["url"])
    assert {name: sent.headers[name] for name in wanted["headers"]} == wanted["headers"]
    assert IMAGE.data in sent.read()


OWN_WORDS = ("status", "outcome", "error_type")


@pytest.mark.parametrize(
    ("slug", "exchange"),
    [
        p
        for p in exchanges("poll", "result", "cancel")
        if {*OWN_WORDS} & {*state_in(p.values[0], p.values[1]["response"].get("json", {}))}
    ],
)
def test_a_status_means_the_same_in_whatever_case_and_with_blanks_around_it(slug, exchange):
    response, meaning = exchange["response"], {k: v for k, v in exchange["meaning"].items() if k != "error"}
    for spell in (str.lower, str.upper, str.title, " {}\n".format):
        spelled = copy.deepcopy(response["json"])
        state = state_in(slug, spelled)
        state.update({k: spell(v) for k, v in state.items() if k in OWN_WORDS and isinstance(v, str)})
        test_a_reply_means_what_the_documents_say(
            slug, exchange | {"response": response | {"json": spelled}, "meaning": meaning}
        )


def check_snapshot(snapshot: Snapshot, meaning: dict) -> None:
    assert snapshot.status == meaning["status"]
    assert snapshot.clip_urls[:1] == ((meaning["clip_url"],) if "clip_url" in meaning else ())
    assert snapshot.queue_position == meaning.get("queue_position")
    if "progress" in meaning:
        assert snapshot.progress == pytest.approx(meaning["progress"])
    if "cost" in meaning:
        assert snapshot.billed.amount == Decimal(meaning["cost"])
    if "provider_seconds" in meaning:
        assert float(snapshot.provider_seconds) == pytest.approx(float(meaning["provider_seconds"]))
    if "provider_wait" in meaning:
        assert snapshot.provider_wait == Decimal(meaning["provider_wait"])
    if "units" in meaning:
        assert snapshot.units == Decimal(meaning["units"])
    for name in {"request_id", "prompt_used", "seed"} & set(meaning):
        assert getattr(snapshot, name) == meaning[name]
    assert meaning.get("error", "") in (snapshot.error or "")


def test_each_family_of_each_provider_is_in_a_vector():
    submitted = {f"{p.values[0]}:{p.values[1]['variant']}" for p in exchanges("submit") if accepted(p.values[1])}
    assert submitted <= set(VARIANTS)
    families = {(variant.provider, variant.family) for variant in VARIANTS.values()}
    assert {(VARIANTS[ref].provider, VARIANTS[ref].family) for ref in submitted} == families


def test_a_handle_survives_json():
    handle = Handle("mmsu_01", "minimax_hailuo_23_fast_i2v")
    assert Handle(**json.loads(json.dumps(asdict(handle)))) == handle


@pytest.mark.parametrize("wanted", [True, False])
def test_the_optimizer_is_sent_as_asked(wanted):
    for variant in (each for each in VARIANTS.values() if "prompt_optimizer" in each.options):
        first = IMAGE if variant.need("first_frame") == "required" else None
        request = Request("a boat", first, options={"prompt_optimizer": wanted})
        sent = PROVIDERS[variant.provider].submit(variant, request, References("https://i"), "k").content.decode()
        field = variant.options["prompt_optimizer"].field.rpartition(".")[2]
        assert f'{field}":{str(wanted).lower()}' in sent, variant.ref


def test_an_optimizer_whose_default_is_documented_is_always_sent():
    optimizers = [v.options["prompt_optimizer"] for v in VARIANTS.values() if "prompt_optimizer" in v.options]
    assert all(each.send == "always" for each in optimizers if each.default is not None)


def test_whether_there_is_sound_is_always_sent_where_its_default_is_documented():
    switches = [v.options["audio"] for v in VARIANTS.values() if "audio" in v.options]
    assert all(each.send == "always" or each.fixed for each in switches if each.default is not None)


def test_whatever_a_provider_replies_only_sound_values_and_typed_errors_come_out():
    for slug in PROVIDERS:
        for functions in hostile.groups(slug):
            hostile.attack(slug, functions, examples=60)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"status"', b"[" * 100_000, b"\xff\xfe", b"null", b"NaN"])
def test_a_reply_that_is_no_json_object_is_an_unknown_reply(body):
    for provider in PROVIDERS.values():
        with pytest.raises(UnknownReply):
            provider.polled(httpx.Response(200, content=body))


def test_a_refusal_is_told_however_deep_its_reasons_are_nested():
    depths = range(sys.getrecursionlimit() - 150, sys.getrecursionlimit())
    for provider, depth in itertools.product(PROVIDERS.values(), depths):
        nested = "[" * depth + "]" * depth
        body = f'{{"error": "no", "message": {nested}, "details": {{"duration": {nested}}}}}'
        assert isinstance(provider.refused(httpx.Response(400, content=body.encode())), InputRefused)


@pytest.mark.parametrize(
    "job", [".", "..", "../uploads", "a%2Fb", "a?b", "a b", "a\nb", "\ud83d", "a" * 201, "1" * 400]
)
def test_an_id_that_would_lead_elsewhere_is_no_id(job):
    names = {
        "apiframe": "jobId",
        "fal": "request_id",
        "minimax": "task_id",
        "odirouter": "request_id",
        "openrouter": "id",
        "replicate": "id",
        "runcomfy": "request_id",
        "runninghub": "taskId",
        "selfhosted": "id",
        "wavespeed": "id",
    }
    assert set(names) == set(PROVIDERS)
    for slug, name in names.items():
        said = {name: job} if slug != "wavespeed" else {"code": 200, "data": {name: job}}
        reply = httpx.Response(200, content=json.dumps(said).encode())
        with pytest.raises(UnknownReply):
            PROVIDERS[slug].submitted(variant(), reply)


def clips_in(slug: str, result: object) -> tuple[str, ...]:
    """Where a provider's clip may be, by a reply with this result."""
    body = {
        "apiframe": {"status": "COMPLETED", "result": result},
        "minimax": {"task": {"id": "1", "status": "succeeded", "content": result}},
        "fal": {"video": result},
        "runninghub": {"taskId": "1", "status": "SUCCESS", "results": result},
        "runcomfy": {"request_id": "1", "status": "completed", "output": result},
        "odirouter": {"request_id": "1", "outputs": result},
        "openrouter": {"status": "completed", "urls": result},
        "replicate": {"id": "1", "status": "succeeded", "output": result},
        "selfhosted": {"status": "completed", "urls": result},
        "wavespeed": {"code": 200, "data": {"id": "1", "status": "completed", "outputs": result}},
    }[slug]
    provider = PROVIDERS[slug]
    read = provider.polled if provider.result(Handle("1", "x")) is None else provider.resulted
    return read(httpx.Response(200, content=json.dumps(body).encode())).clip_urls


@pytest.mark.parametrize(
    "url",
    [
        "https://",
        "https://h/\nx",
        "https://h/\u202e",
        "https://h/\ud83d",
        "javascript:alert(1)",
        "ftp://h/x.mp4",
        "/x.mp4",
        "https://h/" + "x" * 8000,
    ],
)
def test_a_clip_url_that_cannot_be_fetched_is_passed_over(url: str):
    assert clips_in("apiframe", {"videoUrl": url}) == ()
    assert clips_in("apiframe", [url, "https://cdn/x.mp4"]) == ("https://cdn/x.mp4",)


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://h/ein Boot.mp4?x=a b", "https://h/ein%20Boot.mp4?x=a%20b"),
        ("https://h/纸船.mp4", "https://h/%E7%BA%B8%E8%88%B9.mp4"),
        ("https://h/a%20b%2Fc.mp4?sign=a+b%3D/c==&t=1;2", "https://h/a%20b%2Fc.mp4?sign=a+b%3D/c==&t=1;2"),
        (" https://h/a.mp4\n", "https://h/a.mp4"),
        ("//cdn.example/a.mp4", "https://cdn.example/a.mp4"),
        ("HTTPS://CDN.example/a.mp4", "https://cdn.example/a.mp4"),
        ("http://h/a.mp4", "http://h/a.mp4"),
    ],
)
def test_a_clip_url_is_sent_encoded_and_once_only(url: str, sent: str):
    for slug in PROVIDERS:
        assert clips_in(slug, {"url": url}) == (sent,)


PNG, MP4, JPG = "https://h/a.png?s=1", "https://h/b.mp4?s=1", "https://h/c.jpg"
BARE, OTHER = "https://h/f/1", "https://h/f/2"


@pytest.mark.parametrize(
    "result",
    [
        [{"url": PNG, "outputType": "png"}, {"url": MP4, "outputType": "mp4"}],
        [{"url": PNG}, {"url": MP4}],
        [PNG, MP4],
        {"coverUrl": PNG, "videoUrl": MP4},
        {"thumbnailUrl": OTHER, "videoUrl": MP4},
        {"thumbnail": {"url": OTHER}, "video": {"url": MP4}},
        {"images": [PNG, JPG], "videos": [MP4]},
        [{"content": [{"type": "image", "url": OTHER}, {"type": "video", "url": MP4}]}],
        [{"content": [{"type": "video", "cover_url": OTHER, "url": MP4}]}],
        {"input": {"image_url": PNG, "video_url": OTHER}, "output": {"url": MP4}},
        [{"outputType": "image/png", "fileUrl": OTHER}, {"outputType": "video/mp4", "fileUrl": MP4}],
        {"a": {"b": {"c": [{"preview": OTHER}, {"d": [MP4]}]}}},
        {"audio_url": OTHER, "download_url": MP4},
    ],
)
def test_the_clip_is_found_beside_whatever_stands_with_it_and_the_rest_comes_after(result: object):
    for slug in PROVIDERS:
        first, *others = clips_in(slug, result)
        assert first == MP4
        assert others


def test_without_any_sign_the_order_of_the_reply_holds_and_each_address_is_named_once():
    for slug in PROVIDERS:
        assert clips_in(slug, [{"url": BARE}, {"url": OTHER}, {"url": BARE}]) == (BARE, OTHER)


def test_a_reply_of_a_thousand_urls_names_few_of_them_and_the_clip_among_those():
    for slug in PROVIDERS:
        found = clips_in(slug, [f"https://h/{number}.png" for number in range(900)] + [MP4])
        assert found[0] == MP4
        assert len(found) <= 8


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("the model ran out of memory", "the model ran out of memory"),
        ({"code": "E42", "message": "no such\r\nframe"}, "no such frame"),
        ({"why": {"deep": "down"}}, "deep"),
        ("x" * 5000, "x" * 190),
    ],
)
@pytest.mark.parametrize("status", [200, 422, 500])
def test_a_failed_jobs_reason_is_read_from_its_result(error: object, told: str, status: int):
    bodies = {"runcomfy": {"request_id": "1", "status": "failed", "error": error}}
    if status == 200:
        bodies["odirouter"] = {"request_id": "1", "status": "COMPLETED", "provider_error": error, "error": "failed"}
        bodies["runcomfy, without a status"] = {"request_id": "1", "error": error}
    for slug, body in bodies.items():
        reason = PROVIDERS[slug.partition(",")[0]].reason(httpx.Response(status, content=json.dumps(body).encode()))
        assert told in reason
        assert len(reason) <= 300


def test_a_refused_question_tells_no_reason():
    for provider in PROVIDERS.values():
        for body in (b'{"error": "Invalid key", "detail": "Request not found"}', b"<html>", b""):
            assert provider.reason(httpx.Response(404, content=body)) is None


def test_a_providers_words_come_as_one_line_that_can_be_seen():
    body = {"status": "FAILED", "error": "so\r\nsorry\x00\u202e\ud83d " + "x" * 1000}
    error = PROVIDERS["apiframe"].polled(httpx.Response(200, content=json.dumps(body).encode())).error
    assert error.startswith("so sorry xxx")
    assert len(error) == 200


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
        (Request("x", IMAGE).asking(duration=10, resolution="1080p"), "1080p only at 6 s"),
        (Request("x", IMAGE).asking(resolution="4k"), "no 4k"),
        (Request("x", IMAGE).asking(duration=7), "no 7 s: 6 or 10 s only"),
    ],
)
def test_what_a_variant_cannot_do_is_said_in_a_few_words(request_, reason):
    assert reason in providers.why_not(variant(), request_)


def test_a_resolution_that_is_not_documented_meets_no_requirement():
    fast = VARIANTS["runninghub:minimax/hailuo-02/fast"]
    assert providers.why_not(fast, Request("", IMAGE)) is None
    assert providers.why_not(fast, Request("", IMAGE).asking(resolution="768p")) == "its resolution is not documented"


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


@pytest.mark.parametrize(
    ("status", "kind", "meant"),
    [
        ("IN_PROGRESS", "INTERNAL_SERVER_ERROR", "running"),
        ("COMPLETED", "CANCELED", "canceled"),
        ("CANCELED", "INTERNAL_SERVER_ERROR", "canceled"),
        ("FAILED", "CANCELED", "failed"),
    ],
)
def test_an_odirouter_job_ends_by_its_status_and_its_error_type_only_says_how(status, kind, meant):
    reply = httpx.Response(200, json={"status": status, "error": "x", "error_type": kind})
    assert PROVIDERS["odirouter"].polled(reply).status == meant
    assert PROVIDERS["odirouter"].resulted(reply).status == meant


@pytest.mark.parametrize("status", ["ARCHIVED", "COMPLETED_", True, ["COMPLETED"]])
def test_an_odirouter_clip_beside_a_status_no_document_describes_is_not_taken_for_done(status):
    body = {"status": status, "outputs": [{"url": "https://cdn/x.mp4"}]}
    with pytest.raises(UnknownReply):
        PROVIDERS["odirouter"].resulted(httpx.Response(200, json=body))


@pytest.mark.parametrize(
    ("credits", "amount"),
    [
        (2.5, "2.5"),
        ("2.50", "2.50"),
        (0, "0"),
        *(
            (nothing, None)
            for nothing in (1e30, -1, -0.0, "x", "NaN", "1_000", "١٢", "1e-999999", "0e-99999999", "9" * 99)
        ),
    ],
)
def test_credits_are_read_as_they_are_or_not_at_all(credits, amount):
    body = {"id": "j", "status": "COMPLETED", "result": "https://cdn/x.mp4", "creditCost": credits}
    billed = PROVIDERS["apiframe"].polled(httpx.Response(200, json=body)).billed
    assert (billed and str(billed.amount)) == amount
