"""A base URL that redirects starts nothing, is sent no key onward, and is named with where it leads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from comparisons.engine.retry_policy import PATIENCE_S
from comparisons.net import sandboxed
from comparisons.net._redirects import MOVED
from comparisons.net.transport import Transport
from comparisons.runs.compare import offer
from comparisons.runs.quotes import Quotes
from comparisons.settings import Target
from providers import PROVIDERS
from tests.stage import VARIANTS, FakeTime, Stage, make_stage, request_for

pytestmark = pytest.mark.anyio
KEY = "a-distinctive-key-41c9"
OLD, NEW = "https://api.old.example", "https://api.new.example"
FIRST = {slug: next(v for v in VARIANTS if v.provider == slug) for slug in PROVIDERS}


class Moved(httpx.AsyncBaseTransport):
    """A server that knows only where to ask instead; those it lets through are answered by ``beyond``."""

    def __init__(
        self,
        status: int,
        to: Callable[[httpx.Request], str | None],
        moved: Callable[[httpx.Request], bool] = lambda request: True,
        beyond: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.status, self.to, self.moved, self.beyond = status, to, moved, beyond
        self.asked: list[httpx.URL] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url)
        if self.moved(request) or self.beyond is None:
            place = self.to(request)
            return httpx.Response(self.status, headers=[] if place is None else [(b"location", place.encode())])
        return await self.beyond.handle_async_request(request)


def elsewhere(request: httpx.Request) -> str:
    return f"{NEW}{request.url.raw_path.decode()}"


def at(server: Moved) -> Transport:
    return Transport({slug: Target(OLD, KEY) for slug in PROVIDERS}, through=server)


def behind(server: Moved, home: Path, stage: Stage) -> Stage:
    """The stage with its sandbox behind ``server``."""

    def connected(targets: dict[str, Target], through: httpx.AsyncBaseTransport) -> Transport:
        server.beyond = through
        return Transport(targets, through=server)

    return make_stage(home, world=stage.world, time=stage.time, wire=sandboxed.connect(stage.world, connected))


@pytest.mark.parametrize("slug", PROVIDERS)
@pytest.mark.parametrize("status", MOVED)
async def test_a_submit_or_upload_that_is_redirected_started_nothing_and_says_what_to_set(tmp_path, slug, status):
    server = Moved(status, elsewhere)
    job = await make_stage(tmp_path, wire=at(server)).one(FIRST[slug].ref)
    assert job.state == "rejected"
    assert "othing was started" in job.error
    assert f"{PROVIDERS[slug].base_url_env} redirects to api.new.example (https): set it to that" in job.error
    assert [url.host for url in server.asked] == ["api.old.example"]  # once, and the key went nowhere else


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (
            lambda request: f"https://user:{KEY}@host.example:8443{request.url.path}?k={KEY}",
            "host.example:8443 (https)",
        ),
        (lambda request: f"{NEW}/gateway{request.url.path}", "api.new.example/gateway (https)"),
        (lambda request: f"https://sso.example/login/{KEY}", "sso.example (https)"),
        (lambda request: "/login", "it is not where the API is"),
        (lambda request: f"http://api.old.example{request.url.path}", "without encryption"),
        (lambda request: "https://[", "check it"),
        (lambda request: "https://", "check it"),
        (lambda request: "", "check it"),
        (lambda request: None, "check it"),
        (lambda request: "https://\u00e9\u202e/", "check it"),
        (lambda request: "mailto:x", "check it"),
    ],
)
async def test_wherever_it_leads_the_sentence_is_one_and_holds_no_secret(tmp_path, place, words):
    job = await make_stage(tmp_path, wire=at(Moved(308, place))).one(FIRST["runcomfy"].ref)
    assert job.state == "rejected"
    assert words in job.error
    assert KEY not in job.error
    assert job.error.isprintable()


@pytest.mark.parametrize("slug", [slug for slug in PROVIDERS if PROVIDERS[slug].idempotency_s is None])
async def test_see_other_may_be_the_answer_of_a_job_that_was_started(tmp_path: Path, slug: str):
    server = Moved(303, lambda request: "/v1/jobs/7", lambda request: "upload" not in request.url.path)
    job = await behind(server, tmp_path, make_stage(tmp_path)).one(FIRST[slug].ref)
    assert job.state == "uncertain"


@pytest.mark.parametrize("slug", PROVIDERS)
async def test_a_job_whose_polls_are_redirected_for_a_while_is_waited_for(tmp_path: Path, slug: str):
    stage = make_stage(tmp_path)
    seen: list[int] = []

    def away(request: httpx.Request) -> bool:
        begun = stage.charges() > 0
        seen.append(begun)
        return begun and sum(seen) in (2, 3)

    server = Moved(302, elsewhere, away)
    job = await behind(server, tmp_path, stage).one(FIRST[slug].ref)
    assert job.state == "delivered"
    told = [event.data["error"] for event in job.events if event.kind == "attempt"]
    assert told
    assert all(PROVIDERS[slug].base_url_env in words for words in told)


async def test_polls_that_are_redirected_for_ever_leave_the_job_as_it_is_and_say_why(tmp_path: Path):
    stage = make_stage(tmp_path)
    server = Moved(302, elsewhere, lambda request: stage.charges() > 0)
    began = stage.time.now()
    job = await behind(server, tmp_path, stage).one(FIRST["runcomfy"].ref)
    assert job.state == "queued"
    assert "RUNCOMFY_BASE_URL redirects to" in job.error
    assert stage.time.now() - began <= PATIENCE_S["poll"] + 60


async def test_a_price_that_is_asked_for_at_a_redirect_says_so():
    variant = next(v for v in VARIANTS if v.provider == "runninghub" and v.need("first_frame") == "no")
    asked = offer(variant, request_for(variant), "www.runninghub.ai")
    (answer,) = await Quotes(FakeTime().now).quoted([asked], at(Moved(301, elsewhere)))
    assert answer.quoted is None
    assert "RH_API_BASE_URL redirects to api.new.example" in (answer.no_quote or "")
