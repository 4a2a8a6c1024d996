"""The panel above History in which a person settles uncertain takes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from html import escape
from typing import Any

import gradio as gr

from comparisons.playground import Playground
from comparisons.records import Job, Person
from comparisons.runs import sent_between
from comparisons.ui import component
from comparisons.ui.door.door import Door
from comparisons.ui.events import QUIET
from comparisons.ui.fair import Fair
from comparisons.ui.fields import typed_keys
from comparisons.ui.later import glance, waits
from comparisons.ui.note import note, said
from comparisons.words import wanted_words
from providers import PROVIDERS, InvalidRequest, TakesError

AT_ONCE = 8
"""How many questions to providers are open at a time, for all people; each person has one."""
KEPT = 1_000
"""For how many people the last question is remembered."""
ASKED = "The provider is being asked."


class Doubts:
    """Builds the panel inside the current Blocks. ``keys`` are the fields in which keys are typed."""

    def __init__(self, playground: Playground, door: Door, keys: Sequence[gr.Textbox]) -> None:
        self.playground = playground
        self.door = door
        self.keys = list(keys)
        with gr.Column(visible=False, elem_id="reconcile", elem_classes="takes-reconcile") as self.doubts:
            self.intro = gr.HTML()
            self.job = gr.Dropdown([], label="Take", elem_id="doubt", filterable=False)
            self.facts = gr.HTML(elem_id="doubt-facts")
            self.provider_job = gr.Textbox(label="The provider's id of the job", elem_id="doubt-id", max_length=200)
            with gr.Row():
                self.found = gr.Button("Found: fetch its clip", variant="primary", elem_id="doubt-found")
                self.look = gr.Button("Ask the provider", elem_id="doubt-look")
                self.not_charged = gr.Button("Not charged", elem_id="doubt-not-charged")
        self.said = note("doubt-said")
        self.waiting = component.waiting("doubt-waiting")
        self._asking = Fair("doubts", AT_ONCE)
        self._asked: OrderedDict[str, Future[tuple[bool, str]]] = OrderedDict()

    def connect(self, tab: gr.Tab) -> None:
        """Connects the events with their handlers, each of which checks whose take it is."""
        shown = [self.doubts, self.intro, self.job, self.facts, self.provider_job, self.said, self.waiting]
        asked = [self.job, self.provider_job, *self.keys]
        tab.select(self.open_doubts, None, shown, **QUIET)
        self.job.input(self.describe, self.job, [self.facts, self.said], **QUIET)
        self.found.click(self.settle_found, asked, shown, **QUIET)
        self.look.click(self.ask_provider, asked, shown, **QUIET)
        self.not_charged.click(self.settle_not_charged, asked, shown, **QUIET)
        self.waiting.later(self.show_answer, None, shown, **QUIET)

    def open_doubts(self, request: gr.Request) -> dict[Any, Any]:
        return self._shown(request, "")

    def _shown(self, request: gr.Request, sentence: str) -> dict[Any, Any]:
        try:
            who = self.door.person(request)
        except InvalidRequest as error:
            return {self.doubts: gr.update(visible=False), self.said: said(str(error))}
        jobs = self.playground.reconciler.uncertain(who)
        first = jobs[0] if jobs else None
        return {
            self.doubts: gr.update(visible=bool(jobs)),
            self.intro: _intro(len(jobs)),
            self.job: gr.update(choices=[(_label(job), job.id) for job in jobs], value=first.id if first else None),
            self.facts: _facts(first) if first else "",
            self.provider_job: "",
            self.said: said(sentence),
        }

    def describe(self, request: gr.Request, job_id: str) -> dict[Any, Any]:
        job = self._mine(self.door.person(request), job_id)
        return {self.facts: _facts(job) if job else "", self.said: said("")}

    def _mine(self, who: Person, job_id: str) -> Job | None:
        return next((job for job in self.playground.reconciler.uncertain(who) if job.id == job_id), None)

    def ask_provider(self, request: gr.Request, job_id: str, provider_job: str, *keys: str) -> dict[Any, Any]:
        return self._done(request, keys, lambda who: self.playground.reconciler.look_for(job_id, who))

    def settle_found(self, request: gr.Request, job_id: str, provider_job: str, *keys: str) -> dict[Any, Any]:
        def settle(who: Person) -> str:
            self.playground.reconciler.found(job_id, provider_job, who)
            return "Found: its clip is being fetched."

        return self._done(request, keys, settle)

    def settle_not_charged(self, request: gr.Request, job_id: str, provider_job: str, *keys: str) -> dict[Any, Any]:
        def settle(who: Person) -> str:
            self.playground.reconciler.not_charged(job_id, who)
            return "Noted: not charged, by your word."

        return self._done(request, keys, settle)

    def _done(self, request: gr.Request, keys: Sequence[str], act: Callable[[Person], str]) -> dict[Any, Any]:
        """Runs ``act`` on another thread, so that a slow provider does not hold up the page, and shows the outcome."""
        try:
            who = self.door.person(request, typed_keys(keys))
            asked = self._asking.submit(who, lambda: _told(act, who))
        except TakesError as error:
            return {self.said: said(str(error))}
        self._asked[who.id] = asked
        self._asked.move_to_end(who.id)
        while len(self._asked) > KEPT:
            self._asked.popitem(last=False)
        if late := glance([asked]):
            return {self.said: said(""), self.waiting: waits(ASKED, self.door.later.url(who, late))}
        return self._answered(request, asked)

    def show_answer(self, request: gr.Request) -> dict[Any, Any]:
        """Shows the answer of the provider, or that it is still awaited; the page calls this when it is there."""
        try:
            who = self.door.person(request)
        except InvalidRequest as error:
            return {self.said: said(str(error))}
        asked = self._asked.get(who.id)
        if asked is None:
            return {self.waiting: ""}
        if late := glance([asked]):
            return {self.waiting: waits(ASKED, self.door.later.url(who, late))}
        return self._answered(request, asked)

    def _answered(self, request: gr.Request, asked: Future[tuple[bool, str]]) -> dict[Any, Any]:
        done, sentence = asked.result()
        return {**(self._shown(request, sentence) if done else {self.said: said(sentence)}), self.waiting: ""}


def _told(act: Callable[[Person], str], who: Person) -> tuple[bool, str]:
    """Whether ``act`` succeeded, and the sentence about it.

    Errors become sentences here, since a future would keep an error with its frames, which hold typed keys.
    """
    try:
        return True, act(who)
    except TakesError as error:
        return False, str(error)


def _intro(count: int) -> str:
    takes = "One take may be billed" if count == 1 else f"{count} takes may be billed"
    return (
        f"<h2>{takes}, and nobody here knows</h2><p>Each was sent, and no answer came that says whether it was"
        " taken. It is never sent again. Look whether the provider has it, then say so here.</p>"
    )


def _label(job: Job) -> str:
    at = datetime.fromtimestamp(sent_between(job)[0], UTC)
    return f"{PROVIDERS[job.plan.provider].name} · {job.plan.label} · {at:%Y-%m-%d %H:%M:%S} UTC"


def _facts(job: Job) -> str:
    """What is known about an uncertain take as HTML, to compare it with the provider's own list."""
    provider, (first, last) = PROVIDERS[job.plan.provider], sent_between(job)
    times = " to ".join(dict.fromkeys(f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}" for at in (first, last)))
    rows = {
        "Sent": f"{times} UTC{', to the sandbox: nothing is billed there' if job.plan.simulated else ''}",
        "Model": job.plan.endpoint,
        "Settings": wanted_words(job.plan.sent),
        "Prompt": job.plan.prompt,
        "What happened": job.error or "",
        "Price": str(job.plan.quoted or job.plan.listed or "not known"),
    }
    listed = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in rows.items())
    page = escape(provider.keys_page)
    look = f'<a href="{page}" rel="noopener" target="_blank">{page}</a>'
    return f'<section class="takes-card"><dl>{listed}<dt>Look here</dt><dd>{look}</dd></dl></section>'
