"""Folders that never look whole while they are half-written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def part_of(folder: Path, name: str) -> Iterator[Path]:
    """A folder of this process's own, gone when it is over unless it was renamed by then."""
    part = folder / f".{name}.{os.getpid()}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)
