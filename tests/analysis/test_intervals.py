"""Intervals agree with scipy's, carry what polls leave unknown, and are not shown where the data cannot carry them.

How often they hold the truth, and how quick they are: tests/bench_statistics.py.
"""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from comparisons.analysis.differences import paired_difference
from comparisons.analysis.intervals import (
    Interval,
    percentile,
    precise_enough,
    spread,
    success_bounds,
    success_rate,
)
from comparisons.analysis.samples import Sample
from tests.bench_statistics import MEDIAN_S, percentile_coverage, session
from tests.samples import drawn, exact, shares, some

# success --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("successes", "n"), [(0, 1), (0, 8), (8, 8), (3, 5), (97, 100)])
def test_a_success_rate_has_wilsons_interval(successes: int, n: int):
    z = stats.norm.ppf(0.975)
    middle = (successes + z**2 / 2) / (n + z**2)
    reach = z / (n + z**2) * math.sqrt(successes * (n - successes) / n + z**2 / 4)
    found = success_rate(successes, n)
    assert found is not None
    assert found.interval is not None
    assert (found.value, found.n) == (successes / n, n)
    assert found.interval.low == pytest.approx(max(0, middle - reach), abs=1e-12)
    assert found.interval.high == pytest.approx(min(1, middle + reach), abs=1e-12)


def test_no_jobs_have_no_success_rate():
    assert success_rate(0, 0) is None
    assert success_bounds(0, 0, 0) is None


def test_a_rates_bounds_are_those_of_all_unknown_jobs_failed_and_of_all_delivered():
    bounds, worst, best = success_bounds(7, 8, 4), success_rate(7, 12).interval, success_rate(11, 12).interval
    assert (bounds.low, bounds.high) == (worst.low, best.high)
    assert success_bounds(7, 8, 0) == success_rate(7, 8).interval


# percentiles ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("q", "point", "interval"), [(0.5, 3, 5), (0.9, 10, 29), (0.1, 10, 29), (0.99, 100, 299)])
def test_a_percentile_is_shown_only_from_as_many_jobs_on_as_carry_it(q: float, point: int, interval: int):
    assert percentile(drawn(point - 1), q, 1) is None
    for n in (point, interval - 1):
        carried = percentile(drawn(n), q, 1)
        assert carried is not None
        assert carried.interval is None
        assert carried.n == n
    found = percentile(drawn(interval), q, 1)
    assert found is not None
    assert found.interval is not None


@pytest.mark.parametrize(("q", "n"), [(0.5, 10), (0.5, 30), (0.5, 61), (0.9, 60), (0.9, 100), (0.1, 80)])
def test_an_interval_is_within_a_job_of_scipys_exact_one_and_never_wider(q: float, n: int):
    values = np.sort([sample.value_s for sample in drawn(n)])
    theirs = stats.quantile_test(values, p=q).confidence_interval(0.95)
    ours = percentile(exact(*values), q, 1).interval
    low, high = np.searchsorted(values, theirs.low), np.searchsorted(values, theirs.high)
    assert values[low] <= ours.low <= values[low + 1]
    assert values[high - 1] <= ours.high <= values[high]


def test_of_many_jobs_an_interval_is_that_of_scipys_bootstrap():
    values = np.array([sample.value_s for sample in drawn(1001)])
    theirs = stats.bootstrap((values,), np.median, n_resamples=999, rng=1, method="percentile").confidence_interval
    ours = percentile(exact(*values), 0.5, 1).interval
    assert ours.low == pytest.approx(theirs.low, abs=0.3)
    assert ours.high == pytest.approx(theirs.high, abs=0.3)


@pytest.mark.parametrize(("q", "n", "gap"), [(0.5, 5, 2), (0.5, 7, 0), (0.5, 30, 10), (0.9, 29, 2), (0.9, 38, 0)])
def test_intervals_hold_the_truth(q: float, n: int, gap: float):
    held = percentile_coverage(q, n, gap, 400)
    assert held is not None
    assert held[0] >= 0.9 - 0.02  # of 400 sessions; the bench tells it more exactly


def test_the_same_seed_gives_the_same_figures():
    samples = drawn(30, gap=2)
    assert percentile(samples, 0.5, 7) == percentile(samples, 0.5, 7)
    assert percentile(samples, 0.5, 7) != percentile(samples, 0.5, 8)
    a, b = session(5, 3, 2, 0.1, 0, np.random.default_rng(1))
    assert paired_difference(a, b, 7) == paired_difference(a, b, 7)


def test_a_point_is_in_the_middle_of_its_window():
    found = percentile([Sample(value, 2.0) for value in (62, 92, 122)], 0.5, 1)
    assert (found.value, found.n) == (90, 3)


def test_what_polls_leave_unknown_is_in_the_interval():
    known, unknown = (percentile([Sample(100, u)] * 10, 0.5, 1).interval for u in (0, 5))
    assert known == Interval(100, 100)
    assert 90 < unknown.low < 94
    assert 96 < unknown.high < 100


def test_a_window_does_not_begin_before_the_job():
    found = percentile([Sample(1, 1000)] * 10, 0.5, 1)
    assert found.value == 0.5
    assert found.interval.low > 0
    assert found.interval.high < 1


@pytest.mark.parametrize("sample", [(math.nan, 0), (1, math.nan), (math.inf, 0), (-1, 0), (1, -1)])
def test_what_is_no_latency_is_no_sample(sample: tuple[float, float]):
    with pytest.raises(ValueError, match="seconds from 0 on"):
        Sample(*sample)


@pytest.mark.parametrize("q", [0, 1, 90, -0.5, math.nan])
def test_a_percentile_of_no_share_is_refused(q: float):
    with pytest.raises(ValueError, match="between 0 and 1"):
        percentile(drawn(5), q, 1)


@given(samples=some, q=shares)
@settings(max_examples=60, deadline=None)
def test_a_percentile_lies_in_its_interval_and_that_among_the_jobs(samples: list[Sample], q: float):
    found = percentile(samples, q, 1)
    if found is not None:
        interval = found.interval or Interval(found.value, found.value)
        bottom = min(max(0, sample.value_s - 2 * sample.uncertainty_s) for sample in samples)
        top = max(sample.value_s for sample in samples)
        slack = 1e-9 * top
        assert bottom - slack <= interval.low <= found.value <= interval.high <= top + slack


@given(samples=some, factor=st.floats(0.01, 100))
@settings(max_examples=40, deadline=None)
def test_the_unit_does_not_matter(samples: list[Sample], factor: float):
    other = [Sample(factor * sample.value_s, factor * sample.uncertainty_s) for sample in samples]
    ours, theirs = percentile(samples, 0.5, 1), percentile(other, 0.5, 1)
    assert (ours is None) == (theirs is None)
    if ours and theirs and ours.interval and theirs.interval:
        told = (ours.value, ours.interval.low, ours.interval.high)
        assert (theirs.value, theirs.interval.low, theirs.interval.high) == pytest.approx([factor * x for x in told])


@given(samples=some, at=st.permutations(range(40)))
@settings(max_examples=30, deadline=None)
def test_the_order_of_exact_jobs_does_not_matter(samples: list[Sample], at: list[int]):
    known = exact(*[sample.value_s for sample in samples])
    mixed = [known[i] for i in at if i < len(known)]
    assert percentile(known, 0.5, 1) == percentile(mixed, 0.5, 1)


def test_the_spread_is_that_between_the_quartiles():
    assert spread(exact(10, 20, 30)) is None
    assert spread(exact(5, 5, 5, 5)) == 0
    assert spread(exact(*range(1, 1001))) == pytest.approx(500, abs=1)
    assert spread([Sample(value + 3, 3) for value in (10, 20, 30, 40)]) == spread(exact(10, 20, 30, 40))


# when to stop ---------------------------------------------------------------------------------------------------------


def test_a_session_is_precise_once_its_interval_is_near_its_median():
    samples = drawn(200, gap=2)
    interval, value = percentile(samples, 0.5, 1).interval, percentile(samples, 0.5, 1).value
    reach = max(interval.high - value, value - interval.low) / value
    assert precise_enough(samples, reach + 1e-9, 1)
    assert not precise_enough(samples, reach - 1e-9, 1)


def test_jobs_without_an_interval_are_never_precise():
    assert not precise_enough(exact(5, 5, 5, 5), 0.5, 1)
    assert precise_enough(exact(5, 5, 5, 5, 5), 0.01, 1)
    assert precise_enough(exact(0, 0, 0, 0, 0), 0.01, 1)


@pytest.mark.parametrize("share", [0, -0.1, math.nan])
def test_a_precision_of_nothing_is_refused(share: float):
    with pytest.raises(ValueError, match="above 0"):
        precise_enough(drawn(5), share, 1)


# the app's start ------------------------------------------------------------------------------------------------------


def test_scipy_is_not_imported_before_it_is_needed():
    code = "import sys; from comparisons.analysis import differences, intervals; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_median_of_many_jobs_is_the_true_one():
    assert percentile(drawn(20_000, gap=2), 0.5, 1).value == pytest.approx(MEDIAN_S, rel=0.01)
