"""The scripts and styles of the page's own components, as one module that a browser fetches once.

Gradio would write them into the page itself: once for each component that runs them, and anew at every visit.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from comparisons import viewer
from comparisons.ui.assets import Asset

HERE = Path(__file__).parent
SCRIPTS = (
    "here.js", "ticked.js", "whole.js", "later.js", "waiting.js", "picker/turns.js", "picker/catalogue.js",
    "picker/finding.js", "picker/steps.js", "picker/rows.js", "picker/facets.js", "picker/picked.js",
    "picker/own.js", "picker/quick.js", "picker/picker.js", "compare/pasting.js", "compare/camera.js",
    "compare/arrival.js", "compare/sheet.js", "compare/sections.js", "compare/draft.js", "compare/keyless.js",
    "compare/columns.js", "compare/stage.js", "sessions/morph.js", "sessions/sessions.js", "history/history.js",
)  # fmt: skip
"""The page's own scripts, each after those it needs. The viewer's scripts come before all of them."""
PICKER_STYLES = ("picker/picker.css", "picker/rows.css", "picker/own.css")
COMMENT = re.compile(r"^[ \t]*/\*(?:(?!\*/).)*\*/[ \t]*\n", re.MULTILINE | re.DOTALL)


def on_load(name: str, *events: str) -> str:
    """The JavaScript that Gradio runs when a component is on the page: it loads the module and calls ``open`` of the
    script ``name``.

    Args:
        events: the events that the component may trigger. Gradio finds them by their quoted names in this text.
    """
    return (
        f"/* {json.dumps(events)} */ import(new URL({json.dumps(module().path)}, document.baseURI))"
        f".then(({{ takes }}) => {{ {viewer.opening(name)} }});"
    )


@cache
def module() -> Asset:
    """All scripts and styles of the page's components as one module, so that nothing is drawn without its style."""
    scripts = [viewer.script("takes.js", *viewer.SCRIPTS), *(viewer.lean(_text(name)) for name in SCRIPTS)]
    style = f"Object.assign(document.createElement('style'), {{ textContent: {json.dumps(_styles())} }})"
    ends = f"document.head.append({style});\nexport {{ takes }};\n"
    return Asset("scripts", "js", "text/javascript", "\n".join([*scripts, ends]).encode())


def bare(sheet: str) -> str:
    """A style sheet without the lines that hold nothing but a comment."""
    return COMMENT.sub("", sheet)


def _styles() -> str:
    """Each component's rules, nested inside its id, so that they win over Gradio's."""
    picker = viewer.style("part.css") + "".join(map(_text, PICKER_STYLES))
    room = viewer.style(*viewer.STYLES)
    return bare(f"#picker, #plan-picker {{\n{picker}}}\n#grid, #ballot {{\n{room}}}\n")


def _text(name: str) -> str:
    """A file of this folder or of a tab's below it."""
    return (HERE / name).read_text(encoding="utf-8")
