"""What a plan would run and cost, and which variants cannot take part. Nothing is started or billed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from decimal import Decimal

from comparisons.playground import Playground
from comparisons.records import HOST, Person, worst
from comparisons.runs import PATIENCE_S, Choice, Offer, compare
from comparisons.sessions.mistakes import PlanError, Said
from comparisons.sessions.plan import SessionPlan
from comparisons.sessions.written import Written
from providers import InvalidRequest, Request, in_usd

MOST_JOBS = 20_000
"""The most jobs of one session."""


@dataclass(frozen=True)
class PlanQuote:
    """What a plan would run: for each request the offers that take part; and what is left out, in sentences.

    ``asked``: futures that are done once prices have come that are not known yet.
    """

    plan: SessionPlan
    requests: tuple[tuple[Request, tuple[Offer, ...]], ...]
    left_out: tuple[str, ...]
    asked: tuple[Future[None], ...] = ()

    @property
    def cells(self) -> int:
        """Jobs per repeat: one for each request and variant."""
        return sum(len(offers) for _, offers in self.requests)

    @property
    def certain(self) -> int:
        """How many jobs are made for certain: those of all repeats, or with a stop rule, of the first ones."""
        return self.cells * (self.plan.warm_up + self.plan.repeats)

    @property
    def jobs(self) -> int:
        """The most jobs that the plan can come to."""
        return self.cells * self.plan.takes

    def cost(self, usd: Mapping[str, Decimal]) -> tuple[Decimal, int]:
        """The sum in US dollars for all jobs with a price known in dollars, and how many jobs have no such price."""
        prices = [in_usd(offer.price, usd) for _, offers in self.requests for offer in offers]
        times = self.jobs // max(1, self.cells)
        known = sum((price for price in prices if price is not None), Decimal(0))
        return known * times, prices.count(None) * times

    def without_price(self, usd: Mapping[str, Decimal]) -> list[str]:
        """The references of the variants that take part and whose price is not known in dollars."""
        offers = [offer for _, of in self.requests for offer in of]
        return sorted({each.variant.ref for each in offers if in_usd(each.price, usd) is None})

    def reserved(self, usd: Mapping[str, Decimal]) -> Decimal:
        """US dollars that budgets must have left for it to start: the higher price of each job made for certain."""
        prices = [worst(offer.figures, usd) or Decimal(0) for _, offers in self.requests for offer in offers]
        return sum(prices, Decimal(0)) * (self.plan.warm_up + self.plan.repeats)


def quote_plan(
    playground: Playground,
    written: Written,
    simulated: bool,
    who: Person = HOST,
    *,
    before: Callable[[PlanQuote], None] = lambda known: None,
    within_s: float = PATIENCE_S,
) -> PlanQuote:
    """What the plan would run and cost, at the providers' own prices where they give any. Bills nothing.

    Args:
        before: called with what is known before any provider is asked for a price; what it raises ends the quote.
        within_s: for how many seconds to wait for prices that are not known; those that come later stay unknown.

    Raises:
        PlanError: no variant fits a request, or one that is named by reference does not.
        InvalidRequest: something outside of the plan is wrong, such as a key that is not set.
    """
    requests, left_out = _fitting(playground, written, simulated, who)
    wire = playground.wires.to(who, simulated)

    def priced() -> PlanQuote:
        filled = [(request, playground.quotes.filled(offers, wire)) for request, offers in requests]
        return _without_not_offered(written, filled, left_out)

    before(priced())
    asked = [playground.offers.ask(offers, simulated, who) for _, offers in requests]
    asking = [each for each in asked if each is not None]
    for done in wait(asking, within_s).done:
        done.result()
    return replace(priced(), asked=tuple(each for each in asking if not each.done()))


def _without_not_offered(
    written: Written, requests: Sequence[tuple[Request, list[Offer]]], left_out: Sequence[str]
) -> PlanQuote:
    """The plan's quote, without the variants that their providers now say they do not offer.

    Raises:
        PlanError: no variant is left for a request.
    """
    kept, gone = [], list(left_out)
    for number, (request, offers) in enumerate(requests):
        able = tuple(offer for offer in offers if not offer.why_not)
        refused = [offer for offer in offers if offer.why_not]
        if not able:
            raise written.wrong(f"no variant fits this request: {refused[0].why_not}", "requests", number)
        gone += [f"request {number + 1}: {offer.variant.ref}: {offer.why_not}" for offer in refused]
        kept.append((request, able))
    return PlanQuote(written.plan, tuple(kept), tuple(gone))


def _fitting(
    playground: Playground, written: Written, simulated: bool, who: Person
) -> tuple[list[tuple[Request, list[Offer]]], list[str]]:
    """Each request with the offers that fit it; and which are left out, in sentences with the reason."""
    requests, left_out, cells, takes = [], [], 0, written.plan.takes
    for number in range(len(written.plan.requests)):
        request = written.request(number)
        able, refused = _able(playground, request, written, number, simulated, who)
        left_out += [f"request {number + 1}: {offer.variant.ref}: {offer.why_not}" for offer in refused]
        requests.append((request, able))
        cells += len(able)
        if cells * takes > MOST_JOBS:  # checked for each request, since fitting all of them may take long
            too_many = f"that is {cells * takes} jobs or more; a session takes {MOST_JOBS}."
            raise PlanError(written.name, None, (), Said(too_many))
    return requests, left_out


def _able(
    playground: Playground, request: Request, written: Written, number: int, simulated: bool, who: Person
) -> tuple[list[Offer], list[Offer]]:
    """Of everything that the plan's ``variants`` name, the offers that fit this request, and those that do not."""
    able: dict[str, Offer] = {}
    refused: dict[str, Offer] = {}
    for place, words in enumerate(written.plan.variants):
        choice = _choice(words, nearest=written.plan.nearest)
        try:
            offers, named = playground.offers.of(request, choice, simulated, who)
        except InvalidRequest as error:
            raise written.wrong(str(error), "variants", place) from error
        try:
            if named:
                compare.fit(offers, all_must=True)
        except InvalidRequest as error:
            in_csv = written.plan.requests[number].row
            raise written.wrong(str(error), *(("requests", number) if in_csv else ("variants", place))) from error
        for offer in (*offers, *playground.offers.outside(request, choice, simulated, who)):
            (refused if offer.why_not else able)[offer.variant.ref] = offer
    if not able:
        why = next(iter(refused.values())).why_not if refused else "no variant was chosen"
        raise written.wrong(f"no variant fits this request: {why}", "requests", number)
    return list(able.values()), list(refused.values())


def _choice(words: str, *, nearest: bool) -> Choice:
    kind, _, name = words.partition(":")
    if kind == "model":
        return Choice(models=(name,), nearest=nearest)
    if kind == "provider":
        return Choice(providers=(name,), nearest=nearest)
    return Choice(refs=(words,), nearest=nearest)
