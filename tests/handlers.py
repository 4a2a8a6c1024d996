"""The page's own handlers, called past any browser as a raw caller does, in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.events import EventData
from gradio.state_holder import SessionState
from starlette.requests import Request

from comparisons.playground import Playground
from comparisons.records import Person
from comparisons.sessions.service import Sessions
from comparisons.ui import Door, build_ui
from comparisons.ui.door.door import VISITOR
from providers import VENDORS

IMAGES = ("image", "last-image", "plan-image")


class Handlers:
    """The page over one playground, without a server."""

    def __init__(self, playground: Playground, sessions: Sessions) -> None:
        door = self._door = Door(playground)
        door.sessions = sessions
        self._page = asyncio.run(_built(playground, door))
        self._parts = {part["id"]: part["props"] for part in self._page.config["components"]}

    def call(self, who: Person, handler: str, fields: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        """Calls a handler by its name, its fields (by ``elem_id``) filled in, the others as they are at first."""
        function = next(each for each in self._page.fns.values() if each.api_name == handler)
        keys = {f"key-{slug}": who.keys.get(slug, "") for slug in VENDORS}
        given = {**dict.fromkeys(IMAGES), **keys, **fields}
        names = [(self._parts[part._id].get("elem_id"), self._parts[part._id].get("value")) for part in function.inputs]
        request = gr.Request(Request({"type": "http", "headers": [], "query_string": b"", VISITOR: who.id}))
        request.session_hash = f"page of {who.id}"
        data = [given.get(name, value) for name, value in names]
        asyncio.run(self._done(function, data, request, EventData(None, dict(event))))
        if started := self._door.starts.of(request.session_hash, who):
            started.result()  # behind the page, which would ask anew

    async def _done(self, function: BlockFunction, data: list[Any], request: gr.Request, event: EventData) -> None:
        """As the page does it: its list of doubts is open, else no take of it can be chosen."""
        state = SessionState(self._page)
        opening = next(each for each in self._page.fns.values() if each.api_name == "open_doubts")
        await self._page.process_api(opening, [], state, request)
        try:
            await self._page.process_api(function, data, state, request, event_data=event)
        except gr.Error:
            return  # refused in words


async def _built(playground: Playground, door: Door) -> gr.Blocks:
    """Within a loop: without one gradio makes several, and leaves them open."""
    return build_ui(playground, door)
