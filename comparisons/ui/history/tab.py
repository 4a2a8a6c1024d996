"""The History tab: searches the runs by words and filters; opens, uses again and deletes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import gradio as gr

from comparisons.ledger import Filter, Key
from comparisons.playground import Playground
from comparisons.records import OVER, Person, State
from comparisons.runs import Going
from comparisons.ui import component
from comparisons.ui.door.door import Door
from comparisons.ui.events import QUIET
from comparisons.ui.fields import named, typed_keys
from comparisons.ui.history import page as history_page
from comparisons.ui.history.doubts import Doubts
from comparisons.ui.latest import LatestQuestion
from comparisons.ui.note import note, said
from providers import PROVIDERS, InvalidRequest, TakesError

STATES = [str(state) for state in (*(state for state in State if state not in OVER), *sorted(OVER))]
MODES = {"": None, "sandbox": True, "live": False}
WORDS_MAX = 500


@dataclass(frozen=True)
class HistoryPlace:
    """Which page of the history a tab shows: the keys of the pages up to this one, and the next older one's key."""

    trail: tuple[Key, ...] = ()
    older: Key | None = None

    @property
    def before(self) -> Key | None:
        return self.trail[-1] if self.trail else None


class HistoryTab:
    """Builds the tab inside the current Blocks. ``keys`` are the fields in which keys are typed."""

    def __init__(self, playground: Playground, door: Door, keys: Sequence[gr.Textbox]) -> None:
        self.playground = playground
        self.door = door
        self.doubts = Doubts(playground, door, keys)
        self._turns = LatestQuestion()
        self.room = gr.HTML("", elem_id="history-room")
        with gr.Column(elem_classes="takes-search"):
            self._ask()
        self.said = note("history-said")
        self.results = component.history()
        self.place = gr.State(HistoryPlace())
        with gr.Row(elem_classes="takes-pages"):
            self.newer = gr.Button("Newer", elem_id="newer", interactive=False)
            self.older = gr.Button("Older", elem_id="older", interactive=False)

    def _ask(self) -> None:
        models = sorted({variant.model for variant in self.playground.variants})
        providers = [(provider.name, slug) for slug, provider in PROVIDERS.items()]
        with gr.Row():
            self.words = gr.Textbox(
                label="Search", placeholder="Words of the prompt, a model, a provider, a note or a tag; a run's id",
                elem_id="history-words", max_length=WORDS_MAX, scale=4, min_width=260,
            )  # fmt: skip
            self.clear = gr.Button("Clear", elem_id="history-clear", scale=0, min_width=110)
        with gr.Row():
            self.provider = _choice("Provider", "history-provider", providers)
            self.model = _choice("Model", "history-model", [(model, model) for model in models])
            self.state = _choice("Takes that are", "history-state", [(state, state) for state in STATES])
            self.mode = _choice("Mode", "history-mode", [("Sandbox", "sandbox"), ("Live", "live")])
            self.starred = gr.Checkbox(label="Starred", elem_id="history-starred", min_width=130)
            self.first = _day("From day (UTC)", "history-first")
            self.last = _day("To day (UTC)", "history-last")

    @property
    def asked(self) -> list[Any]:
        return [self.words, self.provider, self.model, self.state, self.mode, self.starred, self.first, self.last]

    def connect(self, tab: gr.Tab) -> None:
        """Connects the events with their handlers, each of which checks whose run it is."""
        self.doubts.connect(tab)
        shown = [self.results, self.place, self.newer, self.older, self.room, self.said]
        # Not "input", which Gradio does not send for pasted words, nor for days from a calendar.
        changed = [field.change for field in self.asked]
        gr.on([tab.select, *changed], self.search, self.asked, shown, trigger_mode="always_last", **QUIET)
        self.clear.click(self.forget_filters, None, self.asked, **QUIET)
        here = [self.place, *self.asked]
        self.newer.click(self.turn_newer, here, shown, **QUIET)
        self.older.click(self.turn_older, here, shown, **QUIET)
        self.results.ask(self.ask_to_delete, here, shown, **QUIET)
        self.results.keep(self.keep, here, shown, **QUIET)
        # After a delete the list is shown by what the fields say then, not by what they said when it was pressed.
        self.results.fetch(self.fetch, self.doubts.keys, self.said, **QUIET)
        self.results.delete(self.delete, None, self.said, **QUIET).then(self.show_again, here, shown[:-1], **QUIET)

    def search(self, request: gr.Request, *values: Any) -> dict[Any, Any]:
        return self._answered(request, HistoryPlace(), values)

    def forget_filters(self) -> list[Any]:
        """Empties the fields; their change events then search."""
        return [False if field is self.starred else "" for field in self.asked]

    def turn_newer(self, request: gr.Request, place: HistoryPlace, *values: Any) -> dict[Any, Any]:
        return self._answered(request, HistoryPlace(place.trail[:-1]), values)

    def turn_older(self, request: gr.Request, place: HistoryPlace, *values: Any) -> dict[Any, Any]:
        trail = place.trail if place.older is None else (*place.trail, place.older)
        return self._answered(request, HistoryPlace(trail), values)

    def keep(self, request: gr.Request, place: HistoryPlace, *values: Any) -> dict[Any, Any]:
        return self._answered(request, place, values)

    def ask_to_delete(
        self, event: gr.EventData, request: gr.Request, place: HistoryPlace, *values: Any
    ) -> dict[Any, Any]:
        """At the first press of Delete: says in the row what would be deleted, and asks for confirmation."""
        return self._answered(request, place, values, named(event, "run"))

    def delete(self, event: gr.EventData, request: gr.Request) -> Any:
        """At the confirmation: deletes the run and says what came of it; ``show_again`` follows."""
        try:
            who = self.door.person(request)
            self._turns.take(request.session_hash)
            return said(self.playground.history.delete(named(event, "run"), who))
        except TakesError as error:
            return said(str(error))

    def fetch(self, event: gr.EventData, request: gr.Request, *keys: str) -> Any:
        """On *Fetch clips*: tries at once to get the clips of a run that are paid for and not here."""
        try:
            who = self.door.person(request, typed_keys(keys))
            count = self.playground.fetcher.fetch_run(named(event, "run"), who)
        except TakesError as error:
            return said(str(error))
        return said(
            f"Asked for {'one clip' if count == 1 else f'{count} clips'}." if count else "Nothing is to be fetched."
        )

    def show_again(self, request: gr.Request, place: HistoryPlace, *values: Any) -> dict[Any, Any]:
        """Shows the list after a delete, and leaves the sentence about the delete."""
        shown = self._answered(request, place, values)
        return {part: value for part, value in shown.items() if part is not self.said} or {self.results: gr.skip()}

    def _answered(
        self, request: gr.Request, place: HistoryPlace, values: Sequence[Any], asked: str = ""
    ) -> dict[Any, Any]:
        """What the tab shows for these fields, unless the person has asked for something else meanwhile."""
        try:
            who, tab = self.door.person(request), request.session_hash
            turn = self._turns.take(tab)
            going = self.playground.history.going(asked, who) if asked else None
            shown = self._shown(who, place, values, going)
        except TakesError as error:
            return {self.said: said(str(error))}
        return {self.said: gr.skip()} if self._turns.is_over(tab, turn) else shown

    def _shown(self, who: Person, place: HistoryPlace, values: Sequence[Any], asked: Going | None) -> dict[Any, Any]:
        wanted = filter_of(values)
        page = self.playground.history.page(wanted, place.before, who)
        empty = history_page.BEYOND if place.trail else history_page.NONE_FOUND
        nothing = history_page.NONE_YET if wanted == Filter() and not place.trail else empty
        marks = self.playground.ledger.marks([run.id for run in page.runs])
        return {
            self.results: history_page.rows(page.runs, marks, asked) if page.runs else nothing,
            self.place: HistoryPlace(place.trail, page.older),
            self.newer: gr.update(interactive=bool(place.trail)),
            self.older: gr.update(interactive=page.older is not None),
            self.room: history_page.room(self.playground.storage.sentence(who)),
            self.said: said(""),
        }


def filter_of(values: Sequence[Any]) -> Filter:
    """The filter from the fields' values, in the order of ``HistoryTab.asked``.

    Raises:
        InvalidRequest: a date field has a value that is no date.
    """
    words, provider, model, state, mode, starred, first, last = values
    return Filter(
        words=(words or "").strip()[:WORDS_MAX],
        provider=provider or None,
        model=model or None,
        state=State(state) if state else None,
        first=_date(first),
        last=_date(last),
        simulated=MODES[mode or ""],
        starred=starred is True,
    )


def _date(text: str | None) -> date | None:
    if not text or not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidRequest("A day is written as year, month and day: 2026-11-21.") from error


def _choice(label: str, elem_id: str, choices: list[tuple[str, str]]) -> gr.Dropdown:
    return gr.Dropdown([("Any", ""), *choices], value="", label=label, elem_id=elem_id, filterable=False, min_width=130)


def _day(label: str, elem_id: str) -> gr.Textbox:
    """A text field for a day; scripts turn it into the browser's own date field (``history.js``)."""
    return gr.Textbox(label=label, elem_id=elem_id, placeholder="2026-11-21", max_lines=1, max_length=10, min_width=150)
