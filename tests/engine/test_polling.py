"""Polls are where a job is likely to end, and a history corrects a wrong start. The figures: tests/bench_polling.py."""

from __future__ import annotations

import math
import random
from statistics import NormalDist

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from comparisons.engine.latency_model import STARTING, Prior
from comparisons.engine.poll_interval import (
    EARLY_S,
    JITTER,
    LEAST_S,
    MOST_S,
    POLL_COST,
    SHORT_S,
    USUAL_SIGMA,
    jittered,
    next_gap,
    price,
)
from tests.bench_polling import (
    FIXED_LAG_S,
    MOST_SHARE,
    RECOVERED_AFTER,
    at_once,
    believing,
    fixed,
    learning,
    least_cost,
    least_polls,
    lognormal,
    settled,
    together,
)

DAY_S = 86_400.0
few = settings(max_examples=25)
positive = st.floats(min_value=0, exclude_min=True, allow_infinity=False)
ages = st.floats(0, 30 * DAY_S)
medians = st.floats(0.01, 10_000)
priors = st.builds(Prior, medians, st.floats(0.05, 3))


def plain_hazard(age_s: float, prior: Prior) -> float:
    """The mixture's hazard as the textbook has it: good where it does not underflow."""
    z = math.log(age_s / prior.median_s)
    parts = [(0.9, prior.sigma), (0.1, 1.0)]
    density = sum(share * NormalDist(0, sigma).pdf(z) for share, sigma in parts) / age_s
    return density / sum(share * NormalDist(0, sigma).cdf(-z) for share, sigma in parts)


def plain_gap(age_s: float, prior: Prior) -> float:
    median = prior.median_s
    price = POLL_COST / median if median >= SHORT_S else POLL_COST * median / SHORT_S**2
    price *= min(1, USUAL_SIGMA / prior.sigma)
    return min(MOST_S, max(LEAST_S, math.sqrt(2 * price / plain_hazard(age_s, prior))))


# the bar --------------------------------------------------------------------------------------------------------------


def test_with_a_history_fewer_polls_see_the_end_sooner_than_a_fixed_gap_of_two_seconds():
    truth = lognormal(90)
    ours, theirs = settled(truth, 1_500), fixed(truth, 1_500)
    assert ours.polls <= 37 < 0.8 * theirs.polls
    assert ours.lag_s <= 0.83 < 0.9 * theirs.lag_s
    assert ours.p95_s <= 1.72 < 0.95 * theirs.p95_s


@pytest.mark.parametrize("median_s", [30.0, 60.0, 180.0, 600.0])
def test_jobs_of_every_length_are_seen_equally_soon_and_with_fewer_polls_than_by_a_fixed_gap(median_s: float):
    truth = lognormal(median_s)
    ours, theirs = believing(Prior(median_s, 0.25), truth, 600), fixed(truth, 600)
    assert 0.6 <= ours.lag_s <= 0.85 < 0.9 * theirs.lag_s
    assert ours.polls <= 0.8 * theirs.polls


@pytest.mark.parametrize("median_s", [45.0, 180.0])
def test_a_start_that_is_wrong_by_a_factor_of_two_is_corrected_within_five_jobs(median_s: float):
    right = believing(Prior(median_s, 0.25), lognormal(median_s), 300)
    after_five = together(learning(lognormal(median_s), 60, 8)[RECOVERED_AFTER:])
    assert after_five.lag_s <= FIXED_LAG_S
    assert after_five.polls <= MOST_SHARE * right.polls


@pytest.mark.slow
@pytest.mark.parametrize("size", [8, 100])
def test_jobs_begun_together_cost_no_more_than_one_after_the_other(size: int):
    truth, starting = lognormal(90), Prior(90, 0.25)
    together, alone = at_once(truth, size, 2_000 // size, starting), believing(starting, truth, 1_000)
    assert together.polls <= 1.1 * alone.polls
    assert together.lag_s <= 1.1 * alone.lag_s


def test_a_hundred_slow_jobs_begun_together_after_a_hundred_others_are_not_thought_to_be_as_at_the_start():
    found, right = at_once(lognormal(45), 100, 3), believing(Prior(45, 0.25), lognormal(45), 400)
    assert found.polls <= 1.15 * right.polls
    assert found.lag_s <= 1.15 * right.lag_s


def test_no_schedule_sees_the_end_within_four_fifths_of_a_second_by_ten_polls():
    truth = Prior(90, 0.25)
    assert 20 <= least_polls(truth, 0.8) <= believing(truth, lognormal(90), 400).polls


def test_the_schedule_costs_little_more_than_the_best_there_is():
    truth = Prior(90, 0.25)
    ours = believing(truth, lognormal(90), 2_000)
    least = least_cost(truth, price(truth))
    assert least <= ours.lag_s + price(truth) * ours.polls <= 1.2 * least


@pytest.mark.parametrize("median_s", [1.0, 3.0, 4.5, 12.0])
def test_jobs_of_seconds_are_seen_in_time(median_s: float):
    found = believing(Prior(median_s, STARTING.sigma), lognormal(median_s), 300)
    assert found.lag_s <= min(0.35, median_s / 4)


# the gap --------------------------------------------------------------------------------------------------------------


@few
@given(age=ages, prior=priors, least=st.floats(0, 60))
def test_every_gap_is_within_its_bounds(age: float, prior: Prior, least: float):
    assert max(LEAST_S, least) <= next_gap(age, prior, least) <= max(MOST_S, least)


@few
@given(age=st.floats(), median=positive, sigma=positive)
@example(age=math.inf, median=90.0, sigma=0.4)
@example(age=math.nan, median=90.0, sigma=0.4)
@example(age=-3.0, median=90.0, sigma=0.4)
@example(age=5e-324, median=5e-324, sigma=5e-324)
@example(age=1e308, median=5e-324, sigma=1e308)
def test_no_age_and_no_prior_is_beyond_its_numbers(age: float, median: float, sigma: float):
    assert LEAST_S <= next_gap(age, Prior(median, sigma)) <= MOST_S


@few
@given(prior=st.builds(Prior, st.floats(1, 1_000), st.floats(0.12, 1)), share=st.floats(0.3, 5))
def test_past_the_early_poll_the_gap_is_the_square_root_rule(prior: Prior, share: float):
    age = share * prior.median_s
    if age >= EARLY_S:
        assert next_gap(age, prior) == pytest.approx(plain_gap(age, prior), rel=1e-6)


@few
@given(prior=priors, share=st.floats(0.001, 5))
def test_no_poll_comes_later_than_the_square_root_rule_asks(prior: Prior, share: float):
    age = share * prior.median_s
    if plain_alive(age, prior) > 1e-9 and plain_hazard(age, prior) > 0:
        assert next_gap(age, prior) <= plain_gap(age, prior) * (1 + 1e-6)


def plain_alive(age_s: float, prior: Prior) -> float:
    z = math.log(age_s / prior.median_s)
    return 0.9 * NormalDist(0, prior.sigma).cdf(-z) + 0.1 * NormalDist().cdf(-z)


def test_a_hailuo_clip_is_asked_about_once_early_then_rarely_then_densely():
    assert next_gap(0.0, STARTING) == EARLY_S
    assert next_gap(EARLY_S, STARTING) > EARLY_S
    assert next_gap(90.0, STARTING) < 2 < next_gap(30.0, STARTING)


def test_the_early_poll_is_not_made_twice_because_jitter_brought_it_forward():
    assert next_gap(EARLY_S * (1 - JITTER), STARTING) > EARLY_S


@few
@given(median=st.floats(1.5, 10_000), draw=st.floats(0, 1))
def test_a_new_job_is_asked_about_within_a_fifth_of_its_median(median: float, draw: float):
    assert next_gap(0.0, Prior(median, 0.4)) <= median / 5 + 1e-9
    assert next_gap(0.0, Prior(median, 0.4)) <= EARLY_S


@few
@given(prior=priors, first=st.floats(10, 10_000), factor=st.floats(1, 100))
@example(prior=Prior(1e-14, 0.3), first=5e15, factor=100.0)
@example(prior=Prior(1e-43, 3.0), first=2.5e46, factor=2.0)
def test_past_ten_medians_the_gap_only_grows(prior: Prior, first: float, factor: float):
    early, late = first * prior.median_s, first * factor * prior.median_s
    if early >= EARLY_S:
        assert next_gap(late, prior) >= next_gap(early, prior) * (1 - 1e-6)


def test_a_job_that_is_days_old_is_asked_about_every_fifteen_seconds():
    assert next_gap(3 * DAY_S, STARTING) == MOST_S


def test_a_providers_documented_limit_is_kept_even_above_fifteen_seconds():
    assert next_gap(90.0, STARTING, least_s=5.0) == 5.0
    assert next_gap(90.0, STARTING, least_s=60.0) == 60.0


@few
@given(gap=st.floats(LEAST_S, MOST_S), seed=st.integers(0, 999), least=st.floats(0, 60))
def test_jitter_is_a_tenth_and_keeps_the_bounds(gap: float, seed: int, least: float):
    found = jittered(gap, random.Random(seed), least)
    assert max(LEAST_S, least) <= found <= max(MOST_S, least)
    if LEAST_S / 0.9 < gap < MOST_S / 1.1 and least == 0:
        assert abs(found / gap - 1) <= JITTER + 1e-9


def test_jobs_started_together_drift_apart():
    rng = random.Random(1)
    assert len({jittered(6.0, rng) for _ in range(100)}) > 90
