"""What the workers of the tests do: functions that a process can import."""

from __future__ import annotations

import os
import signal
from pathlib import Path


def double(number: int) -> int:
    return 2 * number


def die(_: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("a killed process goes on")


def die_of_thirteen(number: int) -> int:
    return die(number) if number == 13 else double(number)


def die_once(number: int, mark: str) -> int:
    """Dies of its first call for a ``mark``."""
    if Path(mark).exists():
        return double(number)
    Path(mark).touch()
    return die(number)


def pid(_: int) -> int:
    return os.getpid()


def nice(_: int) -> int:
    return os.nice(0)
