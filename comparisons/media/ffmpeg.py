"""ffmpeg, run as a process of its own: it reads files that strangers made."""

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
from comparisons.records import Odd
from providers import TakesError

NICE = 10
"""How far measuring stands back behind everything else, of 19: polls must not be late for it."""
CONTAINERS = (
    "mov,matroska,gif,mpegts,avi,flv,asf,mpeg,mpegvideo,h264,hevc,av1,obu,ivf,ogg,mxf,nut,rm,image2,jpeg_pipe,png_pipe"
)
"""What ffmpeg reads files as. Playlists are left out: they would have it read other files, or the network."""
PICTURES = (".jpg", ".png")
"""Endings of still pictures, of which ffmpeg would write one after the other."""


class BrokenClip(TakesError):
    """What arrived is not a whole video. Fetching again may help.

    ``odd``: what is to be said of it if it is kept all the same, since it came whole.
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
    """Has ffmpeg make a file that gets its name once it is whole; nothing is left of one that cannot be made.

    ``mend`` changes it before that.
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
    """Runs ffmpeg over several clips at once; ``arguments`` say what becomes of them, ``to`` is the file it makes.

    Raises:
        BrokenClip: a clip cannot be decoded, or it takes longer than twenty minutes.
    """
    done = run("-v", "error", "-y", *arguments, *written(to), timeout_s=1200, umask=-1)
    if done.returncode != 0:
        words = plain(done.stderr.decode("utf-8", "replace").splitlines())
        raise BrokenClip(f"The clips cannot be put together: {words}")
    return to


def run(
    *arguments: str, timeout_s: int = 120, behind: bool = False, umask: int = private.MASK
) -> subprocess.CompletedProcess[bytes]:
    """Files to read are named by ``-i`` and their path; for those to write see ``written``.

    Args:
        behind: only with the time that nothing else on the machine wants, where the system can do that.
    """
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", *_reading(arguments)]
    with (
        tempfile.TemporaryFile() as out,  # in a pipe each line of ffmpeg's would wake us
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
    """Whether it ended by itself, without looking again and again, as waiting with a limit does."""
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
    """How ffmpeg is told to write a file, whatever its name holds: in a picture's, ``%20d`` would be a number."""
    return (*(("-update", "1") if path.suffix in PICTURES else ()), _file(str(path)))


def _reading(arguments: Sequence[str]) -> Iterator[str]:
    """What is told, with every file that is read taken as one that holds pictures itself."""
    for before, word in pairwise(("", *arguments)):
        if word == "-i":
            yield from ("-format_whitelist", CONTAINERS, "-protocol_whitelist", "file")
        yield _file(word) if before == "-i" else word


def _file(path: str) -> str:
    """A path as an argument that ffmpeg takes neither for a protocol (a colon) nor for an option (a dash)."""
    return f"file:{path}"


def plain(lines: list[str]) -> str:
    """ffmpeg's last words without its addresses and our paths."""
    last = re.sub(r"\[[^\]]*\] *", "", lines[-1]) if lines else "no reason given"
    return re.sub(r"\S*/\S*", "the file", last)[:120]
