"""Turns faults of the machine that Takes runs on into one sentence, for the page and the command line alike.

Only modules that come with Python are imported here, since a missing package is such a fault.
"""

from __future__ import annotations

import errno
import io
import os
import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

EXIT = 2
"""The exit code for a fault of the machine: nothing was begun, and nothing was spent."""
OLDEST = (3, 11)
OURS = ("comparisons", "providers")
INSTALL = "with the Python that starts Takes, run: pip install -r requirements.txt"
HINTS = {
    errno.ENOSPC: "make room there, or set TAKES_HOME to a folder on another disk",
    errno.EDQUOT: "make room there, or set TAKES_HOME to a folder on another disk",
    errno.EROFS: "set TAKES_HOME to a folder that can be written",
    errno.EACCES: "let this user read and write it, or set TAKES_HOME to another folder",
    errno.EPERM: "let this user read and write it, or set TAKES_HOME to another folder",
    errno.EMFILE: "allow more open files (ulimit -n)",
    errno.EADDRINUSE: "end what listens there, or set GRADIO_SERVER_PORT to another port",
}
"""What a person can do, by the system's error number."""
SAID = (
    (re.compile(r"Cannot find empty port in range: ([\d-]+)"),
     "The page cannot listen on port {}: something else does, or GRADIO_SERVER_NAME is not an address of this machine."
     " Set GRADIO_SERVER_PORT to another port."),
    (re.compile(r"No ffmpeg exe could be found"),
     f"There is no ffmpeg here: {INSTALL} (imageio-ffmpeg brings one), or set IMAGEIO_FFMPEG_EXE to yours."),
    (re.compile(r"Could not determine home directory|getpwuid\(\): uid not found"),
     "This user has no home folder: set HOME to a folder that can be written."),
)  # fmt: skip
"""Faults that libraries report only by the text of an error, and our sentences for them."""


def run(main: Callable[[], int]) -> int:
    """Runs a program and gives its exit code; for a fault of the machine, prints a sentence and exits with ``EXIT``."""
    _mend_streams()
    if sys.version_info < OLDEST:
        print(
            f"Takes needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {sys.version.split()[0]}.", file=sys.stderr
        )
        return EXIT
    try:
        code = main()
        sys.stdout.flush()
        return code
    except Exception as error:
        sentence = told(error)
        if sentence is not None:
            _give_up(sys.stdout)
            print(sentence, file=sys.stderr)
            raise SystemExit(EXIT) from None
        raise


def told(error: BaseException) -> str | None:
    """A sentence about a fault of the machine, or the text of a ``TakesError``; None for any other error."""
    package = sys.modules.get("providers")
    if package is not None and isinstance(error, getattr(package, "TakesError", ())):
        return str(error)
    words = _line(str(error))
    for pattern, sentence in SAID:
        found = pattern.search(words)
        if found is not None:
            return sentence.format(*found.groups())
    if isinstance(error, ImportError):
        return _not_loaded(error)
    if isinstance(error, UnicodeError):
        encoding = getattr(error, "encoding", "its encoding")
        return f"A name or a word cannot be written here in {encoding}: set PYTHONUTF8=1, or a locale with UTF-8."
    if isinstance(error, OSError):
        return _refused(error)
    return "There is not enough memory here." if isinstance(error, MemoryError) else None


def _not_loaded(error: ImportError) -> str | None:
    name = (error.name or "").partition(".")[0]
    if name in OURS:
        return None
    if isinstance(error, ModuleNotFoundError):
        return f"The package {name} is not installed: {INSTALL}"
    return f"The package {name or 'that is needed'} cannot be loaded ({_line(str(error))}): {INSTALL}"


def _refused(error: OSError) -> str:
    """A sentence about what the system refused. An error without a file's name comes from an output or a connection."""
    why = _line(error.strerror or str(error) or type(error).__name__).rstrip(".")
    if error.filename is None:
        return f"The output, or a connection, cannot be used: {why}."
    hint = HINTS.get(error.errno or 0)
    return f"{_line(os.fsdecode(error.filename))} cannot be used: {why}{f'; {hint}' if hint else ''}."


def _line(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:300]


class _Output(io.FileIO):
    """A standard output whose reader may end: the program then goes on, and its output is dropped."""

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data) or 0
        except BrokenPipeError:
            _to_nowhere(self.fileno())
            return memoryview(data).nbytes


def _mend_streams() -> None:
    """Makes stdout and stderr write ``?`` for characters that their encoding lacks, and survive the end of a reader."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # the program that started this one has closed it
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 – for the life of the process
        elif stream is getattr(sys, f"__{name}__"):
            stream.flush()
            raw, at_once = _Output(stream.fileno(), "w", closefd=False), stream.line_buffering or stream.write_through
            words = io.TextIOWrapper(io.BufferedWriter(raw), stream.encoding, "replace", line_buffering=at_once)
            setattr(sys, name, words)


def _give_up(stream: TextIO) -> None:
    """Writes what is still buffered. If that fails, drops it: otherwise it would fail again when the process ends."""
    try:
        stream.flush()
    except OSError:
        _to_nowhere(stream.fileno())


def _to_nowhere(output: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, output)
    os.close(nowhere)
