"""The whole suite beside eight busy processes, as often as told: a test must not depend on an idle machine.

``python -m tests.busy N`` prints how long each of N runs took and which tests failed in how many of them; words after
N go to pytest, to run a part of the suite. It exits with 1 if a test failed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]
BUSY = 8


def _turn() -> None:
    while True:
        pass


@contextmanager
def busy(count: int = BUSY) -> Iterator[None]:
    """A machine on which so many processes compute all the time."""
    others = [multiprocessing.Process(target=_turn, daemon=True) for _ in range(count)]
    for other in others:
        other.start()
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.join()


def failed(report: Path) -> list[str]:
    """The tests that a report of pytest's names as failed or broken, by file and name."""
    if not report.exists():
        return ["pytest ended without a report"]
    cases = ElementTree.parse(report).iter("testcase")
    wrong = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    return sorted({f"{case.get('classname')}::{case.get('name')}" for case in wrong})


def once(words: Sequence[str]) -> list[str]:
    """The tests that failed in one run of the suite, or of the part of it that ``words`` name."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "--tb=short", f"--junitxml={report}", *words]
        began = time.monotonic()
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        wrong = failed(report) or ([] if code == 0 else [f"pytest ended with {code}"])
        print(f"{time.monotonic() - began:.0f} s, {len(wrong)} failed", flush=True)
    return wrong


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser("python -m tests.busy", description=__doc__)
    parser.add_argument("times", type=int, metavar="N", help="how often the suite runs")
    options, words = parser.parse_known_args(argv)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the busy ones end with it
    with busy():
        runs = [once(words) for _ in range(options.times)]
    print(f"{sum(not wrong for wrong in runs)} of {len(runs)} runs were green.")
    for name, times in Counter(name for wrong in runs for name in wrong).most_common():
        print(f"failed {times} of {len(runs)} times: {name}")
    return int(any(runs))


if __name__ == "__main__":
    sys.exit(main())
