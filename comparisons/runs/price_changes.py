"""What changed from one reading of a provider's own list of models to the next, as values and in words."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from providers import ListedModel

Kind = Literal["new", "gone", "up", "down", "other"]
KINDS: dict[Kind, str] = {
    "new": "new",
    "gone": "gone",
    "up": "price up",
    "down": "price down",
    "other": "price changed",
}
"""What each kind of change is called, in the order in which they are listed.

A price that changes its currency or unit is neither up nor down, so it is ``other``.
"""


@dataclass(frozen=True)
class Change:
    """One model's change: its entry ``before`` and ``after``, None where the list did not or does not have it.

    ``ours``: whether a variant in our catalogue has this endpoint.
    """

    kind: Kind
    endpoint: str
    before: ListedModel | None
    after: ListedModel | None
    ours: bool

    @property
    def words(self) -> str:
        """``price up: vendor/model, was $0.10 a clip, is $0.12 a clip (compared here)``."""
        ours = " (compared here)" if self.ours else ""
        return f"{KINDS[self.kind]}: {self.endpoint}{self._amounts()}{ours}"

    def _amounts(self) -> str:
        if self.before is not None and self.after is not None:
            return f", was {priced(self.before)}, is {priced(self.after)}"
        there = self.before or self.after
        return f", {priced(there)}" if there is not None and there.price is not None else ""


def priced(model: ListedModel) -> str:
    """``$0.10 a second``, ``from 5 credits a clip``, ``without a price``, ``$0.10 by an unknown unit``."""
    if model.price is None:
        return "without a price"
    unit = f"a {model.per}" if model.per else "by an unknown unit"
    return f"{'from ' if model.from_price else ''}{model.price} {unit}"


def changes(before: Sequence[ListedModel], after: Sequence[ListedModel], ours: Container[str]) -> tuple[Change, ...]:
    """What is new, gone or priced otherwise: endpoints in ``ours`` first, then sorted by kind and endpoint."""
    found = _found(_by_id(before), _by_id(after), ours)
    order = list(KINDS)
    return tuple(sorted(found, key=lambda each: (not each.ours, order.index(each.kind), each.endpoint)))


def _found(before: dict[str, ListedModel], after: dict[str, ListedModel], ours: Container[str]) -> Iterator[Change]:
    for endpoint in before.keys() | after.keys():
        was, now = before.get(endpoint), after.get(endpoint)
        kind = _kind(was, now)
        if kind is not None:
            yield Change(kind, endpoint, was, now, endpoint in ours)


def _kind(was: ListedModel | None, now: ListedModel | None) -> Kind | None:
    if was is None or now is None:
        return "new" if was is None else "gone"
    if (was.price, was.per, was.from_price) == (now.price, now.per, now.from_price):
        return None
    if was.price is None or now.price is None or was.per != now.per or was.price.currency != now.price.currency:
        return "other"
    if was.price.amount == now.price.amount:
        return "other"  # the same amount, now with or without "from"
    return "up" if now.price.amount > was.price.amount else "down"


def _by_id(models: Sequence[ListedModel]) -> dict[str, ListedModel]:
    """The models by their ids; of two under one id, the first."""
    return {model.endpoint: model for model in reversed(models)}
