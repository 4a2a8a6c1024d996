"""What becomes of a question on real sockets: what never left is never taken for what may have, nor the other way."""

from __future__ import annotations

import asyncio
import gc
import gzip
import itertools
import os
import re
import socket
import ssl
import struct
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
import trustme

from comparisons.engine._turns import Turns
from comparisons.net import Misled, NoReply, NotSent, Transport
from comparisons.net._aiohttp import Sockets
from comparisons.settings import Target, _proxies
from providers import PROVIDERS

pytestmark = pytest.mark.anyio
KEY = "a-distinctive-key-41c9"
LONG_S = 25.0
"""Longer than anything takes on a busy machine."""
OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
CLOSE, RESET, SILENCE = b"close", b"reset", b"silence"
METHODS = ("POST", "GET", "PUT")


class Server:
    """Answers one request after the other as told, over however many connections, and keeps what it was sent."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.seen: list[bytes] = []
        self.connections = 0
        self._open: list[asyncio.StreamWriter] = []

    @asynccontextmanager
    async def listening(self, proof: ssl.SSLContext | None = None) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=proof)
        try:
            yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()
            for writer in self._open:
                writer.transport.abort()
            await server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.append(writer)
        while (request := await _request(reader)) and self._answered(request, writer):
            await writer.drain()

    def _answered(self, request: bytes, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection goes on."""
        self.seen.append(request)
        answer = self.answers.pop(0)
        if answer == RESET:
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        if answer in (RESET, CLOSE):
            writer.transport.abort()
            return False
        writer.write(b"" if answer == SILENCE else answer)
        return True


async def _request(reader: asyncio.StreamReader) -> bytes:
    """One whole request; nothing at the connection's end."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
        return b""
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    return head + await reader.readexactly(length)


@asynccontextmanager
async def connected(
    origin: str,
    deadline: Callable[[float], asyncio.Timeout] = asyncio.timeout,
    **timeouts: float,
) -> AsyncIterator[Transport]:
    targets = {slug: Target(origin, KEY) for slug in PROVIDERS}
    transport = Transport(targets, timeouts=httpx.Timeout(LONG_S, **timeouts), deadline=deadline)
    try:
        yield transport
    finally:
        await transport.aclose()


async def ask(transport: Transport, method: str = "POST", content: bytes | None = None) -> httpx.Response:
    return await transport.send("apiframe", httpx.Request(method, "/v2/jobs?a=%7E%2F", content=content))


# what never left ----------------------------------------------------------------------------------------------


async def test_a_refused_connection_sends_nothing():
    with socket.create_server(("127.0.0.1", 0)) as gone:
        origin = f"http://127.0.0.1:{gone.getsockname()[1]}"
    async with connected(origin) as transport:
        with pytest.raises(NotSent, match="ConnectError"):
            await ask(transport)


async def test_a_name_without_an_address_sends_nothing():
    async with connected("http://gateway.invalid") as transport:
        with pytest.raises(NotSent, match="ConnectError"):
            await ask(transport)


async def test_a_host_that_lets_nobody_in_sends_nothing():
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        first = socket.create_connection(full.getsockname())  # whoever comes after it is kept waiting
        with first, socket.socket() as second:
            second.setblocking(False)
            second.connect_ex(full.getsockname())
            async with connected(f"http://127.0.0.1:{full.getsockname()[1]}", connect=0.1) as transport:
                with pytest.raises(NotSent, match="ConnectTimeout"):
                    await ask(transport)


async def test_a_host_that_does_not_prove_who_it_is_is_sent_nothing():
    greeted: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        greeted.append(await reader.read(100_000))
        writer.write(OK)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server, connected(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}") as transport:
        with pytest.raises(NotSent, match="ConnectError"):
            await ask(transport)
    assert len(greeted) == 1
    assert KEY.encode() not in greeted[0]


@asynccontextmanager
async def proven(name: str) -> AsyncIterator[tuple[Server, str, Sockets]]:
    """A server that can prove it is ``name``, its origin, and connections that trust who says so."""
    authority, theirs, ours = (
        trustme.CA(),
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH),
        ssl.create_default_context(),
    )
    authority.issue_cert(name).configure_cert(theirs)
    authority.configure_trust(ours)
    server, sockets = Server(OK, OK, OK), Sockets(lambda: ours)
    async with server.listening(theirs) as at:
        try:
            yield server, f"https://{at}/clip.mp4", sockets
        finally:
            await sockets.aclose()


async def fetch(sockets: Sockets, url: str, name: str) -> int:
    reply = await sockets.handle_async_request(httpx.Request("GET", url, extensions={"sni_hostname": name}))
    await reply.aread()
    return reply.status_code


async def test_a_host_that_is_asked_by_its_address_proves_its_name():
    async with proven("clips.example") as (server, url, sockets):
        assert await fetch(sockets, url, "clips.example") == 200
        assert await fetch(sockets, url, "clips.example") == 200
        assert server.connections == 1


async def test_a_connection_that_proved_one_name_serves_no_other():
    async with proven("clips.example") as (server, url, sockets):
        assert await fetch(sockets, url, "clips.example") == 200
        with pytest.raises(httpx.ConnectError):
            await fetch(sockets, url, "other.example")
        assert len(server.seen) == 1


# what may have arrived ----------------------------------------------------------------------------------------

ENDS = {
    "closed": CLOSE,
    "reset": RESET,
    "cut short": OK[:-1],
    "no reply at all": SILENCE,
    "half a head": b"HTTP/1.1 200 OK\r\ncontent-le",
    "no HTTP": b"\0\0 Hello\r\n\r\n",
    "half a chunk": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n{",
    "no chunk": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nno size\r\n",
    "not what it is said to be": OK.replace(b"content-type", b"content-encoding: gzip\r\ncontent-type"),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("end", ENDS)
async def test_what_was_sent_and_not_answered_may_have_arrived_and_is_not_sent_again(end: str, method: str):
    server = Server(ENDS[end], OK)
    async with server.listening() as address, connected(f"http://{address}", read=0.1) as transport:
        with pytest.raises(NoReply):
            await ask(transport, method)
        assert (len(server.seen), server.connections) == (1, 1)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("end", [CLOSE, RESET])
async def test_a_kept_connection_that_ends_under_a_question_does_not_make_it_two(end: bytes, method: str):
    server = Server(OK, end, OK)
    async with server.listening() as address, connected(f"http://{address}") as transport:
        await ask(transport, method)
        with pytest.raises(NoReply):
            await ask(transport, method)
        assert (len(server.seen), server.connections) == (2, 1)
        assert (await ask(transport, method)).status_code == 200


async def test_a_connection_that_was_closed_while_idle_is_not_used():
    server = Server(OK.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"), OK)
    async with server.listening() as address, connected(f"http://{address}") as transport:
        assert [(await ask(transport)).status_code for _ in range(2)] == [200, 200]
    assert server.connections == 2


async def test_a_reply_that_drips_past_the_deadline_may_have_arrived_and_shows_no_key():
    for answer in (SILENCE, OK[:-1]):
        server = Server(answer)
        soon = lambda seconds: asyncio.timeout(0.05)  # noqa: E731
        async with server.listening() as address, connected(f"http://{address}", deadline=soon) as transport:
            with pytest.raises(NoReply, match="did not finish") as caught:
                await ask(transport)
        shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
        assert KEY not in shown


# what is sent -------------------------------------------------------------------------------------------------


async def test_nothing_is_sent_but_what_the_dialect_says_and_who_we_are():
    server = Server(OK)
    async with server.listening() as address, connected(f"http://{address}") as transport:
        await ask(transport, "POST", b'{"a": 1}')
        head, _, body = server.seen[0].partition(b"\r\n\r\n")
        line, *headers = head.decode().split("\r\n")
        assert line == "POST /v2/jobs?a=%7E%2F HTTP/1.1"
        assert {each.partition(":")[0].lower() for each in headers} == {
            "host", "content-length", "accept", "x-api-key", "user-agent",
        }  # fmt: skip
        assert f"host: {address}" in [each.lower() for each in headers]
        assert body == b'{"a": 1}'


async def test_a_question_that_is_asked_again_with_another_key_goes_with_that_one():
    server, asked = Server(OK, OK, OK), httpx.Request("GET", "/v2/jobs/1")
    async with server.listening() as address, connected(f"http://{address}") as transport:
        for key in (KEY, "another-key-52d0", KEY):
            await transport.with_keys({"apiframe": key}).send("apiframe", asked)
    assert [re.findall(rb"x-api-key: (\S+)", each.lower()) for each in server.seen] == [
        [KEY.encode()], [b"another-key-52d0"], [KEY.encode()],
    ]  # fmt: skip


async def test_a_large_body_arrives_whole():
    server, body = Server(OK), os.urandom(3_000_000)
    async with server.listening() as address, connected(f"http://{address}") as transport:
        await ask(transport, "POST", body)
    assert server.seen[0].partition(b"\r\n\r\n")[2] == body


async def test_a_redirect_is_not_followed():
    server = Server(b"HTTP/1.1 307 Elsewhere\r\nlocation: /else\r\ncontent-length: 0\r\n\r\n")
    async with server.listening() as address, connected(f"http://{address}") as transport:
        with pytest.raises(Misled):
            await ask(transport)
    assert len(server.seen) == 1


async def test_no_cookie_is_kept():
    cookie = OK.replace(b"\r\n", b"\r\nset-cookie: who=you; path=/\r\n", 1)
    server = Server(cookie, cookie, cookie, cookie)
    async with server.listening() as address, connected(f"http://{address}") as transport:
        for _ in range(2):
            await ask(transport)
            async with transport.download("apiframe", f"http://{address}/a.mp4") as reply:
                await reply.aread()
    assert len(server.seen) == 4
    assert not any(b"cookie:" in each.lower() for each in server.seen)


# what comes back ----------------------------------------------------------------------------------------------


async def test_a_compressed_reply_is_read():
    body = gzip.compress(b'{"a": 1}')
    head = f"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {len(body)}\r\n\r\n"
    server = Server(head.encode() + body)
    async with server.listening() as address, connected(f"http://{address}") as transport:
        assert (await ask(transport)).json() == {"a": 1}


async def test_a_talkative_gateway_is_heard_out():
    server = Server(OK.replace(b"\r\n", b"\r\ncontent-security-policy: " + b"a" * 20_000 + b"\r\n", 1))
    async with server.listening() as address, connected(f"http://{address}") as transport:
        assert (await ask(transport)).json() == {}


async def test_a_thousand_questions_at_once_leave_the_loop_to_others():
    turns, gone_on, seen = Turns(), [], []

    async def question(number: int) -> None:
        await turns.take()
        gone_on.append(number)

    asked = [asyncio.create_task(question(number)) for number in range(1000)]
    while len(gone_on) < len(asked):
        seen.append(len(gone_on))
        await asyncio.sleep(0)
    assert gone_on == list(range(1000))
    assert max(after - before for before, after in itertools.pairwise(seen)) == 1


# proxies ------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def by_proxies(origin: str, **env: str) -> AsyncIterator[Transport]:
    transport = Transport({slug: Target(origin, KEY) for slug in PROVIDERS}, proxies=_proxies.read(env))
    try:
        yield transport
    finally:
        await transport.aclose()


@pytest.mark.parametrize(
    ("skipped", "reached"),
    [
        ("", True), ("other.invalid, .sub.gateway.invalid", True), ("gateway.invalid:443", True), ("[::1", True),
        ("gateway.invalid", False), (".invalid", False), ("*.invalid", False), ("*", False),
        ("gateway.invalid:80", False),
    ],
)  # fmt: skip
async def test_the_environments_proxy_is_used_unless_it_says_not_to(skipped: str, reached: bool):
    server = Server(OK)
    async with server.listening() as address:
        env = {"HTTP_PROXY": f"http://{address}", "NO_PROXY": skipped}
        async with by_proxies("http://gateway.invalid:80", **env) as transport:
            if reached:
                assert (await ask(transport)).status_code == 200
            else:
                with pytest.raises(NotSent):
                    await ask(transport)
    assert [each.split(b"?")[0] for each in server.seen] == [b"POST http://gateway.invalid/v2/jobs"] * reached


class Socks:
    """A SOCKS5 proxy that leads everything to one server, and keeps the names it was asked for."""

    def __init__(self, refuses: bool = False) -> None:
        self.refuses = refuses
        self.asked: list[str] = []
        self.at_work: list[asyncio.Task] = []

    @asynccontextmanager
    async def listening(self, leads_to: str) -> AsyncIterator[str]:
        self.host, _, port = leads_to.rpartition(":")
        self.port = int(port)
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        async with server:
            yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
            await asyncio.gather(*self.at_work)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.at_work.append(asyncio.current_task())
        count = (await reader.readexactly(2))[1]
        await reader.readexactly(count)
        writer.write(b"\x05\x00")
        kind = (await reader.readexactly(4))[3]
        length = (await reader.readexactly(1))[0] if kind == 3 else 4
        host = await reader.readexactly(length)
        await reader.readexactly(2)
        self.asked.append(host.decode("latin-1"))
        writer.write(bytes([5, 2 if self.refuses else 0, 0, 1, 0, 0, 0, 0, 0, 0]))
        if self.refuses:
            writer.close()
            return
        there, onward = await asyncio.open_connection(self.host, self.port)
        request = await _request(reader)
        onward.write(request)
        writer.write(await there.readexactly(len(OK)))
        onward.close()
        writer.close()


@pytest.mark.parametrize("form", ["socks5://{}", "socks://{}", "socks5h://{}/", '"socks5://{}"', "SOCKS5://{}"])
async def test_a_socks_proxy_is_gone_through(form: str):
    server, socks = Server(OK), Socks()
    async with (
        server.listening() as there,
        socks.listening(there) as address,
        by_proxies("http://gateway.invalid", ALL_PROXY=form.format(address)) as transport,
    ):
        assert (await ask(transport)).status_code == 200
    assert socks.asked == ["gateway.invalid"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # httpcore leaves such sockets to gc
async def test_what_a_proxy_does_not_let_through_never_left_and_the_sentence_names_its_variable():
    socks, server = Socks(refuses=True), Server(OK)
    async with server.listening() as there, socks.listening(there) as address:
        async with by_proxies("http://gateway.invalid", all_proxy=f"socks5://{address}") as transport:
            with pytest.raises(NotSent, match=r"by the proxy of all_proxy \(ProxyError\)"):
                await ask(transport)
        async with by_proxies("https://gateway.invalid", HTTPS_PROXY=f"http://{there}") as transport:
            server.answers = [b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"]
            with pytest.raises(NotSent, match="by the proxy of HTTPS_PROXY"):
                await ask(transport)
        server.answers = [b"HTTP/1.1 400 Bad Request\r\n\r\n"]
        async with by_proxies("https://gateway.invalid", ALL_PROXY=f"socks5://{there}") as transport:
            transport._timeouts["connect"] = 0.5  # it waits for a greeting of another kind
            with pytest.raises(NotSent, match=r"by the proxy of ALL_PROXY \(ConnectTimeout\)"):
                await ask(transport)
    gc.collect()


USELESS = ["socks4://127.0.0.1:1", "ftp://127.0.0.1", "http://", "http://:3128", "http://a b", "http://[::1", "x:y:z",
           "http://host:99999", "http://host:port", "é", "socks5://\u202e"]  # fmt: skip


@pytest.mark.parametrize("value", [pytest.param(each, id=ascii(each)) for each in USELESS])
async def test_a_proxy_that_is_none_is_named_by_its_variable_and_nothing_leaves(value: str):
    async with by_proxies("https://gateway.invalid", HTTPS_PROXY=value) as transport:
        with pytest.raises(Misled, match=r"^HTTPS_PROXY names no proxy that can be used"):
            await ask(transport)
    async with by_proxies("http://127.0.0.1:9", ALL_PROXY=value) as transport:
        assert transport.proxy_trouble("apiframe") == ""  # what is on this machine needs none


def test_networks_may_be_left_out_and_others_find_variables_they_can_use():
    found = _proxies.read(
        {"ALL_PROXY": "socks://10.0.0.1:1080", "HTTPS_PROXY": "junk://x", "NO_PROXY": "10.0.0.0/8,[::1,a"}
    )
    assert found.leading_to("http", "10.9.8.7", 80) is None
    assert found.leading_to("http", "11.9.8.7", 80) == _proxies.Proxy("ALL_PROXY", "socks5://10.0.0.1:1080")
    env = {"ALL_PROXY": "", "HTTPS_PROXY": "", "HOME": ""}
    mended = found.written(env)
    assert (mended["ALL_PROXY"], mended["HTTPS_PROXY"]) == ("socks5://10.0.0.1:1080", None)
    assert "127.0.0.1" in str(mended["NO_PROXY"])
    assert _proxies.Proxies().written({"HOME": ""}) == {}
