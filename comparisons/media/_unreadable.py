"""What makes a file no picture that we take."""

from __future__ import annotations

MOST_PIECES = 20_000
"""Segments, chunks or strips of one file; a real one has hundreds, at most thousands."""


class Unreadable(ValueError):
    """The bytes are no picture of a kind we take; the message is half a sentence saying why."""
