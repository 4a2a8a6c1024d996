"""Measures the clips of a data folder, behind everything else: one thread here, the work in other processes."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING

from comparisons.ledger import Ledger
from comparisons.media import Media
from comparisons.metrics import Reason, Scores, score
from comparisons.records import Job
from comparisons.scoring import _measuring
from comparisons.scoring.executors import NONE, check_workers, executor_of
from providers import InvalidRequest, TakesError

if TYPE_CHECKING:
    from comparisons.scoring._cluster import Cluster
    from comparisons.scoring._pool import Pool

log = logging.getLogger(__name__)
LOCK = "scoring"
"""The lock by which one process of a data folder measures, so that no clip is measured twice."""
REST_S = 60.0
"""Seconds without a clip after which the measuring processes end, and after which the ledger is looked at anyway."""
BATCH = 100
"""How many clips are looked up at a time."""
LARGEST = 64_000_000
"""The most bytes of a clip that is measured: it travels to its worker as a whole."""


class Scorer:
    """Measures clips that have no scores by today's rules, latest first.

    Args:
        workers: who measures, as ``check_workers`` takes it; a cluster is asked for when there is something to measure.
        own, disown: take and release a lock of the data folder; ``own`` is False while another process has it.
        scored: called after every clip.
    """

    def __init__(
        self,
        ledger: Ledger,
        media: Media,
        workers: str,
        own: Callable[[str], bool],
        disown: Callable[[str], None],
        scored: Callable[[], None] = lambda: None,
    ) -> None:
        self._ledger, self._media = ledger, media
        self.by_itself = check_workers(workers) != NONE
        """Whether clips are measured without anybody asking for it."""
        self._workers = workers
        self._executor: Pool | Cluster | None = None
        self._own, self._disown = own, disown
        self._scored = scored
        self.stored: Counter[str] = Counter()
        """How many clips of each run this process has measured."""
        self._measuring = threading.Lock()
        self._closing = threading.Event()
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._work, name="takes-scoring", daemon=True)

    # behind everything else ---------------------------------------------------------------------------------

    def begin(self) -> None:
        """Starts measuring in the background, until ``close``; does nothing without workers."""
        if self.by_itself:
            self._thread.start()

    @property
    def working(self) -> bool:
        """Whether clips are measured in the background."""
        return self._thread.is_alive()

    def wake(self) -> None:
        """To be called when a clip has come. From any thread; does not block."""
        self._woken.set()

    def close(self) -> None:
        """Stops measuring, also in the middle of a clip: it is measured another time."""
        self._closing.set()
        self._woken.set()
        self._rest()
        if self._thread.is_alive():
            self._thread.join()

    def _work(self) -> None:
        while not self._closing.is_set():
            try:
                found = sum(1 for _ in self.missing())
            except TakesError as error:
                log.error("Clips cannot be measured just now: %s", error)
                found = 0
            if not found and not self._woken.wait(REST_S):
                self._rest()
            self._woken.clear()

    def _rest(self) -> None:
        """Ends the processes, which would only hold memory; the next clip begins them again."""
        if self._executor is not None:
            self._executor.shutdown(wait=False)

    # at once ------------------------------------------------------------------------------------------------

    def all_missing(self) -> Iterator[tuple[str, Scores]]:
        """Measures every clip that has no scores; gives each job's id with its scores once they are stored.

        Raises:
            InvalidRequest: another Takes measures them already.
        """
        while wanted := self._ledger.count_unscored():
            found = 0
            for each in self.missing():
                found += 1
                yield each
            if not found:
                raise InvalidRequest(
                    f"Another Takes that runs over this data folder measures its clips: {wanted} left."
                )

    def missing(self, among: Collection[str] | None = None) -> Iterator[tuple[str, Scores]]:
        """Measures the latest clips that have no scores, or those ``among`` some jobs; gives them as ``all_missing``.

        Nothing if another thread or process of this data folder is measuring.
        """
        if not self._measuring.acquire(blocking=False):
            return
        try:
            if self._own(LOCK):
                yield from self._stored(self._ledger.unscored(BATCH, among))
        finally:
            self._disown(LOCK)
            self._measuring.release()

    def _stored(self, jobs: Sequence[str]) -> Iterator[tuple[str, Scores]]:
        if not jobs:
            return
        there = (job for each in jobs if not self._closing.is_set() and (job := self._ledger.job(each)) is not None)
        for job, scores in _measuring.each(there, self._submit, _crashed, 2 * self._measurer().workers):
            if self._closing.is_set():
                return
            self._ledger.put_scores(job.id, scores)
            self.stored[job.run] += 1
            self._scored()
            yield job.id, scores

    def _measurer(self) -> Pool | Cluster:
        if self._executor is None:
            self._executor = executor_of(self._workers)
        return self._executor

    def _submit(self, job: Job) -> Future[Scores]:
        try:
            clip, image = self._read(job)
        except OSError:
            return _known(Scores.none(Reason.CLIP_GONE))
        if len(clip) > LARGEST:
            return _known(Scores.none(Reason.TOO_LARGE))
        if self._closing.is_set():  # a process that has just been ended is not begun again
            return _known(_crashed(job))
        return self._measurer().submit(score, clip, image)

    def _read(self, job: Job) -> tuple[bytes, bytes | None]:
        """The clip, and the image that it was asked to begin with, if that is still there."""
        assert job.result is not None  # it was delivered
        clip = (self._media.clips / job.result.file).read_bytes()
        first = job.plan.first_frame
        given = None if first is None else self._media.input_path(first)
        return clip, given.read_bytes() if given is not None and given.exists() else None


def _known(scores: Scores) -> Future[Scores]:
    done: Future[Scores] = Future()
    done.set_result(scores)
    return done


def _crashed(job: Job) -> Scores:
    return Scores.none(Reason.CRASHED)
