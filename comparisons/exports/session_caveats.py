"""What a reader of a session's figures must know before trusting them, found out from the session itself."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

from comparisons.analysis import ExclusionReason, Figures, Summary
from comparisons.records import End, EventKind, Job, Session
from comparisons.words import ending_words

NOT_RUN = (ExclusionReason.OPEN, ExclusionReason.STOPPED, ExclusionReason.UNTRIED)
"""The reasons that a job of the plan did not run to its end."""
LATE_S = 0.05
"""If polls saw the end of every job with less uncertainty than so many seconds, there is no caveat about that."""
HELD_S = 1.0
"""A job that got its place at the provider within so many seconds counts as not having waited."""


def notes(session: Session, of: Summary) -> list[str]:
    """The sentences at the top of a session's page, to be read before anything else."""
    made_up = "This session is simulated: a sandbox made the clips, the waits and the prices. It measures no provider."
    found = [made_up if of.simulated else "", _incomplete(session, of)]
    return [sentence for sentence in found if sentence]


def jobs(count: int) -> str:
    """``1 job``, ``2 jobs``."""
    return f"{count} job{'s' if count != 1 else ''}"


def run_to_the_end(of: Summary) -> tuple[int, int]:
    """How many jobs ran to their end, and how many there are so far; both without warm-ups."""
    left = sum(each.count for each in of.excluded if each.reason in (ExclusionReason.STOPPED, ExclusionReason.UNTRIED))
    return sum(each.ended for each in of.variants) - left, sum(each.planned for each in of.variants)


def _incomplete(session: Session, of: Summary) -> str:
    """A sentence if jobs of the plan did not run to their end: why, or that the session still goes on; else empty."""
    made, planned = run_to_the_end(of)
    share, open_ = f"{made} of {jobs(planned)}", sum(not job.done for job in session.jobs)
    if session.ending is None:
        more = "; the plan may add repeats" if _setting(session, "within_percent") else ""
        return f"Still running or paused: {share} had run to their end when this was written{more}."
    if open_:
        others = "another was" if open_ == 1 else f"another {open_} were"
        return f"{_why(session)} {share} had run to their end when this was written, and {others} not over yet."
    if not session.ending.how.as_planned:
        return f"{_why(session)} {share} ran to their end."
    return f"{share} ran to their end; the others were stopped or never sent." if made < planned else ""


def _why(session: Session) -> str:
    stopped = session.ending is not None and session.ending.how is End.STOPPED
    return "Stopped:" if stopped else ending_words(session.ending)


def _setting(session: Session, name: str) -> object:
    settings = session.facts.get("settings")
    return settings.get(name) if isinstance(settings, Mapping) else None


def session_caveats(session: Session, of: Summary) -> list[str]:
    """The sentences that apply to a session, the most important first."""
    found = [
        _sandbox(of),
        _doubts(of),
        _no_prices(of),
        _badges(of),
        _size(of),
        _late(of),
        _failures(of),
        _places(session),
        _left_out(session),
        "What was measured holds for these requests, at that time, from that network; tomorrow may differ.",
    ]
    return [sentence for sentence in found if sentence]


def _sandbox(of: Summary) -> str:
    if of.simulated:
        return "A sandbox made all of this: it tests the way of measuring, and says nothing about any provider."
    return ""


def _doubts(of: Summary) -> str:
    count = sum(each.reason is ExclusionReason.UNCERTAIN for each in of.excluded)
    if not count:
        return ""
    were, they = ("was", "it is") if count == 1 else ("were", "they are")
    return f"Nobody knows whether {jobs(count)} {were} made and billed; {they} in no figure but the cost."


def _no_prices(of: Summary) -> str:
    unknown = sum(each.cost.unknown for each in of.variants)
    if not unknown:
        return ""
    return f"The cost of {jobs(unknown)} is unknown: figures lack it or are lower bounds. It is never counted as zero."


def _badges(of: Summary) -> str:
    adapted = [f"{each.name} ({', '.join(each.badges)})" for each in of.variants if each.badges]
    if not adapted:
        return ""
    return f"Not every variant was sent all that was asked: {'; '.join(adapted)}. So they did not all do the same."


def _size(of: Summary) -> str:
    lacking = sum(_bare(each) for each in of.variants)
    if not lacking:
        return ""
    share = f"{lacking} of {len(of.variants)} variants {'has' if lacking == 1 else 'have'}"
    return f"{share} too few clips for a p90 with an interval; it takes 10 for a p90, and 29 for its interval."


def _bare(of: Figures) -> bool:
    found = of.latencies["total"].p90
    return found is None or found.interval is None


def _late(of: Summary) -> str:
    most = max((sample.uncertainty_s for each in of.variants for sample in each.totals), default=0.0)
    if most < LATE_S:
        return ""
    return f"The end of a job is seen up to {2 * most:.1f} s late here; the figures and their intervals allow for it."


def _failures(of: Summary) -> str:
    if not any(each.failures for each in of.variants):
        return ""
    return "Latencies are those of clips that arrived. A variant that fails when it is slow looks faster than it is."


def _places(session: Session) -> str:
    """For a plan with a rate: how long jobs waited for our own limits after their turn had come; else empty."""
    if _setting(session, "rate_per_minute") is None:
        return ""
    started = [job for job in session.jobs if job.started_at is not None]
    waits = [wait for job in started if (wait := _waited_s(job)) is not None]
    if not waits:
        return "Jobs may have waited for a place at their provider; for how long was not noted in this session."
    held = [wait for wait in waits if wait >= HELD_S]
    if not held:
        return ""
    share = f"{len(held)} of {jobs(len(started))} waited for a place at"
    if len(held) == 1:
        return f"{share} its provider, {held[0]:.0f} s; this is not in its latency."
    long = f"{median(held):.0f} s at the median, {max(held):.0f} s at most"
    return f"{share} their provider, {long}; this is not in their latencies."


def _waited_s(job: Job) -> float | None:
    """Seconds from a job's turn in the plan to its first byte out; None if its turn was not recorded."""
    begun = job.last(EventKind.BEGUN)
    return None if begun is None or job.started_at is None else max(0.0, job.started_at - begun.at)


def _left_out(session: Session) -> str:
    left = session.facts.get("left_out")
    if not isinstance(left, (list, tuple)) or not left:
        return ""
    return "Not every variant could take part in every request; those left out are listed below."
