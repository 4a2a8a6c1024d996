"""Keys and signed URLs stay where they belong.

Distinctive keys are planted, everything is driven with them, and whatever was shown, logged, answered or written is
searched for them in every spelling: success, each fault, refusals, a kill, a defect's traceback, the page and its API.
Takes runs in real processes; what it talks to is the sandbox on loopback, served by this process.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import html
import itertools
import json
import logging
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import traceback
import urllib.parse
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
import uvicorn

import comparisons.__main__
from comparisons import settings
from comparisons.engine.exchange import exchange
from comparisons.ledger import Ledger
from comparisons.net.transport import Transport
from comparisons.records import Job, Person
from comparisons.settings import Target
from providers import PROVIDERS, VENDORS, Handle, InvalidRequest, TakesError
from providers.sandbox import FaultPlan, Tempo, World, create_app
from providers.sandbox._faults import KINDS
from tests.browser import ROOT, Served, clean_env, free_port, wait_up
from tests.cli.test_cli import IMAGE, PROMPT, TEXT_EACH, chosen
from tests.door import config_of
from tests.patience import START_S
from tests.plain_http import LOOPBACK
from tests.processes import Child
from tests.stage import ONE_EACH, make_stage, tiny_clip

CORE = "q7Zk3vX9wL2mT5bR"
"""What every planted key ends in; no encoding of text changes it, but base64."""
ODD = '"/+<&=%\\'
"""What JSON, URLs and HTML spell in ways of their own."""
KEYS = {provider.key_env: f"planted{ODD}-{slug}-{CORE}" for slug, provider in PROVIDERS.items()}
REFUSED = dict(zip(KEYS, itertools.cycle((f"bad{ODD}{CORE}", f"broke{ODD}{CORE}")), strict=False))
TYPED = f"typed{ODD}{CORE}"
IMAGES = ("apiframe:hailuo-2.3-fast", "runninghub:minimax/hailuo-2.3-fast/image-to-video")
"""One variant of each provider that hosts a person's image."""
BUDGETED = {"TAKES_BUDGET": "90", "TAKES_USD_PER_CNY": "0.1405@2026-11-21", "TAKES_USD_PER_CREDIT": "0.01@2026-11-21"}
LIVE = ["compare", "--live", "--allow-unpriced", "--prompt", PROMPT]
AROUND = 60


def in_base64(secret: bytes) -> set[bytes]:
    """What is in the base64 of every text that holds the secret, wherever in it."""
    found = set()
    for shift in range(3):
        inner = slice(-(-shift * 8 // 6), (shift + len(secret)) * 8 // 6)
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            found.add(encode(bytes(shift) + secret)[inner])
    return found


NEEDLES = (CORE.encode(), CORE.encode().hex().encode(), *in_base64(CORE.encode()))


def leaks(where: bytes) -> list[str]:
    """What stands around each planted key in there, however it is spelled."""
    places = [at for needle in NEEDLES if (at := where.find(needle)) >= 0]
    return [where[max(0, at - AROUND) : at + AROUND].decode("utf-8", "replace") for at in places]


T = TypeVar("T")


def ledger(path: Path, ask: Callable[[Ledger], T]) -> T:
    """What a ledger says. It is closed again: SQLite's file may be read as bytes only while nobody here has it open,
    since closing the plain file would let go of the locks of all."""
    with contextlib.closing(Ledger(path)) as opened:
        return ask(opened)


def everything_in(folder: Path) -> dict[str, bytes]:
    """Every file below a folder; of a ledger also its rows, as a long text of it may lie in pieces."""
    found = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for path in folder.rglob("*.sqlite3"):
        with contextlib.closing(sqlite3.connect(path)) as db:
            found[f"rows of {path}"] = "\n".join(db.iterdump()).encode()
    return found


def leaky(found: Mapping[str, bytes]) -> dict[str, list[str]]:
    return {name: leaks(each) for name, each in found.items() if leaks(each)}


# the other end ----------------------------------------------------------------------------------------------


@dataclass
class Gateways:
    """The sandbox on loopback, in a thread of this process; one tiny clip serves every job."""

    world: World
    origin: str

    @property
    def env(self) -> dict[str, str]:
        return {provider.base_url_env: f"{self.origin}/{slug}" for slug, provider in PROVIDERS.items()} | KEYS

    def signatures(self) -> set[bytes]:
        """The credentials in all clip URLs handed out."""
        versions = [replace(job, url_version=n + 1) for job in self.world.jobs() for n in range(job.url_version)]
        return {job.signature().encode() for job in versions}


@contextlib.contextmanager
def gateways(faults: str = "") -> Iterator[Gateways]:
    world = World(tempo=Tempo(speed=40), faults=FaultPlan.parse(faults), renderer=lambda spec, folder: tiny_clip())
    listening = socket.create_server(("127.0.0.1", 0))
    origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
    app = create_app(world, origin, stall=lambda: asyncio.sleep(3600))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        yield Gateways(world, origin)
    finally:
        server.should_exit = server.force_exit = True
        thread.join()
        world.close()


# Takes ------------------------------------------------------------------------------------------------------


def settings_of(home: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(home), "TAKES_HOME": str(home), "TAKES_SANDBOX_SPEED": "40"}


def loudness(root: Path) -> dict[str, str]:
    """The variables by which every library logs all it has to say, and asyncio runs in its own debug mode."""
    folder = root / "loud"
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text("import logging\nlogging.basicConfig(level=logging.DEBUG)\n")
    return {"PYTHONPATH": f"{folder}:{ROOT}", "PYTHONASYNCIODEBUG": "1"}


@dataclass(frozen=True)
class Takes:
    """A data folder, and the processes that work on it. What they say lies in files beside it."""

    home: Path
    env: Mapping[str, str]

    def begin(self, *words: str, **more: str) -> Child:
        self.home.mkdir(exist_ok=True)
        env = settings_of(self.home) | self.env | more
        return Child(comparisons.__main__.main, words, env, self.home.parent, self._output())

    def _output(self) -> Path:
        return self.home.with_name(f"{self.home.name}-{uuid.uuid4().hex[:8]}.txt")

    def run(self, *words: str, code: int = 0, **more: str) -> str:
        child = self.begin(*words, **more)
        try:
            assert child.over(START_S), child.said()
        finally:
            child.kill()
        assert child.code == code, child.said()
        return child.said()

    def run_loudly(self, *words: str, code: int) -> str:
        """As ``run``, in a process of its own from the start, with everything logged."""
        output = self._output()
        with output.open("wb") as file:
            env = settings_of(self.home) | self.env | loudness(self.home.parent)
            command = [sys.executable, "-m", "comparisons", *words]
            done = subprocess.run(
                command, cwd=self.home, env=env, stdout=file, stderr=file, timeout=START_S, check=False
            )
        assert done.returncode == code, output.read_text()
        return output.read_text()

    def jobs(self) -> list[Job]:
        path = self.home / "ledger.sqlite3"
        return ledger(path, Ledger.jobs) if path.exists() else []

    def spoil(self, kind: str, data: str) -> None:
        """Overwrites what the ledger says of an event of the first job."""
        with contextlib.closing(sqlite3.connect(self.home / "ledger.sqlite3")) as db, db:
            db.execute("UPDATE events SET data = ? WHERE kind = ? AND job = ?", (data, kind, self.jobs()[0].id))


# what is driven ---------------------------------------------------------------------------------------------

FAULTS = """
rate_limited      runninghub submit   retry_after = 0.2
rate_limited_code runninghub submit
unknown_status    runninghub poll
truncated_clip    runninghub download
malformed_json    apiframe   submit
expired_url       apiframe   download
server_error      odirouter  poll
other_form        odirouter  submit
html_clip         odirouter  download
content_refused   runcomfy   submit
"""
AT_THE_KILL = """
drop_after_accept runcomfy   submit
stuck             apiframe   submit   seconds = 4
"""


def plan(lines: str) -> str:
    """A fault plan from lines of ``kind provider operation``, and one more field as TOML."""
    tables = []
    for line in lines.strip().splitlines():
        kind, slug, operation, *more = line.split(maxsplit=3)
        tables += ["[[fault]]", f'kind = "{kind}"', f'provider = "{slug}"', f'operation = "{operation}"', *more]
    return "\n".join(tables)


@dataclass(frozen=True)
class Driven:
    """All that was shown and written lies under ``root``; ``signatures`` are those of the clip URLs handed out."""

    root: Path
    signatures: set[bytes]

    def files(self, pattern: str) -> dict[str, bytes]:
        paths = [path for path in self.root.glob(pattern) if path.is_file()]
        return {path.name: path.read_bytes() for path in paths}


def drive_success(root: Path) -> set[bytes]:
    with gateways() as there:
        takes = Takes(root / "delivered", there.env)
        takes.run(*LIVE, *chosen(*IMAGES), "--image", IMAGE, "--json")
        for words in (["jobs", "--json"], ["providers", "--json"], ["reconcile", "--json"], ["resume"]):
            takes.run(*words)
        takes.run("quote", "--live", "--prompt", PROMPT, "--json")
        takes.run("cancel", takes.jobs()[0].id, code=1)
        takes.run("providers", TAKES_BUDGET="lots", code=2)
        said = Takes(root / "refused", there.env | REFUSED).run(*LIVE, *chosen(*TEXT_EACH), "--json", code=1)
        assert said.count('"rejected"') == len(TEXT_EACH)  # so the keys did travel
        return there.signatures()


def drive_faults(root: Path) -> set[bytes]:
    with gateways(plan(FAULTS)) as there:
        takes = Takes(root / "faults", there.env)
        takes.run(*LIVE, *chosen(*TEXT_EACH), code=1)
        assert there.world.faults.left() == ()
        assert [job.state for job in takes.jobs()] == ["delivered", "delivered", "failed", "delivered"]
        return there.signatures()


def drive_kill(root: Path) -> set[bytes]:
    """Killed with one submit in the air, then gone on with from a ledger in which one job has lost its handle."""
    with gateways(plan(AT_THE_KILL)) as there:
        takes = Takes(root / "killed", there.env)
        child = takes.begin(*LIVE, *chosen(*TEXT_EACH))
        child.until(lambda: len(there.world.jobs()) == 4)
        child.until(lambda: [job.plan.provider for job in takes.jobs() if job.handle is None] == ["runcomfy"])
        child.kill()
        # With what is only in the ledger's log so far; its index of the log is a living process's business.
        shutil.copytree(takes.home, root / "at the kill", ignore=shutil.ignore_patterns("*-shm"))
        takes.spoil("queued", "{}")
        takes.run_loudly("resume", code=1)
        assert [job.state for job in takes.jobs()] == ["queued", "delivered", "uncertain", "delivered"]
        takes.run("reconcile", "--json", code=1)
        takes.run("reconcile", takes.jobs()[2].id, "--not-charged")
        takes.spoil("planned", "{")
        takes.run("jobs", "--json", code=1)
        return there.signatures()


@pytest.fixture(scope="module")
def opening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Gateways]]:
    """The page, with keys of the host's own, on its way up; and where its live runs go."""
    home, port = tmp_path_factory.mktemp("paged"), free_port()
    with gateways() as there, (home / "log").open("wb") as log:
        env = clean_env(home, port, 1) | there.env | BUDGETED | loudness(home)
        process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=env, stdout=log, stderr=log)
        try:
            yield Served(f"http://127.0.0.1:{port}/", home, process), there
        finally:
            process.kill()
            process.wait(20)


@pytest.fixture(scope="module")
def driven(tmp_path_factory: pytest.TempPathFactory, opening: tuple[Served, Gateways]) -> Driven:
    """What the command line does, most of which is waiting, while the page opens."""
    root = tmp_path_factory.mktemp("driven")
    with ThreadPoolExecutor() as lanes:
        runs = [lanes.submit(drive, root) for drive in (drive_success, drive_faults, drive_kill)]
        return Driven(root, set().union(*(run.result() for run in runs)))


def test_the_search_finds_a_key_however_it_is_spelled():
    key = KEYS["RH_API_KEY"]
    spelled = [key, repr(key), json.dumps(key), html.escape(key), urllib.parse.quote(key, safe=""), f"Bearer {key}"]
    coded = [base64.b64encode(f"{before}{key}{after}".encode()) for before in ("", "a", "ab") for after in ("", "?>~")]
    for each in [*(text.encode() for text in spelled), *coded, key.encode().hex().encode()]:
        assert leaks(b"before " + each + b" after")
    assert not leaks(b"before planted after")


@pytest.mark.slow
def test_no_command_shows_a_key(driven: Driven):
    said = driven.files("*.txt")
    assert len(said) >= 13
    assert leaky(said) == {}


def test_no_key_is_in_a_log_at_debug_level_or_in_a_traceback(driven: Driven):
    said = b"".join(driven.files("*.txt").values())
    assert b"DEBUG:asyncio:" in said
    assert b"stopped by a defect" in said
    assert b"json.decoder.JSONDecodeError" in said
    assert leaks(said) == []


def test_no_key_is_written_to_the_data_folder(driven: Driven):
    written = everything_in(driven.root)
    assert {Path(name).name for name in written} >= {"ledger.sqlite3"}
    assert leaky(written) == {}


def test_every_kind_of_fault_was_driven():
    assert {line.split()[0] for line in f"{FAULTS}{AT_THE_KILL}".splitlines() if line} == set(KINDS)


def test_no_signed_clip_url_is_shown_or_written(driven: Driven):
    assert len(driven.signatures) >= 8
    for name, each in everything_in(driven.root).items():
        assert not [sign for sign in driven.signatures if sign in each], name
        assert b"sign=" not in each, name


def test_the_url_of_an_uploaded_image_is_written_only_where_a_repeat_must_name_it(driven: Driven):
    for job in ledger(driven.root / "delivered" / "ledger.sqlite3", Ledger.jobs):
        urls = [event.kind for event in job.events if "://" in json.dumps(event.data)]
        keyed = PROVIDERS[job.plan.provider].idempotency_s is not None
        assert urls == (["uploaded"] if keyed else []), job.plan.provider


# providers that repeat what they were sent ------------------------------------------------------------------

REPEATED = f"planted{ODD}-{CORE}"
FIELDS = ("error", "message", "msg", "title", "detail", "errorMessage", "error_message", "status", "code", "errorCode")
"""Where one provider or another says what is wrong."""
HOSTING = ONE_EACH | {
    "runninghub": IMAGES[1],
    "apiframe": IMAGES[0],
    "replicate": "replicate:minimax/hailuo-2.3-fast",
    "wavespeed": "wavespeed:minimax/hailuo-2.3/fast",
}
OPERATIONS = {
    "runninghub": ("upload", "submit", "poll"),
    "runcomfy": ("submit", "poll", "result"),
    "odirouter": ("submit", "poll", "result"),
    "apiframe": ("upload", "submit", "poll"),
    "openrouter": ("submit", "poll"),
    "replicate": ("upload", "submit", "poll"),
    "wavespeed": ("upload", "submit", "result"),
}
Answer = Callable[[httpx.Request, httpx.Response], httpx.Response]


def spellings(text: str) -> list[str]:
    """A text within JSON, as several languages write that, and as a URL or a page has it within JSON."""
    written = json.dumps(text)[1:-1]
    points = "".join(f"\\u{ord(char):04x}" for char in text)
    others = [html.escape(text), urllib.parse.quote(text, safe=""), re.sub("%..", _lower, urllib.parse.quote(text))]
    return [written, written.replace("/", "\\/"), points, *(json.dumps(each)[1:-1] for each in others)]


def _lower(found: re.Match[str]) -> str:
    return found[0].lower()


def operation_of(request: httpx.Request) -> str:
    path = request.url.path
    if "/cdn/" in path:
        return "download"
    if "/upload" in path or path.endswith("/files"):
        return "upload"
    if path.endswith(("/result", "/response")):
        return "result"
    return "submit" if request.method == "POST" and not path.endswith("/query") else "poll"


@dataclass
class Between(httpx.AsyncBaseTransport):
    """The sandbox in this process, but what one operation answers is changed on the way, so many times."""

    inner: httpx.AsyncBaseTransport
    operation: str
    change: Answer
    times: int
    changed: int = 0
    fetched: list[str] = field(default_factory=list)
    """The requests for clips, as they left us."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if operation_of(request) == "download":
            self.fetched.append(f"{request.url} {request.headers.raw}")
        reply = await self.inner.handle_async_request(request)
        if operation_of(request) != self.operation or self.changed >= self.times:
            return reply
        self.changed += 1
        await reply.aread()
        return self.change(request, reply)


def parrot(slug: str, status: int) -> Answer:
    """Says what key it was sent, in every spelling and wherever it may say something."""

    def answer(request: httpx.Request, _: httpx.Response) -> httpx.Response:
        sent = request.headers[PROVIDERS[slug].auth_header]
        said = ", ".join(f'"{name}": "{" or ".join(spellings(sent))}"' for name in FIELDS)
        return httpx.Response(status, content=f"{{{said}}}", headers={"x-request-id": sent})

    return answer


MINUTES_S = 300.0
"""How long a clip that does not come is waited for here: the tries of a week are alike."""


async def told(home: Path, slug: str, operation: str, change: Answer, times: int = 2) -> tuple[Job, Between]:
    """A job of a provider whose answers to one operation are changed, as far as it goes, and what was between."""
    stage = make_stage(home)
    app = create_app(stage.world, "http://sandbox", stall=lambda: asyncio.sleep(3600))
    between = Between(httpx.ASGITransport(app=app), operation, change, times)
    targets = {each: Target(f"http://sandbox/{each}", REPEATED) for each in PROVIDERS}
    wire = Transport(targets, between)
    again = make_stage(home, world=stage.world, time=stage.time, wire=wire, clip_patience_s=MINUTES_S)
    job = await again.one(HOSTING[slug])
    await wire.aclose()
    assert between.changed
    return job, between


def said_of(job: Job) -> str:
    return json.dumps([[event.kind, dict(event.data)] for event in job.events], default=str)


@pytest.mark.anyio
@pytest.mark.parametrize("status", [200, 401])
@pytest.mark.parametrize(("slug", "operation"), [(slug, each) for slug in OPERATIONS for each in OPERATIONS[slug]])
async def test_a_key_that_its_provider_repeats_is_blanked_however_it_is_spelled(
    slug: str, operation: str, status: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    job, _ = await told(tmp_path, slug, operation, parrot(slug, status))
    said = said_of(job)
    assert "(key)" in said or status == 200
    assert leaky(everything_in(tmp_path) | {"job": said.encode(), "log": caplog.text.encode()}) == {}


def with_key_in_url(_: httpx.Request, reply: httpx.Response) -> httpx.Response:
    body = reply.content.replace(b"?sign=", f"?key={urllib.parse.quote(REPEATED, safe='')}&sign=".encode())
    return httpx.Response(reply.status_code, content=body)


def elsewhere(where: str) -> Answer:
    """Leads a clip's request on, with the key in the URL."""
    location = f"{where}?key={urllib.parse.quote(REPEATED, safe='')}"
    return lambda request, reply: httpx.Response(302, headers={"location": location})


@pytest.mark.anyio
async def test_a_key_in_a_clips_url_is_neither_written_nor_sent_to_the_clips_host(tmp_path: Path):
    job, between = await told(tmp_path, "apiframe", "poll", with_key_in_url, times=99)
    assert job.state == "delivered"
    assert "key=" in between.fetched[0]
    assert leaks(between.fetched[0].encode()) == []
    assert leaky(everything_in(tmp_path) | {"job": said_of(job).encode()}) == {}


@pytest.mark.anyio
@pytest.mark.parametrize("where", ["/apiframe/cdn/clips/none.mp4", "http://elsewhere.example/a", "https:///", "//[/"])
async def test_a_key_in_a_redirect_is_not_written(where: str, tmp_path: Path, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    job, between = await told(tmp_path, "apiframe", "download", elsewhere(where), times=9999)
    assert between.changed > 5
    assert job.state == "succeeded"
    assert job.error
    assert leaky(everything_in(tmp_path) | {"job": said_of(job).encode(), "log": caplog.text.encode()}) == {}


@pytest.mark.anyio
@pytest.mark.parametrize(
    "url",
    ["https://cdn.example/a?sign=", "HTTPS:\\/\\/cdn.example\\/a?sign=", "https%3a%2F%2Fcdn.example%2Fa%3Fsign%3D"],
)
async def test_a_signed_url_in_a_providers_words_is_not_written(url: str, tmp_path: Path):
    def refuse(_: httpx.Request, reply: httpx.Response) -> httpx.Response:
        return httpx.Response(500, content=f"Cannot fetch {url}{CORE} now")

    job, _ = await told(tmp_path, "apiframe", "submit", refuse)
    assert "Cannot fetch (a URL) now" in said_of(job)
    assert leaky(everything_in(tmp_path) | {"job": said_of(job).encode()}) == {}


# tracebacks, with all that a debugger would print -----------------------------------------------------------


def cut_short(listening: socket.socket, answer: bytes) -> None:
    """Takes one request and answers with what is no whole reply."""
    connection, _ = listening.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(answer)


def traceback_of(error: BaseException) -> str:
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


async def failing(answer: bytes | None) -> str:
    """The traceback, with every local variable, of a question to a server that answers so; None: there is no server."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
        if answer is None:
            listening.close()
        else:
            threading.Thread(target=cut_short, args=(listening, answer)).start()
        wire = Transport({slug: Target(origin, REPEATED) for slug in PROVIDERS})
        with pytest.raises(TakesError) as raised:
            await exchange(wire, "apiframe", PROVIDERS["apiframe"].poll(Handle("7d1f", "x")), lambda reply: reply)
        await wire.aclose()
    return traceback_of(raised.value)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "answer",
    [None, b"", b"\0\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{", b"HTTP/1.1 401 No\r\n\r\n"],
)
async def test_no_traceback_of_a_question_shows_a_key_even_with_its_local_variables(answer: bytes | None):
    shown = await failing(answer)
    assert "in exchange" in shown
    assert leaks(shown.encode()) == []


def test_what_holds_keys_does_not_show_them_when_printed():
    values = settings.read({**KEYS, "TAKES_HOME": "home"}, Path("none.env"))
    person = Person("someone", values.keys)
    assert len(person.keys) == len(KEYS)
    assert leaks(repr([values, values.targets, person, vars(Transport(values.targets))]).encode()) == []


@pytest.mark.parametrize("bad", ["\n", "é", "\0"])
def test_a_key_that_cannot_be_sent_is_named_by_its_field_alone(bad: str):
    with pytest.raises(InvalidRequest, match="RH_API_KEY") as refused:
        settings.read({"RH_API_KEY": f"{TYPED}{bad}{CORE}"}, Path("none.env"))
    assert leaks(str(refused.value).encode()) == []


# the page ---------------------------------------------------------------------------------------------------

BAD_KEYS, NO_KEY = (f"bad{TYPED}", f"broke{TYPED}"), f"{TYPED}\n."
"""Keys that providers refuse, and what cannot be sent as one."""
CHOSEN = {"chosen": list(TEXT_EACH), "turn": 1}
FORM = {"mode": "Live", "image": None, "allow-unpriced": True, "picker": CHOSEN}
FORM |= {f"key-{slug}": TYPED for slug in VENDORS}


@dataclass
class Caller:
    """Talks to the page's own interface as a browser does, and keeps all that is answered."""

    http: httpx.Client
    heard: dict[str, bytes] = field(default_factory=dict)
    session: str = "secrets"
    config: dict[str, Any] = field(default_factory=dict)

    def get(self, path: str) -> Any:
        reply = self.http.get(path)
        self.heard[f"{len(self.heard)} GET {path}"] = reply.content + str(reply.headers).encode()
        return reply

    def press(self, elem_id: str, event: str, said: Any = None, leave_out: int = 0, **fields: Any) -> bytes:
        """Triggers an event of a component with the page's fields as they open, but for these; waits for its end."""
        config = self.config = self.config or config_of(self.http)
        parts = {part["id"]: part["props"] for part in config["components"]}
        handlers = (each for each in config["dependencies"] if each["backend_fn"])
        todo = next(each for each in handlers if _is_of(each, parts, elem_id, event))
        data = [_value(parts[each], fields) for each in todo["inputs"]]
        body = {"data": data[: len(data) - leave_out], "fn_index": todo["id"], "event_data": said}
        joined = self.http.post("/gradio_api/queue/join", json=body | {"session_hash": self.session})
        assert joined.status_code == 200, joined.text
        stream = self.http.get("/gradio_api/queue/data", params={"session_hash": self.session})
        self.heard[f"{len(self.heard)} {elem_id}"] = joined.content + stream.content
        return stream.content


def _is_of(dependency: Mapping[str, Any], parts: Mapping[int, Mapping[str, Any]], elem_id: str, event: str) -> bool:
    """Whether it is what an event of a component, or of a tab, sets off."""
    sources = [parts[source] for source, name in dependency["targets"] if name == event and source in parts]
    return any(elem_id in (each.get("elem_id"), each.get("id")) for each in sources)


def _value(props: Mapping[str, Any], fields: Mapping[str, Any]) -> Any:
    return fields.get(props.get("elem_id", ""), props.get("value"))


def run_to_its_end(app: Served, caller: Caller, **fields: Any) -> set[str]:
    """Presses Run, again while prices are asked for, and waits; the states in which the new run's jobs end."""
    path, said = app.home / "takes" / "ledger.sqlite3", b"Press Run again"
    while b"Press Run again" in said:
        said = caller.press("run", "click", **fields)
    run = re.search(rb"r_[0-9a-f]{32}", said)
    assert run, said[-1500:]
    until = time.monotonic() + 60
    while time.monotonic() < until:
        jobs = ledger(path, lambda each: each.run(run[0].decode()).jobs)
        if all(job.done for job in jobs):
            return {job.state for job in jobs}
        caller.http.get("/theme.css")
    raise AssertionError("the run came to no end")


def drive_page(app: Served) -> Caller:
    """A live run under typed keys, one under refused ones, a look at the history, and a form of an older page."""
    with httpx.Client(base_url=app.url, timeout=60, **LOOPBACK) as http:
        caller = Caller(http)
        for path in ("/", "/theme.css"):
            caller.get(path)
        caller.press("picker", "pick", **FORM)
        assert run_to_its_end(app, caller, **FORM) == {"delivered"}
        for bad in BAD_KEYS:
            assert run_to_its_end(app, caller, **FORM | {f"key-{slug}": bad for slug in VENDORS}) == {"rejected"}
        assert b"no key has" in caller.press("run", "click", **FORM | {f"key-{slug}": NO_KEY for slug in VENDORS})
        caller.press("run", "click", leave_out=1, **FORM)
        caller.press("history", "select")
        latest = ledger(app.home / "takes" / "ledger.sqlite3", lambda each: each.runs(1)[0].id)
        caller.get(f"/?run={latest}")
        return caller


@dataclass(frozen=True)
class Paged:
    """What the page answered, its log, and all it wrote."""

    answers: Mapping[str, bytes]
    home: Path
    signatures: set[bytes]

    @property
    def log(self) -> bytes:
        return (self.home / "log").read_bytes()


@pytest.fixture(scope="module")
def paged(opening: tuple[Served, Gateways], driven: Driven) -> Paged:
    app, there = opening
    answers = drive_page(wait_up(app)).heard
    app.process.terminate()
    app.process.wait(20)
    return Paged(answers, app.home, there.signatures())


def test_no_answer_of_the_page_holds_a_key(paged: Paged):
    assert leaky(paged.answers) == {}


def test_the_pages_log_holds_no_key(paged: Paged):
    assert b"DEBUG:" in paged.log
    assert leaks(paged.log) == []


def test_the_page_writes_no_key_to_any_file(paged: Paged):
    written = {name: each for name, each in everything_in(paged.home).items() if not name.endswith("/log")}
    assert any(name.endswith("ledger.sqlite3") for name in written)
    assert leaky(written) == {}


def test_the_page_shows_and_keeps_no_signed_clip_url(paged: Paged):
    assert len(paged.signatures) >= 4
    for name, each in (everything_in(paged.home) | paged.answers).items():
        assert not [sign for sign in paged.signatures if sign in each], name
