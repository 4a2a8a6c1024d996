"""The Sessions tab: a plan built by clicking, started, saved and gone on with; and every session, seen as it runs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from copy import copy
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.processing_utils import save_bytes_to_cache

from comparisons import images
from comparisons.playground import Playground
from comparisons.ui import component, like, plan_form, plan_opening, sample, sessions_page
from comparisons.ui.form import ANY, typed_keys
from comparisons.ui.history_tab import Turns
from comparisons.ui.note import note, said
from comparisons.ui.plan_form import CLOSED, CONCURRENCY, NAME_MAX, NUMBER_MAX, OPEN, RATE, PlanForm, Wrong
from comparisons.ui.session_watch import Seen, Watch
from comparisons.ui.view import model_title
from comparisons.ui.door import Door
from comparisons.visitors import Person
from providers import PROVIDERS, InvalidRequest, Request, TakesError, Variant

HERE = Path(__file__).parent
SCRIPT, ADDRESS = ((HERE / name).read_text(encoding="utf-8") for name in ("sessions.js", "session.js"))
INTRO = (
    "Many prompts, variants and repeats, with honest statistics. A plan goes on after any end, and pays nothing twice."
)
PROMPTS = (
    "A paper boat drifts across a rain puddle at dusk. [Push in]",
    "Wind moves through tall grass, clouds race above. [Pan left]",
    "The camera holds still while the light fades to night. [Static shot]",
)
NOTES = ("name", "prompts", "image", "variants", "how", "start")
"""Where a sentence about the form may stand."""
RAN = "An equal plan has run already: this is its session. To take all of it anew, change the seed of the order."
DOWNLOAD = "() => requestAnimationFrame(() => setTimeout(() => document.querySelector('#plan-zip').click(), 100))"
"""Presses the hidden button that has just been given the file."""


class SessionsTab:
    """Builds the tab inside the current Blocks. ``keys`` are the fields in which keys are typed."""

    def __init__(self, playground: Playground, door: Door, keys: Sequence[gr.Textbox]) -> None:
        self.playground = playground
        self.door = door
        self.keys = list(keys)
        self._turns = Turns()
        self._starting = threading.Lock()  # of two presses at once, the second finds the session of the first
        gr.HTML(f'<p class="takes-intro">{INTRO}</p>')
        self.notes: dict[str, gr.HTML] = {}
        with gr.Row(elem_classes="takes-desk"):
            with gr.Column(scale=2, min_width=320):
                self._what()
                self._how()
            with gr.Column(scale=3, min_width=320):
                self._who()
                self.foreseen = gr.HTML('<p class="takes-quiet">Counting…</p>', elem_id="plan-foreseen")
        with gr.Row(elem_classes="takes-run-row"):
            self.start = gr.Button("Start", variant="primary", size="lg", scale=3, elem_id="plan-start")
            self.save = gr.Button("Save plan", size="lg", scale=1, elem_id="plan-save")
            self.file = plan_opening.PlanField("Open a plan", size="lg", scale=1, elem_id="plan-open")
        self.zip = gr.DownloadButton(visible="hidden", elem_id="plan-zip")
        self._note("start")
        self.opened = note("plan-opened")  # not one of the notes, which the form's next change empties
        self._sessions()

    def _note(self, place: str) -> None:
        self.notes[place] = note(f"plan-{place}-note")

    def _what(self) -> None:
        self.name = gr.Textbox(label="Name", value="first-look", max_lines=1, max_length=NAME_MAX, elem_id="plan-name")
        self._note("name")
        self.prompts = gr.Textbox(
            label="Prompts, one a line", value="\n".join(PROMPTS), lines=5, max_lines=14, elem_id="plan-prompts"
        )
        self._note("prompts")
        self.image = component.frame("First frame of every prompt", "plan-image", 200, str(sample.PATH))
        self._note("image")
        with gr.Row():
            self.duration = gr.Radio(like.DURATIONS, value=ANY, label="Duration", elem_id="plan-duration")
            self.resolution = gr.Radio(like.RESOLUTIONS, value=ANY, label="Resolution", elem_id="plan-resolution")
        self.optimizer = gr.Checkbox(False, label="Let the model rewrite the prompt", elem_id="plan-optimizer")
        self.nearest = gr.Checkbox(True, label="Text-only variants take part without the image", elem_id="plan-nearest")

    def _who(self) -> None:
        variants = self.playground.variants
        models = sorted({variant.model for variant in variants}, reverse=True)
        of_model = [(f"{model_title(each)}: {_of(variants, 'model', each)}", f"model:{each}") for each in models]
        of_gateway = [
            (f"{PROVIDERS[each].name}: {_of(variants, 'provider', each)}", f"provider:{each}") for each in PROVIDERS
        ]
        single = [(f"{PROVIDERS[v.provider].name} · {v.name} · {v.mode}", v.ref) for v in variants]
        asked = Request(PROMPTS[0], images.placeholder())
        self.models = gr.CheckboxGroup(of_model, label="Whole models", elem_id="plan-models")
        self.gateways = gr.CheckboxGroup(of_gateway, label="Whole gateways", elem_id="plan-gateways")
        self.singles = gr.CheckboxGroup(
            single, value=plan_form.one_of_each(variants, asked), label="Single variants", elem_id="plan-singles"
        )
        self._note("variants")

    def _how(self) -> None:
        with gr.Row():
            repeats = 1 if self.door.public else 2
            self.repeats = _number("Repeats", "plan-repeats", repeats)
            self.mode = gr.Radio(["Sandbox", "Live"], value="Sandbox", label="Mode", elem_id="plan-mode")
        self.allow_unpriced = gr.Checkbox(False, label="Run variants whose price is unknown", elem_id="plan-unpriced")
        with gr.Accordion("Arrival, warm-up, budget and stop rule", open=False, elem_id="plan-more"):
            with gr.Row():
                self.arrival = gr.Radio([CLOSED, OPEN], value=CLOSED, label="Jobs begin", elem_id="plan-arrival")
                self.concurrency = _number("Jobs at once", "plan-concurrency", CONCURRENCY)
                self.rate = _number("Jobs a minute", "plan-rate", RATE)
            with gr.Row():
                self.warm_up = _number("Warm-ups of every cell", "plan-warm-up", 0)
                self.seed = _number("Seed of the order", "plan-seed", 0)
                self.budget = _optional("Budget in US dollars", "plan-budget", "no limit")
            with gr.Row():
                self.within = _optional("Stop when every median is within … %", "plan-within", "fixed repeats")
                self.most = _optional("Most repeats", "plan-most", "with a stop rule")
        self._note("how")

    def _sessions(self) -> None:
        gr.HTML('<h2 class="takes-section">Sessions</h2>')
        self.said = note("session-said")
        with gr.Row(elem_classes="takes-sessions-row"):
            with gr.Column(scale=2, min_width=300):
                self.rows = gr.HTML(sessions_page.EMPTY, elem_id="sessions", js_on_load=SCRIPT)
            with gr.Column(scale=3, min_width=320):
                self.head = gr.HTML("", elem_id="session", js_on_load=ADDRESS)
                self.told = gr.HTML(_told(""), elem_id="session-told")
                with gr.Row(elem_classes="takes-session-acts"):
                    self.stop = gr.Button("Stop", elem_id="session-stop", visible=False)
                    self.go_on = gr.Button("Go on", elem_id="session-go-on", visible=False)
                    self.again = gr.Button("Use this plan again", elem_id="session-again", visible=False)
                self.figures = gr.HTML("", elem_id="session-figures")
                self.runs = gr.HTML("", elem_id="session-runs")
        self.chosen = gr.State("")

    # events ---------------------------------------------------------------------------------------------------------

    @property
    def fields(self) -> list[Any]:
        """In the order of ``PlanForm``; the typed keys come last."""
        return [
            self.name, self.prompts, self.image, self.duration, self.resolution, self.optimizer, self.nearest,
            self.models, self.gateways, self.singles, self.repeats, self.mode, self.allow_unpriced, self.arrival,
            self.concurrency, self.rate, self.warm_up, self.seed, self.budget, self.within, self.most, *self.keys,
        ]  # fmt: skip

    def connect(self, demo: gr.Blocks, tabs: gr.Tabs, tab: gr.Tab) -> None:
        """Ties the events; every handler asks whose session it is."""
        self.tabs = tabs
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        watch = {**quiet, "concurrency_limit": None, "trigger_mode": "multiple"}
        form = {**quiet, "concurrency_id": "plan", "concurrency_limit": 1, "trigger_mode": "always_last"}
        notes = list(self.notes.values())
        showing = [
            self.rows, self.head, self.told, self.figures, self.runs, self.stop, self.go_on, self.again, self.chosen,
            self.said,
        ]  # fmt: skip
        changed = [each.change for each in self.fields if each not in self.keys]
        gr.on([tab.select, *changed], self.foresee, self.fields, [self.foreseen, self.start, *notes], **form)
        self.save.click(self.save_plan, self.fields, [self.zip, *notes], **quiet).success(None, js=DOWNLOAD, **quiet)
        self.start.click(self.start_session, self.fields, [*notes, self.opened, *showing], **watch)
        filled = self.fields[: -len(self.keys)]
        opening = plan_opening.Opening(self.playground, self.door, filled, self.opened, self.said)
        opening.connect(self.file, self.again, self.chosen)
        tab.select(self.show_sessions, self.chosen, showing, **watch)
        tabs.select(self.leave_sessions, None, None, **quiet)
        self.rows.choose(self.choose_session, None, showing, **watch)
        self.stop.click(self.stop_session, self.chosen, self.said, **quiet)
        self.go_on.click(self.go_on_session, [self.chosen, *self.keys], showing, **watch)
        demo.load(self.open_session, None, [tabs, *showing], **watch)

    # the plan -------------------------------------------------------------------------------------------------------

    def foresee(self, request: gr.Request, *values: Any) -> dict[Any, Any]:
        """What the form's plan would be, or the one sentence that is wrong with it."""
        try:
            form, who = self._read(request, values)
            it = plan_form.foresee(self.playground, form, who)
        except TakesError as error:
            return {self.foreseen: "", self.start: gr.update(value="Start", interactive=False), **self._wrong(error)}
        label = gr.update(value=sessions_page.start_label(it), interactive=True)
        return {self.foreseen: sessions_page.foreseen(it), self.start: label, **self._wrong(None)}

    def _read(self, request: gr.Request, values: Sequence[Any]) -> tuple[PlanForm, Person]:
        form = PlanForm.read(values)
        return form, self.door.person(request, form.keys)

    def _wrong(self, error: Exception | None) -> dict[Any, Any]:
        """The notes: one sentence in its place, the others empty."""
        place = error.place if isinstance(error, Wrong) else "start"
        return {part: said(str(error) if error and name == place else "") for name, part in self.notes.items()}

    def save_plan(self, request: gr.Request, *values: Any) -> dict[Any, Any]:
        """The plan and its image as one zip, for the command line."""
        try:
            form, _ = self._read(request, values)
            data = plan_form.packed(form.written())
        except TakesError as error:
            return {self.zip: None, **self._wrong(error)}
        return {self.zip: save_bytes_to_cache(data, "plan.zip", self.zip.GRADIO_CACHE), **self._wrong(None)}

    async def start_session(self, request: gr.Request, *values: Any) -> AsyncIterator[dict[Any, Any]]:
        """Starts the plan, or goes on with an equal one, and shows it."""
        try:
            session_id, words = await asyncio.to_thread(self._started, request, values)
        except TakesError as error:
            yield self._wrong(error)
            return
        yield {**self._wrong(None), self.opened: said("")}
        async for shown in self._follow(request, session_id, words):
            yield shown

    def _started(self, request: gr.Request, values: Sequence[Any]) -> tuple[str, str]:
        form, who = self._read(request, values)
        written = form.written()
        try:
            self.playground.simulated("sandbox" if form.simulated else "live", who)
            with self._starting:
                session, new = self.door.sessions.start(
                    written, simulated=form.simulated, allow_unpriced=form.allow_unpriced, who=who
                )
        except InvalidRequest as error:
            raise plan_form.placed(error, written.text) from error
        return session.id, "" if new else RAN if session.done else "Going on with the session of an equal plan."

    # the sessions ---------------------------------------------------------------------------------------------------

    async def show_sessions(self, request: gr.Request, chosen: str) -> AsyncIterator[dict[Any, Any]]:
        """The tab was opened."""
        async for shown in self._follow(request, chosen):
            yield shown

    async def open_session(self, request: gr.Request) -> AsyncIterator[dict[Any, Any]]:
        """A page opened with ``?session=ID`` shows that session, running or over."""
        session_id = request.query_params.get("session", "")
        if not session_id:
            yield {self.said: said("")}
            return
        yield {self.tabs: gr.update(selected="sessions"), self.chosen: session_id}
        async for shown in self._follow(request, session_id):
            yield shown

    async def choose_session(self, event: gr.EventData, request: gr.Request) -> AsyncIterator[dict[Any, Any]]:
        async for shown in self._follow(request, str(event.session)):
            yield shown

    async def go_on_session(self, request: gr.Request, chosen: str, *keys: str) -> AsyncIterator[dict[Any, Any]]:
        """Goes on with what is missing, with the keys typed now."""
        refused = await asyncio.to_thread(self._told, lambda: self._gone_on(request, chosen, keys))
        if refused:
            yield {self.said: said(refused)}
            return
        async for shown in self._follow(request, chosen):
            yield shown

    def _gone_on(self, request: gr.Request, chosen: str, keys: Sequence[str]) -> None:
        self.door.sessions.go_on(chosen, self.door.person(request, typed_keys(keys)))

    def stop_session(self, request: gr.Request, chosen: str) -> Any:
        return said(self._told(lambda: self.door.sessions.stop(chosen, self.door.person(request))))

    def _told(self, act: Callable[[], object]) -> str:
        """Does it; returns the sentence that says why not, empty if it was done."""
        try:
            act()
        except TakesError as error:
            return str(error)
        return ""

    def leave_sessions(self, event: gr.SelectData, request: gr.Request) -> None:
        """Another tab was opened: nobody looks at the sessions any more."""
        if event.value != "Sessions":
            self._turns.take(request.session_hash)

    async def _follow(self, request: gr.Request, session_id: str, words: str = "") -> AsyncIterator[dict[Any, Any]]:
        """Shows the list, and a session if one is chosen, until this page shows another one or another tab."""
        page, nothing = request.session_hash, {self.chosen: gr.skip()}
        turn = self._turns.take(page)
        try:
            watch = Watch(self.door, self.door.person(request), session_id)
            shown: dict[Any, Any] = {}
            async for _ in self.playground.changes():
                now = self._parts(await asyncio.to_thread(watch.look), session_id, words)
                if self._turns.is_over(page, turn):
                    yield nothing  # gradio sends the last answer once more when there are no more of them
                    return
                # Something is sent each time: only by that gradio learns that the page is gone.
                changed = {part: value for part, value in now.items() if shown.get(part) != value}
                shown = {part: copy(value) for part, value in now.items()}  # gradio writes into those it is handed
                yield changed or nothing
        except TakesError as error:
            yield {self.said: said(str(error)), self.chosen: ""}

    def _parts(self, seen: Seen, session_id: str, words: str) -> dict[Any, Any]:
        return {
            self.rows: seen.rows,
            self.head: seen.head,
            self.told: _told(seen.told),
            self.figures: seen.figures,
            self.runs: seen.runs,
            self.stop: gr.update(visible=seen.can_stop),
            self.go_on: gr.update(visible=seen.can_go_on),
            self.again: gr.update(visible=bool(seen.head)),
            self.chosen: session_id,
            self.said: said(words or self.door.sessions.holds.get(session_id, "")),
        }


def _number(label: str, elem_id: str, value: float) -> gr.Number:
    """A field for a number. What it may be the plan's own check says."""
    return gr.Number(value, label=label, elem_id=elem_id, min_width=120)


def _optional(label: str, elem_id: str, empty: str) -> gr.Textbox:
    """A field for a number that may be left out; ``empty`` says what holds then."""
    return gr.Textbox(
        "", label=label, placeholder=empty, max_lines=1, max_length=NUMBER_MAX, elem_id=elem_id, min_width=120
    )


def _of(variants: Sequence[Variant], attribute: str, value: str) -> str:
    count = sum(getattr(variant, attribute) == value for variant in variants)
    return f"{count} variant{'s' if count != 1 else ''}"


def _told(sentence: str) -> str:
    """A line that only screen readers have, and hear when it changes."""
    return f'<p class="takes-unseen" role="status" aria-live="polite">{escape(sentence)}</p>'
