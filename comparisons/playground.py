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
from functools import partial
from typing import TYPE_CHECKING, Any

from comparisons.clock import Clock
from comparisons.engine import (
    A_MOMENT_S,
    CLIP_PATIENCE_S,
    Engine,
    Gate,
    Places,
    Recorder,
    Schedule,
    Sleep,
    Waits,
    Wires,
    Workers,
    request_of,
)
from comparisons.folders import LEDGER, make_home
from comparisons.ledger import Ledger
from comparisons.media import Media, Uploaded
from comparisons.records import HOST, Budget, Event, EventKind, Job, Person, Plan, Pot, Run
from comparisons.runs import (
    PATIENCE_S,
    Admission,
    Calls,
    Choice,
    FairPlaces,
    Fetcher,
    History,
    Offer,
    Offers,
    Quotes,
    Reconciler,
    Storage,
    Twice,
    compare,
)
from comparisons.settings import Settings
from providers import PROVIDERS, InvalidRequest, Request, TakesError, Variant, variants

if TYPE_CHECKING:
    import pandas as pd

    from providers.sandbox import World

RUNS_BUDGET = "this run's budget"
NO_RUN = "There is no such run here."


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
        clip_patience_s: float = CLIP_PATIENCE_S,
    ) -> None:
        self.settings = settings
        self.clock = clock or Clock()
        make_home(settings.home)
        self.variants: tuple[Variant, ...] = variants([settings.home / "catalog"])
        self._rng = rng or random.Random()
        self.acting = threading.RLock()  # two threads must not both find a job idle and take it up
        self.ledger = Ledger(settings.home / LEDGER)
        self.admission = Admission(self.ledger, self.clock.now)
        self.media = Media(settings.home)
        self.wires = Wires(settings, self.clock, world)
        self.gate = Gate(self.ledger, settings, self.clock, self.variants)
        self.quotes = Quotes(self.clock.wall)
        self._twice = Twice(self.clock.now)
        self._places: dict[tuple[str, bool, str], Places] = {}
        schedule = Schedule(self.ledger, self._rng, self.clock.now, settings.sandbox_speed)
        recorder = Recorder(
            self.ledger, self.gate, self.clock, sleep,
            changed=lambda job: self.workers.changed(job),
            trouble=lambda sentence: self.workers.troubled(sentence),
        )  # fmt: skip
        waits = Waits(sleep, self._rng)
        engine = Engine(recorder, waits, self.media, self.wires.of, self.variants, schedule, clip_patience_s)
        self.workers = Workers(engine, settings.home / "locks", self._places_of, self.wires.forget, Calls(self.ledger))
        self.offers = Offers(self.variants, self.wires, self.quotes, self.workers)
        self.uploaded = Uploaded(settings.uploads, self.workers.own, self.workers.disown, self.clock.now)
        self.history = History(
            self.ledger, self.media, self.workers, self.acting, settings.usd, self.wires, self.uploaded
        )
        self.storage = Storage(self.ledger, self.media, self.history, self.uploaded, settings, self.clock.now)
        self.fetcher = Fetcher(self.ledger, self.media, self.workers, self.wires, self.acting, self.clock.now)
        self.reconciler = Reconciler(self.ledger, self.workers, self.wires, self.quotes, self.acting, self.clock.now)

    def _places_of(self, job: Job) -> Places:
        """The places at a job's provider, which all jobs of one account share."""
        plan = job.plan
        account, limit = (plan.provider, plan.live, plan.payer), PROVIDERS[plan.provider].concurrency
        if account not in self._places and plan.live:
            self._places[account] = Places(limit, self.clock.now)
        elif account not in self._places:
            begun, whose = self.admission.begun, self.admission.whose
            self._places[account] = FairPlaces(limit, self.clock.now, begun, whose)
        return self._places[account]

    def close(self) -> None:
        """Stops watching. Jobs stay as they are; the next start goes on."""
        self.storage.close()
        self.uploaded.close()
        self.workers.close(self._aclose)
        self.ledger.close()

    async def _aclose(self) -> None:
        await self.quotes.aclose()
        await self.wires.aclose()

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
        sure: bool = True,
        who: Person = HOST,
    ) -> Run:
        """Starts a run and returns at once; follow it with ``changes`` or ``wait``.

        Args:
            budget: US dollars the run may cost.
            allow_unpriced: an explicit yes to prices nobody knows.
            sure: False asks once where the same is under way already.

        Raises:
            UnderWay: it is, and pressing once more starts it again.
            InvalidRequest: one sentence; nothing was sent that costs anything.
        """
        self.storage.check_room(who)
        pressed, live = self.clock.now(), not simulated
        able = self.offers.able(request, choice, simulated, nearest, who)
        self.check_room(able, repeats, budget, live, who)
        offers = self.offers.quoted(able, simulated, who)
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
            payer_of=partial(who.payer_at, live=live),
            allow_unpriced=allow_unpriced,
            budget=budget,
        )
        with self.acting:
            if not sure:
                self._twice.check(who.id, run.jobs, self._under_way(who))
            self._admit(who, len(run.jobs), live=live)
            self._begin_run(run, request, who)
        return run

    def check_room(self, able: Sequence[Offer], repeats: int, budget: Decimal | None, live: bool, who: Person) -> None:
        """Whether a press may come to anything, by what is known already: before any question goes to a provider.

        Raises:
            InvalidRequest: too many takes are under way, or a budget has too little left.
        """
        self.admission.check(who, len(able) * repeats, live=live)
        known = self.quotes.filled(able, self.wires.to(who, not live))
        own = None if budget is None else Pot("", RUNS_BUDGET, budget)
        limits = self.gate.budget(who.id, who.payer, live=live, own=own)
        self.gate.check_room(limits, [each.figures for each in known] * repeats)

    def _admit(self, who: Person, takes: int, *, live: bool) -> None:
        """Checks that a visitor may start takes, and stops others of the sandbox where too many would wait there.

        Raises:
            TooMuch: they may not.
        """
        self.admission.check(who, takes, live=live)
        if who.id and not live:
            for job_id in self.admission.to_make_room(who, takes):
                self._stop(self._known(job_id, HOST), for_room=True)

    def _begin_run(self, run: Run, request: Request, who: Person) -> None:
        if not self.workers.own(run.id, A_MOMENT_S):
            raise InvalidRequest("Another Takes is looking through the data folder just now: try again.")
        try:
            self.ledger.add_run(run, self._budget(run, run.jobs[0]))
        except TakesError:
            self.workers.disown(run.id)
            raise
        with contextlib.suppress(InvalidRequest):  # the run is recorded: without its image its jobs are rejected
            for frame in (request.first_frame, request.last_frame):
                self.media.keep_input(frame)  # again: the last run that used it may just have been deleted
        self.wires.keep(run.id, who)
        self.workers.begin(run.jobs)

    def _budget(self, run: Run, job: Job) -> Budget:
        """On whose money a job of a run is begun: a visitor's own keys, or the host's within its limits."""
        own = None if run.budget is None else Pot(f"run {run.id}", RUNS_BUDGET, run.budget)
        return self.gate.budget(run.owner, job.plan.payer, live=job.plan.live, own=own)

    def _under_way(self, who: Person) -> list[tuple[Job, ...]]:
        """The jobs of each run of a person that is not over, also those of them that are."""
        runs = (self.ledger.run(run_id) for run_id in self.ledger.unfinished(who.id))
        return [run.jobs for run in runs if run is not None]

    def resume(self) -> list[str]:
        """Picks up every unfinished run that no other Takes is running, and no session; returns their ids."""
        with self.acting:
            return self._take_up([run for run in self.ledger.unfinished() if self.ledger.session_of(run) is None])

    def go_on(self, run_id: str, who: Person = HOST) -> Run:
        """Picks up one run, with the keys typed now; ``InvalidRequest`` if it is unknown, or another's to run."""
        run = self.run(run_id, who)
        if run is None:
            raise InvalidRequest(NO_RUN)
        with self.acting:
            self.workers.claim(run_id)
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
                self.workers.begin([self.happened(job, EventKind.RESUMED) for job in idle])
                if not idle and not self.workers.active(run_id):
                    self.workers.disown(run_id)
        return resumed

    def happened(self, job: Job, kind: EventKind, **data: Any) -> Job:
        """The job with an event that this process, not the engine, records of it."""
        event = Event(kind, max(self.clock.now(), job.last_at), data=data)
        self.ledger.record(job.id, event)
        return job.after(event)

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
            allow_unpriced: an explicit yes to a price nobody knows; the first job's holds if the same person pays.
            sure: False asks once where another one like it is under way already.
            within_s: how long to wait for its price, if nobody has asked for it lately.

        Raises:
            InvalidRequest: there is no such job, or another Takes runs its run, or it may not be paid for.
        """
        self.storage.check_room(who)
        old = self._known(job_id, who)
        plan, run = old.plan, self._run_of(old)
        if plan.live and plan.provider not in self.wires.keys(who):
            raise InvalidRequest(f"Type your {PROVIDERS[plan.provider].name} key again to take this again.")
        payer = who.payer_at(plan.provider, live=plan.live)
        able = self.offers.able(request_of(plan, self.media), Choice(refs=(plan.variant,)), not plan.live, False, who)
        self.check_room(able, 1, run.budget, plan.live, who)
        priced = self.offers.quoted(able, not plan.live, who, within_s)[0]
        allowed = allow_unpriced or (plan.allow_unpriced and payer == plan.payer)
        with self.acting:
            plan = replace(plan, listed=priced.listed, quoted=priced.quoted, payer=payer, allow_unpriced=allowed)
            return self._again(old, plan, sure, who)

    def _again(self, old: Job, plan: Plan, sure: bool, who: Person) -> Job:
        self.workers.claim(old.run)
        run, now = self._run_of(old), self.clock.now()
        job = compare.new_job(old.run, max(job.position for job in run.jobs) + 1, plan, now, 0)
        if not sure:
            self._twice.check(who.id, [job], [[other for other in run.jobs if not other.done]])
        self._admit(who, 1, live=plan.live)
        self.ledger.add_job(job, self._budget(run, job))
        self.wires.keep(run.id, who)
        self.workers.begin([job])
        return job

    def _run_of(self, job: Job) -> Run:
        run = self.ledger.run(job.run)
        if run is None:
            raise InvalidRequest(NO_RUN)
        return run

    def stop(self, job_id: str, who: Person = HOST) -> bool:
        """Asks for a job to be stopped; what came of it shows in the job. Says whether it is up to this process.

        A job of another process is stopped by that process at its next step; one nobody runs is taken up here.
        """
        with self.acting:
            return self._stop(self._known(job_id, who))

    def _stop(self, job: Job, *, for_room: bool = False) -> bool:
        if job.done:
            return True
        idle = not self.workers.works_on(job.id)
        mine = self.workers.own(job.run) if idle else True
        if idle and mine:
            job = self.happened(job, EventKind.RESUMED)
        job = self.happened(job, EventKind.STOP, **({"for_room": True} if for_room else {}))
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

    # looking --------------------------------------------------------------------------------------------------

    def run(self, run_id: str, who: Person = HOST) -> Run | None:
        """A run with its jobs; None if there is none, or it is somebody else's."""
        run = self.ledger.run(run_id)
        return run if run is not None and who.may_see(run) else None

    def frame(self, run: Run) -> pd.DataFrame:
        """The run as a table."""
        from comparisons.analysis import table  # not above: pandas takes as long to import as all the rest

        return table.frame(run.jobs, self.settings.usd, self.media.clips, self.clock.now())

    def rows(self, jobs: Sequence[Job]) -> list[dict[str, Any]]:
        """Jobs under the table's columns, as JSON-ready values."""
        from comparisons.analysis import table  # as in ``frame``

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

    def _known(self, job_id: str, who: Person) -> Job:
        job = self.ledger.job(job_id)
        if job is None or self.run(job.run, who) is None:
            raise InvalidRequest(f"No job is called {job_id!r}. See: python -m comparisons jobs")
        return job
