"""Processes that measure clips: none is lost because of another, whatever they die of."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from comparisons.scoring import _measuring
from comparisons.scoring._pool import NICE, Pool
from tests.patience import until
from tests.scoring import work

CRASHED = -1


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    made = Pool(2)
    yield made
    made.shutdown()


def results(pool: Pool, numbers: list[int], do=work.double) -> dict[int, int]:
    return dict(_measuring.each(numbers, partial(pool.submit, do), lambda _: CRASHED, at_once=4))


def test_what_a_process_dies_of_is_given_up_and_everything_else_is_done(pool: Pool):
    done = results(pool, list(range(10, 20)), work.die_of_thirteen)
    assert done == {number: CRASHED if number == 13 else 2 * number for number in range(10, 20)}


def test_a_process_that_is_killed_from_outside_loses_nothing(pool: Pool, tmp_path: Path):
    def submit(number: int):
        mark = str(tmp_path / "died")
        return pool.submit(work.die_once, number, mark) if number == 5 else pool.submit(work.double, number)

    done = dict(_measuring.each(range(10), submit, lambda _: CRASHED, at_once=4))
    assert done == {number: 2 * number for number in range(10)}


def test_processes_have_a_low_priority(pool: Pool):
    assert pool.submit(work.nice, 0).result() == os.nice(0) + NICE


def test_processes_end_with_the_one_that_began_them_also_if_it_is_killed():
    code = (
        "import sys, time; from comparisons.scoring._pool import Pool; from tests.scoring import work\n"
        "if __name__ == '__main__':\n"
        "    pool = Pool(1)\n"
        "    print(pool.submit(work.pid, 0).result(), flush=True)\n"
        "    sys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    until(lambda: not alive(child))


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
