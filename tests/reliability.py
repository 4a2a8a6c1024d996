"""What holds when something dies or lies: one command that prints every figure, section by section.

``python -m tests.reliability`` takes some twenty minutes; ``--help`` lists the counts, and 0 leaves a section out. The
exit code is 1 if any promise was broken.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests import faults, hostile, kills, outages

Section = Callable[[argparse.Namespace, Path], list[str]]
"""Prints its figures, using a scratch folder; returns the words for every promise that was broken."""


def takes_killed(options: argparse.Namespace, scratch: Path) -> list[str]:
    tally = kills.many(kills.trial, options.trials, options.seed, scratch, _progress)
    print(kills.report(tally, kills.FIGURES))
    return tally.broken


def gateways_killed(options: argparse.Namespace, scratch: Path) -> list[str]:
    tally = kills.many(outages.restarts, options.restarts, options.seed, scratch, _progress)
    print(kills.report(tally, [name for name in kills.FIGURES if name != "sent"]))
    return tally.broken


def gateways_away(options: argparse.Namespace, scratch: Path) -> list[str]:
    with ThreadPoolExecutor() as lanes:
        seen = list(lanes.map(lambda way: outages.outage(way, options.outage, scratch), outages.Way))
    for each in seen:
        print(outages.report(each))
    return [f"{each.way}: {what}" for each in seen for what in each.wrong]


def faults_met(options: argparse.Namespace, scratch: Path) -> list[str]:
    return ["a fault ended otherwise than its cell says"] if faults.main() else []


def replies_read(options: argparse.Namespace, scratch: Path) -> list[str]:
    return ["a hostile reply got through"] if hostile.main(options.replies) else []


SECTIONS: Mapping[str, tuple[str, Section]] = {
    "trials": ("Takes is killed at random moments", takes_killed),
    "restarts": ("The gateways are killed at random moments", gateways_killed),
    "outage": ("The gateways are away for a while", gateways_away),
    "faults": ("Every operation meets every fault at every provider", faults_met),
    "replies": ("Hostile replies are read", replies_read),
}
"""By the option that says how much of it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs every section; 1 if any promise was broken."""
    options = _options(arguments)
    broken: list[str] = []
    with tempfile.TemporaryDirectory(prefix="takes-reliability-") as folder:
        scratch = Path(folder)
        kills.stock(scratch)
        for title, section in [each for option, each in SECTIONS.items() if getattr(options, option)]:
            print(f"\n{title}\n{'-' * len(title)}", flush=True)
            began = time.monotonic()
            broken += section(options, scratch)
            print(f"({time.monotonic() - began:.0f} s)")
    print("", *broken, _verdict(broken), sep="\n")
    return 1 if broken else 0


def _verdict(broken: Sequence[str]) -> str:
    return f"{len(broken)} promises were broken." if broken else "Every promise was kept."


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.reliability", description=__doc__)
    parser.add_argument("--trials", type=int, default=200, help="runs in which Takes is killed (default: %(default)s)")
    parser.add_argument(
        "--restarts", type=int, default=60, help="runs in which the gateways are (default: %(default)s)"
    )
    parser.add_argument("--outage", type=float, default=60.0, metavar="S", help="seconds away (default: %(default)g)")
    parser.add_argument("--faults", type=int, default=1, help="0 leaves the matrix of faults out")
    parser.add_argument(
        "--replies", type=int, default=10_000, help="hostile replies for each reader (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of all moments (default: %(default)s)")
    return parser.parse_args(arguments)


def _progress(tally: kills.Tally) -> None:
    if sys.stderr.isatty():
        print(f"\r{tally.trials} runs, {tally.kills} kills ", end="\r", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
