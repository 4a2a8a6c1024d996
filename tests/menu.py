"""Every variant once through a real playground and the built-in sandbox: ``python -m tests.menu``.

Each makes the smallest clip that its options allow, or with ``--largest N`` so many of them the largest. Prints a line
for each that is wrong: that was not delivered, was sent what it does not document, whose clip is of another size or
length than was sent, has sound or none against it, or was charged something else than is listed. Exits 1 if any is.
``--write`` puts the table of models into ``providers/README.md`` instead.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from comparisons.runs import MenuLine, menu
from providers import PROVIDERS, variants
from tests.menu_takes import Asked, Sandbox, Take, sample, smallest

README = Path(__file__).parent.parent / "providers" / "README.md"
BEGIN, END = "<!-- menu -->\n", "<!-- /menu -->\n"


def table() -> str:
    """Every model with its family, and how many variants each provider has of it."""
    lines = menu(variants(), {})
    total = [str(sum(_count(line, slug) for line in lines)) for slug in PROVIDERS]
    rows = [
        ["model", "family", *PROVIDERS],
        *[[f"`{line.model}`", line.family, *[str(_count(line, slug) or "") for slug in PROVIDERS]] for line in lines],
        [f"{len(lines)} models", f"{len({line.family for line in lines})} families", *total],
    ]
    head, *rest = ["| " + " | ".join(row) + " |\n" for row in rows]
    return "".join([head, f"|{'---|' * (2 + len(PROVIDERS))}\n", *rest])


def _count(line: MenuLine, slug: str) -> int:
    return len(line.sold[slug].variants) if slug in line.sold else 0


def written(text: str) -> str:
    """A README with the table of today in it."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.split(END)[1]}"


def swept(asked: Sequence[Asked]) -> int:
    """Prints a line for each take that is wrong, and a summary; how many are."""
    os.nice(10)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-1:])
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="takes-menu-") as home:
        sandbox = Sandbox(Path(home))
        try:
            takes = sandbox.takes(asked)
        finally:
            sandbox.close()
    wrong = [take for take in takes if take.faults]
    for take in wrong:
        print(f"{take.asked.variant.ref}: {'; '.join(take.faults)}")
    print(summary(takes, len(wrong), time.monotonic() - began))
    return len(wrong) + abs(len(asked) - len(takes))


def summary(takes: Sequence[Take], wrong: int, seconds: float) -> str:
    """How many there were, of what, and for how many of them there was something to compare."""
    media = [take.job.result.media for take in takes if take.job.result and take.job.result.media]
    largest = max(((each.width, each.height) for each in media), key=lambda each: each[0] * each[1], default=(0, 0))
    longest = max((each.duration_s for each in media), default=0)
    compared = (f"{sum(take.has(what) for take in takes)} {what}s" for what in ("size", "length", "sound", "price"))
    families = len({take.asked.variant.family for take in takes})
    return (
        f"{len(takes)} takes of {families} families in {seconds:.0f} s, {wrong} wrong;"
        f" compared were {', '.join(compared)}; the largest {largest[0]} x {largest[1]}, the longest {longest:.0f} s"
    )


def main(arguments: list[str]) -> int:
    """Has every variant make a clip, or a sample of them a large one, or writes the table down."""
    parser = argparse.ArgumentParser(prog="python -m tests.menu", description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="only put the table of models into providers/README.md")
    parser.add_argument(
        "--largest", type=int, metavar="N", help="so many variants, over the families, at their largest"
    )
    parser.add_argument("--only", default="", metavar="WORD", help="only the variants whose names have this in them")
    options = parser.parse_args(arguments)
    if options.write:
        README.write_text(written(README.read_text("utf-8")), "utf-8")
        return 0
    chosen = [each for each in variants() if options.only in each.ref]
    asked = [smallest(each) for each in chosen] if options.largest is None else sample(chosen, options.largest)
    return int(swept(asked) > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
