"""What the page watches: told as it happens, to its owner only, and gone with its reader."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import PlainTextResponse

from comparisons.playground import Playground
from comparisons.records import Event, Person
from comparisons.ui.door.door import Door
from comparisons.ui.door.doorkeeper import Doorkeeper
from comparisons.ui.streams.streams import Streams
from tests.door import id_in, new_cookie
from tests.patience import PATIENCE_S
from tests.test_playground import FAST, TEXT, make
from tests.ui.sessions.test_sessions_page import FORM

ANN, BOB = "ann", "bob"


@pytest.fixture
def playground(tmp_path: Path) -> Iterator[Playground]:
    made = make(tmp_path, TAKES_PUBLIC="1")
    yield made
    made.close()


@pytest.fixture
def streams(playground: Playground) -> Streams:
    COOKIES.clear()
    return Streams(Door(playground))


COOKIES: dict[str, str] = {}


def cookie_of(streams: Streams, who: str) -> str:
    """The cookie of somebody who has one, else what they bring instead."""
    return COOKIES.setdefault(who, new_cookie(streams._door)) if who in (ANN, BOB) else who


@dataclass
class Reader:
    """One open stream, as a server hands it on."""

    status: int = 0
    heard: bytes = b""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    block: asyncio.Event | None = None

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        self.heard += message["body"]
        if not message.get("more_body", False):
            self.over.set()
        self.news.set()
        if self.block is not None:
            await self.block.wait()

    @property
    def values(self) -> list[dict[str, Any]]:
        return [json.loads(line[6:]) for line in self.heard.decode().splitlines() if line.startswith("data: {")]

    async def until(self, so: Callable[[Reader], object]) -> None:
        while not so(self):
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), PATIENCE_S)


@asynccontextmanager
async def reading(streams: Streams, path: str, cookie: str = ANN, query: str = "") -> AsyncIterator[Reader]:
    reader = Reader()
    scope = {
        "type": "http", "method": "GET", "path": f"/takes/watch/{path}", "raw_path": b"", "root_path": "",
        "scheme": "http", "query_string": query.encode(),
        "headers": [(b"host", b"localhost"), (b"cookie", cookie_of(streams, cookie).encode())],
    }  # fmt: skip
    keeper = Doorkeeper(PlainTextResponse("the page"), streams._door, streams.routes())
    serving = asyncio.ensure_future(keeper(scope, reader.receive, reader.send))
    await reader.until(lambda it: it.status)
    try:
        yield reader
    finally:
        reader.gone.set()
        await asyncio.wait_for(serving, PATIENCE_S)


def ann(streams: Streams) -> Person:
    return Person(id_in(cookie_of(streams, ANN)))


# a run ----------------------------------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_all_who_watch_a_run_are_told_the_same_to_its_end_and_then_nobody_is_left(
    playground: Playground, streams: Streams
):
    run = playground.start(TEXT, FAST, simulated=True, who=ann(streams))
    async with reading(streams, f"runs/{run.id}") as one, reading(streams, f"runs/{run.id}") as two:
        assert (streams.open, len(streams.runs)) == (2, 1)
        await one.until(lambda it: it.over.is_set())
        await two.until(lambda it: it.over.is_set())
        assert one.heard.endswith(two.heard)  # which may have come a moment later
        assert one.heard.endswith(b"event: end\ndata: over\n\n")
        shown = [[cell["state"] for cell in value["cells"]] for value in one.values]
        assert shown[0] != shown[-1] == ["delivered"] * 2
        assert [value["done"] for value in one.values] == [False] * (len(shown) - 1) + [True]
        assert (one.values[-1]["watch_url"], one.values[-1]["export_url"]) == (None, f"takes/exports/{run.id}.zip")
    assert (streams.open, len(streams.runs)) == (0, 0)


@pytest.mark.anyio
async def test_a_run_that_nobody_works_on_is_told_once_and_what_another_process_does_with_it_as_it_does(
    tmp_path: Path, streams: Streams, playground: Playground
):
    left = make(tmp_path / "other")
    run = left.start(TEXT, FAST, simulated=True)
    left.close()
    playground.ledger.add_run(left.ledger.run(run.id))
    mine = Streams(Door(make(tmp_path, TAKES_PUBLIC="")))
    async with reading(mine, f"runs/{run.id}", "") as reader:
        await reader.until(lambda it: it.values)
        assert (reader.values[0]["can_go_on"], reader.over.is_set()) == (True, False)
        for job in run.jobs:
            playground.ledger.record(job.id, Event("canceled", 2e9, "canceled"))
        await reader.until(lambda it: it.over.is_set())
        assert [cell["state"] for cell in reader.values[-1]["cells"]] == ["canceled"] * 2


@pytest.mark.anyio
async def test_a_slow_reader_is_told_the_latest_state_alone(playground: Playground, streams: Streams):
    run = playground.start(TEXT, FAST, simulated=True, who=ann(streams))
    async with reading(streams, f"runs/{run.id}") as slow, reading(streams, f"runs/{run.id}") as quick:
        before, slow.block = len(slow.values), asyncio.Event()
        await quick.until(lambda it: it.over.is_set())
        slow.block.set()
        await slow.until(lambda it: it.over.is_set())
        assert len(slow.values) <= before + 2  # the one that it was slow to take, and the last
        assert slow.values[-1] == quick.values[-1]


@pytest.mark.anyio
async def test_a_stream_belongs_to_its_visitor(playground: Playground, streams: Streams):
    run = playground.start(TEXT, FAST, simulated=True, who=ann(streams))
    for path, cookie, query, status in (
        (f"runs/{run.id}", BOB, "", 404),
        (f"runs/{run.id}", "", "", 403),
        (f"runs/{run.id}", "made-up", "", 403),
        ("runs/r_nowhere", ANN, "", 404),
        ("sessions", ANN, "chosen=s_nowhere", 404),
        ("sessions", "", "", 403),
    ):
        async with reading(streams, path, cookie, query) as reader:
            await reader.until(lambda it: it.over.is_set())
            assert (reader.status, run.id.encode() in reader.heard, streams.open) == (status, False, 0), path


@pytest.mark.anyio
async def test_one_visitor_holds_only_so_many_streams_and_none_of_anybody_elses(streams: Streams):
    async with AsyncExitStack() as opened:
        for _ in range(streams._door.limits.watching.each):
            await opened.enter_async_context(reading(streams, "sessions"))
        async with reading(streams, "sessions") as refused:
            await refused.until(lambda it: it.over.is_set())
            assert (refused.status, b"close one, then" in refused.heard) == (429, True)
        async with reading(streams, "sessions", BOB) as another:
            await another.until(lambda it: it.values)
    assert streams.open == 0


# sessions -------------------------------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_of_a_session_is_told_what_has_changed(playground: Playground, streams: Streams):
    door, who = streams._door, ann(streams)
    async with reading(streams, "sessions") as listing:
        await listing.until(lambda it: it.values)
        assert "No sessions yet" in listing.values[0]["rows"]
        session, _ = door.sessions.start(FORM.written(), simulated=True, who=who)
        await listing.until(lambda it: session.id in it.values[-1].get("rows", ""))
    async with reading(streams, "sessions", query=f"chosen={session.id}") as reader:
        await reader.until(lambda it: any(not each.get("can_stop", True) for each in it.values))
        first, *later = reader.values
        assert {"rows", "head", "told", "figures", "runs", "can_stop", "can_go_on", "hold"} == set(first)
        assert not any("runs" in each for each in later)
    async with reading(streams, "sessions", BOB, f"chosen={session.id}") as bobs:
        await bobs.until(lambda it: it.over.is_set())
        assert bobs.status == 404
    door.sessions.close()
