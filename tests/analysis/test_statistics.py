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

from comparisons.analysis.differences import Difference, among_many, exact_difference, paired_difference
from comparisons.analysis.intervals import (
    Interval,
    percentile,
    precise_enough,
    spread,
    success_bounds,
    success_rate,
)
from comparisons.analysis.samples import Sample
from comparisons.analysis.verdicts import verdict
from tests.bench_statistics import MEDIAN_S, few_requests_coverage, latencies, percentile_coverage, session

SIZES = (5, 6, 8, 15, 30, 60)


def exact(*values: float) -> list[Sample]:
    return [Sample(value) for value in values]


def drawn(n: int, gap: float = 0.0, seed: int = 1) -> list[Sample]:
    return latencies(n, gap, np.random.default_rng(seed))


def single(samples: list[Sample]) -> dict[str, list[Sample]]:
    """Each of its own request."""
    return {f"request {at}": [sample] for at, sample in enumerate(samples)}


some = st.lists(
    st.builds(Sample, st.floats(0, 1e5, allow_subnormal=False), st.floats(0, 1e6, allow_subnormal=False)), max_size=40
)
shares = st.sampled_from([0.1, 0.5, 0.9, 0.99])
sides = st.dictionaries(st.sampled_from("abcdefg"), some, max_size=7)


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


# differences ----------------------------------------------------------------------------------------------------------


def test_single_jobs_of_each_request_are_compared_as_scipys_paired_t_test_does():
    a, b = drawn(12), drawn(12, seed=2)
    theirs = stats.ttest_rel([s.value_s for s in a], [s.value_s for s in b])
    ours = paired_difference(single(a), single(b), 1)
    bounds = theirs.confidence_interval(0.95)
    assert (ours.interval.low, ours.interval.high) == pytest.approx((bounds.low, bounds.high))
    assert ours.p == pytest.approx(theirs.pvalue)
    assert (ours.n, ours.of, ours.left_out) == (12, "medians", 0)


def test_repeats_of_a_single_request_are_compared_as_scipys_welch_test_does_and_it_says_so():
    a, b = drawn(6), drawn(9, seed=2)
    theirs = stats.ttest_ind([s.value_s for s in a], [s.value_s for s in b], equal_var=False)
    ours = paired_difference({"x": a}, {"x": b, "y": b}, 1)
    bounds = theirs.confidence_interval(0.95)
    assert (ours.interval.low, ours.interval.high) == pytest.approx((bounds.low, bounds.high))
    assert ours.p == pytest.approx(theirs.pvalue)
    assert (ours.n, ours.of, ours.repeats_only, ours.left_out) == (6, "averages", True, 1)


def test_a_second_request_does_not_undo_what_the_repeats_of_one_show():
    a, b = latencies(30, 2, np.random.default_rng(1), 60), latencies(30, 2, np.random.default_rng(2), 90)
    longer, other = latencies(30, 2, np.random.default_rng(3), 120), latencies(30, 2, np.random.default_rng(4), 150)
    one, two = (
        paired_difference({"x": a}, {"x": b}, 1),
        paired_difference({"x": a, "y": longer}, {"x": b, "y": other}, 1),
    )
    assert one.told_apart
    assert two.told_apart
    assert (one.n, two.n, two.of) == (30, 60, "averages")


def test_two_requests_are_compared_within_each_so_that_twice_the_same_is_twice_the_evidence():
    a, b = drawn(6), drawn(9, seed=2)
    theirs = stats.ttest_ind([s.value_s for s in a], [s.value_s for s in b], equal_var=False)
    later = [[Sample(sample.value_s + 500) for sample in side] for side in (a, b)]
    ours = paired_difference({"x": a, "y": later[0]}, {"x": b, "y": later[1]}, 1)
    assert ours.median == pytest.approx(paired_difference({"x": a}, {"x": b}, 1).median)
    assert ours.error == pytest.approx(abs(ours.median / theirs.statistic) / math.sqrt(2))
    assert ours.freedom == pytest.approx(2 * theirs.df)
    assert ours.n == 12


@pytest.mark.parametrize(("n", "gap"), [(3, 0), (3, 10), (8, 2)])
def test_intervals_of_two_requests_hold_the_truth(n: int, gap: float):
    assert few_requests_coverage(2, n, gap, 400)[0] >= 0.9 - 0.02


def test_a_request_too_seldom_answered_is_left_out_where_another_will_do():
    a, b = drawn(6), drawn(9, seed=2)
    ours = paired_difference({"x": a, "y": drawn(30)}, {"x": b, "y": drawn(2)}, 1)
    assert ours == paired_difference({"x": a, "y": []}, {"x": b, "y": drawn(2)}, 1)
    assert (ours.n, ours.left_out) == (6, 1)


def test_copies_of_a_repeat_add_no_evidence():
    a, b = drawn(6), drawn(6, seed=2)
    once = paired_difference(single(a), single(b), 1)
    thrice = paired_difference({k: v * 3 for k, v in single(a).items()}, {k: v * 3 for k, v in single(b).items()}, 1)
    assert thrice == once


def test_a_request_that_only_one_answered_is_left_out_and_counted():
    a, b = session(6, 3, 2, 0.1, 0, np.random.default_rng(1))
    more = {**a, "only a": drawn(3), "failed": []}
    other = {**b, "only b": drawn(3), "failed": drawn(3), "neither": []}
    assert paired_difference(more, other, 1).left_out == 3
    assert paired_difference(more, other, 1).interval == paired_difference(a, b, 1).interval


def test_repeats_may_be_of_any_number():
    a = {"x": exact(1, 2, 9), "y": exact(4), "z": exact(5, 7, 1, 3)}
    b = {"x": exact(1), "y": exact(2, 4), "z": exact(1, 1, 1)}
    assert paired_difference(a, b, 1).median == pytest.approx((1 + 1 + 3) / 3)


def test_alike_by_chance_is_not_known_exactly():
    a, b = ({key: [Sample(value, 5.0)] for key in "vwxyz"} for value in (90, 100))
    found = paired_difference(a, b, 1)
    assert found.median == -10
    assert found.error == pytest.approx(math.sqrt(2 * 10**2 / 12 / 5), rel=0.3)
    both = paired_difference({"x": [Sample(90, 5.0)] * 5}, {"x": [Sample(100, 5.0)] * 5}, 1)
    assert both.error == pytest.approx(math.sqrt(2 * 10**2 / 12 / 5))
    a, b = ({key: [Sample(value, 5.0)] * 5 for key in "xy"} for value in (90, 100))
    assert paired_difference(a, b, 1).error == pytest.approx(math.sqrt(2 * 10**2 / 12 / 5 / 2))


def test_fewer_than_three_pairs_have_no_interval():
    assert paired_difference({}, {}, 1) == Difference(None, None, 0)
    assert paired_difference({"x": exact(1)}, {"y": exact(1)}, 1) == Difference(None, None, 0, left_out=2)
    two = paired_difference({"x": exact(9), "y": exact(5)}, {"x": exact(4), "y": exact(4)}, 1)
    assert two == Difference(3, None, 2, of="averages")
    repeats = paired_difference({"x": exact(9, 5)}, {"x": exact(4, 4, 4)}, 1)
    assert repeats == Difference(3, None, 2, of="averages")


def test_how_many_more_pairs_it_takes_gives_the_power_promised():
    rng = np.random.default_rng(3)
    asked = Difference(-10.0, None, 8, error=10.0, freedom=7, p=1.0)
    (told,) = among_many([asked])
    n, scatter = 8 + told.more, 10.0 * math.sqrt(8)
    values = -10 + scatter * rng.standard_normal((4000, n))
    power = float(np.mean(stats.ttest_1samp(values, 0, axis=1).pvalue < 0.05))
    assert 0.78 < power < 0.84


def test_a_difference_of_nothing_or_next_to_nothing_asks_for_no_pairs():
    alike = paired_difference(single(drawn(8)), single(drawn(8)), 1)
    assert (alike.median, alike.more, alike.told_apart) == (0, None, False)
    (tiny,) = among_many([Difference(0.001, None, 8, error=10.0, freedom=7, p=1.0)])
    assert tiny.more is None


@given(a=sides, b=sides)
@settings(max_examples=30, deadline=None)
def test_the_other_way_round_it_is_the_same_with_the_other_sign(a: dict, b: dict):
    ours, theirs = paired_difference(a, b, 1), paired_difference(b, a, 1)
    assert (ours.n, ours.left_out, ours.told_apart) == (theirs.n, theirs.left_out, theirs.told_apart)
    if ours.interval is not None:
        assert ours.interval.low <= ours.median <= ours.interval.high
        assert (-theirs.interval.high, -theirs.interval.low) == pytest.approx(
            (ours.interval.low, ours.interval.high), rel=1e-6, abs=1e-6
        )


def test_what_is_published_is_known_exactly_from_one_value_on():
    found = exact_difference({"x": exact(0.2, 0.2)}, {"x": exact(0.5), "y": exact(1)}, 1)
    assert found == Difference(-0.3, Interval(-0.3, -0.3), 1, left_out=1, exact=True)
    two = exact_difference({"x": exact(0.2), "y": exact(0.4)}, {"x": exact(0.1), "y": exact(0.7)}, 1)
    assert (two.interval, two.told_apart, two.p) == (Interval(-0.3, 0.1), False, None)


def test_what_was_only_seen_is_known_exactly_where_three_values_agree():
    cells = {"x": exact(2), "y": exact(4), "z": exact(5)}
    higher = {"x": exact(3), "y": exact(5), "z": exact(6)}
    assert exact_difference(cells, higher, 3).interval == Interval(-1, -1)
    assert exact_difference(cells, {**higher, "z": exact(7)}, 3) is None
    assert exact_difference({"x": exact(2, 2)}, {"x": exact(3, 3, 3)}, 3) is None
    assert exact_difference({"x": exact(2, 2, 2)}, {"x": exact(3, 3, 3)}, 3).interval == Interval(-1, -1)


def test_what_scatters_or_is_not_known_to_the_last_is_never_exact():
    assert exact_difference({"x": exact(2, 2.1)}, {"x": exact(3)}, 1) is None
    assert exact_difference({"x": [Sample(2, 0.1)]}, {"x": exact(3)}, 1) is None
    assert exact_difference({"x": exact(2)}, {"y": exact(3)}, 1) is None


# many pairs -----------------------------------------------------------------------------------------------------------


def holm(p_values: list[float]) -> list[float]:
    """The p-values adjusted for their number (Holm 1979), in their order: with all of them below 0.05 called a
    difference, the chance that any of these is none stays below 5 %."""
    count, found, worst = len(p_values), [0.0] * len(p_values), 0.0
    for passed, at in enumerate(sorted(range(count), key=lambda i: p_values[i])):
        worst = max(worst, min(1.0, (count - passed) * p_values[at]))
        found[at] = worst
    return found


@given(scale=st.lists(st.floats(0.01, 6), min_size=1, max_size=12))
@settings(max_examples=50, deadline=None)
def test_judged_together_those_are_told_apart_whose_adjusted_p_value_is_small(scale: list[float]):
    alone = [among_many([Difference(x, None, 8, error=1.0, freedom=7, p=1.0)])[0] for x in scale]
    adjusted = holm([each.p for each in alone])
    both = among_many(alone)
    assert [each.told_apart for each in both] == [p < 0.05 for p in adjusted]
    assert all(wide.interval.low <= each.interval.low for wide, each in zip(both, alone, strict=True))
    assert [each.p for each in both] == [each.p for each in alone]


def test_too_few_pairs_and_exact_ones_stay_so_among_many_and_do_not_count():
    few, known = Difference(3, None, 2), exact_difference({"x": exact(2)}, {"x": exact(2)}, 1)
    told = paired_difference(single(drawn(8)), single(drawn(8, seed=2)), 1)
    assert among_many([few, told, known, few]) == (few, told, known, few)
    assert among_many([]) == ()


# in words -------------------------------------------------------------------------------------------------------------


ALIKE = "A and B cannot be told apart at n = 8"


def between(low: float, high: float) -> Difference:
    return Difference((low + high) / 2, Interval(low, high), 8, 40)


@pytest.mark.parametrize(
    ("difference", "currency", "words"),
    [
        (between(-31.2, -12.4), None, "A is faster by 12 to 31 s"),
        (between(12.4, 31.2), None, "B is faster by 12 to 31 s"),
        (between(-0.25, -0.1), "USD", "A is cheaper by $0.10 to $0.25"),
        (between(0.0032, 1.5), "USD", "B is cheaper by $0.003 to $1.50"),
        (between(0.0004, 5.21), None, "B is faster by 0.00040 to 5.2 s"),
        (between(12.31, 12.42), None, "B is faster by 12.3 to 12.4 s"),
        (between(-0.07, -0.07), "USD", "A is cheaper by $0.07"),
        (between(-3, 9), None, f"{ALIKE}; about 40 more needed"),
        (between(0, 9), None, f"{ALIKE}; about 40 more needed"),
        (Difference(0, Interval(-1, 1), 8), None, f"{ALIKE}; no sensible number more would do"),
        (Difference(3, None, 2), None, "too few pairs to compare (n = 2)"),
    ],
)  # fmt: skip
def test_a_verdict_is_one_plain_sentence(difference: Difference, currency: str | None, words: str):
    assert verdict("A", "B", difference, currency) == words


@given(low=st.floats(1e-9, 1e6), more=st.floats(0, 1e6), currency=st.sampled_from([None, "USD"]))
def test_what_excludes_0_never_reads_as_0(low: float, more: float, currency: str | None):
    words = verdict("A", "B", between(low, low + more), currency)
    numbers = words.partition(" by ")[2].replace("$", "").removesuffix(" s").split(" to ")
    assert all(float(number) > 0 for number in numbers)
    assert [float(number) for number in numbers] == sorted(float(number) for number in numbers)


# the app's start ------------------------------------------------------------------------------------------------------


def test_scipy_is_not_imported_before_it_is_needed():
    code = "import sys; from comparisons.analysis import differences, intervals; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_median_of_many_jobs_is_the_true_one():
    assert percentile(drawn(20_000, gap=2), 0.5, 1).value == pytest.approx(MEDIAN_S, rel=0.01)
