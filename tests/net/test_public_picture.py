"""What is fetched for whoever names an address: a picture, over https, from where anybody may read, and no more."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import traceback
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import httpx
import pytest
import trustme

from comparisons.net import NoPicture, PublicPictures
from comparisons.net import public_picture as sentences
from comparisons.net._aiohttp import Sockets
from tests.net.test_sockets import CLOSE, SILENCE, Server

pytestmark = pytest.mark.anyio
HERE = (ipaddress.ip_network("127.0.0.0/8"),)
"""Where the servers of these tests are; to the rule it is as the owner's word for a network."""
SECRET = "sig=5f2c9a71"
PNG = b"\x89PNG\r\n\x1a\n and so on"


def answer(body: bytes = PNG, kind: str = "image/png", status: str = "200 OK", *more: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"content-type: {kind}", f"content-length: {len(body)}", *more]
    return "\r\n".join([*head, "", ""]).encode() + body


def leading_to(url: str) -> bytes:
    return answer(b"", "text/plain", "302 Found", f"location: {url}")


class Kept:
    """Takes a picture in, as much of it as it may have."""

    def __init__(self, most: int = 10**9) -> None:
        self.most, self.announced, self.data = most, -1, b""

    def check(self, announced: int) -> None:
        self.announced = announced

    def take(self, chunk: bytes) -> None:
        self.data += chunk
        if len(self.data) > self.most:
            raise ValueError("enough")


class Names:
    """A resolver that answers as told, once for each time it is asked, the last answer for good."""

    def __init__(self, **told: Sequence[str]) -> None:
        self.told = {name.replace("_", "."): list(answers) for name, answers in told.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        answers = self.told.get(host, [])
        return [] if not answers else [answers.pop(0) if len(answers) > 1 else answers[0]]


@asynccontextmanager
async def served(
    server: Server, names: Names, deadline: Callable[[float], asyncio.Timeout] = asyncio.timeout, hint: str = ""
) -> AsyncIterator[tuple[PublicPictures, str]]:
    """Pictures as this server hands them out over https, and the port it does so at."""
    authority, proof = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*names.told).configure_cert(proof)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    async with server.listening(proof) as where:
        yield (
            PublicPictures((), HERE, hint, names, deadline, lambda: Sockets(lambda: trusting)),
            where.rpartition(":")[2],
        )


def pics(*answers: str) -> Names:
    return Names(pics_example_com=answers or ["127.0.0.1"], more_example_com=["127.0.0.1"])


async def why_not(pictures: PublicPictures, url: str, taker: Kept | None = None) -> str:
    """The sentence that refuses an address, which neither it nor any traceback repeats."""
    with pytest.raises(NoPicture) as caught:
        await pictures.fetch(url, taker or Kept())
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    return str(caught.value)


async def test_a_picture_is_asked_for_once_with_nothing_that_says_who_asks():
    server, taker = Server(answer()), Kept()
    async with served(server, pics()) as (pictures, port):
        await pictures.fetch(f"https://pics.example.com:{port}/a%20b.png?{SECRET}", taker)
    assert (taker.data, taker.announced) == (PNG, len(PNG))
    (request,) = server.seen
    line, *headers = request.decode().strip().split("\r\n")
    assert line == f"GET /a%20b.png?{SECRET} HTTP/1.1"
    assert sorted(each.partition(":")[0].lower() for each in headers) == [
        "accept", "accept-encoding", "host", "user-agent"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://pics.example.com/a.png", sentences.NO_HTTPS),
        ("ftp://pics.example.com/a.png", sentences.NO_HTTPS),
        ("file:///etc/passwd", sentences.NO_ADDRESS),
        ("pics.example.com/a.png", sentences.NO_ADDRESS),
        ("data:image/png;base64,AAAA", sentences.NO_ADDRESS),
        ("https://", sentences.NO_ADDRESS),
        ("https://pics.example.com:99999/", sentences.NO_ADDRESS),
        ("https://ann:secret@pics.example.com/a.png", sentences.PASSWORD),
        ("https://unknown.example.com/a.png", sentences.UNREACHABLE),
    ],
)
async def test_what_is_no_https_address_is_not_asked(url: str, sentence: str):
    async with served(Server(), pics()) as (pictures, _):
        assert await why_not(pictures, f"{url}?{SECRET}") == sentence


@pytest.mark.parametrize("address", ["10.1.2.3", "169.254.169.254", "::1", "192.168.0.9", "::ffff:10.0.0.1", "fd00::1"])
async def test_no_name_leads_inside_and_nothing_says_where_it_would(address: str):
    server = Server(answer())
    async with served(server, pics(address)) as (pictures, port):
        assert await why_not(pictures, f"https://pics.example.com:{port}/{SECRET}") == sentences.INSIDE
    async with served(server, pics(address), hint=" Do this.") as (pictures, port):
        assert await why_not(pictures, f"https://pics.example.com:{port}/") == f"{sentences.INSIDE} Do this."
    assert server.seen == []


async def test_this_machine_is_inside_where_its_owner_does_not_say_otherwise():
    pictures = PublicPictures(resolver=pics())
    assert await why_not(pictures, "https://pics.example.com/") == sentences.INSIDE
    assert await why_not(PublicPictures(), "https://127.0.0.1/") == sentences.INSIDE
    assert await why_not(PublicPictures(), "https://[::1]:8443/") == sentences.INSIDE


async def test_the_connection_goes_to_the_address_that_was_checked_whatever_the_name_says_next():
    server, names, taker = Server(answer()), pics("127.0.0.1", "10.0.0.1"), Kept()
    async with served(server, names) as (pictures, port):
        await pictures.fetch(f"https://pics.example.com:{port}/", taker)
        assert (taker.data, names.asked) == (PNG, ["pics.example.com"])
        assert await why_not(pictures, f"https://pics.example.com:{port}/") == sentences.INSIDE


async def test_each_redirect_is_checked_anew():
    server, names, taker = Server(), pics("127.0.0.1", "127.0.0.1", "10.0.0.1"), Kept()
    async with served(server, names) as (pictures, port):
        server.answers = [leading_to(f"https://more.example.com:{port}/b.png"), leading_to("/c.png"), answer()]
        await pictures.fetch(f"https://pics.example.com:{port}/a.png", taker)
        assert taker.data == PNG
        assert names.asked == ["pics.example.com", "more.example.com", "more.example.com"]
        hosts = [request.decode().lower().partition("host: ")[2].partition(":")[0] for request in server.seen]
        assert hosts == names.asked

        server.answers = [leading_to(f"https://pics.example.com:{port}/again")] * 2
        assert await why_not(pictures, f"https://pics.example.com:{port}/") == sentences.INSIDE
        assert len(server.seen) == 4  # the second was not asked


@pytest.mark.parametrize(
    ("leads", "sentence"),
    [
        ("http://pics.example.com/a.png", sentences.LEADS_ASTRAY),
        ("file:///etc/passwd", sentences.LEADS_ASTRAY),
        ("https://pics.example.com:99999/", sentences.LEADS_ASTRAY),
        ("https://ann:secret@pics.example.com/", sentences.PASSWORD),
        ("https://127.0.0.1.nip.example/", sentences.UNREACHABLE),
        ("/round", sentences.TOO_OFTEN),
    ],
)
async def test_a_redirect_leads_nowhere_else(leads: str, sentence: str):
    server = Server(*[leading_to(leads)] * 4)
    async with served(server, pics()) as (pictures, port):
        assert await why_not(pictures, f"https://pics.example.com:{port}/?{SECRET}") == sentence


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (answer(b"<p>", "text/html; charset=utf-8"), sentences.PAGE),
        (answer(b"\n <!DOCTYPE html><p>", "image/png"), sentences.PAGE),
        (answer(b"", "text/plain", "404 Not Found"), sentences.NOT_THERE.format(status=404)),
        (answer(b"", "text/plain", "403 Forbidden"), sentences.NOT_THERE.format(status=403)),
        (answer(b"", "text/plain", "206 Partial Content"), sentences.NOT_THERE.format(status=206)),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n" + PNG, sentences.STOPPED),
        (b"SSH-2.0-OpenSSH_9.2\r\n", sentences.STOPPED),
        (CLOSE, sentences.STOPPED),
    ],
)
async def test_what_is_no_picture_is_said_in_a_sentence(told: bytes, sentence: str):
    class Closing(Server):
        def _answered(self, request: bytes, writer: asyncio.StreamWriter) -> bool:
            went_on = super()._answered(request, writer)
            if went_on:
                writer.close()
            return False

    async with served(Closing(told), pics()) as (pictures, port):
        assert await why_not(pictures, f"https://pics.example.com:{port}/?{SECRET}") == sentence


async def test_a_certificate_for_another_name_is_not_trusted():
    async with served(Server(answer()), pics()) as (pictures, port):
        assert await why_not(pictures, f"https://127.0.0.1:{port}/?{SECRET}") == sentences.UNREACHABLE


async def test_a_picture_without_end_is_read_no_further_than_its_taker_wants():
    server = Server(b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\n\r\n" + PNG + bytes(3_000_000))
    taker = Kept(most=100_000)
    async with served(server, pics()) as (pictures, port):
        with pytest.raises(ValueError, match="enough"):
            await pictures.fetch(f"https://pics.example.com:{port}/", taker)
    assert taker.announced == 0
    assert len(taker.data) < 1_000_000


@pytest.mark.parametrize("told", [SILENCE, b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\n\r\n" + PNG])
async def test_what_crawls_ends_with_the_deadline(told: bytes):
    """The deadline is brought forward once the server was asked, instead of waiting for it."""
    ends: list[asyncio.Timeout] = []

    def deadline(seconds: float) -> asyncio.Timeout:
        assert seconds == sentences.DEADLINE_S
        ends.append(asyncio.timeout(None))
        return ends[-1]

    server = Server(told)
    async with served(server, pics(), deadline) as (pictures, port):
        fetching = asyncio.create_task(why_not(pictures, f"https://pics.example.com:{port}/?{SECRET}"))
        while not server.seen:
            await asyncio.sleep(0)
        ends[0].reschedule(0.0)
        assert await fetching == sentences.TOO_SLOW


async def test_a_name_that_never_answers_ends_with_the_deadline_too():
    async def silent(host: str, port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    pictures = PublicPictures(resolver=silent, deadline=lambda _: asyncio.timeout(0))
    assert await why_not(pictures, f"https://pics.example.com/?{SECRET}") == sentences.TOO_SLOW


def test_a_picture_goes_by_the_proxy_that_is_set():
    """As whatever else is asked for: by ``Ways``, which ``test_sockets`` holds."""
    carrier = PublicPictures()._open()
    assert isinstance(carrier, httpx.AsyncBaseTransport)
    assert type(carrier).__name__ == "Ways"
