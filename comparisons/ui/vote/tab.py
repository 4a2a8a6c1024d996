"""The Vote tab: a ballot of takes without names, then their names after the vote; below it the leaderboard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from typing import Any

import gradio as gr

from comparisons import viewer
from comparisons.judging import blind_value, comparisons_of
from comparisons.playground import Playground
from comparisons.records import BallotKind, By, Vote
from comparisons.ui import component
from comparisons.ui.door.door import Door
from comparisons.ui.door.own_files import file_url
from comparisons.ui.events import QUIET
from comparisons.ui.vote import leaderboard
from comparisons.ui.wording import model_title
from providers import PROVIDERS, TakesError

INTRO = "Watch takes of one prompt without knowing whose they are, say which is better, then see their names."
WHENCE = "A ballot is drawn from what you ran: two delivered takes of one prompt, or up to six."
KINDS: list[tuple[str, BallotKind]] = [("Pair", "pair"), ("Best and worst", "many")]
POOLS = {
    "image": "Image to video",
    "text": "Text to video",
    "image-sound": "Image to video with sound",
    "text-sound": "Text to video with sound",
    "image-simulated": "Image to video · SANDBOX",
    "text-simulated": "Text to video · SANDBOX",
    "image-sound-simulated": "Image to video with sound · SANDBOX",
    "text-sound-simulated": "Text to video with sound · SANDBOX",
}
"""The names of the pools of votes, which never mix, by key."""
BYS: list[tuple[str, By]] = [("Variant", "variant"), ("Model", "model")]
PER_VOTE = ("token", "verdict", "looked_s", "watched", "layout")


class VoteTab:
    """Builds the tab inside the current Blocks. Its handlers only translate between Gradio and the ballots."""

    def __init__(self, playground: Playground, door: Door) -> None:
        self.playground = playground
        self.door = door
        gr.HTML(f'<p class="takes-intro">{INTRO}</p>')
        with gr.Row(elem_classes="takes-vote-desk"):
            self.kind = gr.Radio(KINDS, value="pair", label="Ballot", elem_id="vote-kind")
            self.next = gr.Button("Next ballot", variant="primary", elem_id="vote-next", scale=0, min_width=160)
        self.said = gr.HTML(_said(""), elem_id="vote-said")
        self.ballot = component.clip_viewer(
            "ballot", "Press Next ballot: takes without their names arrive here", WHENCE
        )
        gr.HTML('<h2 class="takes-section">Leaderboard</h2>')
        with gr.Row(elem_classes="takes-vote-desk"):
            self.pool = gr.Radio(_pools([]), value="image", label="Votes on", elem_id="pool")
            self.by = gr.Radio(BYS, value="variant", label="Compare by", elem_id="board-by")
        self.board = gr.HTML(elem_id="leaderboard")
        self.matrix = gr.HTML(elem_id="win-matrix")

    def connect(self, demo: gr.Blocks, tabs: gr.Tabs, tab: gr.Tab) -> None:
        """Connects the events with their handlers."""
        self.tabs = tabs
        chosen, figures = [self.pool, self.by], [self.pool, self.board, self.matrix, self.said]
        tab.select(self.open_votes, chosen, figures, **QUIET)
        gr.on([self.pool.input, self.by.input], self.show_board, chosen, figures, **QUIET)
        for asked in (self.next.click, self.ballot.skip):
            asked(self.next_ballot, self.kind, [self.ballot, self.said], **QUIET)
        self.ballot.vote(self.cast, self.by, [self.ballot, *figures], **QUIET)
        demo.load(self.open_named, self.kind, [tabs, self.ballot, self.said], **QUIET)

    # ballots --------------------------------------------------------------------------------------------------------

    def next_ballot(self, request: gr.Request, kind: BallotKind) -> dict[Any, Any]:
        return self._drawn(request, kind, None)

    def open_named(self, request: gr.Request, kind: BallotKind) -> dict[Any, Any]:
        """On a page opened with ``?vote=ID``, draws a ballot about that run."""
        run_id = request.query_params.get("vote", "")
        if not run_id:
            return {self.said: _said("")}
        return {self.tabs: gr.update(selected="vote"), **self._drawn(request, kind, run_id)}

    def _drawn(self, request: gr.Request, kind: BallotKind, run_id: str | None) -> dict[Any, Any]:
        try:
            ballot = self.door.ballots.draw(self.door.person(request), kind or "pair", run_id)
        except TakesError as error:
            return {self.ballot: None, self.said: _said(str(error))}
        return {self.ballot: blind_value(ballot, self.playground.clock.now()), self.said: _said("")}

    def cast(self, event: gr.EventData, request: gr.Request, by: By) -> dict[Any, Any]:
        """Counts a vote and shows the names, or says why it does not count."""
        token, *told = [getattr(event, name, None) for name in PER_VOTE]
        try:
            who = self.door.person(request)
            vote = self.door.ballots.vote(who, str(token), *told)
        except TakesError as error:
            return {self.said: _said(str(error))}
        pool, words = _pool_key(vote), self.words(vote)
        revealed = self._reveal(vote, str(token), words)
        said = "Your vote counts." if revealed else f"Your vote counts. {words}"  # a revealed ballot shows the words
        return {
            self.ballot: revealed,
            self.said: _said(said),
            **self._figures(self.playground.ledger.votes(who.only), pool, by),
        }

    def _reveal(self, vote: Vote, token: str, words: str) -> dict[str, Any] | None:
        """The takes of a vote with their names, in the order in which they were shown; None if some were deleted."""
        run = self.door.ballots.voted(vote)
        if run is None:
            return None
        value = viewer.snapshot(run, self.playground.clock.now(), file_url)
        still = {
            "can_retry": False,
            "can_cancel": False,
            "can_fetch": False,
        }  # no buttons: these takes are only to be looked at
        return {
            **value,
            "run": f"{token}-revealed",
            "blind": False,
            "ballot": {"token": token, "kind": vote.kind, "said": words},
            "cells": [{**cell, **still} for cell in value["cells"]],
        }

    def words(self, vote: Vote) -> str:
        """The vote in words, with the variants' names: ``You preferred …``."""
        names = [self._variant(shown.variant) for shown in vote.shown]
        best, worst = vote.verdict.best, vote.verdict.worst
        if best is None or worst is None:
            return f"You found {'both bad' if vote.verdict.bad else 'neither better'}: {' and '.join(names)}."
        if vote.kind == "pair":
            return f"You preferred {names[best]} to {names[worst]}."
        return f"Best: {names[best]}. Worst: {names[worst]}."

    # the leaderboard --------------------------------------------------------------------------------------------------

    def open_votes(self, request: gr.Request, pool: str, by: By) -> dict[Any, Any]:
        """When the tab is opened: shows the chosen pool, or the pool of the latest vote if the chosen one has none."""
        return self._asked(request, pool, by, elsewhere=True)

    def show_board(self, request: gr.Request, pool: str, by: By) -> dict[Any, Any]:
        return self._asked(request, pool, by, elsewhere=False)

    def _asked(self, request: gr.Request, pool: str, by: By, *, elsewhere: bool) -> dict[Any, Any]:
        try:
            who = self.door.person(request)
            votes = self.playground.ledger.votes(who.only)
        except TakesError as error:
            return {self.said: _said(str(error))}
        if elsewhere and votes and pool not in {_pool_key(vote) for vote in votes}:
            pool = _pool_key(votes[-1])
        return self._figures(votes, pool, by)

    def _figures(self, votes: Sequence[Vote], pool: str, by: By) -> dict[Any, Any]:
        pool, by = pool if pool in POOLS else "image", by or "variant"
        mine = [vote for vote in votes if _pool_key(vote) == pool]
        compared = comparisons_of(mine, by)
        caption = f"{POOLS[pool]}, by {by}"
        naming = self._variant if by == "variant" else model_title
        board, matrix = leaderboard.board(compared, mine, caption, naming)
        return {self.pool: gr.update(choices=_pools(votes), value=pool), self.board: board, self.matrix: matrix}

    def _variant(self, ref: str) -> str:
        """``RunComfy · Hailuo 2.3 Fast · image-to-video``; the bare reference of one that is in no catalogue."""
        known = next((variant for variant in self.playground.variants if variant.ref == ref), None)
        return f"{PROVIDERS[known.provider].name} · {known.name} · {known.mode}" if known else ref


def _pools(votes: Sequence[Vote]) -> list[tuple[str, str]]:
    """The pools to choose from, each with how many votes it has."""
    counts = Counter(map(_pool_key, votes))
    return [(f"{label} ({counts[key]} vote{'s' if counts[key] != 1 else ''})", key) for key, label in POOLS.items()]


def _pool_key(vote: Vote) -> str:
    return f"{vote.pool}-simulated" if vote.simulated else vote.pool


def _said(sentence: str) -> str:
    """A line that screen readers read out when it changes. It is on the page also when it is empty."""
    return f'<p class="takes-said" role="status" aria-live="polite">{escape(sentence)}</p>'
