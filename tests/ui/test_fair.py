"""Long work for many people: nobody's hundred things keep another's one from being done."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

import pytest

from comparisons.records import Person
from comparisons.ui.fair import WAITING, WAITING_CLIENT, Fair, TooMuchAtOnce
from tests.patience import PATIENCE_S


class Bench:
    """Work that ends when it is told to, and in which order it was begun."""

    def __init__(self, at_once: int) -> None:
        self.fair = Fair("test", at_once)
        self.begun: list[str] = []
        self._began = threading.Condition()
        self._ends: dict[str, threading.Event] = {}

    def ask(self, who: str, name: str, client: str = "", cost: float = 1.0) -> Future[str]:
        self._ends[name] = threading.Event()

        def work() -> str:
            with self._began:
                self.begun.append(name)
                self._began.notify_all()
            assert self._ends[name].wait(PATIENCE_S)
            return name

        return self.fair.submit(Person(who, client=client), work, cost)

    def end(self, name: str) -> None:
        self._ends[name].set()

    def until(self, so: Callable[[], bool]) -> None:
        with self._began:
            assert self._began.wait_for(so, PATIENCE_S), self.begun


def test_people_have_one_thing_done_at_a_time_each():
    bench = Bench(2)
    for name in ("a0", "a1", "b0", "c0"):
        bench.ask(name[0], name)
    bench.until(lambda: bench.begun == ["a0", "b0"])
    bench.end("b0")
    bench.until(lambda: bench.begun == ["a0", "b0", "c0"])
    bench.end("a0")
    bench.until(lambda: bench.begun == ["a0", "b0", "c0", "a1"])
    bench.end("c0")
    bench.end("a1")


def test_one_who_comes_later_waits_for_one_thing_of_whoever_asked_for_many():
    bench = Bench(1)
    many = [bench.ask("a", f"a{number}") for number in range(5)]
    one = bench.ask("b", "b")
    bench.until(lambda: bench.begun == ["a0"])
    bench.end("a0")
    bench.until(lambda: bench.begun == ["a0", "b"])
    bench.end("b")
    assert one.result(PATIENCE_S) == "b"
    assert many[4].cancel()
    for number in range(1, 4):
        bench.end(f"a{number}")
        many[number].result(PATIENCE_S)
    assert bench.begun == ["a0", "b", "a1", "a2", "a3"]


def test_all_people_of_one_address_have_one_turn():
    bench = Bench(2)
    for number in range(6):
        bench.ask(f"made up {number}", f"a{number}", "here")
    bench.until(lambda: bench.begun == ["a0", "a1"])
    bench.ask("b", "b", "there")
    bench.ask("c", "c")
    bench.end("a0")
    bench.until(lambda: bench.begun == ["a0", "a1", "b"])
    bench.end("b")
    bench.until(lambda: bench.begun == ["a0", "a1", "b", "c"])
    for name in ("a1", "c", "a2", "a3", "a4", "a5"):
        bench.end(name)
    bench.until(lambda: len(bench.begun) == 8)


def test_whoever_was_given_much_waits_for_others_who_were_given_little():
    bench = Bench(1)
    bench.ask("large", "l0", cost=60)
    bench.until(lambda: bench.begun == ["l0"])
    bench.ask("large", "l1", cost=60)
    for number in range(4):
        bench.ask("small", f"s{number}", cost=10)
    for name in ("l0", "s0", "s1", "s2", "s3", "l1"):
        bench.end(name)
    bench.until(lambda: bench.begun == ["l0", "s0", "s1", "s2", "s3", "l1"])


def test_what_fails_is_told_and_keeps_nobody_waiting():
    fair = Fair("test")
    failing = fair.submit(Person("a"), lambda: 1 // 0)
    after = [fair.submit(Person("a"), lambda: 2), fair.submit(Person("b"), lambda: 3)]
    with pytest.raises(ZeroDivisionError):
        failing.result(PATIENCE_S)
    assert [each.result(PATIENCE_S) for each in after] == [2, 3]


def test_only_so_much_of_one_person_waits():
    bench = Bench(1)
    bench.ask("a", "first")
    bench.until(lambda: bench.begun == ["first"])
    futures = [bench.ask("a", f"a{number}") for number in range(WAITING)]
    with pytest.raises(TooMuchAtOnce, match="wait until some"):
        bench.ask("a", "more")
    assert not bench.ask("b", "b").done()
    for future in futures:
        future.cancel()
    for number in range(WAITING_CLIENT):
        bench.ask(f"made up {number}", f"c{number}", "here").cancel()
    crowd = [bench.ask(f"made up {number}", f"c{number}", "here") for number in range(WAITING_CLIENT)]
    with pytest.raises(TooMuchAtOnce):
        bench.ask("made up", "c", "here")
    for future in crowd:
        future.cancel()
    for name in ("first", "b"):
        bench.end(name)
