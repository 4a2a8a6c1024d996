"""The viewing room: what the page and an export both show of a run, and the scripts that show it.

``snapshot`` turns a run into values; the scripts and styles beside this file make a grid of synchronized clips of
them. They know nothing of gradio: all they need is an element to fill and to be told of a new value.
"""

from __future__ import annotations

from pathlib import Path

from comparisons.viewer.figures import Bar
from comparisons.viewer.session_charts import Lane, PricedLatency
from comparisons.viewer.snapshot import URL, Kind, clip_of, may_hide_from_seeks, snapshot

__all__ = [
    "SCRIPTS",
    "URL",
    "Bar",
    "Kind",
    "Lane",
    "PricedLatency",
    "clip_of",
    "may_hide_from_seeks",
    "script",
    "snapshot",
    "style",
]

HERE = Path(__file__).parent
SCRIPTS = (
    "dom.js", "stream.js", "grid.js", "timeline.js", "screens.js", "player.js", "copies.js", "lens.js", "pair.js",
    "strips.js", "bar.js", "ballot.js", "room.js",
)  # fmt: skip
"""The room's scripts, in the order in which they are joined into one scope."""


def script(*names: str) -> str:
    """Scripts of this folder, joined into one scope."""
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in names)


def style(name: str) -> str:
    """A style sheet of this folder."""
    return (HERE / name).read_text(encoding="utf-8")
