"""What the sandbox writes is for its owner alone, as a vendor's store is: others on the machine read none of it."""

from __future__ import annotations

import os
from pathlib import Path

PRIVATE_MASK = 0o077
"""What is taken from a new file's mode: all that others could do."""


def make_folder(folder: Path) -> None:
    """Makes a folder, and those above it that are missing."""
    if not folder.parent.exists():
        make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)


def write(path: Path, data: bytes, at: float) -> None:
    """Writes a file that never looks whole before it is; ``at`` is its time, in seconds of the epoch."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with open(part, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(data)
    os.utime(part, (at, at))
    part.replace(path)
