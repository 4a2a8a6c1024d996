"""What a thread's processor time goes to, by part of the program. Part of ``tests.benchmarks``.

By ``cProfile``, which makes small calls dearer than they are: shares tell where to look, not what it costs.
"""

from __future__ import annotations

import cProfile
import pstats
import re
import time
from collections import Counter

PARTS = (
    ("ledger, SQLite", r"comparisons/ledger/|sqlite3"),
    ("clips: stored, hashed, measured", r"comparisons/(media/|private|engine/delivery)|hashlib|subprocess"),
    ("when to ask", r"comparisons/engine/(poll_|latency_model|_turns)"),
    ("answers read, questions written", r"providers/|json/"),
    ("requests as httpx has them", r"/httpx/|comparisons/(net/|addresses)"),
    ("steps, retries, records", r"comparisons/"),
    ("connections: aiohttp", r"/(aiohttp|yarl|multidict)/"),
    ("the loop: asyncio, select", r"asyncio/|selectors|select\.epoll|_contextvars"),
)
"""By the file in which a function is; a function of C is its caller's."""
REST = "the rest of Python's library"

Function = tuple[str, int, str]


def clock() -> cProfile.Profile:
    """A profiler of one thread's own processor time, to be enabled on it."""
    return cProfile.Profile(time.thread_time)


def shares(profile: cProfile.Profile) -> dict[str, float]:
    """The part of each in the time spent, the greatest first."""
    spent: Counter[str] = Counter()
    stats = pstats.Stats(profile)
    for function, (_, _, own_s, _, callers) in stats.stats.items():  # type: ignore[attr-defined]  # typeshed lacks it
        if _is_of_c(function) and callers:
            for caller, (_, _, seconds, _) in callers.items():
                spent[_part(caller)] += seconds
        else:
            spent[_part(function)] += own_s
    whole = sum(spent.values())
    return {part: seconds / whole for part, seconds in spent.most_common()}


def _is_of_c(function: Function) -> bool:
    return function[0] == "~"


def _part(function: Function) -> str:
    where = f"{function[0]} {function[2]}"
    return next((part for part, pattern in PARTS if re.search(pattern, where)), REST)
