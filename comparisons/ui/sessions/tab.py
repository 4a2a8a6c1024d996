"""The Sessions tab: build a plan in a form, start it, save it, go on with it; and watch every session as it runs."""

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
from comparisons.ui.door.door import Door
from comparisons.ui.door.own_files import plan_url
from comparisons.ui.events import QUIET
from comparisons.ui.fields import named, typed_keys
from comparisons.ui.later import ASKING, COUNTING, GLANCE_S, READING, STARTING, glance, waits
from comparisons.ui.latest import LatestQuestion
from comparisons.ui.note import note, said
from comparisons.ui.sessions import page as sessions_page
from comparisons.ui.sessions import plan_opening
from comparisons.ui.sessions.counting import Counting
from comparisons.ui.sessions.fields import PlanFields
from comparisons.ui.sessions.foresee import foresee
from comparisons.ui.sessions.page import shown
from comparisons.ui.sessions.plan_form import PlanForm
from comparisons.ui.sessions.starting import Started
from comparisons.ui.sessions.wrong import FormPart, Wrong, wrong
from comparisons.ui.wording import groups
from providers import InvalidRequest, TakesError

INTRO = (
    "Many prompts, variants and repeats, with honest statistics. A plan goes on after any end, and pays nothing twice."
)
RAN = "An equal plan has run already: this is its session. To take all of it anew, change the seed of the order."
DOWNLOAD = "url => { if (url) Object.assign(document.createElement('a'), { href: url, download: '' }).click(); }"
"""Downloads the saved plan, if there is one."""


class SessionsTab:
    """Builds the tab inside the current Blocks. ``keys`` are the fields in which keys are typed."""

    def __init__(self, playground: Playground, door: Door, keys: Sequence[gr.Textbox]) -> None:
        self.playground = playground
        self.door = door
        self.plan = PlanFields(playground.variants, keys)
        self._turns = LatestQuestion()
        self._counting = Counting(playground)
        gr.HTML(f'<p class="takes-intro">{INTRO}</p>')
        with gr.Row(elem_classes="takes-desk"):
            with gr.Column(scale=2, min_width=320):
                self.plan.what()
                self.plan.how(repeats=1 if door.public else 2)
            with gr.Column(scale=3, min_width=320):
                self.plan.who()
                self.foreseen = component.waiting("plan-foreseen", '<p class="takes-quiet">Counting…</p>')
        with gr.Column(elem_classes="takes-start-bar"):
            self.plan.add_note(FormPart.START)
            self.starting = component.waiting("plan-starting")
            with gr.Row(elem_classes="takes-run-row"):
                self.start = gr.Button("Start", variant="primary", size="lg", scale=3, elem_id="plan-start")
                self.save = gr.Button("Save plan", size="lg", scale=1, elem_id="plan-save")
                self.file = plan_opening.PlanField("Open a plan", size="lg", scale=1, elem_id="plan-open")
        self.saved = gr.Textbox(visible="hidden", label="Address of the saved plan", elem_id="plan-saved")
        self.opened = note("plan-opened")  # not among the notes, since the form's next change empties those
        gr.HTML('<h2 class="takes-section">Sessions</h2>')
        self.view = component.sessions()

    # events ---------------------------------------------------------------------------------------------------------

    def connect(self, demo: gr.Blocks, tabs: gr.Tabs, tab: gr.Tab) -> None:
        """Connects the events. Every handler that gets a session's id checks that the session is the person's own."""
        self.tabs = tabs
        notes = list(self.plan.notes.values())
        changed = [each.change for each in self.plan.all if each not in (*self.plan.keys, self.plan.picker)]
        told = [self.foreseen, self.start, *notes, self.plan.picker]
        gr.on([tab.select, *changed], self.foresee, self.plan.all, told, trigger_mode="always_last", **QUIET)
        self.foreseen.later(self.foresee, self.plan.all, told, trigger_mode="always_last", **QUIET)
        self.plan.picker.pick(self.foresee, self.plan.all, told, trigger_mode="multiple", **QUIET)
        pressed = self.save.click(self.save_plan, self.plan.all, [self.saved, *notes], **QUIET)
        pressed.success(None, self.saved, js=DOWNLOAD, **QUIET)
        begun = [*notes, self.starting, self.opened, self.view]
        self.start.click(self.start_session, self.plan.all, begun, trigger_mode="multiple", **QUIET)
        self.starting.later(self.show_start, None, begun, trigger_mode="multiple", **QUIET)
        filled = self.plan.all[: -len(self.plan.keys)]
        opening = plan_opening.Opening(self.playground, self.door, filled, self.opened, self.view)
        for opened in opening.connect(self.file):
            opened.then(self.foresee, self.plan.all, told, **QUIET)
        self.view.stop(self.stop_session, None, self.view, trigger_mode="multiple", **QUIET)
        self.view.go_on(self.go_on_session, self.plan.keys, self.view, trigger_mode="multiple", **QUIET)
        demo.load(self.open_session, None, [tabs, self.view], **QUIET)

    # the plan -------------------------------------------------------------------------------------------------------

    def foresee(self, request: gr.Request, *values: Any) -> dict[Any, Any]:
        """Shows what the form's plan would run and cost, or what is wrong with the form; and who can take part."""
        page = request.session_hash
        turn = self._turns.take(page)
        try:
            form, who = self._read(request, values)
        except TakesError as error:
            shown = self._not_counted(error)
        else:
            shown = {**self._counted(form, who, page or ""), **self._picker(form, who)}
        return {self.start: gr.skip()} if self._turns.is_over(page, turn) else shown

    def _counted(self, form: PlanForm, who: Person, page: str) -> dict[Any, Any]:
        try:
            form.check_few(who)
            return self._foreseen(form, who, page)
        except TakesError as error:
            return self._not_counted(error)

    def _not_counted(self, error: TakesError) -> dict[Any, Any]:
        return {self.foreseen: "", self.start: gr.update(value="Start", interactive=False), **self._wrong(error)}

    def _picker(self, form: PlanForm, who: Person) -> dict[Any, Any]:
        """What every variant would do with the first prompt, at the prices that are known by now."""
        simulated = form.simulated
        try:
            asked = form.first_request(images.as_read)
            offers = self.door.choosing.offers(asked, nearest=form.nearest, simulated=simulated, who=who)
        except InvalidRequest:
            return {}  # what is wrong is said in its place
        priced = self.playground.quotes.filled(offers, self.playground.wires.to(who, simulated))
        whole = groups(self.playground.variants)
        told = self.door.choosing.value(priced, form.picked.refs, simulated=simulated, who=who, groups=whole)
        return {self.plan.picker: {**told, "turn": form.picked.turn, "later": None}}

    def _foreseen(self, form: PlanForm, who: Person, page: str) -> dict[Any, Any]:
        if reading := self._being_read(form, who):
            return self._waits(READING, who, reading)
        counted = self._counting.begun(page, form, who)
        if counting := glance([counted]):
            return self._waits(COUNTING, who, counting)
        it = self._counting.picked_up(page, who, counted)
        pending = waits(ASKING, self.door.later.url(who, it.asked))
        label = gr.update(value=sessions_page.start_label(it), interactive=True)
        return {self.foreseen: sessions_page.foreseen(it) + pending, self.start: label, **self._wrong(None)}

    def _waits(self, sentence: str, who: Person, futures: Sequence[Future[Any]]) -> dict[Any, Any]:
        """Disables Start until these futures are done; then the page asks again."""
        pending = waits(sentence, self.door.later.url(who, futures))
        return {self.foreseen: pending, self.start: gr.update(interactive=False), **self._wrong(None)}

    def _being_read(self, form: PlanForm, who: Person) -> list[Future[Any]]:
        return glance(self.door.reading.begun([form.image] if form.image else [], who))

    def _read(self, request: gr.Request, values: Sequence[Any]) -> tuple[PlanForm, Person]:
        told = {self.plan.picker: {"chosen": self.plan.first}}
        filled = [
            told.get(field) if value is None else value for field, value in zip(self.plan.all, values, strict=True)
        ]
        form = PlanForm.read(filled, self.plan.options.known)
        return form, self.door.person(request, form.keys)

    def _wrong(self, error: TakesError | None) -> dict[Any, Any]:
        """The values of the notes: the error in the note of its part of the form, the others empty."""
        found = None if error is None else wrong(error)
        return {
            part: said(str(found) if found is not None and found.place is place else "")
            for place, part in self.plan.notes.items()
        }

    def save_plan(self, request: gr.Request, *values: Any) -> dict[Any, Any]:
        """Keeps the plan, and returns the URL of a zip of it and its image, which the command line can run."""
        try:
            form, who = self._read(request, values)
            name = self.door.plans.keep(who, form.written())
        except TakesError as error:
            return {self.saved: "", **self._wrong(error)}
        return {self.saved: plan_url(name), **self._wrong(None)}

    def start_session(self, request: gr.Request, *values: Any) -> dict[Any, Any]:
        """Starts the plan, or goes on with the session of an equal one, and shows the session."""
        try:
            who, started = self._started(request, values)
        except TakesError as error:
            return {**self._wrong(error), self.starting: ""}
        return self._shown(who, started)

    def show_start(self, request: gr.Request) -> dict[Any, Any]:
        """Shows the session of the page's latest start, or waits on. Called when the page's wait for it has ended."""
        try:
            who = self.door.person(request)
        except TakesError as error:
            return {**self._wrong(error), self.starting: ""}
        started = self.door.starts.of(request.session_hash or "", who)
        return {self.starting: ""} if started is None else self._shown(who, started)

    def _shown(self, who: Person, started: Future[Started | Wrong]) -> dict[Any, Any]:
        if late := glance([started]):
            return {**self._wrong(None), self.starting: waits(STARTING, self.door.later.url(who, late))}
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
        self.door.sessions.known_or_allowed(written, simulated=form.simulated, who=who)
        return who, self.door.starts.begun(request.session_hash or "", who, lambda: self._begun(form, written, who))

    def _begun(self, form: PlanForm, written: Written, who: Person) -> Started:
        session, new = self._session(form, written, who)
        words = "" if new else RAN if session.done else "Going on with the session of an equal plan."
        return Started(session.id, words)

    def _session(self, form: PlanForm, written: Written, who: Person) -> tuple[Session, bool]:
        """The session of the plan, and whether it is a new one."""
        self.playground.offers.simulated("sandbox" if form.simulated else "live", who)
        if not form.simulated and foresee(self.playground, form, who).asked:
            raise InvalidRequest(f"{ASKING} Press Start again once that is done.")
        return self.door.sessions.start(
            written, simulated=form.simulated, allow_unpriced=form.allow_unpriced, who=who, within_s=GLANCE_S
        )

    # the sessions ---------------------------------------------------------------------------------------------------

    def open_session(self, request: gr.Request) -> dict[Any, Any]:
        """Shows the session that the page's URL names (``?session=ID``), running or over."""
        session_id = request.query_params.get("session", "")
        if not session_id:
            return {self.view: gr.skip()}
        refused = self._told(lambda: self.door.sessions.find(session_id, self.door.person(request)))
        return {self.tabs: gr.update(selected="sessions"), self.view: shown(refused, "" if refused else session_id)}

    def go_on_session(self, event: gr.EventData, request: gr.Request, *keys: str) -> dict[str, Any]:
        """Goes on with the missing jobs of a session, with the keys that are typed now."""
        chosen = named(event, "session")
        return shown(self._told(lambda: self._gone_on(request, chosen, keys)))

    def _gone_on(self, request: gr.Request, chosen: str, keys: Sequence[str]) -> None:
        self.door.sessions.go_on(chosen, self.door.person(request, typed_keys(keys)))

    def stop_session(self, event: gr.EventData, request: gr.Request) -> dict[str, Any]:
        chosen = named(event, "session")
        return shown(self._told(lambda: self.door.sessions.stop(chosen, self.door.person(request))))

    def _told(self, act: Callable[[], object]) -> str:
        """Calls ``act``; returns the message of its ``TakesError``, or an empty text if it raised none."""
        try:
            act()
        except TakesError as error:
            return str(error)
        return ""
