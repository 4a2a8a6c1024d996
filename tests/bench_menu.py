"""What a large menu costs: ``python -m tests.bench_menu``.

In one process, in turn: the list of all variants built out of the catalogue files, and one offer made of each without
any network, as a quote does that nobody need be asked for. And the CPU of a fresh process that reads the catalogue,
beside one that only imports what reads it. Exits 1 where quoting so many as 300 takes more than half a second.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import providers
from comparisons.runs import compare
from providers import INPUTS, ImageInput, Request, Variant
from tests.providers.sandbox.test_sandbox import png

ROOT = Path(__file__).parent.parent
ROUNDS = 7
COUNT, MOST_S = 300, 0.5
IMAGE = ImageInput(png(1024, 768), "image/png", 1024, 768)
READ, IMPORTED = "import providers; providers.variants()", "import providers"


def quoted(variants: tuple[Variant, ...]) -> int:
    """Makes an offer of each variant, with the images that it needs; how many fit."""
    needed = [{name: (IMAGE,) for name in INPUTS if each.need(name) == "required"} for each in variants]
    offers = [
        compare.offer(each, Request.of("A boat", images, {}), "anywhere.example")
        for each, images in zip(variants, needed, strict=True)
    ]
    return sum(each.why_not is None for each in offers)


def cpu_of(act: Callable[[], object]) -> float:
    """Seconds of this process."""
    before = time.process_time()
    act()
    return time.process_time() - before


def fresh_cpu(code: str) -> float:
    """Seconds of a new process that runs this code."""
    before = os.times()
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={"PATH": os.environ["PATH"]}, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> int:
    """Prints the medians."""
    variants = providers.variants()
    fit = quoted(variants)
    rounds = [(cpu_of(providers.variants), cpu_of(lambda: quoted(variants))) for _ in range(ROUNDS)]
    built, quotes = (median(times) for times in zip(*rounds, strict=True))
    fresh = [(fresh_cpu(READ), fresh_cpu(IMPORTED)) for _ in range(ROUNDS)]
    read, imported = (median(times) for times in zip(*fresh, strict=True))
    of_300 = quotes * COUNT / len(variants)
    print(f"{len(variants)} variants, of which {fit} fit; medians of {ROUNDS}, in CPU")
    print(f"the list built {built:.3f} s, a quote of all {quotes:.3f} s: {quotes / built:.2f} x")
    print(f"a fresh process that reads the catalogue {read:.2f} s, {read - imported:.2f} s more than its imports")
    met = of_300 <= MOST_S and fit == len(variants)
    print(f"{'met   ' if met else 'MISSED'} a quote of {COUNT}: {of_300:.3f} s (at most {MOST_S:g} s)")
    return int(not met)


if __name__ == "__main__":
    sys.exit(main())
