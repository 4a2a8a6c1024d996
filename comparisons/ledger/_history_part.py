"""The ledger's part for History: past runs are listed, marked and deleted."""

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
        """The latest runs that match a filter, newest first; with ``before``, those older than that."""
        with self._file.reading() as db:
            return _history.page(db, wanted, limit, before)

    def mark(self, run_id: str, job_id: str, mark: Mark) -> None:
        """Replaces the mark (star, note, tags) of a job of a run, or of the run itself if ``job_id`` is empty."""
        with self._file.transaction() as db:
            _marks.put(db, run_id, job_id, mark)

    def marks(self, runs: Sequence[str]) -> Mapping[str, Mapping[str, Mark]]:
        """The marks of these runs: by run id, then by job id; the run's own is under an empty job id."""
        with self._file.reading() as db:
            return _marks.of(db, runs)

    def past(self, owner: str, simulated: bool, runs: int = RUNS) -> Past:
        """How long each variant took and what it cost in a person's own latest runs, live or simulated ones."""
        with self._file.reading() as db:
            return _past.past(db, owner, simulated, runs)

    def kept(self, owner: str | None = None) -> list[KeptRun]:
        """The visitors' runs and what is stored for each, newest first; of one visitor, if named."""
        with self._file.reading() as db:
            return _history.kept(db, owner)

    def files(self) -> list[str]:
        """The clips, posters and images that jobs name, as names within the data folder.

        Copies of clips are not among them: they can be made again.
        """
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
        """Deletes a run's rows and notes its files for ``sweep``, all or none. What it cost stays counted.

        Args:
            usd: US dollars for one unit of each currency, to settle what the run has reserved.

        Raises:
            InvalidRequest: a job of it is not over, or is uncertain.
        """
        with self._file.transaction() as db:
            run = _runs.run(db, run_id)
            if run is not None:
                _history.delete(db, run, files, usd)
        for job in run.jobs if run is not None else ():
            self._no_figure.pop(job.id, None)

    def sweep(self, remove: Callable[[str], bool]) -> int:
        """Has ``remove`` remove the noted files of deleted runs; gives how many it could not remove.

        For images (see ``INPUTS``) it is called within a transaction, so for those it must not block.
        """
        with self._file.reading() as db:
            noted = _history.noted(db)
        if not noted:
            return 0
        gone = [name for name in noted if not name.startswith(INPUTS) and remove(name)]
        with self._file.transaction() as db:
            return _history.swept(db, noted, gone, remove)

    def wipe(self) -> bool:
        """Empties the journal beside the file, which may still hold what was deleted; False if somebody uses it."""
        with self._file.reading() as db:
            (busy, *_) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy
