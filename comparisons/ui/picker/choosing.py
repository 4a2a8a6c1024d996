"""The values of the page's pickers: which variants can take part in a request and at what price, and past results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from comparisons.playground import Playground
from comparisons.records import Person
from comparisons.runs import Choice, Offer
from comparisons.ui.picker import value
from comparisons.ui.picker.catalogue import Catalogue
from comparisons.ui.picker.earlier import Earlier
from providers import Request, Value


class Choosing:
    """Computes the values of the pickers in all forms of one playground."""

    def __init__(self, playground: Playground) -> None:
        self._playground = playground
        self.catalogue = Catalogue(playground.variants)
        self._earlier = Earlier(playground)

    def offers(
        self,
        asked: Request,
        *,
        nearest: bool,
        simulated: bool,
        who: Person,
        own: Mapping[str, Mapping[str, Value]] | None = None,
    ) -> list[Offer]:
        """An offer of every variant that this person can call for this request.

        Args:
            own: options of single variants, by reference and name.
        """
        refs = tuple(variant.ref for variant in self._playground.offers.callable_variants(simulated, who))
        if not refs:
            return []
        choice = Choice(refs=refs, nearest=nearest, own=own or {})
        offers, _ = self._playground.offers.of(asked, choice, simulated, who)
        return offers

    def value(
        self,
        shown: Sequence[Offer],
        chosen: Iterable[str],
        *,
        simulated: bool,
        who: Person,
        asking: bool = False,
        groups: Mapping[str, str] = value.NO_GROUPS,
    ) -> dict[str, Any]:
        """The picker's value for these offers, and for the same variants in earlier runs.

        ``chosen``, ``asking`` and ``groups`` are passed on to ``value.picker``.
        """
        settings, today = self._playground.settings, self._playground.clock.today()
        simulated = simulated or any(settings.targets[each.variant.provider].is_sandbox for each in shown)
        past = self._earlier.of(who, simulated=simulated)
        now = value.picker(shown, chosen, self.catalogue, settings.usd, today=today, asking=asking, groups=groups)
        return {**now, **value.known(past, self.catalogue, simulated=simulated)}
