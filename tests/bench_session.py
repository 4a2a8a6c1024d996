"""A session against the sandbox on loopback, killed twice on its way: ``python -m tests.bench_session --out DIR``.

Four providers, five prompts, three repeats, live over real sockets. Then its report is written, and what it says is
held against what the sandbox itself knows (``/world``): every job charged once, and per variant the median time at the
provider, whose true value must lie within the interval that is printed. Exit code 1 where it does not.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from statistics import median

from comparisons.analysis.summary import Figures, summarize
from comparisons.ledger import Ledger
from comparisons.records import Job, Session
from tests.processes import Child, sandbox, takes
from tests.stage import ONE_EACH, square

SPEED = "2"
KILLED_AT = (0.25, 0.6)
"""Shares of the jobs that are over when the process is killed."""
PROMPTS = ("A paper boat crosses a puddle, [Push in]", "A lighthouse", "A fox in snow", "Rain on a window", "A kite")
END_S = 600.0


def plan() -> str:
    variants = ", ".join(f'"{ref}"' for ref in ONE_EACH.values())
    requests = "".join(f'[[requests]]\nprompt = "{prompt}"\nimage = "boat.png"\n' for prompt in PROMPTS)
    head = 'name = "four gateways"\nrepeats = 3\norder_seed = 7\nconcurrency = 10\nnearest = true\n'
    return f"{head}variants = [{variants}]\n{requests}"


def run(home: Path, urls: dict[str, str], ledger: Ledger) -> int:
    """Runs the plan to its end, killed twice; the exit code of the last process."""
    command = ["session", "run", str(home / "plan.toml"), "--live", "--allow-unpriced"]
    for share in KILLED_AT:
        child = takes(home, command, urls)
        child.until(lambda share=share: over(ledger) >= share, END_S)
        print(f"killed with {over(ledger):.0%} of the jobs over")
        child.kill()
    return ended(takes(home, command, urls))


def over(ledger: Ledger) -> float:
    jobs = ledger.jobs()
    return sum(job.done for job in jobs) / len(jobs) if jobs else 0.0


def ended(child: Child) -> int:
    child.until(lambda: child.code is not None, END_S)
    return child.code if child.code is not None else -1


def truths(jobs: Sequence[Job], world: dict) -> list[float]:
    """Seconds that the sandbox knows these jobs took, from accepted to finished."""
    known = {(each["provider"], each["id"]): each for each in world["jobs"]}
    theirs = [known[job.plan.provider, job.handle.id] for job in jobs if job.handle]
    return [each["finished_at"] - each["accepted_at"] for each in theirs]


def judge(figures: Figures, session: Session, world: dict) -> bool:
    """Prints one variant's median and the truth; whether the one holds the other."""
    jobs = [job for job in session.jobs if job.plan.variant == figures.key and not job.resumed]
    told, true = figures.latencies["provider"].p50, median(truths(jobs, world))
    if told is None or told.interval is None:
        print(f"{figures.key}: n = {figures.n} carries no interval; truth {true:.2f} s")
        return False
    held = told.interval.low <= true <= told.interval.high
    interval = f"{told.interval.low:.2f} to {told.interval.high:.2f}"
    verdict = "held" if held else "MISSED"
    print(f"{figures.key}: p50 {told.value:.2f} s ({interval}), n = {told.n}; truth {true:.2f} s: {verdict}")
    return held


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench_session", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the report goes")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        square(home / "boat.png")
        (home / "plan.toml").write_text(plan(), "utf-8")
        with closing(Ledger(home / "ledger.sqlite3")) as ledger, sandbox(home, home, "--speed", SPEED) as other:
            code = run(home, other.urls, ledger)
            world, (head,) = other.world(), ledger.sessions(9)
            session = ledger.session(head.session.id)
            reported = ended(takes(home, ["session", "report", session.id, "--out", str(options.out)], other.urls))
        return judged(session, world, code, reported)


def judged(session: Session, world: dict, code: int, reported: int) -> int:
    jobs, charges = session.jobs, [each["charged"] for each in world["jobs"]]
    delivered = sum(job.state == "delivered" for job in jobs)
    print(f"{delivered} of {len(jobs)} delivered, {sum(charges)} charges, exit codes {code} and {reported}")
    once = len(charges) == len(jobs) and set(charges) == {1}
    held = [judge(figures, session, world) for figures in summarize(session, {}).variants]
    return int(not (once and all(held) and code == reported == 0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
