"""Every attack on a Takes that is hosted: ``python -m tests.strangers [NAME…]``.

It starts public ones, one on a Space and one for its owner alone over loopback, the host's keys pointed at a sandbox,
and prints a line for each attack, with its figure. It exits with 1 if any was not held off.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from tests import attacks
from tests.attacks import Attack, Result, slots
from tests.attacks.targets import Targets


def outcome(attack: Attack, targets: Targets) -> Result:
    """What came of it. One that could not even be carried out was not held off by anything."""
    target = targets.on(attack.on)
    if target is not None and target.process.poll() is not None:
        target = targets.anew(attack.on)
    try:
        return attack.run(target)
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return Result(False, f"could not be carried out: {type(error).__name__}: {error} ({last.name}:{last.lineno})")


def line(attack: Attack, result: Result, seconds: float) -> str:
    return (
        f"{'held  ' if result.held else 'BROKEN'} {attack.row:>4}  {attack.words}: {result.figure}  ({seconds:.1f} s)"
    )


def main(names: Sequence[str]) -> int:
    every = [each for each in attacks.every() if not names or each.name in names]
    broken = 0
    folder = Path(tempfile.mkdtemp(prefix="takes-strangers-"))
    if "TAKES_TEST_SCRATCH" not in os.environ:
        os.environ["TAKES_TEST_SCRATCH"] = str(folder / "scratch")
        (folder / "scratch" / "takes-sandbox-clips").mkdir(parents=True)
    try:
        with Targets(folder) as targets:
            for attack in every:
                began = time.monotonic()
                result = outcome(attack, targets)
                broken += not result.held
                if not result.held and attack.run.__module__ == slots.__name__:
                    targets.end(attack.on)
                print(line(attack, result, time.monotonic() - began), flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(every) - broken} of {len(every)} held")
    return 1 if broken or not every else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
