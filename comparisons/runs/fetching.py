"""Getting a paid clip when a person asks: by a try at once, or from a file that they downloaded by hand.

The process that works on the job does it. If that is another one on the same data folder, it reads the wish in the
ledger.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from comparisons.engine import Wires, Workers
from comparisons.ledger import Ledger
from comparisons.media import BrokenClip, Media
from comparisons.records import CLIP_WISHES, HOST, Event, EventKind, Job, Person, State
from providers import InvalidRequest


class Fetcher:
    """Has clips fetched at once.

    Args:
        acting: the lock to hold while anything about a run is decided.
        now: seconds of the ledger's clock.
    """

    def __init__(
        self,
        ledger: Ledger,
        media: Media,
        workers: Workers,
        wires: Wires,
        acting: threading.RLock,
        now: Callable[[], float],
    ) -> None:
        self._ledger = ledger
        self._media = media
        self._workers = workers
        self._wires = wires
        self._acting = acting
        self._now = now

    def fetch(self, job_id: str, who: Person = HOST) -> bool:
        """Asks for a try at once to get the clip of a job that its provider has finished.

        Gives whether this process makes the try; otherwise another one on the same data folder does.

        Raises:
            InvalidRequest: there is no such job, or it has no clip that is still to be fetched.
        """
        with self._acting:
            return self._ask(self._succeeded(job_id, who), Event(EventKind.FETCH, self._now()), who)

    def fetch_run(self, run_id: str, who: Person = HOST) -> int:
        """Does what ``fetch`` does for every job of a run whose clip is still to come; gives how many these are.

        None where there is no such run, or it is somebody else's.
        """
        run = self._ledger.run(run_id)
        seen = run.jobs if run is not None and who.may_see(run) else ()
        jobs = [job.id for job in seen if job.state == State.SUCCEEDED]
        for job in jobs:
            self.fetch(job, who)
        return len(jobs)

    def hand_in(self, job_id: str, clip: Path) -> bool:
        """Takes a file as the clip of a job; the result says that it was handed in. Gives as ``fetch`` does.

        Raises:
            InvalidRequest: as ``fetch``, or the file is no clip, or it cannot be read or stored.
        """
        job = self._succeeded(job_id, HOST)
        try:
            handed = self._media.hand_in(clip, job.id)
        except BrokenClip as error:
            raise InvalidRequest(f"{clip} is not taken. {error}") from error
        except OSError as error:
            raise InvalidRequest(f"{clip} cannot be read or stored here: {error.strerror}.") from error
        with self._acting:
            event = Event(EventKind.HANDED, self._now(), data={"handed": handed})
            return self._ask(self._succeeded(job_id, HOST), event, HOST)

    def _succeeded(self, job_id: str, who: Person) -> Job:
        job = self._ledger.job(job_id)
        if job is None or (who.id and self._ledger.owner(job_id) != who.id):
            raise InvalidRequest(f"No job is called {job_id!r}. See: python -m comparisons jobs")
        if job.state == State.DELIVERED:
            raise InvalidRequest(f"Job {job.id} is delivered: its clip is here.")
        if job.state != State.SUCCEEDED:
            raise InvalidRequest(f"Job {job.id} is {job.state}: only a job that its provider has finished has a clip.")
        return job

    def _ask(self, job: Job, event: Event, who: Person) -> bool:
        """Records the wish, and wakes the job or begins it if no process works on it; gives as ``fetch`` does."""
        idle = not self._workers.works_on(job.id)
        mine = self._workers.own(job.run)
        if mine:
            self._wires.keep(job.run, who)
        at = max(event.at, job.last_at)
        events = [Event(EventKind.RESUMED, at)] if idle and mine else []
        events.append(Event(event.kind, at, data=event.data))
        self._ledger.record(job.id, *events)
        if idle and mine:
            for each in events:
                job = job.after(each)
            self._workers.begin([job])
        self._workers.wake_clip(job.id)
        return mine


class Calls:
    """Each call gives the ids of the jobs whose clip any process asked for since the last call."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._seen, _ = ledger.asked_since(None, CLIP_WISHES)

    def __call__(self) -> list[str]:
        self._seen, jobs = self._ledger.asked_since(self._seen, CLIP_WISHES)
        return jobs
