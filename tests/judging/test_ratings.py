"""Ratings agree with arena-rank's, and say when they mean nothing. The stored figures: tests/arena.py."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comparisons.judging import nothing_ranked_words, unranked_words
from comparisons.judging.ranking import MAX_WIDTH, MIN_VOTES, Unranked, standings
from comparisons.judging.ratings import ANCHOR, Comparison, Rating, fit
from comparisons.judging.win_matrix import matrix
from tests.arena import FIXTURE, comparisons, largest_difference

STORED = json.loads(FIXTURE.read_text("utf-8"))
NAMES = ["ash", "birch", "cedar", "elm"]


def rows(*told: tuple[str, str, float], times: int = 1) -> list[Comparison]:
    """Comparisons, each of a vote of its own, told ``times`` over."""
    return [Comparison(a, b, score, f"{turn}-{at}") for turn in range(times) for at, (a, b, score) in enumerate(told)]


def named(ratings: tuple[Rating, ...]) -> dict[str, Rating]:
    return {rating.name: rating for rating in ratings}


some = st.lists(
    st.tuples(st.permutations(NAMES), st.sampled_from([0.0, 0.5, 1.0])).map(lambda t: (t[0][0], t[0][1], t[1])),
    min_size=1,
    max_size=25,
).map(lambda told: rows(*told))


# against arena-rank ---------------------------------------------------------------------------------------------------


def test_ratings_and_intervals_are_arena_ranks_within_a_point():
    stored = [Comparison(a, b, score, f"v{at}") for at, (a, b, score) in enumerate(STORED["comparisons"])]
    ours = fit(stored)
    assert [rating.name for rating in ours] == [row["name"] for row in STORED["ratings"]]
    assert max(largest_difference(ours, STORED["ratings"]).values()) < 1


def test_the_stored_comparisons_are_those_that_the_script_makes():
    assert STORED["comparisons"] == [[row.first, row.second, row.score] for row in comparisons()]
    assert STORED["made_by"].startswith("arena-rank ")


# properties -----------------------------------------------------------------------------------------------------------


def test_odds_of_ten_to_one_are_400_points():
    found = named(fit(rows(*[("ash", "birch", 1.0)] * 10, ("ash", "birch", 0.0), times=100)))
    assert found["ash"].value - found["birch"].value == pytest.approx(400, abs=0.1)
    assert found["ash"].value + found["birch"].value == pytest.approx(2 * ANCHOR)


@given(told=some, seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_the_order_of_votes_does_not_matter(told: list[Comparison], seed: int):
    mixed = random.Random(seed).sample(told, len(told))
    ours, theirs = named(fit(told)), named(fit(mixed))
    for name, rating in ours.items():
        assert theirs[name].value == pytest.approx(rating.value, abs=1e-3)
        assert theirs[name].high == pytest.approx(rating.high, abs=1e-3)


@given(told=some, other=st.permutations(NAMES))
@settings(max_examples=40, deadline=None)
def test_names_and_sides_do_not_matter(told: list[Comparison], other: list[str]):
    called = dict(zip(NAMES, other, strict=True))
    turned = [Comparison(called[c.second], called[c.first], 1 - c.score, c.vote) for c in told]
    ours, theirs = named(fit(told)), named(fit(turned))
    assert all(theirs[called[name]].value == pytest.approx(rating.value, abs=1e-3) for name, rating in ours.items())
    assert all(theirs[called[name]].low == pytest.approx(rating.low, abs=1e-3) for name, rating in ours.items())


@given(told=some, pair=st.permutations(NAMES), times=st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_a_win_more_never_lowers_the_winner_nor_raises_the_loser(told: list[Comparison], pair: list[str], times: int):
    winner, loser = pair[:2]
    known = [*told, *rows((winner, loser, 0.5))]
    more = [*known, *[Comparison(winner, loser, 1.0, f"more{turn}") for turn in range(times)]]
    before, after = named(fit(known)), named(fit(more))
    assert after[winner].value >= before[winner].value - 1e-6
    assert after[loser].value <= before[loser].value + 1e-6


def test_who_never_lost_has_a_finite_rating_all_the_same():
    for times in (1, 50, 1000):
        assert all(abs(rating.value - ANCHOR) < 3000 for rating in fit(rows(("ash", "birch", 1.0), times=times)))


def test_many_outcomes_of_one_vote_are_not_many_votes():
    """Five outcomes that were one vote widen the interval; told as five votes they would narrow it."""
    told = rows(("ash", "birch", 1.0), ("ash", "birch", 0.0), times=20)
    copied = [replace(each, vote=f"{each.vote}.{copy}") for each in told for copy in range(5)]
    together = [replace(each, vote=each.vote.partition(".")[0]) for each in copied]
    width = [found[0].high - found[0].low for found in (fit(told), fit(copied), fit(together))]
    assert width[1] == pytest.approx(width[0] / 5**0.5, rel=0.01)
    assert width[2] == pytest.approx(width[0], rel=0.01)


# too few votes to rank ------------------------------------------------------------------------------------------------


def test_nothing_at_all_is_said_to_be_nothing():
    assert (standings([]).rows, nothing_ranked_words(standings([]))) == ((), "No votes here yet.")


def test_few_votes_are_shown_and_not_ranked():
    found = standings(rows(("ash", "birch", 1.0), ("birch", "ash", 1.0)))
    assert nothing_ranked_words(found).startswith("Too few votes to rank: it takes at least two with 10 votes each")
    assert [(row.best_rank, unranked_words(row)) for row in found.rows] == [
        (None, "Too few votes to rank: 2 of 10.")
    ] * 2
    assert all(row.rating is None for row in found.rows), "of two votes nobody knows the spread"


def test_nothing_but_ties_is_no_certainty():
    found = standings(rows(("ash", "birch", 0.5), times=2 * MIN_VOTES))
    assert [(row.rating, unranked_words(row)) for row in found.rows] == [
        (None, "Too few votes to rank: nothing but ties so far.")
    ] * 2


def test_who_won_everything_has_no_rating_and_the_rest_is_ranked_without_it():
    even = rows(("ash", "birch", 1.0), ("birch", "ash", 1.0), times=30)
    found = standings([*even, *rows(("cedar", "ash", 1.0), times=MIN_VOTES)])
    winner = next(row for row in found.rows if row.name == "cedar")
    assert (winner.rating, winner.best_rank) == (None, None)
    assert "won every comparison" in unranked_words(winner)
    assert [(row.best_rank, row.worst_rank) for row in found.rows if row.name != "cedar"] == [(1, 2), (1, 2)]
    assert fit(even) == tuple(row.rating for row in found.rows if row.rating is not None)


def test_only_votes_that_were_fitted_count_towards_a_rank():
    """Eight losses to whoever never lost say nothing of the two among themselves."""
    even = rows(("ash", "birch", 1.0), ("birch", "ash", 1.0), times=2)
    lost = [replace(c, vote="x" + c.vote) for c in rows(("cedar", "ash", 1.0), ("cedar", "birch", 1.0), times=8)]
    found = {row.name: row for row in standings([*even, *lost]).rows}
    told = [(found[name].votes, found[name].rating, unranked_words(found[name])) for name in ("ash", "birch")]
    assert told == [(12, None, "Too few votes to rank: 4 of 10 with others that can be ranked.")] * 2


def test_nothing_but_ties_among_the_fitted_is_no_certainty():
    ties = rows(("ash", "birch", 0.5), times=2 * MIN_VOTES)
    lost = [replace(c, vote="x" + c.vote) for c in rows(("cedar", "ash", 1.0), ("cedar", "birch", 1.0))]
    found = {row.name: row for row in standings([*ties, *lost]).rows}
    assert [(found[name].rating, unranked_words(found[name])) for name in ("ash", "birch")] == [
        (None, "Too few votes to rank: nothing but ties with others that can be ranked.")
    ] * 2


def test_who_never_met_the_others_is_not_ranked_among_them():
    even = rows(("ash", "birch", 1.0), ("birch", "ash", 1.0), times=30)
    apart = [replace(c, vote="x" + c.vote) for c in rows(("cedar", "elm", 1.0), ("elm", "cedar", 1.0), times=10)]
    found = {row.name: row for row in standings([*even, *apart]).rows}
    assert found["ash"].best_rank == 1
    assert found["cedar"].why_not is Unranked.NOT_LINKED
    assert "no chain of wins" in unranked_words(found["cedar"])


def test_an_interval_that_is_too_wide_gives_no_rank():
    even = rows(("ash", "birch", 1.0), ("birch", "ash", 1.0), times=30)
    hardly = [replace(c, vote="x" + c.vote) for c in rows(*[("ash", "cedar", 1.0)] * 12, ("cedar", "ash", 1.0))]
    found = {row.name: row for row in standings([*even, *hardly]).rows}
    cedar = found["cedar"]
    assert cedar.rating is not None
    assert cedar.rating.high - cedar.rating.low > MAX_WIDTH
    assert "points wide" in unranked_words(cedar)
    assert (found["ash"].best_rank, found["birch"].worst_rank) == (1, 2)


def test_ranks_are_a_range_where_intervals_overlap():
    clear = (
        [("ash", "cedar", 1.0)] * 9
        + [("cedar", "ash", 1.0)]
        + [("birch", "cedar", 1.0)] * 9
        + [("cedar", "birch", 1.0)]
    )
    found = standings(rows(*clear, ("ash", "birch", 1.0), ("birch", "ash", 1.0), times=10))
    assert {row.name: (row.best_rank, row.worst_rank) for row in found.rows} == {
        "ash": (1, 2),
        "birch": (1, 2),
        "cedar": (3, 3),
    }


def test_wins_ties_losses_and_both_bad_are_counted_apart():
    told = [*rows(("ash", "birch", 1.0), ("birch", "ash", 0.5)), Comparison("ash", "birch", 0.5, "bad", bad=True)]
    found = {row.name: row for row in standings(told).rows}
    ash, birch = found["ash"], found["birch"]
    assert (ash.votes, ash.wins, ash.ties, ash.losses, ash.bad) == (3, 1, 1, 0, 1)
    assert (birch.wins, birch.ties, birch.losses, birch.bad) == (0, 1, 1, 1)


def test_the_matrix_counts_who_was_preferred_to_whom():
    found = matrix(rows(("ash", "birch", 1.0), ("birch", "ash", 0.5)), ["birch", "ash", "cedar"])
    assert found.points == ((0.0, 0.5, 0.0), (1.5, 0.0, 0.0), (0.0, 0.0, 0.0))
    assert found.met == ((0, 2, 0), (2, 0, 0), (0, 0, 0))
