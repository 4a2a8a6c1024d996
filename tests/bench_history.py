"""How quick History stays at up to 10,000 runs. Prints the times: ``python -m tests.bench_history``."""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from comparisons.ledger import Filter, Ledger
from comparisons.records import MediaInfo, Plan, Result, Wanted
from comparisons.runs.history import PAGE
from comparisons.ui.history import page as history_page
from providers import Money, variants

START = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
STEP_S = 1800.0
JOBS = 6
POLLS = 8
REPEATS = 7
FIRST_PAGE_S, FILTER_S = 0.050, 0.300
WORDS = ("paper", "boat", "puddle", "雨", "纸船", "wind", "grass", "light", "camera", "Straße", "лодка", "slow")
FAULTS = {"failed": 0.05, "canceled": 0.02, "rejected": 0.02, "uncertain": 0.001}


def build(path: Path, runs: int, jobs: int = JOBS) -> Ledger:
    """A ledger of so many runs, written in bulk. The oldest one alone speaks of a needle."""
    Ledger(path).close()
    rng = random.Random(7)
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA synchronous = OFF")
        for number in range(runs):
            _add(db, rng, number, jobs)
        db.commit()
    return Ledger(path)


def _add(db: sqlite3.Connection, rng: random.Random, number: int, jobs: int) -> None:
    run, at = f"r_{number:032x}", START + number * STEP_S
    prompt = "A needle" if number == 0 else " ".join(rng.choices(WORDS, k=rng.randint(6, 40)))
    db.execute(
        "INSERT INTO runs (id, at, prompt, simulated, owner) VALUES (?, ?, ?, ?, ?)",
        (run, at, prompt, number % 3 > 0, f"{number % 50:032x}"),
    )
    for position, variant in enumerate(rng.choices(variants(), k=jobs)):
        job = f"j_{number * jobs + position:032x}"
        plan = Plan(
            variant.ref, variant.provider, variant.endpoint, variant.model, variant.name, number % 3 > 0, prompt,
            {"resolution": "768p", "duration": 6}, asked=Wanted({"duration": 6}, {}),
            listed=Money(rng.randint(1, 90), "USD"),
        )  # fmt: skip
        row = (job, run, position, plan.variant, json.dumps(plan.to_json()))
        db.execute("INSERT INTO jobs (id, run, position, variant, plan) VALUES (?, ?, ?, ?, ?)", row)
        db.executemany(
            "INSERT INTO events (job, at, kind, state, phase, data) VALUES (?, ?, ?, ?, NULL, ?)",
            [(job, at + i, *event) for i, event in enumerate(_story(rng, job))],
        )


def _story(rng: random.Random, job: str) -> Iterator[tuple[str, str | None, str]]:
    """What happened to a job: kind, state and data of each event."""
    for kind, state, data in (*_beginning(job), *_end(rng, job)):
        yield kind, state, json.dumps(data)


def _beginning(job: str) -> list[tuple[str, str | None, dict]]:
    return [
        ("planned", "planned", {"start": 0}),
        ("submitting", "submitting", {"key_id": "5f74e2f99a73be45"}),
        ("queued", "queued", {"handle": {"id": job[-20:], "endpoint": "hailuo-2.3"}}),
        ("running", "running", {}),
        *[("polled", None, {"said": "processing", "progress": poll / POLLS}) for poll in range(POLLS)],
    ]


def _end(rng: random.Random, job: str) -> list[tuple[str, str | None, dict]]:
    kind = next(iter(rng.choices([*FAULTS, "delivered"], [*FAULTS.values(), 1 - sum(FAULTS.values())])))
    if kind != "delivered":
        return [(kind, kind, {"error": "The provider reports a failure: busy"})]
    media = MediaInfo(1366, 768, 24.0, 144, 6.0, "h264", False)
    result = Result(f"{job}.mp4", "0" * 64, 3_000_000, media, f"{job}.jpg").to_json()
    return [
        ("succeeded", "succeeded", {"billed": {"amount": "0.28", "currency": "USD"}, "uncertainty_s": 2.0}),
        ("delivered", "delivered", {"result": result, "total_s": 90.0}),
    ]


def filters(runs: int) -> dict[str, Filter]:
    """Each thing to search by, alone and together, and what is slowest: nothing, and only the oldest run."""
    oldest = datetime.fromtimestamp(START, UTC).date()
    middle = datetime.fromtimestamp(START + runs * STEP_S / 2, UTC).date()
    variant = variants()[0]
    return {
        "a word": Filter("PAPER"),
        "three words": Filter("paper лодка 雨"),
        "a word of no run": Filter("zeppelin"),
        "a word of the oldest run only": Filter("needle"),
        "the oldest run's id": Filter(f"r_{0:032x}"),
        "a provider": Filter(provider=variant.provider),
        "no such provider": Filter(provider="nobody"),
        "a model": Filter(model=variant.model),
        "a rare state": Filter(state="uncertain"),
        "no such state": Filter(state="queued"),
        "the oldest day": Filter(first=oldest, last=oldest),
        "up to the middle": Filter(last=middle),
        "live": Filter(simulated=False),
        "a visitor": Filter(owner=f"{7:032x}"),
        "a visitor, a word of no run": Filter("zeppelin", owner=f"{7:032x}"),
        "all at once, none": Filter("zeppelin", variant.provider, variant.model, "uncertain", oldest, middle, False),
    }


def took(act: Callable[[], object]) -> float:
    """Seconds of one call: the median of several."""
    times = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        act()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def tenth(ledger: Ledger) -> float:
    """Seconds of the tenth page, by the key of the ninth."""
    before = None
    for _ in range(9):
        page = ledger.history(Filter(), PAGE, before)
        before = page.older or before
    return took(lambda: ledger.history(Filter(), PAGE, before))


def measure(runs: int, jobs: int = JOBS) -> bool:
    """Prints the times of one ledger; whether all are within the bars."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = build(Path(folder) / "ledger.sqlite3", runs, jobs)
        first = took(lambda: ledger.history(Filter(), PAGE))
        html = history_page.rows(ledger.history(Filter(), PAGE).runs, {})
        print(f"\n{runs:,} runs of {jobs} jobs")
        print(f"  {'first page':32}{first * 1000:8.1f} ms")
        print(f"  {'tenth page':32}{tenth(ledger) * 1000:8.1f} ms")
        print(f"  {'the tab, as HTML':32}{len(html.encode()):8} bytes")
        slowest = 0.0
        for name, wanted in filters(runs).items():
            one = took(lambda wanted=wanted: ledger.history(wanted, PAGE))
            found = len(ledger.history(replace(wanted), PAGE).runs)
            print(f"  {name:32}{one * 1000:8.1f} ms  {found} shown")
            slowest = max(slowest, one)
        ledger.close()
    return first < FIRST_PAGE_S and slowest < FILTER_S


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, nargs="*", default=[100, 1_000, 10_000], help="how many runs")
    options.add_argument("--jobs", type=int, default=JOBS, help="jobs of each run")
    given = options.parse_args()
    within = [measure(runs, given.jobs) for runs in given.runs]
    print(
        f"\nfirst page under {FIRST_PAGE_S * 1000:.0f} ms, every filter under {FILTER_S * 1000:.0f} ms: {all(within)}"
    )
    return 0 if all(within) else 1


if __name__ == "__main__":
    sys.exit(main())
