"""Takes the gateways away from under a live run, and looks at what becomes of its jobs when they are back.

The gateways are the loopback sandbox: killed, with nothing left on its port, and started again, with its memory or
without; or stopped and continued, like a network that swallows packets for a while.
"""

from __future__ import annotations

import json
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Any

from comparisons.ledger import Ledger
from comparisons.records import AT_PROVIDER, OVER, Job, State
from providers import PROVIDERS
from tests.kills import (
    END_S,
    SHOWN,
    SPEEDS,
    Press,
    Tally,
    broken,
    crashes,
    in_doubt,
    kept,
    moments,
    presses,
    submits,
    whole,
)
from tests.processes import Child, DidNotHappen, Sandbox, sandbox, takes

REPEATS = 4
"""More jobs than one of the providers has places, so that one of them waits for its place meanwhile."""
AT_ONCE = sum(min(REPEATS, provider.concurrency) for provider in PROVIDERS.values())
SPEED = "3"
"""Jobs take two to eight seconds: the outage comes before the first is done."""
UNREACHABLE = "could not be reached"
FELT_S = 60.0
"""Within this every job has noticed what happened to its provider."""
AWAY_S = (0.0, 1.0)
"""How long the sandbox is away when it is killed at a random moment."""
STRIKES = 3
"""At most so often in one run."""
LOST = OVER - {State.DELIVERED}


class Way(StrEnum):
    """How the gateways go and come back."""

    RESTARTED = "killed, then started again"
    FROZEN = "stopped, then continued"
    FORGETFUL = "killed, then started again without its memory"


# An outage in the middle of a run ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Outage:
    """The jobs as the ledger had them before it, while it lasted and at the end, and what else is known of it."""

    way: Way
    before: Sequence[Job] = ()
    during: Sequence[Job] = ()
    after: Sequence[Job] = ()
    worlds: Sequence[Mapping[str, Any]] = ()
    """What the sandbox said of itself before it went, and at the end."""
    code: int | None = None
    """The exit code of the process that ran the jobs."""
    wrong: Sequence[str] = ()

    @property
    def sent(self) -> int:
        """How many submits arrived, in all lives of the sandbox together."""
        return sum(counts.get("submit", 0) for world in self.worlds for counts in world["requests"].values())

    @property
    def charges(self) -> int:
        """The charges that stand, each job as the latest life of the sandbox that knows it has it."""
        jobs = [job for world in self.worlds for job in world["jobs"]]
        return sum({(job["provider"], job["id"]): job["charged"] for job in jobs}.values())


def outage(way: Way, gap_s: float, scratch: Path) -> Outage:
    """One run whose gateways are away for ``gap_s`` seconds, and longer if it takes longer to be felt."""
    home = Path(tempfile.mkdtemp(prefix="outage-", dir=scratch))
    try:
        seen = lived_through(way, gap_s, home, scratch)
    except DidNotHappen as error:
        return Outage(way, wrong=[str(error)[-SHOWN:]])
    return replace(seen, wrong=[*crashes(home), *broken_by(seen, home)])


def lived_through(way: Way, gap_s: float, home: Path, scratch: Path) -> Outage:
    """The run, before it is judged.

    Raises:
        DidNotHappen: somebody waited in vain.
    """
    options = ["--speed", SPEED, *([] if way is Way.FORGETFUL else ["--journal", str(home / "journal")])]
    with ExitStack() as ends:
        ledger = ends.enter_context(closing(Ledger(home / "ledger.sqlite3")))
        first = ends.enter_context(sandbox(home, scratch, *options))
        run = ends.enter_context(running(takes(home, pressed().words, first.urls)))
        run.until(lambda: sum(job.handle is not None for job in ledger.jobs()) >= AT_ONCE)
        before, worlds = ledger.jobs(), [first.world()]
        first.child.signal(signal.SIGSTOP) if way is Way.FROZEN else first.child.kill()
        during = felt(run, way, gap_s, ledger)
        second = ends.enter_context(back(way, first, home, scratch, options))
        if way is Way.FORGETFUL:
            forgotten(run, home, second, ledger)
        else:
            run.until(lambda: run.code is not None, END_S)
        worlds = [second.world()] if second is first else [*worlds, second.world()]
        return Outage(way, before, during, ledger.jobs(), worlds, run.code)


def pressed() -> Press:
    return replace(presses()[0][0], repeats=REPEATS)


@contextmanager
def running(child: Child) -> Iterator[Child]:
    """The process, which ends with the block at the latest."""
    try:
        yield child
    finally:
        child.kill()


def felt(run: Child, way: Way, gap_s: float, ledger: Ledger) -> list[Job]:
    """The jobs when the time is up and, where something can be noticed, each has noticed it."""
    run.over(gap_s)
    if way is not Way.FROZEN:
        run.until(lambda: all(UNREACHABLE in (job.error or "") for job in there(ledger)), FELT_S)
    return ledger.jobs()


def there(ledger: Ledger) -> list[Job]:
    """The jobs that are at their provider, as far as we know."""
    return [job for job in ledger.jobs() if job.state in AT_PROVIDER]


@contextmanager
def back(way: Way, first: Sandbox, home: Path, scratch: Path, options: Sequence[str]) -> Iterator[Sandbox]:
    """The gateways again, under the same addresses."""
    if way is Way.FROZEN:
        first.child.signal(signal.SIGCONT)
        yield first
    else:
        with sandbox(home, scratch, *options, port=first.port) as second:
            yield second


def forgotten(run: Child, home: Path, second: Sandbox, ledger: Ledger) -> None:
    """Waits until each job has heard that its provider does not know it, twice: also after a new start."""
    run.until(lambda: all(UNREACHABLE not in (job.error or UNREACHABLE) for job in there(ledger)), FELT_S)
    run.kill()
    with running(takes(home, ["resume"], second.urls)) as resumed:
        resumed.until(lambda: all(asked_since_resumed(job) for job in there(ledger)), FELT_S)


def asked_since_resumed(job: Job) -> bool:
    kinds = [event.kind for event in job.events]
    return "resumed" in kinds and "attempt" in kinds[kinds.index("resumed") :]


def handle_id(job: Job) -> str | None:
    """What its provider calls it. What else the handle was told may grow: where a clip is, once it is done."""
    return job.handle.id if job.handle else None


def broken_by(seen: Outage, home: Path) -> list[str]:
    """The words for promises that an outage broke."""
    handles = {job.id: job.handle.id for job in seen.before if job.handle}
    known = [job for job in seen.after if job.id in handles]
    promises = {
        "a job is missing": len(seen.before) == len(seen.during) == len(seen.after) == pressed().jobs,
        "a job ended while its provider was away": not any(job.state in LOST for job in seen.during),
        "a job was submitted twice": all(in_doubt(job) <= 1 for job in seen.after),
        "a submit is not in the ledger": seen.sent <= sum(map(submits, seen.after)),
        "a job is not charged once": seen.charges == sum(map(in_doubt, seen.after)),
        "a job has another handle than before": all(
            job.handle is not None and job.handle.id == handles[job.id] for job in known
        ),
    }
    if seen.way is Way.FORGETFUL:
        promises["a job that its provider forgot is over"] = not any(job.state in LOST for job in known)
    else:
        promises |= {
            f"the run ended with {seen.code}": seen.code == 0,
            "a job was not delivered": all(job.state == "delivered" and whole(job, home) for job in seen.after),
            "a job was resumed": not any(job.resumed for job in seen.after),
        }
    return kept(promises)


def report(seen: Outage) -> str:
    """What became of the jobs of one run, in words."""
    lines = [f"{seen.way}: {len(seen.after)} jobs, {seen.sent} submits, {seen.charges} charges"]
    return "\n".join([*lines, *_told("meanwhile", seen.during), *_told("at the end", seen.after)])


def _told(when: str, jobs: Sequence[Job]) -> list[str]:
    errors = Counter(job.error for job in jobs if job.error)
    return [f"  {when}: {_states(jobs)}", *(f"    {number} say: {why}" for why, number in errors.items())]


def _states(jobs: Sequence[Job]) -> str:
    return ", ".join(f"{number} {state}" for state, number in Counter(job.state for job in jobs).items())


# Restarts at random moments -----------------------------------------------------------------------------------


def restarts(number: int, seed: int, scratch: Path) -> Tally:
    """One run whose sandbox is killed at random moments and started again with its memory, while Takes lives on."""
    rng, tally = Random(f"restarts:{seed}:{number}"), Tally(trials=1)
    home, (press,) = Path(tempfile.mkdtemp(prefix=f"restarts-{number}-", dir=scratch)), presses()[0]
    options = ["--speed", f"{rng.uniform(*SPEEDS):.1f}", "--journal", str(home / "journal")]
    with closing(Ledger(home / "ledger.sqlite3")) as ledger, ExitStack() as ends:
        other = ends.enter_context(sandbox(home, scratch, *options))
        run = ends.enter_context(running(takes(home, press.words, other.urls)))
        for moment in moments(rng)[:STRIKES]:
            if run.over(moment):
                break
            other.child.kill()
            tally.add_kill(ledger.jobs(), press.jobs)
            run.over(rng.uniform(*AWAY_S))
            other = ends.enter_context(sandbox(home, scratch, *options, port=other.port))
        run.over(END_S)
        jobs, world = ledger.jobs(), remembered(home / "journal")
    tally.add_figures(jobs, world)
    tally.broken += [f"restarts {number}: {what}" for what in broken(jobs, press.jobs, world, home)]
    shutil.rmtree(home)
    return tally


def remembered(journal: Path) -> dict[str, Any]:
    """What sandboxes of this journal accepted, as ``/world`` would say it; their counts of requests died with them.

    A job accepted under an idempotency key counts if its key was written down, too: killed between the two, the
    sandbox itself has lost its promise.
    """
    files = [json.loads(path.read_text()) for path in journal.glob("*.json")]
    under_key = {each["job"] for each in files if "spec" not in each}
    jobs = [each["job"] for each in files if "spec" in each]
    sure = [job for job in jobs if PROVIDERS[job["provider"]].idempotency_s is None or job["id"] in under_key]
    return {"jobs": [{"provider": job["provider"], "id": job["id"], "charged": 1} for job in sure], "requests": {}}
