"""The playground as a whole; the page and the command line each hold one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

from comparisons.playground._starting import Starting
from comparisons.records import Job, Run

if TYPE_CHECKING:
    import pandas as pd


class Playground(Starting):
    """One data folder, its ledger, and the jobs that run over it."""

    def close(self) -> None:
        """Stops working on jobs. They keep their states; the next start goes on with them."""
        self.scorer.close()
        self.storage.close()
        self.uploaded.close()
        self.workers.close(self._aclose)
        self.ledger.close()

    async def _aclose(self) -> None:
        await self.quotes.aclose()
        await self.wires.aclose()

    def wait(self, run_ids: Sequence[str] | None = None) -> None:
        """Returns when every job of these runs (of all runs, if None) is over or paused."""
        while not self.settled(run_ids, 60.0):
            pass

    def settled(self, run_ids: Sequence[str] | None, within_s: float) -> bool:
        """Whether every job of these runs (of all, if None) is over or paused; waits up to ``within_s`` seconds."""
        return self.workers.settled(run_ids, within_s)

    def frame(self, run: Run) -> pd.DataFrame:
        """The run as a table."""
        from comparisons.analysis import table  # here, since pandas takes as long to import as all the rest

        return table.frame(run.jobs, self.settings.usd, self.media.clips, self.clock.now(), self.settings.rate_days)

    def rows(self, jobs: Sequence[Job]) -> list[dict[str, Any]]:
        """Jobs as rows with the table's columns, as JSON-ready values."""
        from comparisons.analysis import table  # here for the reason in ``frame``

        return table.rows(jobs, self.settings.usd, self.media.clips, self.clock.now(), self.settings.rate_days)

    def expected_s(self, job: Job) -> float | None:
        """The median total, in seconds, of the variant's latest clips; None if it has none."""
        totals = sorted(self.ledger.totals(job.plan.variant, job.plan.simulated))
        return totals[len(totals) // 2] if totals else None

    def works_on(self, job_id: str) -> bool:
        """Whether this process is working on the job."""
        return self.workers.works_on(job_id)

    def active(self, run_id: str) -> bool:
        """Whether this process is working on the run."""
        return self.workers.active(run_id)

    def changes(self) -> AsyncIterator[None]:
        """Yields whenever a job changed, and at least once a second. For any event loop."""
        return self.workers.changes()
