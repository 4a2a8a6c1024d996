"""Blind votes: which takes a person is shown, which answers count, and which comparisons follow. No I/O.

A ballot shows two takes of a run (better, tie, both bad) or three and more (best and worst), in a shuffled order and
without their names. A vote is the answer, with what was shown, in which layout, and how long it was looked at.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import get_args

from comparisons.judging.ratings import Comparison
from comparisons.records import Ballot, BallotKind, By, Job, MediaInfo, Pool, Shown, Verdict, Vote
from providers import InvalidRequest

MOST_TAKES = 6
"""The most takes on one ballot."""
PLAYED = 0.9
"""What share of each clip must have been played before a vote counts."""
FASTEST = 2
"""How many times as fast as normal the page can play at most."""
UNEVEN = 0.01
"""By what share the mean frame rate may differ from ``fps`` for frames to count as equally long."""
ROUNDING_S = 0.001
"""Seconds by which a time from the page may be rounded."""
LONGEST_S = 86_400
"""The most seconds that a page can state about a ballot; more is refused."""
LAYOUT = ("width", "height", "columns")
"""The numbers that a page states about its layout."""
MANY_PIXELS = 100_000
"""Numbers of a layout are below this; others are left out."""


@dataclass(frozen=True)
class Answer:
    """What a page sent about a ballot, with its form checked. ``watched``: seconds played of each take, None for one
    that it could not play."""

    verdict: Verdict
    looked_s: float
    watched: tuple[float | None, ...]
    layout: Mapping[str, int | str]


# drawing --------------------------------------------------------------------------------------------------------------


def pool_of(job: Job) -> Pool:
    """The pool in which a take competes. ``ledger/_votes.to_judge`` has the same rule in SQL."""
    heard = job.result is not None and job.result.media is not None and job.result.media.audio
    if job.plan.images:
        return "image-sound" if heard else "image"
    return "text-sound" if heard else "text"


def draw(
    able: Sequence[Job],
    kind: BallotKind,
    compared: Mapping[tuple[Pool, str], int],
    judged: Sequence[frozenset[str]],
    rng: random.Random,
    seen: Sequence[frozenset[str]] = (),
) -> list[Job] | None:
    """The takes of a new ballot, in the order to show them; None if this run has no ballot that is new to the person.

    Two takes of one variant are never a pair, since a vote between them says nothing. The ballot is chosen by, in this
    order: how seldom this person saw these takes together, whether the takes were sent the same request (5 s beside
    8 s comes later), how seldom their variants were voted on, and chance.

    Args:
        able: the run's takes that can be shown.
        compared: how often each variant was voted on in each pool.
        judged: the job ids of each ballot that this person has voted on.
        seen: the job ids of each ballot that this person was shown, voted on or not.
    """
    pools = {pool: [job for job in able if pool_of(job) == pool] for pool in get_args(Pool)}
    sets = [each for jobs in pools.values() for each in _sets(jobs, kind, compared, rng, seen)]
    fresh = [each for each in sets if not any({job.id for job in each} <= seen for seen in judged)]
    if not fresh:
        return None
    rng.shuffle(fresh)
    chosen = min(fresh, key=lambda each: _turn(each, compared, seen))
    rng.shuffle(chosen)
    return chosen


def _turn(
    jobs: Sequence[Job], compared: Mapping[tuple[Pool, str], int], seen: Sequence[frozenset[str]]
) -> tuple[int, bool, int]:
    """The sort key of a possible ballot (see ``draw``): the lowest is drawn."""
    together, often = _often(jobs, compared, seen)
    return together, any(job.plan.instead != jobs[0].plan.instead for job in jobs), often


def _often(
    jobs: Sequence[Job], compared: Mapping[tuple[Pool, str], int], seen: Sequence[frozenset[str]]
) -> tuple[int, int]:
    """How often a person saw these takes together, then how often anybody compared their variants."""
    together = sum({job.id for job in jobs} <= each for each in seen)
    return together, sum(compared.get((pool_of(job), job.plan.variant), 0) for job in jobs)


def _sets(
    jobs: Sequence[Job],
    kind: BallotKind,
    compared: Mapping[tuple[Pool, str], int],
    rng: random.Random,
    seen: Sequence[frozenset[str]],
) -> list[list[Job]]:
    """The possible ballots among takes of one pool: all pairs, or the one ballot of many."""
    if kind == "pair":
        return [[a, b] for a, b in combinations(jobs, 2) if a.plan.variant != b.plan.variant]
    mixed = sorted(rng.sample(jobs, len(jobs)), key=lambda job: _often([job], compared, seen))
    firsts = list({job.plan.variant: job for job in reversed(mixed)}.values())[::-1]
    chosen = [*firsts, *(job for job in mixed if job not in firsts)][:MOST_TAKES]
    return [chosen] if len(chosen) > 2 and len(firsts) > 1 else []


def shown_of(job: Job) -> Shown:
    return Shown(job.id, job.plan.variant, job.plan.model, job.plan.provider, job.plan.instead)


# checking -------------------------------------------------------------------------------------------------------------


def answer_of(ballot: Ballot, verdict: object, looked_s: object, watched: object, layout: object) -> Answer:
    """Checks the form of what a page says about a ballot, which may be anything.

    Raises:
        InvalidRequest: it is no vote that can count, and why.
    """
    if not isinstance(watched, list) or len(watched) != len(ballot.shown):
        raise InvalidRequest("This vote does not say how much of each clip was played; reload the page.")
    seconds = tuple(None if each is None else _seconds(each) for each in watched)
    given = _verdict(ballot, verdict)
    unseen = [place for place, each in enumerate(seconds) if each is None]
    if unseen and (ballot.kind == "pair" or len(seconds) - len(unseen) < 2):
        raise InvalidRequest("Of takes that do not play here none is the better one: press Next ballot.")
    if given.best in unseen or given.worst in unseen:
        raise InvalidRequest("Choose among the takes that play here.")
    return Answer(given, _seconds(looked_s), seconds, _layout(layout))


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= LONGEST_S:
        raise InvalidRequest("This vote says times that are no times; reload the page.")
    return float(value)


def _verdict(ballot: Ballot, said: object) -> Verdict:
    if ballot.kind == "pair":
        if not isinstance(said, str) or said not in PAIR_VERDICTS:
            raise InvalidRequest("A vote on a pair is one of the two, a tie, or both bad.")
        return PAIR_VERDICTS[said]
    best, worst = (said.get("best"), said.get("worst")) if isinstance(said, dict) else (None, None)
    count = len(ballot.shown)
    if not (_position(best, count) and _position(worst, count)):
        raise InvalidRequest("Choose the best and the worst of these takes.")
    if best == worst:
        raise InvalidRequest("The best take cannot be the worst as well.")
    return Verdict(best, worst)


PAIR_VERDICTS = {
    "0": Verdict(0, 1),
    "1": Verdict(1, 0),
    "tie": Verdict(None, None),
    "bad": Verdict(None, None, bad=True),
}


def _position(value: object, count: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < count


def _layout(said: object) -> dict[str, int | str]:
    """The layout's numbers of pixels and columns, and its mode, a short word; anything else is left out."""
    if not isinstance(said, dict):
        return {}
    found: dict[str, int | str] = {key: said[key] for key in LAYOUT if _position(said.get(key), MANY_PIXELS)}
    mode = said.get("mode")
    return {**found, "mode": mode} if isinstance(mode, str) and mode.isascii() and len(mode) <= 20 else found


def counted(ballot: Ballot, answer: Answer, vote_id: str, now: float) -> Vote:
    """The vote, if it counts. It holds only the takes that could be played.

    Raises:
        InvalidRequest: a clip was not played to its end, or the answer came sooner than that is possible.
    """
    seen = {place: played for place, played in enumerate(answer.watched) if played is not None}
    lengths = {place: _length(ballot.media[place]) for place in seen}
    for place, played in seen.items():
        if played < PLAYED * lengths[place] - ROUNDING_S:
            raise InvalidRequest(
                f"Play {name_of(place)} to its end before you vote: a vote counts once all have played."
            )
    if now - ballot.at < PLAYED * max(lengths.values()) / FASTEST:
        raise InvalidRequest("That was quicker than the clips are long: play each of them before you vote.")
    return Vote(
        id=vote_id,
        at=now,
        owner=ballot.owner,
        run=ballot.run,
        simulated=ballot.simulated,
        pool=ballot.pool,
        kind=ballot.kind,
        shown=tuple(ballot.shown[place] for place in seen),
        verdict=_among(answer.verdict, list(seen)),
        looked_s=min(answer.looked_s, now - ballot.at),
        watched=tuple(min(played, lengths[place]) for place, played in seen.items()),
        layout=answer.layout,
    )


def _among(verdict: Verdict, seen: Sequence[int]) -> Verdict:
    """The verdict with positions counted among the takes that were seen."""
    if verdict.best is None or verdict.worst is None:
        return verdict
    return replace(verdict, best=seen.index(verdict.best), worst=seen.index(verdict.worst))


def _length(media: MediaInfo) -> float:
    """The length of a clip in seconds as the page counts it: frames by rate, or its duration if frames are uneven."""
    if not media.fps or not media.duration_s:
        return media.duration_s
    even = abs(media.frames / media.duration_s / media.fps - 1) <= UNEVEN
    return media.frames / media.fps if even else media.duration_s


def name_of(place: int) -> str:
    """What a take is called while its name is hidden: ``Take A``."""
    return f"Take {'ABCDEF'[place]}"


# counting -------------------------------------------------------------------------------------------------------------


def comparisons_of(votes: Sequence[Vote], by: By) -> list[Comparison]:
    """The comparisons of models or of variants that follow from votes.

    A vote on a pair is one comparison. The best of several beats every other take, the worst loses to every other, and
    about the rest among each other nothing is known. Two takes of one competitor give no comparison.
    """
    return [each for vote in votes for each in _comparisons(vote, by)]


def _comparisons(vote: Vote, by: By) -> list[Comparison]:
    names = [shown.model if by == "model" else shown.variant for shown in vote.shown]
    return [
        Comparison(names[a], names[b], score, vote.id, vote.verdict.bad)
        for a, b, score in _outcomes(vote.verdict, len(names))
        if names[a] != names[b]
    ]


def _outcomes(verdict: Verdict, takes: int) -> list[tuple[int, int, float]]:
    best, worst = verdict.best, verdict.worst
    if best is None or worst is None:
        return [(0, 1, 0.5)]
    beaten = [(best, other, 1.0) for other in range(takes) if other != best]
    return beaten + [(other, worst, 1.0) for other in range(takes) if other not in (best, worst)]
