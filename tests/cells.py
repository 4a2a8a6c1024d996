"""One cell of the fault matrix: a job, or a quote, over a wire that goes wrong; what came of it, and what it broke."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import providers
from comparisons.engine import Engine, Recorder, Waits
from comparisons.engine.concurrency import Places
from comparisons.engine.poll_scheduler import Schedule
from comparisons.media.store import Media
from comparisons.records import Budget, Event, Job, Result
from comparisons.runs import compare
from comparisons.runs.quotes import Quotes
from comparisons.words import state_words
from providers import PROVIDERS, Variant
from providers.sandbox import Tempo, World
from tests.endings import ALL
from tests.sabotage import HUGE_CLIP, KEY, Alone, Answer, Sabotage
from tests.stage import VARIANTS, Stage, ledger_in, make_stage, request_for, tiny_clip

OPERATIONS = ("upload", "submit", "poll", "result", "download", "cancel", "quote")
ONCE, FOREVER = 1.0, math.inf
SPEED = 4.0
"""The sandbox's: its jobs then take about four seconds, so fewer polls are spent on what goes well."""
CLIP_PATIENCE_S = 3600.0
"""How long a clip that does not come is waited for here; a running Takes waits for a week."""
GAP_S = 0.5
"""Seconds between polls while all goes well: what is counted here is what a fault does."""
OVER_S = 60.0
"""Seconds after which any job is over."""
INSTANT = ("upload", "submit", "result", "download")
"""Phases that take no time on a clock that only waiting moves."""


class Steady(Schedule):
    """Asks at a fixed pace, whatever jobs took before."""

    def gap(self, job: Job, age_s: float) -> float:
        return GAP_S


def _variant(slug: str, operation: str) -> Variant:
    """One that needs an image, so that there is something to upload; else the first."""
    own = [variant for variant in VARIANTS if variant.provider == slug]
    named = ALL[slug].variants.get(operation) if slug in ALL else None
    if named is not None:
        return next(variant for variant in own if variant.ref == named)
    return next((variant for variant in own if variant.need("first_frame") == "required"), own[0])


@dataclass(frozen=True)
class Cell:
    """What goes wrong: ``answer`` comes in place of the first ``times`` replies of an operation of a provider.

    ``wait``: the seconds for which a 429 is waited out, and up to a tenth more; None if it is none. ``refuses_key``: it
    says that the key is wrong. ``late``: the job was asked to stop when it was over, and it goes wrong from then on.
    """

    slug: str
    operation: str
    answer: Answer
    times: float
    wait: float | None = None
    refuses_key: bool = False
    late: bool = False


@dataclass(frozen=True)
class Outcome:
    """Where it ended, and what a person reads.

    ``requests``: how often each operation was asked for, by its first letter: ``u1 s1 p20 d1``. A quote is ``priced``
    or ``unpriced``, and its sentence is what was said instead of a price.
    """

    state: str
    requests: str
    words: str | None
    sentence: str | None
    broken: tuple[str, ...] = ()

    @property
    def ending(self) -> str:
        return f"{self.state} {self.requests}"


async def outcome(cell: Cell, home: Path) -> Outcome:
    """What comes of a cell, in a new data folder and a new world."""
    home.mkdir()
    async with bench(cell, home) as table:
        return await (_quote(table) if cell.operation == "quote" else _take(table))


# The bench ---------------------------------------------------------------------------------------------------


class KnownClip(Media):
    """Knows the matrix's one clip by its bytes, so that ffmpeg measures it once; anything else it looks at itself."""

    measured: Result | None = None

    async def receive(
        self, chunks: AsyncIterator[bytes], name: str, expected: int | None, hints: Sequence[str] = ()
    ) -> Result:
        body = await self._whole(chunks)
        if body != tiny_clip().read_bytes() or expected != len(body) or KnownClip.measured is None:
            result = await super().receive(_again(body), name, expected, hints)
            KnownClip.measured = result
            return result
        (self.clips / f"{name}.mp4").write_bytes(body)
        return replace(KnownClip.measured, file=f"{name}.mp4", poster=None)

    async def _whole(self, chunks: AsyncIterator[bytes]) -> bytes:
        body = bytearray()
        async for chunk in chunks:
            body += chunk
        return bytes(body)


async def _again(body: bytes) -> AsyncIterator[bytes]:
    yield body


class Noted(Places):
    """Remembers what it was told."""

    def __init__(self, time: Alone) -> None:
        super().__init__(8, time.now)
        self.told: Counter[str] = Counter()

    def too_many(self) -> None:
        self.told["too many"] += 1
        super().too_many()

    def refuse(self, why: str) -> None:
        self.told["refused"] += 1
        super().refuse(why)


@dataclass
class Bench:
    """A stage whose wire goes wrong, and its places."""

    cell: Cell
    stage: Stage
    wire: Sabotage
    places: Noted

    def engine(self) -> Engine:
        """The engine of a new process: it remembers nothing. A cell about a cancel stops its job once it is queued."""
        stage = self.stage
        recorder = Recorder(stage.ledger, stage.gate, stage.time, stage.time.sleep, changed=self._changed)
        return Engine(
            recorder,
            Waits(stage.time.sleep, random.Random(5)),
            KnownClip(stage.home, HUGE_CLIP),
            lambda job: stage.wire,
            VARIANTS,
            Steady(stage.ledger, random.Random(5), stage.time.now),
            CLIP_PATIENCE_S,
        )

    def job(self, **changes: Any) -> Job:
        """A planned job; ``changes`` are to its plan."""
        operation = "cancel" if self.cell.late else self.cell.operation
        (job,) = self.stage.plan([_variant(self.cell.slug, operation).ref]).jobs
        if changes:
            job = compare.new_job(job.run, 1, replace(job.plan, **changes), job.last_at, 0)
            self.stage.ledger.add_jobs([job], Budget((), {}))
        return job

    def _changed(self, job: Job) -> None:
        kind = job.events[-1].kind
        if kind == "queued" and (self.cell.operation == "cancel" or self.cell.late):
            self.stage.time.jump(OVER_S if self.cell.late else 0.0)
            self.stage.ledger.record(job.id, Event("stop", self.stage.time.now()))
        if kind == "cancel" and self.cell.late:
            self.wire.times = self.cell.times

    def requests(self) -> str:
        counts = self.wire.requests
        return " ".join(f"{each[0]}{counts[each]}" for each in sorted(OPERATIONS, key=_order) if counts[each])


def _order(operation: str) -> int:
    return ("upload", "quote", "submit", "cancel", "poll", "result", "download").index(operation)


@asynccontextmanager
async def bench(cell: Cell, home: Path) -> AsyncIterator[Bench]:
    """A world, a ledger and a wire that goes wrong as the cell says, in a folder that is there."""
    time = Alone()
    world = World(
        tempo=Tempo(time.now, time.sleep, SPEED), ids=random.Random(3), renderer=lambda spec, folder: tiny_clip()
    )
    wire = Sabotage(world, time, cell.slug, cell.operation, cell.answer, 0 if cell.late else cell.times)
    ledger = ledger_in(home)
    transport = wire.transport()
    try:
        stage = make_stage(home, world=world, time=time, ledger=ledger, wire=transport)
        yield Bench(cell, stage, wire, Noted(time))
    finally:
        await transport.aclose()
        ledger.close()
        world.close()


# A take ------------------------------------------------------------------------------------------------------


async def _take(table: Bench) -> Outcome:
    """One take as far as it goes, and, where it is not over, what the next start makes of it once all is well."""
    job = await table.engine().advance(table.job(), table.places)
    requests, words, broken = table.requests(), state_words(job), _broken(table, job)
    if not job.done:
        broken += await _broken_by_the_next_start(table, job)
    return Outcome(job.state, requests, words, job.error, tuple(broken))


async def _broken_by_the_next_start(table: Bench, job: Job) -> list[str]:
    """A job that is not over is alive: it ends as it would have, once the wire is well again."""
    table.wire.times = 0
    table.stage.ledger.record(job.id, Event("resumed", table.stage.time.now()))
    job = await table.engine().advance(job, table.places)
    stopped = table.cell.operation == "cancel" and table.stage.charges() == 0
    well = job.state == ("canceled" if stopped else "delivered")
    return ([] if well else [f"the next start ends {job.state}: {job.error}"]) + _broken(table, job)


def _broken(table: Bench, job: Job) -> list[str]:
    """The words of the promises that were not kept; they hold in every cell."""
    charges, sentences = table.stage.charges(), [event.data["error"] for event in job.events if "error" in event.data]
    promises = {
        f"charged {charges} times": charges <= 1,
        f"{job.state}, yet charged": job.state not in ("rejected", "canceled", "failed")
        or charges == 0
        or _is_ours(table),
        "said to owe nothing, yet charged": not job.owes_nothing or charges == 0,
        "delivered, yet not charged": job.state != "delivered" or charges == 1,
        "submitted again without a key": _keyed(job) or _submits_that_counted(job) <= 1,
        "something unknown counts as 0": all(cost is None or cost.amount > 0 for cost in _costs(job)),
        "the phases do not add up": _adds_up(job),
        "a wait is not held": table.cell.wait is None or table.cell.times != ONCE or _held(job, table.cell),
        "times run backwards": _in_order([event.at for event in job.events if event.phase]),
        "its provider's places heard something else": dict(table.places.told) == _expected_news(table),
    }
    unfit = [f"not fit to be read: {sentence}" for sentence in sentences if not fit(sentence)]
    return [what for what, kept in promises.items() if not kept] + unfit


def fit(sentence: str) -> bool:
    """One line of at most 400 characters, without a URL or the key."""
    return len(sentence) <= 400 and sentence.isprintable() and "://" not in sentence and KEY not in sentence


def _is_ours(table: Bench) -> bool:
    """Whether a clip is given up that was made at a server of one's own, where it costs nobody a bill."""
    return table.cell.late and PROVIDERS[table.cell.slug].own_server


def _in_order(times: Sequence[float]) -> bool:
    return list(times) == sorted(times)


def _keyed(job: Job) -> bool:
    return PROVIDERS[job.plan.provider].idempotency_s is not None


def _submits_that_counted(job: Job) -> int:
    """Submits that were not provably refused or stopped short."""
    sent = sum(event.kind == "submitting" for event in job.events)
    attempts = [event.data for event in job.events if event.kind == "attempt" and event.data["op"] == "submit"]
    return sent - sum(bool(attempt["nothing_there"]) for attempt in attempts)


def _costs(job: Job) -> tuple[providers.Money | None, ...]:
    cost = job.cost
    return cost.listed, cost.quoted, cost.billed


def _adds_up(job: Job) -> bool:
    if job.state != "delivered":
        return True
    timings = job.timings(job.last_at)
    parts, total = sum(timings.phases.values()), timings.total
    return total is not None and abs(parts - total) < 0.001 and job.said("total_s") in (None, total)


def _held(job: Job, cell: Cell) -> bool:
    """A wait that a 429 asked for is held, not latency; but a job goes on while its polls wait."""
    if job.state != "delivered" or cell.operation not in INSTANT or cell.wait is None or _from_the_next_place(job):
        return True
    timings = job.timings(job.last_at)
    return cell.wait <= timings.held <= cell.wait * 1.1 and all(timings.phases[phase] < 0.001 for phase in INSTANT)


def _from_the_next_place(job: Job) -> bool:
    """Whether the clip came from another place that the same reply names: another host, which asked for no wait."""
    failed, *rest = job.events[-2:]
    return (
        failed.kind == "attempt" and failed.data["op"] == "download" and [each.kind for each in rest] == ["delivered"]
    )


def _expected_news(table: Bench) -> Mapping[str, int]:
    """A 429 halves a provider's places, unless it is of a clip's host; a refused key stops those that wait."""
    cell, struck = table.cell, table.wire.struck
    if cell.wait is not None and cell.operation != "download":
        return {"too many": struck}
    if cell.refuses_key and cell.operation in ("upload", "submit"):
        return {"refused": struck}
    return {}


# A quote -----------------------------------------------------------------------------------------------------


async def _quote(table: Bench) -> Outcome:
    """A quote, asked for once more where the first goes wrong only once; its sentence is that of the first."""
    variant = _variant(table.cell.slug, table.cell.operation)
    offer = compare.offer(variant, request_for(variant), "sandbox")
    (first,) = await Quotes(table.stage.time.now).quoted([offer], table.stage.wire)
    last = first
    if table.cell.times == ONCE:
        (last,) = await Quotes(table.stage.time.now).quoted([offer], table.stage.wire)
    broken = [what for each in (first, last) for what in _broken_by_an_offer(each)]
    state = "unpriced" if last.quoted is None else "priced"
    return Outcome(state, table.requests(), None, first.no_quote, tuple(broken))


def _broken_by_an_offer(each: compare.Offer) -> list[str]:
    """An offer has a price or says why not; a price is never 0."""
    promises = {
        f"{each.quoted} beside {each.no_quote}": (each.quoted is None) != (each.no_quote is None),
        "something unknown counts as 0": each.quoted is None or each.quoted.amount > 0,
        f"not fit to be read: {each.no_quote}": each.no_quote is None or fit(each.no_quote),
    }
    return [what for what, kept in promises.items() if not kept]
