"""Starts runs and adds jobs to them: checks limits and budgets, asks for prices, records the jobs and begins them."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial

from comparisons.engine import LOCK_WAIT_S, request_of
from comparisons.playground._ongoing import NO_RUN, Ongoing
from comparisons.records import HOST, Budget, Job, Person, Plan, Pot, Priced, Run
from comparisons.runs import PATIENCE_S, USUAL, Choice, Consent, Offer, compare
from comparisons.words import total_words
from providers import PROVIDERS, InvalidRequest, Request, TakesError

RUNS_BUDGET = "this run's budget"


class Starting(Ongoing):
    """The part of the playground that starts runs and jobs."""

    def start(
        self,
        request: Request,
        choice: Choice,
        *,
        simulated: bool,
        repeats: int = 1,
        consent: Consent = USUAL,
        sure: bool = True,
        who: Person = HOST,
    ) -> Run:
        """Starts a run and returns at once; follow it with ``changes`` or ``wait``.

        Args:
            consent: what the person agrees to pay.
            sure: False to ask for a second press if the same takes are under way already.

        Raises:
            UnderWay: they are; a second call starts them once more.
            InvalidRequest: the run cannot start, and why; nothing that costs anything was sent.
        """
        self.storage.check_room(who)
        pressed, live = self.clock.now(), not simulated
        able = self.offers.able(request, choice, simulated, who)
        self.check_press(able, repeats, consent.budget, live, who)
        named = bool(choice.refs) and not (choice.providers or choice.models)
        offers = compare.fit(self.offers.quoted(able, simulated, who), all_must=named)
        sandbox = simulated or compare.lead_to_sandbox(offers, self.settings.targets)
        press = compare.Press(pressed, sandbox, live, repeats, who.id, partial(who.payer_at, live=live), consent)
        run = compare.plan_run(offers, request, press, keep=self.media.keep_input, rng=self._rng)
        with self.acting:
            if not sure:
                self._twice.check(who.id, run.jobs, self._under_way(who))
            self._admit(who, len(run.jobs), live=live)
            self._begin_run(run, request, who)
        return run

    def check_press(self, able: Sequence[Offer], repeats: int, budget: Decimal | None, live: bool, who: Person) -> None:
        """Checks that a press of Run may start, by the prices known so far, before providers are asked for others.

        Args:
            able: the offers that fit, each of which would run ``repeats`` times.
            budget: the run's own budget in US dollars, if it has one.

        Raises:
            InvalidRequest: too many takes are under way, or a budget has too little left.
        """
        self.admission.check(who, len(able) * repeats, live=live)
        known = self.quotes.filled(able, self.wires.to(who, not live))
        own = None if budget is None else Pot("", RUNS_BUDGET, budget)
        limits = self.gate.budget(who.id, who.payer, live=live, own=own)
        self.gate.check_pots(limits, [each.figures for each in known] * repeats)

    def _admit(self, who: Person, takes: int, *, live: bool) -> None:
        """Checks that a visitor may start so many takes. If too many would wait in the sandbox, stops some of others.

        Raises:
            TooMuch: they may not.
        """
        self.admission.check(who, takes, live=live)
        if who.id and not live:
            for job_id in self.admission.to_make_room(who, takes):
                self._stop(self._known(job_id, HOST), for_room=True)

    def _begin_run(self, run: Run, request: Request, who: Person) -> None:
        if not self.workers.own(run.id, LOCK_WAIT_S):
            raise InvalidRequest("Another Takes is looking through the data folder just now: try again.")
        try:
            self.ledger.add_run(run, self._budget(run, run.jobs[0]))
        except TakesError:
            self.workers.disown(run.id)
            raise
        with contextlib.suppress(InvalidRequest):  # the run is recorded: jobs without their image will be rejected
            for image in itertools.chain.from_iterable(request.inputs.values()):
                self.media.keep_input(image)  # stored again: the last run that used it may just have been deleted
        self.wires.keep(run.id, who)
        self.workers.begin(run.jobs)

    def _budget(self, run: Run, job: Job) -> Budget:
        """The pots that a job of a run counts in: the run's own, and those of the person whose keys pay."""
        own = None if run.budget is None else Pot(f"run {run.id}", RUNS_BUDGET, run.budget)
        return self.gate.budget(run.owner, job.plan.payer, live=job.plan.live, own=own)

    def again(
        self,
        job_id: str,
        who: Person = HOST,
        *,
        allow_unpriced: bool = False,
        sure: bool = True,
        within_s: float = PATIENCE_S,
    ) -> Job:
        """One more job like this one, in the same run: a new job, priced again.

        Args:
            allow_unpriced: agrees to an unknown price; if the same person pays, the first job's consent counts too.
            sure: False to ask for a second press if another job like it is under way already.
            within_s: for how many seconds to wait for its price, if that is not known.

        Raises:
            UnderWay: one is under way; a second call starts it once more.
            InvalidRequest: there is no such job, another process works on its run, or a limit forbids it.
        """
        self.storage.check_room(who)
        old = self._known(job_id, who)
        plan, run = old.plan, self._run_of(old)
        if plan.live and plan.provider not in self.wires.keys(who):
            raise InvalidRequest(f"Type your {PROVIDERS[plan.provider].name} key again to take this again.")
        payer = who.payer_at(plan.provider, live=plan.live)
        able = self.offers.able(request_of(plan, self.media), Choice(refs=(plan.variant,)), not plan.live, who)
        self.check_press(able, 1, run.budget, plan.live, who)
        (priced,) = compare.fit(self.offers.quoted(able, not plan.live, who, within_s), all_must=True)
        allowed = allow_unpriced or (plan.allow_unpriced and payer == plan.payer)
        with self.acting:
            plan = replace(plan, listed=priced.listed, quoted=priced.quoted, payer=payer, allow_unpriced=allowed)
            return self._again(old, plan, sure, who)

    def add(
        self,
        run_id: str,
        choice: Choice,
        who: Person = HOST,
        *,
        consent: Consent = USUAL,
        sure: bool = True,
        within_s: float = PATIENCE_S,
    ) -> Run:
        """Adds a take of each of further variants to a run, with the same request and today's prices; gives the run.

        Args:
            sure: False to tell the price first, if it costs anything, and add the takes at a second press.
            within_s: for how many seconds to wait for prices that are not known.

        Raises:
            PriceFirst: the person has not been told the price yet; a second call adds the takes.
            InvalidRequest: there is no such run, all variants are in it already or one does not fit, another process
                works on it, or a limit forbids it. Nothing was added.
        """
        self.storage.check_room(who)
        run = self.run(run_id, who)
        if run is None or not run.jobs:
            raise InvalidRequest(NO_RUN)
        refs = _not_in(run, choice.refs)
        plan, live = run.fullest, run.jobs[0].plan.live
        request = replace(request_of(plan, self.media), options=run.asked_of_all)
        able = self.offers.able(request, replace(choice, refs=refs), not live, who)
        self.check_press(able, 1, run.budget, live, who)
        offers = compare.fit(self.offers.quoted(able, not live, who, within_s), all_must=True)
        payer = partial(who.payer_at, live=live)
        press = compare.Press(self.clock.now(), plan.simulated, live, 1, who.id, payer, consent)
        made = compare.plan_run(offers, request, press, keep=self.media.keep_input, rng=self._rng)
        if live and not sure:
            self._budget(run, made.jobs[0]).check_prices([Priced.of(job.plan) for job in made.jobs])
            self._check_read(run_id, offers, who)
        with self.acting:
            self._join(run_id, lambda now: _placed(now, made.jobs), who)
        return run

    def _check_read(self, run_id: str, offers: Sequence[Offer], who: Person) -> None:
        """Raises ``PriceFirst``, with the price, unless the person has been told what further takes of a run cost."""
        price = total_words(each.price for each in offers)
        takes = "a take" if len(offers) == 1 else f"{len(offers)} takes"
        about = (run_id, price, *sorted(each.variant.ref for each in offers))
        self._twice.check_price(who.id, about, f"This adds {takes} to the run for {price}. Press again to add them.")

    def _again(self, old: Job, plan: Plan, sure: bool, who: Person) -> Job:
        def make(run: Run) -> list[Job]:
            job = compare.new_job(run.id, _end_of(run), plan, self.clock.now(), 0)
            if not sure:
                self._twice.check(who.id, [job], [[other for other in run.jobs if not other.done]])
            return [job]

        (job,) = self._join(old.run, make, who)
        return job

    def _join(self, run_id: str, make: Callable[[Run], list[Job]], who: Person) -> list[Job]:
        """Adds jobs to a run that is in the ledger already and begins them, all or none.

        Args:
            make: makes the jobs for the run as it is now; it may raise ``InvalidRequest``.
        """
        self.workers.claim(run_id)
        try:
            run = self.ledger.run(run_id)
            if run is None:
                raise InvalidRequest(NO_RUN)
            jobs = make(run)
            self._admit(who, len(jobs), live=jobs[0].plan.live)
            self.ledger.add_jobs(jobs, self._budget(run, jobs[0]))
        except TakesError:
            if not self.workers.active(run_id):
                self.workers.disown(run_id)  # so that another process may go on with it
            raise
        self.wires.keep(run_id, who)
        self.workers.begin(jobs)
        return jobs


def _end_of(run: Run) -> int:
    """The position of the next take of a run."""
    return max(job.position for job in run.jobs) + 1


def _not_in(run: Run, refs: Sequence[str]) -> tuple[str, ...]:
    """The variants that the run has no take of; raises ``InvalidRequest`` if it has takes of all of them."""
    there = {job.plan.variant for job in run.jobs}
    new = tuple(ref for ref in refs if ref not in there)
    if not new:
        raise InvalidRequest("Every variant that is picked is in this run: pick another one under Choose.")
    return new


def _placed(run: Run, made: Sequence[Job]) -> list[Job]:
    """The jobs, placed at the end of a run; raises ``InvalidRequest`` if one of their variants was just added."""
    if len(_not_in(run, [job.plan.variant for job in made])) < len(made):
        raise InvalidRequest("One of these variants was just added to the run.")
    return [replace(job, run=run.id, position=_end_of(run) + number) for number, job in enumerate(made)]
