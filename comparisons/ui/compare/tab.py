"""The Compare tab: what to ask, whom, and the grid that shows what comes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.processing_utils import save_file_to_cache

from comparisons.media import images
from comparisons.playground import Playground
from comparisons.records import HOST, Job, Person, Run
from comparisons.runs import Choice, Offer
from comparisons.ui import component, sample
from comparisons.ui.compare import like, run_value, tables
from comparisons.ui.compare import picker as view
from comparisons.ui.compare.form import ANY, ASKED, PROMPT_MAX, Form, named, typed_keys
from comparisons.ui.compare.run_value import Figured
from comparisons.ui.door.door import Door
from comparisons.ui.events import QUIET
from comparisons.ui.history.tab import LatestQuestion
from comparisons.ui.later import ASKING, GLANCE_S, READING, glance
from comparisons.ui.note import note, said
from providers import PROVIDERS, InvalidRequest, Request, TakesError, prompt_objection

EXAMPLES = [
    sample.PROMPT,
    "Wind moves through tall grass toward the camera, clouds race above. [Pan left]",
    "The camera holds still while the light fades to night. [Static shot]",
    "慢慢靠近，水面泛起涟漪。[推进]",
]
NO_RUN = "There is no such run in this data folder."
TO_TAKES = "() => { document.querySelector('#grid .takes-grid').focus({ preventScroll: true }); }"
"""From there Space plays; on Run it would start another run."""
ONE_EACH = (
    "One prompt to every gateway you picked. Each clip keeps its own clock and its own bill; one player runs them all."
)
KEYS_NOTE = (
    "Yours alone: used for the runs you start, held in memory until these are over, never written down."
    " What you type here is used instead of a key that this Takes was started with."
)


class CompareTab:
    """Builds the tab inside the current Blocks; its handlers only translate between gradio and the playground."""

    def __init__(self, playground: Playground, door: Door) -> None:
        self.playground = playground
        self.door = door
        self._figured = Figured(playground)
        self._turns = LatestQuestion()
        with gr.Row(elem_classes="takes-desk"):
            with gr.Column(scale=2, min_width=320):
                self._ask()
            with gr.Column(scale=3, min_width=320):
                self.picker = component.picker()
        with gr.Row(elem_classes="takes-run-row"):
            self.run = gr.Button("Run", variant="primary", size="lg", scale=3, elem_id="run", interactive=False)
            self.stop = gr.Button(
                "Stop all", variant="secondary", size="lg", scale=1, elem_id="stop", interactive=False
            )
        self.run_note = note("run-note")
        self.run_trouble = note("run-trouble")  # apart: what holds takes up must not wipe out what was said of a press
        self.grid = component.clip_viewer("grid", "Press Run: takes arrive here, side by side", ONE_EACH)
        self._figures()

    def _ask(self) -> None:
        self.like_note = note("like-note")
        self.prompt = gr.Textbox(
            label="Prompt", lines=3, max_lines=8, value=sample.PROMPT, elem_id="prompt", max_length=PROMPT_MAX
        )
        self.prompt_note = note("prompt-note")
        with gr.Accordion("Example prompts", open=False):
            self.examples = gr.Radio(EXAMPLES, show_label=False, container=False, elem_id="examples")
        self.image = component.frame("First frame", "image", 220, filled=True)
        self.image_note = note("image-note")
        with gr.Accordion("Last frame", open=False):
            self.last_image = component.frame("Last frame", "last-image", 180)
        with gr.Row():
            self.duration = gr.Radio(like.DURATIONS, value=ANY, label="Duration", elem_id="duration")
            self.resolution = gr.Radio(like.RESOLUTIONS, value=ANY, label="Resolution", elem_id="resolution")
        self.optimizer = gr.Checkbox(label="Let the model rewrite the prompt", value=False, elem_id="optimizer")
        self.nearest = gr.Checkbox(
            label="Text-only variants take part without the image", value=True, elem_id="nearest"
        )
        self.allow_unpriced = gr.Checkbox(
            label="Run variants whose price is unknown", value=False, elem_id="allow-unpriced"
        )
        self.repeats = gr.Slider(1, like.REPEATS, value=1, step=1, label="Takes per variant", elem_id="repeats")
        self.mode = gr.Radio(
            ["Sandbox", "Live"],
            value="Sandbox",
            label="Mode",
            info="Live spends money at the providers whose key is set or typed.",
            elem_id="mode",
        )
        with gr.Accordion("Keys", open=False, elem_id="keys"):
            gr.HTML(f'<p class="takes-quiet">{KEYS_NOTE}</p>')
            self.keys = [
                gr.Textbox(label=f"{provider.name} key", type="password", elem_id=f"key-{slug}", max_length=500)
                for slug, provider in PROVIDERS.items()
            ]

    def _figures(self) -> None:
        self.summary = gr.HTML(elem_id="summary", elem_classes="takes-summary")
        self.table = gr.Dataframe(
            value=None, headers=tables.SHOWN, interactive=False, label="Table", elem_id="table", visible=False,
            max_height=420, pinned_columns=1, wrap=False,
        )  # fmt: skip
        self.plots = gr.HTML(elem_id="plots")

    # events -----------------------------------------------------------------------------------------------------

    @property
    def fields(self) -> list[Any]:
        return [
            self.prompt, self.image, self.last_image, self.duration, self.resolution, self.optimizer,
            self.repeats, self.mode, self.nearest, self.allow_unpriced, *self.keys, self.picker,
        ]  # fmt: skip

    @property
    def refilled(self) -> list[Any]:
        """The fields that a run of the history fills in."""
        return self.fields[: len(ASKED)]

    @property
    def showing(self) -> list[Any]:
        return [
            self.grid, self.stop, self.summary, self.table, self.plots, self.run_note, self.run_trouble,
        ]  # fmt: skip

    def connect(self, demo: gr.Blocks) -> None:
        """Ties the events. Every handler is private: raw callers gain nothing the page does not offer."""
        asked = [self.picker, self.run, self.prompt_note, self.image_note, self.run_note]
        typed = [event for key in self.keys for event in (key.blur, key.submit)]
        changed = [field.change for field in self.fields if field not in (*self.keys, self.picker)]
        gr.on([*changed, *typed], self.refresh, self.fields, asked, trigger_mode="always_last", **QUIET)
        self.examples.input(lambda text: text, self.examples, self.prompt, **QUIET)
        self.picker.pick(self.refresh, self.fields, asked, trigger_mode="multiple", **QUIET)
        self.run.click(None, js=TO_TAKES, **QUIET)
        self.run.click(self.start, self.fields, self.showing, trigger_mode="multiple", **QUIET)
        self.stop.click(self.stop_all, self.grid, None, **QUIET)
        self.grid.cancel(self.cancel, None, None, **QUIET)
        self.grid.fetch(self.fetch, self.keys, self.showing, **QUIET)
        self.grid.again(self.again, self.keys, self.showing, trigger_mode="multiple", **QUIET)
        self.grid.go_on(self.go_on, self.keys, self.showing, trigger_mode="multiple", **QUIET)
        self.grid.figures(self.show_figures, None, self.showing[1:], trigger_mode="always_last", **QUIET)
        demo.load(self.open, self.fields, [*asked, *self.refilled, self.like_note], **QUIET)
        demo.load(self.reopen, None, self.showing, **QUIET)

    def open(self, request: gr.Request, *values: Any) -> dict[Any, Any]:
        """First open: nothing to fill in, or as the run was that ``?like=ID`` names."""
        form = Form.read(values)
        if request.query_params.get("like"):
            return self._open_like(request.query_params["like"], form, request)
        asked, _ = self._request(form, self.door.person(request))
        first = view.first_choice(self._offers(form, asked, HOST), self.playground.variants)
        shown = self._asked(replace(form, chosen=first), request)
        shown.pop(self.run_note, None)  # it belongs to the run that the link names
        return shown

    def _open_like(self, run_id: str, form: Form, request: gr.Request) -> dict[Any, Any]:
        try:
            who = self.door.person(request)
            again, told = like.fill(self.playground, run_id, form, who, self._copy)
        except InvalidRequest as error:
            return self._asked(form, request) | {self.like_note: said(str(error))}
        shown = self._asked(again, request)
        shown.pop(self.run_note, None)
        return shown | dict(zip(self.refilled, again.asked, strict=True)) | {self.like_note: said(told)}

    def _copy(self, image: Path) -> str:
        """A copy of an input image where gradio may read it, unlike the data folder."""
        return str(save_file_to_cache(image, self.image.GRADIO_CACHE))

    def refresh(self, request: gr.Request, *values: Any) -> dict[Any, Any]:
        """What the form says now; nothing new if the page has sent a later state of it meanwhile."""
        page = request.session_hash
        turn = self._turns.take(page)
        try:
            shown = self._asked(Form.read(values), request)
        except TakesError as error:
            shown = {self.run_note: said(str(error)), self.run: gr.update(interactive=False)}
        return {self.run_note: gr.skip()} if self._turns.is_over(page, turn) else shown

    def _asked(self, form: Form, request: gr.Request) -> dict[Any, Any]:
        """Picker, price and notes for what the form says now. What has not come yet is marked, and comes by itself."""
        try:
            who = self.door.person(request, form.keys)
            self.playground.offers.simulated("sandbox" if form.simulated else "live", who)
        except InvalidRequest as error:
            return {self.run_note: said(str(error)), self.run: gr.update(interactive=False)}
        try:
            asked, reading = self._request(form, who)
        except InvalidRequest as error:
            return {self.image_note: said(str(error)), self.run: gr.update(interactive=False)}
        offers = self._offers(form, asked, who)
        fit = [e for e in offers if e.variant.ref in form.chosen and not e.why_not]
        able, asking = self._priced(form, asked, fit, who)
        priced = {each.variant.ref: each for each in able}
        shown = [priced.get(each.variant.ref, each) for each in offers]
        label = view.run_label(able, form.repeats, form.simulated, self.playground.settings.usd, asking=bool(asking))
        picker = view.picker(shown, form.chosen, self.playground.variants, asking=bool(asking))
        return {
            self.picker: {**picker, "turn": form.turn, "later": self.door.later.url(who, [*reading, *asking])},
            self.run: gr.update(value=label, interactive=bool(able) and not reading),
            self.prompt_note: said(self._prompt_problem(asked)),
            self.image_note: said(READING if reading else ""),
            self.run_note: said(""),
        }

    def _request(self, form: Form, who: Person) -> tuple[Request, list[Future[Any]]]:
        """What is asked, with another image in place of one that is being read, and what is done once it is."""
        reading = glance(self.door.reading.begun(form.files, who))
        return form.request(lambda path: images.load(path) if images.is_read(path) else images.placeholder()), reading

    def _offers(self, form: Form, asked: Request, who: Person) -> list[Offer]:
        reachable = tuple(v.ref for v in self.playground.offers.callable_variants(form.simulated, who))
        return self.playground.offers.of(asked, Choice(refs=reachable), form.simulated, nearest=form.nearest, who=who)[
            0
        ]

    def _priced(
        self, form: Form, asked: Request, able: list[Offer], who: Person
    ) -> tuple[list[Offer], list[Future[Any]]]:
        """Live prices come from the providers where they quote; the sandbox's would be no prices at all."""
        if form.simulated or not able:
            return able, []
        choice = Choice(refs=tuple(each.variant.ref for each in able))
        offers, asking = self.playground.offers.prices(asked, choice, False, nearest=form.nearest, who=who)
        if asking is None:
            return offers, []
        if not (late := glance([asking])):
            offers, _ = self.playground.offers.prices(asked, choice, False, nearest=form.nearest, who=who)
        return offers, late

    def _prompt_problem(self, request: Request) -> str:
        """A sentence when no variant at all would take this prompt."""
        bare = Request(request.prompt, request.first_frame)
        reasons = [prompt_objection(variant, bare) for variant in self.playground.variants]
        about_prompt = [reason for reason in reasons if reason]
        if len(about_prompt) < len(self.playground.variants) // 2:
            return ""
        return f"Most variants do not take this: {about_prompt[0]}."

    def start(self, request: gr.Request, *values: Any) -> dict[Any, Any]:
        """Run pressed."""
        return self._begun(lambda: self._start(request, Form.read(values)).id)

    def _start(self, request: gr.Request, form: Form) -> Run:
        who = self.door.person(request, form.keys)
        if not form.chosen:
            raise InvalidRequest("Choose at least one variant.")
        asked, reading = self._request(form, who)
        fit = [e for e in self._offers(form, asked, who) if e.variant.ref in form.chosen and not e.why_not]
        self.playground.check_room(fit, int(form.repeats), None, not form.simulated, who)
        if reading or self._priced(form, asked, fit, who)[1]:
            raise InvalidRequest(f"{READING if reading else ASKING} Press Run again once that is done.")
        return self.playground.start(
            asked,
            Choice(refs=tuple(each.variant.ref for each in fit) or tuple(form.chosen)),
            simulated=form.simulated,
            repeats=int(form.repeats),
            allow_unpriced=form.allow_unpriced,
            nearest=form.nearest,
            sure=False,
            who=who,
        )

    def _begun(self, begin: Callable[[], str]) -> dict[Any, Any]:
        """Shows the run that ``begin`` names, which its stream goes on with, or says why there is none."""
        try:
            run_id = begin()
        except TakesError as error:
            return {self.run_note: said(str(error))}
        run = self.playground.ledger.run(run_id)
        if run is None:  # deleted meanwhile
            return {self.run_note: said(NO_RUN)}
        active = self.playground.active(run_id)
        grid = run_value.value(self.playground, run, active)
        return {self.grid: grid, self.run_note: said(""), **self._beside(run, active)}

    def reopen(self, request: gr.Request) -> dict[Any, Any]:
        """A page opened with ``?run=ID`` shows that run, running or over."""
        run_id = request.query_params.get("run", "")
        return self._begun(lambda: self._named(run_id, request)) if run_id else {self.run_note: said("")}

    def _named(self, run_id: str, request: gr.Request) -> str:
        if self.playground.run(run_id, self.door.person(request)) is None:
            raise InvalidRequest(NO_RUN)
        return run_id

    def show_figures(self, event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        """Another take of the run that is shown is over, or what holds it up has changed."""
        run_id = named(event, "run")
        try:
            run = self.playground.run(run_id, self.door.person(request))
        except TakesError as error:
            return {self.run_note: said(str(error))}
        return {self.run_note: said(NO_RUN)} if run is None else self._beside(run, self.playground.active(run_id))

    def again(self, event: gr.EventData, request: gr.Request, *keys: str) -> dict[Any, Any]:
        job = named(event, "job")
        return self._begun(lambda: self._again(job, self._typed(request, keys)).run)

    def _again(self, job: str, who: Person) -> Job:
        return self.playground.again(job, who, sure=False, within_s=GLANCE_S)

    def fetch(self, event: gr.EventData, request: gr.Request, *keys: str) -> dict[Any, Any]:
        """Tries at once to get a clip that is paid for, with the keys typed now."""
        job = named(event, "job")
        return self._begun(lambda: self._fetched(job, self._typed(request, keys)))

    def _fetched(self, job_id: str, who: Person) -> str:
        self.playground.fetcher.fetch(job_id, who)
        job = self.playground.ledger.job(job_id)
        return job.run if job is not None else ""

    def go_on(self, event: gr.EventData, request: gr.Request, *keys: str) -> dict[Any, Any]:
        """Picks up what is unfinished of a run, with the keys typed now."""
        run = named(event, "run")
        return self._begun(lambda: self.playground.go_on(run, self._typed(request, keys)).id)

    def _typed(self, request: gr.Request, keys: Sequence[str]) -> Person:
        return self.door.person(request, typed_keys(keys))

    def cancel(self, event: gr.EventData, request: gr.Request) -> None:
        self._ask_to_stop(lambda: self.playground.stop(named(event, "job"), self.door.person(request)))

    def stop_all(self, request: gr.Request, shown: Any) -> None:
        run_id = str(shown["run"]) if isinstance(shown, dict) and "run" in shown else ""
        self._ask_to_stop(lambda: self.playground.stop_run(run_id, self.door.person(request)))

    def _ask_to_stop(self, stop: Callable[[], object]) -> None:
        try:
            stop()
        except TakesError as error:
            raise gr.Error(str(error), print_exception=False) from error

    def _beside(self, run: Run, active: bool) -> dict[Any, Any]:
        """What is around the grid: Stop, what holds the run up, and its figures, none before a take is over."""
        shown = {
            self.stop: gr.update(interactive=active),
            self.run_trouble: said(self.playground.workers.trouble if active else ""),
        }
        if active and not any(job.done for job in run.jobs):
            return {**shown, self.summary: "", self.table: gr.update(visible=False), self.plots: ""}
        figures = self._figured.of(run)
        label = f"Table{' (simulated)' if run.simulated else ''}"
        return {
            **shown,
            self.summary: figures.summary,
            self.table: gr.update(value=figures.table, visible=True, label=label),
            self.plots: figures.plots,
        }
