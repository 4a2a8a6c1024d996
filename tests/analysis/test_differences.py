"""Differences agree with scipy's tests, are judged together, and are told in one plain sentence."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from comparisons.analysis.differences import Difference, among_many, exact_difference, paired_difference
from comparisons.analysis.intervals import Interval
from comparisons.analysis.samples import Sample
from comparisons.analysis.verdict_words import verdict
from tests.bench_statistics import few_requests_coverage, latencies, session
from tests.samples import drawn, exact, sides, single

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
        (between(-3, 9), None, f"{ALIKE}; about 40 more requests needed"),
        (between(0, 9), None, f"{ALIKE}; about 40 more requests needed"),
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
