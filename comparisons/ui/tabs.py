"""Whose the names are that pages make up for themselves: an open page's session, an upload under way."""

from __future__ import annotations

import threading
from collections import OrderedDict

EACH = 64
"""Names one visitor may have: a page has one, and one more while it uploads. The one used longest ago is let go."""
VISITORS = 5_000


class Tabs:
    """Such a name belongs to whoever came with it first. Safe to use from several threads."""

    def __init__(self) -> None:
        self._owner: dict[str, str] = {}
        self._of: OrderedDict[str, OrderedDict[str, None]] = OrderedDict()
        self._dropped: list[str] = []
        self._acting = threading.Lock()

    def claim(self, name: str, visitor: str) -> bool:
        """Whether a name is this visitor's; it is from now on if it was nobody's."""
        with self._acting:
            if self._owner.setdefault(name, visitor) != visitor:
                return False
            mine = self._of.setdefault(visitor, OrderedDict())
            mine[name] = None
            mine.move_to_end(name)
            self._of.move_to_end(visitor)
            self._let_go(mine)
            return True

    def of(self, visitor: str) -> list[str]:
        with self._acting:
            return list(self._of.get(visitor, ()))

    def dropped(self) -> list[str]:
        """Names that were let go since this was last asked: whoever keeps anything under them may forget it."""
        with self._acting:
            names, self._dropped = self._dropped, []
            return [name for name in names if name not in self._owner]

    def owner(self, name: str) -> str | None:
        return self._owner.get(name)

    def _let_go(self, mine: OrderedDict[str, None]) -> None:
        over = [mine.popitem(last=False)[0] for _ in range(len(mine) - EACH)]
        while len(self._of) > VISITORS:
            over += self._of.popitem(last=False)[1]
        for name in over:
            del self._owner[name]
        self._dropped += over
