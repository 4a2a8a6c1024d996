"""The waits of jobs, which end early when a person stops the job or asks for its clip."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

Sleep = Callable[[float], Awaitable[None]]


class Waits:
    """The sleeping jobs, and what wakes them.

    A job *pauses* between its requests, and *rests* while it only waits for the next try to get its clip.

    Args:
        sleep: waits for a number of seconds; tests pass one of their own.
        rng: draws the jitter.
    """

    def __init__(self, sleep: Sleep, rng: random.Random) -> None:
        self._sleep = sleep
        self._rng = rng
        self._stops: dict[str, asyncio.Event] = {}
        self._asleep: dict[str, asyncio.Task[Any]] = {}
        self._resting: dict[str, asyncio.Event] = {}

    def stop(self, job_id: str) -> None:
        """Wakes a job whose stop was asked for in the ledger."""
        self.stopped(job_id).set()
        self.wake(job_id)
        asleep = self._asleep.pop(job_id, None)  # cancelled once only: a second cancel ends the task
        if asleep is not None:
            asleep.cancel()

    def stopped(self, job_id: str) -> asyncio.Event:
        """Set once a stop of the job was asked for."""
        return self._stops.setdefault(job_id, asyncio.Event())

    def wake(self, job_id: str) -> None:
        """Ends the rest of a job whose clip is waited for."""
        if job_id in self._resting:
            self._resting[job_id].set()

    def rests(self, job_id: str = "") -> bool:
        """Whether a job (any job, if none is named) rests. From any thread."""
        return job_id in self._resting if job_id else bool(self._resting)

    def forget(self, job_id: str) -> None:
        """Drops the stop signal of a job that nobody works on any more."""
        self._stops.pop(job_id, None)

    async def pause(self, job_id: str, seconds: float) -> None:
        """Sleeps; wakes early, once, when the job is to be stopped. Kept cheap: all jobs do this most of the time."""
        own = asyncio.current_task()
        if own is None or self.stopped(job_id).is_set():
            await self._sleep(seconds)
            return
        self._asleep[job_id] = own
        try:
            await self._sleep(seconds)
        except asyncio.CancelledError:
            if not self.stopped(job_id).is_set() or own.uncancel():
                raise
        finally:
            self._asleep.pop(job_id, None)

    async def rest(self, job_id: str, seconds: float, said: Awaitable[object]) -> None:
        """Sleeps for so many seconds before the next try to get a job's clip, or until ``wake``.

        ``said`` tells the watchers that the job rests. It is awaited only when ``rests`` is already true, since they
        may ask at once.
        """
        self._resting[job_id] = asyncio.Event()
        try:
            await said
            await first_of(self._sleep(seconds), self._resting[job_id].wait())
        finally:
            del self._resting[job_id]

    def jittered(self, seconds: float) -> float:
        """These seconds, or up to a tenth more, so that jobs that failed together do not all try again together."""
        return seconds * (1 + 0.1 * self._rng.random())


async def first_of(*waits: Awaitable[Any]) -> None:
    """Waits until one of these is done, and cancels the others."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
