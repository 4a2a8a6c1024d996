"""How long tests wait for what comes as soon as it can. Only a busy machine, or a fault, makes them wait so long."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

START_S = 300.0
"""For a process to come up, seconds: on a busy machine its imports alone take minutes."""
PATIENCE_S = 60.0
"""For anything else, seconds."""
LOOK_S = 0.02


class DidNotHappen(AssertionError):
    """What was waited for did not come to pass."""


def until(met: Callable[[], Any], within_s: float = PATIENCE_S) -> None:
    """Waits until something has come to pass elsewhere: in another thread or process.

    Raises:
        DidNotHappen: it has not within ``within_s`` seconds.
    """
    deadline = time.monotonic() + within_s
    while not met():
        if time.monotonic() > deadline:
            raise DidNotHappen(f"it did not come to pass within {within_s:.0f} s")
        time.sleep(LOOK_S)
