"""Plans, made ready and started behind the page, a few at a time, people in turn; a page picks up what came of it."""

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
"""Plans that are made ready at once, of different people: of one's two presses the second finds the session of the
first."""
KEPT = 1_000
"""How many pages' latest starts are kept."""


@dataclass(frozen=True)
class Started:
    """A session, and what is said beside it."""

    session: str
    words: str


class Starts:
    """The latest start of each page of each person. Safe to use from several threads."""

    def __init__(self) -> None:
        self._fair = Fair("starts", AT_ONCE)
        self._kept: OrderedDict[tuple[str, str], Future[Started | Wrong]] = OrderedDict()
        self._acting = threading.Lock()

    def begun(self, page: str, who: Person, start: Callable[[], Started]) -> Future[Started | Wrong]:
        """What comes of a start, instead of the page's one before.

        Raises:
            TooMuchAtOnce: this person has too many others waiting.
        """
        future = self._fair.submit(who, lambda: _told(start))
        with self._acting:
            self._kept[who.id, page] = future
            self._kept.move_to_end((who.id, page))
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return future

    def of(self, page: str, who: Person) -> Future[Started | Wrong] | None:
        """What comes of a page's latest start."""
        return self._kept.get((who.id, page))


def _told(start: Callable[[], Started]) -> Started | Wrong:
    try:
        return start()
    except TakesError as error:
        return wrong(error)
