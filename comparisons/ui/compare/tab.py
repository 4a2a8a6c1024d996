"""The Compare tab: the form of a request, the picker of variants, and the run that is shown."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.processing_utils import save_file_to_cache

from comparisons.media import images
from comparisons.playground import Playground
from comparisons.records import HOST, Person, Run
from comparisons.runs import Choice, Consent, Offer
from comparisons.ui import component
from comparisons.ui.compare import camera, like, run_bar
from comparisons.ui.compare.fields import RequestFields
from comparisons.ui.compare.form import Form
from comparisons.ui.compare.shown_run import ShownRun, run_in
from comparisons.ui.compare.url_field import check_taken
from comparisons.ui.door.door import Door
from comparisons.ui.events import QUIET
from comparisons.ui.fields import named
from comparisons.ui.later import ASKING, GLANCE_S, READING, glance
from comparisons.ui.latest import LatestQuestion
from comparisons.ui.note import note, said
from comparisons.ui.picker import own_options, value
from providers import InvalidRequest, Request, TakesError, prompt_objection

NO_KEY = "Live needs a key: type that of at least one provider below. Until then nothing can be run."
TO_STAGE = "() => { document.querySelector('#stage .takes-stage').focus({ preventScroll: true }); }"
"""Moves the focus from Run to the stage, and so to the takes, where Space plays; on Run, Space would start another run.
"""


class CompareTab:
    """Builds the tab inside the current Blocks. Its handlers only translate between Gradio and the playground."""

    def __init__(self, playground: Playground, door: Door) -> None:
        self.playground = playground
        self.door = door
        self._turns = LatestQuestion()
        with gr.Row(elem_classes="takes-desk"):
            with gr.Column(scale=0, min_width=320, elem_classes="takes-composer"):
                self.form = RequestFields(playground.variants)
                with gr.Column(elem_classes="takes-run-bar"):
                    self.form.build_consent()
                    self.spent = gr.HTML("", elem_id="spent", elem_classes="takes-quiet")
                    run_note = note("run-note")
                    with gr.Row(elem_classes="takes-run-row"):
                        self.run = gr.Button("Run", variant="primary", scale=3, elem_id="run", interactive=False)
                        stop = gr.Button("Stop all", scale=1, elem_id="stop", interactive=False)
            with gr.Column(scale=1, min_width=320, elem_classes="takes-stage-side"):
                component.stage()
                self.picker = component.picker("picker", own=True)
                self.shown = ShownRun(playground, door, stop, run_note, self.form.keys)

    # events -----------------------------------------------------------------------------------------------------

    @property
    def keys(self) -> list[gr.Textbox]:
        """The fields in which keys are typed, for the other tabs too."""
        return self.form.keys

    @property
    def fields(self) -> list[Any]:
        """All fields in the order of ``Form.read``."""
        return [*self.form.before_picker, self.picker]

    def connect(self, demo: gr.Blocks) -> None:
        """Connects the events with their handlers. None is a public API of Gradio (see ``QUIET``)."""
        form, shown = self.form, self.shown.all
        bar = [self.run, form.allow_unpriced, self.spent, self.shown.note]
        asked = [self.picker, *bar, form.prompt_note, form.image_note, form.mode_note, form.camera]
        typed = [event for key in form.keys for event in (key.blur, key.submit)]
        kept = [field for field in form.before_picker if field not in form.keys]
        # An address counts too: the note that one is still in its field goes once it is not.
        changed = [field.change for field in (*kept, *(each.url for each in form.urls))]
        gr.on([*changed, *typed], self.refresh, self.fields, asked, trigger_mode="always_last", **QUIET)
        form.examples.input(lambda text: text, form.examples, form.prompt, **QUIET)
        self.picker.pick(self.refresh, self.fields, asked, trigger_mode="multiple", **QUIET)
        self.run.click(None, js=TO_STAGE, **QUIET)
        typed_urls = [each.url for each in form.urls]
        self.run.click(self.start, [*typed_urls, *self.fields], shown, trigger_mode="multiple", **QUIET)
        for each in form.urls:
            each.connect(self.door)
        demo.load(self.open, self.fields, [*asked, *form.refilled, form.like_note], **QUIET)
        self.shown.grid.more(self.add, self.fields, shown, trigger_mode="multiple", **QUIET)
        self.shown.connect(demo)

    def open(self, request: gr.Request, *values: Any) -> dict[Any, Any]:
        """Fills the form of a page just opened: with a first choice, or as for the run that its address names."""
        form = self._read(values)
        filled = self._open_run(run_in(request), form, request)
        if filled is None:
            asked, _ = self._request(form, self.door.person(request))
            first = value.first_choice(self._offers(form, asked, HOST), self.playground.variants)
            filled = self._asked(replace(form, chosen=first), request)
        filled.pop(self.shown.note, None)  # ``ShownRun.reopen`` sets this note when the page opens
        return filled

    def _open_run(self, run_id: str, form: Form, request: gr.Request) -> dict[Any, Any] | None:
        """The form as it was for a run; None if there is no such run here."""
        try:
            who = self.door.person(request)
            again, told = like.fill(self.playground, run_id, form, who, self._copy, self.form.options.known)
        except InvalidRequest:
            return None  # ``ShownRun.reopen`` says what is wrong with the link
        shown = self._asked(again, request)
        if self.picker in shown:
            shown[self.picker] = {**shown[self.picker], "own": again.own}
        refilled = dict(zip(self.form.refilled, again.asked(self.form.options.known), strict=True))
        return {**shown, **refilled, self.form.like_note: said(told)}

    def _read(self, values: Sequence[Any]) -> Form:
        return Form.read(values, self.form.options.known)

    def _copy(self, image: Path) -> str:
        """Copies an input image to where Gradio may read it, and gives that path."""
        return str(save_file_to_cache(image, self.form.image.GRADIO_CACHE))

    def refresh(self, request: gr.Request, *values: Any) -> dict[Any, Any]:
        """Updates picker, price and notes after a change of the form, unless the page has sent a later change."""
        page = request.session_hash
        turn = self._turns.take(page)
        try:
            shown = self._asked(self._read(values), request)
        except TakesError as error:
            shown = {self.shown.note: said(str(error)), self.run: gr.update(interactive=False)}
        return {self.shown.note: gr.skip()} if self._turns.is_over(page, turn) else shown

    def _asked(self, form: Form, request: gr.Request) -> dict[Any, Any]:
        """Picker, price and notes for this form. Awaited answers are marked, and the page asks again when they come."""
        try:
            who = self.door.person(request, form.keys)
        except InvalidRequest as error:
            return {self.shown.note: said(str(error)), self.run: gr.update(interactive=False)}
        if not form.simulated and not self.playground.wires.keys(who):
            return self._without_key()
        try:
            asked, reading = self._request(form, who)
        except InvalidRequest as error:
            return {self.form.image_note: said(str(error)), self.run: gr.update(interactive=False)}
        offers = self._offers(form, asked, who)
        fit = [e for e in offers if e.variant.ref in form.chosen and not e.why_not]
        able, asking = self._priced(form, asked, fit, who)
        priced = {each.variant.ref: each for each in able}
        shown = [priced.get(each.variant.ref, each) for each in offers]
        able = [each for each in able if not each.why_not]
        later = self.door.later.url(who, [*reading, *asking])
        told = self.door.choosing.value(shown, form.chosen, simulated=form.simulated, who=who, asking=bool(asking))
        return {
            self.picker: {**told, "turn": form.turn, "later": later},
            **self._run_bar(able, form, who, ready=not reading, asking=bool(asking)),
            self.form.camera: camera.chips(each.variant.model for each in offers if each.variant.ref in form.chosen),
            self.form.prompt_note: said(self._prompt_problem(asked, form.chosen)),
            self.form.image_note: said(READING if reading else ""),
            self.form.mode_note: said(""),
            self.shown.note: said(""),
        }

    def _without_key(self) -> dict[Any, Any]:
        """Says at the mode that Live needs a key; the script of that note leads to the fields of the keys."""
        return {
            self.form.mode_note: said(NO_KEY),
            self.run: gr.update(value=run_bar.NO_KEY, interactive=False),
            self.spent: "",
            self.shown.note: said(""),
        }

    def _run_bar(self, able: Sequence[Offer], form: Form, who: Person, *, ready: bool, asking: bool) -> dict[Any, Any]:
        """The values of the Run button and of what is beside it."""
        unknown = [] if form.simulated or asking else run_bar.unpriced(able)
        left_out = [] if form.allow_unpriced else unknown
        taking = [each for each in able if each not in left_out]
        rates = self.playground.settings.rates
        label = run_bar.run_label(taking, form.repeats, form.simulated, rates, asking=asking, left_out=len(left_out))
        notes = run_bar.cost_notes(taking, form.simulated, rates, left_out=len(left_out))
        spent = () if form.simulated or (who.id and who.keys) else self.playground.gate.spent(who.id)
        return {
            self.run: gr.update(value=label, interactive=bool(taking) and ready),
            self.form.allow_unpriced: gr.update(visible=bool(unknown), label=run_bar.unpriced_words(len(unknown))),
            self.spent: " · ".join([*notes, *run_bar.spent_words(spent)]),
        }

    def _request(self, form: Form, who: Person) -> tuple[Request, list[Future[Any]]]:
        """The request, with a placeholder for each image that is still being read, and futures for those images."""
        reading = glance(self.door.reading.begun(form.files, who))
        return form.request(images.as_read), reading

    def _offers(self, form: Form, asked: Request, who: Person) -> list[Offer]:
        own = own_options.read(form.own, self.playground.variants)
        return self.door.choosing.offers(asked, nearest=form.nearest, simulated=form.simulated, who=who, own=own)

    def _choice(self, form: Form, refs: Sequence[str]) -> Choice:
        """The choice of these variants, with what the form asks of single ones.

        Raises:
            InvalidRequest: a value is none of a variant's option.
        """
        return Choice(refs=tuple(refs), nearest=form.nearest, own=own_options.read(form.own, self.playground.variants))

    def _priced(
        self, form: Form, asked: Request, able: list[Offer], who: Person
    ) -> tuple[list[Offer], list[Future[Any]]]:
        """The offers with the providers' quotes that are known, and futures for the others."""
        if form.simulated or not able:
            return able, []
        choice = self._choice(form, [each.variant.ref for each in able])
        offers, asking = self.playground.offers.prices(asked, choice, False, who)
        if asking is None:
            return offers, []
        if not (late := glance([asking])):
            offers, _ = self.playground.offers.prices(asked, choice, False, who)
        return offers, late

    def _prompt_problem(self, request: Request, chosen: Sequence[str]) -> str:
        """A sentence if at least half of the chosen variants (of all, if none is chosen) do not take this prompt."""
        bare = Request(request.prompt, request.first_frame)
        asked = [each for each in self.playground.variants if not chosen or each.ref in chosen]
        about_prompt = [why for variant in asked if (why := prompt_objection(variant, bare))]
        if len(about_prompt) * 2 < len(asked):
            return ""
        return f"{len(about_prompt)} of {len(asked)} variants do not take this: {about_prompt[0]}."

    def start(self, request: gr.Request, *values: Any) -> dict[Any, Any]:
        """On Run: starts the run and shows it, or says why not. ``values`` begins with the fields for addresses."""
        count = len(self.form.urls)

        def begun() -> str:
            check_taken(values[:count])
            return self._start(request, self._read(values[count:])).id

        return self.shown.begun(begun)

    def add(self, event: gr.EventData, request: gr.Request, *values: Any) -> dict[Any, Any]:
        """Adds takes of the picked variants to the shown run, or says why not."""
        return self.shown.begun(lambda: self._add(named(event, "run"), request, self._read(values)).id)

    def _add(self, run: str, request: gr.Request, form: Form) -> Run:
        who, consent = self.door.person(request, form.keys), Consent(unpriced=form.allow_unpriced)
        choice = self._choice(form, form.chosen)
        return self.playground.add(run, choice, who, consent=consent, sure=False, within_s=GLANCE_S)

    def _start(self, request: gr.Request, form: Form) -> Run:
        who = self.door.person(request, form.keys)
        if not form.chosen:
            raise InvalidRequest("Choose at least one variant.")
        asked, reading = self._request(form, who)
        fit = [e for e in self._offers(form, asked, who) if e.variant.ref in form.chosen and not e.why_not]
        any_price = form.simulated or form.allow_unpriced
        hoped = fit if any_price else self.playground.offers.may_have_prices(fit, form.simulated, who)
        self.playground.check_press(hoped, int(form.repeats), None, not form.simulated, who)
        priced, asking = self._priced(form, asked, fit, who)
        left_out = set() if any_price else {each.variant.ref for each in run_bar.unpriced(priced)}
        fit = [each for each in fit if each.variant.ref not in left_out] or fit
        if reading or asking:
            raise InvalidRequest(f"{READING if reading else ASKING} Press Run again once that is done.")
        return self.playground.start(
            asked,
            self._choice(form, [each.variant.ref for each in fit] or form.chosen),
            simulated=form.simulated,
            repeats=int(form.repeats),
            consent=Consent(unpriced=form.allow_unpriced),
            sure=False,
            who=who,
        )
