"""A thousand jobs at once in one process, against the sandbox in another: ``python -m tests.bench_scale``.

The engine, its loop, its ledger (``synchronous=FULL``), its sockets and its measuring of clips are the product's own;
what the page and the command line limit (places at a provider) is given as a number here. The sandbox runs at a fifth
of its speed, so that jobs take 30 to 115 s, around the 90 s that a Hailuo clip takes: at its real speed a thousand
clips would fall due within 17 s, and measuring them with ffmpeg alone takes two cores longer than that. It delivers one
tiny clip out of its cache: neither rendering nor bandwidth is what is measured.

Bars: all delivered; wall within 1.15 of the slowest job's own time, as the sandbox tells it; peak memory under 400 MB;
the loop's delay under 100 ms and polls at most 1 s late, both at the 99th percentile. Exit code 1 where one is missed.
A poll counts as late until its answer is on disk: nothing in which it may wait is left out, the sandbox's time neither.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

import providers
from comparisons.clock import Clock
from comparisons.engine import Engine, Recorder, Waits
from comparisons.engine.concurrency import Places
from comparisons.engine.gate import Gate
from comparisons.engine.poll_scheduler import Schedule
from comparisons.engine.workers import Workers
from comparisons.folders import make_home
from comparisons.ledger import Ledger
from comparisons.media.store import Media
from comparisons.net.transport import Transport
from comparisons.records import Budget, Job, Run
from comparisons.runs import compare
from comparisons.settings import Settings, Target, read
from providers import PROVIDERS, Request
from providers.sandbox._clips import ClipSpec, clip_name, frame_size, render
from providers.sandbox._wire import TAKES

SPEED = 0.2
JOBS_OF_A_RUN = 80
TICK_S = 0.01
MOST_WALL, MOST_MB, MOST_DELAY_S, MOST_LATE_S = 1.15, 400.0, 0.100, 1.0
VARIANTS = providers.variants()
PROMPT = "A paper boat drifts across a puddle. [Push in]"
ROOT = Path(__file__).parent.parent


@dataclass
class Meter:
    """What is seen of the jobs' loop: how late it is to its timers, and how late questions are to their schedule."""

    delays: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    _due: dict[asyncio.Task[object] | None, float] = field(default_factory=dict)
    _asked: dict[asyncio.Task[object] | None, float] = field(default_factory=dict)

    async def start(self) -> None:
        """Begins to tick on the loop this is called on."""
        loop = asyncio.get_running_loop()
        self._tick(loop, loop.time())

    def _tick(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        """Notes the delay of every tick that was due: one that is missed while another is late counts too."""
        now = loop.time()
        while due <= now:
            self.delays.append(now - due)
            due += TICK_S
        loop.call_at(due, self._tick, loop, due)

    def sleep(self, seconds: float) -> Awaitable[None]:
        """How the engine waits; notes until when."""
        self._due[asyncio.current_task()] = time.monotonic() + seconds
        return asyncio.sleep(seconds)

    def asks(self) -> None:
        """A job's question is sent: how long after it was due?"""
        task = asyncio.current_task()
        due = self._due.pop(task, None)
        if due is not None:
            self.late.append(time.monotonic() - due)
            self._asked[task] = due

    def changed(self) -> None:
        """What came of it is on disk."""
        due = self._asked.pop(asyncio.current_task(), None)
        if due is not None:
            self.answered.append(time.monotonic() - due)


class Watched(Transport):
    """The transport of a live run, which tells when it sends."""

    def __init__(self, targets: Mapping[str, Target], meter: Meter) -> None:
        super().__init__(targets)
        self._meter = meter

    async def send(self, slug: str, request: httpx.Request) -> httpx.Response:
        self._meter.asks()
        return await super().send(slug, request)


@dataclass(frozen=True)
class Sandbox:
    """A sandbox in its own process."""

    env: dict[str, str]
    origin: str
    pid: int

    def world(self) -> dict[str, list[dict[str, object]]]:
        return httpx.get(f"{self.origin}/world", timeout=60).json()

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def sandbox(folder: Path) -> Iterator[Sandbox]:
    command = [sys.executable, "-m", "providers.sandbox", "--port", "0", "--speed", str(SPEED)]
    env = {"PATH": os.environ["PATH"], "TMPDIR": str(folder)}
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as process:
        try:
            origin = next(line for line in process.stdout or () if line.startswith("Listening on ")).split()[2]
            urls = {provider.base_url_env: f"{origin}/{slug}" for slug, provider in providers.PROVIDERS.items()}
            yield Sandbox(urls, origin, process.pid)
        finally:
            process.kill()


def fill_cache(folder: Path, variants: Sequence[providers.Variant]) -> None:
    """Puts a tiny clip where the sandbox looks for those it rendered before."""
    clips = folder / "takes-sandbox-clips"
    clip = render(ClipSpec("scale", PROMPT, None, None, 96, 54, 1), clips)
    for variant in variants:
        of = providers.usual(variant)
        for seed in range(TAKES):
            width, height = frame_size(str(of.get("resolution", "768p")), None)
            spec = ClipSpec(variant.provider, PROMPT, None, None, width, height, of["duration"], seed=seed)
            shutil.copyfile(clip, clips / clip_name(spec))


def one_each() -> list[providers.Variant]:
    """One variant of each provider that makes clips from text alone."""
    able = [variant for variant in VARIANTS if providers.why_not(variant, Request(PROMPT)) is None]
    return [next(variant for variant in able if variant.provider == slug) for slug in PROVIDERS]


class Bench:
    """A data folder and what works on it, as a playground puts it together, but for its places.

    With a ``meter`` it tells how late it is; without one it is what people run.
    """

    def __init__(
        self, home: Path, settings: Settings, places: int, speed: float = SPEED, meter: Meter | None = None
    ) -> None:
        make_home(home)
        self.clock = Clock()
        self.ledger = Ledger(home / "ledger.sqlite3")
        self.media = Media(home)
        self.wire = Watched(settings.targets, meter) if meter else Transport(settings.targets)
        sleep = meter.sleep if meter else asyncio.sleep
        recorder = Recorder(
            self.ledger,
            Gate(self.ledger, settings, self.clock),
            self.clock,
            sleep,
            changed=lambda job: self._changed(job, meter),
            trouble=lambda sentence: self.workers.troubled(sentence),
        )
        schedule = Schedule(self.ledger, random.Random(1), self.clock.now, speed)
        waits = Waits(sleep, random.Random())
        engine = Engine(recorder, waits, self.media, lambda job: self.wire, VARIANTS, schedule)
        shared = {slug: Places(places, self.clock.now) for slug in PROVIDERS}
        self.workers = Workers(
            engine, home / "locks", lambda job: shared[job.plan.provider], idle=lambda run: None, asked=list
        )

    def _changed(self, job: Job, meter: Meter | None) -> None:
        if meter:
            meter.changed()
        self.workers.changed(job)

    def plan(self, variants: Sequence[providers.Variant], repeats: int) -> Run:
        return compare.plan_run(
            [compare.offer(variant, Request(PROMPT), "127.0.0.1") for variant in variants],
            Request(PROMPT),
            compare.Press(
                self.clock.now(), simulated=True, live=True, repeats=repeats, consent=compare.Consent(unpriced=True)
            ),
            keep=self.media.keep_input,
            rng=random.Random(2),
        )

    def start(self, runs: Sequence[Run]) -> None:
        """As pressing Run so often."""
        for run in runs:
            self.workers.own(run.id)
            self.ledger.add_run(run, Budget((), {}))
            self.workers.begin(run.jobs)

    def close(self) -> None:
        self.workers.close(self.wire.aclose)
        self.ledger.close()


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def cpu_s(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


@dataclass(frozen=True)
class Seen:
    """What one measurement saw. Seconds; ``own`` are the jobs' own times, by the sandbox's clock."""

    jobs: list[Job]
    own: list[float]
    wall: float
    begun: float
    sandbox_cpu: float
    meter: Meter


def measure(jobs: int, folder: Path) -> Seen:
    """So many jobs, begun at once and followed to their end."""
    variants = one_each()
    fill_cache(folder, variants)
    with sandbox(folder) as other:
        keys = {provider.key_env: "a-key-of-the-sandbox" for provider in PROVIDERS.values()}
        settings = read({"TAKES_HOME": str(folder / "home"), **other.env, **keys}, folder / "none.env")
        meter = Meter()
        bench = Bench(folder / "home", settings, jobs, meter=meter)
        whole, rest = divmod(-(-jobs // len(variants)), JOBS_OF_A_RUN // len(variants))
        runs = [
            bench.plan(variants, repeats) for repeats in (*[JOBS_OF_A_RUN // len(variants)] * whole, rest) if repeats
        ]
        bench.workers.call(meter.start())
        began = time.monotonic()
        bench.start(runs)
        begun = time.monotonic() - began
        while not bench.workers.settled(None, 10.0):
            pass
        wall = time.monotonic() - began
        world, served = other.world(), other.cpu_s()
        bench.close()
    with closing(Ledger(folder / "home" / "ledger.sqlite3")) as ledger:
        ended = [job for run in runs for job in _sure(ledger.run(run.id)).jobs]
    own = [float(str(job["finished_at"])) - float(str(job["accepted_at"])) for job in world["jobs"]]
    return Seen(ended, own, wall, begun, served, meter)


def _sure(run: Run | None) -> Run:
    if run is None:
        raise RuntimeError("a run is not in its ledger")
    return run


def report(seen: Seen) -> bool:
    """Prints every figure and its bar; False where one is missed."""
    meter, count = seen.meter, len(seen.jobs)
    delivered = sum(job.state == "delivered" for job in seen.jobs)
    events = sum(len(job.events) for job in seen.jobs)
    print(f"{count} jobs of {min(seen.own):.1f} to {max(seen.own):.1f} s, begun within {seen.begun:.1f} s")
    print(f"{len(meter.late)} questions on a schedule, {events} events on disk, {len(seen.own)} jobs accepted")
    for name, values in (("the loop", meter.delays), ("asked", meter.late), ("answered", meter.answered)):
        shown = " ".join(
            f"p{100 * share:g} {1000 * percentile(values, share):.0f}" for share in (0.5, 0.9, 0.99, 0.999)
        )
        print(f"ms late, {name}: {shown} max {1000 * max(values):.0f}")
    own, ffmpeg = cpu_s(resource.RUSAGE_SELF), cpu_s(resource.RUSAGE_CHILDREN) - seen.sandbox_cpu
    print(
        f"CPU: {1000 * own / count:.0f} ms a job here, ffmpeg {ffmpeg:.0f} s, sandbox {seen.sandbox_cpu:.0f} s in all"
    )
    errors = Counter(event.data["error"] for job in seen.jobs for event in job.events if "error" in event.data)
    for error, times in errors.most_common(5):
        print(f"  {times} x {error}")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    bars = [
        ("not delivered, or accepted twice", count - delivered + abs(len(seen.own) - count), 0),
        ("wall, in the slowest job's own time", seen.wall / max(seen.own), MOST_WALL),
        ("peak memory, MB", memory, MOST_MB),
        ("loop delay, p99, ms", 1000 * percentile(meter.delays, 0.99), 1000 * MOST_DELAY_S),
        ("from when a poll was due to its answer on disk, p99, s", percentile(meter.answered, 0.99), MOST_LATE_S),
    ]
    for name, value, most in bars:
        print(f"{'ok    ' if value <= most else 'MISSED'} {name}: {value:.3g} (at most {most:g})")
    return all(value <= most for _, value, most in bars)


def main() -> int:
    parser = argparse.ArgumentParser("python -m tests.bench_scale", description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="takes-scale-") as folder:
        return 0 if report(measure(options.jobs, Path(folder))) else 1


if __name__ == "__main__":
    sys.exit(main())
