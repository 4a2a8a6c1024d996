"""The whole page: header, tabs, and how it is served."""

from __future__ import annotations

import logging
import sys
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.state_holder import SessionState

from comparisons import viewer
from comparisons.playground import Playground
from comparisons.ui import scripts
from comparisons.ui.compare.tab import CompareTab
from comparisons.ui.door import me
from comparisons.ui.door.door import Door
from comparisons.ui.door.uploads import LARGEST
from comparisons.ui.history.tab import HistoryTab
from comparisons.ui.log_trail import SENTENCE, emptied, trail
from comparisons.ui.providers.tab import ProvidersTab
from comparisons.ui.server import Server, files_in
from comparisons.ui.sessions.tab import SessionsTab
from comparisons.ui.vote.tab import VoteTab
from providers import TakesError

HERE = Path(__file__).parent
LOOK_S = 0.02
"""Seconds between Gradio's looks at its queue of events. Its default of a thousand looks a second takes a twelfth of a
core while nothing happens."""
EVENTS = 200
"""Events that may wait at a time; further ones are refused with the request to try again."""
PAGES_KEPT = 2_000
"""Open pages whose state is remembered; it is a few kB each."""
SANDBOX = "Sandbox: nothing is sent, nothing is billed"
LIVE = "Live: a run spends money"
"""What the header says while the form is set to Live."""
log = logging.getLogger("takes.page")


class _Page(gr.Blocks):
    """Gradio's page, with error messages that never contain what was typed.

    Gradio would write values that do not fit a field to the log, and send some of them back. In a forged call, or a
    page left open over an update, a key may be in any field.
    """

    door: Door

    def validate_inputs(self, block_fn: BlockFunction, inputs: list[Any]) -> None:
        if len(inputs) != len(block_fn.inputs):
            raise _told("This page is of another version of Takes; reload it.")

    async def process_api(
        self,
        block_fn: BlockFunction | int,
        inputs: list[Any],
        state: SessionState | None = None,
        request: gr.Request | list[gr.Request] | None = None,
        *args: Any,
        **named: Any,
    ) -> dict[str, Any]:
        """Handles every event of the page. The files in the answer may then be read by the person who got it."""
        typed = list(inputs)
        _forget(inputs, request)
        try:
            output = await super().process_api(block_fn, typed, state, request, *args, **named)
        except TakesError as error:
            raise _told(emptied(error)) from None
        except gr.Error as error:
            if not error.print_exception:
                raise _told(emptied(error)) from None  # our own words
            log.error("A field holds what it cannot: %s", trail(error))
            emptied(error)
            raise _told(SENTENCE) from None
        except Exception as error:
            log.error("An event of the page failed: %s", trail(error))
            emptied(error)
            raise _told(SENTENCE) from None
        if isinstance(request, gr.Request):
            for path in files_in(output["data"]):
                self.door.grant(path, self.door.person(request))
        return output


def _forget(inputs: list[Any], request: gr.Request | list[gr.Request] | None) -> None:
    """Empties what Gradio's queue would keep of an event until the next one: its values and the request's body."""
    inputs.clear()
    if isinstance(request, gr.Request) and request.request is not None:
        for name in ("_body", "_json"):
            vars(request.request).pop(name, None)


def _told(sentence: str) -> gr.Error:
    return gr.Error(sentence, print_exception=False)


def build_ui(playground: Playground, door: Door) -> gr.Blocks:
    """The page over one playground. Jobs run in the playground, so closing the page does not end them."""
    demo = _Page(title="Takes", analytics_enabled=False, fill_width=True)
    with demo:
        demo.door = door
        gr.HTML(_header(playground), js_on_load=scripts.on_load("whole"))
        with gr.Tabs() as tabs:
            with gr.Tab("Compare", id="compare"):
                compare = CompareTab(playground, door)
            with gr.Tab("Vote", id="vote") as vote_tab:
                vote = VoteTab(playground, door)
            with gr.Tab("Sessions", id="sessions") as sessions_tab:
                sessions = SessionsTab(playground, door, compare.keys)
            with gr.Tab("History", id="history") as tab:
                HistoryTab(playground, door, compare.keys).connect(tab)
            with gr.Tab("Prices", id="providers") as tab:
                ProvidersTab(playground, door).connect(tab)
        compare.connect(demo)
        vote.connect(demo, tabs, vote_tab)
        sessions.connect(demo, tabs, sessions_tab)
    demo._queue.max_size = EVENTS  # demo.queue() would set it too, but builds Gradio's whole application again
    demo._queue.sleep_when_free = LOOK_S
    demo._queue.ANAYLTICS_CACHE_FREQUENCY = sys.maxsize  # never: it computes figures over all events after each event
    return demo


def launch_options(door: Door) -> dict[str, Any]:
    """Arguments for ``launch``. Gradio's history in the browser is off: it would keep typed text unencrypted."""
    settings = door.playground.settings
    name = settings.server_name
    return {
        "server_name": f"[{name}]" if ":" in name else name,
        "share": settings.share,
        "css": scripts.bare("\n".join([viewer.style("tokens.css"), viewer.style("charts.css"), *_styles()])),
        "head": _head(door),
        "theme": _theme(),
        "_app": Server(door),
        "state_session_capacity": PAGES_KEPT,
        "max_file_size": LARGEST,
        "run_history": False,
        "ssr_mode": False,
        "mcp_server": False,
        "num_workers": 0,  # workers would serve files without the door's checks
        "pwa": False,
        "enable_monitoring": False,
        "footer_links": [],
        "show_error": False,
    }


def _head(door: Door) -> str:
    """HTML for the page's head: what a browser fetches at once, the page's scripts and the catalogue of variants."""
    variants = door.choosing.catalogue.asset.path
    return (
        f'<script>\n{me.SCRIPT}</script><link rel="modulepreload" href="{scripts.module().path}">'
        f'<link rel="preload" as="fetch" crossorigin="anonymous" href="{variants}">'
    )


def _styles() -> list[str]:
    own = ("vote/vote.css", "sessions/sessions.css", "history/history.css", "providers/providers.css")
    sheets = ("gradio.css", "page.css", "compare/desk.css", "compare/columns.css", *own)
    return [(HERE / name).read_text(encoding="utf-8") for name in sheets]


def _theme() -> gr.themes.Base:
    """Grey, with the system's own fonts: Gradio's font is 56 kB that every first visit would fetch."""
    grey = {"primary_hue": "neutral", "secondary_hue": "neutral", "neutral_hue": "neutral"}
    return gr.themes.Base(**grey, font=("system-ui", "sans-serif"), font_mono=("ui-monospace", "monospace"))


def _header(playground: Playground) -> str:
    live = playground.settings.keys
    mode = "Keys are set: live runs spend money" if live else SANDBOX
    off = playground.settings.not_lasting
    return (
        f'<header class="takes-header"><h1 class="takes-wordmark">Takes</h1><p class="takes-mode">'
        f'<span class="takes-mode-first">{mode}</span><span class="takes-mode-live">{LIVE}</span></p></header>'
    ) + (f'<p class="takes-quiet" id="keys-off" role="note">{escape(off)}</p>' if off else "")
