"""The reasons in a session's figures, in words."""

from __future__ import annotations

from comparisons.analysis.costs import NoCost, WhyNoCost
from comparisons.analysis.inclusion import ExclusionReason
from comparisons.records import State

EXCLUDED = {
    ExclusionReason.WARM_UP: "made to warm up",
    ExclusionReason.AGAIN: "taken again by hand, outside the plan's order",
    ExclusionReason.ANEW: "tried anew, since the account's key or balance was refused",
    ExclusionReason.OPEN: "not over yet",
    ExclusionReason.STOPPED: "stopped by a person",
    ExclusionReason.UNCERTAIN: "nobody knows whether it was made",
    ExclusionReason.WRITTEN_OFF: "never answered, and not charged by a person's word",
    ExclusionReason.UNTRIED: "never sent, or refused for its account, so it says nothing of its provider",
    ExclusionReason.RESUMED: "picked up after an interruption: its latency includes time nobody watched",
    ExclusionReason.BY_HAND: "brought by a person: no latency is claimed",
    ExclusionReason.DELETED: "deleted since, with all its jobs",
}
"""Why a job is left out of a figure, as words about one job, without a period."""
FAILED = {
    State.FAILED: "failed at the provider",
    State.CANCELED: "canceled by the provider",
    State.REJECTED: "refused",
}
"""How a job ended without a clip, by its state."""
NO_ERROR = "no reason given"
"""Stands for the reason of a provider that gave none."""
NO_COST = {
    NoCost.NO_CLIP: "no clip was delivered",
    NoCost.NO_CLIP_PRICED: "the price of no delivered clip is known",
    NoCost.NO_PRICE: "no price is known",
    NoCost.NO_CURRENCY: "a price does not say its currency",
}


def no_cost_words(why: WhyNoCost | None) -> str:
    """Why there is no figure for the cost, without a period; empty if there is one."""
    if why is None:
        return ""
    if why.how is NoCost.NO_COMMON_RATE:
        return f"prices in {' and '.join(why.currencies)} have no common exchange rate"
    return NO_COST[why.how]
