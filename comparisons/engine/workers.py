"""The background loop on which jobs live, and the locks by which a run belongs to one process.

Nothing here belongs to a browser tab: a job is worked on until it is over or the process ends.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import contextvars
import logging
import os
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock, Timeout

from comparisons import private
from comparisons.engine._turns import Turns
from comparisons.engine.concurrency import Places
from comparisons.engine.engine import Engine
from comparisons.ledger import LedgerError
from comparisons.records import Job, State
from providers import InvalidRequest, TakesError

T = TypeVar("T")
log = logging.getLogger(__name__)
BURST_S = 0.15
"""Changes of jobs within so many seconds are told to a watcher once."""
LISTEN_S = 2.0
"""Seconds between two looks in the ledger for whether another process asked for a clip that jobs here wait for."""
LOCK_WAIT_S = 1.0
"""How many seconds to wait for a run's lock: a process that starts takes every lock for a moment, to clean up."""
TRIES = 2
"""Tries to take a lock: its file may be removed between opening and locking it, by the process that released it."""


def _acquired(path: Path, within_s: float = 0.0) -> FileLock | None:
    """The lock on a file, which is made if need be; None while another process has it.

    A lock's file is removed before the lock is released. If that happens after FileLock opened the file and before it
    locked it, FileLock takes no lock, since the file is no longer at its path; the second try then makes a new file.
    """
    lock = FileLock(path, thread_local=False, mode=private.FILE)
    for _ in range(TRIES):
        with contextlib.suppress(Timeout):
            lock.acquire(timeout=within_s, poll_interval=0.01)
            return lock
    return None


def _let_go(lock: FileLock) -> None:
    with contextlib.suppress(PermissionError):  # where an open file cannot be removed, FileLock does it afterwards
        os.unlink(lock.lock_file)
    lock.release()


class Workers:
    """One thread with one event loop; a task per unfinished job; a lock file per run.

    Args:
        locks: the folder of the lock files.
        places: the places at a job's provider.
        idle: called with the id of every run that this process no longer works on.
        asked: the ids of jobs whose clip any process asked for since the last call.
    """

    def __init__(
        self,
        engine: Engine,
        locks: Path,
        places: Callable[[Job], Places],
        idle: Callable[[str], None],
        asked: Callable[[], Iterable[str]],
    ) -> None:
        self._engine = engine
        self._folder = locks
        self._places = places
        self._idle = idle
        self.trouble = ""
        self.began = False
        """Whether this process has worked on any job."""
        self._tasks: dict[str, asyncio.Task[Job]] = {}
        self._states: dict[str, tuple[State, str | None]] = {}
        self._turns = Turns()
        self._locks: dict[str, FileLock] = {}
        self._claiming = threading.Lock()
        self._clear()
        self._watchers: set[Callable[[], None]] = set()
        self._asked = asked
        self._loop = asyncio.new_event_loop()
        self._loop.call_soon(self._listen)
        self._thread = threading.Thread(target=self._loop.run_forever, name="takes-jobs", daemon=True)
        self._thread.start()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Has ``work`` done on the loop and gives its result. Blocks; not to be called on the loop itself."""
        return self.submit(work).result()

    def submit(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Has ``work`` done on the loop, without waiting for it.

        The caller's context variables are not passed on: connections and timers made by ``work`` would keep them, and
        with them a page's request and the keys that were typed.
        """
        return contextvars.Context().run(asyncio.run_coroutine_threadsafe, work, self._loop)

    def begin(self, jobs: Sequence[Job]) -> None:
        """Starts working on jobs, in the shuffled order that was recorded when they were planned."""
        self.began = self.began or bool(jobs)
        self.call(self._spawn(sorted(jobs, key=lambda job: job.events[0].data.get("start", 0))))

    async def _spawn(self, jobs: Sequence[Job]) -> None:
        for job in (job for job in jobs if job.id not in self._tasks):
            task = asyncio.create_task(self._advance(job), name=job.run)
            self._tasks[job.id] = task
            task.add_done_callback(partial(self._ended, job))

    async def _advance(self, job: Job) -> Job:
        """Advances a job. One begins in each turn of the loop: a thousand in one turn would block it for seconds."""
        await self._turns.take()
        return await self._engine.advance(job, self._places(job))

    def _ended(self, job: Job, task: asyncio.Task[Job]) -> None:
        self._tasks.pop(job.id, None)
        self._states.pop(job.id, None)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, TakesError):
            log.error("Job %s stopped: %s It goes on at the next start.", job.id, error)
        elif error is not None:
            log.error("Job %s stopped by a defect; it goes on at the next start.", job.id, exc_info=error)
        if not self.active(job.run):
            self.disown(job.run)
            self._idle(job.run)
        self.notify()

    def _listen(self) -> None:
        """Wakes jobs that wait for their clip if another process asked for it; looks only while some job waits."""
        if self._engine.waits_for_clip():
            try:
                for job_id in self._asked():
                    self._engine.wake_clip(job_id)
            except LedgerError as error:
                log.info("The ledger cannot be read just now: %s", error)
        self._loop.call_later(LISTEN_S, self._listen)

    def works_on(self, job_id: str) -> bool:
        return job_id in self._tasks

    def active(self, run_id: str) -> bool:
        """Whether this process is working on the run."""
        return any(task.get_name() == run_id for task in tuple(self._tasks.values()))

    def waits_for_clip(self, job_id: str) -> bool:
        """Whether this process works on the job and only waits for the next try to get its clip."""
        return self._engine.waits_for_clip(job_id)

    def wake_clip(self, job_id: str) -> None:
        """Ends the wait for a job's clip."""
        self._loop.call_soon_threadsafe(self._engine.wake_clip, job_id)

    def wake(self, job_id: str) -> None:
        """Wakes a job, so that it sees at once that it is to be stopped."""
        self._loop.call_soon_threadsafe(self._engine.stop, job_id)
        self.notify()

    def settled(self, run_ids: Sequence[str] | None, within_s: float) -> bool:
        """Whether every job of these runs (of all, if None) is over or paused; waits up to ``within_s`` seconds."""
        waiting = asyncio.run_coroutine_threadsafe(self._settled(run_ids), self._loop)
        try:
            waiting.result(within_s)
        except concurrent.futures.TimeoutError:
            waiting.cancel()
            return False
        return True

    async def _settled(self, run_ids: Sequence[str] | None) -> None:
        while wanted := [task for task in self._tasks.values() if run_ids is None or task.get_name() in run_ids]:
            await asyncio.wait(wanted)

    def close(self, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Stops working; jobs keep their states. ``last`` is run on the loop when all tasks are over."""
        self.call(self._end(last))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._engine.end()
        while self._tasks:
            await self._end_all_but_submits()
        await last()
        for run in list(self._locks):
            self.disown(run)

    async def _end_all_but_submits(self) -> None:
        """Cancels every task but those in the middle of a submit, which could leave a job that nobody knows about."""
        for job_id, task in self._tasks.items():
            if self._states.get(job_id) != (State.SUBMITTING, "submit"):
                task.cancel()
        await asyncio.wait(self._tasks.values(), timeout=0.05)

    # whose run it is ------------------------------------------------------------------------------------------

    def own(self, run_id: str, within_s: float = 0.0) -> bool:
        """Claims a run for this process. The claim ends with the process, however it ends.

        Args:
            within_s: for how many seconds to wait while another process has it; see ``LOCK_WAIT_S``.

        Raises:
            LedgerError: no lock can be made in the data folder.
        """
        with self._claiming:
            return run_id in self._locks or self._claim(run_id, within_s)

    def claim(self, run_id: str) -> None:
        """Claims a run as ``own`` does; raises ``InvalidRequest`` where another process has it."""
        if not self.own(run_id):
            raise InvalidRequest("This run belongs to another Takes that is running it now.")

    def _claim(self, run_id: str, within_s: float) -> bool:
        try:
            lock = _acquired(self._folder / f"{run_id}.lock", within_s)
        except OSError as error:
            raise LedgerError(f"The locks in the data folder cannot be written: {error.strerror}") from error
        if lock is not None:
            self._locks[run_id] = lock
        return lock is not None

    def disown(self, run_id: str) -> None:
        lock = self._locks.pop(run_id, None)
        if lock is not None:
            _let_go(lock)

    def _clear(self) -> None:
        """Removes the lock files of processes that were killed."""
        for path in self._folder.glob("*.lock"):
            lock = _acquired(path)
            if lock is not None:
                _let_go(lock)

    # who watches ----------------------------------------------------------------------------------------------

    def changed(self, job: Job) -> None:
        """To be called after every event of a job, on the jobs' loop: tells the watchers."""
        self._states[job.id] = (job.state, job.phase)
        self.notify()

    def troubled(self, sentence: str) -> None:
        """Keeps the sentence about what holds up all jobs, for the page; an empty one says that nothing does."""
        if sentence != self.trouble:
            self.trouble = sentence
            self.notify()

    def notify(self) -> None:
        for wake in tuple(self._watchers):
            wake()

    @contextlib.contextmanager
    def watched(self, wake: Callable[[], None]) -> Iterator[None]:
        """Has ``wake`` called whenever a job changed, from any thread; it must not block."""
        self._watchers.add(wake)
        try:
            yield
        finally:
            self._watchers.discard(wake)

    async def changes(self, at_least_every_s: float = 1.0) -> AsyncIterator[None]:
        """Yields whenever a job changed, and at least every ``at_least_every_s`` seconds. For any event loop.

        Changes within ``BURST_S`` seconds are told once.
        """
        loop, changed = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(loop.call_later, BURST_S, changed.set)

        with self.watched(wake):
            while True:
                yield
                changed.clear()
                try:
                    await asyncio.wait_for(changed.wait(), at_least_every_s)
                except TimeoutError:
                    continue
