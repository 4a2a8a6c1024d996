"""Long work for many people: so much of it at a time, of one person one at a time, and people in turn.

Whoever asks for a hundred things waits for these; somebody else who then asks for one waits for one of them at most.
"""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from providers import TakesError

T = TypeVar("T")
WAITING = 20
"""Things of one person that may wait."""


class TooMuchAtOnce(TakesError):
    """One person asked for more than may wait."""


class Fair:
    """Does work on threads of its own, ``at_once`` at a time; nobody who waits holds a thread."""

    def __init__(self, name: str, at_once: int = 1) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix=f"takes-{name}")
        self._free = at_once
        self._waiting: OrderedDict[str, deque[tuple[Future[Any], Callable[[], Any]]]] = OrderedDict()
        self._busy: set[str] = set()
        self._acting = threading.Lock()

    def submit(self, who: str, work: Callable[[], T]) -> Future[T]:
        """What comes of it, once it was this person's turn. Cancelled before that, it is not done at all.

        Raises:
            TooMuchAtOnce: they have asked for too much that is not done yet.
        """
        future: Future[T] = Future()
        with self._acting:
            waiting = deque(each for each in self._waiting.get(who, ()) if not each[0].cancelled())
            if len(waiting) >= WAITING:
                raise TooMuchAtOnce("That is a lot at once: wait until some of what you asked for is there.")
            waiting.append((future, work))
            self._waiting[who] = waiting
        self._go_on()
        return future

    def _go_on(self) -> None:
        with self._acting:
            begun = []
            while self._free and (found := self._next()):
                self._free -= 1
                begun.append(found)
        for who, future, work in begun:
            self._threads.submit(work).add_done_callback(functools.partial(self._done, who, future))

    def _next(self) -> tuple[str, Future[Any], Callable[[], Any]] | None:
        """Whose turn it is: of those for whom nothing is done just now, who has waited the longest, and for what."""
        for who in [who for who in self._waiting if who not in self._busy]:
            waiting = self._waiting.pop(who)
            while waiting:
                future, work = waiting.popleft()
                if future.set_running_or_notify_cancel():
                    self._busy.add(who)
                    if waiting:
                        self._waiting[who] = waiting
                    return who, future, work
        return None

    def _done(self, who: str, future: Future[Any], done: Future[Any]) -> None:
        with self._acting:
            self._busy.discard(who)
            self._free += 1
            if who in self._waiting:
                self._waiting.move_to_end(who)  # behind all who have come meanwhile
        self._go_on()
        error = done.exception()
        if error is None:
            future.set_result(done.result())
        else:
            future.set_exception(error)
