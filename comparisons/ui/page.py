"""The whole page: header, tabs, and how it is served."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.blocks import BlockFunction
from starlette.middleware import Middleware

from comparisons import room
from comparisons.playground import Playground
from comparisons.ui import pages
from comparisons.ui.caching import Caching
from comparisons.ui.compare_tab import CompareTab
from comparisons.ui.history_tab import HistoryTab
from comparisons.ui.sessions_tab import SessionsTab
from comparisons.ui.streams import Watching
from comparisons.ui.visiting import Door, Doorkeeper
from comparisons.ui.vote_tab import VoteTab

HERE = Path(__file__).parent
LOOK_S = 0.02
"""How often gradio looks whether somebody asked for something. Its own thousand times a second take a twelfth of a
core while nobody does."""


class _Page(gr.Blocks):
    """Gradio's page, but a form that does not fit is refused in words.

    Gradio would print all that was sent to the log, and there are typed keys in it: a page left open over an update
    sends fewer or more fields.
    """

    def validate_inputs(self, block_fn: BlockFunction, inputs: list[Any]) -> None:
        if len(inputs) != len(block_fn.inputs):
            raise gr.Error("This page is of another version of Takes; reload it.", print_exception=False)


def build_ui(playground: Playground, door: Door) -> gr.Blocks:
    """The page over one playground. Nothing on it belongs to a tab of a browser: jobs live in the playground."""
    with _Page(title="Takes", analytics_enabled=False, delete_cache=(3600, 86400)) as demo:
        gr.HTML(_header(playground))
        with gr.Tabs() as tabs:
            with gr.Tab("Compare", id="compare"):
                compare = CompareTab(playground, door)
            with gr.Tab("Vote", id="vote") as vote_tab:
                vote = VoteTab(playground, door)
            with gr.Tab("Sessions", id="sessions") as sessions_tab:
                sessions = SessionsTab(playground, door, compare.keys)
            with gr.Tab("History", id="history") as tab:
                HistoryTab(playground, door, compare.keys).connect(tab)
            with gr.Tab("Providers", id="providers"):
                gr.HTML(pages.providers(playground), elem_id="providers")
        compare.connect(demo)
        vote.connect(demo, tabs, vote_tab)
        sessions.connect(demo, tabs, sessions_tab)
    demo.queue(max_size=200, default_concurrency_limit=None)  # nobody waits for what another person asked
    demo._queue.sleep_when_free = LOOK_S
    return demo


def launch_options(door: Door) -> dict[str, Any]:
    """Arguments for ``launch``. History in the browser is off: it would keep what people type in clear text."""
    return {
        "css": "\n".join([room.style("tokens.css"), room.style("charts.css"), *_styles()]),
        "theme": gr.themes.Base(primary_hue="neutral", secondary_hue="neutral", neutral_hue="neutral"),
        "app_kwargs": {"middleware": [Middleware(Caching), Middleware(Watching, door=door), Middleware(Doorkeeper, door=door)]},
        "max_file_size": "60mb",
        "run_history": False,
        "ssr_mode": False,
        "enable_monitoring": False,
        "footer_links": [],
        "show_error": False,
    }


def _styles() -> list[str]:
    sheets = ("page.css", "history.css", "vote.css", "sessions.css")
    return [(HERE / name).read_text(encoding="utf-8") for name in sheets]


def _header(playground: Playground) -> str:
    live = playground.settings.keys
    mode = "Keys are set: live runs spend money" if live else "Sandbox: nothing is sent, nothing is billed"
    return (
        '<header class="takes-header"><h1 class="takes-wordmark">Takes</h1>'
        '<p class="takes-tagline">One prompt, one image, every gateway.</p>'
        f'<p class="takes-mode">{mode}</p></header>'
    )
