"""What is in the data folder is for its owner alone: folders 700, files 600, whatever the umask is.

Whoever writes there opens files with ``opener``, or tells a program of its own the ``MASK``. What is written elsewhere,
such as an export, is none of this module's business.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

FOLDER, FILE, MASK = 0o700, 0o600, 0o077


def opener(path: str, flags: int) -> int:
    """For ``open``: a new file is its owner's alone."""
    return os.open(path, flags, FILE)


def make_folder(folder: Path) -> None:
    """Makes a folder, and those above it that are missing, for its owner alone; one that is there stays as it is."""
    if not folder.parent.exists():
        make_folder(folder.parent)
    folder.mkdir(mode=FOLDER, exist_ok=True)


def make_file(path: Path) -> None:
    """An empty file, unless there is one: SQLite gives what it writes beside a file the mode of that.

    One that is there is not even opened: to close it would end the locks that SQLite has on it in this process.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE))


def mend(home: Path, names: Iterable[str]) -> None:
    """Takes from a data folder, and from what these patterns name in it, the modes that an older version left wider.

    Nothing else in it is touched, nor what a link leads to. Where a file system knows no modes, or a file is somebody
    else's, it stays as it is.
    """
    own = home.stat()
    if not own.st_mode & stat.S_ISVTX:  # a folder that everybody writes to, as /tmp, is nobody's to close
        _narrow(home, own.st_mode)
    for name in names:
        for path in home.glob(name):
            for each, mode in _all_in(path):
                _narrow(each, mode)


def _all_in(path: Path) -> Iterator[tuple[Path, int]]:
    mode = path.lstat().st_mode
    if stat.S_ISDIR(mode):
        for entry in os.scandir(path):
            with suppress(FileNotFoundError):  # another Takes has just removed it
                yield from _all_in(Path(entry.path))
    if stat.S_ISDIR(mode) or stat.S_ISREG(mode):
        yield path, mode


def _narrow(path: Path, mode: int) -> None:
    if mode & MASK:
        with suppress(OSError):
            path.chmod(stat.S_IMODE(mode) & ~MASK)
