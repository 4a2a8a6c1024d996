"""What a reader of a run's figures must know before trusting them, found out from the run itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

from comparisons.records import WITHOUT_CLIP, Job, Run, State
from comparisons.words import adaptations, total_words


def caveats(run: Run, usd: Mapping[str, Decimal]) -> list[str]:
    """The sentences that apply to a run, the most important first. ``usd``: US dollars for one unit of a currency."""
    found = [
        _simulated(run),
        _under_way(run),
        _uncertain(run),
        _lost(run),
        _unknown_prices(run),
        _no_rate(run, usd),
        _resumed(run),
        _by_hand(run),
        _odd(run),
        _adapted(run),
        _spread(run),
        _polls(run),
    ]
    return [sentence for sentence in found if sentence]


def takes(count: int) -> str:
    """``1 take``, ``2 takes``."""
    return f"{count} take{'s' if count != 1 else ''}"


def _simulated(run: Run) -> str:
    if not run.simulated:
        return ""
    return "This run is simulated: a sandbox made the clips, the waits and the prices. It measures no provider."


def _under_way(run: Run) -> str:
    open_ = [job for job in run.jobs if not job.done]
    if not open_:
        return ""
    return (
        f"{takes(len(open_))} of {len(run.jobs)} had not ended at the time of this export; what is here is incomplete."
    )


def _uncertain(run: Run) -> str:
    doubts = [job for job in run.jobs if job.state == State.UNCERTAIN]
    if not doubts:
        return ""
    worst = total_words(job.plan.quoted or job.plan.listed for job in doubts)
    return f"{takes(len(doubts))} may have been billed and nobody knows; if so, at {worst}. No clip of it is here."


def _lost(run: Run) -> str:
    """About failed and stopped takes, for which only the provider's own bill counts as a cost."""
    lost = [job for job in run.jobs if job.state in WITHOUT_CLIP]
    if not lost:
        return ""
    started = [job for job in lost if not job.owes_nothing]
    billed = [job.cost.billed for job in started if job.cost.billed is not None]
    parts = [f"{takes(len(lost))} ended without a clip"]
    if billed:
        parts.append(f"for {len(billed)} of them the provider says it charged {total_words(billed)}")
    if len(started) > len(billed):
        parts.append(f"what {len(started) - len(billed)} of them cost is unknown, which is not the same as nothing")
    if len(started) < len(lost):
        parts.append(f"{len(lost) - len(started)} never started and cost nothing")
    return "; ".join(parts) + "."


def _unknown_prices(run: Run) -> str:
    unknown = [job for job in _delivered(run) if job.cost.best is None]
    if not unknown:
        return ""
    share = f"{len(unknown)} of {takes(len(_delivered(run)))}"
    return f"The price of {share} that arrived is unknown. Unknown is left empty; it is not zero."


def _no_rate(run: Run, usd: Mapping[str, Decimal]) -> str:
    missing = {
        job.cost.best.currency or "no stated currency"
        for job in _delivered(run)
        if job.cost.best is not None and job.cost.usd(usd) is None
    }
    if not missing:
        return ""
    return f"Costs in {' and '.join(sorted(missing))} have no dollar figure, since no exchange rate was set."


def _resumed(run: Run) -> str:
    resumed = [job for job in run.jobs if job.resumed]
    if not resumed:
        return ""
    return f"{takes(len(resumed))} went on after Takes was restarted; their latency includes time nobody watched."


def _by_hand(run: Run) -> str:
    brought = [job for job in run.jobs if job.by_hand]
    if not brought:
        return ""
    return f"{takes(len(brought))} came by hand: a person brought the file, and no latency of it is claimed."


def _odd(run: Run) -> str:
    odd = [job for job in run.jobs if job.result is not None and job.result.odd is not None]
    if not odd:
        return ""
    return f"{takes(len(odd))} came whole and odd by our checks, and were kept as they came; see the column odd."


def _adapted(run: Run) -> str:
    adapted = [words for job in run.jobs if (words := adaptations(job.plan.asked, job.plan.sent))]
    if not adapted:
        return ""
    notes = ", ".join(sorted({each for words in adapted for each in words}))
    return f"{takes(len(adapted))} could not be sent all that was asked ({notes}), so the takes are not all alike."


def _spread(run: Run) -> str:
    counts = Counter(job.plan.variant for job in _delivered(run))
    if not counts:
        return ""
    fewest, most = min(counts.values()), max(counts.values())
    if most == 1:
        return "Each variant delivered one take. One take says nothing of how much a variant's latency or look varies."
    return f"A variant delivered {fewest if fewest == most else f'{fewest} to {most}'} takes: too few for percentiles."


def _polls(run: Run) -> str:
    seen = [s for job in _delivered(run) if (s := job.timings(job.last_at).uncertainty) is not None]
    if not seen:
        return ""
    largest = f"{max(seen):.1f}" if max(seen) >= 0.05 else "less than 0.1"
    return f"The end of a job is seen late, here by ± {largest} s at most: smaller differences in latency mean nothing."


def _delivered(run: Run) -> list[Job]:
    return [job for job in run.jobs if job.state == State.DELIVERED]
