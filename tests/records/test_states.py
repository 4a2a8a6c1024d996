"""The words for what a job is and what happens to it: kept for good, and written in one place."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from comparisons.records import (
    ACCEPTED,
    AT_PROVIDER,
    BRINGS,
    CLIP_WISHES,
    NOT_ACCEPTED,
    NOT_DONE,
    NOT_FINISHED,
    OVER,
    PICKED_UP,
    SETTLED,
    TRY_ENDED,
    WITHOUT_CLIP,
    WITHOUT_ID,
    Event,
    EventKind,
    Job,
    State,
)
from comparisons.records.states import ALL_IS_WELL, BILL_ONLY
from tests.stage import ONE_EACH, make_stage

ROOT = Path(__file__).parents[2]
STORED = "planned submitting queued running succeeded delivered failed canceled rejected uncertain"
"""Every state that some ledger out there may hold."""
ALSO_STORED = (
    "attempt begun cancel copied fetch fetching found handed held not_charged paused polled result resumed stop"
    " uploaded uploading waiting"
)
"""Every other kind of event that some ledger out there may hold."""


def test_the_words_stay_as_ledgers_have_them():
    assert " ".join(State) == STORED
    assert {*EventKind} == {*STORED.split(), *ALSO_STORED.split()}


def test_a_job_is_over_or_goes_on():
    assert {*NOT_FINISHED, State.SUCCEEDED} == {*State} - OVER
    assert NOT_FINISHED == NOT_ACCEPTED | AT_PROVIDER
    assert OVER - SETTLED == {State.UNCERTAIN} <= WITHOUT_ID
    assert {State.DELIVERED} == SETTLED - WITHOUT_CLIP
    assert BILL_ONLY < WITHOUT_CLIP


def test_a_kind_brings_the_state_of_its_word_or_one_of_three():
    others = {EventKind.FOUND: "queued", EventKind.NOT_CHARGED: "rejected", EventKind.COPIED: "uncertain"}
    assert {**{state: state for state in State}, **others} == {**BRINGS}
    assert Event.of(EventKind.FOUND, 1.0) == Event("found", 1.0, "queued")
    assert Event.of(EventKind.POLLED, 1.0, "queue", {"said": "x"}) == Event("polled", 1.0, None, "queue", {"said": "x"})


def test_a_group_of_kinds_is_where_its_reader_looks_for_it():
    brought = {BRINGS[kind] for kind in ACCEPTED}
    assert brought == {State.QUEUED}
    assert {BRINGS[kind] for kind in NOT_DONE if kind in BRINGS} == AT_PROVIDER
    assert {EventKind.POLLED} <= {*NOT_DONE} & ALL_IS_WELL
    assert not {*PICKED_UP} & {*CLIP_WISHES}
    assert {*TRY_ENDED} & {*BRINGS} == {"delivered", "failed", "canceled"}


@pytest.mark.parametrize("kind", EventKind)
def test_every_kind_is_read_back_as_itself(tmp_path: Path, kind: EventKind):
    stage = make_stage(tmp_path)
    job = stage.plan([ONE_EACH["runcomfy"]]).jobs[0]
    stage.ledger.record(job.id, Event.of(kind, job.last_at))
    read: Job | None = stage.ledger.job(job.id)
    assert read is not None
    assert read.events[-1].kind is kind
    assert read.events[-1].state is BRINGS.get(kind)
    assert isinstance(read.state, State)


def test_no_state_and_no_kind_is_compared_with_a_word():
    """Only their enums: a word that is spelled wrong there is a mistake that mypy sees."""
    found = []
    for path in sorted((ROOT / "comparisons").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Compare) and _is_ours(node.left):
                words = {each.value for each in ast.walk(node) if isinstance(each, ast.Constant)}
                if words & {*EventKind}:
                    found.append(f"{path.name}:{node.lineno}")
    assert not found


def _is_ours(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in ("state", "kind")
