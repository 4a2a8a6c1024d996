"""``app.py`` with a probe beside it: ``python -m tests.attacks.serve FILE`` writes how late its event loops are.

A thread asks each loop of the process to note when it gets to it, and writes a line for each time: the moment (in
monotonic seconds, which all processes of a machine share), the loop's thread, and the delay in seconds. Takes itself is
as it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
import time
from pathlib import Path
from types import FrameType

import app

EVERY_S = 0.01
LOOK_S = 1.0
"""How often it is looked whether there is another loop."""


def probe(out: Path) -> None:
    """Measures until the process ends."""
    loops: list[asyncio.AbstractEventLoop] = []
    looked = 0.0
    with out.open("a", buffering=1) as file:

        def note(asked: float) -> None:
            file.write(f"{asked:.3f} {threading.current_thread().name} {time.monotonic() - asked:.5f}\n")

        while True:
            now = time.monotonic()
            if now - looked > LOOK_S:
                loops, looked = running_loops(), now
            now = time.monotonic()
            for loop in loops:
                with contextlib.suppress(RuntimeError):  # it is closed
                    loop.call_soon_threadsafe(note, now)
            time.sleep(EVERY_S)


def running_loops() -> list[asyncio.AbstractEventLoop]:
    """The event loops that threads of this process run just now."""
    found = []
    for frame in sys._current_frames().values():
        each: FrameType | None = frame
        while each is not None and each.f_code.co_name != "run_forever":
            each = each.f_back
        if each is not None and isinstance(each.f_locals.get("self"), asyncio.AbstractEventLoop):
            found.append(each.f_locals["self"])
    return found


if __name__ == "__main__":
    threading.Thread(target=probe, args=(Path(sys.argv[1]),), daemon=True).start()
    sys.exit(app.main())
