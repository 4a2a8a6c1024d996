"""A sentence beside a field, which screen readers read out: what is wrong with the input, or the result of a press."""

from __future__ import annotations

from html import escape

import gradio as gr

PASSING = ' data-while="under-way"'


def note(elem_id: str) -> gr.HTML:
    """The component of a sentence. The style sheet hides it while it is empty: Gradio's own hiding is slow, and may
    come after the next sentence."""
    return gr.HTML("", elem_id=elem_id, elem_classes="takes-note")


def said(sentence: str, *, while_under_way: bool = False) -> str:
    """The value of a note with this sentence; empty, which hides the note, without one.

    Args:
        while_under_way: the sentence holds only while takes are under way; see ``is_of_takes_under_way``.
    """
    mark = PASSING if while_under_way else ""
    return f'<p role="status"{mark}>{escape(sentence)}</p>' if sentence else ""


def is_of_takes_under_way(value: object) -> bool:
    """Whether a note's value is a sentence that holds only while takes are under way."""
    return isinstance(value, str) and PASSING in value
