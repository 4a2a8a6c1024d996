"""Takes of several runs, gathered to be looked at beside each other."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from comparisons.ledger import Ledger
from comparisons.records import HOST, Job, Person, Run
from providers import InvalidRequest

MOST = 24
"""How many takes can be looked at together."""


def across(ledger: Ledger, jobs: Sequence[str], who: Person = HOST) -> Run:
    """Takes by their ids, in that order, as one run. It is made up for the page: the ledger has no such run.

    Raises:
        InvalidRequest: a take is not there, or somebody else's; simulated and live takes are mixed; or none or too
            many are named.
    """
    names = list(dict.fromkeys(jobs))
    if not 1 <= len(names) <= MOST:
        raise InvalidRequest(f"Tick 1 to {MOST} takes to look at them together.")
    found = [_take(ledger, name, who) for name in names]
    if len({job.plan.simulated for _, job in found}) > 1:
        raise InvalidRequest("Takes of the sandbox and live takes are not shown together: only one kind was measured.")
    runs = [run for run, _ in found]
    name = hashlib.sha256(" ".join(names).encode()).hexdigest()[:32]
    prompts = " / ".join(dict.fromkeys(run.prompt for run in runs))
    gathered = tuple(job for _, job in found)
    return Run(f"across_{name}", min(run.at for run in runs), prompts, runs[0].simulated, gathered, runs[0].owner)


def _take(ledger: Ledger, name: str, who: Person) -> tuple[Run, Job]:
    job = ledger.job(name)
    run = None if job is None else ledger.run(job.run)
    if job is None or run is None or not who.may_see(run):
        raise InvalidRequest("One of these takes is not here: it may have been deleted.")
    return run, job
