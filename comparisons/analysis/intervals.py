"""The success rate and the latency percentiles of one variant, with 95 % intervals.

It knows only numbers: no jobs, no files. Intervals are meant to contain the true value in 95 of 100 sessions, and are
given only where they did so in at least 90 of 100 simulated ones: nearly all did in 93 to 98, that of a p90 with 29 or
30 jobs in 92 to 93. ``python -m tests.bench_statistics`` prints this for each. A figure for which there are too few
jobs is None. The same seed gives the same figures.

scipy takes half a second to import, which would slow the start of the app: each function imports what it needs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from comparisons.analysis.samples import Sample, middles, possible_truths

LEVEL = 0.05
"""The share of intervals that is meant to miss the truth."""
CARRIES_POINT = 1 - 1 / math.e
"""A percentile is shown only if the true one lies between the smallest and the largest latency with at least this
chance. That takes 3 jobs for p50, 10 for p90 and 100 for p99: as many as have one job beyond it on average."""
CARRIES_INTERVAL = 0.925
"""An interval is shown only if the range of the latencies contains the true value with at least this chance: 5 jobs for
p50, 29 for p90."""


@dataclass(frozen=True)
class Interval:
    """The range in which the true value is expected, in the unit of the estimate."""

    low: float
    high: float


@dataclass(frozen=True)
class Estimate:
    """A figure from ``n`` jobs. ``interval`` is None if they are too few for one, but enough for the figure."""

    value: float
    interval: Interval | None
    n: int


def success_rate(successes: int, n: int) -> Estimate | None:
    """The share of ``n`` jobs that delivered, with Wilson's interval (1927). None if there was no job."""
    from scipy.stats import binomtest

    if n == 0:
        return None
    found = binomtest(successes, n).proportion_ci(1 - LEVEL, method="wilson")
    return Estimate(successes / n, Interval(float(found.low), float(found.high)), n)


def success_bounds(successes: int, n: int, unknown: int) -> Interval | None:
    """The range of the success rate, given that it is not known how ``unknown`` jobs ended besides the ``n`` others.

    It is from the low end of Wilson's interval if all unknown jobs failed, to its high end if all of them delivered.
    None if there was no job.
    """
    worst, best = success_rate(successes, n + unknown), success_rate(successes + unknown, n + unknown)
    if worst is None or best is None or worst.interval is None or best.interval is None:
        return None
    return Interval(worst.interval.low, best.interval.high)


def percentile(samples: Sequence[Sample], q: float, seed: int) -> Estimate | None:
    """The latency in seconds that the share ``q`` of jobs stays under; None if there are too few jobs for it.

    The value is the median-unbiased percentile (Hyndman and Fan's type 8) of the windows' middles. The interval is that
    of fractional order statistics (Hutson 1999): the number of jobs that are faster than the true percentile is
    binomial, whatever the distribution of latencies, and that gives the two ranks between which it lies. Latencies are
    drawn from their windows ``DRAWS`` times, and those at these two ranks averaged, so that rare polls widen the
    interval.

    Why not the percentiles of a bootstrap, which jump from one latency to the next: over log-normal latencies (σ 0.25)
    they held the truth in 87 % of sessions at n = 7 for p50, and in 88 % at n = 38 for p90. These hold it in 94 to 98 %
    for p50 from 5 jobs on, and for p90 in 92 to 93 % at n = 29 and 30 (where the slowest job is the upper end) and in
    94 to 97 % beyond, with polls every 0, 2 and 10 s. Jobs count as independent of each other; with several requests,
    the figure holds for just this mix of them.

    Raises:
        ValueError: ``q`` is not between 0 and 1.
    """
    n = len(samples)
    if not 0 < q < 1:
        raise ValueError(f"A percentile is a share between 0 and 1, not {q}.")
    if n == 0 or 1 - q**n - (1 - q) ** n < CARRIES_POINT:
        return None
    value = float(np.quantile(middles(samples), q, method="median_unbiased"))
    return Estimate(value, _percentile_interval(samples, q, seed, value) if _carries_interval(n, q) else None, n)


def _carries_interval(n: int, q: float) -> bool:
    return 1 - max(q**n, LEVEL / 2) - max((1 - q) ** n, LEVEL / 2) >= CARRIES_INTERVAL


def _percentile_interval(samples: Sequence[Sample], q: float, seed: int, value: float) -> Interval:
    ordered = np.sort(possible_truths(samples, seed), axis=1).mean(axis=0)
    low, high = np.interp(_ranks(len(samples), q), np.arange(1, len(samples) + 1), ordered).tolist()
    return Interval(min(low, value), max(high, value))


@lru_cache(maxsize=256)
def _ranks(n: int, q: float) -> tuple[float, float]:
    """The two ranks, from 1 to n and with fractions, between which the percentile of n ordered values lies."""
    from scipy.special import bdtrik

    return float(bdtrik(LEVEL / 2, n, q)) + 1, float(bdtrik(1 - LEVEL / 2, n, q)) + 1


def spread(samples: Sequence[Sample]) -> float | None:
    """The interquartile range of the windows' middles, in seconds; None below 4 jobs. Polls make it a little wider."""
    if 1 - 0.75 ** len(samples) - 0.25 ** len(samples) < CARRIES_POINT:
        return None
    low, high = np.quantile(middles(samples), (0.25, 0.75), method="median_unbiased").tolist()
    return float(high - low)


def precise_enough(samples: Sequence[Sample], share: float, seed: int) -> bool:
    """Whether the median's interval is within ``share`` of the median on both sides: the stop rule of a session.

    A rule that is tried again and again tends to stop when jobs happen to agree. So the interval contains the true
    median in 93 to 94 % of sessions (shares 0.1 and 0.2) instead of 95 %.
    """
    if not 0 < share < math.inf:
        raise ValueError(f"A precision is a share above 0, not {share}.")
    median = percentile(samples, 0.5, seed)
    if median is None or median.interval is None:
        return False
    return max(median.interval.high - median.value, median.value - median.interval.low) <= share * median.value
