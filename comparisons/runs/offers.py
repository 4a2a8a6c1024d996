"""What each variant would do with a request, and at what price: known already, or asked of its provider."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Sequence
from concurrent.futures import Future
from urllib.parse import urlsplit

from comparisons.engine import Wires, Workers
from comparisons.net import Transport
from comparisons.records import HOST, Person
from comparisons.runs import compare
from comparisons.runs.compare import Choice, Offer
from comparisons.runs.daily_rates import DailyRates
from comparisons.runs.quotes import PATIENCE_S, Quotes
from comparisons.words import ending_of_model
from providers import PROVIDERS, InvalidRequest, Request, Variant


class Offers:
    """The offers of one playground's variants."""

    def __init__(
        self, variants: tuple[Variant, ...], wires: Wires, quotes: Quotes, workers: Workers, daily: DailyRates
    ) -> None:
        self._variants = variants
        self._wires = wires
        self._quotes = quotes
        self._workers = workers
        self._daily = daily

    def simulated(self, mode: str | None, who: Person = HOST) -> bool:
        """Whether a run of ``mode`` ("sandbox", "live" or None for the default) is simulated.

        Raises:
            InvalidRequest: live, and no key is set.
        """
        keys = self._wires.keys(who)
        if mode == "live" and not keys:
            names = ", ".join(provider.key_env for provider in PROVIDERS.values())
            raise InvalidRequest(
                f"A live run needs a key: set one of {names} (or type one on the page, under Keys), or use the sandbox."
            )
        return mode == "sandbox" or (mode is None and not keys)

    def callable_variants(self, simulated: bool, who: Person = HOST) -> list[Variant]:
        """The variants a run can reach: in a live run, those whose provider has a key."""
        keys = self._wires.keys(who)
        return [variant for variant in self._variants if simulated or variant.provider in keys]

    def of(self, request: Request, choice: Choice, simulated: bool, who: Person = HOST) -> tuple[list[Offer], bool]:
        """What each chosen variant would do with the request, and whether all were named by reference.

        Raises:
            InvalidRequest: a name is unknown; a variant named by reference, or every chosen one, has no key; or the
                proxy that is set for a provider cannot be used.
        """
        chosen, named = compare.choose(self._variants, choice)
        reachable = {variant.ref for variant in self.callable_variants(simulated, who)}
        without = [variant for variant in chosen if variant.ref not in reachable]
        if without and (named or len(without) == len(chosen)):
            provider = PROVIDERS[without[0].provider]
            lacks, variable = ("address", provider.base_url_env) if provider.own_server else ("key", provider.key_env)
            raise InvalidRequest(f"{provider.name} has no {lacks}: set {variable}, or use the sandbox.")
        able, wire = [variant for variant in chosen if variant.ref in reachable], self._wires.to(who, simulated)
        slugs = dict.fromkeys(variant.provider for variant in able)
        trouble = next((why for slug in slugs if (why := wire.proxy_trouble(slug))), None)
        if trouble is not None:
            raise InvalidRequest(trouble)
        requests = {ref: request.asking(**options) for ref, options in choice.own.items() if options}
        return [
            compare.offer(
                variant, requests.get(variant.ref, request), _site(wire, variant.provider), nearest=choice.nearest
            )
            for variant in able
        ], named

    def left_out(self, request: Request, choice: Choice, simulated: bool, who: Person = HOST) -> list[Offer]:
        """Of the models and providers that the choice names, the variants that take no part, each with the reason."""
        if not (choice.providers or choice.models):
            return []
        offers, named = self._picked(request, choice, simulated, who)
        refused = [] if named else [offer for offer in offers if offer.why_not]
        return [*refused, *self.outside(request, choice, simulated, who)]

    def outside(self, request: Request, choice: Choice, simulated: bool, who: Person) -> list[Offer]:
        """The chosen variants that are not even tried, each with the reason: no key, or an ending model."""
        return [*self.keyless(request, choice, simulated, who), *self._ending(request, choice)]

    def _ending(self, request: Request, choice: Choice) -> list[Offer]:
        """Of the models and providers that the choice names, the variants whose model its maker ends or has ended."""
        if not (choice.providers or choice.models):
            return []
        found = [each for each in compare.in_groups(self._variants, choice) if each.ref not in choice.refs]
        return [Offer(each, request, request, None, ending_of_model(each)) for each in found if each.lifecycle]

    def keyless(self, request: Request, choice: Choice, simulated: bool, who: Person) -> list[Offer]:
        """The chosen variants of a live run whose provider has no key, each with that reason."""
        reachable = {variant.ref for variant in self.callable_variants(simulated, who)}
        chosen = [variant for variant in compare.choose(self._variants, choice)[0] if variant.ref not in reachable]
        names = [PROVIDERS[variant.provider] for variant in chosen]
        return [
            Offer(variant, request, request, None, f"{provider.name} has no key: set {provider.key_env}")
            for variant, provider in zip(chosen, names, strict=True)
        ]

    def quote(self, request: Request, choice: Choice, simulated: bool, who: Person = HOST) -> list[Offer]:
        """The offers that fit, with the providers' own prices where they give any. Bills nothing.

        Raises:
            InvalidRequest: no variant fits, or one that was named by reference does not.
        """
        return self.quoted(self.able(request, choice, simulated, who), simulated, who)

    def prices(
        self, request: Request, choice: Choice, simulated: bool, who: Person = HOST
    ) -> tuple[list[Offer], Future[None] | None]:
        """The offers that fit with the prices known now, and a future that is done once the others have come.

        The future is None if no price is to be asked for.
        """
        able = self.able(request, choice, simulated, who)
        asked = self.ask(able, simulated, who)
        return self._filled(able, simulated, who), asked

    def may_have_prices(self, able: Sequence[Offer], simulated: bool, who: Person) -> list[Offer]:
        """The offers whose price is known, or may become known once their provider is asked. Asks nobody."""
        wire = self._wires.to(who, simulated)
        unheard = {each.variant.ref for each in self._quotes.missing(able, wire)}
        known = self._quotes.filled(able, wire)
        return [each for each in known if each.price is not None or each.variant.ref in unheard]

    def able(self, request: Request, choice: Choice, simulated: bool, who: Person = HOST) -> list[Offer]:
        """The offers that fit; raises as ``quote`` does."""
        offers, named = self._picked(request, choice, simulated, who)
        return compare.fit(offers, all_must=named)

    def _picked(self, request: Request, choice: Choice, simulated: bool, who: Person) -> tuple[list[Offer], bool]:
        """As ``of``; of whole models and providers without the variants that ``set_aside`` leaves out."""
        offers, named = self.of(request, choice, simulated, who)
        return (offers if named else compare.set_aside(offers, choice.refs)), named

    def _renew_rates(self, able: Sequence[Offer], wire: Transport) -> None:
        """Starts asking for the day's exchange rates if a real provider's price is in another currency than USD."""
        foreign = any(
            each.price.currency != "USD" and not wire.targets[each.variant.provider].is_sandbox
            for each in able
            if each.price is not None
        )
        if foreign and self._daily.take_turn():
            self._workers.submit(self._daily.renew())

    def ask(self, able: Sequence[Offer], simulated: bool, who: Person) -> Future[None] | None:
        """Asks for the prices not heard lately; gives a future for when they have come, None if all are known."""
        wire = self._wires.to(who, simulated)
        missing = self._quotes.missing(able, wire)
        return self._workers.submit(self._quotes.ask(missing, wire, who.id)) if missing else None

    def quoted(self, able: Sequence[Offer], simulated: bool, who: Person, within_s: float = PATIENCE_S) -> list[Offer]:
        """The offers with their prices, after waiting at most ``within_s`` seconds for those that are not known."""
        asked = self.ask(able, simulated, who)
        if asked is not None and asked in concurrent.futures.wait([asked], within_s).done:
            asked.result()
        return self._filled(able, simulated, who)

    def _filled(self, able: Sequence[Offer], simulated: bool, who: Person) -> list[Offer]:
        """The offers with the prices known now."""
        wire = self._wires.to(who, simulated)
        filled = self._quotes.filled(able, wire)
        self._renew_rates(filled, wire)
        return filled


def _site(wire: Transport, slug: str) -> str:
    """The site whose price list counts: the host name at which the provider is reached. A sandbox charges as the
    provider's usual site does."""
    usual = urlsplit(PROVIDERS[slug].base_url).hostname
    return usual if usual and wire.targets[slug].is_sandbox else wire.host(slug)
