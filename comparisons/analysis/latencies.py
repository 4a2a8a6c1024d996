"""The latencies of a delivered job, each with the uncertainty that comes from polling."""

from __future__ import annotations

from comparisons.analysis.samples import Sample
from comparisons.records import NOT_DONE, PHASES, EventKind, Job

SERIES = (*PHASES, "provider", "held", "total")
"""The latencies that percentiles are computed for: the six phases; ``provider``, from accepted to done, queue included;
``held``, the wait for our own limits; ``total``, the sum of the six phases."""


def samples_of(job: Job) -> dict[str, Sample]:
    """Each of ``SERIES`` of a delivered job, in seconds, with the window in which the true value lies.

    Polls see both the beginning and the end of the phase "generate" late. The end, and with it the end of the total, is
    seen late by up to twice the job's uncertainty; if that is not known, by up to the whole phase. The beginning is
    seen late by up to the gap between the last answer "queued" and the first "running": the queue may have been that
    much shorter, and the generation longer. A job that was never seen running began and ended within the last gap, so
    its queue may have been longer by all of it. Without the window for the beginning, intervals of the queue's median
    contained the true one in 3 to 86 % of simulated sessions (polls every 2 to 10 s); with it in 94 to 97 %.
    """
    timings = job.timings(job.last_at)
    spent = timings.phases
    late = spent["generate"] if timings.uncertainty is None else 2 * timings.uncertainty
    border = _border(job)
    found = {phase: Sample(max(0.0, spent[phase])) for phase in PHASES}
    if border:
        found["queue"] = Sample(spent["queue"], border / 2)
    elif job.last(EventKind.RUNNING) is not None:
        found["queue"] = Sample(spent["queue"] + late, late / 2)
    found["generate"] = Sample(spent["generate"] + border, (late + border) / 2)
    total = sum(spent.values()) if timings.total is None else timings.total
    at_provider = Sample(spent["queue"] + spent["generate"], late / 2)
    return {**found, "provider": at_provider, "held": Sample(max(0.0, timings.held)), "total": Sample(total, late / 2)}


def _border(job: Job) -> float:
    """Seconds between the last answer "queued" and the first "running"; 0 if it was never seen running."""
    before = None
    for event in job.events:
        if event.kind == EventKind.RUNNING:
            return 0.0 if before is None else max(0.0, event.at - before)
        if event.kind in NOT_DONE:
            before = event.at
    return 0.0
