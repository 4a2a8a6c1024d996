"""The Sessions tab: a plan built by clicking, started, saved and gone on with; and every session, seen as it runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

import gradio as gr

from comparisons.media import images
from comparisons.playground import Playground
from comparisons.records import Person, Session
from comparisons.sessions import Written
from comparisons.ui import component
from comparisons.ui.compare import like
from comparisons.ui.compare.form import ANY, named, typed_keys
from comparisons.ui.compare.picker import model_title
from comparisons.ui.door.door import Door
from comparisons.ui.door.own_files import plan_url
from comparisons.ui.events import QUIET
from comparisons.ui.history.tab import LatestQuestion
from comparisons.ui.later import ASKING, COUNTING, GLANCE_S, READING, STARTING, glance
from comparisons.ui.note import note, said
from comparisons.ui.sessions import page as sessions_page
from comparisons.ui.sessions import plan_form, plan_opening
from comparisons.ui.sessions.counting import Counting
from comparisons.ui.sessions.page import shown
from comparisons.ui.sessions.plan_form import CLOSED, CONCURRENCY, NAME_MAX, NUMBER_MAX, OPEN, RATE, PlanForm, Wrong
from comparisons.ui.sessions.starting import Started
from providers import PROVIDERS, InvalidRequest, Request, TakesError, Variant

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
DOWNLOAD = "url => { if (url) Object.assign(document.createElement('a'), { href: url, download: '' }).click(); }"
"""Has the saved plan downloaded, if there is one."""


class SessionsTab:
    """Builds the tab inside the current Blocks. ``keys`` are the fields in which keys are typed."""

    def __init__(self, playground: Playground, door: Door, keys: Sequence[gr.Textbox]) -> None:
        self.playground = playground
        self.door = door
        self.keys = list(keys)
        self._turns = LatestQuestion()
        self._counting = Counting(playground)
        gr.HTML(f'<p class="takes-intro">{INTRO}</p>')
        self.notes: dict[str, gr.HTML] = {}
        with gr.Row(elem_classes="takes-desk"):
            with gr.Column(scale=2, min_width=320):
                self._what()
                self._how()
            with gr.Column(scale=3, min_width=320):
                self._who()
                self.foreseen = component.waiting("plan-foreseen", '<p class="takes-quiet">Counting…</p>')
        with gr.Row(elem_classes="takes-run-row"):
            self.start = gr.Button("Start", variant="primary", size="lg", scale=3, elem_id="plan-start")
            self.save = gr.Button("Save plan", size="lg", scale=1, elem_id="plan-save")
            self.file = plan_opening.PlanField("Open a plan", size="lg", scale=1, elem_id="plan-open")
        self.saved = gr.Textbox(visible="hidden", label="Address of the saved plan", elem_id="plan-saved")
        self._note("start")
        self.starting = component.waiting("plan-starting")
        self.opened = note("plan-opened")  # not one of the notes, which the form's next change empties
        self._sessions()

    def _note(self, place: str) -> None:
        self.notes[place] = note(f"plan-{place}-note")

    def _what(self) -> None:
        self.name = gr.Textbox(label="Name", value="first-look", max_lines=1, max_length=NAME_MAX, elem_id="plan-name")
        self._note("name")
        self.prompts = gr.Textbox(
            label="Prompts, one a line",
            value="\n".join(PROMPTS),
            lines=5,
            max_lines=14,
            elem_id="plan-prompts",
            max_length=plan_form.MOST_BYTES,
        )
        self._note("prompts")
        self.image = component.frame("First frame of every prompt", "plan-image", 200, filled=True)
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
        self.view = component.sessions()

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
        notes = list(self.notes.values())
        changed = [each.change for each in self.fields if each not in self.keys]
        told = [self.foreseen, self.start, *notes]
        gr.on([tab.select, *changed], self.foresee, self.fields, told, trigger_mode="always_last", **QUIET)
        self.foreseen.later(self.foresee, self.fields, told, trigger_mode="always_last", **QUIET)
        pressed = self.save.click(self.save_plan, self.fields, [self.saved, *notes], **QUIET)
        pressed.success(None, self.saved, js=DOWNLOAD, **QUIET)
        begun = [*notes, self.starting, self.opened, self.view]
        self.start.click(self.start_session, self.fields, begun, trigger_mode="multiple", **QUIET)
        self.starting.later(self.show_start, None, begun, trigger_mode="multiple", **QUIET)
        filled = self.fields[: -len(self.keys)]
        plan_opening.Opening(self.playground, self.door, filled, self.opened, self.view).connect(self.file)
        self.view.stop(self.stop_session, None, self.view, trigger_mode="multiple", **QUIET)
        self.view.go_on(self.go_on_session, self.keys, self.view, trigger_mode="multiple", **QUIET)
        demo.load(self.open_session, None, [tabs, self.view], **QUIET)

    # the plan -------------------------------------------------------------------------------------------------------

    def foresee(self, request: gr.Request, *values: Any) -> dict[Any, Any]:
        """What the form's plan would be, or the one sentence that is wrong with it."""
        page = request.session_hash
        turn = self._turns.take(page)
        try:
            form, who = self._read(request, values)
            form.check_few(who)
            shown = self._foreseen(form, who, page or "")
        except TakesError as error:
            shown = {self.foreseen: "", self.start: gr.update(value="Start", interactive=False), **self._wrong(error)}
        return {self.start: gr.skip()} if self._turns.is_over(page, turn) else shown

    def _foreseen(self, form: PlanForm, who: Person, page: str) -> dict[Any, Any]:
        if reading := self._being_read(form, who):
            return self._waits(READING, who, reading)
        counted = self._counting.begun(page, form, who)
        if counting := glance([counted]):
            return self._waits(COUNTING, who, counting)
        it = self._counting.picked_up(page, who, counted)
        waits = sessions_page.waits(ASKING, self.door.later.url(who, it.asked))
        label = gr.update(value=sessions_page.start_label(it), interactive=True)
        return {self.foreseen: sessions_page.foreseen(it) + waits, self.start: label, **self._wrong(None)}

    def _waits(self, sentence: str, who: Person, futures: Sequence[Future[Any]]) -> dict[Any, Any]:
        """Nothing can be started until these are done, when the page asks anew."""
        waits = sessions_page.waits(sentence, self.door.later.url(who, futures))
        return {self.foreseen: waits, self.start: gr.update(interactive=False), **self._wrong(None)}

    def _being_read(self, form: PlanForm, who: Person) -> list[Future[Any]]:
        return glance(self.door.reading.begun([form.image] if form.image else [], who))

    def _read(self, request: gr.Request, values: Sequence[Any]) -> tuple[PlanForm, Person]:
        form = PlanForm.read(values)
        return form, self.door.person(request, form.keys)

    def _wrong(self, error: Exception | None) -> dict[Any, Any]:
        """The notes: one sentence in its place, the others empty."""
        place = error.place if isinstance(error, Wrong) else "start"
        return {part: said(str(error) if error and name == place else "") for name, part in self.notes.items()}

    def save_plan(self, request: gr.Request, *values: Any) -> dict[Any, Any]:
        """Where the page reads the plan and its image as one zip, for the command line."""
        try:
            form, who = self._read(request, values)
            name = self.door.plans.keep(who, form.written())
        except TakesError as error:
            return {self.saved: "", **self._wrong(error)}
        return {self.saved: plan_url(name), **self._wrong(None)}

    def start_session(self, request: gr.Request, *values: Any) -> dict[Any, Any]:
        """Starts the plan, or goes on with an equal one, and shows it."""
        try:
            who, started = self._started(request, values)
        except TakesError as error:
            return {**self._wrong(error), self.starting: ""}
        return self._shown(who, started)

    def show_start(self, request: gr.Request) -> dict[Any, Any]:
        """What was started is there by now, or the page has waited for as long as it does at a time."""
        try:
            who = self.door.person(request)
        except TakesError as error:
            return {**self._wrong(error), self.starting: ""}
        started = self.door.starts.of(request.session_hash or "", who)
        return {self.starting: ""} if started is None else self._shown(who, started)

    def _shown(self, who: Person, started: Future[Started | Wrong]) -> dict[Any, Any]:
        if late := glance([started]):
            return {**self._wrong(None), self.starting: sessions_page.waits(STARTING, self.door.later.url(who, late))}
        found = started.result()
        if isinstance(found, Wrong):
            return {**self._wrong(found), self.starting: ""}
        view = shown(found.words, found.session)
        return {**self._wrong(None), self.starting: "", self.opened: said(""), self.view: view}

    def _started(self, request: gr.Request, values: Sequence[Any]) -> tuple[Person, Future[Started | Wrong]]:
        form, who = self._read(request, values)
        form.check_few(who)
        if self._being_read(form, who):
            raise InvalidRequest(f"{READING} Press Start again once that is done.")
        written = form.written()
        self.door.sessions.check_room(written, simulated=form.simulated, who=who)
        return who, self.door.starts.begun(request.session_hash or "", who, lambda: self._begun(form, written, who))

    def _begun(self, form: PlanForm, written: Written, who: Person) -> Started:
        try:
            session, new = self._session(form, written, who)
        except InvalidRequest as error:
            raise plan_form.placed(error, written.text) from error
        words = "" if new else RAN if session.done else "Going on with the session of an equal plan."
        return Started(session.id, words)

    def _session(self, form: PlanForm, written: Written, who: Person) -> tuple[Session, bool]:
        """The session, and whether it is a new one."""
        self.playground.offers.simulated("sandbox" if form.simulated else "live", who)
        if not form.simulated and plan_form.foresee(self.playground, form, who).asked:
            raise InvalidRequest(f"{ASKING} Press Start again once that is done.")
        return self.door.sessions.start(
            written, simulated=form.simulated, allow_unpriced=form.allow_unpriced, who=who, within_s=GLANCE_S
        )

    # the sessions ---------------------------------------------------------------------------------------------------

    def open_session(self, request: gr.Request) -> dict[Any, Any]:
        """A page opened with ``?session=ID`` shows that session, running or over."""
        session_id = request.query_params.get("session", "")
        if not session_id:
            return {self.view: gr.skip()}
        refused = self._told(lambda: self.door.sessions.find(session_id, self.door.person(request)))
        return {self.tabs: gr.update(selected="sessions"), self.view: shown(refused, "" if refused else session_id)}

    def go_on_session(self, event: gr.EventData, request: gr.Request, *keys: str) -> dict[str, Any]:
        """Goes on with what is missing, with the keys typed now."""
        chosen = named(event, "session")
        return shown(self._told(lambda: self._gone_on(request, chosen, keys)))

    def _gone_on(self, request: gr.Request, chosen: str, keys: Sequence[str]) -> None:
        self.door.sessions.go_on(chosen, self.door.person(request, typed_keys(keys)))

    def stop_session(self, event: gr.EventData, request: gr.Request) -> dict[str, Any]:
        chosen = named(event, "session")
        return shown(self._told(lambda: self.door.sessions.stop(chosen, self.door.person(request))))

    def _told(self, act: Callable[[], object]) -> str:
        """Does it; returns the sentence that says why not, empty if it was done."""
        try:
            act()
        except TakesError as error:
            return str(error)
        return ""


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
