"""How long jobs of a kind take, as the last of them tell: those that ended, and those that still run. Numbers only.

Of jobs begun together the quick ones end first. Who learns from those alone believes the rest to be as quick, asks too
often about it, and afterwards, when the slow ones ended last, believes the next ones to be slow. So jobs are kept in
the order in which they were accepted, and one that runs counts as taking longer than its age.
"""

from __future__ import annotations

import functools
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

WINDOW = 30
"""Jobs of a history that count: the last ones, since providers change."""
KEPT = 2 * WINDOW
"""Jobs to read from a ledger: those that count, and as many before them, which give what was believed then."""
SIGMA_FLOOR = 0.12
SIGMA_WEIGHT = 20
"""Jobs that the prior's spread counts as. Of 30 jobs a spread is known to a fifth only, and too small a one is what
costs most: the polls then crowd where the job is not."""
MAD_TO_SIGMA = 1.4826
"""The standard deviation of a normal distribution, in median absolute deviations."""
ROUNDS, CLOSE = 10, 0.002
"""How often what is believed of running jobs is believed anew, at most, and the change of a logarithm that ends it."""

_NORMAL = NormalDist()


@dataclass(frozen=True)
class Prior:
    """A log-normal latency: its median in seconds and the standard deviation of its natural logarithm.

    Raises:
        ValueError: one of them is not a finite number above zero.
    """

    median_s: float
    sigma: float

    def __post_init__(self) -> None:
        if not (0 < self.median_s < math.inf and 0 < self.sigma < math.inf):
            raise ValueError(f"A latency needs a median and a spread above zero, not {self.median_s} and {self.sigma}.")


STARTING = Prior(90.0, 0.4)
"""For a variant without a history: Hailuo clips. Not measured: Apiframe's page on Hailuo 2.3 fast says about 90 s on
average, and the spread is assumed, wide enough for a median that is half as long again."""


def refit(prior: Prior, latencies_s: Sequence[float], running_s: Sequence[float] = ()) -> Prior:
    """What is believed after these latencies (seconds, oldest first); the prior itself where none is usable.

    The median of the last 30 logarithms, in which the prior counts as one job: that shrinks it, and one stuck job
    among few moves it by at most half the prior's sigma. The spread is their median absolute deviation, in which the
    prior counts as one value too, pooled with the prior's as if that were twenty jobs, and never below 0.12.
    Zero, negative and non-finite numbers are ignored.

    ``running_s`` are the ages of jobs that have not ended. They are given the latencies that jobs of their ages may
    have by what is believed, and what is believed is fitted to all of them, until it stays the same: the expectation
    and maximization of Dempster, Laird and Rubin 1977 (Journal of the Royal Statistical Society B 39), with medians.
    """
    ended, ages = _logarithms(latencies_s), _logarithms(running_s)
    if not ended:
        return prior
    center, sigma = _fit(ended, prior) if not ages else (math.log(prior.median_s), prior.sigma)
    for _ in range(ROUNDS if ages else 0):
        before = center
        center, sigma = _fit([*ended, *_imagined(ages, center, sigma)], prior)
        if abs(center - before) < CLOSE:
            break
    return Prior(math.exp(center), sigma)


def _logarithms(seconds: Sequence[float]) -> list[float]:
    return [math.log(each) for each in seconds if 0 < each < math.inf][-WINDOW:]


def _fit(logs: Sequence[float], prior: Prior) -> tuple[float, float]:
    """The center and spread of logarithms, shrunk towards the prior."""
    center = _middle(logs, math.log(prior.median_s), prior.sigma)
    deviations = [abs(each - center) for each in logs]
    spread = MAD_TO_SIGMA * _middle(deviations, prior.sigma / MAD_TO_SIGMA, prior.sigma)
    weight = SIGMA_WEIGHT / (SIGMA_WEIGHT + len(logs))
    sigma = math.hypot(math.sqrt(weight) * prior.sigma, math.sqrt(1 - weight) * spread)
    return center, max(SIGMA_FLOOR, sigma)


def _middle(values: Sequence[float], believed: float, most: float) -> float:
    """The median of the values and what is believed, which counts as one of them.

    Of two middle ones it is the mean; the one farther from what is believed counts as at most ``most`` beyond the
    other.
    """
    ordered = sorted([*values, believed])
    pair = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    near, far = sorted(pair, key=lambda value: abs(value - believed))
    return near + max(-most, min(most, far - near)) / 2


def _imagined(ages: Sequence[float], center: float, sigma: float) -> list[float]:
    """A latency beyond each age, all logarithms: spread over what is left of the distribution there, not averaged."""
    found = []
    for age, share in zip(ages, _shares(len(ages)), strict=True):
        alive = math.erfc((age - center) / sigma * math.sqrt(0.5)) / 2
        left = alive * (1 - share)
        found.append(max(age, center - sigma * _NORMAL.inv_cdf(left)) if left > 0 else age)
    return found


@functools.cache
def _shares(count: int) -> list[float]:
    """The middles of ``count`` equal parts of the range 0 to 1, in a fixed order that does not depend on the jobs."""
    return [(part + 0.5) / count for part in random.Random(count).sample(range(count), count)]


@dataclass(frozen=True)
class _Known:
    accepted_at: float
    seconds: float
    ended: bool
    before: Prior
    """What was believed when it was first heard of."""


class LatencyHistory:
    """What is known of the last 30 jobs of a kind, judged by what was believed when the first of them was accepted.

    Args:
        starting: what is believed before any of them ended.
        latencies_s: of jobs that ended before, oldest first.
    """

    def __init__(self, starting: Prior, latencies_s: Sequence[float]) -> None:
        self._believed: Prior | None = starting
        self._jobs: dict[str, _Known] = {}
        self._since = (-math.inf, "")  # moment and name of the oldest, once there are as many as are kept
        for age in range(len(latencies_s), 0, -1):
            self.ended(f"before {age}", -age, latencies_s[-age])

    def runs(self, job: str, accepted_at: float, age_s: float) -> None:
        """A job that was accepted at this moment, in seconds of any clock, has not ended at this age."""
        self._note(job, accepted_at, age_s, ended=False)

    def ended(self, job: str, accepted_at: float, latency_s: float) -> None:
        """A job ended ``latency_s`` seconds after it was accepted."""
        self._note(job, accepted_at, latency_s, ended=True)
        self._believed = None

    def _note(self, job: str, accepted_at: float, seconds: float, *, ended: bool) -> None:
        known = self._jobs.get(job)
        if known is None and (accepted_at, job) < self._since:
            return
        self._jobs[job] = _Known(accepted_at, seconds, ended, known.before if known else self.believed())
        if len(self._jobs) > WINDOW:
            del self._jobs[self._oldest()]
            oldest = self._oldest()
            self._since = self._jobs[oldest].accepted_at, oldest

    def _oldest(self) -> str:
        return min(self._jobs, key=lambda job: (self._jobs[job].accepted_at, job))

    def believed(self) -> Prior:
        """How long a job is thought to take; thought about again whenever one ended."""
        if self._believed is None:
            known = self._jobs.values()
            ended, running = ([each.seconds for each in known if each.ended is over] for over in (True, False))
            self._believed = refit(self._jobs[self._oldest()].before, ended, running)
        return self._believed
