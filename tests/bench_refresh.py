"""What one refresh of the page costs while a take is still under way: ``python -m tests.bench_refresh``.

A run of 4, 12 and 24 takes, of which all but one are delivered, is watched by a real browser. Printed are the bytes
that one update sends to it and the server's CPU a second (refreshes, and the polls of what is under way), and both
against those of the smallest run.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import BrowserContext

from comparisons import settings
from comparisons.playground import Playground
from comparisons.runs.compare import Choice
from comparisons.ui import Door, build_ui, launch_options
from providers import Request
from providers.sandbox import FaultPlan, Tempo, World
from tests.browser import CELLS, browse, free_port, until
from tests.stage import ONE_EACH, PROMPT, tiny_clip

TAKES = (4, 12, 24)
STUCK = '[[fault]]\nkind = "stuck"\nprovider = "runcomfy"\ntimes = 3'
QUICK = "apiframe"
SPEED = 40.0
LOOK_S = 12.0
SHOWS = "() => document.querySelector('#grid .takes-grid').parentElement.__takes.shows()"


@dataclass(frozen=True)
class Cost:
    """Bytes on the wire for one refresh, and the server's CPU for one second of being watched, in seconds."""

    takes: int
    refreshes: int
    bytes: float
    cpu_s: float


@contextmanager
def served(home: Path, port: int) -> Iterator[Playground]:
    """The page over a sandbox in which one provider never finishes."""
    world = World(
        tempo=Tempo(speed=SPEED),
        faults=FaultPlan.parse(STUCK),
        ids=random.Random(3),
        renderer=lambda spec, to: tiny_clip(),
    )
    playground = Playground(settings.read({"TAKES_HOME": str(home), "TAKES_SANDBOX_SPEED": str(SPEED)}), world=world)
    door = Door(playground)
    demo = build_ui(playground, door)
    demo.launch(prevent_thread_lock=True, quiet=True, server_port=port, **launch_options(door))
    try:
        yield playground
    finally:
        demo.close(verbose=False)
        playground.close()


def run_of(playground: Playground, takes: int) -> str:
    """A run of so many takes, all delivered but the one that is stuck."""
    refs = (ONE_EACH["runcomfy"], ONE_EACH[QUICK])
    run = playground.start(Request(PROMPT), Choice(refs=refs), simulated=True)
    quick = next(job for job in run.jobs if job.plan.provider == QUICK)
    for _ in range(takes - len(refs)):
        playground.again(quick.id)
    while sum(job.state == "delivered" for job in playground.ledger.run(run.id).jobs) < takes - 1:
        playground.settled([run.id], 0.5)
    return run.id


def watched(context: BrowserContext, url: str, takes: int, look_s: float) -> Cost:
    """Opens a run and listens to what its refreshes send."""
    got: list[int] = []
    page = context.new_page()
    page.goto(url)
    until(page, f"{CELLS}.length === {takes}")
    listening = context.new_cdp_session(page)
    listening.on("Network.dataReceived", lambda event: got.append(event["dataLength"]))
    listening.send("Network.enable")
    page.wait_for_timeout(3000)
    got.clear()
    before = page.evaluate(SHOWS)
    cpu = time.process_time()
    page.wait_for_timeout(look_s * 1000)
    cpu = time.process_time() - cpu
    refreshes = page.evaluate(SHOWS) - before
    page.close()
    return Cost(takes, refreshes, sum(got) / max(1, refreshes), cpu / look_s)


def main(arguments: list[str]) -> int:
    """Prints the figures; 1 if a refresh grows with the takes that are delivered."""
    options = argparse.ArgumentParser(prog="python -m tests.bench_refresh", description=__doc__.splitlines()[0])
    options.add_argument("--look", type=float, default=LOOK_S, metavar="S", help="seconds each run is watched")
    look_s = options.parse_args(arguments).look
    port, costs = free_port(), []
    with tempfile.TemporaryDirectory() as folder, served(Path(folder) / "takes", port) as playground:
        runs = {takes: run_of(playground, takes) for takes in TAKES}
        with browse(Path(folder) / "profile") as context:
            for takes, run in runs.items():
                costs.append(watched(context, f"http://127.0.0.1:{port}/?run={run}", takes, look_s))
    print(f"{'takes':>6} {'refreshes':>10} {'bytes each':>11} {'CPU ms/s':>12} {'bytes':>7} {'CPU':>6}")
    for each in costs:
        ratios = f"{each.bytes / costs[0].bytes:7.2f} {each.cpu_s / costs[0].cpu_s:6.2f}"
        print(f"{each.takes:6} {each.refreshes:10} {each.bytes:11.0f} {each.cpu_s * 1000:12.2f} {ratios}")
    return int(costs[-1].bytes > 1.1 * costs[0].bytes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
