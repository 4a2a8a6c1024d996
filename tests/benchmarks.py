"""Takes beside what people use, in one run on one machine: ``python -m tests.benchmarks [--jobs 10 100]``.

Ratios, each with the reason for the gap: the vendors' own clients and a bare aiohttp loop doing the same jobs at the
same sandbox; a bare INSERT with the ledger's durability; a bare Gradio page. At a fifth of its speed the sandbox takes
30 to 115 s for a clip, around the 90 s of a real gateway; all of it takes an hour. Takes polls by what it has seen of
a variant, so it has seen a few of its jobs before it is measured. The bare loop polls as Takes does, by the same jobs:
with a history of its own it would ask more or less often, and what one of Takes' jobs costs beside it would be chance.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median

import httpx

from comparisons.ledger import Ledger
from comparisons.records import Event
from tests.bench_polling import MOST_LAG_S, as_rarely, as_seacloud, cost, least_lag, least_polls, lognormal_of
from tests.browser import LOOK_MS, browse
from tests.contenders import ODIROUTER, RUNNINGHUB

ROOT = Path(__file__).parent.parent
EVENTS, ROUNDS, STARTS, HISTORY = 300, 50, 3, 10
QUIET_S = 3.0
"""Without a reply for so long a page has all it asks for by itself."""
MANY, MOST_CPU = 100, (2.5, 2.0)
"""From so many jobs at once on, what one costs once per process no longer counts; CPU of the bare loop's, below and
from there."""
HELLO = """import gradio as gr, sys
gr.Interface(lambda name: f"Hello {name}!", "text", "text").launch(server_port=int(sys.argv[1]), quiet=True)
"""
FIELDS = {
    "runninghub": ("runninghub_sdk", "lockstep_runninghub", "bare_runninghub", "takes_runninghub"),
    "odirouter": ("seacloud_sdk", "lockstep_odirouter", "bare_odirouter", "takes_odirouter"),
}
"""Who meets whom at which gateway: the vendor's client, a loop that polls every 2 s, the floor, and Takes."""
WHY = {
    "takes": "what is new durably on disk, answers read by types; the clip measured",
    "runninghub_sdk": "a poll every 2 s from the first second on, each with an httpx request",
    "seacloud_sdk": "polls back off to every 10 s: fewest polls, and the end is seen 5 s late on average",
    "bare": "the floor: the same requests at the same moments; no ledger, no retry, no check",
    "lockstep": "every 2 s, all jobs at once: a processor that is awake answers many for little",
}


@dataclass(frozen=True)
class Figures:
    """One contender at one size. CPU per job in ms, without the ffmpeg it may start; lag in seconds.

    ``own_s``: how long each job took, by the sandbox. ``seen_after``: how long each had gone on when its end was seen.
    ``spent``: shares of the time, where it was profiled.
    """

    cpu_ms: float
    started_ms: float
    polls: float
    lag_s: float
    own_s: list[float]
    seen_after: list[float]
    spent: dict[str, float]


# the same jobs --------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def sandbox(folder: Path, speed: float) -> Iterator[str]:
    """A sandbox in its own process whose clock is the epoch's; yields its origin."""
    words = ["--port", "0", "--speed", str(speed), "--journal", str(folder / "journal")]
    env = {"PATH": os.environ["PATH"], "TMPDIR": str(folder)}
    command = [sys.executable, "-m", "providers.sandbox", *words]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as process:
        try:
            listening = next(line for line in process.stdout or () if line.startswith("Listening on "))
            yield listening.split()[2]
        finally:
            process.kill()


def contend(name: str, slug: str, jobs: int, speed: float, home: Path) -> Figures:
    """Lets one contender do so many jobs at once at a fresh sandbox; what it stores goes to ``home``."""
    with tempfile.TemporaryDirectory(prefix="takes-bench-") as text, sandbox(Path(text), speed) as origin:
        command = [sys.executable, "-m", "tests.contenders", name, f"{origin}/{slug}", str(jobs), str(home)]
        env = {"PATH": os.environ["PATH"], "HOME": text, "TAKES_SANDBOX_SPEED": str(speed)}
        told = json.loads(subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE).stdout)
        world = httpx.get(f"{origin}/world", timeout=60, trust_env=False).json()
    ended = {job["id"]: job["finished_at"] for job in world["jobs"]}
    own = [job["finished_at"] - job["accepted_at"] for job in world["jobs"]]
    accepted = {job["id"]: job["accepted_at"] for job in world["jobs"]}
    lags = [max(0.0, seen - ended[job]) for job, seen in told["seen"].items()]
    seen_after = [seen - accepted[job] for job, seen in told["seen"].items()]
    if len(lags) != jobs:
        raise RuntimeError(f"{name} saw {len(lags)} of {jobs} jobs end")
    polls = world["requests"][slug].get("poll", 0)
    cpu, started = 1000 * told["cpu_s"] / jobs, 1000 * told["started_s"] / jobs
    return Figures(cpu, started, polls / jobs, mean(lags), own, seen_after, told["spent"])


def learned(folder: Path, seen_after: Sequence[float]) -> None:
    """Gives the bare loop the history that Takes has, in the bare loop's form."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "latencies.json").write_text(json.dumps(seen_after))


def jobs_side_by_side(sizes: Sequence[int], speed: float) -> list[tuple[str, bool]]:
    """Prints every contender at every size; the targets, and whether each was met."""
    targets, seen = [], []
    for slug, (sdk, loop, bare, ours) in FIELDS.items():
        for jobs in sizes:
            print(f"\n{jobs} jobs at once at {slug}", flush=True)
            figures = {}
            with tempfile.TemporaryDirectory(prefix="takes-bench-") as home:
                seen_before = contend(ours, slug, HISTORY, speed, Path(home, ours)).seen_after
                learned(Path(home, bare), seen_before)
                for name in (sdk, loop, bare, ours):
                    figures[name] = contend(name, slug, jobs, speed, Path(home, name))
                    show(name, figures[name])
                if jobs >= MANY:
                    show_spent(contend(f"profiled_{slug}", slug, jobs, speed, Path(home, ours)))
            theirs, floor, mine = figures[sdk], figures[bare], figures[ours]
            where = f"{jobs} at {slug}"
            if slug == "odirouter":
                targets += on_the_front(theirs)
                seen += [mine.lag_s] * jobs
            else:
                targets.append(_target(f"polls, {where}, of {sdk}'s", mine.polls / theirs.polls, 1.0))
            targets += [
                _target(f"lag, {where}, of {sdk}'s", mine.lag_s / theirs.lag_s, 1.0),
                _target(f"CPU, {where}, of {sdk}'s", mine.cpu_ms / theirs.cpu_ms, 1.0),
                _target(f"CPU, {where}, of the bare loop's", mine.cpu_ms / floor.cpu_ms, MOST_CPU[jobs >= MANY]),
            ]
    # Of all jobs together: the mean of ten is uncertain by a fifth.
    return [*targets, _target(f"lag, {len(seen)} at odirouter, of {MOST_LAG_S} s", mean(seen) / MOST_LAG_S, 1.0)]


def show(name: str, each: Figures) -> None:
    started = f" + {each.started_ms:.0f} ms of ffmpeg" if each.started_ms > 1 else ""
    why = WHY.get(name) or WHY[name.partition("_")[0]]
    asked = f"{each.polls:5.1f} polls  lag {each.lag_s:5.2f} s"
    print(f"  {name:19} {asked}  CPU {each.cpu_ms:6.1f} ms a job{started}  {why}", flush=True)


def show_spent(each: Figures) -> None:
    print("  what Takes' loop spends its time on, by a profiler:")
    for part, share in each.spent.items():
        print(f"    {100 * share:3.0f} %  {part}")


def on_the_front(theirs: Figures) -> list[tuple[str, bool]]:
    """Our schedule held to seacloud-sdk's on the jobs it did (simulated), at its own number of polls; both beside what
    no schedule does better at jobs of their distribution."""
    alike, rng = lognormal_of(theirs.own_s), random.Random(1)
    sdk = cost([as_seacloud(own, rng) for own in theirs.own_s * 3])
    ours = as_rarely(theirs.own_s, sdk.polls)
    print(
        f"  simulated on these jobs, with {sdk.polls:.1f} polls: its lag {sdk.lag_s:.2f} s, ours {ours:.2f} s; of many"
        f" jobs like them no schedule's is under {least_lag(alike, sdk.polls):.2f} s, and {MOST_LAG_S} s takes"
        f" {least_polls(alike, MOST_LAG_S):.0f} polls at least"
    )
    return [_target(f"lag with as many polls as seacloud-sdk, {len(theirs.own_s)} jobs", ours / sdk.lag_s, 0.6)]


def _target(name: str, ratio: float, most: float) -> tuple[str, bool]:
    met = ratio <= most
    return f"{'met   ' if met else 'MISSED'} {name}: {ratio:.2f} x (at most {most:g} x)", met


# a write --------------------------------------------------------------------------------------------------------------


def writes() -> list[tuple[str, bool]]:
    """The ledger's own write of an event beside a bare INSERT in a transaction of the same durability."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder) / "ledger.sqlite3")
        bare = sqlite3.connect(Path(folder) / "bare.sqlite3", isolation_level=None)
        bare.execute("PRAGMA journal_mode = WAL")
        bare.execute("PRAGMA synchronous = FULL")
        bare.execute("CREATE TABLE events (seq INTEGER PRIMARY KEY, job, at, kind, state, phase, data)")
        insert = "INSERT INTO events (job, at, kind, state, phase, data) VALUES (?, ?, ?, ?, ?, ?)"

        def record(number: int) -> None:
            ledger.record("j_1", Event("polled", float(number), None, None, {"said": "processing"}))

        def plain(number: int) -> None:
            bare.execute("BEGIN IMMEDIATE")
            bare.execute(insert, ("j_1", float(number), "polled", None, None, '{"said": "processing"}'))
            bare.execute("COMMIT")

        rounds = [(_each(record), _each(plain)) for _ in range(ROUNDS)]
        ledger.close()
        bare.close()
    ours, theirs = (min(times) for times in zip(*rounds, strict=True))
    print(
        f"\nan event on disk: {1e6 * ours:.0f} us, a bare INSERT {1e6 * theirs:.0f} us (JSON, four indexes, a trigger)"
    )
    return [_target("an event, of a bare INSERT", ours / theirs, 1.5)]


def _each(act: Callable[[int], None]) -> float:
    began = time.perf_counter()
    for number in range(EVENTS):
        act(number)
    return (time.perf_counter() - began) / EVENTS


# a start --------------------------------------------------------------------------------------------------------------


def starts() -> list[tuple[str, bool]]:
    """Seconds from the start of the process to the first page, in turn."""
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        (folder / "hello.py").write_text(HELLO)
        takes, hello = [], []
        for _ in range(STARTS):
            takes.append(_first_page(["app.py"], folder))
            hello.append(_first_page([str(folder / "hello.py")], folder))
    print(
        f"\nfirst page after {median(takes):.1f} s, a bare Gradio page {median(hello):.1f} s (tabs, scripts, a ledger)"
    )
    return [_target("first page, of hello-world's", median(takes) / median(hello), 1.2)]


def sent() -> list[tuple[str, bool]]:
    """Bytes over the wire until the first page is there, headers and all, for a browser that has nothing of it yet."""
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        (folder / "hello.py").write_text(HELLO)
        takes, hello = (_received(command, folder) for command in (["app.py"], [str(folder / "hello.py")]))
    for name, kinds in (("Takes", takes), ("a bare Gradio page", hello)):
        parts = ", ".join(f"{kind.lower()} {size / 1000:.0f}" for kind, size in sorted(kinds.items()) if size >= 500)
        print(f"{name}: {sum(kinds.values()) / 1000:.0f} kB to the first page ({parts})")
    ratio = sum(takes.values()) / sum(hello.values())
    return [_target("bytes to the first page, of hello-world's", ratio, 1.25)]


def _received(command: list[str], folder: Path) -> dict[str, int]:
    """Bytes by the kind of what was asked for, as Chromium counts them."""
    kinds: dict[str, str] = {}
    sizes: dict[str, int] = {}
    with started(command, folder) as (url, _), browse(folder / f"profile of {Path(command[0]).stem}") as context:
        page = context.new_page()
        wire = context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.on("Network.responseReceived", lambda told: kinds.update({told["requestId"]: told["type"]}))
        wire.on("Network.loadingFinished", lambda told: sizes.update({told["requestId"]: told["encodedDataLength"]}))
        page.goto(url)
        last, count = time.monotonic(), 0
        while time.monotonic() < last + QUIET_S:
            if len(sizes) != count:
                last, count = time.monotonic(), len(sizes)
            page.wait_for_timeout(LOOK_MS)
    found: dict[str, int] = {}
    for asked, size in sizes.items():
        found[kinds.get(asked, "other")] = found.get(kinds.get(asked, "other"), 0) + int(size)
    return found


def _first_page(command: list[str], folder: Path) -> float:
    with started(command, folder) as (_, seconds):
        return seconds


@contextlib.contextmanager
def started(command: list[str], folder: Path) -> Iterator[tuple[str, float]]:
    """A page that is served: its address, and the seconds until it was there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "TAKES_HOME": str(folder / "home"),
        "GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1",
    }  # fmt: skip
    began = time.monotonic()
    words = [sys.executable, *command, *([str(port)] if command != ["app.py"] else [])]
    process = subprocess.Popen(words, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).status_code == 200:
                    break
            if process.poll() is not None:
                raise RuntimeError(f"{command} ended before it showed a page")
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}/", time.monotonic() - began
    finally:
        process.kill()
        process.wait()


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--speed", type=float, default=0.2, help="of the sandbox")
    parser.add_argument("--jobs", type=int, nargs="*", default=[10, 100], help="jobs at once")
    options = parser.parse_args(arguments)
    print(f"RunningHub {RUNNINGHUB}, OdiRouter {ODIROUTER}, sandbox at speed {options.speed:g}")
    targets = [*writes(), *starts(), *jobs_side_by_side(options.jobs, options.speed)]
    print()
    for line, _ in targets:
        print(line)
    return int(not all(met for _, met in targets))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
