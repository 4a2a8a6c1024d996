"""Gradio's server with the door around it, and page states that keep nothing of what was typed."""

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
    """Our own routes; what is under ``/takes/`` and none of these is not there."""
    own = [route for made in OWN for route in made(door)]
    return own + assets.routes(scripts.module(), door.choosing.catalogue.asset, component.sample_shown())


class Server(App):
    """The door stands outside of everything of Gradio's, so that its answers to other sites do not get out either."""

    def __init__(self, door: Door) -> None:
        super().__init__(default_response_class=ORJSONResponse, middleware=[Middleware(Caching)])
        self._door = door
        self.state_holder = PageStates()  # type: ignore[no-untyped-call]  # gradio leaves its __init__ without types

    def build_middleware_stack(self) -> ASGIApp:
        """Starlette asks for it once, before the first request."""
        blocks = self.get_blocks()
        self._door.show_everybody(filter(os.path.isabs, files_in(blocks.config)))
        return Doorkeeper(super().build_middleware_stack(), self._door, routes(self._door), blocks)


class PageStates(StateHolder):
    """The open pages."""

    def __getitem__(self, session_id: str) -> SessionState:
        if session_id not in self.session_data:
            self.session_data[session_id] = PageState(self.blocks)
        return super().__getitem__(session_id)


class PageState(SessionState):
    """What is remembered of an open page.

    Gradio keeps every value that a page sends, for links to its state, which nothing here offers: typed keys, and a
    copy of all the page's components, a quarter of a megabyte each.
    """

    def __init__(self, blocks: gr.Blocks) -> None:
        # A page without parts: to copy them all takes 40 ms of the loop, each time somebody opens the page.
        super().__init__(cast(gr.Blocks, SimpleNamespace(default_config=blocks.default_config, blocks={})))

    def __setitem__(self, key: int, value: Any) -> None:
        super().__setitem__(key, value)
        self.config_values = {}

    def _update_config(self, key: int) -> None:
        """Nothing is kept."""

    def _update_value_in_config(self, key: int, value: Any) -> None:
        """Nothing is kept."""


def files_in(value: Any) -> list[str]:
    """The files that a value names anywhere, as Gradio writes them."""
    if isinstance(value, dict):
        own = [value["path"]] if isinstance(value.get("path"), str) else []
        return own + [path for part in value.values() for path in files_in(part)]
    if isinstance(value, list | tuple):
        return [path for part in value for path in files_in(part)]
    return []
