"""What a large menu costs: ``python -m tests.bench_menu``.

In one process, in turn: the list of all variants built out of the catalogue files, and one offer made of each by a
playground, without asking any provider. And the CPU of a fresh process that reads the catalogue,
beside one that only imports what reads it. Exits 1 where quoting so many as 300 takes more than half a second.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import providers
from comparisons import settings
from comparisons.playground import Playground
from comparisons.records import HOST
from comparisons.runs import Choice
from providers import ImageInput, Request
from tests.browser import clean_env
from tests.providers.sandbox.test_sandbox import png

ROOT = Path(__file__).parent.parent
ROUNDS = 7
COUNT, MOST_S = 300, 0.5
IMAGE = ImageInput(png(1024, 768), "image/png", 1024, 768)
REQUEST = Request("A boat", IMAGE, IMAGE, (IMAGE,))
READ, IMPORTED = "import providers; providers.variants()", "import providers"


def quoted(playground: Playground) -> int:
    """Makes an offer of each variant, with the prices that are known without asking anybody; how many fit.

    The request has every kind of image; each variant leaves out what it does not take.
    """
    every = Choice(tuple(each.ref for each in playground.variants), nearest=True)
    offers, _ = playground.offers.of(REQUEST, every, simulated=True)
    filled = playground.quotes.filled(offers, playground.wires.to(HOST, simulated=True))
    return sum(each.why_not is None for each in filled)


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
    with tempfile.TemporaryDirectory(prefix="takes-bench-") as home:
        playground = Playground(settings.read(clean_env(Path(home), 0, 1.0), Path(home, "none.env")))
        variants, fit = playground.variants, quoted(playground)
        rounds = [(cpu_of(providers.variants), cpu_of(lambda: quoted(playground))) for _ in range(ROUNDS)]
        playground.close()
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
