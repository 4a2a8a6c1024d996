"""Votes, and what they say of runs."""

from __future__ import annotations

from comparisons.ledger import _history, _votes
from comparisons.ledger._part import Part
from comparisons.records import Pool, Vote


class VotesPart(Part):
    """The part of the ledger that records votes."""

    def add_vote(self, vote: Vote) -> None:
        """Adds a vote; on return it survives a power cut."""
        with self._file.transaction() as db:
            _votes.add(db, vote)

    def votes(self, owner: str | None = None) -> list[Vote]:
        """Every vote, oldest first; of one person, if named."""
        with self._file.reading() as db:
            return _votes.votes(db, owner)

    def trim(self, votes: int, an_hour: float, simulated: float) -> None:
        """Lets go of visitors' votes beyond so many, and of what is known of deleted jobs for nothing any more."""
        with self._file.transaction() as db:
            _votes.trim(db, votes)
            _history.forget_deleted(db, an_hour, simulated)

    def judged(self, run_id: str, owner: str) -> list[frozenset[str]]:
        """The jobs of each ballot about a run that a person has voted on."""
        with self._file.reading() as db:
            return _votes.judged(db, run_id, owner)

    def times_compared(self, simulated: bool) -> dict[tuple[Pool, str], int]:
        """In how many votes each variant was shown in each pool; live and simulated apart."""
        with self._file.reading() as db:
            return _votes.compared(db, simulated)

    def runs_to_judge(self, voter: str, owner: str | None, limit: int) -> list[str]:
        """Runs with at least two clips, those this person voted on least first; of one owner, if named."""
        with self._file.reading() as db:
            return _votes.to_judge(db, voter, owner, limit)
