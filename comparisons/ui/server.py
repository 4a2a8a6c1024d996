"""Gradio's server with the door around it, and states of pages that keep nothing of what was typed."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any, cast

import gradio as gr
from gradio.routes import App, ORJSONResponse
from gradio.state_holder import SessionState, StateHolder
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import ASGIApp

from comparisons.ui import assets, component, scripts
from comparisons.ui.caching import Caching
from comparisons.ui.door import me, own_files
from comparisons.ui.door.door import Door
from comparisons.ui.door.doorkeeper import Doorkeeper
from comparisons.ui.streams import streams

OWN = (me.routes, own_files.routes, streams.routes)
"""Functions that make our own routes, all under ``/takes/``."""


def routes(door: Door) -> list[Route]:
    """Our own routes. Any other path under ``/takes/`` is not found."""
    own = [route for made in OWN for route in made(door)]
    return own + assets.routes(scripts.module(), door.choosing.catalogue.asset, component.sample_shown())


class Server(App):
    """The door is the outermost middleware, so that what Gradio answers to requests from other sites passes it too."""

    def __init__(self, door: Door) -> None:
        super().__init__(default_response_class=ORJSONResponse, middleware=[Middleware(Caching)])
        self._door = door
        self.state_holder = PageStates()  # type: ignore[no-untyped-call]  # gradio leaves its __init__ without types

    def build_middleware_stack(self) -> ASGIApp:
        """Starlette calls this once, before the first request."""
        blocks = self.get_blocks()
        self._door.show_everybody(filter(os.path.isabs, files_in(blocks.config)))
        return Doorkeeper(super().build_middleware_stack(), self._door, routes(self._door), blocks)


class PageStates(StateHolder):
    """The states of all open pages, by Gradio's session hash."""

    def __getitem__(self, session_id: str) -> SessionState:
        if session_id not in self.session_data:
            self.session_data[session_id] = PageState(self.blocks)
        return super().__getitem__(session_id)


class PageState(SessionState):
    """The state of one open page.

    For links to a page's state, which this page does not offer, Gradio would keep every value that the page sends, with
    typed keys, and a copy of all components, a quarter of a megabyte for each page.
    """

    def __init__(self, blocks: gr.Blocks) -> None:
        # Without components: copying all of them would block the event loop for 40 ms whenever a page is opened.
        super().__init__(cast(gr.Blocks, SimpleNamespace(default_config=blocks.default_config, blocks={})))

    def __setitem__(self, key: int, value: Any) -> None:
        super().__setitem__(key, value)
        self.config_values = {}

    def _update_config(self, key: int) -> None:
        """Nothing is kept."""

    def _update_value_in_config(self, key: int, value: Any) -> None:
        """Nothing is kept."""


def files_in(value: Any) -> list[str]:
    """The paths of all files in a value that Gradio sends: in dicts with a ``path``, at any depth."""
    if isinstance(value, dict):
        own = [value["path"]] if isinstance(value.get("path"), str) else []
        return own + [path for part in value.values() for path in files_in(part)]
    if isinstance(value, list | tuple):
        return [path for part in value for path in files_in(part)]
    return []
