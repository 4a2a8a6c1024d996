"""The sentences about what a session found, and about how its differences were judged."""

from __future__ import annotations

from decimal import Decimal

from comparisons.analysis import Finding, Pair, Summary
from comparisons.exports.figure_words import by_median, median, money
from comparisons.exports.session_caveats import jobs


def lead(of: Summary) -> str:
    """What the session found, in two or three sentences."""
    found = [_fastest(of), _cheapest(of), _delivered(of)]
    told = " ".join(sentence for sentence in found if sentence)
    return f"In the sandbox, {told[:1].lower()}{told[1:]}" if of.simulated else told


def _fastest(of: Summary) -> str:
    ranked = [each for each in by_median(of.variants) if median(each) is not None]
    if not ranked:
        return "Too few clips arrived to say how long any variant takes."
    first = ranked[0]
    words = f"Half of the clips of {first.name} took under {median(first):.1f} s"
    if len(ranked) == 1:
        return f"{words}."
    beaten = sum(_beats(first.key, pair) for pair in of.pairs)
    if not beaten:
        return f"{words}, the lowest median, which may be chance."
    return f"{words}, the lowest median; against {_of(beaten, len(of.variants) - 1)} that is more than chance."


def _beats(key: str, pair: Pair) -> bool:
    """Whether the pair was found to differ, with this variant as the faster one."""
    return (key, pair.total.finding) in ((pair.a, Finding.A_LESS), (pair.b, Finding.B_LESS))


def _of(count: int, others: int) -> str:
    if count == others:
        return "the other" if others == 1 else f"all {others} others"
    return f"{count} of the {others} others"


def _cheapest(of: Summary) -> str:
    known = [each for each in of.variants if each.cost.per_clip is not None and each.cost.unit == "USD"]
    known = [each for each in known if not each.cost.lower_bound]
    if len(known) < 2:
        return ""
    first = min(known, key=lambda each: each.cost.per_clip or 0)
    price = money(first.cost.per_clip or Decimal(0), first.cost.unit)
    same = [each for each in known if each.cost.per_clip == first.cost.per_clip]
    who = f"{first.name} was" if len(same) == 1 else f"{first.name} and {len(same) - 1} more were"
    return f"Of the {len(known)} whose cost in dollars is fully known, {who} the cheapest, at {price} a clip."


def _delivered(of: Summary) -> str:
    tried = sum(each.success.n for each in of.variants if each.success)
    if not tried:
        return "No job has ended."
    return f"{sum(each.delivered for each in of.variants)} of {jobs(tried)} delivered."


def compared(of: Summary) -> str:
    """A sentence about how many differences were judged, and how likely a false one is."""
    if not of.compared:
        return "No difference could be tested: that takes 3 requests that two variants answered, or 3 repeats of fewer."
    below = "stays below 5 %. Below 0, the one named first takes less."
    if of.compared == 1:
        return f"One difference was judged, so that the chance that a fluke is reported here {below}"
    many = f"{of.compared} differences were judged together"
    return f"{many}, so that the chance that even one difference reported here is a fluke {below}"
