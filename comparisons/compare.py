"""From a request to the jobs of a run: who fits, what it costs, whether it may start."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from comparisons.asking import exchange
from comparisons.records import Event, Job, Plan, Run, describe_request
from comparisons.settings import Target
from comparisons.transport import NoReply, NotSent, Transport
from providers import (
    PROVIDERS,
    ImageInput,
    InvalidRequest,
    Money,
    ProviderError,
    Quote,
    References,
    Request,
    Shape,
    Variant,
    find,
    in_usd,
    shape_of,
    why_not,
)

MAX_REPEATS = 20
MAX_JOBS = 200
"""Of one run. More at a time belongs in a benchmark session."""


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


@dataclass(frozen=True)
class Choice:
    """Which variants are to take part, by any of their names; nothing named means all that fit."""

    refs: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    models: tuple[str, ...] = ()


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


Quotes = dict[tuple[str, Shape | None, bool], Offer]
"""Answers already had, by variant, shape and whether there is an image: prices depend on nothing else."""


async def with_quotes(
    offers: Sequence[Offer], wire: Transport, placeholder: ImageInput, answered: Quotes | None = None
) -> list[Offer]:
    """The offers with the provider's own price where it gives one. A price that does not come stays unknown.

    A neutral ``placeholder`` is uploaded in place of the person's image: nothing of theirs leaves before they
    press Run. ``answered`` is consulted and added to.
    """
    answered = {} if answered is None else answered
    hosted: dict[str, str] = {}
    result = []
    for each in offers:
        key = (each.variant.ref, each.shape, each.request.first_frame is not None)
        if key not in answered:
            answered[key] = await _quoted(each, wire, placeholder, hosted)
        result.append(replace(each, quoted=answered[key].quoted, no_quote=answered[key].no_quote))
    return result


async def _quoted(each: Offer, wire: Transport, placeholder: ImageInput, hosted: dict[str, str]) -> Offer:
    provider, variant, shape = PROVIDERS[each.variant.provider], each.variant, each.shape
    if shape is None or provider.quote(variant, each.request, References()) is None:
        return each
    try:
        references = await _placeholders(each, wire, placeholder, hosted)
        asked = provider.quote(variant, each.request, references)
        if asked is None:
            return each
        quote: Quote = await exchange(wire, provider.slug, asked, lambda reply: provider.quoted(variant, shape, reply))
    except (ProviderError, NotSent, NoReply) as error:
        return replace(each, no_quote=str(error))
    return replace(each, quoted=quote.money)


async def _placeholders(each: Offer, wire: Transport, placeholder: ImageInput, hosted: dict[str, str]) -> References:
    request = each.request
    if request.first_frame is None:
        return References()
    provider = PROVIDERS[each.variant.provider]
    if provider.slug not in hosted:
        upload = provider.upload(placeholder)
        hosted[provider.slug] = (
            placeholder.data_uri() if upload is None else await exchange(wire, provider.slug, upload, provider.uploaded)
        )
    url = hosted[provider.slug]
    return References(url, url if request.last_frame else None)


def gate(offers: Sequence[Offer], usd: Mapping[str, Decimal], *, budgeted: bool, allow_unpriced: bool) -> None:
    """Stops a run before it spends: an unknown price needs an explicit yes, and a budget needs prices in dollars.

    Where nothing is billed, in the sandbox, neither does: there a budget counts what is known in dollars.

    Raises:
        InvalidRequest: with the sentence to show.
    """
    unpriced = [each for each in offers if each.price is None]
    if unpriced and not allow_unpriced:
        names = ", ".join(each.variant.ref for each in unpriced[:3])
        more = f" and {len(unpriced) - 3} more" if len(unpriced) > 3 else ""
        raise InvalidRequest(f"The price of {names}{more} is not known; allow unpriced variants to run them anyway.")
    prices = [money for each in offers for money in (each.listed, each.quoted) if money is not None]
    missing = [money.currency or "an unstated currency" for money in prices if in_usd(money, usd) is None]
    if budgeted and missing:
        raise InvalidRequest(f"A budget in dollars needs the rate of {missing[0]}; set it in .env (see the README).")


def lead_to_sandbox(offers: Sequence[Offer], targets: Mapping[str, Target]) -> bool:
    """Whether a live run goes to a sandbox on the wire. Simulated and live figures never mix in one run."""
    simulated = {targets[each.variant.provider].is_sandbox for each in offers}
    if len(simulated) > 1:
        raise InvalidRequest("Some base URLs lead to a sandbox (http) and some to a provider; a run takes one kind.")
    return simulated == {True}


def plan_run(
    offers: Sequence[Offer],
    asked: Request,
    at: float,
    *,
    simulated: bool,
    live: bool,
    repeats: int,
    keep: Callable[[ImageInput | None], str | None],
    rng: random.Random,
    owner: str = "",
    payer_of: Callable[[str], str] = lambda provider: "",
    budget: Decimal | None = None,
) -> Run:
    """The jobs of one press of Run: in the order shown, with a shuffled starting order recorded in each."""
    if not 1 <= repeats <= MAX_REPEATS:
        raise InvalidRequest(f"Repeats go from 1 to {MAX_REPEATS}, not {repeats}.")
    if len(offers) * repeats > MAX_JOBS:
        raise InvalidRequest(f"That is {len(offers) * repeats} jobs; one run takes at most {MAX_JOBS}.")
    run = new_id("r")
    plans = [
        replace(_plan(each, asked, keep, simulated=simulated, live=live), payer=payer_of(each.variant.provider))
        for each in offers
        for _ in range(repeats)
    ]
    starts = list(range(len(plans)))
    rng.shuffle(starts)
    jobs = tuple(new_job(run, i, plan, at, start) for i, (plan, start) in enumerate(zip(plans, starts, strict=True)))
    return Run(run, at, asked.prompt, simulated, jobs, owner, budget)


def new_job(run: str, position: int, plan: Plan, at: float, start: int) -> Job:
    """A planned job; ``start`` is its place in the order in which the run's jobs are begun."""
    planned = Event("planned", at, state="planned", phase="held", data={"start": start})
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
        requested=_requested(asked),
        badges=each.badges,
        listed=each.listed,
        quoted=each.quoted,
    )


def _requested(request: Request) -> str:
    image = "first and last frame" if request.last_frame else "first frame" if request.first_frame else "text only"
    return describe_request(request.duration, request.resolution, request.prompt_optimizer, image)
