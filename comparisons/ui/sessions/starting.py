"""Prepares and starts plans in the background, people in turn; a page picks up the result."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from comparisons.records import Person
from comparisons.ui.fair import Fair
from comparisons.ui.sessions.wrong import Wrong, wrong
from providers import TakesError

AT_ONCE = 4
"""Plans of different people that are prepared at once. A person's plans are prepared one after the other, so that the
second of two presses of Start finds the session of the first."""
KEPT = 1_000
"""For how many pages the latest start is kept."""


@dataclass(frozen=True)
class Started:
    """The id of a session that was started or found, and a sentence about it."""

    session: str
    words: str


class Starts:
    """The latest start of each page of each person. Safe to use from several threads."""

    def __init__(self) -> None:
        self._fair = Fair("starts", AT_ONCE)
        self._kept: OrderedDict[tuple[str, str], Future[Started | Wrong]] = OrderedDict()
        self._acting = threading.Lock()

    def begun(self, page: str, who: Person, start: Callable[[], Started]) -> Future[Started | Wrong]:
        """Runs ``start`` when it is this person's turn, and keeps the result in place of the page's last one.

        Raises:
            TooMuchAtOnce: this person has too many starts waiting.
        """
        future = self._fair.submit(who, lambda: _told(start))
        with self._acting:
            self._kept[who.id, page] = future
            self._kept.move_to_end((who.id, page))
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return future

    def of(self, page: str, who: Person) -> Future[Started | Wrong] | None:
        """The result of the page's latest start; None if there is none."""
        return self._kept.get((who.id, page))


def _told(start: Callable[[], Started]) -> Started | Wrong:
    try:
        return start()
    except TakesError as error:
        return wrong(error)
