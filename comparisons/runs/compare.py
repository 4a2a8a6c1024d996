"""From a request to the jobs of a run: who fits, what it costs, whether it may start."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from comparisons.records import Event, EventKind, FramesGiven, Job, Plan, Run, Wanted
from comparisons.settings import Target
from providers import (
    ImageInput,
    InvalidRequest,
    Money,
    Request,
    Shape,
    Variant,
    find,
    shape_of,
    why_not,
)

MAX_REPEATS = 20
MAX_JOBS = 200
"""The most jobs of one run. More at a time belongs in a benchmark session."""


@dataclass(frozen=True)
class Offer:
    """One variant's answer to a request: what it would be sent and cost, or why it cannot take part."""

    variant: Variant
    request: Request
    shape: Shape | None
    why_not: str | None = None
    badges: tuple[str, ...] = ()
    listed: Money | None = None
    quoted: Money | None = None
    no_quote: str | None = None

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

    ``nearest`` lets a variant take part without a frame that it cannot use, which its badge then says.
    """

    refs: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    nearest: bool = False


def offer(variant: Variant, request: Request, host: str, *, nearest: bool = False) -> Offer:
    """What ``variant`` would do with ``request``.

    Args:
        host: where the provider is reached; a price list of another site does not hold there.
        nearest: let it take part without a frame it cannot use, which its badge then says.
    """
    adapted, badges = _nearest(variant, request) if nearest else (request, ())
    reason = why_not(variant, adapted)
    if reason is not None:
        return Offer(variant, adapted, None, reason)
    shape = shape_of(variant, adapted)
    rate = variant.rate(shape, host)
    return Offer(variant, adapted, shape, badges=badges, listed=rate.money if rate else None)


def _nearest(variant: Variant, request: Request) -> tuple[Request, tuple[str, ...]]:
    if variant.first_frame == "no" and request.first_frame is not None:
        return request.text_only(), ("text only: image not used",)
    if variant.last_frame == "no" and request.last_frame is not None:
        return replace(request, last_frame=None), ("last frame not used",)
    return request, ()


def choose(variants: Sequence[Variant], choice: Choice) -> tuple[list[Variant], bool]:
    """The variants named, and whether they were named one by one (then each of them must fit).

    Raises:
        InvalidRequest: a name is unknown.
    """
    refs, slugs, models = choice.refs, choice.providers, choice.models
    _known("provider", slugs, {variant.provider for variant in variants})
    _known("model", models, {variant.model for variant in variants})
    named = [find(ref, variants) for ref in dict.fromkeys(refs)]
    if named and not (slugs or models):
        return named, True
    grouped = [v for v in variants if (not slugs or v.provider in slugs) and (not models or v.model in models)]
    return list({variant.ref: variant for variant in (*named, *grouped)}.values()), False


def _known(kind: str, names: Sequence[str], known: set[str]) -> None:
    unknown = next((name for name in names if name not in known), None)
    if unknown is not None:
        raise InvalidRequest(f"No {kind} is called {unknown!r}. There are: {', '.join(sorted(known))}.")


def fitting(offers: Sequence[Offer], *, all_must: bool) -> list[Offer]:
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
    keep: Callable[[ImageInput | None], str | None],
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
            _plan(each, asked, keep, simulated=press.simulated, live=press.live),
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


def _plan(
    each: Offer, asked: Request, keep: Callable[[ImageInput | None], str | None], *, simulated: bool, live: bool
) -> Plan:
    variant, request, shape = each.variant, each.request, each.shape
    if shape is None:
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
        prompt_optimizer=request.prompt_optimizer,
        resolution=shape.resolution,
        duration=shape.duration,
        first_frame=keep(request.first_frame),
        last_frame=keep(request.last_frame),
        asked=_wanted(asked),
        badges=each.badges,
        listed=each.listed,
        quoted=each.quoted,
    )


def _wanted(request: Request) -> Wanted:
    frames = FramesGiven.of(request.first_frame, request.last_frame)
    return Wanted(request.duration, request.resolution, frames, request.prompt_optimizer)
