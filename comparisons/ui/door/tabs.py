"""Which visitor owns which name that a page made up for itself (its session) or for an upload."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from comparisons.records import HOST, Person
from comparisons.shares import first_to_go

EACH = 64
"""The most names of one visitor; beyond that, the one used longest ago is dropped. A page has one, and one more while
it uploads."""
VISITORS = 5_000
"""For how many visitors names are remembered; ``first_to_go`` decides whose are dropped first."""
UNSEEN_S = 24 * 3600.0
"""A visitor's names are dropped after so many seconds without a request. A page that is still open claims its name
again at its next event."""


@dataclass
class Known:
    """A visitor, and their names, with the one used last at the end."""

    id: str
    client: str
    seen: float
    names: OrderedDict[str, None] = field(default_factory=OrderedDict)


class Tabs:
    """The names and their owners. A name belongs to the visitor who used it first. Safe to use from several threads.

    Args:
        now: seconds of any clock.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._owner: dict[str, Known] = {}
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._dropped: list[str] = []
        self._acting = threading.Lock()

    def claim(self, name: str, who: Person) -> bool:
        """Whether a name is this visitor's. If it was nobody's, it is theirs from now on."""
        with self._acting:
            if name in self._owner and self._owner[name].id != who.id:
                return False
            known = self._met(who)
            self._owner[name] = known
            known.names[name] = None
            known.names.move_to_end(name)
            while len(known.names) > EACH:
                self._let_go(known.names.popitem(last=False)[0])
            return True

    def _met(self, who: Person) -> Known:
        now = self._now()
        known = self._known.pop(who.id, None)
        if known is None:
            known = Known(who.id, who.client, now)
        self._known[who.id] = known
        known.seen = now
        while (oldest := next(iter(self._known.values()))).seen < now - UNSEEN_S:
            self._forget(oldest)
        if len(self._known) > VISITORS:
            self._forget(self._known[first_to_go({each.id: each.client for each in self._known.values()})])
        return known

    def _forget(self, known: Known) -> None:
        del self._known[known.id]
        for name in known.names:
            self._let_go(name)

    def _let_go(self, name: str) -> None:
        del self._owner[name]
        self._dropped.append(name)

    def of(self, visitor: str) -> list[str]:
        with self._acting:
            return list(self._known[visitor].names) if visitor in self._known else []

    def dropped(self) -> list[str]:
        """The names that were dropped since the last call, so that what is kept under them can be forgotten."""
        with self._acting:
            names, self._dropped = self._dropped, []
            return [name for name in names if name not in self._owner]

    def owner(self, name: str) -> Person:
        """The owner of a name; ``HOST`` if it is nobody's, since the host claims no names."""
        known = self._owner.get(name)
        return Person(known.id, client=known.client) if known is not None else HOST
