"""What goes wrong on this machine or with its network ends in a clear state, and goes on by itself when it is over."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from comparisons.cli import main
from comparisons.engine.concurrency import Places
from comparisons.engine.retry_policy import CLOCK_SLIP_S
from comparisons.ledger import Ledger, LedgerError
from comparisons.net.sandboxed import KEY, ORIGIN, stall
from comparisons.net.transport import Transport
from comparisons.records import Event, EventKind, Job
from comparisons.settings import Target
from providers import PROVIDERS
from providers.sandbox import World, create_app
from tests.stage import ONE_EACH, Stage, make_stage

pytestmark = pytest.mark.anyio
SLUGS = list(PROVIDERS)


async def meanwhile(stage: Stage, job: Job, steps: list[tuple[float, Callable[[], None]]]) -> Job:
    """Advances a job, while at these seconds after its beginning something happens to the machine."""
    places = Places(1, stage.time.now)

    async def happen() -> None:
        for at, step in steps:
            await stage.time.sleep(at)
            step()

    async def both() -> Job:
        done, _ = await asyncio.gather(stage.engine.advance(job, places), happen())
        return done

    return await stage.time.run(both())


# the ledger -------------------------------------------------------------------------------------------------------


class Lock:
    """A second program that has the ledger to itself for a while."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)

    def take(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def give(self) -> None:
        self._db.execute("COMMIT")


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("when", [0.0, 0.2, 3.0])
async def test_a_ledger_locked_by_another_program_is_waited_for(tmp_path: Path, slug: str, when: float):
    said: list[str] = []
    ledger = Ledger(tmp_path / "ledger.sqlite3", busy_timeout_s=0.01)
    stage = make_stage(tmp_path, ledger=ledger, trouble=said.append)
    (job,) = stage.plan([ONE_EACH[slug]]).jobs
    lock = Lock(tmp_path / "ledger.sqlite3")
    job = await meanwhile(stage, job, [(when, lock.take), (60, lock.give)])
    assert (job.state, job.error) == ("delivered", None)
    assert stage.requests(slug, "submit") == stage.charges() == 1
    assert "cannot be written: database is locked. Jobs wait until it can be." in "".join(said)
    assert said[-1] == ""


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize(("pragma", "words"), [("max_page_count = 1", "is full"), ("query_only = ON", "readonly")])
async def test_a_ledger_that_is_full_or_read_only_is_waited_for_and_no_handle_is_lost(
    tmp_path: Path, slug: str, pragma: str, words: str
):
    """What the disk says when it is full or read-only, said by SQLite itself, right after the submit was accepted."""
    said: list[str] = []
    stage = make_stage(tmp_path, trouble=said.append)
    job, ballast = stage.plan([ONE_EACH[slug]], repeats=2).jobs

    def tune(*pragmas: str) -> None:
        with stage.ledger._file.reading() as db:  # its one connection: nothing else is read or written meanwhile
            for each in pragmas:
                db.execute(f"PRAGMA {each}")

    def harm() -> None:
        tune(pragma)
        with contextlib.suppress(LedgerError):
            while True:
                stage.ledger.record(ballast.id, Event(EventKind.ATTEMPT, 0.0, data={"weight": "x" * 500}))

    stage.world.accept = Watch(stage, harm).accept

    def mend() -> None:
        tune("max_page_count = 1000000", "query_only = OFF")

    job = await meanwhile(stage, job, [(120, mend)])
    assert job.state == "delivered"
    assert stage.requests(slug, "submit") == stage.charges() == 1
    assert words in "".join(said)


class Watch:
    """Does something at the very moment a job is accepted: its handle is on the way."""

    def __init__(self, stage: Stage, then: Callable[[], object]) -> None:
        self._accept = stage.world.accept
        self._then = then

    def accept(self, order: object) -> object:
        job = self._accept(order)
        self._then()
        return job


async def test_nothing_is_sent_while_nothing_can_be_recorded(tmp_path: Path):
    ledger = Ledger(tmp_path / "ledger.sqlite3", busy_timeout_s=0.01)
    stage = make_stage(tmp_path, ledger=ledger)
    (job,) = stage.plan([ONE_EACH["runcomfy"]]).jobs
    lock, sent = Lock(tmp_path / "ledger.sqlite3"), []
    lock.take()
    steps = [(30.0, lambda: sent.append(stage.world.requests())), (0.0, lock.give)]
    job = await meanwhile(stage, job, steps)
    assert sent == [{}]
    assert job.state == "delivered"


# the disk ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", SLUGS)
async def test_a_clip_for_which_there_is_no_room_is_fetched_when_there_is(tmp_path: Path, slug: str):
    stage = make_stage(tmp_path)
    (job,) = stage.plan([ONE_EACH[slug]]).jobs
    part = tmp_path / "clips" / f"{job.id}.part"
    part.symlink_to("/dev/full")  # a device on which every write says that no space is left
    seen: list[str | None] = []

    async def make_room_when_it_is_missed() -> None:
        while not seen or seen[-1] is None:
            await stage.time.sleep(1)
            seen.append(stage.ledger.job(job.id).error)
        part.unlink()

    async def both() -> Job:
        places = Places(1, stage.time.now)
        return (await asyncio.gather(stage.engine.advance(job, places), make_room_when_it_is_missed()))[0]

    ended = await stage.time.run(both())
    assert seen[-1] == (
        "The clip is paid for but cannot be stored here (No space left on device): make room on the disk of the data"
        " folder; it is tried again."
    )
    assert (ended.state, ended.error) == ("delivered", None)
    assert stage.charges() == stage.requests(slug, "submit") == 1


def as_nobody(home: Path, *arguments: str) -> tuple[int, str]:
    """The command line's exit code and words, run by somebody for whom file permissions count."""
    said = home.parent / "said"
    child = os.fork()
    if child == 0:
        os.dup2(os.open(said, os.O_CREAT | os.O_WRONLY), 2)
        sys.stderr = os.fdopen(2, "w", buffering=1)
        os.environ["TAKES_HOME"] = str(home)
        if os.geteuid() == 0:
            os.setresuid(65534, 65534, 65534)
        os._exit(main(arguments))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said.read_text()


@pytest.mark.parametrize("ready", [False, True], ids=["an empty folder", "a folder with a ledger"])
def test_a_data_folder_that_is_read_only_is_one_sentence_and_no_traceback(ready: bool):
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:  # one that everybody may enter
        home = Path(folder) / "home"
        Path(folder).chmod(0o755)
        home.mkdir()
        if ready:
            make_stage(home).ledger.close()
            for name in ("locks", "catalog"):
                (home / name).mkdir()
        home.chmod(0o555)
        code, said = as_nobody(home, "jobs")
        home.chmod(0o755)
    assert code == 2
    assert said.count("\n") == 1
    assert "cannot be written" in said


# the clock --------------------------------------------------------------------------------------------------------


async def test_a_clock_set_back_does_not_make_an_old_idempotency_key_look_fresh(tmp_path: Path):
    stage = make_stage(tmp_path)
    (job,) = stage.plan([ONE_EACH["apiframe"]]).jobs
    key_id = stage.wire.key_id("apiframe")
    stage.ledger.record(job.id, Event("submitting", stage.time.now(), "submitting", "submit", {"key_id": key_id}))
    stage.time.jump(-2 * CLOCK_SLIP_S)
    (job,) = await stage.reborn().advance(stage.ledger.job(job.id))
    assert job.state == "uncertain"
    assert stage.requests("apiframe", "submit") == 0


async def test_a_submit_is_not_repeated_under_another_accounts_key(tmp_path: Path):
    stage = make_stage(tmp_path)
    (job,) = stage.plan([ONE_EACH["apiframe"]]).jobs
    key_id = stage.wire.key_id("apiframe")
    stage.ledger.record(job.id, Event("submitting", stage.time.now(), "submitting", "submit", {"key_id": key_id}))
    other = stage.wire.with_keys(dict.fromkeys(PROVIDERS, "another-account"))
    (job,) = await stage.reborn(wire=other).advance(stage.ledger.job(job.id))
    assert job.state == "uncertain"
    assert stage.requests("apiframe", "submit") == 0


# the network ------------------------------------------------------------------------------------------------------


class Cable(httpx.AsyncBaseTransport):
    """The way to the sandbox, which can be pulled."""

    def __init__(self, world: World) -> None:
        self._inner = httpx.ASGITransport(app=create_app(world, ORIGIN, stall))
        self.plugged = True

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not self.plugged:
            raise httpx.ConnectError("no route to host")
        return await self._inner.handle_async_request(request)

    def pull(self) -> None:
        self.plugged = False

    def plug(self) -> None:
        self.plugged = True


def cabled(home: Path) -> tuple[Stage, Cable]:
    stage = make_stage(home)
    cable = Cable(stage.world)
    targets = {slug: Target(f"{ORIGIN}/{slug}", KEY) for slug in PROVIDERS}
    return stage.reborn(wire=Transport(targets, through=cable)), cable


@pytest.mark.parametrize("when", [0.0, 2.0, 9.0, 14.0])
@pytest.mark.parametrize("slug", SLUGS)
async def test_a_network_that_is_gone_for_a_minute_loses_nothing(tmp_path: Path, slug: str, when: float):
    stage, cable = cabled(tmp_path)
    (job,) = stage.plan([ONE_EACH[slug]]).jobs
    seen: list[str | None] = []
    if when == 0.0:
        cable.pull()
    steps = [
        (when, cable.pull),
        (59.0, lambda: seen.append(stage.ledger.job(job.id).error)),
        (1.0, cable.plug),
    ]
    job = await meanwhile(stage, job, steps)
    assert (job.state, job.error) == ("delivered", None)
    assert stage.requests(slug, "submit") == stage.charges() == 1
    assert seen[0] is None or "could not be reached" in seen[0]
    assert seen[0] or when > 10  # it may have had its clip by then
    if when == 0.0:
        assert job.timings(0).held > 59  # nothing had left: none of it is latency
