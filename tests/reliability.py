"""Kills Takes at random moments, again and again, and counts what was lost or doubled.

``python -m tests.reliability [TRIALS] [SEED]``: each trial starts the loopback sandbox and a live-mode run of
twelve jobs over four providers in a real process, kills it with SIGKILL at a random moment, starts it again, up to
several times, until every job is over; then compares the ledger with the sandbox's truth.
"""

from __future__ import annotations

import itertools
import random
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from comparisons.ledger import Ledger
from comparisons.records import Job
from providers import PROVIDERS, variants

ROOT = Path(__file__).parent.parent
JOBS = 12
KILLS = 4
SPEED = "40"
VARIANTS = tuple(
    next(v for v in variants() if v.provider == slug and v.first_frame != "required") for slug in PROVIDERS
)


@dataclass
class Tally:
    """What happened over all trials, and every promise that was broken."""

    trials: int = 0
    kills: int = 0
    jobs: int = 0
    charges: int = 0
    states: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


@contextmanager
def sandbox(scratch: Path, seed: int) -> Iterator[dict[str, str]]:
    """The loopback sandbox, as the environment that points Takes at it."""
    command = [sys.executable, "-m", "providers.sandbox", "--port", "0", "--speed", SPEED, "--seed", str(seed)]
    env = {"PATH": "/usr/bin:/bin", "TMPDIR": str(scratch), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=scratch, env=env, stdout=subprocess.PIPE, text=True) as process:
        lines = iter(process.stdout.readline, "")
        said = list(itertools.takewhile(lambda line: not line.startswith("Listening"), lines))
        urls = dict(line.strip().split("=", 1) for line in said)
        yield urls
        process.kill()


def trial(scratch: Path, tally: Tally, rng: random.Random) -> None:
    """One run, killed up to ``KILLS`` times on its way to the end."""
    home = Path(tempfile.mkdtemp(dir=scratch))
    with sandbox(scratch, rng.randrange(1000)) as urls:
        env = takes_env(home, urls)
        command = [
            "compare",
            "--live",
            "--allow-unpriced",
            "--prompt",
            "A paper boat",
            "--repeats",
            str(JOBS // len(VARIANTS)),
        ]
        command += [word for variant in VARIANTS for word in ("--variant", variant.ref)]
        for _ in range(KILLS):
            if not killed(home, command, env, rng.uniform(0.6, 3.0)):
                break
            tally.kills += 1
            command = ["resume"] if begun(home) else command
        run(home, ["resume"] if begun(home) else command, env)
        world = httpx.get(f"{origin(urls)}/world", trust_env=False).json()
    check(Ledger(home / "ledger.sqlite3").jobs(), world, tally)


def killed(home: Path, command: list[str], env: dict[str, str], after_s: float) -> bool:
    """Runs a command for a while, then kills it; False if it had ended by itself."""
    process = start(home, command, env)
    try:
        process.communicate(timeout=after_s)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return True
    return False


def begun(home: Path) -> bool:
    path = home / "ledger.sqlite3"
    return path.exists() and bool(Ledger(path).jobs())


def run(home: Path, command: list[str], env: dict[str, str]) -> None:
    start(home, command, env).communicate(timeout=180)


def start(home: Path, command: list[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
    arguments = [sys.executable, "-m", "comparisons", *command]
    return subprocess.Popen(arguments, cwd=home, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def takes_env(home: Path, urls: dict[str, str]) -> dict[str, str]:
    keys = {provider.key_env: "any" for provider in PROVIDERS.values()}
    return {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "HOME": str(home),
        "TAKES_HOME": str(home),
        **keys,
        **urls,
    }


def origin(urls: dict[str, str]) -> str:
    return next(iter(urls.values())).rpartition("/")[0]


def check(jobs: list[Job], world: dict, tally: Tally) -> None:
    """Every promise, job by job and provider by provider."""
    tally.trials += 1
    tally.jobs += len(jobs)
    tally.states.update(job.state for job in jobs)
    tally.charges += sum(job["charged"] for job in world["jobs"])
    for slug, provider in PROVIDERS.items():
        mine = [job for job in jobs if job.plan.provider == slug]
        theirs = {job["id"] for job in world["jobs"] if job["provider"] == slug}
        known = {job.handle.id for job in mine if job.handle}
        doubt = [job for job in mine if job.state == "uncertain"]
        promises = {
            "a job is not over": all(job.done for job in mine),
            "a job was submitted twice": len(theirs) <= len(mine) and known <= theirs,
            "a charged job has neither clip nor doubt": len(theirs - known) <= len(doubt),
            "a known job has no clip": all(job.state == "delivered" for job in mine if job.handle),
            "uncertain in spite of an idempotency key": not (provider.idempotency_s and doubt),
        }
        tally.broken += [f"trial {tally.trials}, {slug}: {what}" for what, kept in promises.items() if not kept]


def main(trials: int, seed: int) -> Tally:
    """Runs the trials and prints the figures."""
    tally, rng = Tally(), random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="takes-reliability-") as folder:
        for _ in range(trials):
            trial(Path(folder), tally, rng)
            print(f"\r{tally.trials} of {trials} trials, {tally.kills} kills", end="", flush=True)
    print(f"\n{tally.jobs} jobs, {tally.charges} charges, {dict(tally.states)}")
    print(
        "\n".join(tally.broken) or "No job lost, none submitted twice, no charge without its clip or an explicit doubt."
    )
    return tally


if __name__ == "__main__":
    arguments = [int(word) for word in sys.argv[1:]]
    sys.exit(bool(main(*(arguments or [20]), *([] if len(arguments) > 1 else [1])).broken))
