"""Money is reserved before it can be spent, and runs that share a budget never overshoot it."""

from __future__ import annotations

import threading
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparisons import settings
from comparisons.clock import Clock
from comparisons.engine.gate import Gate
from comparisons.ledger import Ledger
from comparisons.records import Balance, Budget, Event, Job, OverBudget, Plan, Pot, Run, dollars, micro
from comparisons.runs.compare import Choice, Consent
from providers import InvalidRequest, Money, Request
from tests.stage import ONE_EACH, make_stage
from tests.test_playground import TEXT, make

RUNCOMFY = ONE_EACH["runcomfy"]


def priced(run: Run, usd: str | None) -> Run:
    """The run, its jobs at this list price each."""
    money = None if usd is None else Money(Decimal(usd), "USD")
    jobs = tuple(replace(job, plan=replace(job.plan, listed=money, quoted=None)) for job in run.jobs)
    return replace(run, jobs=jobs)


def planned(home: Path, usd: str | None, repeats: int = 1) -> tuple[Ledger, Run]:
    """A run that is not in its ledger yet."""
    stage = make_stage(home)
    run = stage.plan([RUNCOMFY], repeats=repeats)
    fresh = Ledger(home / "budget.sqlite3")
    return fresh, priced(run, usd)


def pot(limit: str, since: float = 0.0) -> Pot:
    return Pot("pot", "the budget", Decimal(limit), since)


class Machine:
    """A machine's two clocks, of which one stands still while it sleeps, and which people can set."""

    def __init__(self) -> None:
        self.wall = self.monotonic = 1_800_000_000.0

    def runs(self, hours: float, asleep: bool = False) -> None:
        self.wall += hours * 3600
        self.monotonic += 0 if asleep else hours * 3600

    def started(self, ledger: Ledger, home: Path) -> Gate:
        """A process that begins now, on a budget of a dollar a day."""
        own = settings.read({"TAKES_HOME": str(home), "TAKES_BUDGET": "1"}, Path("no.env"))
        return Gate(ledger, own, Clock(lambda: self.wall, lambda: self.monotonic))


def left(ledger: Ledger, *gates: Gate) -> list[Decimal]:
    """What is left of the day's budget, to each of these."""
    pots = [gate.budget("", "", live=True).pots[0] for gate in gates]
    return [ledger.balance(each, {}).left for each in pots]


@pytest.mark.parametrize("slept", [0, 20, 200])
def test_a_days_budget_is_a_day_though_the_machine_slept(tmp_path: Path, slept: float):
    (ledger, run), machine = planned(tmp_path, "0.60"), Machine()
    old = machine.started(ledger, tmp_path)
    machine.runs(slept, asleep=True)
    ledger.add_run(run, old.budget("", "", live=True))
    new = machine.started(ledger, tmp_path)
    for hours, asleep in ((5, True), (18.9, False)):
        assert left(ledger, old, new) == [Decimal("0.4")] * 2
        with pytest.raises(OverBudget):
            ledger.add_run(renamed(run, "second"), new.budget("", "", live=True))
        machine.runs(hours, asleep)
    ledger.record(run.jobs[0].id, Event("failed", machine.wall, "failed"))  # over, and billed for all that is known
    assert left(ledger, old, new) == [Decimal("0.4")] * 2
    machine.runs(0.2)
    assert left(ledger, old, new) == [Decimal(1)] * 2


def test_where_the_systems_time_is_set_back_a_days_budget_is_longer_never_shorter(tmp_path: Path):
    (ledger, run), machine = planned(tmp_path, "0.60"), Machine()
    old = machine.started(ledger, tmp_path)
    machine.wall -= 12 * 3600
    new = machine.started(ledger, tmp_path)
    for number, gate in enumerate((old, new)):
        ledger.add_run(renamed(priced(run, "0.40"), str(number)), gate.budget("", "", live=True))
        ledger.record(f"{number}-0", Event("failed", machine.wall, "failed"))
    machine.runs(23.9)
    assert left(ledger, old, new) == [Decimal("0.2")] * 2
    machine.runs(12.2)
    assert left(ledger, old, new) == [Decimal(1)] * 2


def renamed(run: Run, name: str) -> Run:
    return replace(run, id=name, jobs=tuple(replace(job, id=f"{name}-{job.position}", run=name) for job in run.jobs))


def test_what_a_run_may_cost_is_reserved_before_it_starts(tmp_path: Path):
    ledger, run = planned(tmp_path, "0.50", repeats=3)
    ledger.add_run(run, Budget((pot("2"),), {}))
    assert ledger.balance(pot("2"), {}) == Balance(Decimal(2), Decimal(0), Decimal("1.5"))


def test_a_run_that_could_exceed_its_budget_is_stopped_before_it_with_spent_reserved_and_left(tmp_path: Path):
    ledger, run = planned(tmp_path, "0.50", repeats=3)
    ledger.add_run(run, Budget((pot("2"),), {}))
    with pytest.raises(OverBudget) as caught:
        ledger.add_run(renamed(run, "second"), Budget((pot("2"),), {}))
    assert str(caught.value) == (
        "This could cost $1.50, more than the budget of $2.00 allows: $0.00 spent, $1.50 reserved, $0.50 left."
        " Nothing was started."
    )
    assert ledger.run("second") is None


@pytest.mark.parametrize(
    ("state", "data", "spent", "reserved"),
    [
        ("delivered", {"billed": {"amount": "0.30", "currency": "USD"}}, "0.30", "0"),
        ("delivered", {}, "0.50", "0"),
        ("failed", {"billed": {"amount": "0", "currency": "USD"}}, "0", "0"),
        ("failed", {}, "0.50", "0"),  # nobody says what a failure costs: the worst is assumed
        ("rejected", {}, "0", "0"),
        ("uncertain", {}, "0", "0.50"),
        ("running", {}, "0", "0.50"),
    ],
)
def test_a_job_that_is_over_is_settled_at_its_bill_else_at_the_worst(
    tmp_path: Path, state: str, data: dict, spent: str, reserved: str
):
    ledger, run = planned(tmp_path, "0.50")
    ledger.add_run(run, Budget((pot("1"),), {}))
    handle = {"id": "x", "endpoint": "e"}
    ledger.record(run.jobs[0].id, Event("queued", 2e9, "queued", "queue", {"handle": handle} if data else {}))
    ledger.record(run.jobs[0].id, Event(state, 2e9, state, None, data))
    assert ledger.balance(pot("1"), {}) == Balance(Decimal(1), Decimal(spent), Decimal(reserved))


def test_an_uncertain_job_stays_reserved_until_a_person_says_it_was_not_charged(tmp_path: Path):
    ledger, run = planned(tmp_path, "0.50")
    ledger.add_run(run, Budget((pot("1"),), {}))
    ledger.record(run.jobs[0].id, Event("uncertain", 2e9, "uncertain"))
    assert ledger.balance(pot("1", since=3e9), {}).reserved == Decimal("0.50")
    ledger.record(run.jobs[0].id, Event("not_charged", 2e9, "rejected"))
    assert ledger.balance(pot("1"), {}) == Balance(Decimal(1), Decimal(0), Decimal(0))


def test_what_is_remembered_of_a_job_without_a_figure_ends_with_its_run(tmp_path: Path):
    ledger, run = planned(tmp_path, "0.50")
    job = run.jobs[0]
    run = replace(run, jobs=(replace(job, plan=replace(job.plan, listed=Money(Decimal(7), "CNY"))),))
    ledger.add_run(run, Budget((pot("9"),), {"CNY": Decimal("0.14")}))
    ledger.record(job.id, Event("delivered", 2e9, "delivered"))
    assert ledger.balance(pot("9"), {}).reserved == Decimal("0.98")  # no rate: what it did cost is not known
    assert set(ledger._no_figure) == {job.id}
    assert Ledger(tmp_path / "other.sqlite3")._no_figure == {}
    assert ledger.balance(pot("9"), {"CNY": Decimal("0.15")}).spent == Decimal("1.05")
    ledger.delete_run(run.id, [], {})
    assert ledger._no_figure == {}


def test_what_was_spent_before_a_rolling_window_does_not_count(tmp_path: Path):
    ledger, run = planned(tmp_path, "0.50")
    ledger.add_run(run, Budget((pot("1"),), {}))
    ledger.record(run.jobs[0].id, Event("delivered", run.at + 60, "delivered"))
    assert ledger.balance(pot("1", since=run.at - 1), {}).left == Decimal("0.50")
    assert ledger.balance(pot("1", since=run.at + 1), {}).left == Decimal(1)


def test_the_worse_of_list_price_and_quote_is_reserved():
    job = Job("j", "r", 0, replace(a_plan(), listed=Money(Decimal("1"), "USD"), quoted=Money(Decimal("9"), "CNY")))
    assert Budget((), {"CNY": Decimal("0.14")}).worst(job) == Decimal("1.2600")
    assert Budget((), {}).worst(job) == Decimal("1")


def a_plan():
    return Plan("a:b", "a", "b", "m", "B", False, "x", {"duration": 6})


@given(st.decimals("0", "9999", places=9, allow_nan=False))
def test_amounts_are_rounded_up_never_down(amount: Decimal):
    assert amount <= dollars(micro(amount)) < amount + Decimal("0.000001")


def test_runs_racing_for_one_budget_never_overshoot_it(tmp_path: Path):
    """Forty runs of three takes at $0.50, eight threads with a connection each: three runs fit into $5."""
    ledger, run = planned(tmp_path, "0.50", repeats=3)
    budget, refused, barrier = Budget((pot("5"),), {}), [], threading.Barrier(8)

    def race(runner: int) -> None:
        barrier.wait()
        for turn in range(5):
            try:
                ledger.add_run(renamed(run, f"run-{runner}-{turn}"), budget)
            except OverBudget as error:
                refused.append(error)

    threads = [threading.Thread(target=race, args=(runner,)) for runner in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    balance = ledger.balance(pot("5"), {})
    assert (balance.reserved, balance.left) == (Decimal("4.5"), Decimal("0.5"))
    assert (len(ledger.jobs()), len(refused)) == (9, 37)


def test_two_playgrounds_on_one_folder_share_its_budget(tmp_path: Path):
    here = {"APIFRAME_API_KEY": "any", "APIFRAME_BASE_URL": "http://127.0.0.1:9"}
    here |= {"TAKES_BUDGET": "0.70", "TAKES_USD_PER_CREDIT": "0.1@2026-11-21"}
    first, second = make(tmp_path, **here), make(tmp_path, **here)
    one = Choice(refs=(ONE_EACH["apiframe"],))
    first.start(TEXT, one, simulated=False)
    with pytest.raises(InvalidRequest, match="24-hour budget"):
        second.start(TEXT, one, simulated=False)
    assert len(second.ledger.jobs()) == 1
    for each in (first, second):
        each.close()


def test_a_take_taken_again_counts_against_its_runs_budget(tmp_path: Path):
    playground = make(tmp_path)
    one = Choice(refs=(RUNCOMFY,))
    run = playground.start(TEXT, one, simulated=True, consent=Consent(Decimal("0.80")))
    playground.wait()
    with pytest.raises(InvalidRequest, match=r"this run's budget of \$0.80 allows"):
        playground.again(run.jobs[0].id)
    assert len(playground.ledger.jobs()) == 1
    playground.close()


def test_an_unknown_price_under_a_budget_needs_an_explicit_yes(tmp_path: Path):
    playground = make(tmp_path, APIFRAME_API_KEY="any-key", APIFRAME_BASE_URL="http://127.0.0.1:9", TAKES_BUDGET="5")
    unknown = Choice(refs=("apiframe:hailuo-02",))
    with pytest.raises(InvalidRequest, match="not known"):
        playground.start(Request("a boat"), unknown, simulated=False)
    assert playground.ledger.jobs() == []
    playground.close()
