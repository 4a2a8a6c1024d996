"""Wires everything together and owns the one background event loop. The page and the command line each hold one.

Nothing here belongs to a browser tab: jobs live on the loop's own thread until they are over or the process
ends, and the next process picks up what is unfinished.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import random
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
from filelock import FileLock, Timeout

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
from providers import PROVIDERS, InvalidRequest, Request, TakesError, Variant, variants
from providers.sandbox import World

T = TypeVar("T")
log = logging.getLogger(__name__)


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
        self._make_home()
        self.ledger = Ledger(settings.home / "ledger.sqlite3")
        self.media = Media(settings.home)
        self._world = world
        self._wires: dict[bool, Transport] = {}
        self._slots: dict[tuple[str, bool], asyncio.Semaphore] = {}
        self._tasks: dict[str, asyncio.Task[Job]] = {}
        self._locks: dict[str, FileLock] = {}
        self._states: dict[str, str] = {}
        self._watchers: set[Callable[[], None]] = set()
        self._engine = Engine(
            self.ledger,
            self.media,
            self._wire,
            self.variants,
            self.clock,
            sleep=sleep,
            rng=self._rng,
            changed=self._changed,
        )
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="takes-jobs", daemon=True)
        self._thread.start()

    def _make_home(self) -> None:
        try:
            for name in ("locks", "catalog"):
                (self.settings.home / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            sentence = f"The data folder {self.settings.home} cannot be written ({error.strerror}); set TAKES_HOME."
            raise InvalidRequest(sentence) from error

    def close(self) -> None:
        """Stops watching. Jobs stay as they are; the next start goes on."""
        self._call(self._end()).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        while self._tasks:
            await self._end_all_but_submits()
        for wire in self._wires.values():
            await wire.aclose()
        if self._world is not None:
            self._world.close()
        for run in list(self._locks):
            self._disown(run)

    async def _end_all_but_submits(self) -> None:
        """A submit in the air is let land: cutting it would leave a job nobody knows about."""
        for job_id, task in self._tasks.items():
            if self._states.get(job_id) != "submitting":
                task.cancel()
        await asyncio.wait(self._tasks.values(), timeout=0.05)

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

    def quote(self, request: Request, choice: Choice, simulated: bool, *, nearest: bool = False) -> list[Offer]:
        """The offers that fit, with the providers' own prices where they give any. Bills nothing.

        Raises:
            InvalidRequest: nothing fits, or something named does not.
        """
        offers, named = self.offers(request, choice, simulated, nearest=nearest)
        able = compare.fitting(offers, all_must=named)
        return self._call(compare.with_quotes(able, self._wire(simulated), images.placeholder())).result()

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
            simulated=simulated,
            repeats=repeats,
            keep=self.media.keep_input,
            rng=self._rng,
        )
        self._own(run.id)
        self.ledger.add_run(run)
        self._begin(run.jobs)
        return run

    def resume(self) -> list[str]:
        """Picks up every unfinished run that no other Takes is running; returns their ids."""
        resumed = []
        for run_id in self.ledger.unfinished():
            run = self.ledger.run(run_id) if self._own(run_id) else None
            if run is not None:
                resumed.append(run_id)
                self._begin([self._resumed(job) for job in run.jobs if not job.done and job.id not in self._tasks])
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
        old = self._known(job_id)
        if not self._own(old.run):
            raise InvalidRequest("This run belongs to another Takes that is running it now.")
        run = self.ledger.run(old.run)
        plan = replace(old.plan, quoted=self._price_again(old))
        position = max(job.position for job in run.jobs) + 1 if run else 0
        job = compare.new_job(old.run, position, plan, self.clock.now(), 0)
        self.ledger.add_job(job)
        self._begin([job])
        return job

    def _price_again(self, old: Job) -> Any:
        plan = old.plan
        first, last = (
            images.load(self.media.input_path(name)) if name else None for name in (plan.first_frame, plan.last_frame)
        )
        request = Request(plan.prompt, first, last, plan.duration, plan.resolution, plan.prompt_optimizer)
        return self.quote(request, Choice(refs=(plan.variant,)), plan.simulated)[0].quoted

    def stop(self, job_id: str) -> None:
        """Asks for a job to be stopped; what came of it shows in the job.

        A job of another process is stopped by that process at its next step; one nobody runs is taken up here.
        """
        job = self._known(job_id)
        if job.done:
            return
        self.ledger.record(job.id, Event("stop", max(self.clock.now(), job.last_at)))
        if job.id not in self._tasks and self._own(job.run):
            self._begin([self._known(job_id)])
        self._loop.call_soon_threadsafe(self._engine.stop, job.id)
        self._notify()

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
        waiting = self._call(self._settled(run_ids))
        try:
            waiting.result(within_s)
        except concurrent.futures.TimeoutError:
            waiting.cancel()
            return False
        return True

    async def _settled(self, run_ids: Sequence[str] | None) -> None:
        while True:
            wanted = [task for task in self._tasks.values() if run_ids is None or task.get_name() in run_ids]
            if not wanted:
                return
            await asyncio.wait(wanted)

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
        return any(task.get_name() == run_id for task in self._tasks.values())

    async def changes(self, at_least_every_s: float = 1.0) -> AsyncIterator[None]:
        """Yields whenever a job changed, and at least every so often. For any event loop."""
        loop, changed = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(changed.set)

        self._watchers.add(wake)
        try:
            while True:
                yield
                changed.clear()
                try:
                    await asyncio.wait_for(changed.wait(), at_least_every_s)
                except TimeoutError:
                    continue
        finally:
            self._watchers.discard(wake)

    # inside ---------------------------------------------------------------------------------------------------

    def _known(self, job_id: str) -> Job:
        job = self.ledger.job(job_id)
        if job is None:
            raise InvalidRequest(f"No job is called {job_id!r}. See: python -m comparisons jobs")
        return job

    def _begin(self, jobs: Sequence[Job]) -> None:
        """Hands jobs to the loop, in the order their plan drew."""
        ordered = sorted(jobs, key=lambda job: job.events[0].data.get("start", 0))
        self._call(self._spawn(ordered)).result()

    async def _spawn(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            task = asyncio.create_task(self._advance(job), name=job.run)
            self._tasks[job.id] = task
            task.add_done_callback(lambda done, job=job: self._ended(job, done))

    async def _advance(self, job: Job) -> Job:
        key = (job.plan.provider, job.plan.simulated)
        slot = self._slots.setdefault(key, asyncio.Semaphore(PROVIDERS[job.plan.provider].concurrency))
        return await self._engine.advance(job, slot)

    def _ended(self, job: Job, task: asyncio.Task[Job]) -> None:
        self._tasks.pop(job.id, None)
        self._states.pop(job.id, None)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, TakesError):
            log.error("Job %s stopped: %s It goes on at the next start.", job.id, error)
        elif error is not None:
            log.error("Job %s stopped by a defect; it goes on at the next start.", job.id, exc_info=error)
        if not self.active(job.run):
            self._disown(job.run)
        self._notify()

    def _own(self, run_id: str) -> bool:
        """Claims a run for this process. The claim ends with the process, however it ends."""
        if run_id in self._locks:
            return True
        lock = FileLock(self.settings.home / "locks" / f"{run_id}.lock", thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return False
        self._locks[run_id] = lock
        return True

    def _disown(self, run_id: str) -> None:
        lock = self._locks.pop(run_id, None)
        if lock is not None:
            lock.release()
            Path(lock.lock_file).unlink(missing_ok=True)

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

    def _changed(self, job: Job) -> None:
        self._states[job.id] = job.state
        self._notify()

    def _notify(self) -> None:
        for wake in tuple(self._watchers):
            wake()

    def _call(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)
