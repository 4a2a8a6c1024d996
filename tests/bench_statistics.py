"""How often the intervals hold the truth, and how quick they are: ``python -m tests.bench_statistics``.

Latencies are log-normal: median 90 s, σ 0.25, of which a poll every so often sees the end.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from comparisons.analysis.differences import Difference, among_many, paired_difference
from comparisons.analysis.intervals import Interval, percentile, precise_enough, success_rate
from comparisons.analysis.samples import Sample
from comparisons.analysis.verdict_words import verdict

MEDIAN_S, OTHER_S, SIGMA = 90.0, 110.0, 0.25
NORMAL = {0.5: 0.0, 0.9: 1.2815515655446004}
SIZES = (3, 5, 7, 8, 10, 15, 25, 29, 30, 38, 60, 100)
GAPS_S = (0.0, 2.0, 10.0)
REQUESTS, REPEATS = (3, 5, 8, 20), 3
WORST = 0.9
RESAMPLES = 1000
PERCENTILES_S, PAIRS_S, ONE_S = 0.3, 1.0, 0.010


def polled(truths: np.ndarray, gap: float, rng: np.random.Generator) -> list[Sample]:
    """What polls every ``gap`` seconds see of jobs of such lengths, begun at any time between two polls."""
    if not gap:
        return [Sample(truth) for truth in truths.tolist()]
    phase = rng.random(len(truths)) * gap
    return [Sample(seen, gap / 2) for seen in (np.ceil((truths - phase) / gap) * gap + phase).tolist()]


def latencies(n: int, gap: float, rng: np.random.Generator, median: float = MEDIAN_S) -> list[Sample]:
    return polled(median * np.exp(SIGMA * rng.standard_normal(n)), gap, rng)


def coverage(intervals: Iterable[Interval | None], truth: float) -> tuple[float, float] | None:
    """The share of intervals that hold the truth, and their mean width; None if there is none."""
    found = [interval for interval in intervals if interval is not None]
    if not found:
        return None
    held = sum(interval.low <= truth <= interval.high for interval in found)
    return held / len(found), sum(interval.high - interval.low for interval in found) / len(found)


def told(found: tuple[float, float] | None) -> str:
    return f"{'no interval':>16}" if found is None else f"{found[0]:8.1%} {found[1]:5.1f} s"


# percentiles ----------------------------------------------------------------------------------------------------------


def percentile_coverage(q: float, n: int, gap: float, repeats: int) -> tuple[float, float] | None:
    rng = np.random.default_rng(n)
    found = (percentile(latencies(n, gap, rng), q, seed) for seed in range(repeats))
    return coverage((each.interval if each else None for each in found), MEDIAN_S * np.exp(SIGMA * NORMAL[q]))


def bootstrap_coverage(q: float, n: int, repeats: int) -> tuple[float, float] | None:
    """Of a bootstrap's plain percentiles, for comparison; without polls."""
    rng = np.random.default_rng(n)
    intervals = []
    for _ in range(repeats):
        values = MEDIAN_S * np.exp(SIGMA * rng.standard_normal(n))
        again = np.quantile(values[rng.integers(n, size=(RESAMPLES, n))], q, axis=1, method="median_unbiased")
        intervals.append(Interval(*np.quantile(again, (0.025, 0.975)).tolist()))
    return coverage(intervals, MEDIAN_S * np.exp(SIGMA * NORMAL[q]))


def percentiles(repeats: int) -> list[float]:
    """Prints the table; the coverages of all intervals shown."""
    shown = []
    for q in NORMAL:
        print(
            f"\np{q * 100:.0f}: coverage and width   " + "".join(f"polls: {gap:2g} s      " for gap in GAPS_S), end=""
        )
        print("plain bootstrap, no polls")
        for n in SIZES:
            found = [percentile_coverage(q, n, gap, repeats) for gap in GAPS_S]
            shown += [each[0] for each in found if each]
            plain = bootstrap_coverage(q, n, repeats // 4) if found[0] else None
            bound = 1 - q**n - (1 - q) ** n
            print(f"  n = {n:3}, range {bound:6.1%} " + " ".join(map(told, [*found, plain])))
    return shown


# differences ----------------------------------------------------------------------------------------------------------

Side = dict[str, list[Sample]]


def session(
    requests: int,
    repeats: int,
    gap: float,
    own: float,
    stuck: float,
    rng: np.random.Generator,
    other: float = OTHER_S,
) -> tuple[Side, Side]:
    """Two variants' jobs. ``own`` is how much a variant differs by request (σ), ``stuck`` the share of jobs that take
    three times as long."""
    request = 0.2 * rng.standard_normal((requests, 1))

    def side(median: float) -> Side:
        each = own * rng.standard_normal((requests, 1)) + SIGMA * rng.standard_normal((requests, repeats))
        slow = np.where(rng.random((requests, repeats)) < stuck, 3.0, 1.0)
        seen = polled((median * np.exp(request + each) * slow).ravel(), gap, rng)
        return {str(i): seen[i * repeats : (i + 1) * repeats] for i in range(requests)}

    return side(MEDIAN_S), side(other)


def hierarchical(a: Side, b: Side, rng: np.random.Generator, inner: bool) -> Interval:
    """A bootstrap's percentiles, for comparison: resamples requests, and within them repeats too if ``inner``."""
    values = [np.array([[sample.value_s for sample in row] for row in side.values()]) for side in (a, b)]
    count, repeats = values[0].shape
    rows = rng.integers(count, size=(RESAMPLES, count, 1))
    means = []
    for side in values:
        picked = rng.integers(repeats, size=(RESAMPLES, count, repeats)) if inner else np.arange(repeats)
        means.append(np.median(side[rows, picked], axis=2).mean(axis=1))
    return Interval(*np.quantile(means[0] - means[1], (0.025, 0.975)).tolist())


def differences(repeats: int) -> list[float]:
    shown = []
    for gap, own, stuck in ((0.0, 0.0, 0.0), (2.0, 0.15, 0.0), (10.0, 0.15, 0.05)):
        print(f"\ndifference, polls {gap:g} s, by request σ {own:g}, {stuck:.0%} three times as long")
        print(f"  {'':24}{'ours':>16} {'requests+repeats':>16} {'requests only':>16}   (plain bootstraps)")
        truth = (MEDIAN_S - OTHER_S) * np.exp((0.2**2 + own**2) / 2)
        for count in REQUESTS:
            rng = np.random.default_rng(count)
            sides = [session(count, REPEATS, gap, own, stuck, rng) for _ in range(repeats)]
            ours = coverage([paired_difference(*side, seed).interval for seed, side in enumerate(sides)], truth)
            few = sides[: repeats // 4]
            others = [coverage([hierarchical(*side, rng, inner) for side in few], truth) for inner in (True, False)]
            shown.append(ours[0] if ours else 0.0)
            print(f"  {count:2} requests x {REPEATS} repeats " + " ".join(map(told, [ours, *others])))
    return shown


def few_requests_coverage(requests: int, n: int, gap: float, repeats: int) -> tuple[float, float] | None:
    """Of one request, or of two of which the second takes half as long again, of ``n`` repeats each."""
    rng, lengths = np.random.default_rng(n), (1.0, 1.5)[:requests]

    def side(median: float) -> Side:
        return {str(length): latencies(n, gap, rng, length * median) for length in lengths}

    intervals = (paired_difference(side(MEDIAN_S), side(OTHER_S), seed).interval for seed in range(repeats))
    return coverage(intervals, float(np.mean(lengths)) * (MEDIAN_S - OTHER_S) * np.exp(SIGMA**2 / 2))


def few_requests(repeats: int) -> list[float]:
    shown = []
    for requests in (1, 2):
        print(f"\ndifference of averages within requests, of {requests}")
        print(f"  {'':10}" + "".join(f"polls: {gap:2g} s      " for gap in GAPS_S))
        for n in (3, 5, 8, 20):
            found = [few_requests_coverage(requests, n, gap, repeats) for gap in GAPS_S]
            shown += [each[0] if each else 0.0 for each in found]
            print(f"  {n:2} repeats " + " ".join(map(told, found)))
    return shown


def power(repeats: int) -> None:
    """Whether ``more`` is what it takes: sessions of as many requests as it says tell the difference apart in 80 %."""
    rng = np.random.default_rng(5)
    for other in (100.0, 106.0):
        pilot = paired_difference(*session(2000, REPEATS, 2, 0, 0, rng, other), 1)
        wide = (pilot.error or 0.0) * (pilot.n / 6) ** 0.5
        (few,) = among_many([replace(pilot, n=6, error=wide, freedom=5)])
        needed = 6 + (few.more or 0)
        again = [paired_difference(*session(needed, REPEATS, 2, 0, 0, rng, other), 1) for _ in range(repeats)]
        share = sum(each.told_apart for each in again) / repeats
        print(f"\n{other - MEDIAN_S:g} s: {needed} requests are said to be needed; they tell it apart in {share:.0%}")


def together(repeats: int) -> float:
    """The chance that any of 15 pairs of six equal variants is told apart, alone and judged together."""
    alone = both = 0
    for seed in range(repeats):
        rng = np.random.default_rng(seed)
        sides = [{str(i): latencies(1, 2, rng) for i in range(10)} for _ in range(6)]
        found = [paired_difference(a, b, seed) for a, b in itertools.combinations(sides, 2)]
        alone += any(each.told_apart for each in found)
        both += any(each.told_apart for each in among_many(found))
    print(
        f"\nsix equal variants: some pair told apart in {alone / repeats:.1%}; judged together in {both / repeats:.1%}"
    )
    return both / repeats


# the stop rule --------------------------------------------------------------------------------------------------------


def stopping(repeats: int) -> list[float]:
    print("\nstop rule: jobs until the median's interval is within a share of it, asked after each job")
    shown = []
    for share in (0.1, 0.2):
        sizes, intervals = [], []
        for seed in range(repeats):
            rng = np.random.default_rng(seed)
            jobs = latencies(400, 2, rng)
            n = next((n for n in range(1, 400) if precise_enough(jobs[:n], share, seed)), 400)
            found = percentile(jobs[:n], 0.5, seed)
            sizes.append(n)
            intervals.append(found.interval if found else None)
        held = coverage(intervals, MEDIAN_S)
        shown.append(held[0] if held else 0.0)
        ends = np.quantile(sizes, (0.05, 0.5, 0.95)).round().astype(int).tolist()
        print(f"  within {share:4.0%}: {told(held)} at the stop; jobs p5, p50, p95: {ends}")
    return shown


# speed ----------------------------------------------------------------------------------------------------------------


def took(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def speed() -> bool:
    rng = np.random.default_rng(1)
    success_rate(1, 2)
    cells = [latencies(100, 2, rng) for _ in range(22 * 6)]
    percentile(cells[0], 0.5, 1)
    one = min(took(lambda: percentile(cells[0], 0.9, 1)) for _ in range(20))
    all_cells = min(took(lambda: [percentile(cell, q, 1) for cell in cells for q in NORMAL]) for _ in range(3))
    rates = took(lambda: [success_rate(90, 100) for _ in range(22)])
    sides = [session(34, REPEATS, 2, 0.1, 0, rng)[0] for _ in range(22)]

    def compared() -> tuple[Difference, ...]:
        return among_many([paired_difference(a, b, 1) for a, b in itertools.combinations(sides, 2)])

    pairs = min(took(compared) for _ in range(3))
    print(f"\none percentile of 100 jobs {one * 1000:.2f} ms (bar {ONE_S * 1000:.0f})")
    print(f"22 variants x 6 phases x (p50, p90) of 100 jobs {all_cells:.3f} s (bar {PERCENTILES_S})")
    print(f"231 pairs of 34 requests x {REPEATS} repeats, judged together {pairs:.3f} s (bar {PAIRS_S})")
    print(f"22 success rates {rates:.3f} s")
    return one < ONE_S and all_cells < PERCENTILES_S and pairs < PAIRS_S


def sample_verdicts() -> None:
    print("\nverdicts")
    for requests, other in ((2, 1), (8, 1), (20, 1), (20, 2)):
        rng = np.random.default_rng(other)
        found = paired_difference(*session(requests, REPEATS, 2, 0.0, 0.0, rng), 1)
        print(f"  {verdict('A', 'B', found)}")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sessions", type=int, default=2000, help="simulated sessions of each line")
    sessions = options.parse_args().sessions
    quick = speed()
    shown = [*percentiles(sessions), *differences(sessions), *few_requests(sessions)]
    power(sessions)
    alarms = together(sessions // 4)
    stopped = stopping(sessions // 2)
    sample_verdicts()
    good = quick and min(*shown, *stopped) >= WORST and alarms < 0.05 + 0.03
    print(
        f"\nsmallest coverage {min(shown):.1%} (bar {WORST:.0%}), at a stop {min(stopped):.1%}; all bars held: {good}"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
