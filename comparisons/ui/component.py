"""The page's own components: fixed containers that scripts fill, joined into one scope, and the image field."""

from __future__ import annotations

from abc import ABCMeta
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.component_meta import ComponentMeta
from gradio.components.image import ImageData

from comparisons import room

HERE = Path(__file__).parent


def picker() -> gr.HTML:
    """What to compare: all variants under their models."""
    own = (HERE / "picker.js").read_text(encoding="utf-8")
    style = (HERE / "picker.css").read_text(encoding="utf-8")
    return _component("takes-picker", "picker", f"{room.script('dom.js')}\n{own}", style)


def viewer(name: str, empty: str, more: str) -> gr.HTML:
    """A viewing room: the grid of takes and the player that drives their clips; two sentences while there are none."""
    words = f'data-line="{escape(empty)}" data-more="{escape(more)}"'
    return _component("takes-grid", name, room.script(*room.SCRIPTS), room.style("grid.css"), words)


def sessions() -> gr.HTML:
    """The list of sessions beside the one that is chosen, filled by a stream of its own."""
    own = (HERE / "sessions.js").read_text(encoding="utf-8")
    body = (HERE / "sessions.html").read_text(encoding="utf-8")
    script = f"{room.script('dom.js', 'stream.js')}\n{own}"
    return gr.HTML(value=None, html_template=body, js_on_load=script, elem_id="session-view")


class _NoInterfaceFile(ComponentMeta):
    """Gradio writes an interface file beside the source of every component class; ours may not be writable."""

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> type:
        return ABCMeta.__new__(cls, name, bases, attrs)


class FrameField(gr.Image, metaclass=_NoInterfaceFile):
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


def _component(css_class: str, name: str, script: str, style: str, attributes: str = "") -> gr.HTML:
    return gr.HTML(
        value=None,
        html_template=f'<div class="{css_class}" {attributes}></div>',
        css_template=style,
        js_on_load=script,
        elem_id=name,
    )
