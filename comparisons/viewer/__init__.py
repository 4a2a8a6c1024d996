"""The viewing room: what the page and an export both show of a run, and the scripts that show it.

``snapshot`` turns a run into values; the scripts and styles beside this file make a grid of synchronized clips of
them. They know nothing of gradio: all they need is an element to fill and to be told of a new value.
"""

from __future__ import annotations

import re
from pathlib import Path

from comparisons.viewer.figures import Bar
from comparisons.viewer.session_charts import Lane, PricedLatency
from comparisons.viewer.snapshot import URL, Kind, clip_of, may_hide_from_seeks, snapshot

__all__ = [
    "SCRIPTS",
    "STYLES",
    "URL",
    "Bar",
    "Kind",
    "Lane",
    "PricedLatency",
    "clip_of",
    "lean",
    "may_hide_from_seeks",
    "opening",
    "script",
    "snapshot",
    "style",
]

HERE = Path(__file__).parent
SCRIPTS = (
    "dom.js", "memory.js", "numbers.js", "elements.js", "stream.js", "timeline.js", "screens.js", "copies.js",
    "clips.js", "player.js", "following.js", "lens.js", "sight.js", "canvas.js", "divider.js", "pair.js", "given.js",
    "strips.js", "bar.js", "keys.js", "clock.js", "marks.js", "tools.js", "cell.js", "arrange.js", "grid.js", "head.js",
    "news.js", "ballot.js", "watching.js", "room.js",
)  # fmt: skip
"""The room's scripts, each after those it needs. ``takes.js`` comes before all."""
STYLES = (
    "part.css", "sandbox.css", "grid.css", "fullscreen.css", "stage.css", "known.css", "bar.css", "pair.css",
    "strips.css", "ballot.css", "keys.css", "marks.css",
)  # fmt: skip
"""The room's style sheets, in their order: of two rules that weigh the same, the later one holds."""
COMMENT = re.compile(r"^\s*(//|\*|/\*\*(?!.*\*/\s*\S)).*\n", re.MULTILINE)
"""Lines that hold nothing but a comment; a type that stands before code in the same line is none."""
INDENT = re.compile(r"^\s+", re.MULTILINE)


def script(*names: str) -> str:
    """Scripts of this folder, one after the other, as ``lean`` leaves them."""
    return "\n".join(lean((HERE / name).read_text(encoding="utf-8")) for name in names)


def lean(script: str) -> str:
    """A script without its indentation and the lines that are all comment: a browser needs neither."""
    return INDENT.sub("", COMMENT.sub("", script))


def opening(name: str) -> str:
    """The call of a script's ``open`` in a component; the names are those that Gradio gives a component's script."""
    return f"takes.{name}.open({{ element, props, trigger, watch }});"


def style(*names: str) -> str:
    """Style sheets of this folder, one after the other."""
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in names)
