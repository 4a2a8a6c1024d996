"""A Dask cluster measures clips with code that is sent to it; what it loses is measured all the same."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from comparisons.metrics import Scores, score, versions
from comparisons.scoring import _cluster, _measuring, executor_of
from comparisons.scoring._cluster import Cluster
from providers import InvalidRequest
from tests.damaged import Shot, encoded
from tests.patience import START_S, until

pytestmark = pytest.mark.slow


@dataclass
class Dask:
    """A scheduler and its workers, each a process that knows nothing of Takes."""

    folder: Path
    stack: ExitStack
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def run(self, what: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *arguments]
        process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.stack.callback(process.wait)
        self.stack.callback(process.kill)
        return process

    @property
    def file(self) -> Path:
        return self.folder / "scheduler.json"

    @property
    def address(self) -> str:
        return json.loads(self.file.read_text())["address"].replace("tcp://", "dask://")

    def begin(self, workers: int) -> None:
        where = ("--host", "127.0.0.1", "--no-dashboard")
        self.scheduler = self.run("scheduler", *where, "--port", "0", "--scheduler-file", str(self.file))
        until(self.file.exists, START_S)
        self.workers = [
            self.run("worker", self.address.replace("dask", "tcp"), *where, "--nthreads", "1", "--no-nanny")
            for _ in range(workers)
        ]


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Dask]:
    pytest.importorskip("distributed")
    with ExitStack() as stack:
        yield Dask(tmp_path, stack)


@pytest.fixture
def cluster(dask: Dask) -> Iterator[Cluster]:
    dask.begin(workers=2)
    until(lambda: all_are_there(dask), START_S)
    made = executor_of(dask.address)
    assert isinstance(made, Cluster)
    yield made
    made.close()


def all_are_there(dask: Dask) -> bool:
    with _cluster._connected(dask.address) as client:
        return len(client.nthreads()) == len(dask.workers)


@pytest.fixture(scope="module")
def clip() -> bytes:
    return encoded(Shot("leaves", (256, 144), frames=12).all())


def test_clips_are_measured_by_code_that_was_sent_and_none_is_lost_with_a_worker_or_the_scheduler(
    dask: Dask, cluster: Cluster, clip: bytes
):
    here = score(clip, None)
    assert cluster.workers == 2
    measured = _measuring.each(range(12), lambda _: cluster.submit(score, clip, None), lambda _: None, at_once=4)
    found: dict[int, Scores | None] = {}
    for number, scores in measured:
        found[number] = scores
        if len(found) == 3:
            dask.workers[0].kill()
        if len(found) == 8:
            dask.scheduler.kill()
    assert found == dict.fromkeys(range(12), here)
    assert cluster.submit(score, clip, None).result() == here, "what comes later is measured on this machine"


def test_a_clip_that_workers_die_of_is_given_up(dask: Dask):
    dask.begin(workers=4)
    until(lambda: all_are_there(dask), START_S)
    made = executor_of(dask.address)

    def die(_: int) -> str:  # a function within a function is sent as it is
        import os
        import signal

        os.kill(os.getpid(), signal.SIGKILL)
        return "alive"

    results = dict(_measuring.each([1], partial(made.submit, die), lambda _: "given up", at_once=1))
    made.close()
    assert results == {1: "given up"}


def test_a_cluster_that_is_none_is_refused_in_a_sentence(dask: Dask):
    with pytest.raises(InvalidRequest, match=r"No Dask scheduler answers at dask://127\.0\.0\.1:9"):
        executor_of("dask://127.0.0.1:9")
    dask.begin(workers=0)
    with pytest.raises(InvalidRequest, match="has no workers"):
        executor_of(dask.address)


def test_workers_that_would_measure_otherwise_are_refused():
    _cluster._check("dask://x", {"tcp://w": versions()})
    with pytest.raises(InvalidRequest, match="pip install numpy=="):
        _cluster._check("dask://x", {"tcp://w": dict.fromkeys(versions(), "1.0.0")})
