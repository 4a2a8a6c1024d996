"""Real processes of Takes and of the loopback sandbox, forked off a parent that has imported everything once.

A start takes some 50 ms instead of the two seconds of imports, or of the five of Gradio's. The child runs the same
``main`` as the command line or ``app.py``, with its own environment, folder and process group, and a SIGKILL takes it
and all it started.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import httpx

import comparisons.__main__
import providers.sandbox.__main__
from comparisons import surroundings
from providers import PROVIDERS
from tests.patience import START_S, DidNotHappen
from tests.plain_http import LOOPBACK

ROOT = Path(__file__).resolve().parents[1]
TICK_S = 0.02


Main = Callable[[Sequence[str]], int | None]

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    ["comparisons.cli.session_commands", "comparisons.cli.run_commands", "comparisons.ui", "providers.sandbox.__main__"]
)
# An exit code can be read once, by whichever thread comes first; starting a process reads those of all others.
_READING = threading.Lock()


def _live(
    main: Main, arguments: Sequence[str], env: Mapping[str, str], folder: Path, output: Path, errors: Path
) -> None:
    """The life of a child, up to its exit code."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    for stream, path in ((1, output), (2, errors)):
        with path.open("ab") as file:
            os.dup2(file.fileno(), stream)
    sys.exit(main(arguments))


class Child:
    """A process that runs ``main``; what it prints goes to the file ``output``, or its errors to ``errors``."""

    def __init__(
        self,
        main: Main,
        arguments: Sequence[str],
        env: Mapping[str, str],
        folder: Path,
        output: Path,
        errors: Path | None = None,
    ) -> None:
        self.output = output
        self._process = _FORKS.Process(target=_live, args=(main, arguments, env, folder, output, errors or output))
        with _READING:
            self._process.start()

    def over(self, within_s: float) -> bool:
        """Whether it has ended, waiting up to ``within_s`` seconds for it."""
        return bool(wait([self._process.sentinel], within_s))

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    @property
    def code(self) -> int | None:
        """Its exit code, negative for a signal; None while it lives."""
        with _READING:
            return self._process.exitcode

    def said(self) -> str:
        """What it has printed so far."""
        return self.output.read_text("utf-8", "replace") if self.output.exists() else ""

    def until(self, met: Callable[[], Any], within_s: float = START_S) -> None:
        """Waits until something has come to pass, while the process lives.

        Raises:
            DidNotHappen: it ended before, or time is up.
        """
        for _ in range(int(within_s / TICK_S)):
            if met():
                return
            if self.over(TICK_S):
                break
        if not met():
            raise DidNotHappen(f"what was waited for did not happen; the process said:\n{self.said()}")

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal to the process and all it started."""
        group = self._process.pid or 0
        with suppress(ProcessLookupError):  # it has not come to lead a group of its own yet, or is gone
            os.killpg(group, number)

    def kill(self) -> None:
        """Ends it at once, with all it started; one that has ended by itself has left nothing behind."""
        if not self.over(0):
            self.signal(signal.SIGKILL)
            self._process.kill()
            self.over(START_S)


class App(Child):
    """The page as a process, which is asked and ended as one of ``subprocess`` is."""

    def __init__(self, env: Mapping[str, str], log: Path) -> None:
        super().__init__(_page, (), env, ROOT, log)

    def poll(self) -> int | None:
        return self.code

    def terminate(self) -> None:
        if not self.over(0):
            os.kill(self.pid, signal.SIGTERM)

    def wait(self, within_s: float) -> int:
        """Its exit code, once it has ended."""
        if not self.over(within_s):
            raise subprocess.TimeoutExpired("app.py", within_s)
        return self.code or 0


def _page(_: Sequence[str]) -> int:
    """``python app.py``. Gradio, which is imported by now, has read from the environment where it looks for a port."""
    from gradio import http_server

    import app

    http_server.INITIAL_PORT_VALUE = int(os.environ["GRADIO_SERVER_PORT"])
    return surroundings.run(app.main)


class Sandbox:
    """The loopback sandbox as a process: the variables that point Takes at it, and what it knows."""

    def __init__(self, folder: Path, scratch: Path, *options: str, port: int = 0) -> None:
        """``folder`` is where it lives, ``scratch`` where it keeps its clips, under ``shelf(scratch)``."""
        env = {"PATH": os.environ["PATH"], "TMPDIR": str(scratch)}
        output = folder / f"sandbox-{len(list(folder.glob('sandbox-*')))}.txt"
        words = ["--port", str(port), *options]
        self.child = Child(providers.sandbox.__main__.main, words, env, folder, output)
        try:
            self.child.until(lambda: "Listening on" in self.child.said())
        except DidNotHappen:
            self.child.kill()
            raise
        self.origin = self.child.said().partition("Listening on ")[2].split()[0]
        # By their paths: one started again at the same port has them there, whatever ports were free beside it.
        self.urls = {provider.base_url_env: f"{self.origin}/{slug}" for slug, provider in PROVIDERS.items()}
        self.port = int(self.origin.rpartition(":")[2])

    def world(self) -> dict[str, Any]:
        """Its truth: jobs, charges and how often it was asked for what."""
        return httpx.get(f"{self.origin}/world", timeout=START_S, **LOOPBACK).json()


@contextmanager
def sandbox(folder: Path, scratch: Path, *options: str, port: int = 0) -> Iterator[Sandbox]:
    """A sandbox process that ends with the block."""
    running = Sandbox(folder, scratch, *options, port=port)
    try:
        yield running
    finally:
        running.child.kill()


def shelf(scratch: Path) -> Path:
    """Where sandboxes that share ``scratch`` keep their clips."""
    return scratch / "takes-sandbox-clips"


def takes(home: Path, arguments: Sequence[str], urls: Mapping[str, str]) -> Child:
    """The command line over the data folder ``home``, live, with a key for every provider at these base URLs."""
    keys = {provider.key_env: "any" for provider in PROVIDERS.values()}
    own = {"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home), "TAKES_HOME": str(home)}
    own["TAKES_SANDBOX_SPEED"] = "20"  # about that of every sandbox it talks to
    output = home / f"takes-{len(list(home.glob('takes-*')))}.txt"
    return Child(comparisons.__main__.main, arguments, {**own, **keys, **urls}, home, output)
