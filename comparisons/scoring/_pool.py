"""Processes of this machine that measure clips, at low priority."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
NICE = 10
"""The niceness of the processes, of at most 19: polls must not be late because of them."""


class Pool(Executor):
    """So many processes, begun when they are first needed, and begun anew after one of them died.

    What was under way when one died raises ``BrokenProcessPool``; what is submitted later does not. The processes end
    with this one, however it ends.
    """

    def __init__(self, workers: int = 1) -> None:
        self.workers = workers
        self._acting = threading.Lock()
        self._processes: ProcessPoolExecutor | None = None
        self._leash: Connection | None = None

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        with self._acting:
            try:
                return self._begun().submit(fn, *args, **kwargs)
            except BrokenProcessPool:
                self._end()
                return self._begun().submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Ends the processes at once, also in the middle of a clip; a later ``submit`` begins new ones."""
        with self._acting:
            self._end()

    def _begun(self) -> ProcessPoolExecutor:
        if self._processes is None:
            context = multiprocessing.get_context("spawn")  # a fork would copy our threads' locks as they are
            held, self._leash = context.Pipe(duplex=False)
            self._processes = ProcessPoolExecutor(self.workers, context, _begin, (held,))
        return self._processes

    def _end(self) -> None:
        if self._leash is not None:
            self._leash.close()
        if self._processes is not None:
            self._processes.shutdown(wait=False, cancel_futures=True)
        self._processes = self._leash = None


def _begin(held: Connection) -> None:
    """Runs first in each process. ``held``: its other end is open for as long as the process is to live."""
    if hasattr(os, "nice"):
        os.nice(NICE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    threading.Thread(target=_end_with, args=(held,), daemon=True).start()


def _end_with(held: Connection) -> Any:
    with contextlib.suppress(EOFError, OSError):
        held.recv()
    os._exit(1)
