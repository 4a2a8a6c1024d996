"""Buttons that write into the prompt the camera moves that the picked models document."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from comparisons.ui.wording import model_title
from providers import camera_moves


def chips(models: Iterable[str]) -> str:
    """The buttons as HTML for the picked models; empty if none of them documents a move."""
    asked = sorted(set(models))
    able = [model for model in asked if camera_moves(model)]
    if not able:
        return ""
    moves = dict.fromkeys(move for model in able for move in camera_moves(model))
    told = f"Documented for {', '.join(map(model_title, able))}."
    others = " Of the other models picked nobody says so." if len(able) < len(asked) else ""
    buttons = "".join(f'<button type="button" tabindex="-1">{escape(move)}</button>' for move in moves)
    return (
        f'<div class="takes-camera" role="toolbar" aria-label="Camera moves">{buttons}</div>'
        f'<p class="takes-quiet">{escape(told + others)}</p>'
    )
