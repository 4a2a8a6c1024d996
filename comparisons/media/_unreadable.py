"""The error for a file that is no picture we accept."""

from __future__ import annotations

MOST_PIECES = 20_000
"""The most segments, chunks or strips of one file; a real one has hundreds, at most thousands."""


class Unreadable(ValueError):
    """The bytes are no picture of a kind that we accept; the message, half a sentence, says why."""
