"""Makes the runs of a session from its plan: which jobs there are, and in which order they begin."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from comparisons.playground import Playground
from comparisons.records import Event, EventKind, Job, Person, Placed, Run, Session
from comparisons.runs import Consent, compare
from comparisons.sessions import _environment
from comparisons.sessions.plan import SessionPlan
from comparisons.sessions.quote import PlanQuote
from comparisons.sessions.written import Written


def planned_session(
    playground: Playground,
    asked: PlanQuote,
    written: Written,
    identity: str,
    *,
    live: bool,
    who: Person,
    allow_unpriced: bool = False,
) -> Session:
    """The session of a plan with all of its runs; of a plan with a stop rule, with the first ones.

    ``asked`` has the requests with the offers that take part; ``identity`` is what ``plan.identity`` returns."""
    plan = asked.plan
    at = playground.clock.now()
    offers = [offer for _, offers in asked.requests for offer in offers]
    simulated = not live or compare.lead_to_sandbox(offers, playground.settings.targets)
    press = compare.Press(
        at,
        simulated=simulated,
        live=live,
        owner=who.id,
        payer_of=partial(who.payer_at, live=live),
        consent=Consent(unpriced=allow_unpriced),
    )
    runs = [
        compare.plan_run(each, request, press, keep=playground.media.keep_input, rng=random.Random(plan.order_seed))
        for request, each in asked.requests
    ]
    session_id, pattern = compare.new_id("s"), dict(enumerate(runs))
    blocks = [(True, number) for number in range(plan.warm_up)] + [(False, number) for number in range(plan.repeats)]
    placed: list[Placed] = []
    for warm_up, repeat in blocks:
        placed += block(session_id, pattern, plan.order_seed, repeat, at, size(placed), warm_up=warm_up)
    facts = {
        "left_out": list(asked.left_out), "environment": _environment.describe(), "settings": settings(plan)
    }  # fmt: skip
    return Session(
        session_id, at, plan.name, written.text, identity, simulated, live, who.id, facts, runs=tuple(placed)
    )


def block(
    session_id: str, pattern: Mapping[int, Run], seed: int, repeat: int, at: float, start: int, *, warm_up: bool
) -> list[Placed]:
    """One more repeat: a job for every request and variant, which begin in an order drawn for this block.

    Shuffling within each block keeps a slow hour from hitting only one variant.

    Args:
        pattern: for each request, by its number, a run that the new one is like.
        seed: the plan's ``order_seed``.
        repeat: the number of the repeat, from 0.
        at: seconds of the ledger's clock.
        start: how many jobs the session has before this block.
    """
    order = list(range(start, start + sum(len(_of_plan(run)) for run in pattern.values())))
    random.Random(f"{seed}/{'warm-up' if warm_up else 'repeat'}/{repeat}").shuffle(order)
    placed = []
    for number, run in pattern.items():
        run_id = compare.new_id("r")
        jobs = tuple(_job(session_id, run_id, job, at, order.pop()) for job in _of_plan(run))
        placed.append(Placed(number, repeat, replace(run, id=run_id, at=at, jobs=jobs), warm_up))
    return placed


def _of_plan(run: Run) -> tuple[Job, ...]:
    """The jobs that a run began with, one per variant; without those that were added later."""
    return tuple({job.plan.variant: job for job in reversed(run.jobs)}.values())[::-1]


def _job(session_id: str, run_id: str, like: Job, at: float, start: int) -> Job:
    planned = Event.of(EventKind.PLANNED, at, "held", {"start": start, "session": session_id})
    return Job(compare.new_id("j"), run_id, like.position, like.plan, (planned,))


def anew(session: Session, at: float) -> list[Job]:
    """A new job for each that was never tried, since its account's key or balance was refused."""
    runs = {placed.run.id: placed.run for placed in session.runs}
    positions = {run.id: max(job.position for job in run.jobs) for run in runs.values()}
    found = []
    for old in (job for job in session.jobs if job.refused_account):
        positions[old.run] += 1
        data = {"start": old.events[0].data["start"], "session": session.id, "instead_of": old.id}
        event = Event.of(EventKind.PLANNED, at, "held", data)
        found.append(Job(compare.new_id("j"), old.run, positions[old.run], old.plan, (event,)))
    return found


def size(placed: Sequence[Placed]) -> int:
    return sum(len(each.run.jobs) for each in placed)


def settings(plan: SessionPlan) -> dict[str, Any]:
    """The values of a plan that are needed to go on with its session, as JSON values."""
    return {
        "order_seed": plan.order_seed,
        "concurrency": plan.concurrency,
        "rate_per_minute": plan.rate_per_minute,
        "within_percent": plan.within_percent,
        "most_repeats": plan.most_repeats,
        "budget_usd": None if plan.budget_usd is None else str(plan.budget_usd),
    }
