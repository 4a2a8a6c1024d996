"""Stops: one look at the ledger a second tells of all jobs, and none is overlooked."""

from __future__ import annotations

import random
from pathlib import Path

from comparisons.engine._stops import LOOK_S, Stops
from comparisons.engine.recorder import Recorder
from comparisons.engine.waits import Waits
from comparisons.records import Event, EventKind
from tests.stage import ONE_EACH, make_stage


def test_a_stop_of_another_process_is_seen_within_a_second_and_one_of_our_own_at_once(tmp_path: Path):
    stage = make_stage(tmp_path)
    first, second, third = stage.plan([ONE_EACH["apiframe"]], repeats=3).jobs
    waits = Waits(stage.time.sleep, random.Random(1))
    stops = Stops(Recorder(stage.ledger, stage.gate, stage.time, stage.time.sleep), waits)

    def stop(job_id: str) -> None:
        stage.ledger.record(job_id, Event(EventKind.STOP, stage.time.now()))

    stop(first.id)
    assert [stops.asked(each.id) for each in (first, second, third)] == [True, False, False]  # seen at the first look
    stop(second.id)
    stop(third.id)
    waits.stop(third.id)
    assert [stops.asked(each.id) for each in (second, third)] == [False, True]
    stage.time.jump(LOOK_S)
    assert [stops.asked(each.id) for each in (second, third)] == [True, True]
    stage.ledger.record(second.id, Event(EventKind.PAUSED, stage.time.now()))
    assert not stops.asked(second.id)  # something was done about it
    stop(second.id)
    stage.time.jump(LOOK_S)
    assert stops.asked(second.id)
