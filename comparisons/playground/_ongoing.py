"""Looks up, resumes and stops jobs that are in the ledger already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from comparisons.playground._parts import Parts
from comparisons.records import HOST, Event, EventKind, Job, Person, Run
from providers import InvalidRequest

NO_RUN = "There is no such run here."


class Ongoing(Parts):
    """The part of the playground that looks up, resumes and stops jobs."""

    def run(self, run_id: str, who: Person = HOST) -> Run | None:
        """A run with its jobs; None if there is none, or it is somebody else's."""
        run = self.ledger.run(run_id)
        return run if run is not None and who.may_see(run) else None

    def _known(self, job_id: str, who: Person) -> Job:
        job = self.ledger.job(job_id)
        if job is None or self.run(job.run, who) is None:
            raise InvalidRequest(f"No job is called {job_id!r}. See: python -m comparisons jobs")
        return job

    def _run_of(self, job: Job) -> Run:
        run = self.ledger.run(job.run)
        if run is None:
            raise InvalidRequest(NO_RUN)
        return run

    def _under_way(self, who: Person) -> list[tuple[Job, ...]]:
        """For each run of a person that is not over, all of its jobs."""
        runs = (self.ledger.run(run_id) for run_id in self.ledger.unfinished(who.id))
        return [run.jobs for run in runs if run is not None]

    def resume(self) -> list[str]:
        """Resumes every unfinished run that no other process works on, but no runs of sessions; gives their ids."""
        with self.acting:
            return self._take_up([run for run in self.ledger.unfinished() if self.ledger.session_of(run) is None])

    def go_on(self, run_id: str, who: Person = HOST) -> Run:
        """Resumes one run, with the keys typed now.

        Raises:
            InvalidRequest: there is no such run, or another process works on it.
        """
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
        """Records an event of a job that does not come from the engine; gives the job with it."""
        event = Event(kind, max(self.clock.now(), job.last_at), data=data)
        self.ledger.record(job.id, event)
        return job.after(event)

    def stop(self, job_id: str, who: Person = HOST) -> bool:
        """Asks for a job to be stopped; the outcome is recorded in the job. Returns whether this process stops it.

        A job that another process works on is stopped by that process at its next step. One that no process works on
        is resumed here to be stopped.
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
