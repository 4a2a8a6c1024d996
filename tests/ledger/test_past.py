"""What a person's own earlier runs tell of the variants, and nobody else's."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from comparisons.ledger import Past
from comparisons.records import Event, EventKind, Job, Run
from providers import Money
from tests.stage import ONE_EACH, make_stage

ONE, OTHER = ONE_EACH["runcomfy"], ONE_EACH["apiframe"]


@pytest.fixture
def stage(tmp_path: Path):
    return make_stage(tmp_path)


def end(stage, job: Job, total_s: float, billed: dict[str, str | None] | None = None) -> None:
    stage.ledger.record(
        job.id,
        Event.of(EventKind.SUCCEEDED, 10.0, None, {"billed": billed}),
        Event.of(EventKind.DELIVERED, 11.0, None, {"total_s": total_s}),
    )


def owned(stage, refs: list[str], owner: str, at: float, *, simulated: bool = False) -> Run:
    """A run of somebody's, in the ledger."""
    run = stage.plan(refs)
    mine = f"{run.id}{at:g}{owner}"
    jobs = tuple(replace(job, id=f"{job.id}{owner}", run=mine) for job in run.jobs)
    run = replace(run, id=mine, jobs=jobs, owner=owner, at=at, simulated=simulated)
    stage.ledger.add_run(run)
    return run


def test_totals_come_newest_first_and_the_latest_bill_counts(stage):
    for at, total, amount in ((1.0, 50.0, "0.30"), (2.0, 41.5, "0.28")):
        run = owned(stage, [ONE], "anna", at)
        end(stage, run.jobs[0], total, {"amount": amount, "currency": "USD"})
    past = stage.ledger.past("anna", False)
    assert past.totals == {ONE: (41.5, 50.0)}
    assert past.billed == {ONE: (Money(Decimal("0.28"), "USD"), 10.0)}


def test_another_persons_runs_and_those_of_the_sandbox_tell_nothing(stage):
    end(stage, owned(stage, [ONE], "anna", 1.0).jobs[0], 50.0)
    end(stage, owned(stage, [OTHER], "bert", 2.0, simulated=True).jobs[0], 9.0)
    assert stage.ledger.past("carl", False) == Past()
    assert stage.ledger.past("bert", False).totals == {}
    assert stage.ledger.past("bert", True).totals == {OTHER: (9.0,)}


def test_the_last_run_is_told_also_while_nothing_of_it_has_come(stage):
    owned(stage, [ONE], "anna", 1.0)
    owned(stage, [OTHER, ONE, OTHER], "anna", 2.0, simulated=True)
    assert stage.ledger.past("anna", False) == Past(last=(OTHER, ONE))


def test_only_the_latest_runs_are_looked_at(stage):
    for at in (1.0, 2.0):
        end(stage, owned(stage, [ONE], "anna", at).jobs[0], at)
    assert stage.ledger.past("anna", False, runs=1).totals == {ONE: (2.0,)}
