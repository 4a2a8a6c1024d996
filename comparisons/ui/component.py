"""The page's own components: fixed containers that scripts fill, joined into one scope, and the image field."""

from __future__ import annotations

from abc import ABCMeta
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.component_meta import ComponentMeta
from gradio.data_classes import ImageData

from comparisons import viewer

HERE = Path(__file__).parent


def picker() -> gr.HTML:
    """What to compare: all variants under their models."""
    script = _script("picker", "dom.js", own=("later.js", "compare/turns.js", "compare/picker.js"))
    return _component("takes-picker", "picker", script, viewer.style("part.css") + _own("compare/picker.css"))


def waiting(name: str, empty: str = "") -> gr.HTML:
    """An answer of which a part may come later: its event ``later`` asks anew when the rest is there."""
    return gr.HTML(empty, js_on_load=_script("waiting", own=("later.js", "waiting.js")), elem_id=name)


def clip_viewer(name: str, empty: str, more: str) -> gr.HTML:
    """A viewing room: the grid of takes and the player that drives their clips; two sentences while there are none."""
    words = f'data-line="{escape(empty)}" data-more="{escape(more)}"'
    return _component("takes-grid", name, _script("room", *viewer.SCRIPTS), viewer.style(*viewer.STYLES), words)


def sessions() -> gr.HTML:
    """The list of sessions beside the one that is chosen, filled by a stream of its own."""
    script = _script("sessions", "dom.js", "stream.js", own=("sessions/morph.js", "sessions/sessions.js"))
    return gr.HTML(None, html_template=_own("sessions/sessions.html"), js_on_load=script, elem_id="session-view")


def history() -> gr.HTML:
    """The rows of History, with buttons in them."""
    return gr.HTML("", elem_id="history", js_on_load=_script("history", own=("history/history.js",)))


class NoInterfaceFile(ComponentMeta):
    """Gradio writes an interface file beside the source of every component class; ours may not be writable."""

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> type:
        return ABCMeta.__new__(cls, name, bases, attrs)


class FrameField(gr.Image, metaclass=NoInterfaceFile):
    """An image field that hands on the uploaded file as it is.

    Gradio would open the file itself and answer a broken one with a pop-up; our own loader says what is wrong with it
    beside the field, and is what the command line uses too. A class, since Gradio makes the field anew in each session.
    """

    is_template = True  # shown by the parent's own front end

    def preprocess(self, payload: ImageData | None) -> str | None:
        return payload.path if payload is not None else None


def frame(label: str, elem_id: str, height: int, value: str | None = None) -> FrameField:
    """A field for the first or the last frame."""
    return FrameField(
        label=label, value=value, type="filepath", image_mode=None, height=height, elem_id=elem_id,
        sources=["upload", "clipboard"], buttons=[],
    )  # fmt: skip


def _own(name: str) -> str:
    """A file of this folder or of a tab's below it."""
    return (HERE / name).read_text(encoding="utf-8")


def _script(name: str, *shared: str, own: Sequence[str] = ()) -> str:
    """What opens a component: scripts of the viewer, of this folder, and the call of the last one's ``open``."""
    return "\n".join(
        [viewer.script("takes.js", *shared), *(viewer.lean(_own(each)) for each in own), viewer.opening(name)]
    )


def _component(css_class: str, name: str, script: str, style: str, attributes: str = "") -> gr.HTML:
    return gr.HTML(
        value=None,
        html_template=f'<div class="{css_class}" {attributes}></div>',
        css_template=style,
        js_on_load=script,
        elem_id=name,
    )
