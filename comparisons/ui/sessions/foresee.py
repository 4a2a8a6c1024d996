"""Foresees the jobs, cost and time of the plan in the Sessions tab's form. It does not use Gradio."""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from comparisons.playground import Playground
from comparisons.records import Person
from comparisons.runs import compare
from comparisons.sessions import PlanQuote, quote_plan, remaining_s
from comparisons.ui.sessions.plan_form import PlanForm
from comparisons.ui.sessions.wrong import wrong
from providers import PROVIDERS, InvalidRequest, Request, Variant, why_not

MOST_LEFT_OUT = 30
"""How many variants that cannot take part are listed; the others are counted."""
GLANCE_S = 0.3
"""Seconds for which counting waits for prices. Later ones are on their way then, and known the next time."""


@dataclass(frozen=True)
class Foreseen:
    """What a plan would run and cost.

    Attributes:
        requests: how many prompts it has.
        variants: how many variants take part.
        times: takes of each cell (a prompt with a variant), warm-ups included.
        jobs: all takes together.
        at_most: whether the plan has a stop rule, so that fewer jobs may run.
        dollars: US dollars, for the jobs with a known price.
        unpriced: jobs whose price in dollars is not known.
        seconds: the expected duration; None if no such job has run here yet.
        left_out: who cannot take part and why, a sentence each.
        asked: futures of prices that providers are still being asked for.
        more_left_out: how many more cannot take part than ``left_out`` lists.
    """

    requests: int
    variants: int
    times: int
    jobs: int
    at_most: bool
    dollars: Decimal
    unpriced: int
    seconds: float | None
    left_out: tuple[str, ...]
    simulated: bool
    asked: tuple[Future[None], ...] = ()
    more_left_out: int = 0


def foresee(playground: Playground, form: PlanForm, who: Person) -> Foreseen:
    """The jobs, cost and time of the form's plan, and who cannot take part. Starts and bills nothing.

    Raises:
        Wrong: what is wrong with the form.
    """
    written = form.written()
    try:
        playground.offers.simulated("sandbox" if form.simulated else "live", who)
        quote = quote_plan(playground, written, form.simulated, who, within_s=GLANCE_S)
    except InvalidRequest as error:
        raise wrong(error) from error
    dollars, unpriced = quote.cost(playground.settings.usd)
    at_most, times = written.plan.within_percent is not None, quote.jobs // max(1, quote.cells)
    refs = {offer.variant.ref for _, offers in quote.requests for offer in offers}
    return Foreseen(
        len(quote.requests), len(refs), times, quote.jobs, at_most, dollars, unpriced,
        _seconds(playground, quote, form.simulated), quote.left_out[:MOST_LEFT_OUT], form.simulated, quote.asked,
        max(0, len(quote.left_out) - MOST_LEFT_OUT),
    )  # fmt: skip


def _seconds(playground: Playground, quote: PlanQuote, simulated: bool) -> float | None:
    """The expected duration in seconds, from earlier jobs like these; None if no such job has run here."""
    now = playground.clock.now()
    press = compare.Press(now, simulated=simulated, live=not simulated)
    runs = [
        compare.plan_run(offers, request, press, keep=lambda image: "", rng=random.Random(0))
        for request, offers in quote.requests
    ]
    cells = [job for run in runs for job in run.jobs]
    usual = {job.plan.variant: playground.expected_s(job) for job in cells}
    return remaining_s(
        cells * (quote.jobs // max(1, len(cells))),
        lambda job: usual[job.plan.variant],
        lambda job: PROVIDERS[job.plan.provider].concurrency,
        quote.plan.concurrency,
        now,
        quote.plan.rate_per_minute,
    )


def one_of_each(variants: Sequence[Variant], like: Request) -> list[str]:
    """References of one variant of every provider, which are ticked when the page opens.

    For each provider it is one that can serve ``like``, preferably documented, of the model that most providers serve.
    """

    def order(variant: Variant) -> tuple[Any, ...]:
        served = len({each.provider for each in variants if each.model == variant.model})
        return why_not(variant, like) is not None, variant.evidence != "documented", -served, variant.ref

    first = {variant.provider: variant.ref for variant in sorted(variants, key=order, reverse=True)}
    return [first[slug] for slug in PROVIDERS if slug in first]
