"""Keywords that every event of the page is connected with, besides its handler and fields."""

from __future__ import annotations

from typing import Literal, TypedDict


class Ties(TypedDict):
    """Keywords of Gradio's event listeners."""

    show_progress: Literal["hidden"]
    api_visibility: Literal["private"]
    concurrency_limit: None


QUIET: Ties = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": None}
"""No spinner over what is shown; no door for other programs: raw callers gain nothing the page does not offer; and no
limit by which somebody would wait for what another person asked."""
