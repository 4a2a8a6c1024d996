"""A sentence beside a field, read out when it comes: what is wrong with what was entered, or what came of a press."""

from __future__ import annotations

from html import escape

import gradio as gr


def note(elem_id: str) -> gr.HTML:
    """The place of a sentence, out of sight while there is none: by the style sheet, as gradio's own hiding is slow
    and may be overtaken by the next sentence."""
    return gr.HTML("", elem_id=elem_id, elem_classes="takes-note")


def said(sentence: str) -> str:
    """What a note holds with this sentence; without one it is out of sight."""
    return f'<p role="status">{escape(sentence)}</p>' if sentence else ""
