"""What changed from one reading of a provider's own list of models to the next, as values and in words.

What only one of two readings tells of a model's fields is no change: not each of them says it.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from providers import ListedModel

Kind = Literal["new", "gone", "up", "down", "other", "fields"]
KINDS: dict[Kind, str] = {
    "new": "new",
    "gone": "gone",
    "up": "price up",
    "down": "price down",
    "other": "price changed",
    "fields": "fields changed",
}
"""What each kind of change is called, in the order in which they are listed.

A price that changes its currency or unit is neither up nor down, so it is ``other``.
"""
MOST_FIELDS = 6
"""Of so many fields at most a change says what they were and are."""


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
        return f"{KINDS[self.kind]}: {self.endpoint}{self._difference()}{ours}"

    def _difference(self) -> str:
        if self.before is not None and self.after is not None:
            if self.kind == "fields":
                return f", {fields_said(self.before.options, self.after.options)}"
            return f", was {priced(self.before)}, is {priced(self.after)}"
        there = self.before or self.after
        return f", {priced(there)}" if there is not None and there.price is not None else ""


def priced(model: ListedModel) -> str:
    """``$0.10 a second``, ``from 5 credits a clip``, ``without a price``, ``$0.10 by its unit, video``."""
    if model.price is None:
        return "without a price"
    unit = f"a {model.per}" if model.per else f"by its unit, {model.unit}" if model.unit else "by an unknown unit"
    return f"{'from ' if model.from_price else ''}{model.price} {unit}"


def fields_said(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """``duration was "6" or "10", is "6"; seed is new: integer; end_image_url is gone``."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    more = len(names) - MOST_FIELDS
    said = [_field_said(name, before.get(name), after.get(name)) for name in names[:MOST_FIELDS]]
    return "; ".join([*said, *([f"and {more} more"] if more > 0 else [])])


def _field_said(name: str, before: str | None, after: str | None) -> str:
    if after is None:
        return f"{name} is gone"
    return f"{name} is new: {after}" if before is None else f"{name} was {before}, is {after}"


def changes(
    before: Sequence[ListedModel],
    after: Sequence[ListedModel],
    ours: Container[str],
    *,
    prices_always_told: bool = True,
) -> tuple[Change, ...]:
    """What is new, gone, priced otherwise, or takes other fields: those in ``ours`` first, then by kind and endpoint.

    Args:
        prices_always_told: whether a price that one of the readings lacks has come or gone; else it was not told.
    """
    found = _found(_by_id(before), _by_id(after), ours, prices_always_told)
    order = list(KINDS)
    return tuple(sorted(found, key=lambda each: (not each.ours, order.index(each.kind), each.endpoint)))


def _found(
    before: dict[str, ListedModel], after: dict[str, ListedModel], ours: Container[str], prices_always_told: bool
) -> Iterator[Change]:
    for endpoint in before.keys() | after.keys():
        was, now = before.get(endpoint), after.get(endpoint)
        for kind in (_kind(was, now, prices_always_told), _other_fields(was, now)):
            if kind is not None:
                yield Change(kind, endpoint, was, now, endpoint in ours)


def _other_fields(was: ListedModel | None, now: ListedModel | None) -> Kind | None:
    before, after = (each.options if each is not None else {} for each in (was, now))
    return "fields" if before and after and before != after else None


def _kind(was: ListedModel | None, now: ListedModel | None, prices_always_told: bool) -> Kind | None:
    if was is None or now is None:
        return "new" if was is None else "gone"
    if _price(was) == _price(now) or (None in (was.price, now.price) and not prices_always_told):
        return None
    if was.price is None or now.price is None or _unit(was) != _unit(now):
        return "other"
    if was.price.amount == now.price.amount:
        return "other"  # the same amount, now with or without "from"
    return "up" if now.price.amount > was.price.amount else "down"


def _price(model: ListedModel) -> tuple[object, ...]:
    return model.price, model.from_price, _unit(model)


def _unit(model: ListedModel) -> tuple[object, ...]:
    """What prices must have in common to be more or less than each other."""
    return model.per, model.unit, model.price.currency if model.price else None


def _by_id(models: Sequence[ListedModel]) -> dict[str, ListedModel]:
    """The models by their ids; of two under one id, the first."""
    return {model.endpoint: model for model in reversed(models)}
