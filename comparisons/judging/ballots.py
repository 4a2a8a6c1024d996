"""The open ballots, held in memory until they are voted on or too old. ``votes.draw`` decides what a ballot shows.

What this module hands out about an open ballot names no provider, model, variant, job or run, and its clips are copies
without the metadata of their files.
"""

from __future__ import annotations

import random
import secrets
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from comparisons.judging import votes
from comparisons.ledger import Ledger
from comparisons.media import BlindKind, Media
from comparisons.records import Ballot, BallotKind, Job, Person, Pool, Run, State, Vote
from comparisons.runs import HOUR_S, TooMuch
from comparisons.shares import Hourly, Limit, first_to_go
from comparisons.viewer import clip_of, may_hide_from_seeks
from providers import InvalidRequest

OPEN_S = HOUR_S
"""For how many seconds a ballot may be voted on."""
OPEN_EACH = 4
"""How many ballots one person may have open; drawing one more ends their oldest."""
OPEN_ALL = 200
"""How many ballots all people together may have open, since each may have copies of six clips on the disk; one more
ends the oldest of the person who has most."""
VOTES = Limit(each=120, client=360, all=2_000, small=10, reserve=1_000)
"""How many votes visitors may cast in an hour."""
SEEN_EACH = 500
"""How many ballots that were shown to a person are remembered, the latest ones."""
SEEN_ALL = 100
"""For how many people shown ballots are remembered; who was shown none for the longest time is forgotten first."""
RUNS_TRIED = 5000
"""How many runs are searched for the next ballot. If a person has judged all of them, that takes seconds."""
NOTHING = {
    "pair": "Nothing to judge: it takes a run with two clips of different variants that you have not judged yet.",
    "many": "Nothing to judge: it takes a run with three clips or more that you have not judged yet.",
}
BEGIN = " Press Run under Compare, and come back when its takes are in."
OVER = "There is no such ballot here, or not any more: press Next ballot."


class ShownBallots:
    """The run and the jobs of each ballot that a person was shown lately, voted on or not. The oldest are forgotten."""

    def __init__(self) -> None:
        self._theirs: OrderedDict[str, deque[tuple[str, frozenset[str]]]] = OrderedDict()

    def add(self, ballot: Ballot) -> None:
        theirs = self._theirs.setdefault(ballot.owner, deque(maxlen=SEEN_EACH))
        theirs.append((ballot.run, frozenset(shown.job for shown in ballot.shown)))
        self._theirs.move_to_end(ballot.owner)
        if len(self._theirs) > SEEN_ALL:
            self._theirs.popitem(last=False)

    def of(self, owner: str) -> list[tuple[str, frozenset[str]]]:
        return list(self._theirs.get(owner, ()))


class Ballots:
    """All open ballots of one data folder. Safe to use from several threads."""

    def __init__(
        self, ledger: Ledger, media: Media, now: Callable[[], float], rng: random.Random, limit: Limit = VOTES
    ) -> None:
        self._ledger = ledger
        self._media = media
        self._now = now
        self._rng = rng
        self._votes = Hourly(limit, now)
        self._open: OrderedDict[str, Ballot] = OrderedDict()
        self._clients: dict[str, str] = {}
        self._seen = ShownBallots()
        self._acting = threading.RLock()
        media.forget_blind()

    def draw(self, who: Person, kind: BallotKind, run_id: str | None = None) -> Ballot:
        """A new ballot about a run, or about the next one that this person has not judged yet.

        Runs that they were shown come last, also if they did not vote, so that nobody is stuck with a ballot that does
        not play. An older ballot of theirs about the same run ends.

        Raises:
            InvalidRequest: there is nothing to judge, or no such run.
        """
        if run_id is not None:
            run = self._ledger.run(run_id)
            if run is None or not who.may_see(run):
                raise InvalidRequest("There is no such run in this data folder.")
        with self._acting:
            seen = self._seen.of(who.id)
        compared = cache(self._ledger.times_compared)
        for each in [run_id] if run_id is not None else self._next_runs(who, seen):
            together = [jobs for run, jobs in seen if run == each]
            ballot = self._drawn(self._ledger.run(each), who, kind, compared, together)
            if ballot is not None:
                self._keep(ballot, who)
                return ballot
        raise InvalidRequest(NOTHING[kind] + ("" if run_id else BEGIN))

    def _next_runs(self, who: Person, seen: Sequence[tuple[str, frozenset[str]]]) -> list[str]:
        times = Counter(run for run, _ in seen)
        return sorted(self._ledger.runs_to_judge(who.id, who.only, RUNS_TRIED), key=lambda run: times[run])

    def _drawn(
        self,
        run: Run | None,
        who: Person,
        kind: BallotKind,
        compared: Callable[[bool], Mapping[tuple[Pool, str], int]],
        seen: Sequence[frozenset[str]],
    ) -> Ballot | None:
        able = [job for job in run.jobs if self._can_show(job)] if run is not None else []
        if run is None or len(able) < 2:
            return None
        judged = self._ledger.judged(run.id, who.id)
        jobs = votes.draw(able, kind, compared(run.simulated), judged, self._rng, seen)
        if jobs is None:
            return None
        results = [(job.result, job.result.media) for job in jobs if job.result and job.result.media]
        return Ballot(
            token=secrets.token_hex(16),
            at=self._now(),
            owner=who.id,
            run=run.id,
            prompt=run.prompt,
            simulated=run.simulated,
            pool=votes.pool_of(jobs[0]),
            kind=kind,
            shown=tuple(votes.shown_of(job) for job in jobs),
            files=tuple(result.file for result, _ in results),
            media=tuple(media for _, media in results),
            moments=tuple(self._media.told_moments(result) for result, _ in results),
        )

    def _can_show(self, job: Job) -> bool:
        """Whether its clip is here and its length is known, which is needed to check that it was watched."""
        result = job.result if job.state == State.DELIVERED else None
        return result is not None and result.media is not None and (self._media.clips / result.file).is_file()

    def _keep(self, ballot: Ballot, who: Person) -> None:
        with self._acting:
            self._end_old()
            theirs = [each for each in self._open.values() if each.owner == ballot.owner]
            others = [each for each in theirs if each.run != ballot.run]
            over = [each for each in theirs if each.run == ballot.run] + others[: max(0, len(others) - OPEN_EACH + 1)]
            for each in over:
                self._end(each.token)
            while len(self._open) >= OPEN_ALL:
                self._end(first_to_go({token: self._clients[token] for token in self._open}))
            self._open[ballot.token] = ballot
            self._clients[ballot.token] = who.client
            self._seen.add(ballot)

    def _end_old(self) -> None:
        """Ends all ballots that are too old or lost a clip, and removes their copies."""
        for ballot in list(self._open.values()):
            if self._now() - ballot.at > OPEN_S or self._is_gone(ballot):
                self._end(ballot.token)

    def _is_gone(self, ballot: Ballot) -> bool:
        """Whether a clip of it is gone because its run was deleted."""
        return not all((self._media.clips / file).is_file() for file in ballot.files)

    def _end(self, token: str) -> None:
        ballot = self._open.pop(token)
        del self._clients[token]
        self._media.forget_blind(token, len(ballot.shown))

    def _find(self, token: str, owner: str) -> Ballot | None:
        """An open ballot of this person."""
        self._end_old()
        ballot = self._open.get(token)
        return ballot if ballot is not None and ballot.owner == owner else None

    def clip(self, token: str, place: int, owner: str, kind: BlindKind | None = None) -> Path | None:
        """A clip of an open ballot, without metadata; None if there is no such ballot of this person, or no such clip.

        It is made when it is first asked for, or when another process on the same data folder has removed it.

        Args:
            place: the take's position on the ballot, from 0.
            kind: a copy for browsers that cannot play the clip's own pictures, or cannot seek to all of them.
        """
        with self._acting:
            ballot = self._find(token, owner)
        if ballot is None or place >= len(ballot.shown):
            return None
        return self._media.blind(ballot.files[place], ballot.media[place], f"{token}-{place}", kind)

    def vote(self, who: Person, token: str, verdict: Any, looked_s: Any, watched: Any, layout: Any) -> Vote:
        """Counts a vote; once this returns, it is in the ledger and the ballot has ended.

        Args:
            verdict, looked_s, watched, layout: as the page sent them, unchecked; see ``votes.answer_of``.

        Raises:
            InvalidRequest: the vote does not count, and why; the ballot stays open.
        """
        with self._acting:
            ballot = self._find(token, who.id)
            if ballot is None:
                raise InvalidRequest(OVER)
            if who.id and self._votes.exceeded(who) is not None:
                raise TooMuch("That is a lot of votes for one hour. Please come back a little later.")
            answer = votes.answer_of(ballot, verdict, looked_s, watched, layout)
            vote = votes.counted(ballot, answer, f"v_{secrets.token_hex(16)}", self._now())
            self._ledger.add_vote(vote)
            self._votes.count(who, 1)
            self._end(token)
            return vote

    def voted(self, vote: Vote) -> Run | None:
        """The run of a vote with only the takes that were shown, in that order; None if some were deleted."""
        run = self._ledger.run(vote.run)
        jobs = {job.id: job for job in run.jobs} if run is not None else {}
        if run is None or not all(shown.job in jobs for shown in vote.shown):
            return None
        return replace(run, jobs=tuple(jobs[shown.job] for shown in vote.shown))


def blind_value(ballot: Ballot, now: float) -> dict[str, Any]:
    """What the page is told about an open ballot: as ``viewer.snapshot``, without values that identify a take."""
    return {
        "run": ballot.token,
        "blind": True,
        "ballot": {"token": ballot.token, "kind": ballot.kind, "said": ""},
        "prompt": ballot.prompt,
        "simulated": ballot.simulated,
        "done": True,
        "can_go_on": False,
        "now": now,
        "title": f"{len(ballot.shown)} takes, names hidden until you vote",
        "differs": [],
        "cells": [_cell(ballot, place) for place in range(len(ballot.shown))],
    }


def _cell(ballot: Ballot, place: int) -> dict[str, Any]:
    url, moments = f"takes/blind/{ballot.token}/{place}", ballot.moments[place] if ballot.moments else None
    seekable = f"{url}-seekable.mp4" if may_hide_from_seeks(ballot.media[place]) else None
    files = {"url": f"{url}.mp4", "playable": f"{url}-playable.mp4", "seekable": seekable}
    clip = clip_of(ballot.media[place], **files, moments=moments)
    unknown = ("phase", "since", "total_s", "queue_position", "progress", "eta_s", "uncertainty_s", "given", "cost",
               "usd", "prompt", "asked", "sent", "came", "error", "shape")  # fmt: skip
    return {
        "job": f"{ballot.token}-{place}",
        "provider": votes.name_of(place),
        "state": str(State.DELIVERED),
        "words": "Delivered",
        "waiting": False,
        "unwatched": False,
        "ending": None,
        "is_news": True,
        "clip": clip,
        "basis": "unknown",
        "cost_words": "",
        "cost_told": "",
        "phases": [],
        "badges": [],
        "told": [],
        **dict.fromkeys(("run", "variant", "label", "model", "retry_label"), ""),
        **dict.fromkeys(unknown),
        **dict.fromkeys(("can_cancel", "can_fetch", "can_retry"), False),
    }
