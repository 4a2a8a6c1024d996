"""The viewer: what both the page and an export show of a run, and the scripts and styles that show it.

``snapshot`` turns a run into values; the scripts beside this file make a grid of synchronized clips from them. They do
not know Gradio: they need an element to fill, and a call when there is a new value.
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
    "strips.js", "readout.js", "bar.js", "keys.js", "clock.js", "marks.js", "tools.js", "caption.js", "tile.js",
    "cell.js", "arrange.js", "grid.js", "head.js", "news.js", "ballot.js", "watching.js", "room.js",
)  # fmt: skip
"""The viewer's scripts, each after those that it needs. ``takes.js`` comes before all of them."""
STYLES = (
    "part.css", "sandbox.css", "grid.css", "stage.css", "state.css", "tile.css", "line.css", "known.css",
    "fullscreen.css", "bar.css", "pair.css", "strips.css", "ballot.css", "keys.css", "marks.css",
)  # fmt: skip
"""The viewer's style sheets, in order: of two rules of equal specificity, the later one counts."""
COMMENT = re.compile(r"^\s*(//|\*|/\*\*(?!.*\*/\s*\S)).*\n", re.MULTILINE)
"""A line with nothing but a comment. A JSDoc type before code on the same line does not count."""
INDENT = re.compile(r"^\s+", re.MULTILINE)


def script(*names: str) -> str:
    """Scripts of this folder, joined, without comments and indentation (see ``lean``)."""
    return "\n".join(lean((HERE / name).read_text(encoding="utf-8")) for name in names)


def lean(script: str) -> str:
    """A script without indentation and without lines that are only comments, which a browser does not need."""
    return INDENT.sub("", COMMENT.sub("", script))


def opening(name: str) -> str:
    """The call that starts a script in a component. Gradio defines the names of the arguments."""
    return f"takes.{name}.open({{ element, props, trigger, watch }});"


def style(*names: str) -> str:
    """Style sheets of this folder, one after the other."""
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in names)
