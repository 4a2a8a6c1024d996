"""Latencies to test figures with."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from comparisons.analysis.samples import Sample
from tests.bench_statistics import latencies


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
