"""A sentence beside a field, which screen readers read out: what is wrong with the input, or the result of a press."""

from __future__ import annotations

from html import escape

import gradio as gr


def note(elem_id: str) -> gr.HTML:
    """The component of a sentence. The style sheet hides it while it is empty: Gradio's own hiding is slow, and may
    come after the next sentence."""
    return gr.HTML("", elem_id=elem_id, elem_classes="takes-note")


def said(sentence: str) -> str:
    """The value of a note with this sentence; empty, which hides the note, without one."""
    return f'<p role="status">{escape(sentence)}</p>' if sentence else ""
