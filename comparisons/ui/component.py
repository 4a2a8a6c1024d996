"""The page's own components: fixed containers that scripts fill, and the image field."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import ImageData

from comparisons.ui import sample, scripts
from comparisons.ui.assets import Asset

HERE = Path(__file__).parent
ROOM_EVENTS = ("figures", "cancel", "fetch", "again", "go_on", "more", "mark", "vote", "skip")


@cache
def sample_shown() -> Asset:
    """The sample image as fields show it: a copy with a fifth of the bytes of the image that is sent to providers."""
    return Asset("sample", "webp", "image/webp", sample.SHOWN.read_bytes())


def picker(name: str, *, own: bool) -> gr.HTML:
    """The picker: all variants under their models. ``own``: with fields for the options that only some models have."""
    box = f'<div class="takes-picker"{" data-own" if own else ""}></div>'
    return gr.HTML(html_template=box, js_on_load=scripts.on_load("picker", "pick"), elem_id=name)


def stage() -> gr.HTML:
    """Switches the right side of Compare between the variants to choose from and the takes of a run."""
    room = '<div class="takes-stage" tabindex="-1" role="group" aria-label="What the stage shows"></div>'
    return gr.HTML(html_template=room, js_on_load=scripts.on_load("stage"), elem_id="stage")


def waiting(name: str, empty: str = "", classes: str | None = None) -> gr.HTML:
    """Shows an answer that may be incomplete at first: its event ``later`` is triggered when the rest is available."""
    return gr.HTML(empty, js_on_load=scripts.on_load("waiting", "later"), elem_id=name, elem_classes=classes)


def keyless() -> gr.HTML:
    """The note that Live needs a key. Where it comes after a press, its script opens the fields for keys."""
    return gr.HTML("", js_on_load=scripts.on_load("keyless"), elem_id="mode-note", elem_classes="takes-note")


def camera() -> gr.HTML:
    """The camera moves that the picked models know, as buttons that write the move into the prompt."""
    return gr.HTML("", js_on_load=scripts.on_load("camera"), elem_id="camera")


def columns(meanings: str) -> gr.HTML:
    """What the columns of the run's table mean."""
    return gr.HTML(meanings, js_on_load=scripts.on_load("columns"), elem_id="columns")


def clip_viewer(name: str, empty: str, more: str) -> gr.HTML:
    """A viewing room: the grid of takes and the player that controls their clips.

    Args:
        empty: the sentence shown while there are no takes.
        more: a second sentence shown then.
    """
    room = f'<div class="takes-grid" data-line="{escape(empty)}" data-more="{escape(more)}"></div>'
    return gr.HTML(html_template=room, js_on_load=scripts.on_load("room", *ROOM_EVENTS), elem_id=name)


def sessions() -> gr.HTML:
    """The list of sessions beside the chosen one. A stream of its own fills it."""
    template = (HERE / "sessions/sessions.html").read_text(encoding="utf-8")
    script = scripts.on_load("sessions", "stop", "go_on", "again")
    return gr.HTML(html_template=template, js_on_load=script, elem_id="session-view")


def history() -> gr.HTML:
    """The rows of History with their buttons."""
    return gr.HTML("", js_on_load=scripts.on_load("history", "ask", "keep", "delete", "fetch"), elem_id="history")


class FrameField(gr.Image):
    """An image field that hands on the uploaded file as it is.

    Gradio would open the file itself and show a pop-up for a broken one. Our own loader, which the command line uses
    too, says beside the field what is wrong. This is a class because Gradio creates the field again in each session.
    """

    is_template = True  # shown by the parent's own front end

    def preprocess(self, payload: ImageData | None) -> str | None:
        return payload.path if payload is not None else None


def frame(label: str, elem_id: str, height: int, *, filled: bool = False) -> FrameField:
    """A field for the first or the last frame. ``filled``: it holds the sample image and shows a small copy of it."""
    field = FrameField(
        label=label, value=str(sample.PATH) if filled else None, type="filepath", image_mode=None, height=height,
        elem_id=elem_id, sources=["upload"], buttons=[],
    )  # fmt: skip
    if filled:
        field.value["url"] = f"/{sample_shown().path}"
    return field


class ReferencesField(gr.File):
    """A field for several images that hands on the uploaded files as they are; see ``FrameField``."""

    is_template = True

    def preprocess(self, payload: Any) -> list[str]:
        return [] if payload is None else [each.path for each in payload.root]


def references(label: str, elem_id: str) -> ReferencesField:
    """A field for reference images."""
    return ReferencesField(label=label, file_count="multiple", type="filepath", height=120, elem_id=elem_id)
