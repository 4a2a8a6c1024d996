"""The list of all requests that are let in. Any other path is answered with 404."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["page", "static", "launch", "join", "listen", "upload", "progress", "file", "alive", "own", "download"]


@dataclass(frozen=True)
class Way:
    """One kind of request that is let in: its methods, its path, and whether a visitor needs their cookie for it."""

    kind: Kind
    methods: frozenset[str]
    path: re.Pattern[str]
    cookie: bool = True


def _way(kind: Kind, methods: str, path: str, *, cookie: bool = True) -> Way:
    return Way(kind, frozenset(methods.split()), re.compile(path, re.ASCII), cookie)


SESSION = r"[\w-]{1,64}"
"""The names that Gradio's scripts give to an open page, and to an upload."""
FILES = "/gradio_api/file="
ME = "/takes/me"
PAGE = "/takes/page/"
"""The page's own scripts and pictures, the same for everybody."""
WAYS = (
    _way("page", "GET HEAD", "/", cookie=False),
    _way("static", "GET", r"/(?:assets|static)(?:/[\w@+-][\w.@+-]*)+", cookie=False),
    _way("static", "GET", r"/theme\.css|/favicon\.ico|/manifest\.json", cookie=False),
    _way("launch", "GET", "/gradio_api/startup-events", cookie=False),  # launch() asks for it; later it does nothing
    _way("join", "POST", "/gradio_api/queue/join"),
    _way("listen", "GET", "/gradio_api/queue/data"),
    _way("listen", "GET", f"/gradio_api/heartbeat/{SESSION}"),
    _way("upload", "POST", "/gradio_api/upload"),
    _way("progress", "GET", "/gradio_api/upload_progress"),
    _way("file", "GET HEAD", f"{FILES}/[^\0]+"),
    _way("alive", "GET", "/gradio_api/app_id"),  # the page asks after a break whether this is the server it knew
    _way("own", "GET", ME, cookie=False),  # no cookie needed, since it tells the page whether the cookie came
    _way("own", "GET", rf"{PAGE}[\w.-]+", cookie=False),
    _way("download", "GET HEAD", r"/takes/(?:clips|blind|exports|across|sessions|plans)/[\w./-]+"),
    _way("own", "GET HEAD POST", r"/takes/[\w./-]+"),
)
"""The first that matches counts. A pattern must match the whole path in the form that the router sees, so that another
spelling of a path cannot be taken for a different one here and there."""


def way_of(method: str, path: str) -> Way | None:
    """The entry of ``WAYS`` for a request; None if it is not let in."""
    return next((way for way in WAYS if method in way.methods and way.path.fullmatch(path)), None)
