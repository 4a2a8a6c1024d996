"""A sentence beside a field, read out when it comes: what is wrong with what was entered, or what came of a press."""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr


def note(elem_id: str) -> gr.HTML:
    """The place of a sentence, out of sight while there is none."""
    return gr.HTML("", elem_id=elem_id, elem_classes="takes-note", visible=False)


def said(sentence: str) -> Any:
    """Shows a note with its sentence; hides it without one."""
    return gr.update(value=f'<p role="status">{escape(sentence)}</p>' if sentence else "", visible=bool(sentence))
