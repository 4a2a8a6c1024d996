"""Shares a few threads fairly among people: one task of a person at a time, and people in turn.

A person who submits a hundred tasks waits for them; somebody else who then submits one waits for one of these at most.
All people of one network address, where it is known, share one turn. Whoever had a long task waits longer for the next.
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
"""How many tasks of one person may wait."""
WAITING_CLIENT = 100
"""How many tasks of all people of one network address may wait."""


class TooMuchAtOnce(TakesError):
    """One person, or one network address, has too many tasks waiting."""


@dataclass
class Queue:
    """The waiting tasks of one network address, or of one person whose address is not known."""

    due: float
    """The summed cost of the tasks begun for them; the queue with the least has the next turn. A queue that was empty
    starts at the value of the queue whose turn came last, so that it gains nothing from having been idle."""
    busy: int = 0
    """How many of their tasks run now."""
    people: OrderedDict[str, deque[tuple[Future[Any], Callable[[], Any], float]]] = field(default_factory=OrderedDict)

    @property
    def size(self) -> int:
        return sum(map(len, self.people.values()))


class Fair:
    """Runs tasks on threads of its own, ``at_once`` at a time; waiting tasks occupy no thread."""

    def __init__(self, name: str, at_once: int = 1) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix=f"takes-{name}")
        self._free = at_once
        self._queues: dict[str, Queue] = {}
        self._turn = 0.0  # ``due`` of the queue whose turn came last
        self._busy: set[str] = set()
        self._acting = threading.Lock()

    def submit(self, who: Person, work: Callable[[], T], cost: float = 1.0) -> Future[T]:
        """Runs ``work`` when it is this person's turn. A future that is cancelled before that is not run.

        Args:
            cost: how long it takes, in proportion to the other tasks here.

        Raises:
            TooMuchAtOnce: this person, or their network address, has too many tasks waiting.
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
        """Takes the task whose turn it is: queue's name, person, future and work; None if nothing may begin.

        The queue with the fewest running tasks comes first, then the one with the least ``due``; within a queue, the
        person who has waited longest and has no task running.
        """
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
