"""What a set of measured jobs can honestly say: rates, percentiles, differences, and how many more jobs it would take.

Numbers only, in and out: no jobs, no files. Intervals are meant to hold the truth in 95 of 100 sessions, unless said
otherwise, and shown only where they were measured to hold it in at least 90 of 100 simulated ones: nearly all did in 93
to 98, that of a p90 with 29 or 30 jobs in 92 to 93. ``python -m tests.bench_statistics`` prints the coverage of each.
Where the data cannot carry a figure it is None. The same seed gives the same figures.

scipy takes half a second to import, which the start of the app would pay: each function imports what it needs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache

import numpy as np

LEVEL = 0.05
"""The share of intervals that is meant to miss the truth."""
POWER = 0.8
"""The chance to tell a difference apart that ``more`` pairs are to give."""
DRAWS = 100
"""Sets of true latencies drawn from the polls' windows. The error of their average is 3 % of a window."""
CARRIES_POINT = 1 - 1 / math.e
"""How likely the true percentile lies between the smallest and the largest latency, at least, for a point to be shown:
where one job in n or more is expected beyond it. That is 3 jobs for p50, 10 for p90, 100 for p99."""
CARRIES_INTERVAL = 0.925
"""The coverage which the jobs' own range allows, at least, for an interval to be shown: 5 jobs for p50, 29 for p90."""
FEWEST_PAIRS = 3
"""So many requests, or where there are fewer, so many repeats of each."""
MEDIANS, AVERAGES = "medians", "averages"
DECIMALS = 9
"""Differences are rounded to them: what differs by less only differs by how floats were added up."""
MOST_PAIRS = 1000
"""No more than that are ever recommended: a difference that takes more is too small to pay for."""


@dataclass(frozen=True)
class Interval:
    """Where the truth lies, in the unit of its estimate."""

    low: float
    high: float


@dataclass(frozen=True)
class Estimate:
    """A figure from ``n`` jobs. ``interval`` is None where n carries the figure, but no interval."""

    value: float
    interval: Interval | None
    n: int


@dataclass(frozen=True)
class Sample:
    """A latency as it was detected, and half the gap between the last poll before and the first one after, in seconds.

    The truth lies in (value - 2 × uncertainty, value]; a window that reaches below 0 is cut there.
    ``ValueError`` where either is negative or no number.
    """

    value_s: float
    uncertainty_s: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.value_s < math.inf and 0 <= self.uncertainty_s < math.inf):
            raise ValueError(f"A latency and its uncertainty are seconds from 0 on, not {self}.")


class Finding(Enum):
    """What can be said of two variants."""

    TOO_FEW = "too few to compare"
    ALIKE = "not told apart"
    A_LESS = "A takes less"
    B_LESS = "B takes less"


@dataclass(frozen=True)
class Difference:
    """How much more A takes than B, paired by request: negative where A is faster.

    ``of`` says what ``median`` is the difference of: the ``MEDIANS`` of a request's repeats, or with fewer than three
    requests, their ``AVERAGES``; either is averaged over the requests. ``n`` counts requests, or with averages repeats
    of whoever has fewer, and ``left_out`` the requests that only one of the two answered, or too seldom. ``more`` is
    about how many more are needed to tell a difference of this size apart: 0 if it is told apart, None if it is
    unknown, or more than anybody should pay for. ``error`` is the standard error, ``freedom`` its degrees of freedom,
    and ``p`` the p-value of no difference. ``level`` is the share of such intervals that is meant to miss. An ``exact``
    difference is known without a test, so it has none of these five: its interval is from the least to the most that
    any request differs by.
    """

    median: float | None
    interval: Interval | None
    n: int
    more: int | None = None
    of: str = MEDIANS
    left_out: int = 0
    error: float | None = None
    freedom: float | None = None
    p: float | None = None
    level: float = LEVEL
    exact: bool = False

    @property
    def repeats_only(self) -> bool:
        return self.of == AVERAGES

    @property
    def finding(self) -> Finding:
        if self.interval is None:
            return Finding.TOO_FEW
        if self.interval.low <= 0 <= self.interval.high:
            return Finding.ALIKE
        return Finding.A_LESS if self.interval.high < 0 else Finding.B_LESS

    @property
    def told_apart(self) -> bool:
        return self.finding in (Finding.A_LESS, Finding.B_LESS)


# one variant ----------------------------------------------------------------------------------------------------------


def success_rate(successes: int, n: int) -> Estimate | None:
    """The share of ``n`` jobs that delivered, with Wilson's interval (1927). None if there was no job."""
    from scipy.stats import binomtest

    if n == 0:
        return None
    found = binomtest(successes, n).proportion_ci(1 - LEVEL, method="wilson")
    return Estimate(successes / n, Interval(float(found.low), float(found.high)), n)


def success_bounds(successes: int, n: int, unknown: int) -> Interval | None:
    """Where the rate of ``n`` jobs and of ``unknown`` more is, whatever became of these: from the low end of Wilson's
    interval if all of them failed to its high end if all delivered. None if there was no job."""
    worst, best = success_rate(successes, n + unknown), success_rate(successes + unknown, n + unknown)
    if worst is None or best is None or worst.interval is None or best.interval is None:
        return None
    return Interval(worst.interval.low, best.interval.high)


def percentile(samples: Sequence[Sample], q: float, seed: int) -> Estimate | None:
    """The latency that the share ``q`` of jobs stays under, in seconds; None where so few jobs cannot carry it.

    The point is the median-unbiased percentile (Hyndman and Fan's type 8) of the windows' middles. The interval is that
    of fractional order statistics (Hutson 1999): how many of n jobs are faster than the true percentile is binomial,
    whatever the latencies' distribution, which gives the two ranks between which it lies. The truths are drawn from
    their windows again and again, and the latencies at these ranks averaged, so that polls widen the interval.

    Why not the percentiles of a bootstrap, which jump from one latency to the next: over log-normal latencies (σ 0.25)
    they held the truth in 87 % of sessions at n = 7 for p50, and in 88 % at n = 38 for p90. These hold it in 94 to 98 %
    for p50 from 5 jobs on, and for p90 in 92 to 93 % at n = 29 and 30 (where the slowest job is the upper end) and in
    94 to 97 % beyond, with polls every 0, 2 and 10 s. Jobs count as independent: of several requests, the figure is
    about just this mix of them.
    """
    n = len(samples)
    if not 0 < q < 1:
        raise ValueError(f"A percentile is a share between 0 and 1, not {q}.")
    if n == 0 or 1 - q**n - (1 - q) ** n < CARRIES_POINT:
        return None
    value = float(np.quantile(_best(samples), q, method="median_unbiased"))
    return Estimate(value, _percentile_interval(samples, q, seed, value) if _carries_interval(n, q) else None, n)


def _carries_interval(n: int, q: float) -> bool:
    return 1 - max(q**n, LEVEL / 2) - max((1 - q) ** n, LEVEL / 2) >= CARRIES_INTERVAL


def _percentile_interval(samples: Sequence[Sample], q: float, seed: int, value: float) -> Interval:
    ordered = np.sort(_truths(samples, seed), axis=1).mean(axis=0)
    low, high = np.interp(_ranks(len(samples), q), np.arange(1, len(samples) + 1), ordered).tolist()
    return Interval(min(low, value), max(high, value))


@lru_cache(maxsize=256)
def _ranks(n: int, q: float) -> tuple[float, float]:
    """Between which of n ordered values (from 1 on, with fractions) the percentile lies."""
    from scipy.special import bdtrik

    return float(bdtrik(LEVEL / 2, n, q)) + 1, float(bdtrik(1 - LEVEL / 2, n, q)) + 1


def _arrays(samples: Sequence[Sample]) -> tuple[np.ndarray, np.ndarray]:
    """The latencies as detected, and the lengths of their windows, which begin at 0 at the earliest."""
    told = np.array([(sample.value_s, sample.uncertainty_s) for sample in samples], dtype=float).reshape(-1, 2)
    return told[:, 0], np.minimum(told[:, 1], told[:, 0] / 2) * 2


def _best(samples: Sequence[Sample]) -> np.ndarray:
    detected, windows = _arrays(samples)
    return detected - windows / 2


def _truths(samples: Sequence[Sample], seed: int) -> np.ndarray:
    """Latencies as they may have been: one row per draw. A single row where nothing is uncertain."""
    detected, windows = _arrays(samples)
    if not windows.any():
        return detected[np.newaxis]
    return detected - windows * np.random.default_rng(seed).random((DRAWS, len(samples)))


def spread(samples: Sequence[Sample]) -> float | None:
    """The interquartile range of the windows' middles, in seconds; None below 4 jobs. The polls' scatter is in it."""
    if 1 - 0.75 ** len(samples) - 0.25 ** len(samples) < CARRIES_POINT:
        return None
    low, high = np.quantile(_best(samples), (0.25, 0.75), method="median_unbiased").tolist()
    return float(high - low)


# when to stop ---------------------------------------------------------------------------------------------------------


def precise_enough(samples: Sequence[Sample], share: float, seed: int) -> bool:
    """Whether the median's interval is within ``share`` of the median on both sides: the stop rule of a session.

    Asked after each job it stops early where jobs happen to agree: at the stop, the interval holds the truth in 93 to
    94 % of sessions (shares 0.1 and 0.2).
    """
    return _imprecision(percentile(samples, 0.5, seed), share) <= 1


def more_for_precision(samples: Sequence[Sample], share: float) -> int | None:
    """About how many more jobs that takes: 0 if none, None if nobody can tell yet or it takes over a thousand."""
    ratio = _imprecision(percentile(samples, 0.5, seed=0), share)
    more = len(samples) * (ratio**2 - 1)  # an interval narrows with the square root of n
    return None if more > MOST_PAIRS else max(0, math.ceil(more))


def _imprecision(median: Estimate | None, share: float) -> float:
    """How many times too wide the interval is; infinite where there is none."""
    if not 0 < share < math.inf:
        raise ValueError(f"A precision is a share above 0, not {share}.")
    if median is None or median.interval is None:
        return math.inf
    reach = max(median.interval.high - median.value, median.value - median.interval.low)
    allowed = share * median.value
    return 0.0 if reach == 0 else math.inf if allowed == 0 else reach / allowed


# two variants ---------------------------------------------------------------------------------------------------------


_Both = tuple[Sequence[Sample], Sequence[Sample]]


def paired_difference(a: Mapping[str, Sequence[Sample]], b: Mapping[str, Sequence[Sample]], seed: int) -> Difference:
    """How much more A takes than B; keys are requests, values their repeats. Seconds, or whatever the samples are in.

    Each request both answered gives one difference, of the medians of its repeats; the interval is Student's over these
    differences, so that the requests are the units, whatever the number of repeats. The variance in which the polls
    leave a difference is added (it is in the scatter already, but that may be nil by chance). With fewer than three
    requests, the repeats are the units, and the interval is Welch's, of the averages within each request and about
    just these requests; one that either answered less than three times is left out where another will do.

    Why not resample requests, and repeats within them: at 5, 8 and 20 requests × 3 repeats, log-normal (σ 0.25), the
    percentiles of that bootstrap hold the truth in 99, 99 and 100 % of sessions and are 35 % wider at 20 requests, as
    the repeats' scatter counts twice; without repeats, or resampling the requests alone, they hold it in 85, 89 and
    92 %; and they never reach beyond the data, as judging many pairs together takes. Student's hold it in 94 to 97 %,
    also where variants differ by request, and where one job in 20 takes three times as long, and Welch's in as many.
    """
    shared, answered = _shared(a, b)
    if len(shared) < FEWEST_PAIRS:
        shared = [pair for pair in shared if min(map(len, pair)) >= FEWEST_PAIRS] or shared
    left_out = answered - len(shared)
    if not shared:
        return Difference(None, None, 0, left_out=left_out)
    told = _of_repeats(shared) if len(shared) < FEWEST_PAIRS else _of_requests(shared, seed)
    return replace(told, left_out=left_out)


def exact_difference(
    a: Mapping[str, Sequence[Sample]], b: Mapping[str, Sequence[Sample]], fewest: int
) -> Difference | None:
    """The difference where nothing scatters, as of two published prices: a fact, which takes no test. None elsewhere.

    Args:
        fewest: values alike that it takes to believe it: 1 of what is published. They are counted in each request, or
            over the requests if all of them differ by the same.
    """
    shared, answered = _shared(a, b)
    if not shared or any(set(side) != {Sample(side[0].value_s)} for pair in shared for side in pair):
        return None
    differences = [round(mine[0].value_s - theirs[0].value_s, DECIMALS) for mine, theirs in shared]
    ends, n = Interval(min(differences), max(differences)), len(shared)
    seldom = min(len(side) for pair in shared for side in pair) < fewest
    if seldom and (ends.low < ends.high or n < fewest):
        return None
    return Difference(math.fsum(differences) / n, ends, n, left_out=answered - n, exact=True)


def _shared(a: Mapping[str, Sequence[Sample]], b: Mapping[str, Sequence[Sample]]) -> tuple[list[_Both], int]:
    """The repeats of each request that both answered, and how many either did."""
    answered = [key for key in sorted(a.keys() | b.keys()) if a.get(key) or b.get(key)]
    return [(a[key], b[key]) for key in answered if a.get(key) and b.get(key)], len(answered)


def _of_requests(shared: Sequence[_Both], seed: int) -> Difference:
    """Student's comparison of the requests' differences."""
    mine, doubt = _medians([a for a, _ in shared], seed)
    theirs, other_doubt = _medians([b for _, b in shared], seed)
    differences, n = np.round(mine - theirs, DECIMALS), len(shared)
    variance = float(differences.var(ddof=1) + doubt.mean() + other_doubt.mean())
    return _judged(Difference(float(differences.mean()), None, n, error=math.sqrt(variance / n), freedom=n - 1))


def _medians(groups: Sequence[Sequence[Sample]], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The median of each group, and the variance in which its polls leave it."""
    samples = [sample for group in groups for sample in group]
    sizes = np.array([len(group) for group in groups])
    places = np.arange(sizes.max()) < sizes[:, np.newaxis]
    values = np.vstack([_best(samples), _truths(samples, seed)])
    padded = np.full((len(values), *places.shape), np.inf)
    padded[:, places] = values
    padded.sort(axis=2)
    rows = np.arange(len(groups))
    medians = (padded[:, rows, (sizes - 1) // 2] + padded[:, rows, sizes // 2]) / 2
    return medians[0], medians[1:].var(axis=0)


def _of_repeats(shared: Sequence[_Both]) -> Difference:
    """Welch's comparison (1947) of the repeats, within each request; no interval where they are too few."""
    average = float(np.mean([_best(a).mean() - _best(b).mean() for a, b in shared]))
    n = sum(min(map(len, pair)) for pair in shared)
    told = Difference(round(average, DECIMALS), None, n, of=AVERAGES)
    sides = [side for pair in shared for side in pair]
    if min(map(len, sides)) < FEWEST_PAIRS:
        return told
    parts = [_variance_of_mean(side) for side in sides]
    spent = sum(part**2 / (len(side) - 1) for part, side in zip(parts, sides, strict=True))
    freedom = sum(parts) ** 2 / spent if spent else float(n - 1)
    return _judged(replace(told, error=math.sqrt(sum(parts)) / len(shared), freedom=freedom))


def _variance_of_mean(samples: Sequence[Sample]) -> float:
    """Of the scatter, and of the polls' windows: a uniform one of length w has a variance of w² / 12."""
    best, (_, windows) = _best(samples), _arrays(samples)
    return float(best.var(ddof=1) + (windows**2).mean() / 12) / len(samples)


def _judged(told: Difference, level: float = LEVEL) -> Difference:
    """With the interval meant to miss in ``level`` of cases, the p-value, and how many more are needed."""
    from scipy.special import stdtr, stdtrit

    at, error, freedom = told.median or 0.0, told.error or 0.0, told.freedom
    assert freedom is not None  # who gives an error gives both
    reach = float(stdtrit(freedom, 1 - level / 2)) * error
    p = 2 * float(stdtr(freedom, -abs(at) / error)) if error else float(at == 0)
    judged = replace(told, interval=Interval(at - reach, at + reach), p=p, level=level)
    return replace(judged, more=0 if judged.told_apart else _more(at, error, told.n, level))


def _more(at: float, error: float, n: int, level: float) -> int | None:
    """Pairs to add for ``POWER``, were the difference the observed one; Guenther's correction (1981) for Student."""
    from scipy.special import ndtri

    if at == 0:
        return None
    wanted = float(ndtri(1 - level / 2))
    needed = (wanted + float(ndtri(POWER))) ** 2 * n * (error / at) ** 2 + wanted**2 / 2
    return None if needed - n > MOST_PAIRS else max(1, _about(needed - n))


def _about(number: float) -> int:
    """Rounded up to two figures: the third is not known."""
    step: int = 10 ** max(0, math.floor(math.log10(max(1.0, number))) - 1)
    return math.ceil(number / step) * step


# many pairs -----------------------------------------------------------------------------------------------------------


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values adjusted for their number (Holm 1979), in their order: with all of them below 0.05 called a
    difference, the chance that any of these is none stays below 5 %."""
    count, found, worst = len(p_values), [0.0] * len(p_values), 0.0
    for passed, at in enumerate(sorted(range(count), key=lambda i: p_values[i])):
        worst = max(worst, min(1.0, (count - passed) * p_values[at]))
        found[at] = worst
    return found


def among_many(differences: Sequence[Difference]) -> tuple[Difference, ...]:
    """The differences of one report, judged together: of 231 pairs alike, a dozen would be told apart by chance.

    Each interval is widened to the level at which Holm's method tests it, so that interval, verdict and ``more`` agree:
    0 is outside exactly where the adjusted p-value is below 0.05. A report says how many were compared (those with a
    ``p``). Those of too few pairs, and exact ones, stay as they are and do not count.
    """
    judged = [at for at, difference in enumerate(differences) if difference.p is not None]
    found = list(differences)
    level, apart = LEVEL, True
    for passed, at in enumerate(sorted(judged, key=lambda i: differences[i].p or 0.0)):
        if apart:  # after the first that is not told apart, none is
            level = LEVEL / (len(judged) - passed)
        found[at] = _judged(differences[at], level)
        apart = found[at].told_apart
    return tuple(found)
