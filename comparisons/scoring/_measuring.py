"""Has clips measured by an executor, a few at a time, whatever becomes of its processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from itertools import islice
from typing import TypeVar

K = TypeVar("K")
T = TypeVar("T")


class Killed(Exception):
    """A process died of a clip, more than once."""


TRIES_ALONE = 2
"""How often a clip is tried with nothing beside it after a process died that may have died of it."""


def each(
    items: Iterable[K], submit: Callable[[K], Future[T]], crashed: Callable[[K], T], at_once: int
) -> Iterator[tuple[K, T]]:
    """The result of each item, as they come; at most ``at_once`` are under way.

    If a process dies, nobody knows of which item. Those that were under way are tried again at the end, one by one, so
    that none is lost because of another. ``crashed`` gives the result of one that its process died of ``TRIES_ALONE``
    times more.
    """
    suspects: list[K] = []
    coming, under_way = iter(items), dict[Future[T], K]()
    while True:
        for item in islice(coming, at_once - len(under_way)):
            under_way[submit(item)] = item
        if not under_way:
            break
        for future in wait(under_way, return_when=FIRST_COMPLETED).done:
            item = under_way.pop(future)
            try:
                yield item, future.result()
            except BrokenExecutor:
                suspects.append(item)
            except Killed:
                yield item, crashed(item)
    for item in suspects:
        yield item, _alone(item, submit, crashed)


def _alone(item: K, submit: Callable[[K], Future[T]], crashed: Callable[[K], T]) -> T:
    for _ in range(TRIES_ALONE):
        try:
            return submit(item).result()
        except (BrokenExecutor, Killed):
            continue
    return crashed(item)
