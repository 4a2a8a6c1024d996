"""Makes files and folders that only their owner may read (folders 700, files 600), whatever the umask is.

All code that writes into the data folder opens files with ``opener``, or gives ``MASK`` as the umask to programs that
it runs. Files elsewhere, such as an export, are written as usual.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

FOLDER, FILE, MASK = 0o700, 0o600, 0o077


def opener(path: str, flags: int) -> int:
    """The ``opener`` argument of ``open``: a new file can only be read by its owner."""
    return os.open(path, flags, FILE)


def make_folder(folder: Path) -> None:
    """Makes a folder, and missing ones above it, for its owner only. One that exists already is not changed."""
    if not folder.parent.exists():
        make_folder(folder.parent)
    folder.mkdir(mode=FOLDER, exist_ok=True)


def make_file(path: Path) -> None:
    """Makes an empty file unless there is one. SQLite gives the files that it writes beside it the same mode.

    An existing file is not even opened: closing it would release the locks that SQLite has on it in this process.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE))


def mend(home: Path, names: Iterable[str]) -> None:
    """Limits a data folder, and what these patterns match in it, to its owner: older versions left it readable.

    Nothing else in it is changed, nor what links lead to. What cannot be changed, because the file system has no modes
    or the file belongs to somebody else, stays as it is.
    """
    own = home.stat()
    if not own.st_mode & stat.S_ISVTX:  # a folder that everybody writes to, such as /tmp, must stay open
        _narrow(home, own.st_mode)
    for name in names:
        for path in home.glob(name):
            for each, mode in _all_in(path):
                _narrow(each, mode)


def _all_in(path: Path) -> Iterator[tuple[Path, int]]:
    mode = path.lstat().st_mode
    if stat.S_ISDIR(mode):
        for entry in os.scandir(path):
            with suppress(FileNotFoundError):  # another process has just removed it
                yield from _all_in(Path(entry.path))
    if stat.S_ISDIR(mode) or stat.S_ISREG(mode):
        yield path, mode


def _narrow(path: Path, mode: int) -> None:
    if mode & MASK:
        with suppress(OSError):
            path.chmod(stat.S_IMODE(mode) & ~MASK)
