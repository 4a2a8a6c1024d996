"""Whether what people look at grows with the ledger or with the answer: ``python -m tests.bench_ledger``.

The same questions over ledgers of 1,000, 10,000 and 100,000 jobs: a run's table, History's first page, how long a
variant takes, and the figures of a session of 180 jobs. Returns 1 if one takes over 0.3 s and grows with the ledger.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from comparisons.analysis import table
from comparisons.analysis.summary import summarize
from comparisons.ledger import Filter, Ledger
from comparisons.runs.history import PAGE
from tests.bench_history import JOBS, build, took

SESSION = "s_bench"
SESSION_RUNS = 30
BAR_S, GROWTH = 0.3, 1.5
SETTINGS = {"order_seed": 1, "concurrency": 8, "rate_per_minute": None, "within_percent": None, "most_repeats": None}


def make_session(path: Path, runs: int) -> None:
    """Makes a session of five requests out of the latest runs that are alike in what made them."""
    facts = json.dumps({"settings": SETTINGS | {"budget_usd": None}, "left_out": [], "environment": {}})
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute(
            "INSERT INTO sessions (id, at, owner, name, identity, plan, simulated, live, facts, ended)"
            " VALUES (?, 0, '', 'bench', 'bench', '', 1, 0, ?, 'All were made.')",
            (SESSION, facts),
        )
        alike = [number for number in range(runs) if number % 3 > 0][-SESSION_RUNS:]
        for place, number in enumerate(alike):
            run = f"r_{number:032x}"
            db.execute(
                "INSERT INTO session_runs (session, request, repeat, warm_up, run) VALUES (?, ?, ?, 0, ?)",
                (SESSION, place % 5, place // 5, run),
            )
            db.execute(
                "UPDATE events SET data = json_object('start', seq, 'session', ?)"
                " WHERE kind = 'planned' AND job IN (SELECT id FROM jobs WHERE run = ?)",
                (SESSION, run),
            )
        db.commit()


def questions(ledger: Ledger, runs: int) -> dict[str, Callable[[], object]]:
    """What is asked of a ledger."""
    run_id = f"r_{runs // 2:032x}"
    run = ledger.run(run_id)
    job = run.jobs[0]
    return {
        "a run's table": lambda: table.frame(ledger.run(run_id).jobs, {}, Path(), 0.0),
        "History's first page": lambda: ledger.history(Filter(), PAGE),
        "how long a variant takes": lambda: (ledger.totals(job.plan.variant, True), ledger.latencies(job.plan, 30)),
        "a session of 180 jobs, read": lambda: ledger.session(SESSION),
        "its figures": lambda: summarize(ledger.session(SESSION), {}),
        "the list of sessions": lambda: ledger.sessions(50),
    }


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--jobs", type=int, nargs="*", default=[1_000, 10_000, 100_000], help="jobs of the ledgers")
    times: dict[str, list[float]] = {}
    sizes = options.parse_args().jobs
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            path, runs = Path(folder) / "ledger.sqlite3", size // JOBS
            build(path, runs).close()
            make_session(path, runs)
            ledger = Ledger(path)
            for name, ask in questions(ledger, runs).items():
                times.setdefault(name, []).append(took(ask))
            ledger.close()
    print(f"{'milliseconds at so many jobs':32}" + "".join(f"{size:>10,}" for size in sizes) + "   last / first")
    for name, each in times.items():
        print(f"{name:32}" + "".join(f"{one * 1000:10.1f}" for one in each) + f"{each[-1] / each[0]:12.1f}")
    missed = [name for name, each in times.items() if each[-1] > BAR_S and each[-1] > GROWTH * each[0]]
    print(f"over {BAR_S * 1000:.0f} ms and growing with the ledger: {', '.join(missed) or 'nothing'}")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
