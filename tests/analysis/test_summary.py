"""A session's figures say what its jobs did, leave nothing out unsaid, and take nothing unknown for zero.

``python -m tests.analysis.test_summary`` prints how long a thousand jobs take.
"""

from __future__ import annotations

import json
import random
import time
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comparisons.analysis import metric_verdict, price_verdict, summary_to_json, thresholds, time_verdict
from comparisons.analysis.costs import NoCost, WhyNoCost
from comparisons.analysis.differences import paired_difference
from comparisons.analysis.inclusion import ExclusionReason
from comparisons.analysis.intervals import percentile, precise_enough, success_bounds
from comparisons.analysis.latencies import SERIES, samples_of
from comparisons.analysis.pairs import Pair
from comparisons.analysis.summary import Figures, Summary, precise, summarize
from comparisons.analysis.words import no_cost_words
from comparisons.metrics import METRICS, Reason, Scores
from comparisons.records import Event, Job, Session, Wanted
from providers import Money
from tests.session_scenes import RATES, VARIANTS, Behavior, Take, job_of, played, session_of, six, takes_of

A, B, C = "apiframe:hailuo-2.3-fast", "odirouter:minimax_hailuo_23_fast_i2v", "apiframe:hailuo-2.3"
YUAN, DOLLARS = Money(Decimal("1.50"), "CNY"), Money(Decimal("0.20"), "USD")


def only(session: Session, usd: dict[str, Decimal] = RATES) -> Figures:
    (figures,) = summarize(session, usd).variants
    return figures


# which jobs count -----------------------------------------------------------------------------------------------------


def test_a_failed_and_a_refused_job_count_against_success_and_have_no_latency():
    figures = only(takes_of(Take(), Take("failed", error="Broken."), Take("rejected", error="Not allowed."), ref=A))
    assert (figures.planned, figures.ended, figures.delivered, figures.n) == (3, 3, 1, 1)
    assert figures.success is not None
    assert figures.success.value == pytest.approx(1 / 3)
    assert [(each.state, each.error) for each in figures.failures] == [
        ("failed", "Broken."),
        ("rejected", "Not allowed."),
    ]


def test_a_job_its_provider_canceled_unasked_is_a_failure_and_one_a_person_stopped_is_none():
    theirs = only(takes_of(Take(), Take("canceled"), ref=A))
    ours = only(takes_of(Take(), Take("canceled", extra=("stop",)), ref=A))
    assert theirs.success is not None
    assert ours.success is not None
    assert (theirs.success.value, ours.success.value) == (0.5, 1.0)
    assert theirs.failures[0].state == "canceled"


LEFT_OUT = {
    ExclusionReason.STOPPED: Take("canceled", extra=("stop",)),
    ExclusionReason.UNCERTAIN: Take("uncertain"),
    ExclusionReason.OPEN: Take("running"),
    ExclusionReason.UNTRIED: Take("unsent"),
    ExclusionReason.WRITTEN_OFF: Take("rejected", extra=("not_charged",)),
}
MAY_COST = (ExclusionReason.STOPPED, ExclusionReason.UNCERTAIN)


@pytest.mark.parametrize("reason", LEFT_OUT)
def test_a_job_that_says_nothing_of_its_provider_is_in_no_figure_but_what_it_may_cost_and_is_listed(
    reason: ExclusionReason,
):
    found, may_cost = summarize(takes_of(Take(), LEFT_OUT[reason], ref=A), RATES), reason in MAY_COST
    (figures,) = found.variants
    assert (figures.planned, figures.n, figures.success.n) == (2, 1, 1)
    assert figures.cost.known + figures.cost.unknown == 1 + may_cost
    (out,) = found.excluded
    assert (out.job, out.reason, out.latency_only, out.may_cost) == ("j1-r1", reason, False, may_cost)


def test_a_success_rate_says_where_it_is_whatever_became_of_the_uncertain_jobs():
    takes = [Take(), Take(), Take("failed"), Take("uncertain"), Take("uncertain")]
    figures, known = only(takes_of(*takes, ref=A)), only(takes_of(*takes[:3], ref=A))
    assert figures.success == known.success
    assert (figures.uncertain, known.uncertain) == (2, 0)
    assert figures.success_bounds == success_bounds(2, 3, 2)
    assert known.success_bounds == known.success.interval
    assert summarize(takes_of(*takes, ref=A), RATES).models[0].uncertain == 2


def test_a_job_picked_up_later_is_out_of_the_latencies_only():
    found = summarize(takes_of(Take(), Take(generate_s=500, extra=("resumed",)), ref=C), RATES)
    (figures,) = found.variants
    assert (figures.n, figures.delivered, figures.success.n, figures.cost.known) == (1, 2, 2, 2)
    assert [(each.reason, each.latency_only) for each in found.excluded] == [(ExclusionReason.RESUMED, True)]


def test_warm_ups_jobs_taken_again_and_deleted_runs_are_left_out_and_listed():
    again = job_of(1, "r0", A, Take(generate_s=900), hand_made=True)
    session = session_of(
        [(0, 0, [job_of(0, "r0", A, Take()), again])], [(0, 0, [job_of(2, "w", A, Take(generate_s=800))])], deleted=2
    )
    found = summarize(session, RATES)
    assert (found.variants[0].planned, found.variants[0].n) == (1, 1)
    assert [(each.reason, each.count) for each in found.excluded] == [
        (ExclusionReason.WARM_UP, 1),
        (ExclusionReason.AGAIN, 1),
        (ExclusionReason.DELETED, 2),
    ]


def test_a_session_of_simulated_and_live_jobs_is_refused_not_pooled():
    job = job_of(0, "r0", A, Take())
    live = replace(job, plan=replace(job.plan, simulated=False, live=True))
    session = session_of([(0, 0, [job, live])])
    with pytest.raises(ValueError, match="mixes simulated and live"):
        summarize(session, RATES)
    with pytest.raises(ValueError, match="mixes simulated and live"):
        precise(session, 0.1)


# latencies ------------------------------------------------------------------------------------------------------------


def test_the_end_of_a_job_is_taken_to_lie_within_the_last_gap_between_polls():
    spent = samples_of(job_of(0, "r0", A, Take(generate_s=20, gap_s=6)))
    assert spent["total"].uncertainty_s == 3
    assert spent["total"].value_s == pytest.approx(0.5 + 2 + 20 + 0.7)
    assert spent["submit"].uncertainty_s == spent["download"].uncertainty_s == 0
    figures = only(takes_of(*[Take(generate_s=20, gap_s=6)] * 5, ref=A))
    assert figures.latencies["total"].p50.value == pytest.approx(23.2 - 3, abs=1e-5)


def test_the_border_between_queue_and_generate_is_seen_late_too():
    spent = samples_of(job_of(0, "r0", A, Take(generate_s=20, gap_s=6)))  # queued for 2 s until the first poll
    assert (spent["queue"].value_s, spent["queue"].uncertainty_s) == (pytest.approx(2), pytest.approx(1))
    assert spent["generate"].value_s == pytest.approx(22)
    assert spent["generate"].uncertainty_s == pytest.approx(4)  # anything from 14 to 22 s


def test_a_job_never_seen_running_ran_within_the_last_gap():
    job = job_of(0, "r0", A, Take())
    (planned, submitting, queued, _, _, delivered) = job.events
    polled = Event("polled", queued.at + 8)
    running = Event("running", polled.at, "running", "generate")
    done = Event("succeeded", polled.at + 4, "succeeded", "download", {"uncertainty_s": 2.0})
    ended = replace(delivered, at=done.at + 1)
    spent = samples_of(Job("j", "r", 0, job.plan, (planned, submitting, queued, polled, running, done, ended)))
    assert (spent["queue"].value_s, spent["queue"].uncertainty_s) == (pytest.approx(12), pytest.approx(2))
    assert (spent["generate"].value_s, spent["generate"].uncertainty_s) == (pytest.approx(4), pytest.approx(2))


def test_a_gap_that_is_not_known_leaves_all_of_the_generation_open():
    job = job_of(0, "r0", A, Take(generate_s=20))
    bare = tuple(replace(each, data={}) if each.kind == "succeeded" else each for each in job.events)
    assert samples_of(replace(job, events=bare))["total"].uncertainty_s == pytest.approx(10)


def test_figures_are_those_of_the_statistics_and_too_few_jobs_have_none():
    session = takes_of(*[Take(generate_s=10 + i) for i in range(12)], ref=A)
    totals = [samples_of(job)["total"] for job in session.jobs]
    figures = only(session)
    assert figures.latencies["total"].p50 == percentile(totals, 0.5, 0)
    assert figures.latencies["total"].p90 == percentile(totals, 0.9, 0)
    assert set(figures.latencies) == set(SERIES)
    two = only(takes_of(Take(), Take(), ref=A))
    assert all(each.p50 is each.p90 is each.spread is None for each in two.latencies.values())


def test_the_same_seed_gives_the_same_figures():
    assert summarize(six(), RATES, 4) == summarize(six(), RATES, 4)


def test_variants_of_one_model_are_one_set_of_jobs_under_its_name():
    session = played([Behavior(A, 30), Behavior(B, 60), Behavior(C, 90)], 2, 2)
    found = summarize(session, RATES)
    assert {each.key: each.planned for each in found.models} == {"hailuo-2.3-fast": 8, "hailuo-2.3": 4}
    assert [each.key for each in found.variants] == sorted([A, B, C])


# money ----------------------------------------------------------------------------------------------------------------


def test_what_failures_cost_is_spread_over_the_clips_that_came():
    session = takes_of(Take(billed=DOLLARS), Take(billed=DOLLARS), Take("failed", billed=DOLLARS), ref=B)
    cost = only(session).cost
    assert (cost.unit, cost.per_clip, cost.of_failures, cost.unknown) == ("USD", Decimal("0.3"), Decimal("0.20"), 0)
    assert cost.per_second == Decimal("0.6") / Decimal("11.75")
    assert not cost.lower_bound


def test_a_failure_of_unknown_cost_makes_a_lower_bound():
    cost = only(takes_of(Take(billed=DOLLARS), Take("failed"), ref=B)).cost
    assert (cost.per_clip, cost.unknown, cost.lower_bound) == (Decimal("0.20"), 1, True)
    assert (cost.of_failures, cost.failures_unknown) == (None, 1)


MAY_BE_BILLED = [Take("uncertain"), Take("canceled", extra=("stop",)), Take("running", extra=("stop",))]


@pytest.mark.parametrize("take", MAY_BE_BILLED, ids=["uncertain", "canceled by a person", "not waited for any more"])
def test_a_job_that_may_be_billed_makes_a_lower_bound_whatever_its_list_price(take: Take):
    found = summarize(takes_of(Take(), take, ref=B, quoted=DOLLARS), RATES)
    (cost,) = (each.cost for each in found.variants)
    assert (cost.per_clip, cost.known, cost.unknown, cost.lower_bound) == (Decimal("0.20"), 1, 1, True)
    assert (cost.of_failures, cost.failures_unknown) == (Decimal(0), 0)
    (sentence,) = thresholds.parse("cost_per_clip_usd>9").failures(found)
    assert "at least 0.2, as what 1 of its jobs cost is unknown" in sentence


def test_the_bill_of_a_stopped_job_is_spread_over_the_clips_that_came():
    cost = only(takes_of(Take(billed=DOLLARS), Take("canceled", billed=DOLLARS, extra=("stop",)), ref=B)).cost
    assert (cost.per_clip, cost.unknown) == (Decimal("0.40"), 0)


def test_an_open_job_is_in_the_cost_only_while_nobody_waits_for_it():
    for extra, unknown in ((), 0), (("stop",), 1), (("stop", "resumed"), 0), (("resumed", "stop"), 1):
        cost = only(takes_of(Take(billed=DOLLARS), Take("running", extra=extra), ref=B)).cost
        assert (cost.known, cost.unknown, cost.lower_bound) == (1, unknown, bool(unknown))


def test_a_refused_job_costs_nothing_and_that_is_known():
    cost = only(takes_of(Take(billed=DOLLARS), Take("rejected"), ref=B)).cost
    assert (cost.per_clip, cost.unknown, cost.of_failures) == (Decimal("0.20"), 0, Decimal(0))


def test_an_unknown_price_is_none_with_its_reason_never_zero():
    cost = only(takes_of(Take(), Take(), ref=A)).cost
    assert (cost.per_clip, cost.per_second, cost.unknown) == (None, None, 2)
    assert cost.why_not == WhyNoCost(NoCost.NO_CLIP_PRICED)
    assert only(takes_of(Take("failed", billed=DOLLARS), ref=B)).cost.why_not == WhyNoCost(NoCost.NO_CLIP)


def test_costs_are_in_dollars_where_all_have_a_rate_else_in_the_currency_all_share_else_none():
    yuan = takes_of(Take(billed=YUAN), Take(billed=YUAN), ref=B)
    assert only(yuan).cost.per_clip == Decimal("0.2108")
    unrated = only(yuan, {}).cost
    assert (unrated.unit, unrated.per_clip) == ("CNY", Decimal("1.50"))
    mixed = only(takes_of(Take(billed=YUAN), Take(billed=DOLLARS), ref=B), {}).cost
    assert (mixed.unit, mixed.per_clip) == (None, None)
    assert no_cost_words(mixed.why_not) == "prices in CNY and USD have no common exchange rate"
    nameless = only(takes_of(Take(billed=Money(Decimal(1), None)), ref=B)).cost
    assert nameless.why_not == WhyNoCost(NoCost.NO_CURRENCY)


def test_estimates_are_held_against_bills_where_a_job_has_both():
    bill = Money(Decimal("2"), "CNY")
    told = only(takes_of(Take(billed=bill), Take(), ref="runninghub:minimax/hailuo-2.3/i2v-standard", quoted=YUAN), {})
    against = told.cost.against_bill
    assert against is not None
    assert (against.unit, against.estimate, against.billed, against.n) == ("CNY", Decimal("1.50"), Decimal("2"), 1)
    assert only(takes_of(Take(billed=bill), ref=B)).cost.against_bill is None


# pairs ----------------------------------------------------------------------------------------------------------------


def only_pair(session: Session) -> tuple[Pair, str]:
    """The one pair of a session, and what is said of its prices without any exchange rate."""
    found = summarize(session, {})
    (pair,) = found.pairs
    return pair, price_verdict(pair, found.names)


def test_two_variants_are_compared_request_by_request_in_words():
    found = summarize(played([Behavior(A, 30, 0.05), Behavior(B, 80, 0.05)], 5, 2), RATES)
    (pair,) = found.pairs
    assert (pair.a, pair.b, pair.total.n) == (A, B, 5)
    assert time_verdict(pair, found.names).startswith("Apiframe · Hailuo 2.3 Fast is faster by ")
    assert (pair.cost, price_verdict(pair, found.names)) == (None, "")
    assert found.compared == 1


def test_two_that_were_not_sent_the_same_request_are_compared_and_it_is_said():
    alike = played([Behavior(A, 30, 0.05, DOLLARS), Behavior(B, 80, 0.05, DOLLARS)], 5, 2)

    def told(longer: frozenset[str]) -> tuple[bool, list[str]]:
        found = summarize(asked_for(alike, 6, dict.fromkeys(longer, 10)), RATES)
        (pair,) = found.pairs
        words = [time_verdict(pair, found.names), price_verdict(pair, found.names)]
        return pair.alike, [each for each in words if each.endswith("though they were not sent the same request")]

    assert told(frozenset()) == told(frozenset({A, B})) == (True, [])
    apart, words = told(frozenset({B}))
    assert (apart, len(words)) == (False, 2)


def asked_for(session: Session, duration: int, instead: dict[str, int]) -> Session:
    """A session whose jobs were asked for clips of so many seconds, and of which some variants were sent others."""

    def job(each: Job) -> Job:
        options = {**each.plan.options, "duration": instead.get(each.plan.variant, duration)}
        return replace(each, plan=replace(each.plan, options=options, asked=Wanted({"duration": duration}, {})))

    runs = [replace(placed, run=replace(placed.run, jobs=tuple(map(job, placed.run.jobs)))) for placed in session.runs]
    return replace(session, runs=tuple(runs))


def test_all_differences_of_a_report_are_judged_together():
    session = played([Behavior(A, 30), Behavior(B, 60), Behavior(C, 90)], 5, 1)
    totals = {ref: {} for ref in (A, B, C)}
    for placed in session.runs:
        for job in placed.run.jobs:
            totals[job.plan.variant][str(placed.request)] = [samples_of(job)["total"]]
    found = summarize(session, RATES)
    alone = [paired_difference(totals[pair.a], totals[pair.b], 0) for pair in found.pairs]
    assert found.compared == 3
    assert min(pair.total.level for pair in found.pairs) < 0.05
    assert [pair.total.median for pair in found.pairs] == [each.median for each in alone]


def test_variants_that_share_no_request_are_not_compared():
    blocks = [(0, 0, [job_of(0, "r0", A, Take())]), (1, 0, [job_of(1, "r1", B, Take())])]
    assert summarize(session_of(blocks), RATES).pairs == ()


def test_two_requests_of_many_repeats_are_compared_and_it_is_said_of_what():
    found = summarize(played([Behavior(A, 30), Behavior(B, 60)], 2, 20), RATES)
    (pair,) = found.pairs
    assert (pair.total.n, pair.total.of, pair.total.told_apart) == (40, "averages", True)
    assert summary_to_json(found)["pairs"][0]["total"]["of"] == "averages"
    (pair,) = summarize(played([Behavior(A, 30), Behavior(B, 60)], 3, 20), RATES).pairs
    assert pair.total.of == "medians"


def test_equal_prices_beside_them_change_no_verdict_on_times():
    refs = [ref for ref, variant in sorted(VARIANTS.items()) if not variant.prices][:4]
    unpriced, priced = (
        summarize(played([Behavior(ref, 60 + 9 * i, 0.1, price) for i, ref in enumerate(refs)], 5, 2), RATES)
        for price in (None, DOLLARS)
    )
    assert [pair.cost for pair in unpriced.pairs] == [None] * 6
    assert [pair.total for pair in priced.pairs] == [pair.total for pair in unpriced.pairs]
    assert priced.compared == unpriced.compared == 6
    told = {price_verdict(pair, priced.names).partition(" costs ")[2] for pair in priced.pairs}
    assert told == {"the same, as quoted"}


def test_known_prices_are_facts_from_the_first_clip_on_and_bills_once_three_agree():
    dear, cheap = Behavior(A, 40, quoted=Money(Decimal(3), "USD")), Behavior(B, 40, quoted=DOLLARS)
    pair, words = only_pair(played([dear, cheap], 1, 1))
    assert pair.cost.exact
    assert words.endswith(" costs $2.80 less per clip than Apiframe · Hailuo 2.3 Fast, as quoted")
    billed = [replace(each, billed=True) for each in (dear, cheap)]
    assert only_pair(played(billed, 2, 1))[1] == "too few pairs to compare (n = 2)"
    assert only_pair(played([billed[0], cheap], 3, 1))[1].endswith(
        " costs $2.80 less per clip than Apiframe · Hailuo 2.3 Fast, as quoted and as billed"
    )


def test_prices_that_differ_by_request_are_told_from_the_least_to_the_most():
    def words(*cents: int) -> str:
        blocks = [
            (
                i,
                0,
                [job_of(2 * i + (ref == B), f"r{i}", ref, Take(), price) for ref, price in ((A, DOLLARS), (B, other))],
            )
            for i, other in enumerate(Money(Decimal(each) / 100, "USD") for each in cents)
        ]
        return only_pair(session_of(blocks))[1]

    a, b = "Apiframe · Hailuo 2.3 Fast", "OdiRouter · Hailuo 2.3 Fast"
    assert words(25, 50) == f"{a} costs $0.05 to $0.30 less per clip than {b}, as quoted"
    assert words(10, 30) == f"whether a clip of {a} or of {b} costs less depends on the request, as quoted"
    assert words(20, 20) == f"a clip of {a} and of {b} costs the same, as quoted"


def test_prices_are_compared_in_a_currency_both_have():
    dear, cheap = Behavior(C, 40, quoted=Money(Decimal(3), "USD")), Behavior(B, 40, quoted=DOLLARS)
    words = only_pair(played([dear, cheap], 4, 1))[1]
    assert words == "OdiRouter · Hailuo 2.3 Fast costs $2.80 less per clip than Apiframe · Hailuo 2.3, as quoted"
    (pair,) = summarize(played([cheap, Behavior(A, 40, quoted=YUAN)], 4, 1), {}).pairs
    assert pair.cost is None


# the stop rule --------------------------------------------------------------------------------------------------------


def test_a_session_is_precise_once_every_variants_median_is():
    tight = [Take(generate_s=60 + i % 3, gap_s=1) for i in range(9)]
    assert precise(takes_of(*tight, ref=A), 0.1)
    blocks = [(0, i, [job_of(i, f"r{i}", A, take)]) for i, take in enumerate(tight)]
    few = [(0, 0, [job_of(99, "x", B, Take())])]
    assert not precise(session_of([*blocks, *few]), 0.1)
    assert not precise(session_of([]), 0.1)


def test_the_stop_rule_is_that_of_the_statistics():
    session = played([Behavior(A, 50)], 3, 5)
    totals = [samples_of(job)["total"] for job in session.jobs]
    for share in (0.05, 0.1, 0.2, 0.5):
        assert precise(session, share) == precise_enough(totals, share, 0)


# whatever happens -----------------------------------------------------------------------------------------------------

MONEY = st.sampled_from([None, YUAN, DOLLARS, Money(Decimal(5), "credits"), Money(Decimal(1), None)])
STATES = ["delivered", "delivered", "failed", "canceled", "rejected", "uncertain", "running", "planned", "unsent"]
TAKES = st.builds(
    Take,
    state=st.sampled_from(STATES),
    generate_s=st.floats(0, 1e5),
    gap_s=st.floats(0, 1e3),
    billed=MONEY,
    extra=st.sampled_from([(), ("resumed",), ("stop",)]),
)
JOBS = st.lists(st.tuples(st.sampled_from([A, B, C]), st.integers(0, 2), TAKES, MONEY), max_size=10)


@settings(max_examples=40, deadline=None)
@given(JOBS)
def test_every_job_is_in_the_figures_or_listed_and_no_figure_is_made_up(jobs: list):
    blocks = [
        (request, 0, [job_of(i, f"r{i}", ref, take, quoted)]) for i, (ref, request, take, quoted) in enumerate(jobs)
    ]
    found = summarize(session_of(blocks), RATES)
    counted = sum(each.success.n for each in found.variants if each.success)
    assert counted + sum(not each.latency_only for each in found.excluded) == len(jobs)
    for each in (*found.variants, *found.models):
        assert each.delivered - each.n == sum(
            out.latency_only for out in found.excluded if out.variant in (each.key, *_of_model(each, found))
        )
        assert (each.cost.per_clip is None) == (each.cost.why_not is not None)
        besides = [out for out in found.excluded if out.variant in (each.key, *_of_model(each, found))]
        may_cost = sum(out.may_cost for out in besides)
        assert each.cost.known + each.cost.unknown == (each.success.n if each.success else 0) + may_cost
        assert each.uncertain == sum(out.reason == ExclusionReason.UNCERTAIN for out in besides)
    json.dumps(summary_to_json(found), allow_nan=False)


def all_measured(session: Session) -> Session:
    """The session, as if each of its clips had every metric, evenly spread."""
    chance = random.Random(1)

    def measured(job: Job) -> Job:
        values = {metric.name: chance.uniform(1, 9) for metric in METRICS}
        return replace(job, scores=replace(Scores.none(Reason.CRASHED), values=values, reasons={}, frames=144))

    placed = (replace(each, run=replace(each.run, jobs=tuple(map(measured, each.run.jobs)))) for each in session.runs)
    return replace(session, runs=tuple(placed))


def test_metrics_that_differ_by_chance_alone_tell_no_two_variants_apart():
    found = summarize(all_measured(six()), RATES)
    assert all(
        set(each.metrics) == {metric.name for metric in METRICS} for each in found.variants if each.delivered > 4
    )
    assert found.pairs
    assert not [pair for pair in found.pairs for each in pair.metrics.values() if each.told_apart]


def test_a_metric_that_differs_is_told_in_words_and_others_are_not():
    session = all_measured(six())
    first = session.jobs[0].plan.variant

    def brighter(job: Job) -> Job:
        if job.plan.variant != first:
            return job
        values = {**job.scores.values, "luma_flicker": job.scores.values["luma_flicker"] + 60}
        return replace(job, scores=replace(job.scores, values=values))

    placed = (replace(each, run=replace(each.run, jobs=tuple(map(brighter, each.run.jobs)))) for each in session.runs)
    found = summarize(replace(session, runs=tuple(placed)), RATES)
    told = {(pair.a, pair.b, name) for pair in found.pairs for name, each in pair.metrics.items() if each.told_apart}
    assert told
    assert all(name == "luma_flicker" and first in (a, b) for a, b, name in told)
    pair = next(pair for pair in found.pairs if (pair.a, pair.b, "luma_flicker") in told)
    other = found.names[pair.b if pair.a == first else pair.a]
    said = metric_verdict(pair, found.names, "luma_flicker")
    assert said.startswith(f"Brightness flicker: {other} has ")
    assert f"levels less than {found.names[first]}, which is better" in said


def _of_model(each: Figures, found: Summary) -> list[str]:
    return [one.key for one in found.variants if one.model == each.key] if each in found.models else []


if __name__ == "__main__":
    summarize(six(), RATES)  # imports scipy
    whole = played([Behavior(ref, 60, quoted=DOLLARS) for ref in sorted(VARIANTS)[:20]], 10, 5)
    for what, session in {"": whole, ", measured": all_measured(whole)}.items():
        began, busy = time.perf_counter(), time.process_time()
        summarize(session, RATES)
        took, worked = time.perf_counter() - began, time.process_time() - busy
        print(f"{len(whole.jobs)} jobs of 20 variants, 190 pairs{what}: {took:.2f} s, {worked:.2f} s of them at work")
