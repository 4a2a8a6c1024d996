"""The lists on a session's page: how jobs failed, estimates against bills, and what is left out of figures."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from comparisons.analysis import (
    EXCLUDED,
    FAILED,
    NO_ERROR,
    Costs,
    Excluded,
    ExclusionReason,
    Failure,
    Figures,
    Summary,
)
from comparisons.exports._html import listed
from comparisons.exports.figure_words import money
from comparisons.exports.session_caveats import jobs

MOST_WAYS, MOST_JOBS = 5, 6
"""The most kinds of failure that are listed for one variant, and the most ids of jobs left out for one reason."""


def failures(of: Sequence[Figures]) -> str:
    """How jobs failed, in their providers' words, and what these failures are known to have cost."""
    items = []
    for each in of:
        lost = sum(failure.count for failure in each.failures)
        if lost:
            kinds = "; ".join(_failed(failure) for failure in each.failures[:MOST_WAYS])
            others = len(each.failures) - MOST_WAYS
            more = f"; {others} other way{'s' if others > 1 else ''}" if others > 0 else ""
            items.append(f"<strong>{escape(each.name)}</strong>: {kinds}{more}. {escape(_lost_money(each.cost, lost))}")
    return f"<h3>How jobs failed</h3>{listed(items)}" if items else "<p>No job failed.</p>"


def _failed(of: Failure) -> str:
    return f"{of.count} {FAILED[of.state]}, <q>{escape((of.error or NO_ERROR).removesuffix('.'))}</q>"


def _lost_money(cost: Costs, lost: int) -> str:
    if cost.failures_unknown == lost:
        return f"What {'it' if lost == 1 else 'they'} cost is unknown, which is not the same as nothing."
    known = "nothing" if not cost.of_failures else money(cost.of_failures, cost.unit)
    unknown = f"; the cost of {cost.failures_unknown} is unknown" if cost.failures_unknown else ""
    return f"{'It is' if lost == 1 else 'They are'} known to have cost {known}{unknown}."


def bills(of: Sequence[Figures]) -> str:
    """For each variant, what was estimated beside what was billed."""
    items = [
        f"<strong>{escape(each.name)}</strong>: {escape(money(told.estimate, told.unit))} estimated at worst,"
        f" {escape(money(told.billed, told.unit))} billed, over {jobs(told.n)}"
        for each in of
        if (told := each.cost.against_bill) is not None
    ]
    none = "<p class='rp-quiet'>No provider said what it charged for a job that had an estimate.</p>"
    return f"<h3>Estimates against bills</h3>{listed(items) or none}"


def _out_of(of: Excluded) -> str:
    if of.latency_only:
        return "out of the latencies only"
    return "out of every figure but the cost" if of.may_cost else "out of every figure"


def excluded(of: Summary) -> str:
    """What is left out of figures, by reason and variant."""
    names = of.names
    groups: dict[tuple[ExclusionReason, str, str], list[str]] = {}
    for each in of.excluded:
        groups.setdefault((each.reason, _out_of(each), each.variant), []).extend([each.job or ""] * each.count)
    items = []
    for (reason, where, variant), found in groups.items():
        ids = ", ".join(job for job in found[:MOST_JOBS] if job) + (" …" if len(found) > MOST_JOBS else "")
        who = names.get(variant, variant) or "The session"
        count = jobs(len(found)) if variant else f"{len(found)} run{'s' if len(found) != 1 else ''}"
        shown = f" <code>{escape(ids)}</code>" if ids.strip(" …") else ""
        items.append(f"<strong>{escape(who)}</strong>, {count}: {escape(EXCLUDED[reason])}; {where}.{shown}")
    return listed(items) or "<p>Nothing: every job that was made is in the figures.</p>"
