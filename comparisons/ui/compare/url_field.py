"""A field for the address of a picture, which is fetched into the picture's own field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from comparisons.records import Person
from comparisons.ui import component
from comparisons.ui.by_url import AskedPicture
from comparisons.ui.door.door import Door
from comparisons.ui.events import QUIET
from comparisons.ui.fields import MISFIT, TEXT
from comparisons.ui.later import FETCHING, glance, waits
from comparisons.ui.note import said
from providers import InvalidRequest, TakesError

URL_MAX = 4_000
"""The most characters of an address; a signed one has some hundreds."""
AT_A_GLANCE_S = 0.15
"""If a picture arrives within so many seconds, nothing is said about waiting for it."""
NOT_TAKEN = "An address of a picture is still in its field: wait for the picture, or empty the field, then press Run."


class UrlField:
    """Builds the field and its note inside the current Blocks.

    Args:
        picture: the field that the picture goes into.
        name: the beginning of the elements' ids.
    """

    def __init__(self, picture: component.FrameField | component.ReferencesField, name: str, label: str) -> None:
        self._picture, self._name = picture, name
        self._door: Door
        self.url = gr.Textbox(
            label=label, show_label=False, container=False, placeholder="or its address: https://…", max_lines=1,
            max_length=URL_MAX, elem_id=f"{name}-url", elem_classes="takes-url",
        )  # fmt: skip
        self._note = component.waiting(f"{name}-url-note", classes="takes-note")

    def connect(self, door: Door) -> None:
        """Connects the events: the picture is fetched on Enter, and when the field is left."""
        self._door = door
        given, shown = [self.url, self._picture], [self.url, self._picture, self._note]
        self.url.submit(self.fetch_picture, given, shown, **QUIET)
        self.url.blur(self.leave_url, given, shown, **QUIET)
        self._note.later(self.show_picture, given, shown, **QUIET)

    def fetch_picture(self, request: gr.Request, url: Any, held: Any) -> dict[Any, Any]:
        """Fetches the picture at an address; shows it, or that it is awaited."""
        return self._shown(request, _text(url), _paths(held), again=True)

    def leave_url(self, request: gr.Request, url: Any, held: Any) -> dict[Any, Any]:
        """As ``fetch_picture``, unless this address was asked for already."""
        return self._shown(request, _text(url), _paths(held), again=False)

    def _shown(self, request: gr.Request, url: str, held: list[str], *, again: bool) -> dict[Any, Any]:
        who, place = self._door.person(request), self._place(request)
        known = self._door.by_url.of(place, who)
        if not url:
            self._door.by_url.forget(place, who)
            return {self._note: said("")}
        if known is not None and known.url == url and not again:
            return {self._note: gr.skip()}
        try:
            wanted = self._door.by_url.ask(place, who, url, held)
        except TakesError as error:
            return {self._note: said(str(error))}
        return self._told(wanted, who, place, held)

    def show_picture(self, request: gr.Request, url: Any, held: Any) -> dict[Any, Any]:
        """Shows the awaited picture, or says why there is none; the page calls this when it is there."""
        who, place = self._door.person(request), self._place(request)
        wanted = self._door.by_url.of(place, who)
        return {self._note: said("")} if wanted is None else self._told(wanted, who, place, _paths(held))

    def _told(self, wanted: AskedPicture, who: Person, place: tuple[str, str], held: list[str]) -> dict[Any, Any]:
        if glance([wanted.path], AT_A_GLANCE_S):
            return {self._note: waits(FETCHING, self._door.later.url(who, [wanted.path]))}
        try:
            path = wanted.path.result()
        except TakesError as error:
            return {self._note: said(str(error))}
        self._door.by_url.forget(place, who)
        done = {self.url: "", self._note: said("")}
        if isinstance(self._picture, component.ReferencesField):
            return {**done, self._picture: [*held, path]}
        return {**done, self._picture: path} if held == wanted.before else done  # not if the person chose another one

    def _place(self, request: gr.Request) -> tuple[str, str]:
        return request.session_hash or "", self._name


def check_taken(urls: Sequence[Any]) -> None:
    """Raises ``InvalidRequest`` if an address is still in a field, since its picture is not in the form yet."""
    if any(map(_text, urls)):
        raise InvalidRequest(NOT_TAKEN)


def _text(url: Any) -> str:
    if not isinstance(url, TEXT):
        raise InvalidRequest(MISFIT)
    return (url or "")[:URL_MAX].strip()


def _paths(held: Any) -> list[str]:
    """The files that the picture's field holds."""
    return [each for each in (held if isinstance(held, list) else [held]) if isinstance(each, str)]
