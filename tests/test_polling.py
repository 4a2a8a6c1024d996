"""Polls are where a job is likely to end, and a history corrects a wrong start. The figures: tests/bench_polling.py."""

from __future__ import annotations

import math
import random
from statistics import NormalDist

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from comparisons.polling import (
    EARLY_S,
    JITTER,
    LEAST_S,
    MOST_S,
    POLL_COST,
    SHORT_S,
    SIGMA_FLOOR,
    STARTING,
    WINDOW,
    Prior,
    jittered,
    next_gap,
    refit,
)
from tests.bench_polling import (
    FIXED_LAG_S,
    MOST_SHARE,
    RECOVERED_AFTER,
    believing,
    fixed,
    learning,
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
seconds = st.floats(0.1, 10_000)
histories = st.lists(seconds, min_size=1, max_size=WINDOW)
junk = st.lists(st.sampled_from([0.0, -1.0, -math.inf, math.inf, math.nan]), max_size=4)


def plain_hazard(age_s: float, prior: Prior) -> float:
    """The mixture's hazard as the textbook has it: good where it does not underflow."""
    z = math.log(age_s / prior.median_s)
    parts = [(0.9, prior.sigma), (0.1, 1.0)]
    density = sum(share * NormalDist(0, sigma).pdf(z) for share, sigma in parts) / age_s
    return density / sum(share * NormalDist(0, sigma).cdf(-z) for share, sigma in parts)


def plain_gap(age_s: float, prior: Prior) -> float:
    median = prior.median_s
    price = POLL_COST / median if median >= SHORT_S else POLL_COST * median / SHORT_S**2
    return min(MOST_S, max(LEAST_S, math.sqrt(2 * price / plain_hazard(age_s, prior))))


# the bar --------------------------------------------------------------------------------------------------------------


def test_with_a_history_fewer_polls_see_the_end_sooner_than_a_fixed_gap_of_two_seconds():
    truth = lognormal(90)
    ours, theirs = settled(truth, 1_500), fixed(truth, 1_500)
    assert ours.polls <= 34 < 0.8 * theirs.polls
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


# the history ----------------------------------------------------------------------------------------------------------


def test_without_a_usable_history_the_prior_stands():
    assert refit(STARTING, []) == STARTING
    assert refit(STARTING, [0.0, -5.0, math.nan, math.inf]) == STARTING


@few
@given(history=histories, bad=junk, seed=st.integers(0, 99))
def test_junk_in_a_history_changes_nothing(history: list[float], bad: list[float], seed: int):
    rng, mixed = random.Random(seed), list(history)
    for value in bad:
        mixed.insert(rng.randint(0, len(mixed)), value)
    assert refit(STARTING, mixed) == refit(STARTING, history)


@few
@given(history=histories, rng=st.randoms(use_true_random=False))
def test_the_order_of_a_window_does_not_matter(history: list[float], rng: random.Random):
    shuffled = list(history)
    rng.shuffle(shuffled)
    assert refit(STARTING, shuffled) == refit(STARTING, history)


@few
@given(older=st.lists(seconds, max_size=10), last=st.lists(seconds, min_size=WINDOW, max_size=WINDOW))
def test_only_the_last_thirty_jobs_count(older: list[float], last: list[float]):
    assert refit(STARTING, older + last) == refit(STARTING, last)


@few
@given(history=histories, prior=priors, factor=st.floats(0.1, 10))
def test_a_provider_that_is_slower_throughout_is_believed_slower_by_as_much(
    history: list[float], prior: Prior, factor: float
):
    plain = refit(prior, history)
    scaled = refit(Prior(prior.median_s * factor, prior.sigma), [each * factor for each in history])
    assert scaled.median_s == pytest.approx(plain.median_s * factor, rel=1e-6)
    assert scaled.sigma == pytest.approx(plain.sigma, rel=1e-6)


@few
@given(history=histories, prior=priors)
def test_what_is_believed_lies_between_the_prior_and_the_jobs(history: list[float], prior: Prior):
    found = refit(prior, history)
    known = [*history, prior.median_s]
    assert min(known) * (1 - 1e-9) <= found.median_s <= max(known) * (1 + 1e-9)
    assert found.sigma >= SIGMA_FLOOR


@few
@given(history=st.lists(positive, max_size=40), prior=st.builds(Prior, positive, st.floats(0.01, 10)))
def test_any_history_leaves_a_prior_that_can_be_polled_by(history: list[float], prior: Prior):
    assert LEAST_S <= next_gap(90.0, refit(prior, history)) <= MOST_S


@few
@given(history=st.lists(st.floats(60, 130), max_size=WINDOW - 1), stuck=st.floats(3_600, 1e9))
def test_one_stuck_job_does_not_spoil_the_history(history: list[float], stuck: float):
    found = refit(STARTING, [*history, stuck])
    assert 60 * (1 - 1e-9) <= found.median_s <= STARTING.median_s * math.exp(STARTING.sigma) * (1 + 1e-9)
    assert found.sigma <= 0.5


def test_one_stuck_job_alone_costs_the_next_one_a_third_of_a_second_at_most():
    after, before = (believing(prior, lognormal(90), 400) for prior in (refit(STARTING, [3_600.0]), STARTING))
    assert after.lag_s <= before.lag_s + 1 / 3


def test_a_history_of_equal_latencies_is_not_taken_for_certainty():
    assert refit(Prior(90.0, 0.01), [90.0] * WINDOW).sigma == SIGMA_FLOOR


@pytest.mark.parametrize(("median_s", "sigma"), [(0, 0.4), (-1, 0.4), (math.nan, 0.4), (90, 0), (90, math.inf)])
def test_a_prior_that_is_no_latency_is_refused(median_s: float, sigma: float):
    with pytest.raises(ValueError, match="above zero"):
        Prior(median_s, sigma)
