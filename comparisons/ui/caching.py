"""Lets browsers keep Gradio's own scripts and styles, for which Gradio sends no caching header.

Without the header a browser requests some eighty files again at every visit, and the server compresses each again.
"""

from __future__ import annotations

import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HASHED = re.compile(r"/assets/[\w.-]+-[\w-]{8,}\.(js|css)")
"""The path of a file whose name contains a hash of its content, so the content under a name never changes."""
FOR_GOOD = "public, max-age=31536000, immutable"


class Caching:
    """ASGI middleware around the page: adds the header to files with a hashed name, if they were found (status 200)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def kept(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                MutableHeaders(scope=message)["Cache-Control"] = FOR_GOOD
            await send(message)

        hashed = scope["type"] == "http" and HASHED.search(scope["path"])
        await self._app(scope, receive, kept if hashed else send)
