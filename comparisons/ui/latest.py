"""Which question of an open page is its latest, so that a late answer to an earlier one is not shown."""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict

TABS_KEPT = 10_000


class LatestQuestion:
    """Which question of each tab is its latest: the answer to an earlier one must not replace what it shows."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._latest: OrderedDict[str, int] = OrderedDict()
        self._acting = threading.Lock()

    def take(self, tab: str | None) -> int:
        """The number of a question; ``tab`` is the page's session, None if the question came past a page."""
        with self._acting:
            number = next(self._numbers)
            if tab:
                self._latest[tab] = number
                self._latest.move_to_end(tab)
            while len(self._latest) > TABS_KEPT:
                self._latest.popitem(last=False)
            return number

    def is_over(self, tab: str | None, number: int) -> bool:
        """Whether the tab has asked something else since."""
        return bool(tab) and self._latest.get(tab or "", number) > number
