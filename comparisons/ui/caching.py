"""How long a browser may keep what it was sent: gradio's own scripts and styles, of which it gives no word itself.

Without it a browser asks for some eighty files anew at every visit, and the server packs each of them anew.
"""

from __future__ import annotations

import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HASHED = re.compile(r"/assets/[\w.-]+-[\w-]{8,}\.(js|css)")
"""A file whose name has a hash of what is in it: under this name nothing else is ever found."""
FOR_GOOD = "public, max-age=31536000, immutable"


class Caching:
    """ASGI middleware around the page. Only what was found is kept."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def kept(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                MutableHeaders(scope=message)["Cache-Control"] = FOR_GOOD
            await send(message)

        hashed = scope["type"] == "http" and HASHED.search(scope["path"])
        await self._app(scope, receive, kept if hashed else send)
