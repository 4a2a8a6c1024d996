"""What every part of the ledger has: the file, and what is remembered of it in this process."""

from __future__ import annotations

from pathlib import Path

from comparisons.ledger._file import File
from comparisons.ledger._money import NoFigure


class Part:
    """The base of the ledger's parts, which are one object and share one file."""

    def __init__(self, path: Path, busy_timeout_s: float = 2.0) -> None:
        self._file = File(path, busy_timeout_s)
        self._no_figure: NoFigure = {}
