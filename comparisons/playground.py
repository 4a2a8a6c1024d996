"""Wires everything together and owns the one background event loop. The page and the command line each hold one.

Nothing here belongs to a browser tab: jobs live on the loop's own thread until they are over or the process
ends, and the next process picks up what is unfinished.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pandas as pd

from comparisons import compare, images, sandboxed, table
from comparisons.asking import Sleep
from comparisons.clock import Clock
from comparisons.compare import Offer
from comparisons.jobs import Engine
from comparisons.ledger import Ledger
from comparisons.media import Media
from comparisons.records import Event, Job, Run
from comparisons.settings import Settings
from comparisons.transport import Transport
from comparisons.workers import Workers
from providers import PROVIDERS, InvalidRequest, Request, Variant, variants
from providers.sandbox import World


@dataclass(frozen=True)
class Choice:
    """Which variants are to take part, by any of their names; nothing named means all that fit."""

    refs: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    models: tuple[str, ...] = ()


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
        self._acting = threading.RLock()  # two threads must not both find a job idle and take it up
        self._make_home()
        self.ledger = Ledger(settings.home / "ledger.sqlite3")
        self.media = Media(settings.home)
        self._world = world
        self._wires: dict[bool, Transport] = {}
        self._quotes: dict[bool, compare.Quotes] = {}
        engine = Engine(
            self.ledger,
            self.media,
            lambda live: self._wire(not live),
            self.variants,
            self.clock,
            sleep=sleep,
            rng=self._rng,
            changed=lambda job: self._workers.changed(job),
        )
        self._workers = Workers(engine, settings.home / "locks")

    def _make_home(self) -> None:
        try:
            for name in ("locks", "catalog"):
                (self.settings.home / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            sentence = f"The data folder {self.settings.home} cannot be written ({error.strerror}); set TAKES_HOME."
            raise InvalidRequest(sentence) from error

    def close(self) -> None:
        """Stops watching. Jobs stay as they are; the next start goes on."""
        self._workers.close(self._hang_up)
        self.ledger.close()

    async def _hang_up(self) -> None:
        for wire in self._wires.values():
            await wire.aclose()
        if self._world is not None:
            self._world.close()

    # asking ---------------------------------------------------------------------------------------------------

    def simulated(self, mode: str | None) -> bool:
        """Whether a run of ``mode`` ("sandbox", "live" or None for the default) is simulated.

        Raises:
            InvalidRequest: live, and no key is set.
        """
        keys = self.settings.with_keys
        if mode == "live" and not keys:
            names = ", ".join(provider.key_env for provider in PROVIDERS.values())
            raise InvalidRequest(f"A live run needs a key: set one of {names}, or use the sandbox.")
        return mode == "sandbox" or (mode is None and not keys)

    def callable_variants(self, simulated: bool) -> list[Variant]:
        """The variants a run can reach: in a live run, those whose provider has a key."""
        keys = self.settings.with_keys
        return [variant for variant in self.variants if simulated or variant.provider in keys]

    def host(self, slug: str, simulated: bool) -> str:
        return self._wire(simulated).host(slug)

    def offers(
        self, request: Request, choice: Choice, simulated: bool, *, nearest: bool = False
    ) -> tuple[list[Offer], bool]:
        """What each chosen variant would do with the request, and whether each was named."""
        chosen, named = compare.choose(self.variants, choice.refs, choice.providers, choice.models)
        reachable = {variant.ref for variant in self.callable_variants(simulated)}
        without = [variant for variant in chosen if variant.ref not in reachable]
        if without and (named or len(without) == len(chosen)):
            provider = PROVIDERS[without[0].provider]
            raise InvalidRequest(f"{provider.name} has no key: set {provider.key_env}, or use the sandbox.")
        able = [variant for variant in chosen if variant.ref in reachable]
        return [
            compare.offer(variant, request, self.host(variant.provider, simulated), nearest=nearest) for variant in able
        ], named

    def quote(
        self, request: Request, choice: Choice, simulated: bool, *, nearest: bool = False, fresh: bool = True
    ) -> list[Offer]:
        """The offers that fit, with the providers' own prices where they give any. Bills nothing.

        Args:
            fresh: ask anew; otherwise a price heard since the last fresh question will do.

        Raises:
            InvalidRequest: nothing fits, or something named does not.
        """
        offers, named = self.offers(request, choice, simulated, nearest=nearest)
        able = compare.fitting(offers, all_must=named)
        heard = self._quotes.setdefault(simulated, {})
        if fresh:
            heard.clear()
        return self._workers.call(compare.with_quotes(able, self._wire(simulated), images.placeholder(), heard))

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
    ) -> Run:
        """Starts a run and returns at once; follow it with ``changes`` or ``wait``.

        Raises:
            InvalidRequest: one sentence; nothing was sent that costs anything.
        """
        pressed = self.clock.now()
        offers = self.quote(request, choice, simulated, nearest=nearest)
        unpriced_ok = allow_unpriced or simulated
        compare.gate(offers, repeats, self.settings.usd, budget=budget, allow_unpriced=unpriced_ok)
        run = compare.plan_run(
            offers,
            request,
            pressed,
            simulated=simulated or self._at_a_sandbox(offers),
            live=not simulated,
            repeats=repeats,
            keep=self.media.keep_input,
            rng=self._rng,
        )
        self._workers.own(run.id)
        self.ledger.add_run(run)
        self._workers.begin(run.jobs)
        return run

    def _at_a_sandbox(self, offers: Sequence[Offer]) -> bool:
        """Whether a live run goes to a sandbox on the wire. Simulated and live figures never mix in one run."""
        simulated = {self.settings.targets[each.variant.provider].is_sandbox for each in offers}
        if len(simulated) > 1:
            raise InvalidRequest(
                "Some base URLs lead to a sandbox (http) and some to a provider; a run takes one kind."
            )
        return simulated == {True}

    def resume(self) -> list[str]:
        """Picks up every unfinished run that no other Takes is running; returns their ids."""
        with self._acting:
            return self._take_up(self.ledger.unfinished())

    def _take_up(self, run_ids: Sequence[str]) -> list[str]:
        resumed = []
        for run_id in run_ids:
            run = self.ledger.run(run_id) if self._workers.own(run_id) else None
            if run is not None:
                resumed.append(run_id)
                idle = [job for job in run.jobs if not job.done and not self._workers.works_on(job.id)]
                self._workers.begin([self._resumed(job) for job in idle])
                if not idle and not self._workers.active(run_id):
                    self._workers.disown(run_id)
        return resumed

    def _resumed(self, job: Job) -> Job:
        event = Event("resumed", max(self.clock.now(), job.last_at))
        self.ledger.record(job.id, event)
        return job.after(event)

    def again(self, job_id: str) -> Job:
        """One more job like this one, in the same run: a new job, priced again.

        Raises:
            InvalidRequest: there is no such job, or another Takes runs its run.
        """
        with self._acting:
            return self._again(self._known(job_id))

    def _again(self, old: Job) -> Job:
        if not self._workers.own(old.run):
            raise InvalidRequest("This run belongs to another Takes that is running it now.")
        run = self.ledger.run(old.run)
        plan = replace(old.plan, quoted=self._price_again(old))
        position = max(job.position for job in run.jobs) + 1 if run else 0
        job = compare.new_job(old.run, position, plan, self.clock.now(), 0)
        self.ledger.add_job(job)
        self._workers.begin([job])
        return job

    def _price_again(self, old: Job) -> Any:
        plan = old.plan
        first, last = (
            images.load(self.media.input_path(name)) if name else None for name in (plan.first_frame, plan.last_frame)
        )
        request = Request(plan.prompt, first, last, plan.duration, plan.resolution, plan.prompt_optimizer)
        return self.quote(request, Choice(refs=(plan.variant,)), not plan.live)[0].quoted

    def stop(self, job_id: str) -> bool:
        """Asks for a job to be stopped; what came of it shows in the job. Says whether it is up to this process.

        A job of another process is stopped by that process at its next step; one nobody runs is taken up here.
        """
        with self._acting:
            return self._stop(self._known(job_id))

    def _stop(self, job: Job) -> bool:
        if job.done:
            return True
        idle = not self._workers.works_on(job.id)
        mine = self._workers.own(job.run) if idle else True
        if idle and mine:
            job = self._resumed(job)
        stop = Event("stop", max(self.clock.now(), job.last_at))
        self.ledger.record(job.id, stop)
        if idle and mine:
            self._workers.begin([job.after(stop)])
        self._workers.wake(job.id)
        return mine

    def stop_run(self, run_id: str) -> None:
        """Asks for every unfinished job of a run to be stopped."""
        run = self.ledger.run(run_id)
        for job in run.jobs if run else ():
            self.stop(job.id)

    def wait(self, run_ids: Sequence[str] | None = None) -> None:
        """Returns when every job of these runs (or of all) is over or has been paused."""
        while not self.settled(run_ids, 60.0):
            pass

    def settled(self, run_ids: Sequence[str] | None, within_s: float) -> bool:
        """Whether every job of these runs (or of all) is over or paused, waiting up to ``within_s`` for it."""
        return self._workers.settled(run_ids, within_s)

    # looking --------------------------------------------------------------------------------------------------

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

    def active(self, run_id: str) -> bool:
        """Whether this process is working on the run."""
        return self._workers.active(run_id)

    def changes(self) -> AsyncIterator[None]:
        """Yields whenever a job changed, and at least once a second. For any event loop."""
        return self._workers.changes()

    # inside ---------------------------------------------------------------------------------------------------

    def _known(self, job_id: str) -> Job:
        job = self.ledger.job(job_id)
        if job is None:
            raise InvalidRequest(f"No job is called {job_id!r}. See: python -m comparisons jobs")
        return job

    def _wire(self, simulated: bool) -> Transport:
        if simulated not in self._wires:
            self._wires[simulated] = (
                sandboxed.connect(self._sandbox()) if simulated else Transport(self.settings.targets)
            )
        return self._wires[simulated]

    def _sandbox(self) -> World:
        if self._world is None:
            of = self.settings
            self._world = sandboxed.make_world(
                of.home, self.clock.now, seed=of.sandbox_seed, speed=of.sandbox_speed, faults=of.sandbox_faults
            )
        return self._world
