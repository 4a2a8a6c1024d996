"""What the log may hold of an error that nobody expected: its kind and where it was, never what it says.

Messages of errors quote values, and among the page's values are typed keys.
"""

from __future__ import annotations

import traceback

FRAMES = 30
"""The last ones of each error: those of an endless recursion would fill the log."""
SENTENCE = "That did not work, and the log of Takes says where; reload the page and try again."


def trail(error: BaseException) -> str:
    """The kinds of an error and of those it came of, each with its frames: file, line and function."""
    lines: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(lines) < 10:
        frames = traceback.extract_tb(cause.__traceback__)[-FRAMES:]
        where = " > ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
        lines.append(f"{type(cause).__module__}.{type(cause).__name__} at {where}")
        cause = cause.__cause__ or cause.__context__
    return "\n  after ".join(lines)


def emptied(error: BaseException) -> str:
    """What an error says; its frames, which whoever keeps the error keeps too, hold nothing of what was typed now."""
    cause: BaseException | None = error
    for _ in range(10):
        if cause is None:
            break
        traceback.clear_frames(cause.__traceback__)
        cause = cause.__cause__ or cause.__context__
    return str(getattr(error, "message", error))
