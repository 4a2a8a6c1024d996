"""When to ask again about a job, from how long such jobs take. Only the arithmetic; ``watching.py`` asks.

A job's latency is taken as log-normal: in 90 of 100 cases as the variant's history says, in 10 with a spread of 1.0,
since a history may be short, old or of another size of clip. Source of the rule: Keller 1974, Optimum checking
schedules for systems subject to random failure (Management Science 21), applied to the hazard of that mixture.
"""

from __future__ import annotations

import math
import random

from comparisons.engine.latency_model import Prior

LEAST_S, MOST_S = 0.25, 15.0
"""Bounds of every gap, in seconds."""
POLL_COST = 1.9
"""What one poll is said to cost: this many square seconds, divided by the job's median latency in seconds.

The lag of a job is how many seconds after its end we see that it ended. What is minimized is its lag, plus the price of
a poll times its number of polls; so a greater value polls less and lags more. The division by the median lets jobs of
every length be seen equally soon and polled equally often a second. With one price for all, short jobs would be polled
ever more often, and the end of long ones seen ever later.

The value was chosen by the lag rather than by the number of polls: with a history of 30 jobs around 90 s, spread .25,
it was seen to give 35 polls and 0.71 s of mean lag, so that a history of ten jobs, or a wider spread, stays below 0.8 s
too. ``python -m tests.bench_polling`` prints what it gives.
"""
SHORT_S = 30.0
"""Medians from this many seconds on have the price of ``POLL_COST``. Below, the price falls with the median, so that
the lag stays the same share of it."""
USUAL_SIGMA = 0.32
"""Spreads up to this one have the price of ``POLL_COST``: it is what 30 jobs of spread .25 are believed to have. Beyond
it the price falls as the spread grows. Otherwise the end would be seen ever later, since gaps are longer where the end
may be anywhere."""
STRANGER, STRANGER_SIGMA = 0.1, 1.0
"""The share of jobs that may be nothing like the history, and their spread in natural logarithms."""
EARLY_S, EARLY_SHARE = 6.7, 0.2
"""When the early poll is made: at ``EARLY_S`` seconds, or at this share of the median if that is sooner.

It is for refusals by moderation, which take about 6 s, and late enough that jitter cannot put it before those. A fifth
of the median lets jobs of 3 s be asked about within their first second.
"""
EARLY_DONE = 0.8
"""From this share of its time on the early poll counts as made, so that jitter does not make it twice."""
JITTER = 0.1
"""The share by which a gap is made shorter or longer at random, at most."""
DEEP = 1e-280
"""Below this chance that a job still runs, floats lose digits, and a formula for the tail takes over."""

_ROOT_HALF = math.sqrt(0.5)
_ROOT_TWO_PI = math.sqrt(2 * math.pi)


def next_gap(age_s: float, prior: Prior, least_s: float = LEAST_S, price_s: float | None = None) -> float:
    """Seconds until the next poll of a job accepted ``age_s`` seconds ago, from 0.25 to 15.

    While the gap is g, polls cost c / g per second; and if the job ends, which has the chance h per second, it is
    seen g / 2 late on average, which costs h * g / 2 per second. The sum is least at g = sqrt(2 * c / h), with
    c the price of a poll (see ``POLL_COST``) and h the hazard at that age: polls are dense where the end is likely, and
    rare elsewhere. The early poll (see ``EARLY_S``) may shorten this gap, never lengthen it. Past ten medians the gap
    only grows.

    ``least_s`` is the provider's documented limit: no gap is below it, even if it exceeds 15 s. ``price_s`` replaces
    the price of a poll in seconds, for measurements.
    """
    risk = _hazard(age_s, prior)
    gap = math.sqrt(2 * (price_s or price(prior)) / risk) if risk > 0 else MOST_S
    early = min(EARLY_S, EARLY_SHARE * prior.median_s)
    if age_s < EARLY_DONE * early:
        gap = min(gap, early - max(0.0, age_s))
    return _bounded(gap, least_s)


def price(prior: Prior) -> float:
    """The price of one poll in seconds of lag (see ``POLL_COST``), for a job that is believed to take this long."""
    by_median = POLL_COST / max(prior.median_s, SHORT_S) * min(1.0, prior.median_s / SHORT_S)
    return by_median * min(1.0, USUAL_SIGMA / prior.sigma)


def jittered(gap_s: float, rng: random.Random, least_s: float = LEAST_S) -> float:
    """The gap, up to 10 % shorter or longer, within the same bounds: jobs started together drift apart."""
    return _bounded(gap_s * (1 + JITTER * (2 * rng.random() - 1)), least_s)


def _bounded(gap_s: float, least_s: float) -> float:
    return max(LEAST_S, least_s, min(MOST_S, gap_s))


def _hazard(age_s: float, prior: Prior) -> float:
    """The chance per second that a job of this age ends now; 0 where the age is not a finite number above zero."""
    if not 0 < age_s < math.inf:
        return 0.0
    wide = math.log(age_s) - math.log(prior.median_s)
    own = wide / prior.sigma
    density = (1 - STRANGER) * math.exp(-own * own / 2) / prior.sigma + STRANGER * math.exp(-wide * wide / 2)
    alive = (1 - STRANGER) * math.erfc(own * _ROOT_HALF) / 2 + STRANGER * math.erfc(wide * _ROOT_HALF) / 2
    if alive > DEEP:
        return density / (_ROOT_TWO_PI * age_s) / alive
    return _deep_hazard(age_s, wide, max(prior.sigma, STRANGER_SIGMA))


def _deep_hazard(age_s: float, distance: float, sigma: float) -> float:
    """The hazard far in the tail, where density and survival are both near 0 and only the wider part still counts.

    Mills' ratio of the normal distribution in its tail, 1 / (z + 1/z - 2/z**3), is exact to nine digits there.
    """
    z = distance / sigma
    return (z + 1 / z - 2 / z**3) / (sigma * age_s)
