"""From a plan to the runs of a session: who takes part, what it costs, and in which order the jobs begin."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from comparisons.media import images
from comparisons.playground import Playground
from comparisons.records import HOST, Event, EventKind, Job, Person, Placed, Run, Session, worst
from comparisons.runs import PATIENCE_S, Choice, Offer, compare
from comparisons.sessions import _environment, plan_file
from comparisons.sessions._toml_lines import where
from comparisons.sessions.plan_file import Asked, SessionPlan
from providers import ImageInput, InvalidRequest, Request, in_usd

MOST_JOBS = 20_000
"""Of one session."""
MOST_IMAGE_BYTES = 1_000_000_000
"""Of all images of a plan together, which are held in memory while it is quoted and started."""


class Frames:
    """The images of one plan: each file is read, decoded and hashed once, however many requests name it."""

    def __init__(self) -> None:
        self._loaded: dict[Path, ImageInput] = {}

    def load(self, path: Path) -> ImageInput:
        """The image at ``path``, the same object each time; raises as ``images.load``."""
        if path not in self._loaded:
            image = images.load(path)
            if sum(len(each.data) for each in self._loaded.values()) + len(image.data) > MOST_IMAGE_BYTES:
                raise InvalidRequest(f"the images of a plan are together at most {MOST_IMAGE_BYTES // 10**9} GB.")
            self._loaded[path] = image
        return self._loaded[path]


@dataclass(frozen=True)
class Written:
    """A plan as somebody wrote it: ``text`` is what its errors point into, ``folder`` where its images are."""

    plan: SessionPlan
    text: str
    folder: Path
    name: str = "plan.toml"
    frames: Frames = field(default_factory=Frames, repr=False, compare=False)

    @classmethod
    def read(cls, path: Path) -> Written:
        """From a file; ``InvalidRequest`` names file, line and field of what is wrong."""
        text = plan_file.text_of(path)
        return cls(plan_file.parse(text, path.parent, path.name), text, path.parent, path.name)

    def wrong(self, error: Exception, *place: str | int) -> InvalidRequest:
        """The error, with the line of the plan that leads to it, or that of its CSV."""
        kind, number = (*place, 0, 0)[:2]
        row = self.plan.requests[int(number)].row if kind == "requests" else ""
        return InvalidRequest(f"{row or f'{self.name}, line {where(self.text, place)}'}: {error}")


@dataclass(frozen=True)
class PlanQuote:
    """What a plan would run: per request the offers that take part, and who cannot, with the reason.

    ``asked``: done once prices have come that are not known yet.
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
        """Jobs that are made for certain: those of all repeats, or with a stop rule of the first ones."""
        return self.cells * (self.plan.warm_up + self.plan.repeats)

    @property
    def jobs(self) -> int:
        """Jobs of the whole plan, at most."""
        return self.cells * _times(self.plan)

    def cost(self, usd: Mapping[str, Decimal]) -> tuple[Decimal, int]:
        """US dollars of all jobs whose price is known in dollars, and how many have no such price."""
        prices = [in_usd(offer.price, usd) for _, offers in self.requests for offer in offers]
        times = self.jobs // max(1, self.cells)
        known = sum((price for price in prices if price is not None), Decimal(0))
        return known * times, prices.count(None) * times

    def reserved(self, usd: Mapping[str, Decimal]) -> Decimal:
        """US dollars that must be free for it to start: the higher price of every job that is made for certain."""
        prices = [worst(offer.figures, usd) or Decimal(0) for _, offers in self.requests for offer in offers]
        return sum(prices, Decimal(0)) * (self.plan.warm_up + self.plan.repeats)


def quote(
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
        before: hears what is known before any provider is asked for a price, and raises if that is enough.
        within_s: how long to wait for prices that nobody has asked for lately; those that come later stay unknown.

    Raises:
        InvalidRequest: one sentence, with the plan's line, if nothing fits or something named does not.
    """
    requests, left_out, wire = [], [], playground.wires.to(who, simulated)
    cells, times = 0, _times(written.plan)
    for number, wanted in enumerate(written.plan.requests):
        request = _request(wanted, written, number)
        able, refused = _able(playground, request, written, number, simulated, who)
        left_out += [f"request {number + 1}: {offer.variant.ref}: {offer.why_not}" for offer in refused]
        requests.append((request, able))
        cells += len(able)
        if cells * times > MOST_JOBS:  # said as soon as it is known: the rest may be as much again
            raise InvalidRequest(f"{written.name}: that is {cells * times} jobs or more; a session takes {MOST_JOBS}.")

    def priced() -> PlanQuote:
        filled = tuple((request, tuple(playground.quotes.filled(offers, wire))) for request, offers in requests)
        return PlanQuote(written.plan, filled, tuple(left_out))

    before(priced())
    asked = [playground.offers.ask(offers, simulated, who) for _, offers in requests]
    asking = [each for each in asked if each is not None]
    for done in wait(asking, within_s).done:
        done.result()
    return replace(priced(), asked=tuple(each for each in asking if not each.done()))


def _times(plan: SessionPlan) -> int:
    """Jobs of each cell, at most."""
    return plan.warm_up + (plan.most_repeats or plan.repeats)


def _able(
    playground: Playground, request: Request, written: Written, number: int, simulated: bool, who: Person
) -> tuple[list[Offer], list[Offer]]:
    """The offers of all that the plan names, by variant, that fit this request, and those that do not."""
    able: dict[str, Offer] = {}
    refused: dict[str, Offer] = {}
    for place, words in enumerate(written.plan.variants):
        try:
            offers, named = playground.offers.of(
                request, _choice(words), simulated, nearest=written.plan.nearest, who=who
            )
        except InvalidRequest as error:
            raise written.wrong(error, "variants", place) from error
        try:
            if named:
                compare.fitting(offers, all_must=True)
        except InvalidRequest as error:
            in_csv = written.plan.requests[number].row
            raise written.wrong(error, *(("requests", number) if in_csv else ("variants", place))) from error
        keyless = playground.offers.keyless(request, _choice(words), simulated, who)
        for offer in (*offers, *keyless):
            (refused if offer.why_not else able)[offer.variant.ref] = offer
    if not able:
        why = next(iter(refused.values())).why_not if refused else "no variant was chosen"
        raise written.wrong(InvalidRequest(f"no variant fits this request: {why}"), "requests", number)
    return list(able.values()), list(refused.values())


def planned(
    playground: Playground,
    asked: PlanQuote,
    written: Written,
    identity: str,
    *,
    live: bool,
    who: Person,
    allow_unpriced: bool = False,
) -> Session:
    """All runs of a fixed plan; with a stop rule, the first of them."""
    plan = asked.plan
    at = playground.clock.now()
    offers = [offer for _, offers in asked.requests for offer in offers]
    simulated = not live or compare.lead_to_sandbox(offers, playground.settings.targets)
    runs = [
        compare.plan_run(
            each, request, at, simulated=simulated, live=live, repeats=1, keep=playground.media.keep_input,
            rng=random.Random(plan.order_seed), owner=who.id,
            payer_of=partial(who.payer_at, live=live), allow_unpriced=allow_unpriced,
        )
        for request, each in asked.requests
    ]  # fmt: skip
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
    """One more take of every cell, to begin in an order drawn for this block.

    Args:
        pattern: a run for each request of the plan, by its number; the new ones are like them.
        start: how many jobs of the session there are before.

    Shuffling within blocks keeps a slow hour from falling on one variant alone.
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
    """The jobs a run began with: one per variant, before anybody took one again."""
    return tuple({job.plan.variant: job for job in reversed(run.jobs)}.values())[::-1]


def _job(session_id: str, run_id: str, like: Job, at: float, start: int) -> Job:
    planned = Event.of(EventKind.PLANNED, at, "held", {"start": start, "session": session_id})
    return Job(compare.new_id("j"), run_id, like.position, like.plan, (planned,))


def anew(session: Session, at: float) -> list[Job]:
    """A job instead of each that was never tried, since its account's key or balance was refused."""
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
    """What going on with a session needs of its plan."""
    return {
        "order_seed": plan.order_seed,
        "concurrency": plan.concurrency,
        "rate_per_minute": plan.rate_per_minute,
        "within_percent": plan.within_percent,
        "most_repeats": plan.most_repeats,
        "budget_usd": None if plan.budget_usd is None else str(plan.budget_usd),
    }


def _choice(words: str) -> Choice:
    kind, _, name = words.partition(":")
    if kind == "model":
        return Choice(models=(name,))
    if kind == "provider":
        return Choice(providers=(name,))
    return Choice(refs=(words,))


def _request(asked: Asked, written: Written, number: int) -> Request:
    frames: dict[str, Any] = {}
    for place, name in (("image", asked.image), ("last_image", asked.last_image)):
        try:
            frames[place] = None if name is None else written.frames.load(written.folder / name)
        except InvalidRequest as error:
            raise written.wrong(error, "requests", number, place) from error
    return Request(
        asked.prompt, frames["image"], frames["last_image"], asked.duration, asked.resolution, asked.prompt_optimizer
    )


def identity(written: Written, mode: str) -> str:
    """What tells equal plans: of images what is sent, not the files' names."""
    requests = [_request(asked, written, number) for number, asked in enumerate(written.plan.requests)]
    frames = [frame for request in requests for frame in (request.first_frame, request.last_frame)]
    return plan_file.identity(written.plan, [frame.sha256 for frame in frames if frame is not None], mode)
