"""Wires everything together and owns the one background event loop. The page and the command line each hold one.

Nothing here belongs to a browser tab: jobs live on the loop's own thread until they are over or the process
ends, and the next process picks up what is unfinished. Whatever names a run or a job says who asks: a visitor sees and
touches only what is theirs.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pandas as pd

from comparisons import compare, images, reconcile, table
from comparisons.asking import Sleep
from comparisons.budget import Budget
from comparisons.clock import Clock
from comparisons.compare import Choice, Offer
from comparisons.folders import LEDGER, make_home
from comparisons.history import History
from comparisons.jobs import Engine, request_of
from comparisons.ledger import Ledger
from comparisons.media import Media
from comparisons.places import Places
from comparisons.records import Event, Job, Run
from comparisons.schedule import Schedule
from comparisons.settings import Settings
from comparisons.storage import Storage
from comparisons.visitors import HOST, Person, admit, pots_of, spends_the_hosts
from comparisons.wires import Wires
from comparisons.workers import Workers
from providers import PROVIDERS, InvalidRequest, Request, TakesError, Variant, variants
from providers.sandbox import World

QUOTES_KEPT = 200
"""Of the visitors who typed keys: their prices are their own."""


class Playground:
    """One data folder, its ledger, and the jobs that run over it.

    Args:
        world: the sandbox to use; by default one of its own, remembered in the data folder.
        sleep: how the engine waits; tests bring their own time.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        sleep: Sleep = asyncio.sleep,
        rng: random.Random | None = None,
        world: World | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock or Clock()
        self.variants: tuple[Variant, ...] = variants([settings.home / "catalog"])
        self._rng = rng or random.Random()
        self.acting = threading.RLock()  # two threads must not both find a job idle and take it up
        make_home(settings.home)
        self.ledger = Ledger(settings.home / LEDGER)
        self.media = Media(settings.home)
        self.wires = Wires(settings, self.clock, world)
        self._quotes: dict[tuple[bool, str], compare.Quotes] = {}
        self._places: dict[tuple[str, bool, str], Places] = {}
        schedule = Schedule(self.ledger, self._rng, self.clock.now, settings.sandbox_speed)
        engine = Engine(
            self.ledger, self.media, self.wires.of, self.variants, self.clock, sleep=sleep, schedule=schedule,
            rng=self._rng,
            changed=lambda job: self.workers.changed(job),
            trouble=lambda sentence: self.workers.troubled(sentence),
        )  # fmt: skip
        self.workers = Workers(engine, settings.home / "locks", self._places_of, self.wires.forget)
        self.history = History(self.ledger, self.media, self.workers, self.acting, settings.usd, self.wires)
        self.storage = Storage(self.ledger, self.media, self.history, settings, self.clock.now)

    def _places_of(self, job: Job) -> Places:
        """The places at a job's provider, which all jobs of one account share."""
        plan = job.plan
        account = (plan.provider, plan.live, plan.payer)
        return self._places.setdefault(account, Places(PROVIDERS[plan.provider].concurrency, self.clock.now))

    def close(self) -> None:
        """Stops watching. Jobs stay as they are; the next start goes on."""
        self.storage.close()
        self.workers.close(self.wires.aclose)
        self.ledger.close()

    @property
    def trouble(self) -> str:
        """What holds all jobs up just now, in a sentence; empty if nothing does."""
        return self.workers.trouble

    # asking ---------------------------------------------------------------------------------------------------

    def simulated(self, mode: str | None, who: Person = HOST) -> bool:
        """Whether a run of ``mode`` ("sandbox", "live" or None for the default) is simulated.

        Raises:
            InvalidRequest: live, and no key is set.
        """
        keys = self.wires.keys(who)
        if mode == "live" and not keys:
            names = ", ".join(provider.key_env for provider in PROVIDERS.values())
            raise InvalidRequest(
                f"A live run needs a key: set one of {names} (or type one on the page, under Keys), or use the sandbox."
            )
        return mode == "sandbox" or (mode is None and not keys)

    def callable_variants(self, simulated: bool, who: Person = HOST) -> list[Variant]:
        """The variants a run can reach: in a live run, those whose provider has a key."""
        keys = self.wires.keys(who)
        return [variant for variant in self.variants if simulated or variant.provider in keys]

    def offers(
        self, request: Request, choice: Choice, simulated: bool, *, nearest: bool = False, who: Person = HOST
    ) -> tuple[list[Offer], bool]:
        """What each chosen variant would do with the request, and whether each was named."""
        chosen, named = compare.choose(self.variants, choice)
        reachable = {variant.ref for variant in self.callable_variants(simulated, who)}
        without = [variant for variant in chosen if variant.ref not in reachable]
        if without and (named or len(without) == len(chosen)):
            provider = PROVIDERS[without[0].provider]
            raise InvalidRequest(f"{provider.name} has no key: set {provider.key_env}, or use the sandbox.")
        able, wire = [variant for variant in chosen if variant.ref in reachable], self.wires.to(who, simulated)
        return [
            compare.offer(variant, request, wire.host(variant.provider), nearest=nearest) for variant in able
        ], named

    def quote(
        self,
        request: Request,
        choice: Choice,
        simulated: bool,
        *,
        nearest: bool = False,
        fresh: bool = True,
        who: Person = HOST,
    ) -> list[Offer]:
        """The offers that fit, with the providers' own prices where they give any. Bills nothing.

        Args:
            fresh: ask anew; otherwise a price heard since the last fresh question will do.

        Raises:
            InvalidRequest: nothing fits, or something named does not.
        """
        offers, named = self.offers(request, choice, simulated, nearest=nearest, who=who)
        able = compare.fitting(offers, all_must=named)
        heard = self._heard(simulated, who)
        if fresh:
            heard.clear()
        wire = self.wires.to(who, simulated)
        return self.workers.call(compare.with_quotes(able, wire, images.placeholder(), heard))

    def _heard(self, simulated: bool, who: Person) -> compare.Quotes:
        while len(self._quotes) > QUOTES_KEPT:
            self._quotes.pop(next(iter(self._quotes)))
        return self._quotes.setdefault((simulated, who.payer if who.keys else ""), {})

    # running --------------------------------------------------------------------------------------------------

    def start(
        self,
        request: Request,
        choice: Choice,
        *,
        simulated: bool,
        repeats: int = 1,
        budget: Decimal | None = None,
        allow_unpriced: bool = False,
        nearest: bool = False,
        who: Person = HOST,
    ) -> Run:
        """Starts a run and returns at once; follow it with ``changes`` or ``wait``.

        Raises:
            InvalidRequest: one sentence; nothing was sent that costs anything.
        """
        self.storage.check_room(who)
        pressed = self.clock.now()
        offers = self.quote(request, choice, simulated, nearest=nearest, who=who)
        live = not simulated
        run = compare.plan_run(
            offers,
            request,
            pressed,
            simulated=simulated or compare.lead_to_sandbox(offers, self.settings.targets),
            live=live,
            repeats=repeats,
            keep=self.media.keep_input,
            rng=self._rng,
            owner=who.id,
            payer_of=lambda provider: who.payer if live and provider in who.keys else "",
            budget=budget,
        )
        pots = pots_of(run, who, self.settings, pressed)
        unpriced_ok = simulated or (allow_unpriced and not spends_the_hosts(who))
        compare.gate(offers, self.settings.usd, budgeted=bool(pots) and live, allow_unpriced=unpriced_ok)
        with self.acting:
            admit(self.ledger, who, len(run.jobs), pressed)
            self.workers.own(run.id)
            try:
                self.ledger.add_run(run, Budget(pots, self.settings.usd))
            except TakesError:
                self.workers.disown(run.id)
                raise
            with contextlib.suppress(InvalidRequest):  # the run is recorded: without its image its jobs are rejected
                for frame in (request.first_frame, request.last_frame):
                    self.media.keep_input(frame)  # again: the last run that used it may just have been deleted
            self.wires.keep(run.id, who)
            self.workers.begin(run.jobs)
        return run

    def resume(self) -> list[str]:
        """Picks up every unfinished run that no other Takes is running, and no session; returns their ids."""
        with self.acting:
            return self._take_up([run for run in self.ledger.unfinished() if self.ledger.session_of(run) is None])

    def go_on(self, run_id: str, who: Person = HOST) -> Run:
        """Picks up one run, with the keys typed now; ``InvalidRequest`` if it is unknown, or another's to run."""
        run = self.run(run_id, who)
        if run is None:
            raise InvalidRequest("There is no such run here.")
        with self.acting:
            self._claim(run_id)
            if not run.done:
                self.wires.keep(run_id, who)
            self._take_up([run_id])
        return run

    def _take_up(self, run_ids: Sequence[str]) -> list[str]:
        resumed = []
        for run_id in run_ids:
            run = self.ledger.run(run_id) if self.workers.own(run_id) else None
            if run is not None:
                resumed.append(run_id)
                idle = [job for job in run.jobs if not job.done and not self.workers.works_on(job.id)]
                self.workers.begin([self.happened(job, "resumed") for job in idle])
                if not idle and not self.workers.active(run_id):
                    self.workers.disown(run_id)
        return resumed

    def happened(self, job: Job, kind: str, state: str | None = None, phase: str | None = None, **data: Any) -> Job:
        """The job with an event that this process, not the engine, records of it."""
        event = Event(kind, max(self.clock.now(), job.last_at), state, phase, data)
        self.ledger.record(job.id, event)
        return job.after(event)

    def again(self, job_id: str, who: Person = HOST) -> Job:
        """One more job like this one, in the same run: a new job, priced again.

        Raises:
            InvalidRequest: there is no such job, or another Takes runs its run, or a budget is spent.
        """
        self.storage.check_room(who)
        old = self._known(job_id, who)
        plan = old.plan
        if plan.live and plan.provider not in self.wires.keys(who):
            raise InvalidRequest(f"Type your {PROVIDERS[plan.provider].name} key again to take this again.")
        payer = who.payer if plan.live and plan.provider in who.keys else ""
        request = request_of(plan, self.media)
        quoted = self.quote(request, Choice(refs=(plan.variant,)), not plan.live, who=who)[0].quoted
        with self.acting:
            return self._again(old, replace(plan, quoted=quoted, payer=payer), who)

    def _again(self, old: Job, plan: Any, who: Person) -> Job:
        self._claim(old.run)
        run = self.ledger.run(old.run)
        if run is None:
            raise InvalidRequest("There is no such run here.")
        now = self.clock.now()
        admit(self.ledger, who, 1, now)
        job = compare.new_job(old.run, max(job.position for job in run.jobs) + 1, plan, now, 0)
        pots = pots_of(replace(run, jobs=(job,)), who, self.settings, now)
        self.ledger.add_job(job, Budget(pots, self.settings.usd))
        self.wires.keep(run.id, who)
        self.workers.begin([job])
        return job

    def stop(self, job_id: str, who: Person = HOST) -> bool:
        """Asks for a job to be stopped; what came of it shows in the job. Says whether it is up to this process.

        A job of another process is stopped by that process at its next step; one nobody runs is taken up here.
        """
        with self.acting:
            return self._stop(self._known(job_id, who))

    def _stop(self, job: Job) -> bool:
        if job.done:
            return True
        idle = not self.workers.works_on(job.id)
        mine = self.workers.own(job.run) if idle else True
        if idle and mine:
            job = self.happened(job, "resumed")
        job = self.happened(job, "stop")
        if idle and mine:
            self.workers.begin([job])
        self.workers.wake(job.id)
        return mine

    def stop_run(self, run_id: str, who: Person = HOST) -> None:
        """Asks for every unfinished job of a run to be stopped."""
        run = self.run(run_id, who)
        for job in run.jobs if run else ():
            self.stop(job.id, who)

    def wait(self, run_ids: Sequence[str] | None = None) -> None:
        """Returns when every job of these runs (or of all) is over or has been paused."""
        while not self.settled(run_ids, 60.0):
            pass

    def settled(self, run_ids: Sequence[str] | None, within_s: float) -> bool:
        """Whether every job of these runs (or of all) is over or paused, waiting up to ``within_s`` for it."""
        return self.workers.settled(run_ids, within_s)

    # reconciling ----------------------------------------------------------------------------------------------

    def uncertain(self, who: Person = HOST) -> list[Job]:
        """The jobs of which nobody knows whether they are billed."""
        return self.ledger.uncertain(who.only)

    def look_for(self, job_id: str, who: Person = HOST) -> str:
        """Asks the provider about an uncertain job, goes on with it if there is no doubt, and says what came of it.

        Raises:
            InvalidRequest: the job is not uncertain. ProviderError, NotSent, NoReply: the provider did not tell.
        """
        job = self._uncertain(job_id, who)
        seen = self.workers.call(reconcile.sightings(job, self.wires.to(who, not job.plan.live), self.ledger))
        if seen is not None and len(seen) == 1:
            self.found(job_id, seen[0].id, who)
        return reconcile.in_words(job, seen)

    def found(self, job_id: str, provider_job: str, who: Person = HOST) -> Job:
        """Goes on with an uncertain job under the id its provider lists it by; its clip is then fetched.

        Raises:
            InvalidRequest: the job is not uncertain, or the id cannot be it.
            ProviderError, NotSent, NoReply: the provider does not know the id, or did not tell.
        """
        job = self._uncertain(job_id, who)
        wire = self.wires.to(who, not job.plan.live)
        handle = self.workers.call(reconcile.known_there(job, provider_job, wire, self.ledger))
        with self.acting:
            job = self._uncertain(job_id, who)
            self._claim(job.run)
            where = {"id": handle.id, "endpoint": handle.endpoint}
            job = self.happened(job, "found", state="queued", phase="queue", handle=where)
            self.wires.keep(job.run, who)
            self.workers.begin([job])
        return job

    def not_charged(self, job_id: str, who: Person = HOST) -> Job:
        """Closes an uncertain job on the person's word that its provider has not charged it."""
        with self.acting:
            job = self._uncertain(job_id, who)
            sentence = "You said that the provider does not have it."
            return self.happened(job, "not_charged", state="rejected", error=sentence)

    def _uncertain(self, job_id: str, who: Person) -> Job:
        job = self._known(job_id, who)
        closed_by_mistake = job.state == "rejected" and job.last("not_charged") is not None
        if job.state != "uncertain" and not closed_by_mistake:
            raise InvalidRequest(f"Job {job.id} is {job.state}: there is nothing to reconcile.")
        return job

    # looking --------------------------------------------------------------------------------------------------

    def run(self, run_id: str, who: Person = HOST) -> Run | None:
        """A run with its jobs; None if there is none, or it is somebody else's."""
        run = self.ledger.run(run_id)
        return run if run is not None and who.may_see(run) else None

    def runs(self, limit: int, offset: int = 0, who: Person = HOST) -> list[Run]:
        """The latest runs first."""
        return self.ledger.runs(limit, offset, who.only)

    def frame(self, run: Run) -> pd.DataFrame:
        """The run as a table."""
        return table.frame(run.jobs, self.settings.usd, self.media.clips, self.clock.now())

    def rows(self, jobs: Sequence[Job]) -> list[dict[str, Any]]:
        """Jobs under the table's columns, as JSON-ready values."""
        return [table.row(job, self.settings.usd, self.media.clips, self.clock.now()) for job in jobs]

    def expected_s(self, job: Job) -> float | None:
        """The middle of this variant's own latest totals, None before it has any."""
        totals = sorted(self.ledger.totals(job.plan.variant, job.plan.simulated))
        return totals[len(totals) // 2] if totals else None

    def works_on(self, job_id: str) -> bool:
        """Whether this process is working on the job."""
        return self.workers.works_on(job_id)

    def active(self, run_id: str) -> bool:
        """Whether this process is working on the run."""
        return self.workers.active(run_id)

    def changes(self) -> AsyncIterator[None]:
        """Yields whenever a job changed, and at least once a second. For any event loop."""
        return self.workers.changes()

    def _claim(self, run_id: str) -> None:
        if not self.workers.own(run_id):
            raise InvalidRequest("This run belongs to another Takes that is running it now.")

    def _known(self, job_id: str, who: Person) -> Job:
        job = self.ledger.job(job_id)
        if job is None or self.run(job.run, who) is None:
            raise InvalidRequest(f"No job is called {job_id!r}. See: python -m comparisons jobs")
        return job
