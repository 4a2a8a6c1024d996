"""From a request to the jobs of a run: who fits, what it costs, whether it may start."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from comparisons.records import Event, EventKind, Job, Plan, Run, Wanted
from comparisons.runs import fitting
from comparisons.settings import Target
from providers import ImageInput, InvalidRequest, Money, Request, Value, Variant, find, settled, why_not

MAX_REPEATS = 20
MAX_JOBS = 200
"""The most jobs of one run. More at a time belongs in a benchmark session."""


@dataclass(frozen=True)
class Offer:
    """One variant's answer to a request: what it would be sent and cost, or why it cannot take part.

    ``options`` are what it is sent and what its endpoint fixes, None where it cannot take part; ``asked`` is what was
    asked of all, which ``request`` was fitted to it from.
    """

    variant: Variant
    request: Request
    asked: Request
    options: Mapping[str, Value] | None
    why_not: str | None = None
    listed: Money | None = None
    quoted: Money | None = None
    no_quote: str | None = None

    @property
    def sent(self) -> Wanted:
        """What it would be sent."""
        return Wanted(self.options or {}, wanted(self.request).inputs)

    @property
    def price(self) -> Money | None:
        """The best figure known before the run."""
        return self.quoted or self.listed

    @property
    def figures(self) -> tuple[Money | None, Money | None]:
        """All that is known before the run of what it costs: its list price, and the provider's own."""
        return self.listed, self.quoted


@dataclass(frozen=True)
class Choice:
    """Which variants are to take part, by any of their names; nothing named means all that fit.

    ``nearest`` lets a variant take part with the nearest length and resolution that it has, and without an image or
    option that it lacks: what it was sent instead is then said of it. ``own`` is what is asked of single variants
    alone, by their references.
    """

    refs: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    nearest: bool = False
    own: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)


def offer(variant: Variant, request: Request, host: str, *, nearest: bool = False) -> Offer:
    """What ``variant`` would do with ``request``.

    Args:
        host: where the provider is reached; a price list of another site does not hold there.
        nearest: fit the request to what the variant has; see ``Choice``.
    """
    fitted = fitting.nearest(variant, request) if nearest else request
    reason = why_not(variant, fitted)
    if reason is not None:
        return Offer(variant, fitted, request, None, reason)
    options = settled(variant, fitted)
    rate = variant.rate(options, host)
    return Offer(variant, fitted, request, options, listed=rate.money if rate else None)


def choose(variants: Sequence[Variant], choice: Choice) -> tuple[list[Variant], bool]:
    """The variants named, and whether they were named one by one (then each of them must fit).

    A model that ends or ended at its maker takes part only where it is named one by one.

    Raises:
        InvalidRequest: a name is unknown.
    """
    refs, slugs, models = choice.refs, choice.providers, choice.models
    _known("provider", slugs, {variant.provider for variant in variants})
    _known("model", models, {variant.model for variant in variants})
    by_ref = {variant.ref: variant for variant in variants}
    named = [by_ref.get(ref) or find(ref, variants) for ref in dict.fromkeys(refs)]  # which says what is near
    if named and not (slugs or models):
        return named, True
    grouped = [v for v in in_groups(variants, choice) if v.lifecycle is None]
    return list({variant.ref: variant for variant in (*named, *grouped)}.values()), False


def in_groups(variants: Sequence[Variant], choice: Choice) -> list[Variant]:
    """The variants of the models and providers that are named; of all, where none is."""
    slugs, models = choice.providers, choice.models
    return [v for v in variants if (not slugs or v.provider in slugs) and (not models or v.model in models)]


def _known(kind: str, names: Sequence[str], known: set[str]) -> None:
    unknown = next((name for name in names if name not in known), None)
    if unknown is not None:
        raise InvalidRequest(f"No {kind} is called {unknown!r}. There are: {', '.join(sorted(known))}.")


def fit(offers: Sequence[Offer], *, all_must: bool) -> list[Offer]:
    """The offers that can take part.

    Raises:
        InvalidRequest: none can, or one that was asked for by name cannot.
    """
    refused = [each for each in offers if each.why_not]
    able = [each for each in offers if not each.why_not]
    if refused and (all_must or not able):
        reasons = "; ".join(f"{each.variant.ref}: {each.why_not}" for each in refused[:3])
        raise InvalidRequest(f"{'Nothing' if not able else 'Not everything'} fits this request. {reasons}.")
    if not able:
        raise InvalidRequest("No variant was chosen.")
    return able


def lead_to_sandbox(offers: Sequence[Offer], targets: Mapping[str, Target]) -> bool:
    """Whether a live run goes to a sandbox on the wire. Simulated and live figures never mix in one run."""
    simulated = {targets[each.variant.provider].is_sandbox for each in offers}
    if len(simulated) > 1:
        raise InvalidRequest("Some base URLs lead to a sandbox (http) and some to a provider; a run takes one kind.")
    return simulated == {True}


@dataclass(frozen=True)
class Consent:
    """What a person agrees to pay for a run: at most ``budget`` US dollars, and prices that nobody knows or not."""

    budget: Decimal | None = None
    unpriced: bool = False


USUAL = Consent()
"""Known prices, without a budget of the run's own."""


@dataclass(frozen=True)
class Press:
    """One press of Run: when (epoch seconds), where it leads, how often each variant runs, and who pays.

    ``simulated``: it leads to a sandbox; ``live``: by the live path, which a sandbox of one's own may stand behind.
    ``payer_of`` gives whose account a provider's jobs are on.
    """

    at: float
    simulated: bool
    live: bool
    repeats: int = 1
    owner: str = ""
    payer_of: Callable[[str], str] = lambda provider: ""
    consent: Consent = USUAL


def plan_run(
    offers: Sequence[Offer],
    asked: Request,
    press: Press,
    *,
    keep: Callable[[ImageInput], str],
    rng: random.Random,
) -> Run:
    """The jobs of one press of Run: in the order shown, with a shuffled starting order recorded in each."""
    if not 1 <= press.repeats <= MAX_REPEATS:
        raise InvalidRequest(f"Repeats go from 1 to {MAX_REPEATS}, not {press.repeats}.")
    if len(offers) * press.repeats > MAX_JOBS:
        raise InvalidRequest(f"That is {len(offers) * press.repeats} jobs; one run takes at most {MAX_JOBS}.")
    run = new_id("r")
    plans = [
        replace(
            _plan(each, keep, simulated=press.simulated, live=press.live),
            payer=press.payer_of(each.variant.provider),
            allow_unpriced=press.consent.unpriced,
        )
        for each in offers
        for _ in range(press.repeats)
    ]
    starts = list(range(len(plans)))
    rng.shuffle(starts)
    numbered = enumerate(zip(plans, starts, strict=True))
    jobs = tuple(new_job(run, number, plan, press.at, start) for number, (plan, start) in numbered)
    return Run(run, press.at, asked.prompt, press.simulated, jobs, press.owner, press.consent.budget)


def new_job(run: str, position: int, plan: Plan, at: float, start: int) -> Job:
    """A planned job; ``start`` is its place in the order in which the run's jobs are begun."""
    planned = Event.of(EventKind.PLANNED, at, "held", {"start": start})
    return Job(new_id("j"), run, position, plan, (planned,))


def new_id(kind: str) -> str:
    """An unguessable id: 128 random bits."""
    return f"{kind}_{secrets.token_hex(16)}"


def _plan(each: Offer, keep: Callable[[ImageInput], str], *, simulated: bool, live: bool) -> Plan:
    variant, request = each.variant, each.request
    if each.options is None:
        raise InvalidRequest(f"{variant.ref}: {each.why_not}")
    return Plan(
        variant=variant.ref,
        provider=variant.provider,
        endpoint=variant.endpoint,
        model=variant.model,
        label=f"{variant.name} · {variant.mode}",
        simulated=simulated,
        live=live,
        prompt=request.prompt,
        options=each.options,
        images={name: tuple(keep(image) for image in images) for name, images in request.inputs.items()},
        asked=wanted(each.asked),
        listed=each.listed,
        quoted=each.quoted,
    )


def wanted(request: Request) -> Wanted:
    """What a request asks for, without its words and pictures."""
    return Wanted(request.options, {name: len(images) for name, images in request.inputs.items()})
