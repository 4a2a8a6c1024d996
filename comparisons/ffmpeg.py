"""ffmpeg, run as a process of its own: it reads files that strangers made."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import imageio_ffmpeg

from comparisons import private
from providers import TakesError

NICE = 10
"""How far measuring stands back behind everything else, of 19: polls must not be late for it."""


class BrokenClip(TakesError):
    """What arrived is not a whole video. Fetching again may help."""


def make(arguments: Sequence[str], to: Path, otherwise: str, *, behind: bool = False) -> Path:
    """Has ffmpeg make a file that gets its name once it is whole; nothing is left of one that cannot be made."""
    part = to.with_suffix(f".part{to.suffix}")
    try:
        done = run(*arguments, str(part), behind=behind)
        if done.returncode != 0:
            raise BrokenClip(f"{otherwise}: {plain(done.stderr.decode('utf-8', 'replace').splitlines())}")
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
    return to


def compose(arguments: Sequence[str], to: Path) -> Path:
    """Runs ffmpeg over several clips at once; ``arguments`` say what becomes of them, ``to`` is the file it makes.

    Raises:
        BrokenClip: a clip cannot be decoded, or it takes longer than twenty minutes.
    """
    done = run("-v", "error", "-y", *arguments, str(to), timeout_s=1200, umask=-1)
    if done.returncode != 0:
        words = plain(done.stderr.decode("utf-8", "replace").splitlines())
        raise BrokenClip(f"The clips cannot be put together: {words}")
    return to


def run(
    *arguments: str, timeout_s: int = 120, behind: bool = False, umask: int = private.MASK
) -> subprocess.CompletedProcess[bytes]:
    """``behind``: only with the time that nothing else on the machine wants, where the system can do that."""
    command, pipe = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", *arguments], subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, umask=umask) as process:
        if behind and hasattr(os, "setpriority"):
            os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
        try:
            out, err = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired as error:
            process.kill()
            raise BrokenClip(f"The clip could not be read within {timeout_s // 60} minutes.") from error
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def plain(lines: list[str]) -> str:
    """ffmpeg's last words without its addresses and our paths."""
    last = re.sub(r"\[[^\]]*\] *", "", lines[-1]) if lines else "no reason given"
    return re.sub(r"\S*/\S*", "the file", last)[:120]
