"""What leaves this machine, where it goes, and what a failure on the wire means."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comparisons.addresses import NotPublic, public_address
from comparisons.net import NoReply, NotFetched, NotSent, Transport
from comparisons.settings import Target
from providers import PROVIDERS, Handle, InputRefused, NotFound, RateLimited, TakesError, Unavailable
from tests.stage import VARIANTS, make_stage

pytestmark = pytest.mark.anyio
KEY = "a-distinctive-key-41c9"
TARGETS = {slug: Target(provider.base_url, KEY) for slug, provider in PROVIDERS.items()}


class Wire(httpx.AsyncBaseTransport):
    """The far end of every connection: answers as told and keeps what it was sent."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.sent: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def connected(*answers: httpx.Response | Exception, address: str = "93.184.215.14") -> tuple[Transport, Wire]:
    wire = Wire(*answers)

    async def resolver(host: str, port: int) -> list[str]:
        return [address] if address else []

    return Transport(TARGETS, wire, resolver=resolver), wire


def question(slug: str = "apiframe") -> httpx.Request:
    variant = next(v for v in VARIANTS if v.provider == slug)
    return PROVIDERS[slug].poll(Handle("7d1f", variant.endpoint))


async def fetch(transport: Transport, url: str) -> bytes:
    async with transport.download("apiframe", url) as reply:
        return b"".join([chunk async for chunk in reply.aiter_bytes()])


@pytest.mark.parametrize("slug", PROVIDERS)
async def test_the_key_goes_to_its_own_provider_in_the_documented_header(slug: str):
    transport, wire = connected(httpx.Response(200, json={}))
    await transport.send(slug, question(slug))
    (sent,) = wire.sent
    provider = PROVIDERS[slug]
    assert str(sent.url).startswith(provider.base_url)
    assert sent.headers[provider.auth_header] == provider.auth_value.format(key=KEY)
    assert KEY not in str(sent.url)


async def test_the_second_step_of_an_upload_goes_where_it_was_told_to_without_the_key():
    transport, wire = connected(httpx.Response(200, json={}))
    there = httpx.Request("PUT", "https://store.example.com/a?sign=1", content=b"png", headers={"X-Token": "t"})
    await transport.send("apiframe", there)
    (sent,) = wire.sent
    assert (sent.method, str(sent.url)) == ("PUT", "https://93.184.215.14/a?sign=1")
    assert (sent.headers["host"], sent.extensions["sni_hostname"]) == ("store.example.com", "store.example.com")
    assert (sent.headers["x-token"], await sent.aread()) == ("t", b"png")
    assert KEY not in str(sent.headers.raw)


@pytest.mark.parametrize("url", ["http://store.example.com:8080/a", "https://10.0.0.7/a"])
async def test_the_second_step_of_an_upload_is_not_sent_inside_nor_without_encryption(url: str):
    transport, wire = connected(address="10.0.0.7")
    with pytest.raises((InputRefused, NotPublic)):
        await transport.send("apiframe", httpx.Request("PUT", url, content=b"png"))
    assert wire.sent == []


async def test_a_clip_that_is_a_path_is_asked_of_the_provider_with_the_key_and_a_redirect_from_there_without():
    moved = httpx.Response(302, headers={"location": "https://cdn.example.com/a.mp4"})
    transport, wire = connected(moved, httpx.Response(200, content=b"clip"))
    assert await fetch(transport, "/v1/videos/7d1f/content") == b"clip"
    first, then = wire.sent
    assert str(first.url) == f"{PROVIDERS['apiframe'].base_url}/v1/videos/7d1f/content"
    assert first.headers[PROVIDERS["apiframe"].auth_header] == KEY
    assert (then.headers["host"], KEY in str(then.headers.raw)) == ("cdn.example.com", False)


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
async def test_what_never_left_is_told_apart(error: type[httpx.HTTPError]):
    transport, _ = connected(error(f"no route, key {KEY}"))
    with pytest.raises(NotSent) as caught:
        await transport.send("apiframe", question())
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("error", [httpx.ReadTimeout, httpx.WriteError, httpx.RemoteProtocolError, httpx.ReadError])
async def test_what_may_have_arrived_is_told_apart(error: type[httpx.HTTPError]):
    transport, _ = connected(error("gone"))
    with pytest.raises(NoReply):
        await transport.send("apiframe", question())


async def test_a_reply_without_end_is_cut_off():
    transport, _ = connected(httpx.Response(200, content=b"x" * 9_000_000))
    with pytest.raises(NoReply, match="larger than 8 MB"):
        await transport.send("apiframe", question())


async def test_a_clip_is_fetched_without_the_key_from_the_address_that_was_checked():
    transport, wire = connected(httpx.Response(200, content=b"clip"))
    assert await fetch(transport, "https://cdn.example.com/a.mp4?sign=1") == b"clip"
    (sent,) = wire.sent
    assert (sent.url.host, sent.headers["Host"]) == ("93.184.215.14", "cdn.example.com")
    assert sent.extensions["sni_hostname"] == "cdn.example.com"
    assert KEY not in str(sent.headers.raw)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.9", "169.254.169.254", "0.0.0.0", "::1", "fe80::1", "fd00::1",
     "::ffff:127.0.0.1", "100.64.0.1", "224.0.0.1", "::127.0.0.1", "::10.0.0.1", "fec0::1", "fe80::1%eth0",
     "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "2002:7f00:1::1", "2002:a00:1::", "2001:0:1::1",
     "2606:4700::5efe:10.0.0.1", "2606:4700::200:5efe:10.0.0.1", "::ffff:0:10.0.0.1", "0.1.2.3", "198.18.0.9",
     "192.0.2.1", "192.88.99.1", "203.0.113.9", "240.0.0.1", "255.255.255.255", "168.63.129.16", "ff0e::1", "100::1",
     "2001:db8::1", "3fff::1", "5f00::1"],
)  # fmt: skip
async def test_no_name_leads_inside(address: str):
    transport, wire = connected(httpx.Response(200, content=b"secret"), address=address)
    with pytest.raises(InputRefused, match="not a public address"):
        await fetch(transport, "https://rebound.example.com/a.mp4")
    assert wire.sent == []


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07::1", "64:ff9b::5db8:d70e"])
async def test_what_leads_to_the_internet_is_fetched(address: str):
    transport, wire = connected(httpx.Response(200, content=b"clip"), address=address)
    assert await fetch(transport, "https://cdn.example.com/a.mp4") == b"clip"
    assert len(wire.sent) == 1


async def test_a_range_that_a_proxy_on_ones_own_machine_answers_from_can_be_named():
    async def faked(host: str, port: int) -> list[str]:
        return ["198.18.3.7"]

    with pytest.raises(InputRefused, match=r"set TAKES_CLIP_NETWORKS to its range"):
        await public_address("cdn.example.com", 443, faked)
    allowed = [ipaddress.ip_network("198.18.0.0/15")]
    assert await public_address("cdn.example.com", 443, faked, allowed) == "198.18.3.7"


@pytest.mark.parametrize(
    "url",
    [
        "http://cdn.example.com:8/a.mp4",
        "file:///etc/passwd",
        "ftp://cdn.example.com/a",
        "https://",
        "//x",
        "a b",
        "",
    ],
)
async def test_only_https_is_fetched(url: str):
    transport, wire = connected()
    with pytest.raises(InputRefused):
        await fetch(transport, url)
    assert wire.sent == []


async def test_a_clip_said_to_be_at_http_is_fetched_by_https():
    transport, wire = connected(httpx.Response(200, content=b"clip"))
    assert await fetch(transport, "http://cdn.example.com/a%20b.mp4?sign=1%2F2") == b"clip"
    assert str(wire.sent[0].url) == "https://93.184.215.14/a%20b.mp4?sign=1%2F2"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate in chain"), "SSL_CERT_FILE"),
        (httpx.ConnectError("ClientConnectorCertificateError"), "SSL_CERT_FILE"),
        (httpx.ProxyError("407 Proxy Authentication Required"), "HTTPS_PROXY"),
    ],
)
async def test_what_only_a_person_can_set_right_is_told_with_what_to_set(error: httpx.HTTPError, words: str):
    transport, _ = connected(error)
    with pytest.raises(NotFetched, match=words):
        await fetch(transport, "https://cdn.example.com/a.mp4")


@pytest.mark.parametrize(("address", "network"), [("198.18.0.9", "198.18.0.0/15"), ("10.1.2.3", "10.1.2.0/24")])
async def test_a_clip_on_a_network_that_is_not_public_is_told_with_the_range_to_allow(address: str, network: str):
    transport, _ = connected(address=address)
    with pytest.raises(NotPublic, match=f"set TAKES_CLIP_NETWORKS to its range, such as {network}"):
        await fetch(transport, "https://cdn.example.com/a.mp4")


async def test_a_redirect_is_checked_like_the_first_url():
    transport, wire = connected(httpx.Response(302, headers={"location": "http://169.254.169.254:8080/latest"}))
    with pytest.raises(InputRefused, match="not https"):
        await fetch(transport, "https://cdn.example.com/a.mp4")
    assert len(wire.sent) == 1


async def test_a_relative_redirect_stays_at_its_host():
    transport, wire = connected(
        httpx.Response(302, headers={"location": "/b.mp4"}), httpx.Response(200, content=b"clip")
    )
    assert await fetch(transport, "https://cdn.example.com/a.mp4") == b"clip"
    assert [request.headers["Host"] for request in wire.sent] == ["cdn.example.com"] * 2


async def test_redirects_end():
    around = [httpx.Response(302, headers={"location": "/b.mp4"}) for _ in range(9)]
    transport, wire = connected(*around)
    with pytest.raises(NotFound, match="redirects too often"):
        await fetch(transport, "https://cdn.example.com/a.mp4")
    assert len(wire.sent) == 4


@pytest.mark.parametrize(
    ("status", "kind"), [(403, NotFound), (404, NotFound), (410, NotFound), (429, RateLimited), (503, Unavailable)]
)
async def test_a_clip_hosts_refusal_is_typed(status: int, kind: type[Exception]):
    transport, _ = connected(httpx.Response(status))
    with pytest.raises(kind):
        await fetch(transport, "https://cdn.example.com/a.mp4")


async def test_a_name_without_an_address_is_asked_for_again():
    transport, _ = connected(address="")
    with pytest.raises(NotSent):
        await fetch(transport, "https://cdn.example.com/a.mp4")


@given(url=st.text(max_size=60) | st.builds("https://{}".format, st.text(max_size=40)))
@settings(max_examples=200, deadline=None)
async def test_no_url_whatever_raises_anything_but_a_typed_error(url: str):
    transport, _ = connected(*[httpx.Response(404)] * 5)
    with pytest.raises(TakesError):
        await fetch(transport, url)


@given(st.lists(st.ip_addresses().map(str), min_size=1, max_size=4))
@settings(max_examples=100, deadline=None)
async def test_one_inside_address_spoils_a_name(found: list[str]):
    async def resolver(host: str, port: int) -> list[str]:
        return [*found, "10.0.0.1"]

    with pytest.raises(InputRefused):
        await public_address("example.com", 443, resolver)


@pytest.mark.slow
async def test_a_full_disk_loses_no_clip(tmp_path: Path):
    stage = make_stage(tmp_path)
    run = stage.plan(["apiframe:hailuo-2.3"])
    (tmp_path / "clips" / f"{run.jobs[0].id}.part").mkdir(parents=True)  # nothing can be written there
    (job,) = await stage.advance(*run.jobs)
    assert job.state == "succeeded"
    assert "cannot be stored here" in job.error
    (tmp_path / "clips" / f"{job.id}.part").rmdir()
    (job,) = await stage.reborn().advance(stage.ledger.job(job.id))
    assert job.state == "delivered"
    assert stage.charges() == 1
