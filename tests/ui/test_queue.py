"""How many events of the page wait at a time, and that none waits for another."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from comparisons.ui.page import EVENTS
from tests.door import Opened, Pressed, body_of, heard, opened
from tests.patience import PATIENCE_S

JOIN = "/gradio_api/queue/join"


@pytest.fixture(scope="module")
def it(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(tmp_path_factory.mktemp("local")) as it:
        yield it


def test_so_many_events_wait_and_one_more_is_told_to_come_again(it: Opened):
    queue = it.demo._queue
    hands = queue.active_jobs
    queue.active_jobs = [[]] * len(hands)  # as if all hands were full
    try:
        with it.client() as client:
            body = body_of(client, Pressed("stop_all", [""]))
            assert client.post(JOIN, json=body).status_code == 200
            waiting = next(each.queue for each in queue.event_queue_per_concurrency_id.values() if each.queue)
            waiting.extend(waiting * (EVENTS - 2))
            assert [client.post(JOIN, json=body).status_code for _ in range(2)] == [200, 429]
            waiting.clear()
    finally:
        queue.active_jobs = hands


def test_two_events_of_one_handler_are_answered_at_once(it: Opened):
    meeting = threading.Barrier(2)

    def meet(_: object) -> None:
        meeting.wait(PATIENCE_S)  # breaks if the other is not begun before this is over

    with it.client() as client:
        bodies = [body_of(client, Pressed("stop_all", [""])) for _ in range(2)]
        it.demo.fns[bodies[0]["fn_index"]].fn = meet
        with ThreadPoolExecutor(2) as people:
            answers = list(people.map(lambda body: heard(client, body), bodies))
    assert all('"success":true' in answer for answer in answers), answers
