"""The ledger's part for votes."""

from __future__ import annotations

from comparisons.ledger import _history, _votes
from comparisons.ledger._part import Part
from comparisons.records import Pool, Vote


class VotesPart(Part):
    """The part of the ledger that records votes."""

    def add_vote(self, vote: Vote) -> None:
        """Adds a vote; once this returns, it survives a power cut."""
        with self._file.transaction() as db:
            _votes.add(db, vote)

    def votes(self, owner: str | None = None) -> list[Vote]:
        """Every vote, oldest first; of one person, if named."""
        with self._file.reading() as db:
            return _votes.votes(db, owner)

    def trim(self, votes: int, an_hour: float, simulated: float) -> None:
        """Deletes visitors' votes beyond ``votes``, and what is noted of deleted jobs and no longer needed.

        Args:
            an_hour: the moment since which jobs count in the limits of an hour.
            simulated: the moment since which jobs may still be listed by the sandbox.
        """
        with self._file.transaction() as db:
            _votes.trim(db, votes)
            _history.forget_deleted(db, an_hour, simulated)

    def judged(self, run_id: str, owner: str) -> list[frozenset[str]]:
        """The ids of the jobs of each ballot about a run that a person has voted on."""
        with self._file.reading() as db:
            return _votes.judged(db, run_id, owner)

    def times_compared(self, simulated: bool) -> dict[tuple[Pool, str], int]:
        """In how many votes, about live or about simulated runs, each variant was shown in each pool."""
        with self._file.reading() as db:
            return _votes.compared(db, simulated)

    def runs_to_judge(self, voter: str, owner: str | None, limit: int) -> list[str]:
        """The ids of runs with clips of two variants that can be compared; of one owner, if named.

        Runs that the person ``voter`` voted on least come first.
        """
        with self._file.reading() as db:
            return _votes.to_judge(db, voter, owner, limit)
