"""What is stored has an end: deleted everywhere, kept once, for its owner alone, within quotas and for some days."""

from __future__ import annotations

import base64
import io
import os
import random
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PIL import Image

from comparisons import settings
from comparisons.clock import Clock
from comparisons.exports import run_folder, zips
from comparisons.judging.ballots import Ballots
from comparisons.media import images
from comparisons.playground import Playground
from comparisons.records import HOST, Person, Run
from comparisons.runs.compare import Choice
from comparisons.runs.visitors import TooMuch
from comparisons.sessions import Written, plan_toml
from comparisons.sessions.service import Sessions
from providers import Request
from providers.sandbox import FaultPlan, Tempo, World
from providers.sandbox._clips import ClipSpec, clip_name, render
from providers.sandbox._files import make_folder
from tests.patience import START_S
from tests.stage import ONE_EACH, scratch

ROOT = Path(__file__).parents[2]
BOTH = Choice(refs=(ONE_EACH["apiframe"], ONE_EACH["odirouter"]))  # one takes uploads, the other data URIs
ONE = Choice(refs=(ONE_EACH["runcomfy"],))
SECRET = "A boat called xq7fz0w2 drifts away"


def rendered(spec: ClipSpec, folder: Path) -> Path:
    """A clip that is quick to make, where and as open to others as the real ones are."""
    make_folder(folder)
    small = ClipSpec(spec.provider, "", None, None, 96, 54, 1)
    return Path(shutil.copy(render(small, scratch() / "small-clips"), folder / clip_name(spec)))


def make(home: Path, faults: str = "", clock: Clock | None = None, **env: str) -> Playground:
    """A playground whose sandbox keeps all it has where the built-in one does."""
    found = settings.read({"TAKES_HOME": str(home), "TAKES_SANDBOX_SPEED": "100", **env}, Path("/nonexistent"))
    clock, folder = clock or Clock(), home / "sandbox"
    world = World(
        tempo=Tempo(clock.now, speed=100), faults=FaultPlan.parse(faults), renderer=rendered, clips=folder / "clips",
        journal=folder / "jobs",
    )  # fmt: skip
    return Playground(found, world=world, clock=clock)


def noise(seed: int, side: int = 320) -> bytes:
    """A picture that looks like no other, and cannot be compressed."""
    out = io.BytesIO()
    Image.frombytes("RGB", (side, side), random.Random(seed).randbytes(side * side * 3)).save(out, "PNG")
    return out.getvalue()


def ran(playground: Playground, prompt: str, seed: int, choice: Choice = BOTH) -> Run:
    run = playground.start(Request(prompt, images.parse(noise(seed))), choice, simulated=True)
    playground.wait([run.id])
    ended = playground.run(run.id)
    assert ended is not None
    return ended


def holding(home: Path, *wanted: bytes) -> list[str]:
    """The files of a folder that hold any of these bytes."""
    files = (path for path in home.rglob("*") if path.is_file())
    return sorted(str(path.relative_to(home)) for path in files if any(each in path.read_bytes() for each in wanted))


def traces(data: bytes) -> list[bytes]:
    """Parts of an image by which a copy of it is known, in bytes and in writing at any of base64's three places."""
    parts = [data[start : start + 60] for start in (200, len(data) // 2, len(data) - 200)]
    return parts + [base64.b64encode(part[shift:])[:60] for part in parts for shift in range(3)]


# deleting ---------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_after_a_delete_no_file_holds_the_prompt_or_the_image(tmp_path: Path):
    playground = make(tmp_path)
    ballots = Ballots(playground.ledger, playground.media, playground.clock.now, random.Random(1))
    for other in range(8):  # so that rows move within the ledger's pages as they do in life
        ran(playground, f"Something else, {other}", 100 + other)
    run = ran(playground, SECRET, 1)
    for other in range(8):
        ran(playground, f"Something later, {other}", 200 + other)
    playground.wait([playground.again(run.jobs[0].id).run])
    job = playground.run(run.id).jobs[0]
    playground.media.strip(job.result)
    playground.media.small(job.result)
    ballots.draw(HOST, "pair", run.id)
    zips.zipped(playground, run)
    killed = tmp_path / "exports" / f".takes-{run.id}.1.part"
    killed.mkdir()
    (killed / "index.html").write_text(SECRET)
    wanted = [SECRET.encode(), *traces(noise(1))]
    places = {name.partition("/")[0] for name in holding(tmp_path, *wanted)}
    assert places >= {"sandbox", "inputs", "exports"}
    assert any(name.startswith("ledger") for name in places)
    clips = len(list((tmp_path / "sandbox" / "clips").iterdir()))
    playground.history.delete(run.id)
    assert holding(tmp_path, *wanted) == []
    assert [name for name in (path.name for path in tmp_path.rglob("*")) if run.id in name or job.id in name] == []
    assert len(list((tmp_path / "sandbox" / "clips").iterdir())) < clips
    playground.close()
    assert holding(tmp_path, *wanted) == []


def test_what_the_sandbox_has_of_others_stays_when_a_run_that_shares_it_is_deleted(tmp_path: Path):
    playground = make(tmp_path)
    mine, theirs = ran(playground, SECRET, 1), ran(playground, "Another", 1)
    playground.history.delete(mine.id)
    assert holding(tmp_path / "sandbox", SECRET.encode()) == []
    assert len(list((tmp_path / "sandbox" / "jobs" / "images").iterdir())) == 1
    playground.close()
    later = make(tmp_path)
    for job in theirs.jobs:
        _, spec = later.wires._world._journal.read_job(job.plan.provider, job.handle.id)
        assert (spec.prompt, spec.image) == ("Another", noise(1))
    later.history.delete(theirs.id)
    assert list((tmp_path / "sandbox" / "jobs" / "images").iterdir()) == []
    assert [path for path in (tmp_path / "sandbox").rglob("*") if path.is_file()] == []
    later.close()


def test_a_crash_before_the_sandbox_forgot_is_made_good_at_the_next_start(tmp_path: Path):
    first = make(tmp_path)
    run = ran(first, SECRET, 1)
    first.ledger.delete_run(run.id, first.history.going(run.id).files, {})
    first.close()
    assert holding(tmp_path / "sandbox", SECRET.encode()) != []
    second = make(tmp_path)
    assert holding(tmp_path, SECRET.encode()) == []
    second.close()


@pytest.mark.parametrize("slug", ["odirouter", "runninghub"])
def test_a_take_whose_id_never_came_back_goes_with_its_run_from_the_sandbox_too(tmp_path: Path, slug: str):
    playground = make(tmp_path, f'[[fault]]\nkind = "drop_after_accept"\nprovider = "{slug}"')
    run = ran(playground, SECRET, 1, Choice(refs=(ONE_EACH[slug],)))
    other = ran(playground, SECRET, 1, Choice(refs=(ONE_EACH[slug],)))  # the same, but its id came back
    assert [each.jobs[0].state for each in (run, other)] == ["uncertain", "delivered"]
    playground.reconciler.not_charged(run.jobs[0].id)
    playground.history.delete(run.id)
    assert len(playground.wires._world.jobs()) == 1
    playground.history.delete(other.id)
    assert holding(tmp_path, SECRET.encode(), *traces(noise(1))) == []
    assert list((tmp_path / "sandbox" / "clips").iterdir()) == []
    playground.close()


def test_an_upload_that_led_to_no_job_goes_with_the_last_run_of_its_image(tmp_path: Path):
    playground = make(tmp_path)
    first, last = ran(playground, SECRET, 1), ran(playground, "Another", 1)
    lost = playground.wires._world.store(noise(1), "image/png")  # sent, and its take stopped before it was submitted
    playground.history.delete(first.id)
    assert playground.wires._world.stored(lost.id).data == noise(1)
    playground.history.delete(last.id)
    assert holding(tmp_path, SECRET.encode(), *traces(noise(1))) == []
    playground.close()


def test_with_the_last_run_of_a_session_its_plan_goes(tmp_path: Path):
    playground = make(tmp_path / "home")
    sessions = Sessions(playground)
    plan = f'name = "n"\nvariants = ["{ONE_EACH["runcomfy"]}"]\nrepeats = 2\n[[requests]]\nprompt = "{SECRET}"\n'
    (tmp_path / "plan.toml").write_text(plan)
    session, _ = sessions.start(Written.read(tmp_path / "plan.toml"), simulated=True)
    assert sessions.wait(session.id, 60)
    first, second = (placed.run.id for placed in session.runs)
    assert "session" not in playground.history.delete(first)
    assert playground.ledger.session(session.id).deleted == 1
    assert "and of its session, whose last run it is" in playground.history.delete(second)
    assert playground.ledger.session(session.id) is None
    assert holding(tmp_path / "home", SECRET.encode()) == []
    sessions.close()
    playground.close()


# for its owner alone ----------------------------------------------------------------------------------------------


def modes(home: Path) -> dict[str, int]:
    """What is open to others in a data folder, itself included."""
    there = [home, *(path for path in home.rglob("*") if "catalog" not in path.parts and not path.is_symlink())]
    found = {str(path.relative_to(home)): mode(path) for path in there}
    return {name: bits for name, bits in found.items() if bits & 0o077}


def mode(path: Path) -> int:
    """Who may do what with a file; 0 for one that was renamed or removed meanwhile."""
    try:
        return path.stat().st_mode & 0o7777
    except FileNotFoundError:
        return 0


def test_a_data_folder_and_all_in_it_is_its_owners_alone(tmp_path: Path):
    before = os.umask(0o000)  # as open as it gets
    try:
        home = tmp_path / "home"
        playground = make(home)
        run = playground.start(Request(SECRET, images.parse(noise(1))), BOTH, simulated=True)
        assert modes(home) == {}  # locks, journal and what is under way
        playground.wait([run.id])
        run = playground.run(run.id)
        playground.media.strip(run.jobs[0].result)
        playground.media.small(run.jobs[0].result)
        Ballots(playground.ledger, playground.media, playground.clock.now, random.Random(1)).draw(HOST, "pair", run.id)
        zips.zipped(playground, run)
        outside = run_folder.write(playground, run, tmp_path / "shared")
        assert modes(home) == {}
        assert (outside / "index.html").stat().st_mode & 0o777 == 0o666  # elsewhere the umask decides, as ever
        assert (outside / "grid.mp4").stat().st_mode & 0o777 == 0o666
    finally:
        os.umask(before)
    playground.close()


def test_what_an_older_version_left_open_is_closed_at_the_next_start_and_nothing_else(tmp_path: Path):
    home, other = tmp_path / "home", tmp_path / "other"
    playground = make(home)
    ran(playground, SECRET, 1)
    playground.close()
    other.write_text("not ours")
    (home / "notes.txt").write_text("nor this")
    (home / "clips" / "link").symlink_to(other)
    theirs = [other, home / "notes.txt"]
    for path in [home, *home.rglob("*"), *theirs]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)
    make(home).close()
    assert modes(home) == {"notes.txt": 0o644}
    assert other.stat().st_mode & 0o777 == 0o644


# handles ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_neither_runs_nor_sessions_leave_handles_or_threads_behind(tmp_path: Path):
    playground = make(tmp_path / "home")
    sessions = Sessions(playground)

    def opened(count: int) -> tuple[int, int, int]:
        for number in range(count):
            one = f'[[requests]]\nprompt = "{count} {number}"\n'
            plan = f'name = "n"\nvariants = ["{ONE_EACH["runcomfy"]}"]\n{one}'
            session, _ = sessions.start(Written(plan_toml.parse(plan, tmp_path), plan, tmp_path), simulated=True)
            assert sessions.wait(session.id, 60)
            ran(playground, f"{count} {number}", 1, Choice(refs=(ONE_EACH["apiframe"],)))
        return len(os.listdir("/proc/self/fd")), threading.active_count(), len(sessions._threads)

    opened(4)
    before = opened(2)
    after = opened(12)
    assert after[0] <= before[0] + 2  # a connection more or less in use at the moment
    assert after[1] <= before[1] + 6  # the loop's own pool, which grows to so many at most
    assert after[2] == 0
    sessions.close()
    playground.close()


# locks ------------------------------------------------------------------------------------------------------------

CLAIM = """
import asyncio, os, sys
from pathlib import Path
from comparisons.engine.workers import Workers
workers = Workers(None, Path(sys.argv[1]), None, None, list)
print("ready", flush=True)
sys.stdin.readline()
got = clashes = 0
while got < int(sys.argv[3]):
    if not workers.own("r"):
        continue
    got += 1
    try:
        os.close(os.open(sys.argv[2], os.O_CREAT | os.O_EXCL))  # nobody else is here
        os.unlink(sys.argv[2])
    except FileExistsError:
        clashes += 1
    workers.disown("r")
print(got, clashes, flush=True)
os._exit(0)
"""


def test_processes_that_race_for_a_run_own_it_one_at_a_time_and_leave_no_lock(tmp_path: Path):
    locks, here = tmp_path / "locks", tmp_path / "here"
    locks.mkdir()
    command = [sys.executable, "-c", CLAIM, str(locks), str(here), "400"]
    racers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(4)
    ]
    for racer in racers:
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()
    said = [racer.communicate(timeout=START_S)[0] for racer in racers]
    assert said == ["400 0\n"] * 4
    assert list(locks.iterdir()) == []


def test_the_lock_of_a_killed_process_is_cleared_and_that_of_a_living_one_is_not(tmp_path: Path):
    first = make(tmp_path)
    assert first.workers.own("r_living")
    (tmp_path / "locks" / "r_killed.lock").touch()
    second = make(tmp_path)
    assert [path.name for path in (tmp_path / "locks").iterdir()] == ["r_living.lock"]
    assert not second.workers.own("r_living")
    first.workers.disown("r_living")
    assert second.workers.own("r_living")
    for each in (first, second):
        each.close()
    assert list((tmp_path / "locks").iterdir()) == []


# visitors' room ---------------------------------------------------------------------------------------------------

ANN, BOB, EVE = Person("a" * 32), Person("b" * 32), Person("e" * 32)


class Days(Clock):
    """Goes on by itself, and by days when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.days = 0.0

    def now(self) -> float:
        return super().now() + self.days * 86_400


def of(playground: Playground, who: Person, seed: int = 0) -> Run:
    request = Request("A boat", images.parse(noise(seed))) if seed else Request("A boat")
    run = playground.start(request, BOTH if seed else ONE, simulated=True, who=who)
    playground.wait([run.id])
    return playground.run(run.id)


def there(playground: Playground) -> set[str]:
    return {run.id for run in playground.ledger.runs(100)}


def paid(playground: Playground, run: Run) -> None:
    """Has the ledger say that a run was live; what lies on the disk is the same."""
    with playground.ledger._file.transaction() as db:
        db.execute("UPDATE runs SET simulated = 0 WHERE id = ?", (run.id,))


def test_visitors_runs_are_deleted_when_they_are_old_and_over_and_nobody_elses(tmp_path: Path):
    clock = Days()
    faults = '[[fault]]\nkind = "drop_after_accept"\nprovider = "runcomfy"'
    playground = make(tmp_path, faults, clock, TAKES_PUBLIC="1", TAKES_VISITOR_DAYS="2")
    uncertain, _old, hosts = of(playground, ANN), of(playground, ANN, 1), of(playground, HOST)
    assert [job.state for job in uncertain.jobs] == ["uncertain"]
    clock.days = 1.5
    young = of(playground, BOB)
    assert playground.storage.tidy() == 0
    clock.days = 2.1
    assert playground.storage.tidy() == 1
    assert there(playground) == {uncertain.id, hosts.id, young.id}
    assert holding(tmp_path, *traces(noise(1))) == []
    clock.days = 9
    playground.storage.begin()
    playground.close()  # ends it, too, whatever it is at
    alone = make(tmp_path, clock=clock)  # where nobody visits, nothing goes by itself
    alone.storage.begin()
    assert alone.storage.tidy() == 0
    assert there(alone) >= {uncertain.id, hosts.id}
    alone.close()


def test_a_visitor_whose_room_is_full_is_told_how_to_make_some(tmp_path: Path):
    clock = Days()
    playground = make(tmp_path, "", clock, TAKES_PUBLIC="1", TAKES_VISITOR_STORAGE="300 kB")
    assert playground.storage.sentence(ANN) == "Your takes are kept for 7 days; 0 kB of 300 kB are used."
    run = of(playground, ANN, 1)
    clock.days += 0.001  # more than a look at the disk is good for
    used = playground.storage.used(ANN)
    files = sum(path.stat().st_size for name in ("clips", "inputs") for path in (tmp_path / name).iterdir())
    rows = sum(each.bytes for each in playground.ledger.kept(ANN.id))
    assert used == files + rows
    assert rows > len(run.prompt) + 1_000 * len(run.jobs)
    assert used > 300_000
    for start in (lambda: of(playground, ANN), lambda: playground.again(run.jobs[0].id, ANN)):
        with pytest.raises(TooMuch, match=r"and a visitor has 300 kB: delete some under History to make room\."):
            start()
    plan = f'name = "n"\nvariants = ["{ONE_EACH["runcomfy"]}"]\n[[requests]]\nprompt = "A boat"\n'
    written = Written(plan_toml.parse(plan, tmp_path), plan, tmp_path)
    with pytest.raises(TooMuch, match="delete some under History"):
        Sessions(playground).start(written, simulated=True, who=ANN)
    of(playground, BOB)
    of(playground, HOST, 2)
    playground.history.delete(run.id, ANN)
    of(playground, ANN)  # at once
    playground.close()


@pytest.mark.slow
def test_where_all_visitors_fill_their_room_the_oldest_simulated_runs_of_whoever_holds_most_go(tmp_path: Path):
    clock = Days()
    playground = make(tmp_path, "", clock, TAKES_PUBLIC="1", TAKES_VISITORS_STORAGE="1.1 MB")
    _first, second, small = of(playground, ANN, 1), of(playground, ANN, 2), of(playground, BOB, 3)
    live = of(playground, ANN, 4)
    hosts = of(playground, HOST, 5)
    paid(playground, live)
    clock.days += 0.001
    new = of(playground, EVE)
    assert there(playground) == {second.id, small.id, live.id, hosts.id, new.id}  # all but the first
    for run in (second, small, new):
        paid(playground, run)
    paid(playground, of(playground, BOB, 6))
    clock.days += 0.001
    before = there(playground)
    with pytest.raises(TooMuch, match="The takes of all visitors fill the room there is for them"):
        of(playground, EVE)
    assert there(playground) == before
    of(playground, HOST)
    playground.close()


def test_the_image_of_a_run_that_was_refused_goes_and_that_of_one_that_was_not_stays(tmp_path: Path):
    playground = make(tmp_path, TAKES_PUBLIC="1")
    of(playground, ANN, 1)
    named, left = (playground.media.keep_input(images.parse(noise(seed))) for seed in (1, 2))
    for image in (named, left):
        os.utime(tmp_path / "inputs" / image, (1.0, 1.0))
    new = playground.media.keep_input(images.parse(noise(3)))
    playground.storage.tidy()
    assert {path.name for path in (tmp_path / "inputs").iterdir()} == {named, new}
    playground.close()
