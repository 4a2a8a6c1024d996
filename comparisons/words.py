"""What a job is doing, and how a session ended, in plain words.

One place, so that the page and the command line agree.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from comparisons.records import NOT_ACCEPTED, End, Ending, EventKind, Job, Odd, Result, State, Wanted, shortage
from providers import PROVIDERS, Money


def state_words(job: Job) -> str:
    """A short sentence for a person who watches, without its final period."""
    name = PROVIDERS[job.plan.provider].name
    if job.state in NOT_ACCEPTED:
        return _before(job, name)
    if job.state == State.QUEUED:
        position = job.said("queue_position")
        return f"In {name}'s queue" + (f", position {position}" if position is not None else "")
    if job.state == State.RUNNING:
        return f"Generating at {name}"
    if job.state == State.SUCCEEDED:
        return _clip(job)
    return {
        State.DELIVERED: "Delivered",
        State.FAILED: "Failed at the provider",
        State.CANCELED: "Stopped",
        State.REJECTED: "Not charged, by your word" if job.last(EventKind.NOT_CHARGED) else "Refused before it started",
        State.UNCERTAIN: "May be billed: nobody knows",
    }[job.state]


def is_awaited(job: Job) -> bool:
    """Whether its provider has finished it, and its clip did not come when it was asked for."""
    return job.state == State.SUCCEEDED and job.last(EventKind.WAITING, EventKind.PAUSED) is not None


def _clip(job: Job) -> str:
    """Whether its clip is being fetched, or waited for, or neither."""
    last = job.last(EventKind.SUCCEEDED, EventKind.RESUMED, EventKind.WAITING, EventKind.FETCHING, EventKind.PAUSED)
    done = "Done" if job.plan.simulated else "Paid"
    if last is not None and last.kind == EventKind.WAITING:
        return f"{done}; its clip is waited for, next try at {_moment(last.data['next_at'])}"
    if last is not None and last.kind == EventKind.PAUSED:
        return f"{done}; its clip is not here yet"
    return "Done; fetching the clip"


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%H:%M:%S} UTC"


ODD = {
    Odd.CUT: "odd: it seems to end too soon, though it came whole; kept as it came",
    Odd.UNREADABLE: "odd: nothing here can read it; kept as it came",
    Odd.NO_PICTURES: "odd: no pictures are found in it; kept as it came",
}


def clip_notes(result: Result) -> list[str]:
    """What a viewer must know of a clip before comparing it with others, a phrase each."""
    odd = [ODD[result.odd]] if result.odd else []
    return [*odd, "came by hand: no latency is claimed"] if result.by_hand else odd


def came_words(result: Result) -> str:
    """What a clip is, as measured."""
    return str(result.media) if result.media else "unknown: it cannot be measured here"


def wanted_words(wanted: Wanted | None) -> str:
    """``6 s · 768p · first frame · optimizer on``; what was left to the variant is called its own."""
    if wanted is None:
        return ""
    length = f"{wanted.duration} s" if wanted.duration else "own length"
    optimizer = "on" if wanted.prompt_optimizer else "off"
    return f"{length} · {wanted.resolution or 'own resolution'} · {wanted.frames} · optimizer {optimizer}"


PLANS_BUDGET = "the plan's budget"
"""How the budget of a session's own plan is called in a sentence."""


def ending_words(ending: Ending | None) -> str:
    """Why no more runs are added to a session, in a sentence; empty while some may be."""
    if ending is None:
        return ""
    made = "One repeat was made" if ending.made == 1 else f"{ending.made} repeats were made"
    match ending.how:
        case _ if ending.told:
            return ending.told
        case End.STOPPED:
            return "It was stopped."
        case End.ALL_MADE:
            whole = f"All {ending.made} repeats of the plan were made."
            return "The plan's one repeat was made." if ending.made == 1 else whole
        case End.PRECISE:
            repeats = "one repeat" if ending.made == 1 else f"{ending.made} repeats"
            return f"After {repeats} every median's interval was within {ending.within_percent:g} % of it."
        case End.MOST_MADE:
            return f"{made}, as many as the plan allows; some intervals are still wider than it wants."
        case End.UNTRIED:
            return (
                f"{made}, but {ending.untried} of {ending.jobs} jobs were never tried, as a key or a balance was"
                " refused. Going on with the session tries them."
            )
        case End.OVER_BUDGET if ending.balance is not None:
            return f"{made}; one more {shortage(PLANS_BUDGET, ending.balance, ending.wanted)}."
    return f"{made}."


def _before(job: Job, name: str) -> str:
    if job.phase == "held" and job.events[-1].kind == EventKind.HELD:
        return f"Waiting to try {name} again"
    if job.phase == "held":
        return f"Waiting for a place at {name} (our limit: {PROVIDERS[job.plan.provider].concurrency} at once)"
    return "Uploading the image" if job.phase == "upload" else f"Submitting to {name}"


def total_words(prices: Iterable[Money | None]) -> str:
    """A sum over several currencies, none converted: ``¥2.02 + 5 credits + 2 not priced``."""
    sums: dict[str | None, Money] = {}
    unknown = 0
    for price in prices:
        if price is None:
            unknown += 1
        else:
            before = sums.get(price.currency)
            sums[price.currency] = Money(price.amount + (before.amount if before else 0), price.currency)
    parts = [str(money) for money in sums.values()] + ([f"{unknown} not priced"] if unknown else [])
    return " + ".join(parts) or "nothing"
