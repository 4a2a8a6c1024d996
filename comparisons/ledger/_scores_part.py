"""The ledger's part for scores: what was measured of clips, apart from what happened to their jobs."""

from __future__ import annotations

from collections.abc import Collection

from comparisons.ledger import _scores
from comparisons.ledger._part import Part
from comparisons.metrics import Scores


class ScoresPart(Part):
    """The part of the ledger that keeps what was measured of clips. A job that is read comes with its scores."""

    def put_scores(self, job_id: str, scores: Scores) -> None:
        """Replaces the scores of a job; does nothing if the job was deleted meanwhile."""
        with self._file.transaction() as db:
            _scores.put(db, job_id, scores)

    def drop_scores(self) -> None:
        """Forgets all scores, so that they are made again."""
        with self._file.transaction() as db:
            db.execute("DELETE FROM scores")

    def unscored(self, limit: int, among: Collection[str] | None = None) -> list[str]:
        """The ids of delivered jobs without scores by today's rules, latest first; of ``among`` some jobs, if given."""
        with self._file.reading() as db:
            return _scores.missing(db, limit, among)

    def count_unscored(self) -> int:
        """How many delivered jobs have no scores by today's rules."""
        with self._file.reading() as db:
            return _scores.count_missing(db)
