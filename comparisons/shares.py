"""How much of a thing strangers may have: one visitor, all who come from one address, and all of them together.

Cookies are free, so a limit for each visitor alone stops nobody: whoever wants more takes another cookie. Where the
address is known, what comes from it is counted too. And whatever the others take, a part is kept for those who have
next to nothing of it.
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
    """A visitor, by id, and where they come from, as ``Person`` says. The host has no id."""

    @property
    def id(self) -> str: ...

    @property
    def client(self) -> str: ...


@dataclass(frozen=True)
class Limit:
    """The most of a thing.

    Args:
        each: that one visitor may have.
        client: that all visitors of one address may have.
        all: that everybody together may have.
        small: whoever has no more than this, with all of their address, goes into the reserve.
        reserve: kept for these beyond ``all``.
    """

    each: int
    client: int
    all: int
    small: int = 0
    reserve: int = 0

    def left(self, mine: int, theirs: int, everyones: int) -> int:
        """How much more there is for a visitor who has some, as those of their address and everybody have."""
        common = self.all - everyones
        kept = min(self.small - theirs, common + self.reserve)
        return min(self.each - mine, self.client - theirs, max(common, kept))

    def exceeded(self, more: int, mine: int, theirs: int, everyones: int) -> Whose | None:
        """Which limit forbids to have so much more; None if none does."""
        if mine + more > self.each:
            return "each"
        if theirs + more > self.client:
            return "client"
        return "all" if more > self.left(mine, theirs, everyones) else None


def first_to_go(kept: Mapping[K, str]) -> K:
    """What is let go of where more is kept than may be: of the address that has most, what was used longest ago.

    So whoever makes up visitors lets go of what is theirs. What has no known address is taken together.

    Args:
        kept: the address by each, that used longest ago first.
    """
    counted = Counter(kept.values())
    most = max(counted.values())
    return next(each for each, client in kept.items() if counted[client] == most)


class Full(Exception):
    """There is no more of a thing. ``whose`` limit it is: a visitor's, their address's or everybody's."""

    def __init__(self, whose: Whose) -> None:
        super().__init__(whose)
        self.whose: Whose = whose


class Shares:
    """Who has how much of a thing now. Safe to use from several threads. The host shares with nobody."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self._mine: Counter[str] = Counter()
        self._theirs: Counter[str] = Counter()
        self.total = 0
        self._acting = threading.Lock()

    def take(self, who: Someone, amount: int = 1) -> None:
        """Counts so much more as theirs until it is given back.

        Raises:
            Full: they may not have it; nothing was counted.
        """
        with self._acting:
            mine, theirs = self._mine[who.id], self._theirs[who.client] if who.client else self._mine[who.id]
            whose = self.limit.exceeded(amount, mine, theirs, self.total) if who.id else None
            if whose is not None:
                raise Full(whose)
            self._count(who, amount)

    def give_back(self, who: Someone, amount: int = 1) -> None:
        """Counts so much less as theirs."""
        with self._acting:
            self._count(who, -amount)

    def _count(self, who: Someone, amount: int) -> None:
        self.total += amount
        for counter, name in ((self._mine, who.id), (self._theirs, who.client)):
            counter[name] += amount if name else 0
            if counter[name] <= 0:
                del counter[name]  # forgets who has none


class Hourly:
    """Who has had how much of a thing in the last hour, by minutes. Safe to use from several threads.

    Args:
        now: seconds of the clock that the hour is by.
    """

    def __init__(self, limit: Limit, now: Callable[[], float]) -> None:
        self.limit = limit
        self.now = now
        self._minutes: OrderedDict[int, tuple[Counter[str], Counter[str]]] = OrderedDict()
        self._acting = threading.Lock()

    def left(self, who: Someone) -> int:
        """How much they may still have now."""
        with self._acting:
            return self.limit.left(*self._counted(who))

    def had(self, who: Someone) -> int:
        """How much they have had; where their address is known, with all others who come from it."""
        with self._acting:
            return self._counted(who)[1]

    def exceeded(self, who: Someone, more: int = 1) -> Whose | None:
        """Which limit forbids them so much more."""
        with self._acting:
            return self.limit.exceeded(more, *self._counted(who))

    def _counted(self, who: Someone) -> tuple[int, int, int]:
        """What they had, all of their address, and everybody."""
        this = int(self.now() // MINUTE_S)
        while self._minutes and next(iter(self._minutes)) <= this - HOUR_MINUTES:
            self._minutes.popitem(last=False)
        minutes = self._minutes.values()
        mine = sum(each[who.id] for each, _ in minutes)
        theirs = sum(clients[who.client] for _, clients in minutes) if who.client else mine
        return mine, theirs, sum(each[""] for each, _ in minutes)

    def count(self, who: Someone, amount: int, more: int = 0) -> None:
        """Counts what they have had, and for them and their address alone what is charged beyond it."""
        if not who.id:
            return  # the host's own is not limited
        with self._acting:
            each, clients = self._minutes.setdefault(int(self.now() // MINUTE_S), (Counter(), Counter()))
            each[who.id] += amount + more
            each[""] += amount  # everybody's
            if who.client:
                clients[who.client] += amount + more
