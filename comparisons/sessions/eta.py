"""Estimates when a session will be over, from how long jobs like its own took before."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence

from comparisons.records import Job


def remaining_s(
    jobs: Sequence[Job],
    expected_s: Callable[[Job], float | None],
    places: Callable[[Job], int],
    at_once: int | None,
    now: float,
    rate_per_minute: float | None = None,
) -> float | None:
    """Seconds until the last of these jobs is over; None if it is not known of any of them how long it takes.

    The jobs are simulated in their order: one begins when fewer than ``at_once`` are under way, its provider has a
    place, and in an open loop, when its moment has come. A job of unknown length counts as the average of the others.

    Args:
        expected_s: how many seconds a job like this took, from its first byte out; None if unknown.
        places: how many jobs its provider is given at once.
        at_once: how many jobs may be under way in a closed loop; None in an open one.
        now: seconds of the ledger's clock.
        rate_per_minute: how many jobs begin in an open loop, on average; None in a closed one.
    """
    lengths = {job.id: expected_s(job) for job in jobs if not job.done}
    known = [length for length in lengths.values() if length is not None]
    if lengths and not known:
        return None
    usual = sum(known) / len(known) if known else 0.0
    ours: list[float] = []
    theirs: dict[str, list[float]] = {}
    comes, gap_s = 0.0, 60 / rate_per_minute if rate_per_minute else 0.0
    for job in sorted((job for job in jobs if not job.done), key=lambda job: job.started_at is None):
        length, at_provider = lengths[job.id], theirs.setdefault(job.plan.provider, [])
        length = usual if length is None else length
        if job.started_at is not None:
            end = max(0.0, length - (now - job.started_at))
        else:
            comes += gap_s
            end = max(comes, _free(ours, at_once), _free(at_provider, places(job))) + length
        heapq.heappush(ours, end)
        heapq.heappush(at_provider, end)
    return max(ours, default=0.0)


def _free(ends: list[float], at_once: int | None) -> float:
    """Seconds from now until a place is free; 0 if one is. ``ends`` is a heap of when the taken places become free; the
    earliest is removed from it."""
    return heapq.heappop(ends) if at_once is not None and len(ends) >= at_once else 0.0
