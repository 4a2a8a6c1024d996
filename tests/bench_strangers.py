"""What a host with two cores bears: ``python -m tests.bench_strangers [--quick]``.

Five hundred people watch the running takes of many visitors, each with the stream and the heartbeat that a page opens,
and one more presses Run; then the same beside a form with a 60-megapixel image, a vendor that does not answer, and
events that nobody reads. Then a thousand small runs on one's own machine. It prints the figures and exits with 1 if one
is missed.

The watchers are one process of cheap sockets; all is on this machine, so they and the presses take their part of it.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from providers import variants
from tests import browser
from tests.attacks.money import until
from tests.attacks.slots import image
from tests.attacks.targets import CAPS, HOSTS_KEY, HUNG, Target, Targets
from tests.attacks.visitor import JOB, NAMES, RUN, Visitor, first
from tests.stage import ONE_EACH

QUICK = ONE_EACH["runcomfy"]
PRESS_S, MEMORY, LAG_S = 1.0, 1_200_000_000, 0.1
"""What is promised: a press answered at the 99th percentile, resident bytes, delay of the page's loop at the 99th."""


@dataclasses.dataclass(frozen=True)
class Scale:
    """How much of it."""

    visitors: int = 25
    takes: int = 2
    watchers: int = 500
    presses: int = 40
    runs: int = 1000


WHOLE, SMALL = Scale(), Scale(visitors=5, watchers=100, presses=12, runs=100)


@dataclasses.dataclass
class Figures:
    """Prints each and remembers whether one was missed."""

    missed: int = 0

    def held(self, what: str, figure: str, ok: bool) -> None:
        self.missed += not ok
        print(f"{'held  ' if ok else 'MISSED'}  {what}: {figure}", flush=True)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that so large a share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("inf")


# the server -----------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def served(targets: Targets, folder: Path, speed: float, **env: str) -> Iterator[tuple[Target, Path]]:
    """A Takes with the probe beside it, and the file of its loops' delays."""
    home, port, lags = Path(tempfile.mkdtemp(dir=folder)), browser.free_port(), folder / f"lags-{next(NAMES)}"
    settings = {**browser.clean_env(home, port, speed), "GRADIO_SERVER_NAME": "127.0.0.1", **env}
    with (home / "log").open("wb") as log:
        command = [sys.executable, "-m", "tests.attacks.serve", str(lags)]
        process = subprocess.Popen(command, cwd=browser.ROOT, env=settings, stdout=log, stderr=log)
        try:
            up = browser.wait_up(browser.Served(f"http://127.0.0.1:{port}/", home, process))
            yield Target(up.url, home, process, targets.sandbox()), lags
        finally:
            process.terminate()
            process.wait(30)


def lags(file: Path, since: float) -> list[float]:
    """The delays of the page's loop from a moment on, in seconds: of the busier of the loops there are."""
    by_loop: dict[str, list[float]] = {}
    for line in file.read_text().splitlines():
        at, _, named = line.partition(" ")
        name, _, delay = named.rpartition(" ")
        if float(at) >= since:
            by_loop.setdefault(name, []).append(float(delay))
    return max(by_loop.values(), key=lambda delays: percentile(delays, 0.99), default=[])


# who watches ----------------------------------------------------------------------------------------------------------


class Watchers:
    """The other process."""

    def __init__(self, port: int, asked: Sequence[tuple[str, str]]) -> None:
        command = [sys.executable, "-m", "tests.attacks.watchers", str(port)]
        self._process = subprocess.Popen(
            command, cwd=browser.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("".join(f"{cookie} {path}\n" for cookie, path in asked) + "\n")
        self._process.stdin.flush()
        self.open = int(self._process.stdout.readline().split()[1])

    def end(self) -> dict[str, object]:
        """How many were open to the end, and what they heard."""
        told, _ = self._process.communicate(timeout=30)
        return dict(json.loads(told))


def running(target: Target, scale: Scale) -> list[tuple[Visitor, str]]:
    """Many visitors, each with a run that goes on for minutes."""
    found = []
    for _ in range(scale.visitors):
        visitor = target.visitor()
        run = first(RUN, visitor.press(QUICK, mode="Sandbox", repeats=scale.takes))
        if not run:
            raise RuntimeError("a run that is to be watched was refused")
        found.append((visitor, run))
    return found


def pages(watched: Sequence[tuple[Visitor, str]], watchers: int) -> list[tuple[str, str]]:
    """What so many open pages listen to: each its run, and whether the server is there."""
    asked = []
    for number in range(watchers):
        visitor, run = watched[number % len(watched)]
        asked += [(visitor.cookie, f"takes/watch/runs/{run}"), (visitor.cookie, f"gradio_api/heartbeat/page{number}")]
    return asked


def press(presser: Visitor) -> float:
    """Seconds from a press to the run's name; the take is stopped at once. Infinite if there was no run."""
    presser.new_tab()
    fields = {"prompt": f"[refuse] {presser.tab}", "mode": "Sandbox"}
    presser.chosen = [QUICK]
    presser.body("start")  # the page has its form before
    began = time.monotonic()
    said = presser.call("start", fields, enough=RUN)
    took = time.monotonic() - began if first(RUN, said) else float("inf")
    presser.new_tab()
    presser.call("cancel", event={"job": first(JOB, said)})
    return took


def pressing(target: Target, lag_file: Path, scale: Scale, figures: Figures, beside: str) -> None:
    """Presses of one more visitor, and what the server is like meanwhile."""
    presser, since, took = target.visitor(), time.monotonic(), []
    for _ in range(scale.presses):
        took.append(press(presser))
        time.sleep(0.3)
    late, memory = lags(lag_file, since), target.memory()
    worst, middle = percentile(took, 0.99), percentile(took, 0.5)
    figures.held(f"a press, {beside}", f"p99 {worst:.2f} s, median {middle:.2f} s, n {len(took)}", worst < PRESS_S)
    delay = percentile(late, 0.99)
    figures.held(f"the loop's delay, {beside}", f"p99 {delay * 1000:.0f} ms, n {len(late)}", delay < LAG_S)
    figures.held(f"resident memory, {beside}", f"{memory / 1e6:.0f} MB", memory < MEMORY)


# what goes on beside it -----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def beside(target: Target) -> Iterator[None]:
    """A large image in a form that is refreshed, a live form whose vendor hangs, and forty events nobody reads."""
    slow, live, mute = target.visitor(), target.visitor(), target.visitor()
    live.chosen = [each.ref for each in variants() if each.provider == HUNG and each.need("first_frame") != "required"]
    over = threading.Event()

    def again_and_again(act: Callable[[], object]) -> None:
        while not over.wait(0.2):
            with contextlib.suppress(httpx.TransportError):
                act()

    def refresh() -> None:
        """Each time an image that nobody has seen, which decoders do not mind."""
        sent = slow.upload(image(7746, "WEBP") + os.urandom(16), "a.webp", "image/webp")
        slow.call("refresh", {"image": slow.file(str(sent.json()[0]))})

    def unread() -> None:
        mute.new_tab()
        mute.join(mute.body("search"))

    typed = {"mode": "Live", "prompt": "a boat", f"key-{HUNG}": "a-key-of-mine"}
    acts = (refresh, lambda: live.call("refresh", typed), unread)
    for _ in range(40):
        unread()
    with ThreadPoolExecutor(len(acts)) as pool:
        list(pool.map(lambda act: pool.submit(again_and_again, act), acts))
        try:
            yield
        finally:
            over.set()


def watching(targets: Targets, folder: Path, scale: Scale, figures: Figures) -> None:
    """Both times with five hundred pages open."""
    hung = targets.hung_url
    env = {"TAKES_PUBLIC": "1", **CAPS, **hung, "RH_API_KEY": HOSTS_KEY}
    with served(targets, folder, 0.05, **env) as (target, lag_file):
        watched = running(target, scale)
        port = int(target.url.rstrip("/").rpartition(":")[2])
        watchers = Watchers(port, pages(watched, scale.watchers))
        pages_open = watchers.open == 2 * scale.watchers
        figures.held("streams and heartbeats open", f"{watchers.open} of {2 * scale.watchers}", pages_open)
        pressing(target, lag_file, scale, figures, f"{scale.watchers} watch")
        with beside(target):
            pressing(target, lag_file, scale, figures, "the same beside large image, hung vendor, unread events")
        heard = watchers.end()
        good = heard["open"] == watchers.open and heard["statuses"] == {"200": watchers.open}
        figure = f"{heard['open']} open, answered {heard['statuses']}, {heard['bytes']} bytes heard"
        figures.held("watchers at the end", figure, good)
        for visitor in target.visitors:
            visitor.close()


# many small runs ------------------------------------------------------------------------------------------------------

FLAT_HANDLES, FLAT_MEMORY = 5, 60_000_000
OVER_S, SETTLED_S = 120.0, 3.0
"""How long the last runs may take, and what closes behind them."""


def flat(targets: Targets, folder: Path, scale: Scale, figures: Figures) -> None:
    """Handles and memory after a tenth of the runs, and after all of them."""
    with served(targets, folder, 400.0) as (target, _):
        owner = target.visitor()
        made = _runs(owner, target, scale.runs // 10)
        handles, memory = _settled(target)
        made += _runs(owner, target, scale.runs - scale.runs // 10)
        more_handles, more_memory = (
            after - before for after, before in zip(_settled(target), (handles, memory), strict=True)
        )
        figures.held("small runs", f"{made} of {scale.runs} started", made == scale.runs)
        figures.held(
            "open files over them", f"{more_handles:+d} to {handles + more_handles}", more_handles <= FLAT_HANDLES
        )
        figures.held(
            "memory over them",
            f"{more_memory / 1e6:+.0f} MB to {(memory + more_memory) / 1e6:.0f}",
            more_memory < FLAT_MEMORY,
        )
        owner.close()


def _runs(owner: Visitor, target: Target, number: int) -> int:
    made = 0
    for _ in range(number):
        owner.new_tab()
        owner.chosen = [QUICK]
        made += bool(
            first(RUN, owner.call("start", {"prompt": f"[refuse] {owner.tab}", "mode": "Sandbox"}, enough=RUN))
        )
    return made


def _settled(target: Target) -> tuple[int, int]:
    """Open files and resident bytes once what was under way is over."""
    until(lambda: target.under_way() == 0, OVER_S)
    time.sleep(SETTLED_S)
    return target.handles(), target.memory()


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser("python -m tests.bench_strangers", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small part of it, for development")
    scale = SMALL if parser.parse_args(argv).quick else WHOLE
    folder, figures = Path(tempfile.mkdtemp(prefix="takes-bench-")), Figures()
    os.environ["TAKES_TEST_SCRATCH"] = str(folder)
    (folder / "takes-sandbox-clips").mkdir()
    try:
        with Targets(folder) as targets:
            watching(targets, folder, scale, figures)
            flat(targets, folder, scale, figures)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if figures.missed else 0


if __name__ == "__main__":
    sys.exit(main())
