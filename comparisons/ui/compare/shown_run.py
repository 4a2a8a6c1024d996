"""The run that the Compare tab shows: its takes, its figures, and the actions on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from comparisons.playground import Playground
from comparisons.records import Job, Mark, Person, Run
from comparisons.runs import UnderWay
from comparisons.ui import component
from comparisons.ui.compare import run_value, tables
from comparisons.ui.compare.run_value import Figured
from comparisons.ui.door.door import Door
from comparisons.ui.events import QUIET
from comparisons.ui.fields import named, typed_keys
from comparisons.ui.later import GLANCE_S
from comparisons.ui.note import is_of_takes_under_way, note, said
from providers import InvalidRequest, TakesError

NO_RUN = "There is no such run in this data folder."
ONE_EACH = (
    "One prompt to every variant you picked. Each clip keeps its own clock and its own bill; one player runs them all."
)


class ShownRun:
    """Builds the components inside the current Blocks.

    Args:
        stop: the button that stops all takes of the run.
        note_of_run: the note beside it, about the last press.
        keys: the fields in which keys are typed.
    """

    def __init__(
        self, playground: Playground, door: Door, stop: gr.Button, note_of_run: gr.HTML, keys: Sequence[gr.Textbox]
    ) -> None:
        self.playground = playground
        self.door = door
        self.stop = stop
        self.keys = list(keys)
        self._figured = Figured(playground)
        self.note = note_of_run
        self.trouble = note("run-trouble")  # a note of its own, so that it does not replace the one about a press
        self.grid = component.clip_viewer("grid", "Press Run: takes arrive here, side by side", ONE_EACH)
        self.summary = gr.HTML(elem_id="summary", elem_classes="takes-summary")
        self.table = gr.Dataframe(
            value=None, headers=tables.HEADS, interactive=False, label="Table", elem_id="table", visible=False,
            max_height=420, pinned_columns=1, wrap=False,
        )  # fmt: skip
        component.columns(tables.meanings())
        self.plots = gr.HTML(elem_id="plots")

    @property
    def all(self) -> list[Any]:
        """All components that change when another run is shown."""
        return [
            self.grid, self.stop, self.summary, self.table, self.plots, self.note, self.trouble,
        ]  # fmt: skip

    def connect(self, demo: gr.Blocks) -> None:
        """Connects the events with their handlers, each of which checks whose run it is."""
        self.stop.click(self.stop_all, self.grid, None, **QUIET)
        self.grid.cancel(self.cancel, None, None, **QUIET)
        self.grid.fetch(self.fetch, self.keys, self.all, **QUIET)
        self.grid.again(self.again, self.keys, self.all, trigger_mode="multiple", **QUIET)
        self.grid.go_on(self.go_on, self.keys, self.all, trigger_mode="multiple", **QUIET)
        self.grid.mark(self.mark, None, self.note, trigger_mode="multiple", **QUIET)
        self.grid.figures(self.show_figures, self.note, self.all[1:], trigger_mode="always_last", **QUIET)
        demo.load(self.reopen, None, self.all, **QUIET)

    def begun(self, begin: Callable[[], str]) -> dict[Any, Any]:
        """Shows the run whose id ``begin`` gives, or the error that it raises. The run's stream keeps it up to date."""
        try:
            run_id = begin()
        except TakesError as error:
            return {self.note: said(str(error), while_under_way=isinstance(error, UnderWay))}
        run = self.playground.ledger.run(run_id)
        if run is None:  # it has just been deleted
            return {self.note: said(NO_RUN)}
        active = self.playground.active(run_id)
        grid = run_value.value(self.playground, run, active)
        return {self.grid: grid, self.note: said(""), **self._beside(run, active)}

    def reopen(self, request: gr.Request) -> dict[Any, Any]:
        """Shows the run, or the takes of several runs, that the page's address names."""
        if names := takes_in(request):
            return self._shown_across(names, request)
        run_id = run_in(request)
        return self.begun(lambda: self._named(run_id, request)) if run_id else {self.note: said("")}

    def _shown_across(self, names: Sequence[str], request: gr.Request) -> dict[Any, Any]:
        try:
            run = self.playground.history.across(names, self.door.person(request))
        except TakesError as error:
            return {self.note: said(str(error))}
        grid = run_value.across_value(self.playground, run)
        return {self.grid: grid, self.note: said(""), **self._beside(run, active=False)}

    def _named(self, run_id: str, request: gr.Request) -> str:
        if self.playground.run(run_id, self.door.person(request)) is None:
            raise InvalidRequest(NO_RUN)
        return run_id

    def show_figures(self, event: gr.EventData, request: gr.Request, noted: Any) -> dict[Any, Any]:
        """Shows the figures again, after another take of the shown run has ended, or the trouble has changed.

        ``noted`` is the note beside Run: once all takes are over, it says no more that some are under way.
        """
        run_id = named(event, "run")
        try:
            run = self.playground.run(run_id, self.door.person(request))
        except TakesError as error:
            return {self.note: said(str(error))}
        if run is None:
            return {self.note: said(NO_RUN)}
        over = all(job.done for job in run.jobs) and is_of_takes_under_way(noted)
        return {**self._beside(run, self.playground.active(run_id)), **({self.note: said("")} if over else {})}

    def again(self, event: gr.EventData, request: gr.Request, *keys: str) -> dict[Any, Any]:
        job = named(event, "job")
        return self.begun(lambda: self._again(job, self._typed(request, keys)).run)

    def _again(self, job: str, who: Person) -> Job:
        return self.playground.again(job, who, sure=False, within_s=GLANCE_S)

    def fetch(self, event: gr.EventData, request: gr.Request, *keys: str) -> dict[Any, Any]:
        """Tries at once to get a clip that is paid for, with the keys typed now."""
        job = named(event, "job")
        return self.begun(lambda: self._fetched(job, self._typed(request, keys)))

    def _fetched(self, job_id: str, who: Person) -> str:
        self.playground.fetcher.fetch(job_id, who)
        job = self.playground.ledger.job(job_id)
        return job.run if job is not None else ""

    def go_on(self, event: gr.EventData, request: gr.Request, *keys: str) -> dict[Any, Any]:
        """Resumes what is unfinished in a run, with the keys typed now."""
        run = named(event, "run")
        return self.begun(lambda: self.playground.go_on(run, self._typed(request, keys)).id)

    def mark(self, event: gr.EventData, request: gr.Request) -> Any:
        """Stores a mark of the run or of a take. The page that sends it shows it already."""
        try:
            mark = Mark.typed(*(getattr(event, name, None) for name in ("star", "note", "tags")))
            who = self.door.person(request)
            self.playground.history.mark(named(event, "run"), named(event, "job"), mark, who)
        except TakesError as error:
            return said(str(error))
        return said("")

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
        """The values around the grid: the Stop button, the trouble, and the figures, which need a take that is over."""
        shown = {
            self.stop: gr.update(interactive=active),
            self.trouble: said(self.playground.workers.trouble if active else ""),
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


def takes_in(request: gr.Request) -> list[str]:
    """The takes that the page's address names, which may be of several runs: ``?takes=ID,ID``."""
    return [name for name in str(request.query_params.get("takes") or "").split(",") if name]


def run_in(request: gr.Request) -> str:
    """The run that the page's address names: ``?run=ID``, as the page writes it, or ``?like=ID`` of *Use again*."""
    asked = request.query_params
    return str(asked.get("run") or asked.get("like") or "")
