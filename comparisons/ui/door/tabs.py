"""Which visitor owns which name that a page made up: an open page's session, or an upload under way."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from comparisons.records import HOST, Person
from comparisons.shares import first_to_go

EACH = 64
"""Names one visitor may have: a page has one, and one more while it uploads. The one used longest ago is let go."""
VISITORS = 5_000
"""How many visitors' names are remembered; ``first_to_go`` decides whose are forgotten first."""
UNSEEN_S = 24 * 3600.0
"""After so long a visitor's names are let go; a page that is still open takes its own again at its next event."""


@dataclass
class Known:
    """A visitor, and their names, the one used last at the end."""

    id: str
    client: str
    seen: float
    names: OrderedDict[str, None] = field(default_factory=OrderedDict)


class Tabs:
    """Such a name belongs to whoever came with it first. Safe to use from several threads.

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
        """Whether a name is this visitor's; it is from now on if it was nobody's."""
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
        """Names that were let go since this was last asked: whoever keeps anything under them may forget it."""
        with self._acting:
            names, self._dropped = self._dropped, []
            return [name for name in names if name not in self._owner]

    def owner(self, name: str) -> Person:
        """Whose a name is; the host's, who has none here, if nobody's."""
        known = self._owner.get(name)
        return Person(known.id, client=known.client) if known is not None else HOST
