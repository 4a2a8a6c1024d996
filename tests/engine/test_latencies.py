"""A history corrects a wrong start, and is not misled by junk, stuck jobs, or those that end first."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comparisons.engine.latency_model import KEPT, SIGMA_FLOOR, STARTING, WINDOW, LatencyHistory, Prior, refit
from comparisons.engine.poll_interval import LEAST_S, MOST_S, next_gap
from tests.bench_polling import believing, lognormal

few = settings(max_examples=25)
positive = st.floats(min_value=0, exclude_min=True, allow_infinity=False)
medians = st.floats(0.01, 10_000)
priors = st.builds(Prior, medians, st.floats(0.05, 3))
seconds = st.floats(0.1, 10_000)
histories = st.lists(seconds, min_size=1, max_size=WINDOW)
running = st.lists(seconds, max_size=WINDOW)
junk = st.lists(st.sampled_from([0.0, -1.0, -math.inf, math.inf, math.nan]), max_size=4)


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


# jobs that still run --------------------------------------------------------------------------------------------------


def burst(history: LatencyHistory, took: list[float], until_s: float, accepted_at: float = 0.0) -> Prior:
    """What is believed so many seconds after jobs began together."""
    for number, latency in enumerate(took):
        if latency <= until_s:
            history.ended(f"{accepted_at} {number}", accepted_at, latency)
        else:
            history.runs(f"{accepted_at} {number}", accepted_at, until_s)
    return history.believed()


def drawn(median_s: float, count: int, seed: int = 1) -> list[float]:
    rng = random.Random(seed)
    return [rng.lognormvariate(math.log(median_s), 0.25) for _ in range(count)]


@pytest.mark.parametrize("over", [0.1, 0.3, 0.5, 0.9, 1.0])
def test_of_jobs_begun_together_those_that_end_first_are_not_taken_for_all(over: float):
    took = drawn(90.0, 100)
    history = LatencyHistory(Prior(90.0, 0.25), [])
    believed = burst(history, took, sorted(took)[int(over * 99)])
    assert 76 <= believed.median_s <= 104
    assert 0.17 <= believed.sigma <= 0.38


def test_jobs_that_end_later_than_was_believed_are_believed_slower_before_half_of_them_ended():
    took = drawn(180.0, 100)
    believed = burst(LatencyHistory(STARTING, []), took, sorted(took)[30])
    assert 140 <= believed.median_s <= 200


def test_new_jobs_do_not_make_the_earlier_ones_forgotten():
    history = LatencyHistory(STARTING, [])
    burst(history, drawn(45.0, 100), 1_000.0, accepted_at=1.0)
    before = history.believed()
    after = burst(history, [20.0, *drawn(60.0, 100)], 20.0, accepted_at=2.0)
    assert before.median_s == pytest.approx(45, rel=0.1)
    assert after.median_s == pytest.approx(before.median_s, rel=0.1)


def test_it_does_not_matter_in_which_order_jobs_end():
    took = drawn(90.0, WINDOW + 10)
    numbered = list(enumerate(took))
    found = []
    for order in (numbered, sorted(numbered, key=lambda each: each[1]), numbered[::-1]):
        history = LatencyHistory(STARTING, [])
        for number, _ in numbered:
            history.runs(str(number), number, 1.0)
        for number, latency in order:
            history.ended(str(number), number, latency)
        found.append(history.believed())
    assert found[0] == found[1] == found[2] == refit(STARTING, took)


def test_one_after_the_other_is_as_from_a_ledger():
    took = drawn(90.0, KEPT)
    history = LatencyHistory(STARTING, [])
    for number, latency in enumerate(took):
        history.runs(str(number), number, 1.0)
        history.ended(str(number), number, latency)
        history.believed()
    assert history.believed() == LatencyHistory(STARTING, took).believed()


@few
@given(history=histories, ages=running, bad=junk, prior=priors)
def test_any_ages_leave_a_prior_that_can_be_polled_by(
    history: list[float], ages: list[float], bad: list[float], prior: Prior
):
    found = refit(prior, history, [*ages, *bad])
    assert found == refit(prior, history, ages)
    assert LEAST_S <= next_gap(90.0, found) <= MOST_S
    assert found.sigma >= SIGMA_FLOOR


@few
@given(history=histories, prior=priors, age=st.floats(1e-3, 0.1))
def test_a_job_that_has_only_begun_tells_nothing(history: list[float], prior: Prior, age: float):
    plain = refit(prior, history)
    found = refit(prior, history, [min(min(history), plain.median_s) * 1e-6 * age])
    assert abs(math.log(found.median_s / plain.median_s)) <= max(prior.sigma, plain.sigma) + abs(
        math.log(plain.median_s / prior.median_s)
    )
