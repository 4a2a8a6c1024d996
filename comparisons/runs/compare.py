"""From a request to the jobs of a run: who fits, what it costs, whether it may start."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
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
    """What one variant would be sent for a request, and what that would cost; or why it cannot take part.

    ``asked`` is the request that all variants were asked; ``request`` is that one fitted to this variant. ``options``
    are the options that it is sent and those that its endpoint fixes, None where it cannot take part.
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
        """The options, and how many images of each kind, that the variant would be sent."""
        return Wanted(self.options or {}, wanted(self.request).inputs)

    @property
    def lacks_image(self) -> bool:
        """Whether an image that is asked for would not be sent."""
        return any(name not in self.request.inputs for name in self.asked.inputs)

    @property
    def price(self) -> Money | None:
        """The provider's quote if there is one, else the list price."""
        return self.quoted or self.listed

    @property
    def figures(self) -> tuple[Money | None, Money | None]:
        """Both prices that may be known before the run: the list price, and the provider's quote."""
        return self.listed, self.quoted


@dataclass(frozen=True)
class Choice:
    """Which variants are to take part, by their references, providers or models; nothing named means all that fit.

    ``nearest`` lets a variant take part with the nearest length and resolution that it has, and without an image or
    option that it lacks; what differs is then shown. ``own`` are options that single variants are asked besides, by
    their references.
    """

    refs: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    nearest: bool = False
    own: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)


def offer(variant: Variant, request: Request, host: str, *, nearest: bool = False) -> Offer:
    """What ``variant`` would do with ``request``.

    Args:
        host: the host name of the site at which the provider is reached; prices of another site do not count there.
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
    """The variants named, and whether all were named by reference, none by provider or model (then each must fit).

    A variant whose model its maker ends or has ended takes part only if it is named by reference.

    Raises:
        InvalidRequest: a name is unknown.
    """
    refs, slugs, models = choice.refs, choice.providers, choice.models
    _known("provider", slugs, {variant.provider for variant in variants})
    _known("model", models, {variant.model for variant in variants})
    by_ref = {variant.ref: variant for variant in variants}
    named = [by_ref.get(ref) or find(ref, variants) for ref in dict.fromkeys(refs)]  # find's error suggests names
    if named and not (slugs or models):
        return named, True
    grouped = [v for v in in_groups(variants, choice) if v.lifecycle is None]
    return list({variant.ref: variant for variant in (*named, *grouped)}.values()), False


def in_groups(variants: Sequence[Variant], choice: Choice) -> list[Variant]:
    """The variants of the providers and models that the choice names; where it names both, those that match both."""
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


UNUSED = "would not use the image, and another variant of the model there does: name it by itself to try it"


def set_aside(offers: Sequence[Offer], named: Collection[str]) -> list[Offer]:
    """The offers of whole models and providers: those that would leave an image out take no part where another variant
    of the same model at the same provider uses it; except those whose references are ``named``."""
    using = {_place(each) for each in offers if not each.why_not and not each.lacks_image}

    def is_aside(each: Offer) -> bool:
        return not each.why_not and each.lacks_image and _place(each) in using and each.variant.ref not in named

    return [replace(each, options=None, why_not=UNUSED) if is_aside(each) else each for each in offers]


def _place(each: Offer) -> tuple[str, str]:
    return each.variant.provider, each.variant.model


def lead_to_sandbox(offers: Sequence[Offer], targets: Mapping[str, Target]) -> bool:
    """Whether the base URLs of a live run lead to a sandbox that runs as a server of its own.

    Raises:
        InvalidRequest: some do and some do not; simulated and live figures never mix in one run.
    """
    simulated = {targets[each.variant.provider].is_sandbox for each in offers}
    if len(simulated) > 1:
        raise InvalidRequest("Some base URLs lead to a sandbox (http) and some to a provider; a run takes one kind.")
    return simulated == {True}


@dataclass(frozen=True)
class Consent:
    """What a person agrees to pay for a run: at most ``budget`` US dollars; if ``unpriced``, unknown prices too."""

    budget: Decimal | None = None
    unpriced: bool = False


USUAL = Consent()
"""Consent to known prices only, without a budget for the run."""


@dataclass(frozen=True)
class Press:
    """One press of Run: when (epoch seconds), where its jobs go, how often each variant runs, and who pays.

    ``simulated``: a sandbox makes the clips. ``live``: the jobs go out over HTTP under keys and budgets; both are true
    where a base URL leads to a sandbox that runs as a server of its own. ``payer_of`` gives, by provider, whose typed
    key pays: empty for the host's.
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
    """The run of one press of Run: its jobs in the order shown, each with its place in a shuffled starting order.

    Args:
        keep: stores an image and gives the name of its file.

    Raises:
        InvalidRequest: there would be too many repeats or jobs, or an offer cannot take part.
    """
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
