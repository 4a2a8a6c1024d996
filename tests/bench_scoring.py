"""What it costs to have clips measured elsewhere, and that no kill loses one: ``python -m tests.bench_scoring``.

A task that only takes a clip and gives nothing back is timed beside what measuring that clip takes. Then clips are
measured while their processes are killed again and again. Returns 1 if a bound is missed. ``--kills N`` for fewer.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from functools import partial

from comparisons.metrics import score
from comparisons.scoring import _measuring, executor_of
from comparisons.scoring._cluster import Cluster
from comparisons.scoring._pool import Pool
from tests.damaged import Shot, encoded
from tests.scoring import work

POOL, DASK = 0.01, 0.05
ROUNDS = 40


def seconds(do: Callable[[], object], rounds: int) -> float:
    """The shortest of several rounds, since others use the machine too."""
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        do()
        found.append(time.perf_counter() - began)
    return min(found)


def overhead(executor: Executor, clip: bytes, measured_s: float) -> float:
    """What handing the clip over takes, as a share of measuring it."""
    return seconds(lambda: executor.submit(len, clip).result(), ROUNDS) / measured_s


def kept(kills: int) -> tuple[int, int, int]:
    """Measures clips on two processes, one of which is killed whenever some more are done.

    Gives how many were killed, how many clips there were, and how many of them were not measured exactly once.
    """
    clip, pool, chance = encoded(Shot("leaves", (256, 144), frames=12).all()), Pool(2), random.Random(1)
    times, killed, clips = Counter[int](), 0, 0
    victims = [pool.submit(work.pid, 0).result()]

    def submit(number: int) -> Future[object]:
        return pool.submit(_measured_by, clip, number)

    while killed < kills:
        numbers = range(clips, clips + 20)
        for number, told in _measuring.each(numbers, submit, lambda _: None, at_once=4):
            times[number] += told is not None
            victims = victims if told is None else [told]
            if killed < kills and chance.random() < 0.7:
                killed += _kill(victims[0])
        clips += len(numbers)
    pool.shutdown()
    return killed, clips, sum(times[number] != 1 for number in range(clips))


def _measured_by(clip: bytes, number: int) -> int:
    """Measures a clip; gives the process that did."""
    score(clip, None)
    return work.pid(number)


def _kill(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        return True
    return False


def main() -> int:
    parser = argparse.ArgumentParser(description="The overhead of workers, and kills.")
    parser.add_argument("--kills", type=int, default=100)
    kills = parser.parse_args().kills
    clip = encoded(Shot("leaves", (1366, 768), frames=144).all())
    measured_s = seconds(partial(score, clip, None), 2)
    print(f"a clip of 6 s, {len(clip) / 1e6:.1f} MB: measured in {measured_s:.2f} s")
    pool = Pool(1)
    shares = {"pool": (overhead(pool, clip, measured_s), POOL)}
    pool.shutdown()
    from distributed import LocalCluster

    quiet = {"dashboard_address": None, "silence_logs": 50}
    with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", **quiet) as local:
        cluster = executor_of(local.scheduler_address)
        assert isinstance(cluster, Cluster)
        shares["Dask"] = (overhead(cluster, clip, measured_s), DASK)
        cluster.close()
    missed = 0
    for name, (share, bar) in shares.items():
        missed += share > bar
        print(
            f"{'met   ' if share <= bar else 'MISSED'} overhead, {name}: {share:.2%} of measuring (at most {bar:.0%})"
        )
    done, clips, wrong = kept(kills)
    missed += wrong > 0
    print(f"{'MISSED' if wrong else 'met   '} {done} kills, {clips} clips: {wrong} lost or measured twice (none)")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
