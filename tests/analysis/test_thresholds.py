"""A threshold fails for each variant that is beyond it, and for each whose figure nobody knows, in one sentence."""

from __future__ import annotations

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparisons.analysis import thresholds
from comparisons.analysis.summary import Summary, summarize
from providers import InvalidRequest, Money
from tests.session_scenes import RATES, VARIANTS, Behavior, Take, played, session_of, takes_of

A, B, C = "apiframe:hailuo-2.3-fast", "odirouter:minimax_hailuo_23_fast_i2v", "apiframe:hailuo-2.3"
YUAN, DOLLARS = Money(Decimal("1.50"), "CNY"), Money(Decimal("0.20"), "USD")


@pytest.fixture(scope="module")
def many() -> Summary:
    return summarize(played([Behavior(A, 30, failing=0.1), Behavior(B, 60, quoted=DOLLARS)], 5, 4), RATES)


def test_a_check_fails_for_each_variant_that_meets_it_and_for_no_other(many: Summary):
    (sentence,) = thresholds.parse("p50_total_s>50").failures(many)
    assert sentence.startswith(f"{B}: p50_total_s is ")
    assert thresholds.parse("p50_total_s > 500").failures(many) == []
    assert len(thresholds.parse("n<=20").failures(many)) == 2
    assert thresholds.parse("success_rate<10%").failures(many) == []
    assert thresholds.parse("p50_generate_s >= 0.5").failures(many)


def test_a_check_may_be_of_one_variant(many: Summary):
    assert thresholds.parse(f"{A}: p50_total_s>50").failures(many) == []
    assert len(thresholds.parse(f"{B}:p50_total_s>50").failures(many)) == 1
    with pytest.raises(InvalidRequest, match=f"no variant 'apiframe:x'. It has: {A}, {B}"):
        thresholds.parse("apiframe:x: n<1").failures(many)


def test_a_figure_nobody_knows_fails_its_check_with_the_reason(many: Summary):
    assert thresholds.parse(f"{A}: cost_per_clip_usd>5").failures(many) == [
        f"{A}: cost_per_clip_usd is not known: the price of no delivered clip is known."
    ]
    few = summarize(takes_of(Take(), Take(), ref=C), {})
    assert thresholds.parse("p90_total_s>9000").failures(few) == [
        f"{C}: p90_total_s is not known: 2 jobs are too few for it."
    ]
    assert "no exchange rate was set" in thresholds.parse("cost_per_clip_usd>9").failures(few)[0]
    assert thresholds.parse("n<0").failures(summarize(session_of([]), {})) == ["n<0: the session has no jobs to check."]
    none = summarize(takes_of(Take("running"), ref=A), {})
    assert "no job of it has ended" in thresholds.parse("success_rate<0").failures(none)[0]
    bound = summarize(takes_of(Take(billed=DOLLARS), Take("failed"), ref=B), {})
    (sentence,) = thresholds.parse("cost_per_clip_usd>9").failures(bound)
    assert "at least 0.2, as what 1 of its jobs cost is unknown" in sentence


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("p99_total_s>1", "There are: p50_upload_s, p90_upload_s"),
        ("p50_total_s=1", "is no check"),
        ("p50_total_s>", "is no check"),
        ("p50_total_s>-1", "is no check"),
        ("p50_total_s>5%", "no percent sign"),
        ("success_rate<95", "from 0 to 1"),
        ("success_rate<101%", "from 0 to 1"),
    ],
)
def test_a_check_nobody_can_read_is_one_sentence(text: str, why: str):
    with pytest.raises(InvalidRequest, match=why):
        thresholds.parse(text)


@given(st.text(max_size=40))
def test_any_text_is_a_check_or_one_sentence(text: str):
    with contextlib.suppress(InvalidRequest):
        assert thresholds.parse(text).figure in thresholds.FIGURES


@given(
    st.sampled_from([None, *sorted(VARIANTS)]),
    st.sampled_from(thresholds.FIGURES),
    st.sampled_from(sorted(thresholds.OPERATORS)),
    st.decimals(0, 1, places=3),
)
def test_a_check_is_read_as_it_was_written(variant: str | None, figure: str, sign: str, limit: Decimal):
    text = f"{f'{variant}: ' if variant else ''}{figure} {sign} {limit:f}"
    assert thresholds.parse(text) == thresholds.Threshold(text, variant, figure, sign, float(limit))
