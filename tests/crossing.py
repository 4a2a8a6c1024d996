"""Which modules a prompt crosses from Run to the wire, and its reply on the way back: ``python -m tests.crossing``.

One simulated take is run from the command line, and every call of a function of ``comparisons`` is looked at. Its
module counts if an argument holds the prompt; on the way back, if one holds the id by which the provider calls the
job. The way out begins where the playground is told to start the run, and ends at the HTTP client. With a folder after
it, another copy of the project is looked at, such as an older one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import os
import runpy
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import httpx
from PIL import Image

ROOT = Path(__file__).parent.parent
PROMPT = "marmalade"
VARIANT = "apiframe:hailuo-2.3-fast"
MOST = 20_000
"""Bytes of an argument that are looked at: clips are long, and say nothing."""
VIEWS = {"cli", "commands", "show", "__main__", "app"}
"""Where a person's word comes from, whatever of them is used."""


class Call(NamedTuple):
    """A call of a function: in which module, of which one, and what its arguments hold."""

    module: str
    function: str
    text: str


def held(value: object) -> Iterator[str]:
    """What of an argument may hold words of a person or of a provider."""
    if isinstance(value, str):
        yield value[:MOST]
    elif isinstance(value, bytes):
        yield value[:MOST].decode("utf-8", "replace")
    elif isinstance(value, httpx.Request | httpx.Response):
        with contextlib.suppress(httpx.StreamError):
            yield from held(value.content)
    elif dataclasses.is_dataclass(value):
        yield repr(value)
    elif isinstance(value, tuple | list | dict):
        yield from (text for each in (value.values() if isinstance(value, dict) else value) for text in held(each))


class Watcher:
    """Notes every call of a function in a folder, of the threads that begin after it."""

    def __init__(self, folder: Path) -> None:
        self._folder = f"{folder}/"
        self._looking = threading.local()
        self.calls: list[Call] = []

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(self._folder) and not getattr(self._looking, "now", False):
            self._looking.now = True  # a look may itself call what is looked at
            names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
            text = "\n".join(each for name in names for each in held(frame.f_locals.get(name)))
            self.calls.append(Call(code.co_filename.removeprefix(self._folder), code.co_qualname, text))
            self._looking.now = False


def watched(root: Path) -> tuple[list[Call], str]:
    """All calls of one simulated take, and what its provider calls it."""
    out, watcher = io.StringIO(), Watcher(root / "comparisons")
    with tempfile.TemporaryDirectory() as home:
        Image.new("RGB", (640, 360), "gray").save(f"{home}/gray.png")
        os.environ |= {"TAKES_HOME": f"{home}/data", "TAKES_SANDBOX_SPEED": "50"}
        asked = ["--variant", VARIANT, "--prompt", PROMPT, "--image", f"{home}/gray.png", "--sandbox", "--json"]
        sys.argv = ["comparisons", "compare", *asked]
        threading.setprofile(watcher)
        sys.setprofile(watcher)
        with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
            runpy.run_module("comparisons", run_name="__main__", alter_sys=True)
        sys.setprofile(None)
    (job,) = json.loads(out.getvalue())
    return watcher.calls, job["provider_job"]


def crossed(calls: Iterable[Call], word: str) -> list[str]:
    """The modules that were given a word, in the order in which they were."""
    there = {call.module: None for call in calls if word in call.text}
    return [module for module in there if room(module) not in VIEWS]


def room(module: str) -> str:
    """The package, or the module beside the packages, that a module is in."""
    return module.split("/")[0].removesuffix(".py")


def ways(calls: list[Call], number: str) -> tuple[list[str], list[str]]:
    """The modules on the way out and on the way back."""
    start = next(at for at, call in enumerate(calls) if call.function == "Starting.start")
    wire = next(
        at for at, call in enumerate(calls) if at > start and "transport" in call.module and PROMPT in call.text
    )
    return crossed(calls[start : wire + 1], PROMPT), crossed(calls[wire + 1 :], number)


def main() -> None:
    """Prints both ways."""
    root = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT
    os.chdir(root)
    sys.path.insert(0, str(root))
    for what, modules in zip(("a prompt, out", "its reply, back"), ways(*watched(root)), strict=True):
        rooms = dict.fromkeys(room(module) for module in modules)
        print(f"{what}: {len(modules)} modules in {len(rooms)} rooms")
        print("   ", " → ".join(modules))


if __name__ == "__main__":
    main()
