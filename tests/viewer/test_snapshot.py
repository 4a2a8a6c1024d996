"""What a take shows comes with its words and flags: the page's scripts know no states."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from comparisons.records import Event, EventKind, Job, Plan, Run, State
from comparisons.viewer import snapshot
from providers import Money

LISTED = Money(Decimal("0.5"), "USD")
PLAN = Plan("apiframe:x", "apiframe", "x", "m", "Pro", False, "A boat", {"duration": 6}, listed=LISTED)
BILL = {"billed": {"amount": "0.25", "currency": "USD"}}


def shown(state: State, **data: Any) -> dict[str, Any]:
    """The cell of a job that came to a state."""
    job = Job("j", "r", 0, PLAN, (Event(EventKind.PLANNED, 1.0), Event(EventKind(str(state)), 2.0, state, data=data)))
    (cell,) = snapshot(Run("r", 1.0, "A boat", False, (job,), ""), 3.0, lambda job, kind: kind)["cells"]
    return cell


@pytest.mark.parametrize("state", [State.SUBMITTING, State.QUEUED, State.RUNNING, State.SUCCEEDED])
def test_a_take_that_may_yet_come_is_waited_for(state: State):
    cell = shown(state)
    assert (cell["waiting"], cell["ending"]) == (True, None)
    assert cell["is_news"] == (state is not State.SUBMITTING)
    assert (cell["cost_words"], cell["cost_told"]) == (str(LISTED), f"{LISTED}, its list price")


def test_a_take_that_nobody_watches_any_more_waits_for_nothing_and_says_so():
    events = [Event(EventKind.PLANNED, 1.0), Event(EventKind.RUNNING, 2.0, State.RUNNING), Event(EventKind.PAUSED, 3.0)]
    watched, let_go = (Job("j", "r", 0, PLAN, tuple(events[:count])) for count in (2, 3))
    cells = [
        snapshot(Run("r", 1.0, "A boat", False, (job,), ""), 4.0, lambda job, kind: kind)["cells"][0]
        for job in (watched, let_go)
    ]
    assert [cell["waiting"] for cell in cells] == [True, False]
    assert [cell["unwatched"] for cell in cells] == [False, True]
    assert (cells[1]["ending"], cells[1]["words"]) == (
        "Not watched",
        "Not watched at Apiframe any more; it may still be billed",
    )


@pytest.mark.parametrize(
    ("state", "ending", "amount", "told"),
    [
        (State.FAILED, "Failed", "cost unknown", "cost unknown"),
        (State.CANCELED, "Canceled", "cost unknown", "cost unknown"),
        (State.REJECTED, "Refused", "nothing owed", "nothing owed"),
        (State.UNCERTAIN, "Uncertain", "may be billed", f"may be billed: {LISTED}, its list price"),
    ],
)
def test_a_take_that_came_to_nothing_says_how_and_what_it_may_cost(state: State, ending: str, amount: str, told: str):
    cell = shown(state)
    assert (cell["waiting"], cell["ending"], cell["is_news"]) == (False, ending, True)
    assert (cell["cost_words"], cell["cost_told"]) == (amount, told)


def test_what_a_failed_take_was_billed_is_its_cost():
    cell = shown(State.FAILED, **BILL)
    assert (cell["cost_words"], cell["cost_told"]) == ("$0.25", "$0.25, billed by the provider")


@pytest.mark.parametrize(("aspect", "shape"), [("9:16", 0.5625), ("1:1", 1.0), ("adaptive", None), (None, None)])
def test_a_take_says_before_its_clip_comes_how_wide_that_is_to_be(aspect: str | None, shape: float | None):
    plan = replace(PLAN, options={"duration": 6} | ({"aspect_ratio": aspect} if aspect else {}))
    job = Job("j", "r", 0, plan, (Event(EventKind.PLANNED, 1.0),))
    (cell,) = snapshot(Run("r", 1.0, "A boat", False, (job,), ""), 3.0, lambda job, kind: kind)["cells"]
    assert cell["shape"] == shape
