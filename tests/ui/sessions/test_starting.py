"""Start holds none of the page's places, however long plans take to be made ready."""

from __future__ import annotations

import threading
from concurrent.futures import Future

import pytest

from comparisons.records import Person
from comparisons.ui.fair import WAITING, TooMuchAtOnce
from comparisons.ui.sessions.starting import AT_ONCE, Started, Starts
from comparisons.ui.sessions.wrong import Wrong
from providers import InvalidRequest
from tests.patience import PATIENCE_S


def test_starts_that_take_long_are_waited_for_by_nobody_else_and_picked_up_by_their_page():
    starts, over = Starts(), threading.Event()

    def slow() -> Started:
        assert over.wait(PATIENCE_S)
        return Started("s_1", "")

    people = [Person(f"{number}", client="here") for number in range(AT_ONCE - 1)]
    held = [starts.begun("page", who, slow) for who in people for _ in range(16)]
    ann = Person("ann", client="there")
    began: Future[Started | Wrong] = starts.begun("page", ann, lambda: Started("s_2", "said"))
    assert began.result(PATIENCE_S) == Started("s_2", "said")
    assert starts.of("page", ann) is began
    assert starts.of("another page", ann) is None
    assert starts.of("page", Person("bob")) is None
    held += [starts.begun("page", people[0], slow) for _ in range(WAITING - 15)]
    with pytest.raises(TooMuchAtOnce):
        starts.begun("page", people[0], slow)
    over.set()
    assert all(each.result(PATIENCE_S) == Started("s_1", "") for each in held)


def test_what_is_wrong_with_a_start_keeps_no_frame_of_it():
    def refused() -> Started:
        raise InvalidRequest("A live run needs a key.")

    found = Starts().begun("page", Person("ann"), refused).result(PATIENCE_S)
    assert isinstance(found, Wrong)
    assert (found.place, str(found), found.__traceback__) == ("start", "A live run needs a key.", None)
