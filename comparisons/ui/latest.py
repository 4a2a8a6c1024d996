"""Numbers the requests of each open page, so that a late answer to an earlier request is not shown."""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict

TABS_KEPT = 10_000


class LatestQuestion:
    """The number of each browser tab's latest request: the answer to an earlier one must not replace its answer."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._latest: OrderedDict[str, int] = OrderedDict()
        self._acting = threading.Lock()

    def take(self, tab: str | None) -> int:
        """A number for a new request; ``tab`` is Gradio's session hash, None if the request came from no page."""
        with self._acting:
            number = next(self._numbers)
            if tab:
                self._latest[tab] = number
                self._latest.move_to_end(tab)
            while len(self._latest) > TABS_KEPT:
                self._latest.popitem(last=False)
            return number

    def is_over(self, tab: str | None, number: int) -> bool:
        """Whether the tab has sent a later request."""
        return bool(tab) and self._latest.get(tab or "", number) > number
