"""Limits on how much of something visitors may have: each one, all from one address, and all together.

A limit for each visitor alone would stop nobody, since whoever wants more takes another cookie. So where the address is
known, what comes from it is counted too. And a reserve is kept for visitors who have almost nothing yet.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

K = TypeVar("K")
Whose = Literal["each", "client", "all"]
MINUTE_S = 60.0
HOUR_MINUTES = 60


class Someone(Protocol):
    """A visitor, with ``id`` and ``client`` as in ``records.Person``. The host's id is empty."""

    @property
    def id(self) -> str: ...

    @property
    def client(self) -> str: ...


@dataclass(frozen=True)
class Limit:
    """The most of something that visitors may have.

    Args:
        each: the most for one visitor.
        client: the most for all visitors from one address.
        all: the most for everybody together, without the reserve.
        small: a visitor may use the reserve up to this much, counted with all others from their address.
        reserve: what is kept for such visitors beyond ``all``.
    """

    each: int
    client: int
    all: int
    small: int = 0
    reserve: int = 0

    def left(self, mine: int, theirs: int, everyones: int) -> int:
        """How much more a visitor may have, who has ``mine``; their address has ``theirs``, everybody ``everyones``."""
        common = self.all - everyones
        kept = min(self.small - theirs, common + self.reserve)
        return min(self.each - mine, self.client - theirs, max(common, kept))

    def exceeded(self, more: int, mine: int, theirs: int, everyones: int) -> Whose | None:
        """Which limit forbids ``more``, with the other arguments as in ``left``; None if none does."""
        if mine + more > self.each:
            return "each"
        if theirs + more > self.client:
            return "client"
        return "all" if more > self.left(mine, theirs, everyones) else None


def first_to_go(kept: Mapping[K, str]) -> K:
    """What to drop if there is too much: the oldest of the address that has most.

    So somebody who makes up visitors only loses what is their own. All without a known address count as one address.

    Args:
        kept: the address of each thing, those used longest ago first.
    """
    counted = Counter(kept.values())
    most = max(counted.values())
    return next(each for each, client in kept.items() if counted[client] == most)


class Full(Exception):
    """A limit is reached. ``whose``: that of one visitor, of their address, or of everybody."""

    def __init__(self, whose: Whose) -> None:
        super().__init__(whose)
        self.whose: Whose = whose


class Shares:
    """Counts how much visitors have now, within a limit. The host is not limited. Safe to use from several threads."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self._mine: Counter[str] = Counter()
        self._theirs: Counter[str] = Counter()
        self.total = 0
        self._acting = threading.Lock()

    def take(self, who: Someone, amount: int = 1) -> None:
        """Counts ``amount`` more for a person, until ``give_back``.

        Raises:
            Full: a limit forbids it; nothing was counted.
        """
        with self._acting:
            mine, theirs = self._mine[who.id], self._theirs[who.client] if who.client else self._mine[who.id]
            whose = self.limit.exceeded(amount, mine, theirs, self.total) if who.id else None
            if whose is not None:
                raise Full(whose)
            self._count(who, amount)

    def give_back(self, who: Someone, amount: int = 1) -> None:
        """Counts ``amount`` less for a person."""
        with self._acting:
            self._count(who, -amount)

    def _count(self, who: Someone, amount: int) -> None:
        self.total += amount
        for counter, name in ((self._mine, who.id), (self._theirs, who.client)):
            counter[name] += amount if name else 0
            if counter[name] <= 0:
                del counter[name]  # so that memory does not grow with visitors who have nothing


class Hourly:
    """Counts how much visitors have had in the last 60 minutes. Safe to use from several threads.

    Args:
        now: seconds of any clock.
    """

    def __init__(self, limit: Limit, now: Callable[[], float]) -> None:
        self.limit = limit
        self.now = now
        self._minutes: OrderedDict[int, tuple[Counter[str], Counter[str]]] = OrderedDict()
        self._acting = threading.Lock()

    def left(self, who: Someone) -> int:
        """How much more a visitor may have now."""
        with self._acting:
            return self.limit.left(*self._counted(who))

    def had(self, who: Someone) -> int:
        """How much a visitor has had; if their address is known, together with all others from it."""
        with self._acting:
            return self._counted(who)[1]

    def exceeded(self, who: Someone, more: int = 1) -> Whose | None:
        """Which limit forbids a visitor ``more``; None if none does."""
        with self._acting:
            return self.limit.exceeded(more, *self._counted(who))

    def _counted(self, who: Someone) -> tuple[int, int, int]:
        """What a visitor had, what their address had, and what everybody had."""
        this = int(self.now() // MINUTE_S)
        while self._minutes and next(iter(self._minutes)) <= this - HOUR_MINUTES:
            self._minutes.popitem(last=False)
        minutes = self._minutes.values()
        mine = sum(each[who.id] for each, _ in minutes)
        theirs = sum(clients[who.client] for _, clients in minutes) if who.client else mine
        return mine, theirs, sum(each[""] for each, _ in minutes)

    def count(self, who: Someone, amount: int, more: int = 0) -> None:
        """Counts ``amount`` for a visitor; ``more`` counts for them and their address, but not for everybody."""
        if not who.id:
            return  # the host's own is not limited
        with self._acting:
            each, clients = self._minutes.setdefault(int(self.now() // MINUTE_S), (Counter(), Counter()))
            each[who.id] += amount + more
            each[""] += amount  # everybody's
            if who.client:
                clients[who.client] += amount + more
