"""Takes of further variants join a run: of its own request, priced now, and paid for only once their price was read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from comparisons.playground import Playground
from comparisons.records import HOST, Job, Run
from comparisons.runs import Choice
from comparisons.runs.twice import NOT_BEFORE_S, PriceFirst
from providers import InvalidRequest
from tests.engine.test_gate import hosted
from tests.patience import START_S
from tests.runs.test_history import ANN, BOB
from tests.stage import ONE_EACH, small_image
from tests.test_playground import TEXT, make

ONE, OTHER = ONE_EACH["runcomfy"], ONE_EACH["apiframe"]


@pytest.fixture
def playground(tmp_path: Path) -> Iterator[Playground]:
    playground = make(tmp_path)
    yield playground
    playground.close()


def of(run: Run | None) -> list[tuple[str, int, str]]:
    assert run is not None
    return [(job.plan.variant, job.position, str(job.state)) for job in run.jobs]


def test_what_is_added_is_asked_as_the_run_was_and_comes_after_what_is_there(playground: Playground):
    asked = replace(TEXT, first_frame=small_image(), options={"duration": 6})
    run = playground.start(asked, Choice(refs=(OTHER,), nearest=True), simulated=True)
    playground.wait()
    playground.add(run.id, Choice(refs=(OTHER, ONE), nearest=True))
    playground.wait()
    whole = playground.run(run.id)
    assert of(whole) == [(OTHER, 0, "delivered"), (ONE, 1, "delivered")]
    first, added = (job.plan for job in whole.jobs)
    assert (added.prompt, added.asked) == (first.prompt, first.asked)
    assert first.images


def test_nothing_is_added_twice_nor_to_somebody_elses_run(playground: Playground):
    run = playground.start(TEXT, Choice(refs=(ONE,)), simulated=True, who=ANN)
    playground.wait()
    for choice, who in ((Choice(refs=(ONE,)), ANN), (Choice(refs=(OTHER,)), BOB), (Choice(refs=()), ANN)):
        with pytest.raises(InvalidRequest):
            playground.add(run.id, choice, who)
    assert len(playground.run(run.id).jobs) == 1


def test_of_many_presses_at_once_one_adds(playground: Playground):
    run = playground.start(TEXT, Choice(refs=(OTHER,)), simulated=True)
    playground.wait()
    began, refused = threading.Barrier(8), []

    def press() -> None:
        began.wait(START_S)
        try:
            playground.add(run.id, Choice(refs=(ONE,)))  # whose price is asked for meanwhile
        except InvalidRequest as error:
            refused.append(str(error))

    presses = [threading.Thread(target=press) for _ in range(8)]
    for each in presses:
        each.start()
    for each in presses:
        each.join()
    playground.wait()
    assert len(playground.run(run.id).jobs) == 2
    assert len(refused) == 7


def test_a_press_that_is_refused_leaves_the_run_to_another_takes(playground: Playground, tmp_path: Path):
    run = playground.start(TEXT, Choice(refs=(ONE,)), simulated=True)
    playground.wait()

    def refuse(_: Run) -> list[Job]:
        raise InvalidRequest("Not now.")

    with pytest.raises(InvalidRequest, match="Not now"):
        playground._join(run.id, refuse, HOST)
    elsewhere = make(tmp_path)
    elsewhere.workers.claim(run.id)
    elsewhere.close()


def test_live_takes_are_added_only_after_their_price_was_said_and_within_the_budget(tmp_path: Path):
    with hosted(tmp_path, TAKES_USD_PER_CREDIT="0.01@2026-11-21") as (playground, there):
        now = [100.0]
        playground._twice._now = lambda: now[0]
        run = playground.start(TEXT, Choice(refs=(ONE,)), simulated=False, who=ANN)
        playground.wait()
        charged = there.world.charges()
        more = Choice(refs=(OTHER,))
        with pytest.raises(PriceFirst, match=r"adds a take to the run for .+\. Press again"):
            playground.add(run.id, more, ANN, sure=False)
        with pytest.raises(PriceFirst):
            playground.add(run.id, more, ANN, sure=False)  # sooner than anybody reads: the same press
        assert there.world.charges() == charged
        now[0] += NOT_BEFORE_S + 1
        playground.add(run.id, more, ANN, sure=False)
        playground.wait()
        assert len(playground.run(run.id).jobs) == 2
        assert there.world.charges() == charged + 1


def test_what_is_beyond_the_budget_is_not_added(tmp_path: Path):
    with hosted(tmp_path) as (playground, there):
        run = playground.start(TEXT, Choice(refs=(ONE,)), simulated=False, who=ANN)
        playground.wait()
        charged = there.world.charges()
        with pytest.raises(InvalidRequest, match="budget"):
            playground.add(run.id, Choice(refs=("runcomfy:minimax/minimax-h3/text-to-video",)), ANN)
        assert (len(playground.run(run.id).jobs), there.world.charges()) == (1, charged)
