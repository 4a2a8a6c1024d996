"""When to ask again about a job, from how long such jobs take. Numbers only; who asks is elsewhere.

A job's latency is taken as log-normal: 90 of 100 as the variant's history says, 10 with a spread of 1.0, since a
history may be short, old or of another size of clip. Source of the rule: Keller 1974, Optimum checking schedules for
systems subject to random failure (Management Science 21), applied to the hazard of that mixture.
"""

from __future__ import annotations

import math
import random

from comparisons.engine.latency_model import Prior

LEAST_S, MOST_S = 0.25, 15.0
"""Bounds of every gap, in seconds."""
POLL_COST = 1.9
"""The price of one poll, in seconds of lag, is this many square seconds over the median latency: what is minimized is
the price times the polls of a job, plus its lag.

A greater value polls less and lags more. By the median, so that jobs of every length are seen equally soon and asked
about equally often a second: an equal price would ask about short jobs ever more often, and see the end of long ones
ever later. Lag holds over polls: with a history of 30 jobs around 90 s, spread .25, this price was seen to give 35
polls and 0.71 s of mean lag, so that a history of ten jobs, or a wider spread, stays below 0.8 s too.
``python -m tests.bench_polling`` prints what this one costs.
"""
SHORT_S = 30.0
"""Medians from this on have that price. Below, it falls with the median, so that the lag stays the same share of it."""
USUAL_SIGMA = 0.32
"""Spreads up to this one have that price: it is what 30 jobs of spread .25 are believed to have. Beyond, it falls as
the spread grows: gaps are longer where the end may be anywhere, and at one price it would be seen ever later."""
STRANGER, STRANGER_SIGMA = 0.1, 1.0
"""The share of jobs that may be nothing like the history, and their spread in natural logarithms."""
EARLY_S, EARLY_SHARE = 6.7, 0.2
"""The early poll: for moderation failures, which take about 6 s; late enough that jitter cannot put it before those.

No later than a fifth of the median, so that a variant of 3 s jobs is asked within its first second.
"""
EARLY_DONE = 0.8
"""The early poll counts as made from this share of its time on, so that jitter does not make it twice."""
JITTER = 0.1
DEEP = 1e-280
"""A chance of survival below which numbers lose digits, and the tail's own formula takes over."""

_ROOT_HALF = math.sqrt(0.5)
_ROOT_TWO_PI = math.sqrt(2 * math.pi)


def next_gap(age_s: float, prior: Prior, least_s: float = LEAST_S, price_s: float | None = None) -> float:
    """Seconds until the next poll of a job accepted ``age_s`` seconds ago, from 0.25 to 15.

    While the gap is g, polls cost c / g per second; and if the job ends, which has the chance h per second, it is
    seen g / 2 late on average, which costs h * g / 2 per second. The sum is least at g = sqrt(2 * c / h), with
    c the price of a poll (see ``POLL_COST``) and h the hazard at that age: polls are dense where the end is likely, and
    rare elsewhere. One early poll may come sooner than that, none later. Past ten medians the gap only grows.

    ``least_s`` is the provider's documented limit: no gap is below it, even if it exceeds 15 s. ``price_s`` is another
    price of a poll, to see what it would cost.
    """
    risk = _hazard(age_s, prior)
    gap = math.sqrt(2 * (price_s or price(prior)) / risk) if risk > 0 else MOST_S
    early = min(EARLY_S, EARLY_SHARE * prior.median_s)
    if age_s < EARLY_DONE * early:
        gap = min(gap, early - max(0.0, age_s))
    return _bounded(gap, least_s)


def price(prior: Prior) -> float:
    """What a poll may cost, in seconds of lag, of a job whose latency is believed to be like this."""
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
    """The hazard where density and survival are both next to nothing: only the wider part is left.

    Mills' ratio of the normal distribution in its tail, 1 / (z + 1/z - 2/z**3), is exact to nine digits there.
    """
    z = distance / sigma
    return (z + 1 / z - 2 / z**3) / (sigma * age_s)
