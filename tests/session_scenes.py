"""Benchmark sessions as plain records, with latencies, bills and failures as one likes; no clip is rendered."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from comparisons.records import End, Ending, Event, Job, MediaInfo, Placed, Plan, Result, Run, Session
from providers import Money, Variant, usual, variants

START = 1_795_000_000.0
VARIANTS = {variant.ref: variant for variant in variants()}
MEDIA = MediaInfo(1366, 768, 24, 141, 5.875, "h264", False)
GAP_S = 2.0
Block = tuple[int, int, Sequence[Job]]
FACTS: dict[str, Any] = {
    "left_out": ["request 2: runcomfy:minimax/hailuo-2-3/pro/text-to-video: it takes no image"],
    "environment": {"Python": "3.11.9", "httpx": "0.28.1", "System": "Linux x86_64", "Processors": "4"},
    "settings": {
        "order_seed": 7,
        "concurrency": 8,
        "rate_per_minute": None,
        "within_percent": None,
        "most_repeats": None,
        "budget_usd": None,
    },
}
PLAN = """name = "hailuo-i2v"
repeats = 3
order_seed = 7
concurrency = 8
warm_up = 1
variants = ["model:hailuo-2.3-fast", "provider:apiframe"]

[[requests]]
prompt = "A paper boat crosses a puddle, <b>[Push in]</b>"
image = "boat.jpg"          # beside the plan
duration = 6
"""


@dataclass(frozen=True)
class Take:
    """How one job ends: ``state``, after so many seconds of generation, seen by polls every ``gap_s``."""

    state: str = "delivered"
    generate_s: float = 20.0
    gap_s: float = GAP_S
    billed: Money | None = None
    error: str = ""
    extra: tuple[str, ...] = ()


@dataclass(frozen=True)
class Behavior:
    """A variant: its median latency and σ, its quote, and how its jobs fail."""

    ref: str
    median_s: float
    sigma: float = 0.25
    quoted: Money | None = None
    billed: bool = False
    failing: float = 0.0
    error: str = "The worker ran out of memory."


def job_of(number: int, run: str, ref: str, take: Take, quoted: Money | None = None, *, hand_made: bool = False) -> Job:
    """A job of a simulated session, ended as ``take`` says; ``extra`` are events before its end."""
    variant, at = VARIANTS[ref], START + 40.0 * number
    start: dict[str, Any] = {"start": number} if hand_made else {"start": number, "session": "s1"}
    job = Job(f"j{number}-{run}", run, 0, _plan(variant, quoted), (Event("planned", at, "planned", "held", start),))
    if take.state in ("planned", "unsent"):
        unsent = Event("rejected", at + 1, "rejected", None, {"error": "The image is gone."})
        return job if take.state == "planned" else job.after(unsent)
    for event in _events(take, at):
        job = job.after(event)
    return job


def _plan(variant: Variant, quoted: Money | None) -> Plan:
    options = usual(variant)
    rate = variant.rate(options, None)
    return Plan(
        variant.ref, variant.provider, variant.endpoint, variant.model, variant.name, True, "A paper boat", options,
        listed=rate.money if rate else None, quoted=quoted,
    )  # fmt: skip


def _events(take: Take, at: float) -> Iterable[Event]:
    yield Event("submitting", at + 0.5, "submitting", "submit")
    end = {"error": take.error} if take.error else {}
    if take.billed is not None:
        end["billed"] = {"amount": str(take.billed.amount), "currency": take.billed.currency}
    if take.state in ("rejected", "uncertain"):
        yield from (Event(kind, at + 0.8) for kind in take.extra)
        yield Event(take.state, at + 1.0, take.state, None, end)
        return
    began = at + 1.0 + GAP_S
    yield Event("queued", at + 1.0, "queued", "queue", {"handle": {"id": f"h{at}", "endpoint": ""}})
    yield Event("running", began, "running", "generate")
    yield from (Event(kind, began + 0.1) for kind in take.extra)
    over = began + take.generate_s
    if take.state == "running":
        return
    if take.state != "delivered":
        yield Event(take.state, over, take.state, None, end)
        return
    yield Event("succeeded", over, "succeeded", "download", {"uncertainty_s": take.gap_s / 2, **end})
    result = Result(f"c{at}.mp4", "ab" * 32, 900_000, MEDIA)
    yield Event("delivered", over + 0.7, "delivered", None, {"result": result.to_json()})


def session_of(
    blocks: Sequence[tuple[int, int, Sequence[Job]]],
    warm_ups: Sequence[tuple[int, int, Sequence[Job]]] = (),
    **more: Any,
) -> Session:
    """A session of runs given as (request, repeat, jobs)."""
    placed = [_placed(*each, warm_up=True) for each in warm_ups] + [_placed(*each, warm_up=False) for each in blocks]
    about = {"name": "hailuo-i2v", "plan": PLAN, "identity": "x", "simulated": True, "live": False, "facts": FACTS}
    ending = {"ending": Ending(End.ALL_MADE, 3)}
    return Session(**{"id": "s1", "at": START, **about, **ending, "runs": tuple(placed), **more})


def takes_of(*takes: Take, ref: str, quoted: Money | None = None, **more: Any) -> Session:
    """One request, asked once for each take."""
    return session_of([(0, i, [job_of(i, f"r{i}", ref, take, quoted)]) for i, take in enumerate(takes)], **more)


def _placed(request: int, repeat: int, jobs: Sequence[Job], *, warm_up: bool) -> Placed:
    run_id = jobs[0].run if jobs else f"r{request}-{repeat}"
    return Placed(request, repeat, Run(run_id, START, "A paper boat", True, tuple(jobs)), warm_up)


def played(behaviors: Sequence[Behavior], requests: int, repeats: int, seed: int = 3, **more: Any) -> Session:
    """A whole session: each variant behaves as it is said to."""
    rng, number, blocks = random.Random(seed), 0, []
    for repeat in range(repeats):
        for request in range(requests):
            jobs = []
            for each in behaviors:
                jobs.append(job_of(number, f"r{repeat}-{request}", each.ref, _lucky(each, rng), each.quoted))
                number += 1
            blocks.append((request, repeat, jobs))
    return session_of(blocks, **more)


def _lucky(each: Behavior, rng: random.Random) -> Take:
    seconds = each.median_s * rng.lognormvariate(0, each.sigma)
    if rng.random() < each.failing:
        return Take("failed", seconds / 2, error=each.error)
    seen = GAP_S * (seconds // GAP_S + 1)
    return Take("delivered", seen, billed=each.quoted if each.billed else None)


def six(requests: int = 5, repeats: int = 3) -> Session:
    """Six variants of four gateways: failures, a bound, unknown prices, a warm-up, a take by hand, a restart."""
    yuan = Money(Decimal("1.50"), "CNY")
    session = played(
        [
            Behavior("apiframe:hailuo-2.3", 74, quoted=None, billed=False),
            Behavior("apiframe:hailuo-2.3-fast", 41, failing=0.12, error="Apiframe reports a failure: <i>nsfw</i>"),
            Behavior("odirouter:minimax_hailuo_23_fast_i2v", 55, 0.4, Money(Decimal("0.11"), "USD"), billed=True),
            Behavior("odirouter:minimax_hailuo_23_i2v", 88, 0.2, Money(Decimal("0.28"), "USD"), failing=0.1),
            Behavior("runninghub:minimax/hailuo-2.3-fast/image-to-video", 38, 0.2),
            Behavior("runninghub:minimax/hailuo-2.3/i2v-standard", 70, 0.3, yuan, billed=True),
        ],
        requests,
        repeats,
    )
    fast = "apiframe:hailuo-2.3"
    odd = [
        job_of(900, "rx", fast, Take("uncertain", error="Apiframe did not answer in time.")),
        job_of(901, "rx", fast, Take("canceled", extra=("stop",), error="Stopped: Apiframe canceled it.")),
        job_of(902, "rx", fast, Take(generate_s=200, extra=("resumed",))),
        job_of(903, "rx", fast, Take(generate_s=31), hand_made=True),
    ]
    warm = job_of(904, "rw", fast, Take(generate_s=300))
    runs = (_placed(0, 0, [warm], warm_up=True), *session.runs, _placed(0, repeats - 1, odd, warm_up=False))
    return Session(**{**vars(session), "runs": runs, "deleted": 1})


RATES = {"CNY": Decimal("0.1405")}
