"""The base of the ledger's parts: the file, and what this process remembers about it."""

from __future__ import annotations

from pathlib import Path

from comparisons.ledger._file import File
from comparisons.ledger._money import NoFigure


class Part:
    """The base of the ledger's parts. ``Ledger`` inherits from all of them, so they share one file.

    Args:
        busy_timeout_s: for how many seconds to wait while another process writes.
    """

    def __init__(self, path: Path, busy_timeout_s: float = 2.0) -> None:
        self._file = File(path, busy_timeout_s)
        self._no_figure: NoFigure = {}
