"""The Prices tab: keys, rates and prices, and a button with which the host reads the providers' own price lists."""

from __future__ import annotations

from concurrent.futures import Future
from html import escape
from typing import Any

import gradio as gr

from comparisons.playground import Playground
from comparisons.records import Person
from comparisons.runs import Refreshed
from comparisons.ui import component
from comparisons.ui.door.door import Door
from comparisons.ui.events import QUIET
from comparisons.ui.fair import Fair
from comparisons.ui.later import glance, waits
from comparisons.ui.note import note, said
from comparisons.ui.providers import page
from providers import InvalidRequest, TakesError

ASKED = "The providers are being asked for their lists."
HOST_ONLY = "Only whoever runs this Takes may have the providers' lists read."
ABOUT = "Reads the lists that providers publish of their models and prices, which costs nothing, and says what changed."
MOST = 50
"""The most changes of one provider that are shown; the command line shows all."""


class ProvidersTab:
    """Builds the tab inside the current Blocks. Where strangers visit there is no button and no event for it."""

    def __init__(self, playground: Playground, door: Door) -> None:
        self.playground = playground
        self.door = door
        self._asking = Fair("lists")
        self._asked: Future[str] | None = None
        if not door.public:
            with gr.Row():
                self.refresh = gr.Button("Refresh price lists", elem_id="refresh-lists", scale=0, min_width=200)
                gr.HTML(f'<p class="takes-quiet">{escape(ABOUT)}</p>')
            self.said = note("lists-said")
            self.waiting = component.waiting("lists-waiting")
            self.changed = gr.HTML("", elem_id="lists-changed")
        self.book = gr.HTML("", elem_id="providers")  # hundreds of rows, which the first page need not carry

    def connect(self, tab: gr.Tab) -> None:
        """Connects the events with their handlers."""
        tab.select(self.show_book, None, self.book, **QUIET)
        if not self.door.public:
            shown = [self.said, self.waiting, self.changed]
            self.refresh.click(self.read_lists, None, shown, **QUIET)
            self.waiting.later(self.show_lists, None, shown, **QUIET)

    def show_book(self, request: gr.Request) -> str:
        """The HTML of the tab, for today and this person."""
        try:
            past = self.playground.ledger.past(self.door.person(request).id, False)
        except TakesError as error:
            return said(str(error))
        return page.providers(self.playground, past)

    def read_lists(self, request: gr.Request) -> dict[Any, Any]:
        """Starts reading the lists on another thread, so that a slow provider does not hold up the page."""
        try:
            who = self._host(request)
            if self._asked is None or self._asked.done():
                self._asked = self._asking.submit(who, self._read)
        except TakesError as error:
            return {self.said: said(str(error))}
        return self.show_lists(request)

    def show_lists(self, request: gr.Request) -> dict[Any, Any]:
        """Shows the result of the latest press, or that it is still awaited."""
        try:
            who, asked = self._host(request), self._asked
        except InvalidRequest as error:
            return {self.said: said(str(error))}
        if asked is None:
            return {self.waiting: ""}
        if late := glance([asked]):
            return {self.said: said(""), self.waiting: waits(ASKED, self.door.later.url(who, late)), self.changed: ""}
        return {self.said: said(""), self.waiting: "", self.changed: asked.result()}

    def _host(self, request: gr.Request) -> Person:
        """The person who pressed; raises ``InvalidRequest`` if that is a visitor."""
        who = self.door.person(request)
        if self.door.public or who.id:
            raise InvalidRequest(HOST_ONLY)
        return who

    def _read(self) -> str:
        return changed(self.playground.catalogues.refresh())


def changed(lists: list[Refreshed]) -> str:
    """The result of reading the lists as HTML, in the words of the command line; texts of providers are escaped."""
    return f'<section class="takes-card" role="status">{"".join(map(_one, lists))}</section>'


def _one(of: Refreshed) -> str:
    head, *rest = map(escape, of.lines(MOST))
    return f"<p>{head}</p>" + (f"<ul>{''.join(f'<li>{line}</li>' for line in rest)}</ul>" if rest else "")
