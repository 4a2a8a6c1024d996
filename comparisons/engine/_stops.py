"""Which jobs somebody asked to stop, without a question to the ledger before every poll."""

from __future__ import annotations

from comparisons.engine.recorder import Recorder
from comparisons.engine.waits import Waits
from comparisons.records import EventKind

LOOK_S = 1.0
"""Seconds between two looks at what other processes asked for, one look for all jobs together."""


class Stops:
    """The stops of the jobs that this process watches.

    A stop asked for in this process wakes its job, so it is known at once; one of another process within ``LOOK_S``.
    """

    def __init__(self, recorder: Recorder, waits: Waits) -> None:
        self._recorder = recorder
        self._waits = waits
        self._watched: set[str] = set()
        self._wishes: set[str] = set()
        self._seq: int | None = None
        self._looked_at = float("-inf")

    def asked(self, job_id: str) -> bool:
        """Whether the job is to be stopped, and nothing was done about it yet."""
        self._look()
        is_told = job_id in self._wishes or self._waits.stopped(job_id).is_set()
        if job_id in self._watched and not is_told:
            return False
        self._watched.add(job_id)
        asked = self._recorder.ledger.stop_asked(job_id)
        if not asked:
            self._wishes.discard(job_id)
        return asked

    def forget(self, job_id: str) -> None:
        """Drops what is known of a job that nobody works on any more."""
        self._watched.discard(job_id)
        self._wishes.discard(job_id)

    def _look(self) -> None:
        """Reads which stops were asked for since the last look, if that was long enough ago."""
        now = self._recorder.now()
        if self._looked_at <= now < self._looked_at + LOOK_S:
            return
        self._seq, jobs = self._recorder.ledger.asked_since(self._seq, (EventKind.STOP,))
        self._wishes |= self._watched.intersection(jobs)
        self._looked_at = now
