"""How long jobs of one kind take, estimated from the last of them, both those that ended and those that still run.

Of jobs begun together the quick ones end first. An estimate from those alone would be too short, and the jobs that
still run would be polled too often; later, when the slow ones have ended last, it would be too long. So jobs are kept
in the order in which they were accepted, and one that still runs counts as taking longer than its age.
"""

from __future__ import annotations

import functools
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

WINDOW = 30
"""How many jobs of a history count: the last ones, since providers change."""
KEPT = 2 * WINDOW
"""How many jobs to read from a ledger: those that count, and as many before them, which give the prior for those."""
SIGMA_FLOOR = 0.12
"""The least spread that is believed, as a standard deviation of natural logarithms."""
SIGMA_WEIGHT = 20
"""How many jobs the prior's spread counts as. From 30 jobs a spread is known to a fifth only, and a spread that is too
small costs most: polls then crowd at a time when the job does not end."""
MAD_TO_SIGMA = 1.4826
"""The standard deviation of a normal distribution, in median absolute deviations."""
ROUNDS, CLOSE = 10, 0.002
"""The most rounds of the fit to running jobs (see ``refit``), and the change of the center, a logarithm, that ends it
sooner."""

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
"""What is believed of a variant without a history. It is not measured: Apiframe's page on Hailuo 2.3 fast says about
90 s on average, and the spread is assumed, wide enough for a true median that is half as long again."""


def refit(prior: Prior, latencies_s: Sequence[float], running_s: Sequence[float] = ()) -> Prior:
    """The prior updated by these latencies (seconds, oldest first); the prior itself where none is usable.

    The median of the last 30 logarithms, in which the prior counts as one job: that shrinks it, and one stuck job
    among few moves it by at most half the prior's sigma. The spread is their median absolute deviation, in which the
    prior counts as one value too, pooled with the prior's as if that were twenty jobs, and never below 0.12.
    Zero, negative and non-finite numbers are ignored.

    ``running_s`` are the ages in seconds of jobs that have not ended. Each is given a latency beyond its age, as the
    current estimate makes likely; then the estimate is fitted again to all latencies, until it no longer changes. This
    is expectation and maximization (Dempster, Laird and Rubin 1977, Journal of the Royal Statistical Society B 39),
    with medians.
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
    """The median of the values together with ``believed``, which counts as one more value.

    Of two middle values it is the mean, in which the one farther from ``believed`` counts as at most ``most`` away from
    the other.
    """
    ordered = sorted([*values, believed])
    pair = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    near, far = sorted(pair, key=lambda value: abs(value - believed))
    return near + max(-most, min(most, far - near)) / 2


def _imagined(ages: Sequence[float], center: float, sigma: float) -> list[float]:
    """A latency beyond each age, all as logarithms.

    They are spread over the part of the distribution beyond the age, rather than all at its mean.
    """
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
    """The estimate as it was when this job was first heard of."""


class LatencyHistory:
    """The last 30 jobs of one kind, and the estimate that follows from them.

    The prior of that estimate is what was believed when the oldest of these jobs was first heard of.

    Args:
        starting: what is believed before any job ended.
        latencies_s: seconds that earlier jobs took, oldest first.
    """

    def __init__(self, starting: Prior, latencies_s: Sequence[float]) -> None:
        self._believed: Prior | None = starting
        self._jobs: dict[str, _Known] = {}
        self._since = (-math.inf, "")  # when the oldest job kept was accepted, and its id, once the window is full
        for age in range(len(latencies_s), 0, -1):
            self.ended(f"before {age}", -age, latencies_s[-age])

    def runs(self, job: str, accepted_at: float, age_s: float) -> None:
        """Notes that a job, accepted at this moment (seconds of any clock), still runs at this age."""
        self._note(job, accepted_at, age_s, ended=False)

    def ended(self, job: str, accepted_at: float, latency_s: float) -> None:
        """Notes that a job ended ``latency_s`` seconds after it was accepted."""
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
        """How long a job is believed to take; computed again after one has ended."""
        if self._believed is None:
            known = self._jobs.values()
            ended, running = ([each.seconds for each in known if each.ended is over] for over in (True, False))
            self._believed = refit(self._jobs[self._oldest()].before, ended, running)
        return self._believed
