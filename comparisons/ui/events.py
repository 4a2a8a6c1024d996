"""Keyword arguments that every event of the page is connected with, besides its handler and fields."""

from __future__ import annotations

from typing import Literal, TypedDict


class Ties(TypedDict):
    """Keyword arguments of Gradio's event listeners."""

    show_progress: Literal["hidden"]
    api_visibility: Literal["private"]
    concurrency_limit: None


QUIET: Ties = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": None}
"""No spinner over the page; no entry in Gradio's API for other programs; no limit on concurrent calls, by which one
person's event would wait for another person's."""
