"""How long one press takes that compares one model at every provider that has it, in the built-in sandbox.

``python -m tests.bench_compare`` has the command line compare ``hailuo-2.3`` (``MODEL`` after it: another) from words
alone, at the sandbox's own pace, in a new data folder: ``compare --sandbox --model hailuo-2.3``. It prints what each
take took and was charged, how many of the providers delivered, and the time of the whole; it exits with 1 where a
provider that sells the model from words delivered none, where a take did not come, or where it took longer than
``BAR_S``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from providers import PROVIDERS, variants

ROOT = Path(__file__).resolve().parents[1]
MODEL = "hailuo-2.3"
PROMPT = "A paper boat drifts across a rain puddle at dusk. [Push in]"
BAR_S = 40.0
SAID = ("total_s", "queue_s", "generate_s", "provider_s")


def sellers(model: str) -> list[str]:
    """The providers that make clips of a model from words alone."""
    sold = {each.provider for each in variants() if each.model == model and each.need("first_frame") != "required"}
    return [slug for slug in PROVIDERS if slug in sold]


def pressed(model: str, home: Path) -> tuple[list[dict[str, Any]], str, float]:
    """The rows of one press, what the command said besides, and the seconds that it took."""
    words = ["compare", "--sandbox", "--model", model, "--prompt", PROMPT, "--json"]
    env = {name: value for name, value in os.environ.items() if not name.startswith("TAKES_")}
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "comparisons", *words],
        cwd=ROOT, env=env | {"TAKES_HOME": str(home)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return json.loads(done.stdout or "[]"), done.stderr, time.monotonic() - began


def line(row: Mapping[str, Any]) -> str:
    spent = "".join(f"{row[name]:>9.1f}" if row[name] is not None else f"{'-':>9}" for name in SAID)
    cost = f"{row['cost_usd']:>9.4f}" if row["cost_usd"] is not None else f"{'-':>9}"
    return f"{row['variant']:<62}{row['status']:<11}{spent}{cost} {row['cost_basis']}"


def main(arguments: Sequence[str]) -> int:
    """Presses once and prints what came of it; 1 where something is missing or late."""
    model = arguments[0] if arguments else MODEL
    with tempfile.TemporaryDirectory(prefix="takes-compare-") as folder:
        rows, aside, seconds = pressed(model, Path(folder))
    print(f"{'':<62}{'':<11}" + "".join(f" {name.removesuffix('_s'):>8}" for name in (*SAID, "$")))
    print(*map(line, rows), sep="\n")
    print(aside, end="")
    wanted = sellers(model)
    came = [slug for slug in wanted if any(row["provider"] == slug and row["status"] == "delivered" for row in rows)]
    late = [row["variant"] for row in rows if row["status"] != "delivered"]
    print(f"{len(rows)} takes of {model}, {len(came)} of {len(wanted)} providers that make it from words delivered.")
    print(f"{seconds:.1f} s in all (bar: {BAR_S:g} s)")
    return 1 if late or came != wanted or seconds > BAR_S else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
