"""Runs ffmpeg in a process of its own, since it reads files that strangers made; one that takes too long is killed.

It is its own, and not that of ``comparisons/media/``, since this room is sent to workers without the others.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO

import imageio_ffmpeg

IMAGES = "jpeg_pipe,png_pipe,webp_pipe,webp_anim,tiff_pipe,bmp_pipe,gif"
"""The formats that an image may have."""
MAX_PIXELS = 36_000_000
"""The most pixels of one picture of a clip; 8K has 33 million."""
MAX_IMAGE_PIXELS = 80_000_000
"""The most pixels of an image."""
LIMIT_S = 60.0
"""Seconds after which a process is killed. A clip of 6 s in 768p takes half of one."""
NICE = 10
"""The niceness of ffmpeg: what people wait for comes first."""
MOST_SAID = 8_000_000
"""The most characters that are read of what ffmpeg says."""


class UnreadableClip(Exception):
    """ffmpeg cannot read the clip, or not in time; nothing of it is known."""


class Told:
    """What a process of ffmpeg has written to its error output, and how it ended."""

    def __init__(self) -> None:
        self.text = ""
        self.ended_well = False
        self.late = False


def reading(path: str, formats: str, pixels: int = MAX_PIXELS) -> tuple[str, ...]:
    """ffmpeg's arguments for a file to read: one of these formats, on this machine, with pictures no larger."""
    limits = ("-max_pixels", str(pixels), "-format_whitelist", formats, "-protocol_whitelist", "file")
    return (*limits, "-i", f"file:{path}")


def ask(arguments: Sequence[str], limit_s: float = LIMIT_S) -> Told:
    """Runs ffmpeg to its end."""
    with streaming(arguments, limit_s) as (pipe, told):
        pipe.read()
    return told


@contextmanager
def streaming(arguments: Sequence[str], limit_s: float = LIMIT_S) -> Iterator[tuple[IO[bytes], Told]]:
    """Runs ffmpeg; gives its output as a pipe, and what it says, which is filled in when the process has ended."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-nostats", *arguments]
    told = Told()
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, umask=0o077) as process:
            assert process.stdout is not None  # a pipe was asked for
            if hasattr(os, "setpriority"):
                os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
            with _limited(process, limit_s, told):
                yield process.stdout, told
                process.stdout.close()
                process.wait()
        told.ended_well = process.returncode == 0 and not told.late
        said.seek(0)
        told.text = said.read(MOST_SAID).decode("utf-8", "replace")


@contextmanager
def _limited(process: subprocess.Popen[bytes], limit_s: float, told: Told) -> Iterator[None]:
    """Kills the process where it takes too long, and where what reads from it fails."""

    def stop() -> None:
        told.late = True
        process.kill()

    timer = threading.Timer(limit_s, stop)
    timer.start()
    try:
        yield
    except BaseException:
        process.kill()
        raise
    finally:
        timer.cancel()


def why(told: Told, limit_s: float = LIMIT_S) -> str:
    """Why a process failed, in one sentence without paths and addresses."""
    if told.late:
        return f"ffmpeg took longer than {limit_s:.0f} s."
    faults = [line for line in told.text.splitlines() if re.search(r"error|invalid|fail", line, re.IGNORECASE)]
    last = re.sub(r"\[[^\]]*\] *", "", faults[-1]) if faults else "ffmpeg gives no reason"
    return re.sub(r"\S*/\S*", "the file", last)[:120]


def version(told: Told) -> str:
    """ffmpeg's version, as each of its processes says first."""
    found = re.match(r"ffmpeg version (\S+)", told.text)
    return found[1] if found else "unknown"
