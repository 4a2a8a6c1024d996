"""The page's own components: a fixed container each, filled by scripts that are joined into one scope."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from comparisons import room

HERE = Path(__file__).parent


def picker() -> gr.HTML:
    """What to compare: all variants under their models."""
    own = (HERE / "picker.js").read_text(encoding="utf-8")
    style = (HERE / "picker.css").read_text(encoding="utf-8")
    return _component("takes-picker", "picker", f"{room.script('dom.js')}\n{own}", style)


def viewer(name: str) -> gr.HTML:
    """A viewing room: the grid of takes and the player that drives their clips."""
    return _component("takes-grid", name, room.script(*room.SCRIPTS), room.style("grid.css"))


def _component(css_class: str, name: str, script: str, style: str) -> gr.HTML:
    return gr.HTML(
        value=None,
        html_template=f'<div class="{css_class}"></div>',
        css_template=style,
        js_on_load=script,
        elem_id=name,
    )
