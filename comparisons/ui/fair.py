"""Long work for many people: so much of it at a time, of one person one at a time, and people in turn.

Whoever asks for a hundred things waits for these; somebody else who then asks for one waits for one of them at most.
All people of one address have one turn, where that is known; who was given what takes long waits longer for the next.
"""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from comparisons.records import Person
from providers import TakesError

T = TypeVar("T")
WAITING = 20
"""Things of one person that may wait."""
WAITING_CLIENT = 100
"""Things of all people of one address."""


class TooMuchAtOnce(TakesError):
    """One person asked for more than may wait."""


@dataclass
class Queue:
    """What those of one address wait for, or one visitor where none is known."""

    due: float
    """What they were given, by its cost, since the queue of the others began: whose is least has the next turn."""
    busy: int = 0
    people: OrderedDict[str, deque[tuple[Future[Any], Callable[[], Any], float]]] = field(default_factory=OrderedDict)

    @property
    def size(self) -> int:
        return sum(map(len, self.people.values()))


class Fair:
    """Does work on threads of its own, ``at_once`` at a time; nobody who waits holds a thread."""

    def __init__(self, name: str, at_once: int = 1) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix=f"takes-{name}")
        self._free = at_once
        self._queues: dict[str, Queue] = {}
        self._turn = 0.0  # what was due of those whose turn came last
        self._busy: set[str] = set()
        self._acting = threading.Lock()

    def submit(self, who: Person, work: Callable[[], T], cost: float = 1.0) -> Future[T]:
        """What comes of it, once it was this person's turn. Cancelled before that, it is not done at all.

        Args:
            cost: how long it takes, next to other work here.

        Raises:
            TooMuchAtOnce: they, or all of their address, have asked for too much that is not done yet.
        """
        future: Future[T] = Future()
        with self._acting:
            queue = self._queues.setdefault(who.client or who.id, Queue(self._turn))
            if not (queue.people or queue.busy):
                queue.due = max(queue.due, self._turn)
            for person, waiting in list(queue.people.items()):
                queue.people[person] = deque(each for each in waiting if not each[0].cancelled())
            mine = queue.people.setdefault(who.id, deque())
            if len(mine) >= WAITING or queue.size >= WAITING_CLIENT:
                raise TooMuchAtOnce("That is a lot at once: wait until some of what you asked for is there.")
            mine.append((future, work, cost))
        self._go_on()
        return future

    def _go_on(self) -> None:
        with self._acting:
            begun = []
            while self._free and (found := self._next()):
                self._free -= 1
                begun.append(found)
            self._queues = {
                name: queue
                for name, queue in self._queues.items()
                if queue.people or queue.busy or queue.due > self._turn
            }
        for client, who, future, work in begun:
            self._threads.submit(work).add_done_callback(functools.partial(self._done, client, who, future))

    def _next(self) -> tuple[str, str, Future[Any], Callable[[], Any]] | None:
        """Whose turn it is, and for what: of those of whose address the least is being done, who were given the
        least; of them the person who has waited the longest and for whom nothing is done just now."""
        for name in sorted(self._queues, key=lambda each: (self._queues[each].busy, self._queues[each].due)):
            queue = self._queues[name]
            for who in [who for who in queue.people if who not in self._busy]:
                waiting = queue.people.pop(who)
                while waiting:
                    future, work, cost = waiting.popleft()
                    if future.set_running_or_notify_cancel():
                        self._busy.add(who)
                        queue.busy += 1
                        self._turn = max(self._turn, queue.due)
                        queue.due += cost
                        if waiting:
                            queue.people[who] = waiting  # behind all others of theirs
                        return name, who, future, work
        return None

    def _done(self, client: str, who: str, future: Future[Any], done: Future[Any]) -> None:
        with self._acting:
            self._busy.discard(who)
            self._queues[client].busy -= 1
            self._free += 1
        self._go_on()
        error = done.exception()
        if error is None:
            future.set_result(done.result())
        else:
            future.set_exception(error)
