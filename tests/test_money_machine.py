"""No path makes the host's account pay more than its caps: any sequence of acts, and the three that once did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from comparisons.runs.compare import Choice, Consent
from providers import InvalidRequest, Request
from tests import money_machine
from tests.accounts import LISTED, PEOPLE, QUOTED, UNPRICED, Hosted, Terms, keyed

STEPS = 200
ANN = PEOPLE["ann"]
BOAT = Request("ann: a boat")


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Callable[[Terms], Hosted]]:
    """Makes a public Takes on a folder of its own, under these terms."""
    with ExitStack() as open_ones:

        def made(terms: Terms) -> Hosted:
            hosted = Hosted(tmp_path, terms)
            open_ones.callback(hosted.end)
            return hosted

        yield made


@pytest.mark.slow
def test_whatever_is_done_the_hosts_account_stays_within_its_caps_and_each_charge_has_its_take():
    tally = money_machine.run(STEPS, seed=1)
    assert tally.charges > STEPS / 50  # else it was about nothing
    assert max(tally.shares.values()) > Decimal("0.5")


@pytest.mark.heavy
def test_in_five_thousand_steps_too():
    assert money_machine.run(5000).charges > 5000 / 50  # else it was about nothing


@pytest.mark.parametrize(
    ("ref", "terms"),
    [(UNPRICED, Terms("0.01", "0.01")), (LISTED, Terms("0.01", "0.01", rates=False))],
    ids=["a price nobody knows", "a price whose rate is not set"],
)
def test_a_take_again_without_the_made_up_key_it_began_with_costs_the_host_nothing(
    host: Callable[[Terms], Hosted], ref: str, terms: Terms
):
    hosted = host(terms)
    run = hosted.playground.start(
        BOAT, Choice(refs=(ref,)), simulated=False, consent=Consent(unpriced=True), who=keyed("ann", "made-up")
    )
    hosted.go(60)
    assert hosted.playground.run(run.id).jobs[0].state == "rejected"
    for _ in range(8):
        hosted.attempt(hosted.playground.again, run.jobs[0].id, ANN)
        hosted.go(60)
    assert hosted.charges() == []


def test_a_submit_that_is_repeated_after_a_day_counts_from_then_on(host: Callable[[Terms], Hosted]):
    hosted = host(Terms(visitor="1.20"))
    hosted.cable.cut = True
    run = hosted.playground.start(BOAT, Choice(refs=(LISTED,)), simulated=False, repeats=2, who=ANN)
    hosted.go(1200)
    hosted.go(22 * 3600)
    hosted.cable.cut = False
    hosted.playground.go_on(run.id, ANN)
    hosted.go(600)
    assert len(hosted.charges()) == 2
    hosted.go(2 * 3600)
    hosted.attempt(hosted.playground.start, BOAT, Choice(refs=(LISTED,)), simulated=False, repeats=2, who=ANN)
    hosted.go(600)
    hosted.check()


def test_a_submit_is_not_repeated_if_one_of_them_went_to_another_account(host: Callable[[Terms], Hosted]):
    hosted = host(Terms())
    hosted.fails("rate_limited submit")
    hosted.playground.start(BOAT, Choice(refs=(LISTED,)), simulated=False, who=ANN)
    hosted.go(0.5)  # refused for now by the first account
    hosted.restart(replace(hosted.terms, key="another"), crash=True, deaf=True)
    hosted.go(5)  # taken by the second, whose answer is lost
    assert len(hosted.charges()) == 1
    hosted.restart(replace(hosted.terms, key="good"), crash=True)
    hosted.go(900)
    assert len(hosted.charges()) == 1
    hosted.check()


def test_nobody_is_handed_a_take_that_may_be_somebody_elses(host: Callable[[Terms], Hosted]):
    hosted = host(Terms())
    hosted.cable.cut = True
    hosted.playground.start(BOAT, Choice(refs=(LISTED,)), simulated=False, who=ANN)
    hosted.go(5)
    hosted.restart(replace(hosted.terms, key="another"), crash=True)  # an account that cannot repeat it
    hosted.playground.resume()
    hosted.go(5)
    hosted.cable.deaf = True
    secret = Request("bob: a secret")
    hosted.playground.start(secret, Choice(refs=(LISTED,)), simulated=False, who=PEOPLE["bob"])
    hosted.go(3)
    (mine,) = hosted.playground.reconciler.uncertain(ANN)
    said = _asked(hosted, lambda: hosted.playground.reconciler.look_for(mine.id, ANN))
    assert "the host says which" in said
    assert hosted.playground.ledger.job(mine.id).handle is None


def _asked(hosted: Hosted, act: Callable[[], str]) -> str:
    """The answer to a question, whose time passes meanwhile."""
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(act)
        while not asked.done():
            hosted.go(0.1)
        return asked.result()


def test_a_visitors_word_that_nothing_was_charged_frees_none_of_the_hosts_caps(host: Callable[[Terms], Hosted]):
    hosted = host(Terms("0.50", "0.50"))
    for _ in range(4):
        hosted.fails("drop_after_accept submit")
        run = hosted.attempt(hosted.playground.start, BOAT, Choice(refs=(QUOTED,)), simulated=False, who=ANN)
        hosted.go(60)
        for job in run.jobs if run else ():
            hosted.attempt(hosted.playground.reconciler.not_charged, job.id, ANN)
            hosted.attempt(hosted.playground.history.delete, run.id, ANN)
    assert sum(each.usd for each in hosted.charges()) == Decimal("0.48")


def test_what_is_planned_on_one_day_and_spent_on_the_next_counts_on_the_next(host: Callable[[Terms], Hosted]):
    hosted = host(Terms("1.00", "1.00"))
    two = {"simulated": False, "repeats": 2, "who": ANN}
    hosted.fails("rate_limited submit", "rate_limited submit")
    hosted.playground.start(BOAT, Choice(refs=(QUOTED,)), **two)
    hosted.go(0.5)
    assert hosted.charges() == []  # both wait to be sent again
    hosted.restart(hosted.terms, 30 * 3600.0, crash=True)
    hosted.go(60)
    assert sum(each.usd for each in hosted.charges()) == Decimal("0.96")
    with pytest.raises(InvalidRequest, match="24-hour budget"):
        hosted.playground.start(BOAT, Choice(refs=(QUOTED,)), **two)


def test_presses_over_the_cap_ask_the_provider_for_one_price_in_all(host: Callable[[Terms], Hosted]):
    hosted = host(Terms("0.40", "0.40"))
    for _ in range(5):
        with pytest.raises(InvalidRequest, match="24-hour budget"):
            hosted.playground.start(BOAT, Choice(refs=(QUOTED,)), simulated=False, who=ANN)
    assert hosted.charges() == []
    assert hosted.world.requests()["runcomfy"] == {"quote": 1}
