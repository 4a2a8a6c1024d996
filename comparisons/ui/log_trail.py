"""What is logged about an unexpected error: its type and where it was raised, never its message.

Messages of errors quote values, and among the page's values are typed keys.
"""

from __future__ import annotations

import traceback

FRAMES = 30
"""How many of the innermost frames are logged for each error: an endless recursion would fill the log."""
SENTENCE = "That did not work, and the log of Takes says where; reload the page and try again."


def trail(error: BaseException) -> str:
    """The types of an error and of its causes, each with its frames: file, line and function."""
    lines: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(lines) < 10:
        frames = traceback.extract_tb(cause.__traceback__)[-FRAMES:]
        where = " > ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
        lines.append(f"{type(cause).__module__}.{type(cause).__name__} at {where}")
        cause = cause.__cause__ or cause.__context__
    return "\n  after ".join(lines)


def emptied(error: BaseException) -> str:
    """Returns the error's message, and clears the local variables of its frames and of its causes' frames.

    Whoever keeps the error keeps its frames, and their variables may hold typed keys.
    """
    cause: BaseException | None = error
    for _ in range(10):
        if cause is None:
            break
        traceback.clear_frames(cause.__traceback__)
        cause = cause.__cause__ or cause.__context__
    return str(getattr(error, "message", error))
