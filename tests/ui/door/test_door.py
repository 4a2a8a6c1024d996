"""The door is an allow-list: what nobody opened is shut, for everybody, however it is spelled."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import io
import itertools
import json
import os
import re
import socket
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from gradio.utils import get_upload_folder
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute
from starlette.testclient import TestClient
from starlette.types import Message

from comparisons import settings
from comparisons.records import Person
from comparisons.shares import Limit
from comparisons.ui import sample
from comparisons.ui.door import bodies, joining, tabs, uploads
from comparisons.ui.door.allowed import way_of
from comparisons.ui.door.cookies import PLAIN, SECURE, Cookies, secret_in
from comparisons.ui.door.door import Door
from comparisons.ui.door.limits import OF_YOUR_ADDRESS, Limits, Patience
from comparisons.ui.door.refusals import NotLetIn
from comparisons.ui.door.uploads import LEAST
from providers import InvalidRequest
from tests import door as doors
from tests.door import NO_FILTER, Opened, Pressed, body_of, config_of, heard, id_in, kept, new_cookie, opened
from tests.test_playground import make
from tests.ui.sessions.test_sessions_page import FORM as PLAN

JOIN, LISTEN, UPLOAD = "/gradio_api/queue/join", "/gradio_api/queue/data", "/gradio_api/upload"
EVENTS, AN_HOUR = Limits().events.each, Limits().upload_bytes.each
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("public"), TAKES_PUBLIC="1") as it:
        yield it


NARROW = Limits(
    body_bytes=Limit(each=4 * bodies.SMALL, client=5 * bodies.SMALL, all=10**9),
    large_bodies=Limit(each=2, client=2, all=3),
    body_patience=Patience(20.0, 2.0, 1_000),
    uploads=Limit(each=2, client=3, all=3, small=1, reserve=1),
    upload_patience=Patience(0.5, 60.0, 10_000),
)
HERE, THERE = {"x-forwarded-for": "203.0.113.1"}, {"x-forwarded-for": "203.0.113.2"}


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """One with little room, behind a proxy that says whom it asks for."""
    with opened(tmp_path_factory.mktemp("narrow"), NARROW, TAKES_PUBLIC="1", TAKES_PROXIES="1") as it:
        yield it


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("local"), TAKES_HOSTS="takes.lan") as it:
        yield it


# what is sent ---------------------------------------------------------------------------------------------------------


def test_the_page_travels_packed_and_says_nothing_of_who_asks_or_for_what(public: Opened):
    """What it is packed with must hold no secret beside words of a request: lengths would tell it."""
    pages = []
    for word in ("A-WORD-OF-ONE", "ANOTHER-WORD-OF-MANY"):
        with public.client(**{"user-agent": word, "referer": f"{public.url}{word}"}) as client:
            answer = client.get(f"/?run={word}&vote={word}", headers={"accept-encoding": "gzip"})
            assert answer.headers["content-encoding"] == "gzip"
            assert "accept-encoding" in answer.headers["vary"].lower()
            assert int(answer.headers["content-length"]) < len(answer.content) / 3
            assert id_in(answer.headers["set-cookie"]) not in answer.text
            assert word not in answer.text
            pages.append(client.get(f"/?run={word}", headers={"accept-encoding": "identity"}).text)
            assert pages[-1] == answer.text
    assert pages[0] == pages[1]


# what is open ---------------------------------------------------------------------------------------------------------

OPEN = {
    ("GET", "/"), ("HEAD", "/"), ("GET", "/assets/{path:path}"), ("GET", "/static/{path:path}"), ("GET", "/theme.css"),
    ("GET", "/favicon.ico"), ("GET", "/manifest.json"), ("GET", "/gradio_api/startup-events"), ("POST", JOIN),
    ("GET", LISTEN), ("GET", "/gradio_api/heartbeat/{session_hash}"), ("POST", UPLOAD),
    ("GET", "/gradio_api/upload_progress"), ("GET", "/gradio_api/file={path_or_url:path}"),
    ("HEAD", "/gradio_api/file={path_or_url:path}"), ("GET", "/gradio_api/app_id"),
}  # fmt: skip
"""Of all that Gradio serves, what the page asks for."""


def served(routes: list[BaseRoute], before: str = "") -> Iterator[tuple[str, str]]:
    """Method and path of everything a server answers to, in routers and mounts too."""
    for route in routes:
        inner = getattr(route, "routes", None) or getattr(getattr(route, "original_router", None), "routes", None)
        path = before + getattr(route, "path", "")
        if inner:
            yield from served(inner, before + getattr(route, "path", ""))
        else:
            for method in getattr(route, "methods", None) or {"GET", "POST"}:
                yield method, path


def filled(path: str) -> str:
    return re.sub(r"\{\w+(:\w+)?\}", "x1", path.replace("{path_or_url:path}", "/x"))


@pytest.mark.parametrize("which", ["public", "local"])
def test_every_route_of_gradio_is_closed_unless_it_is_named(which: str, request: pytest.FixtureRequest):
    it: Opened = request.getfixturevalue(which)
    found = set(served(it.demo.app.routes))
    assert len(found) > 60
    assert found >= OPEN
    with it.client(it.cookie() if it.door.public else "") as client:
        for method, path in sorted(found - OPEN):
            for spelled in {filled(path), filled(path) + "/", filled(path).rstrip("/")} - {"/", ""}:
                if any(spelled == filled(each) and method == way for way, each in OPEN):
                    continue
                answer = client.request(method, spelled)
                assert answer.status_code == 404, (method, spelled)
                assert method == "HEAD" or "nothing of that name" in answer.json()["error"], (method, spelled)


@pytest.mark.parametrize(
    "path",
    [f"{JOIN}/", f"/{JOIN}", JOIN.replace("/queue", "//queue"), JOIN.replace("/q", "%2fq"), f"/x{JOIN}", "/queue/join",
     JOIN.replace("join", "%6aoin"), f"{JOIN}%00", "/gradio_api/./queue/join", "/gradio_api/run/start",
     "/gradio_api/call/start", "/gradio_api/api/start"],
)  # fmt: skip
def test_no_other_spelling_of_a_way_in_is_one(public: Opened, path: str):
    port = urlsplit(public.url).port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("POST", path, body=b"{}", headers={"cookie": public.cookie()})
    assert connection.getresponse().status == 404
    connection.close()
    assert way_of("POST", path) is None


@pytest.mark.parametrize("path", ["/assets/../config", "/static//x", "/assets/.hidden", "/takes/nothing", "/takes/"])
def test_nothing_lies_beside_what_is_open(public: Opened, path: str):
    with public.visitor() as client:
        assert client.get(public.url.rstrip("/") + path).status_code == 404


def test_websockets_are_refused(public: Opened):
    answer = b""
    with socket.create_connection(("127.0.0.1", urlsplit(public.url).port), 10) as link:
        link.sendall(
            b"GET /gradio_api/queue/join HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        answer = link.recv(100)
    assert b" 101 " not in answer


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", JOIN), ("GET", f"{LISTEN}?session_hash=a"), ("GET", "/gradio_api/heartbeat/a"), ("POST", UPLOAD),
     ("GET", "/gradio_api/upload_progress?upload_id=a"), ("GET", "/gradio_api/app_id"), ("GET", "/takes/clips/x.mp4"),
     ("GET", "/gradio_api/file=/etc/hostname")],
)  # fmt: skip
def test_a_stranger_without_a_cookie_gets_the_page_and_nothing_else(public: Opened, method: str, path: str):
    with public.client() as client:
        answer = client.request(method, path)
    assert (answer.status_code, "needs its cookie" in answer.json()["error"]) == (403, True)


# bodies ---------------------------------------------------------------------------------------------------------------


def half_sent(it: Opened, path: str, cookie: str, headers: dict[str, str], body: bytes = b"") -> tuple[int, str]:
    """What is answered to a request whose body does not come, or not to its end."""
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(it.url).port, timeout=10)
    connection.putrequest("POST", path)
    for name, value in {"cookie": cookie, **headers}.items():
        connection.putheader(name, value)
    connection.endheaders()
    connection.send(body)
    answer = connection.getresponse()
    said = answer.status, answer.read().decode()
    connection.close()
    return said


def chunk(size: int) -> bytes:
    return b"%x\r\n%s\r\n" % (size, b" " * size)


def test_a_body_is_refused_by_what_it_announces_and_by_what_arrives(public: Opened, local: Opened):
    for it in (public, local):
        cookie = it.cookie() if it.door.public else ""
        status, words = half_sent(it, JOIN, cookie, {"content-length": "30000000"})
        assert (status, "1 MB" in words) == (413, True)
        status, words = half_sent(it, JOIN, cookie, {"transfer-encoding": "chunked"}, chunk(600_000) * 2)
        assert (status, "1 MB" in words) == (413, True)


@pytest.mark.parametrize("path", [JOIN, UPLOAD, "/gradio_api/process_recording", "/takes/me"])
def test_a_strangers_body_is_not_waited_for(public: Opened, path: str):
    status, _ = half_sent(public, path, "", {"content-length": "30000000"})
    assert status in (403, 404)


@pytest.mark.parametrize("path", [JOIN, UPLOAD])
def test_nonsense_is_one_sentence(public: Opened, path: str):
    with public.visitor() as client:
        for content in (b"", b"{", b"[" * 100_000, b'"x"', b'{"data": 1, "fn_index": 1, "session_hash": "x"}', b"\xff"):
            answer = client.post(path, content=content)
            assert 400 <= answer.status_code < 500
            assert "Traceback" not in answer.text


# events ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [{"fn_index": 10_000}, {"fn_index": True}, {"fn_index": "1"}, {"fn_index": None}, {"session_hash": None},
     {"session_hash": "x" * 65}, {"session_hash": "../x"}, {"data": {}}, {"trigger_id": 10_000}, {"trigger_id": "7"},
     {"data": ["\ud800"]}],
)  # fmt: skip
def test_only_events_of_the_page_join(public: Opened, wrong: dict[str, Any]):
    with public.visitor() as client:
        sent = body_of(client, Pressed("stop_all", [""])) | wrong
        answer = client.post(JOIN, content=json.dumps(sent))
    assert (answer.status_code, answer.json()["error"]) == (400, joining.UNREADABLE)


def test_an_event_without_a_handler_here_does_not_join(public: Opened):
    with public.visitor() as client:
        config = config_of(client)
        scripts = [each["id"] for each in config["dependencies"] if not each["backend_fn"]]
        assert scripts
        sent = body_of(client, Pressed("stop_all", [])) | {"fn_index": scripts[0]}
        assert client.post(JOIN, json=sent).status_code == 400


def test_what_the_page_never_says_is_left_out_of_an_event(public: Opened):
    """``batched`` would hand a handler a list of requests, and nobody in particular would have pressed."""
    with public.visitor() as client:
        sent = body_of(client, Pressed("search", NO_FILTER)) | {"batched": True, "simple_format": True, "event_id": "x"}
        assert "No runs yet" in heard(client, sent)


@pytest.mark.parametrize("address", ["http://127.0.0.1/x", " https://x.example/y", "file:///etc/hostname", "//x"])
def test_a_file_is_never_named_by_an_address(public: Opened, local: Opened, address: str):
    for it in (public, local):
        with it.client(it.cookie() if it.door.public else "") as client:
            file = {"path": address, "meta": {"_type": "gradio.FileData"}}
            answer = client.post(JOIN, json=body_of(client, Pressed("open_plan", [[{"deep": file}]])))
            if not (address == "//x" and it is local):  # a path like any other, and none of gradio's
                assert answer.status_code == 403, answer.text


def test_one_visitor_cannot_fill_the_queue(public: Opened):
    with public.visitor() as ann, public.visitor() as bob:
        body = body_of(ann, Pressed("search", NO_FILTER, session="greedy"))
        busy = public.demo._queue.active_jobs
        public.demo._queue.active_jobs = [[]] * len(busy)  # as if all hands were full
        try:
            answers = [ann.post(JOIN, json=body).status_code for _ in range(EVENTS + 5)]
            assert answers == [200] * EVENTS + [429] * 5
            other = ann.post(JOIN, json=body | {"session_hash": "another"})
            assert (other.status_code, other.json()["error"]) == (429, joining.TOO_MANY)
            assert bob.post(JOIN, json=body_of(bob, Pressed("search", NO_FILTER))).status_code == 200
        finally:
            public.demo._queue.active_jobs = busy
        with ann.stream("GET", LISTEN, params={"session_hash": "greedy"}) as stream:
            assert sum("process_completed" in line for line in stream.iter_lines()) == EVENTS
        assert "No runs yet" in heard(ann, body | {"session_hash": "later"})


def test_whoever_reads_no_answers_is_given_no_more(public: Opened):
    with public.visitor() as client:
        body = body_of(client, Pressed("search", NO_FILTER, session="deaf"))
        for _ in range(joining.UNREAD):
            answer = client.post(JOIN, json=body)
            if answer.status_code == 429 and not public.demo._queue.event_ids_to_events:
                break
        assert (answer.status_code, answer.json()["error"]) == (429, joining.TOO_MANY)
        unread = public.demo._queue.pending_messages_per_session["deaf"].qsize()
        assert unread < joining.UNREAD + EVENTS**2  # each that waits is told of each that comes


def test_a_page_that_is_let_go_leaves_nothing_in_gradio(public: Opened):
    queue, states, cookie = public.demo._queue, public.demo.state_holder, public.cookie()
    with public.client(cookie) as client:
        body = body_of(client, Pressed("search", NO_FILTER, session="left"))
        assert client.post(JOIN, json=body).status_code == 200  # and nobody reads what it says
        while queue.event_ids_to_events:  # until it is over
            client.get("/gradio_api/app_id")
        assert "left" in queue.pending_messages_per_session
        for number in range(tabs.EACH):
            public.door.tabs.claim(f"tab{number}", Person(id_in(cookie)))
        assert "No runs yet" in heard(client, body | {"session_hash": "right"})
    assert "left" not in queue.pending_messages_per_session
    assert "left" not in states.session_data
    assert public.door.tabs.claim("left", Person("somebody"))


def sitting(
    it: Opened, links: contextlib.ExitStack, cookie: str, size: int, headers: Mapping[str, str] | None = None
) -> None:
    """A body of which one byte does not come."""
    told = {"host": "x", "cookie": cookie, "content-length": f"{size}", **(headers or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    head = f"POST {JOIN} HTTP/1.1\r\n{lines}\r\n".encode()
    link = links.enter_context(socket.create_connection(("127.0.0.1", urlsplit(it.url).port), 10))
    link.sendall(head + b" " * (size - 1))


def refused_at_last(client: httpx.Client, size: int) -> httpx.Response:
    """The refusal of a body, once what else was sent has arrived."""
    asks = (client.post(JOIN, content=b" " * size) for _ in range(500))
    return next(answer for answer in asks if answer.status_code == 429)


def test_what_is_on_its_way_from_one_visitor_or_one_address_is_held_within_limits(narrow: Opened):
    cookie = narrow.cookie()
    with contextlib.ExitStack() as links, narrow.client(cookie, **HERE) as client:
        for _ in range(4):
            sitting(narrow, links, cookie, bodies.SMALL, HERE)
        assert refused_at_last(client, 100).json()["error"] == bodies.TOO_MUCH
        neighbour = links.enter_context(narrow.client(narrow.cookie(), **HERE))
        assert refused_at_last(neighbour, bodies.SMALL + 1_000).json()["error"] == OF_YOUR_ADDRESS
        other = links.enter_context(narrow.client(narrow.cookie(), **THERE))
        assert "No runs yet" in heard(other, body_of(other, Pressed("search", NO_FILTER)))


def test_one_visitor_has_few_large_bodies_on_their_way_and_small_ones_are_let_in_whatever_the_large_take(
    narrow: Opened,
):
    cookie = narrow.cookie()
    with contextlib.ExitStack() as links, narrow.client(cookie) as client, narrow.visitor() as other:
        for whose in (cookie, cookie, narrow.cookie()):
            sitting(narrow, links, whose, bodies.SMALL + 1_000)
        for each in (client, other):  # the first has as many as a visitor may have; then all together have
            assert refused_at_last(each, bodies.SMALL + 1).json()["error"] == bodies.TOO_MUCH
            assert each.post(JOIN, content=b" " * bodies.SMALL).status_code == 400
        assert "No runs yet" in heard(other, body_of(other, Pressed("search", NO_FILTER)))


def reading(ours: bodies.Bodies, *parts: bytes, over: bool = True) -> bytes:
    """What is read of a body of which these parts come; then its sender is gone, or stays and is silent."""
    left = [{"type": "http.request", "body": part, "more_body": True} for part in parts]

    async def receive() -> Message:
        if not left and not over:
            await asyncio.Event().wait()
        return left.pop(0) if left else {"type": "http.disconnect"}

    return asyncio.run(ours.read(Headers(), receive, Person("ann", client="here")))


def test_what_was_held_is_let_go():
    """However a body ends, nothing of it is counted any longer."""
    ours = bodies.Bodies(Limits())
    for size, ends in ((100, ClientDisconnect), (bodies.SMALL, ClientDisconnect), (bodies.POSTED, NotLetIn)):
        with pytest.raises(ends):
            reading(ours, b"x", b" " * size, b"x")
        for each in (ours.held, ours.large):
            assert (each.total, each._mine, each._theirs) == (0, {}, {})


def test_a_body_that_does_not_come_is_not_waited_for():
    with pytest.raises(NotLetIn, match="did not arrive in time") as refusal:
        reading(bodies.Bodies(Limits(body_patience=Patience(60.0, 0.05, 1_000))), b"{", over=False)
    assert refusal.value.status == 408


@pytest.mark.parametrize(("whole_s", "stall_s", "each"), [(60.0, 0.05, 1), (0.05, 60.0, 1_000)])
def test_a_body_that_comes_byte_by_byte_or_never_ends_is_not_waited_for(whole_s: float, stall_s: float, each: int):
    async def receive() -> Message:
        await asyncio.sleep(0.001)
        return {"type": "http.request", "body": b" " * each, "more_body": True}

    async def waited() -> None:
        pace = bodies.Pace(Patience(whole_s, stall_s, 1_000))
        for _ in range(900):
            await pace.next(receive)

    with pytest.raises(TimeoutError):
        asyncio.run(waited())


def test_a_full_queue_is_answered_politely(public: Opened):
    queue = public.demo._queue
    queue.max_size, kept_size = 0, queue.max_size
    try:
        with public.visitor() as client:
            answer = client.post(JOIN, json=body_of(client, Pressed("stop_all", [""])))
    finally:
        queue.max_size = kept_size
    assert (answer.status_code, "Please try again" in answer.json()["error"]) == (429, True)
    assert answer.headers["retry-after"]


# whose page asks ------------------------------------------------------------------------------------------------------

NAVIGATION = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
FRAME = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}


@pytest.mark.parametrize("which", ["public", "local"])
@pytest.mark.parametrize(
    ("told", "where", "status"),
    [
        ({"sec-fetch-site": "same-origin"}, JOIN, 400),
        ({"sec-fetch-site": "same-origin", "origin": "http://127.0.0.1:99"}, JOIN, 400),  # a proxy dropped the port
        ({"sec-fetch-site": "none"}, JOIN, 400),
        ({}, JOIN, 400),  # no browser
        ({"sec-fetch-site": "cross-site"}, JOIN, 403),
        ({"sec-fetch-site": "same-site"}, JOIN, 403),
        ({"sec-fetch-site": "cross-site", **NAVIGATION}, JOIN, 403),
        ({"sec-fetch-site": "nonsense"}, JOIN, 403),
        ({"origin": "https://elsewhere.example"}, JOIN, 403),
        ({"origin": "null"}, JOIN, 403),
        ({"origin": "http://127.0.0.1:99"}, JOIN, 403),
        ({"origin": "https://x.example", "x-forwarded-host": "x.example"}, JOIN, 403),
        ({"origin": "https://elsewhere.example"}, "/", 403),
        ({"origin": "https://elsewhere.example"}, "/takes/me", 403),
        ({"sec-fetch-site": "same-site"}, f"{LISTEN}?session_hash=a", 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, "/takes/clips/x.mp4", 403),
        ({"sec-fetch-site": "cross-site", **NAVIGATION}, "/takes/clips/x.mp4", 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}, "/", 403),
        ({"sec-fetch-site": "cross-site", **NAVIGATION}, "/", 200),
    ],
)  # fmt: skip
def test_no_other_sites_page_can_ask(
    which: str, told: dict[str, str], where: str, status: int, request: pytest.FixtureRequest
):
    it: Opened = request.getfixturevalue(which)
    with it.client(it.cookie() if it.door.public else "", **told) as client:
        answer = client.post(where) if where == JOIN else client.get(where)
    assert answer.status_code == status, answer.text
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_no_answer_allows_another_site_to_read_it(public: Opened):
    with public.visitor() as client:
        client.headers["origin"] = public.url.rstrip("/")
        asks = client.options(JOIN, headers={"access-control-request-method": "POST", "origin": "https://x.example"})
        for answer in (client.get("/"), client.get("/theme.css"), client.post(JOIN, content=b"{}"), asks):
            assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost", 200), ("LOCALHOST:99", 200), ("127.0.0.1:7860", 200), ("[::1]:7860", 200), ("takes.lan", 200),
     (doors.machine(), 200), ("rebound.example", 421), ("127.0.0.1.rebound.example", 421), ("127.0.0.2", 421),
     ("localhost.", 421), ("0.0.0.0", 421), ("", 421), ("takes.lan:99:99", 421), ("localhost@x", 421)],
)  # fmt: skip
def test_on_ones_own_machine_takes_answers_to_its_own_names(local: Opened, host: str, status: int):
    with local.client(host=host) as client:
        answer = client.get("/")
        assert answer.status_code == status
        assert status == 200 or "TAKES_HOSTS" in answer.json()["error"]
        posted = client.post(JOIN, json=body_of(client, Pressed("stop_all", [""])))
        assert posted.status_code == status


def test_one_machine_of_ones_own_is_shown_in_no_other_sites_frame(public: Opened, local: Opened):
    with local.client(**FRAME, **{"sec-fetch-site": "cross-site"}) as client:
        assert client.get("/").status_code == 403
    with local.client() as client:
        assert client.get("/").headers["content-security-policy"] == "frame-ancestors 'self'"
    with public.client(**FRAME, **{"sec-fetch-site": "cross-site"}) as client:
        assert client.get("/").status_code == 200  # as a Space is


def asked(door: Door, where: str = "/", **headers: str) -> httpx.Response:
    """What a Takes behind a proxy answers that says so."""
    client = TestClient(kept(door), base_url="http://127.0.0.1:7860")
    return client.request("POST" if where == JOIN else "GET", where, headers=headers)


def test_a_proxy_is_told_what_it_must_pass_on(tmp_path: Path):
    playground = make(tmp_path, TAKES_PUBLIC="1")
    door = Door(playground)
    cookie = new_cookie(door)
    opened_at, host = {"opened": "http://192.168.1.5:8080"}, "192.168.1.5"  # the port is gone
    refused = asked(door, JOIN, origin=opened_at["opened"], host=host, cookie=cookie)
    assert (refused.status_code, "proxy_set_header Host $http_host" in refused.json()["error"]) == (403, True)
    me = asked(door, f"/takes/me?opened={opened_at['opened']}", host=host, cookie=cookie).json()
    assert ("TAKES_ORIGIN" in me["trouble"], me["tab"]) == (True, False)
    # A browser that says itself whose page asks is believed, and so is the address it was opened at.
    told = {"host": host, "cookie": cookie, "sec-fetch-site": "same-origin"}
    assert asked(door, f"/takes/me?opened={opened_at['opened']}", **told).json()["trouble"] == ""
    elsewhere = asked(door, "/takes/me?opened=https://takes.example", **told | {"host": "127.0.0.1:7860"}).json()
    assert "TAKES_ORIGIN" in elsewhere["trouble"]  # the page would be told to ask there
    playground.close()


def test_ones_origin_is_what_one_says_it_is(tmp_path: Path):
    playground = make(tmp_path, TAKES_PUBLIC="1", TAKES_ORIGIN="https://Takes.example:443/")
    door = Door(playground)
    cookie = new_cookie(door)
    for origin in ("https://takes.example", "https://takes.example:443"):
        assert asked(door, JOIN, origin=origin, cookie=cookie).status_code == 403  # no secure cookie
        assert "needs its cookie" in asked(door, JOIN, origin=origin, cookie=cookie).json()["error"]
    for origin in ("http://takes.example", "https://127.0.0.1:7860", "https://takes.example:8443", "null"):
        refused = asked(door, JOIN, origin=origin, cookie=cookie).json()["error"]
        assert "needs its cookie" not in refused, origin
    playground.close()


# cookies --------------------------------------------------------------------------------------------------------------

NOW = 1_800_000_000.0
DAY = 24 * 3600.0


def cookies(at: float = NOW, owns: str = "", secret: bytes = b"s" * 32) -> Cookies:
    return Cookies(secret, lambda: at, lambda who: who == owns)


def given(header: str) -> dict[str, str]:
    name, _, value = header.partition(";")[0].partition("=")
    return {name: value}


@pytest.mark.parametrize(
    ("https", "name", "reach"), [(False, PLAIN, "SameSite=Lax"), (True, SECURE, "SameSite=None; Secure; Partitioned")]
)
def test_a_cookie_reaches_a_framed_space_and_stays_partitioned(https: bool, name: str, reach: str):
    header = cookies().renewed({}, https)
    assert re.fullmatch(rf"{name}=[0-9a-f]{{32}}\.\d+\.[0-9a-f]{{64}}; Path=/; HttpOnly; Max-Age=\d+; {reach}", header)


@pytest.mark.parametrize("https", [True, False])
def test_a_cookie_is_renewed_after_a_day_and_stays_the_same_visitors(https: bool):
    held = given(cookies().renewed({}, https))
    visitor = cookies().visitor(held, https)
    assert cookies(NOW + DAY / 2).renewed(held, https) == ""
    later = given(cookies(NOW + 2 * DAY).renewed(held, https))
    assert later != held
    assert cookies(NOW + 2 * DAY).visitor(later, https) == visitor
    assert cookies(NOW + 366 * DAY).visitor(held, https) == ""


def test_only_what_was_issued_here_is_a_cookie():
    name, token = next(iter(given(cookies().renewed({}, https=False)).items()))
    visitor, issued, seal = token.split(".")
    for forged in (
        f"{'0' * 32}.{issued}.{seal}", f"{visitor}.{int(issued) + 1}.{seal}", f"{visitor}.{issued}.{'0' * 64}",
        "a" * 64, f"{token}x", f"{visitor}.٣.{seal}", "",
    ):  # fmt: skip
        assert cookies().visitor({name: forged}, https=False) == ""
    assert cookies(secret=b"t" * 32).visitor({name: token}, https=False) == ""
    assert cookies().visitor({name: token}, https=True) == ""  # where there is https, a neighbour may have set it
    assert cookies(NOW - 2 * DAY).visitor({name: token}, https=False) == ""


def test_an_old_cookie_is_exchanged_if_something_is_its_visitors():
    old, owner = {PLAIN: "5" * 64}, doors.old_visitor("5" * 64)
    assert cookies(owns=owner).visitor(old, https=False) == ""
    for https in (True, False):  # over https a neighbouring host may have set it
        is_theirs = cookies().visitor(given(cookies(owns=owner).renewed(old, https)), https) == owner
        assert is_theirs is not https
        assert cookies().visitor(given(cookies().renewed(old, https)), https) != owner


def test_the_secret_is_for_nobody_else_to_read_and_lasts(tmp_path: Path):
    secret = secret_in(tmp_path)
    (file,) = (tmp_path / "visitors").iterdir()
    assert [path.stat().st_mode & 0o777 for path in (file, file.parent)] == [0o600, 0o700]
    assert secret_in(tmp_path) == secret
    file.write_bytes(b"short")
    with pytest.raises(InvalidRequest, match="damaged"):
        secret_in(tmp_path)


def test_on_ones_own_machine_there_is_no_cookie_and_no_secret(local: Opened):
    with local.client() as client:
        assert "set-cookie" not in client.get("/").headers
    assert not (local.door.playground.settings.home / "visitors").exists()


# uploads --------------------------------------------------------------------------------------------------------------


def upload(client: httpx.Client, content: bytes = PNG, name: str = "x.png") -> str:
    answer = client.post(UPLOAD, files={"files": (name, content)}, headers={"accept-encoding": "br"})
    return str(answer.json()[0])


def read(client: httpx.Client, path: str) -> int:
    return client.get(f"/gradio_api/file={path}").status_code


def test_an_upload_is_for_whose_it_is(public: Opened):
    with public.visitor() as ann, public.visitor() as bob, public.client() as nobody:
        path = upload(ann, PNG + b"anns", "a long name, so that the answer is packed " * 4 + ".png")
        assert [read(client, path) for client in (ann, bob, nobody)] == [200, 404, 403]
        for spelled in (f"/{path}", path.replace("/", "//", 1), f"{path}/", path.replace("gradio", "./gradio", 1)):
            assert read(bob, spelled) == 404
        file = {"path": path, "meta": {"_type": "gradio.FileData"}}
        sent = body_of(bob, Pressed("open_plan", [file]))
        assert (bob.post(JOIN, json=sent).status_code, ann.post(JOIN, json=sent).status_code) == (403, 200)
        assert upload(bob, PNG + b"anns", Path(path).name) == path  # who has the same, has it
        assert read(bob, path) == 200


def test_the_sample_is_everybodys_and_nothing_else_that_lies_there(public: Opened):
    with public.visitor() as client:
        sample = next(iter(public.door.files.everybodys))
        assert read(client, sample) == 200
        assert read(client, f"{sample}/../../x") == 404
        ledger = str(public.door.playground.settings.home / "ledger.sqlite3")
        for path in ("/etc/hostname", ledger, "http://x.example/"):
            assert read(client, path) == 404


def test_a_saved_plan_is_for_whose_it_is_and_kept_in_no_file(public: Opened):
    config = config_of(public.client())
    parts = {part["id"]: part["props"] for part in config["components"]}
    save = next(each for each in config["dependencies"] if each["api_name"] == "save_plan")
    data = [parts[each].get("value") for each in save["inputs"]]
    with public.visitor() as ann, public.visitor() as bob:
        said = heard(ann, body_of(ann, Pressed("save_plan", data)))
        path = re.search(r'"(takes/plans/[0-9a-f]{32}\.zip)"', said)[1]
        answers = [client.get(path) for client in (ann, bob)]
        assert [answer.status_code for answer in answers] == [200, 404]
        with zipfile.ZipFile(io.BytesIO(answers[0].content)) as file:
            assert file.testzip() is None
            assert "plan.toml" in file.namelist()
        again = re.search(r'"(takes/plans/[0-9a-f]{32}\.zip)"', heard(ann, body_of(ann, Pressed("save_plan", data))))[1]
        assert [ann.get(each).status_code for each in (path, again)] == [404, 200]  # of one person the last


def test_a_file_that_a_handler_hands_out_is_theirs_to_whom_it_is_handed(public: Opened):
    """Of an image in the data folder the page gets a copy where Gradio may read it, as one of their uploads."""
    cookie = public.cookie()
    plan = replace(PLAN, prompts="[refuse] a boat", image=str(sample.PATH)).written()
    session, _ = public.door.sessions.start(plan, simulated=True, who=Person(id_in(cookie)))
    with public.client(cookie) as ann, public.visitor() as bob:
        filled = heard(ann, body_of(ann, Pressed("use_plan", [], {"session": session.id})))
        path = re.search(r'"path": ?"([^"]+/[0-9a-f]{64}[^"]*)"', filled)[1]
        assert [read(client, path) for client in (ann, bob)] == [200, 404]
        file = {"path": path, "meta": {"_type": "gradio.FileData"}}
        sent = body_of(bob, Pressed("open_plan", [file]))
        assert bob.post(JOIN, json=sent).status_code == 403


def test_uploads_are_counted_as_they_arrive(public: Opened):
    cookie = public.cookie()
    visitor, quota = Person(id_in(cookie)), public.door.quota
    for _ in range(10):
        with socket.create_connection(("127.0.0.1", urlsplit(public.url).port), 10) as link:
            link.sendall(
                f"POST {UPLOAD} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nContent-Length: 50000000\r\n\r\n".encode()
            )
    assert quota.left(visitor) == AN_HOUR
    form = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'
    kind = {"content-type": "multipart/form-data; boundary=x", "transfer-encoding": "chunked"}
    before, refusal = quota.left(visitor), {"detail": uploads.TOO_MANY, "error": uploads.TOO_MANY}
    body = b"%x\r\n%s\r\n" % (len(form), form) + chunk(1_000_000) + b"9\r\n\r\n--x--\r\n\r\n0\r\n\r\n"
    asks = (half_sent(public, UPLOAD, cookie, kind, body) for _ in range(500))  # until those before are gone
    assert next(status for status, words in asks if json.loads(words) != refusal) == 200
    assert 1_000_000 < before - quota.left(visitor) <= 1_000_000 + LEAST + len(form)
    quota.count(visitor, quota.left(visitor) - 100_000)
    status, words = half_sent(public, UPLOAD, cookie, kind, b"%x\r\n%s\r\n" % (len(form), form) + chunk(400_000))
    assert (status, "come back a little later" in words) == (429, True)  # and it is read no further
    status, words = half_sent(public, UPLOAD, cookie, {"content-length": str(uploads.LARGEST * 2)})
    assert (status, "60 MB" in words) == (413, True)
    with public.visitor() as other:
        assert upload(other)


FORM = {"content-type": 'multipart/form-data; boundary="x-y"'}
PART = b'--x-y\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n1\r\n'


def open_files() -> int:
    """How many files of uploads this process holds open."""
    held = 0
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            held += link.readlink().is_relative_to(get_upload_folder())
    return held


def test_an_upload_has_few_files(public: Opened):
    cookie = public.cookie()
    endless = {**FORM, "content-length": "100000"}
    status, words = half_sent(public, UPLOAD, cookie, endless, PART * (uploads.PARTS + 1))
    assert (status, f"{uploads.PARTS} files" in words) == (413, True)
    in_bytes = b"".join(b"1\r\n%c\r\n" % each for each in PART * (uploads.PARTS + 1))
    status, words = half_sent(public, UPLOAD, cookie, FORM | {"transfer-encoding": "chunked"}, in_bytes)
    assert (status, f"{uploads.PARTS} files" in words) == (413, True)
    with public.client(cookie) as client:
        answer = client.post(UPLOAD, headers=FORM, content=PART * uploads.PARTS + b"--x-y--\r\n")
        assert (answer.status_code, len(answer.json())) == (200, uploads.PARTS)
    assert open_files() == 0


@pytest.mark.parametrize("cut", range(1, 10))
def test_parts_are_counted_wherever_they_are_cut(cut: int):
    parts, sent = uploads.FormParts(FORM["content-type"]), PART * 7 + b"--x-y--\r\n"
    for at in range(0, len(sent), cut):
        parts.arrives(sent[at : at + cut])
    assert parts.count == 7


def test_an_upload_that_does_not_end_lets_its_files_go(narrow: Opened):
    sent = PART * uploads.PARTS
    status, words = half_sent(narrow, UPLOAD, narrow.cookie(), {**FORM, "content-length": "100000"}, sent)
    assert (status, json.loads(words)["error"]) == (408, uploads.TOO_SLOW)
    assert open_files() == 0


def test_few_uploads_are_on_their_way_at_once_and_somebody_new_always_has_room_for_one(public: Opened):
    cookies = [public.cookie() for _ in range(2)]
    head = "POST {} HTTP/1.1\r\nHost: x\r\nCookie: {}\r\nContent-Length: 1000\r\n"
    head += "Content-Type: multipart/form-data; boundary=x-y\r\n\r\n"
    limit = public.door.limits.uploads
    with contextlib.ExitStack() as links, public.client(cookies[0]) as client, public.visitor() as other:
        for _ in range(limit.each):
            link = links.enter_context(socket.create_connection(("127.0.0.1", urlsplit(public.url).port), 10))
            link.sendall(head.format(UPLOAD, cookies[0]).encode() + PART)
        asks = (client.post(UPLOAD, files={"files": ("x.png", PNG)}) for _ in range(500))  # until they have arrived
        refused = next(answer for answer in asks if answer.status_code == 429)
        assert refused.json()["error"] == uploads.TOO_MANY
        assert upload(other)


def test_what_is_charged_beyond_the_bytes_is_charged_to_the_visitor_alone(public: Opened):
    cookie, quota = public.cookie(), public.door.quota
    minutes = quota._minutes.values()
    before = sum(minute[""] for minute, _ in minutes)
    with public.client(cookie) as client:
        for sent in (PART * uploads.PARTS + b"--x-y--\r\n", PART):
            assert client.post(UPLOAD, headers=FORM, content=sent).status_code == 200
    assert AN_HOUR - quota.left(Person(id_in(cookie))) >= (uploads.PARTS + 1) * LEAST
    assert sum(minute[""] for minute, _ in minutes) - before == len(PART) * (uploads.PARTS + 1) + len(b"--x-y--\r\n")


def test_what_a_broken_upload_leaves_is_swept_up(tmp_path: Path):
    for name, age in (("tmpabcd1234", 10), ("tmpabcd5678", 1_000), ("mine.png", 10)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (age, age))
    uploads.sweep(tmp_path, before=100)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.png", "tmpabcd5678"]


def test_what_is_remembered_of_files_has_an_end():
    files, people = uploads.Files(), [Person(f"{number:032x}") for number in range(300)]
    for person in people:
        for number in range(uploads.EACH + 5):
            files.grant(f"/{number}", person)
    assert sum(len(each) for each in files._of.values()) == files._count <= uploads.ALL
    assert not files.may_read("/0", people[-1])
    assert files.may_read("/304", people[-1])


# what was typed -------------------------------------------------------------------------------------------------------

SECRET = "sk-typed-5f1c9a77e2"
EVIL = (SECRET, [SECRET], {"path": SECRET}, {"value": SECRET, "x": [SECRET]}, f"{SECRET}\n", [[SECRET, 1], {}])


@pytest.mark.slow
def test_a_forged_or_misplaced_field_is_printed_nowhere(local: Opened, capfd: pytest.CaptureFixture[str], caplog: Any):
    """Whatever field of whatever handler a key is put into, it is not in the log; and the page hears one sentence."""
    with local.client() as client:
        for each in config_of(client)["dependencies"]:
            if not each["backend_fn"] or each["api_name"] in ("start", "start_session"):
                continue
            count = len(each["inputs"])
            events = (None, SECRET, {"job": SECRET, "run": [SECRET], "refs": {SECRET: 1}, "session": SECRET}, [SECRET])
            for evil, event in zip(EVIL, itertools.cycle(events)):
                sent = Pressed(each["api_name"], [evil] * count, event)
                assert "Traceback" not in heard(client, body_of(client, sent), "process_generating")
            heard(client, body_of(client, Pressed(each["api_name"], [SECRET] * (count + 1))))
    printed = "".join(capfd.readouterr()) + caplog.text
    assert "An event of the page failed" in printed
    assert "A field holds what it cannot" in printed
    assert SECRET not in printed


@pytest.mark.anyio
@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "10.0.0.9"])
async def test_no_header_changes_where_a_connection_comes_from(
    peer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in ("FORWARDED_ALLOW_IPS", "GRADIO_SERVER_NAME", "GRADIO_TEMP_DIR"):
        monkeypatch.setenv(name, "127.0.0.1")  # put back when the test is over
    settings.tell_gradio("127.0.0.1", tmp_path)
    came: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        came.append(scope["client"])

    server = uvicorn.Config(app, log_config=None)  # as Gradio makes it
    server.load()
    headers = [(b"x-forwarded-for", b"8.8.8.8"), (b"x-forwarded-proto", b"https")]
    await server.loaded_app({"type": "http", "client": (peer, 5), "headers": headers}, None, None)
    assert came == [(peer, 5)]
