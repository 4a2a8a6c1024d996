"""How the page's events are tied: what every one of them is told besides its handler and fields."""

from __future__ import annotations

from typing import Literal, TypedDict


class Ties(TypedDict):
    """Keywords of Gradio's event listeners."""

    show_progress: Literal["hidden"]
    api_visibility: Literal["private"]


QUIET: Ties = {"show_progress": "hidden", "api_visibility": "private"}
"""No spinner over what is shown, and no door for other programs: raw callers gain nothing the page does not offer."""
