"""A whole engine over a sandbox, on one hand-moved clock: what most tests of money and time stand on."""

from __future__ import annotations

import asyncio
import atexit
import functools
import heapq
import io
import itertools
import json
import os
import random
import shutil
import tempfile
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

from PIL import Image

import providers
from comparisons.engine import Engine, Recorder, Waits
from comparisons.engine.concurrency import Places
from comparisons.engine.gate import Gate
from comparisons.engine.poll_scheduler import Schedule
from comparisons.engine.retry_policy import CLIP_PATIENCE_S
from comparisons.ledger import Ledger
from comparisons.media import images
from comparisons.media.store import Media
from comparisons.net import sandboxed
from comparisons.net.transport import Transport
from comparisons.records import Job, Run
from comparisons.runs import compare
from comparisons.settings import Rates, Settings
from providers import PROVIDERS, ImageInput, Request
from providers.sandbox import FaultPlan, Tempo, World
from providers.sandbox._clips import ClipSpec, render

T = TypeVar("T")
SCRATCH = "TAKES_TEST_SCRATCH"
VARIANTS = providers.variants()
PROMPT = "A paper boat drifts across a puddle. [Push in]"


class FakeTime:
    """A clock that stands still until everybody waits, then jumps to the first who is due."""

    def __init__(self, start: float = 1_800_000_000.0) -> None:
        self._now = start
        self._due: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = itertools.count()

    def now(self) -> float:
        return self._now

    wall = now

    def today(self) -> date:
        return datetime.fromtimestamp(self._now, UTC).date()

    def jump(self, seconds: float) -> None:
        self._now += seconds

    async def sleep(self, seconds: float) -> None:
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._due, (self._now + max(0.0, seconds), next(self._count), future))
        await future

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of ``work``, moving time on whenever it can do nothing else."""
        task = asyncio.ensure_future(work)
        while not task.done():
            await self._settle(task)
            if not task.done():
                self._wake_next()
        return await task

    async def _settle(self, task: asyncio.Task[Any]) -> None:
        """Lets everything that can run do so; a clip being probed in a thread is given real milliseconds."""
        for _ in range(60):
            await asyncio.sleep(0)
            if task.done():
                return
        if not self._due:
            await asyncio.sleep(0.002)

    def _wake_next(self) -> None:
        while self._due:
            due, _, future = heapq.heappop(self._due)
            if not future.done():
                self._now = max(self._now, due)
                future.set_result(None)
                return


def scratch() -> Path:
    """A temporary folder of the whole test session, in all its processes; made in ``conftest.py``, or for a command."""
    if SCRATCH not in os.environ:
        os.environ[SCRATCH] = tempfile.mkdtemp(prefix="takes-test-")
        (Path(os.environ[SCRATCH]) / "takes-sandbox-clips").mkdir()
        atexit.register(shutil.rmtree, os.environ[SCRATCH], ignore_errors=True)
    return Path(os.environ[SCRATCH])


def keep_clips_in_common(home: Path) -> None:
    """Has the built-in sandbox of a data folder keep its clips with all others': rendering is what costs."""
    (home / "sandbox").mkdir(parents=True)
    (home / "sandbox" / "clips").symlink_to(scratch() / "takes-sandbox-clips")


def hand_out(clip: Path, folder: Path, after: Mapping[str, int]) -> Path:
    """A fault plan, in a folder, by which a sandbox has this clip for takes: to render others is what costs.

    Args:
        after: by provider, the takes that are rendered before; all of those are that are not named.
    """
    entry = f"[[clip]]\nfile = {json.dumps(str(clip))}\ntimes = 1000000\n"
    plan = folder / "plan.toml"
    tables = (f"{entry}provider = {json.dumps(slug)}\nafter = {count}\n" for slug, count in after.items())
    plan.write_text("\n".join(tables), encoding="utf-8")
    return plan


@functools.cache
def tiny_clip(duration: int = 1) -> Path:
    """One small real clip for every job: what a clip looks like is other tests' business."""
    spec = ClipSpec("stage", PROMPT, None, None, 96, 54, duration)
    return render(spec, Path(tempfile.gettempdir()) / "takes-test-clips")


@dataclass
class Stage:
    """Everything a run needs. ``reborn`` is the same data folder and world in a new process."""

    home: Path
    time: FakeTime
    world: World
    wire: Transport
    ledger: Ledger
    gate: Gate
    engine: Engine

    def plan(self, refs: Sequence[str], request: Request | None = None, repeats: int = 1) -> Run:
        """A planned run over these variants, in the ledger."""
        chosen = [providers.find(ref, VARIANTS) for ref in refs]
        offers = [compare.offer(v, request or request_for(v), "sandbox") for v in chosen]
        run = compare.plan_run(
            compare.fit(offers, all_must=True),
            offers[0].request,
            compare.Press(self.time.now(), simulated=True, live=False, repeats=repeats),
            keep=Media(self.home).keep_input,
            rng=random.Random(7),
        )
        self.ledger.add_run(run)
        return run

    async def advance(self, *jobs: Job) -> list[Job]:
        """Advances jobs together, as fast as fake time allows; no place at a provider is short."""
        slots = {job.plan.provider: Places(99, self.time.now) for job in jobs}
        work = [self.engine.advance(job, slots[job.plan.provider]) for job in jobs]
        return await self.time.run(_gather(work))

    async def one(self, ref: str, request: Request | None = None) -> Job:
        """One job of a variant, to its end."""
        (job,) = await self.advance(*self.plan([ref], request).jobs)
        return job

    def reborn(self, **changes: Any) -> Stage:
        return make_stage(self.home, world=self.world, time=self.time, **changes)

    def charges(self, slug: str | None = None) -> int:
        return self.world.charges(slug)

    def requests(self, slug: str, operation: str) -> int:
        return self.world.requests().get(slug, {}).get(operation, 0)


async def _gather(work: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    return list(await asyncio.gather(*work))


@functools.cache
def _empty_ledger() -> Path:
    path = scratch() / f"empty-{os.getpid()}.sqlite3"
    Ledger(path).close()
    return path


def ledger_in(home: Path) -> Ledger:
    """The ledger of a data folder; a new one is a copy of an empty one, since making its tables is what takes time."""
    path = home / "ledger.sqlite3"
    if not path.exists():
        shutil.copyfile(_empty_ledger(), path)
    return Ledger(path)


def square(path: Path) -> Path:
    """A square picture: clips made from it are the quickest to render of each resolution."""
    part = path.with_name(f"{os.getpid()}-{path.name}")
    Image.new("RGB", (400, 400), "teal").save(part)
    return part.replace(path)


@functools.cache
def small_image() -> ImageInput:
    """The smallest picture every provider takes, since most tests are not about pictures."""
    out = io.BytesIO()
    Image.new("RGB", (400, 304), "teal").save(out, "PNG")
    return images.parse(out.getvalue())


def request_for(variant: providers.Variant) -> Request:
    """A request the variant can fulfil, with an image wherever it needs one."""
    needed = {name: (small_image(),) for name in providers.INPUTS if variant.need(name) == "required"}
    return Request.of(PROMPT, needed, {})


def make_stage(
    home: Path,
    faults: str = "",
    *,
    world: World | None = None,
    time: FakeTime | None = None,
    ledger: Ledger | None = None,
    wire: Transport | None = None,
    speed: float = 1.0,
    trouble: Callable[[str], None] = lambda sentence: None,
    clip_patience_s: float = CLIP_PATIENCE_S,
) -> Stage:
    home.mkdir(parents=True, exist_ok=True)
    time = time or FakeTime()
    world = world or World(
        tempo=Tempo(time.now, time.sleep, speed),
        faults=FaultPlan.parse(faults),
        ids=random.Random(3),
        renderer=lambda spec, folder: tiny_clip(),
    )
    wire = wire or sandboxed.connect(world)
    ledger = ledger or ledger_in(home)
    gate = Gate(ledger, Settings(home, home / "uploads", {}, Rates({})), time)
    recorder = Recorder(ledger, gate, time, time.sleep, trouble=trouble)
    waits, schedule = Waits(time.sleep, random.Random(5)), Schedule(ledger, random.Random(6), time.now, speed)
    engine = Engine(recorder, waits, Media(home), lambda job: wire, VARIANTS, schedule, clip_patience_s)
    return Stage(home, time, world, wire, ledger, gate, engine)


FAST = {"apiframe": "apiframe:hailuo-2.3", "odirouter": "odirouter:minimax_hailuo_23_fast_i2v"}
ONE_EACH = {slug: FAST.get(slug) or next(v.ref for v in VARIANTS if v.provider == slug) for slug in PROVIDERS}
"""One variant of each provider."""
