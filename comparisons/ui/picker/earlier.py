"""Results of a person's earlier runs for the picker, looked up for all variants at once and kept for some seconds."""

from __future__ import annotations

import threading
from collections import OrderedDict

from comparisons.ledger import Past
from comparisons.playground import Playground
from comparisons.records import Person

FRESH_S = 10.0
"""Seconds for which an answer is used again: a form asks at each letter of a prompt, and 200 runs take 30 ms."""
KEPT = 500
"""People whose answer is kept."""


class Earlier:
    """Caches the results of each person's latest runs; live and simulated runs apart."""

    def __init__(self, playground: Playground) -> None:
        self._playground = playground
        self._known: OrderedDict[tuple[str, bool], tuple[float, Past]] = OrderedDict()
        self._acting = threading.Lock()

    def of(self, who: Person, *, simulated: bool) -> Past:
        """Their results. ``simulated``: of runs that a sandbox made, even if they were started in live mode."""
        now, key = self._playground.clock.now(), (who.id, simulated)
        with self._acting:
            at, past = self._known.get(key, (0.0, None))
        if past is not None and now - at < FRESH_S:
            return past
        past = self._playground.ledger.past(who.id, simulated)
        with self._acting:
            self._known[key] = now, past
            self._known.move_to_end(key)
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        return past
