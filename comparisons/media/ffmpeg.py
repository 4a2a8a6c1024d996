"""Runs ffmpeg, in a process of its own, since it reads files that strangers made."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import imageio_ffmpeg

from comparisons import private
from comparisons.metrics import CONTAINERS
from comparisons.records import Odd
from providers import TakesError

NICE = 10
"""The niceness of ffmpeg at low priority, of at most 19: polls must not be late because of it."""
PICTURES = (".jpg", ".png")
"""Endings of still pictures, for which ffmpeg by default writes a numbered series."""


class BrokenClip(TakesError):
    """What arrived is not a whole video. Fetching it again may help.

    ``odd``: what is wrong with it, to be recorded if it is kept all the same.
    """

    def __init__(self, why: str, odd: Odd = Odd.UNREADABLE) -> None:
        super().__init__(why)
        self.odd = odd


def make(
    arguments: Sequence[str],
    to: Path,
    otherwise: str,
    *,
    behind: bool = False,
    mend: Callable[[Path], None] | None = None,
) -> Path:
    """Has ffmpeg write a file, which gets its name only once it is whole.

    Args:
        arguments: all of ffmpeg's arguments but the file to write.
        otherwise: what the error says if that fails, followed by ffmpeg's reason.
        behind: at low priority.
        mend: changes the file before it gets its name.

    Raises:
        BrokenClip: it cannot be made; nothing is left of it.
    """
    part = to.with_suffix(f".part{to.suffix}")
    try:
        done = run(*arguments, *written(part), behind=behind)
        if done.returncode != 0:
            raise BrokenClip(f"{otherwise}: {plain(done.stderr.decode('utf-8', 'replace').splitlines())}")
        if mend:
            mend(part)
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
    return to


def compose(arguments: Sequence[str], to: Path) -> Path:
    """Has ffmpeg make one file, ``to``, from several clips; ``arguments`` are all of ffmpeg's but that file.

    Raises:
        BrokenClip: a clip cannot be decoded, or ffmpeg takes longer than twenty minutes.
    """
    done = run("-v", "error", "-y", *arguments, *written(to), timeout_s=1200, umask=-1)
    if done.returncode != 0:
        words = plain(done.stderr.decode("utf-8", "replace").splitlines())
        raise BrokenClip(f"The clips cannot be put together: {words}")
    return to


def run(
    *arguments: str, timeout_s: int = 120, behind: bool = False, umask: int = private.MASK
) -> subprocess.CompletedProcess[bytes]:
    """Runs ffmpeg and gives its exit code and what it printed.

    Args:
        arguments: files to read are given as ``-i`` and a path; files to write as ``written`` gives them.
        timeout_s: seconds after which ffmpeg is ended.
        behind: at low priority, where the system has priorities.
        umask: of the files that ffmpeg writes; -1 leaves that of this process.

    Raises:
        BrokenClip: it took longer than ``timeout_s``.
    """
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", *_reading(arguments)]
    with (
        tempfile.TemporaryFile() as out,  # a file, since each line in a pipe would wake this process
        tempfile.TemporaryFile() as told,
        subprocess.Popen(command, stdout=out, stderr=told, umask=umask) as process,
    ):
        if behind and hasattr(os, "setpriority"):
            os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
        if not _ended(process, timeout_s):
            raise BrokenClip(f"The clip could not be read within {timeout_s // 60} minutes.")
        out.seek(0)
        told.seek(0)
        return subprocess.CompletedProcess(command, process.returncode, out.read(), told.read())


def _ended(process: subprocess.Popen[bytes], within_s: float) -> bool:
    """Whether a process ended within so many seconds; otherwise it is killed.

    A timer is used because ``Popen.wait`` with a limit looks again and again.
    """
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.kill()

    limit = threading.Timer(within_s, stop)
    limit.start()
    try:
        process.wait()
    except BaseException:
        process.kill()
        raise
    finally:
        limit.cancel()
    return not late.is_set()


def written(path: Path) -> tuple[str, ...]:
    """ffmpeg's arguments for a file to write, whatever its name contains: a ``%20d`` in a picture's name could
    otherwise be replaced by a number."""
    return (*(("-update", "1") if path.suffix in PICTURES else ()), _file(str(path)))


def _reading(arguments: Sequence[str]) -> Iterator[str]:
    """The arguments, with every file to read limited to ``CONTAINERS`` and to files on this machine."""
    for before, word in pairwise(("", *arguments)):
        if word == "-i":
            yield from ("-format_whitelist", CONTAINERS, "-protocol_whitelist", "file")
        yield _file(word) if before == "-i" else word


def _file(path: str) -> str:
    """A path as an argument that ffmpeg takes neither for a protocol (a colon) nor for an option (a dash)."""
    return f"file:{path}"


def plain(lines: list[str]) -> str:
    """The last line that ffmpeg printed, without memory addresses and paths; at most 120 characters."""
    last = re.sub(r"\[[^\]]*\] *", "", lines[-1]) if lines else "no reason given"
    return re.sub(r"\S*/\S*", "the file", last)[:120]
