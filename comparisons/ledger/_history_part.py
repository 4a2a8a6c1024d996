"""What History shows of runs, and what lets go of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from comparisons.ledger import _history, _marks, _past, _runs
from comparisons.ledger._history import INPUTS, Filter, KeptRun, Key, RunPage
from comparisons.ledger._part import Part
from comparisons.ledger._past import RUNS, Past
from comparisons.records import Mark


class HistoryPart(Part):
    """The part of the ledger that lists past runs and deletes them."""

    def history(self, wanted: Filter, limit: int, before: Key | None = None) -> RunPage:
        """The latest runs that are wanted, newest first; with ``before``, those older than that."""
        with self._file.reading() as db:
            return _history.page(db, wanted, limit, before)

    def mark(self, run_id: str, job_id: str, mark: Mark) -> None:
        """Notes something of a run's job, or with an empty ``job_id`` of the run, in place of what was noted."""
        with self._file.transaction() as db:
            _marks.put(db, run_id, job_id, mark)

    def marks(self, runs: Sequence[str]) -> Mapping[str, Mapping[str, Mark]]:
        """What is noted of these runs: by run, then by job; under an empty one, of the run itself."""
        with self._file.reading() as db:
            return _marks.of(db, runs)

    def past(self, owner: str, simulated: bool, runs: int = RUNS) -> Past:
        """What a person's own latest ``runs`` tell of each variant; live and simulated apart."""
        with self._file.reading() as db:
            return _past.past(db, owner, simulated, runs)

    def kept(self, owner: str | None = None) -> list[KeptRun]:
        """What is kept of the visitors' runs, newest first; of one visitor's, if named."""
        with self._file.reading() as db:
            return _history.kept(db, owner)

    def files(self) -> list[str]:
        """The clips, posters and images that jobs name, as names within the data folder; their copies are made anew."""
        with self._file.reading() as db:
            return _history.files(db)

    def inputs_only_of(self, run_id: str) -> list[str]:
        """The names of the input images that a run's jobs use and no other run's."""
        with self._file.reading() as db:
            return _history.inputs_only_of(db, run_id)

    def uses(self, owner: str, image: str) -> bool:
        """Whether a run of this owner names an input image."""
        with self._file.reading() as db:
            return _history.uses(db, owner, image)

    def delete_run(self, run_id: str, files: Sequence[str], usd: Mapping[str, Decimal]) -> None:
        """Deletes a run's rows and notes the files for ``sweep``, all or none. What it cost stays counted.

        Raises:
            InvalidRequest: a job of it is not over, or may be billed and nobody knows.
        """
        with self._file.transaction() as db:
            run = _runs.run(db, run_id)
            if run is not None:
                _history.delete(db, run, files, usd)
        for job in run.jobs if run is not None else ():
            self._no_figure.pop(job.id, None)

    def sweep(self, remove: Callable[[str], bool]) -> int:
        """Has the files of deleted runs removed that still are there; says how many ``remove`` could not.

        Of the images in ``INPUTS`` it is asked within a transaction, so there it must not wait.
        """
        with self._file.reading() as db:
            noted = _history.noted(db)
        if not noted:
            return 0
        gone = [name for name in noted if not name.startswith(INPUTS) and remove(name)]
        with self._file.transaction() as db:
            return _history.swept(db, noted, gone, remove)

    def wipe(self) -> bool:
        """Leaves nothing of what was deleted in the journal beside the file; False while somebody reads or writes."""
        with self._file.reading() as db:
            (busy, *_) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy
