"""Benchmark sessions: every cell of a plan is run and paid once, in a shuffled order, through any number of ends."""

from __future__ import annotations

import json
import random
import re
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from comparisons.analysis.summary import summarize
from comparisons.ledger import Ledger
from comparisons.playground import Playground
from comparisons.records import HOST, Balance, Budget, End, Ending, Event, Job, Person, Session
from comparisons.runs.visitors import SANDBOX, Admission
from comparisons.sessions import PlanQuote, Written, quote_plan
from comparisons.sessions.arrivals import Closed, Open
from comparisons.sessions.driving import ELSEWHERE, ELSEWHERE_S, Drive, own_pot, terms
from comparisons.sessions.eta import remaining_s
from comparisons.sessions.expand import planned_session
from comparisons.sessions.progress import Status, status
from comparisons.sessions.service import Sessions
from comparisons.shares import Limit
from comparisons.words import ending_words
from providers import PROVIDERS, InvalidRequest
from providers.sandbox._hosting import Handout
from tests.cli.test_cli import Takes, ended, free, open_takes, until
from tests.net.test_secrets import gateways
from tests.stage import ONE_EACH, square
from tests.test_playground import make

STOPPED = Ending(End.STOPPED)
STUCK = '[[fault]]\nkind = "stuck"\nseconds = 3600\ntimes = 99'
"""Every job waits in its queue, until it is freed in the sandbox's journal."""
PLAN = f"""
name = "boats"
repeats = 2
order_seed = 7
concurrency = 3
variants = ["{ONE_EACH["runcomfy"]}", "{ONE_EACH["apiframe"]}"]

[[requests]]
prompt = "A paper boat"
[[requests]]
prompt = "A lighthouse"
"""


def written(text: str, folder: Path) -> Written:
    path = folder / "plan.toml"
    path.write_text(text, "utf-8")
    return Written.read(path)


@dataclass
class Bench:
    """A playground and its sessions; ``again`` is the same data folder in a new process."""

    home: Path
    faults: str = ""
    env: dict[str, str] = field(default_factory=dict)
    elsewhere_s: float = ELSEWHERE_S
    speed: int = 1000

    def __post_init__(self) -> None:
        self.playground: Playground = make(self.home, self.faults, self.speed, **self.env)
        self.sessions = Sessions(self.playground, self.elsewhere_s)

    def close(self) -> None:
        self.sessions.close()
        self.playground.close()

    def again(self) -> Bench:
        self.close()
        self.faults = ""
        self.__post_init__()
        return self

    def run(self, text: str) -> Session:
        session, _ = self.sessions.start(written(text, self.home), simulated=True)
        assert self.sessions.wait(session.id, 60)
        return self.sessions.find(session.id)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


Act = Callable[[Bench, Written], object]


def cells(session: Session) -> Counter[tuple[int, int, str]]:
    return Counter((p.request, p.repeat, job.plan.variant) for p in session.runs for job in p.run.jobs)


def accepted(home: Path) -> int:
    return sum("spec" in json.loads(path.read_text()) for path in (home / "world").glob("*.json"))


# a plan, run --------------------------------------------------------------------------------------------------------


def test_every_cell_of_a_plan_is_run_as_often_as_it_says(bench: Bench):
    session = bench.run(PLAN)
    assert len(cells(session)) == 2 * 2 * 2
    assert set(cells(session).values()) == {1}
    assert {job.state for job in session.jobs} == {"delivered"}
    assert session.done
    assert ending_words(session.ending) == "All 2 repeats of the plan were made."
    rows = bench.sessions.rows(session)
    assert [(row["request"], row["repeat"], row["warm_up"]) for row in rows[:2]] == [(1, 1, False)] * 2


def test_the_same_plan_again_pays_for_nothing_and_another_order_of_its_lines_is_the_same_plan(bench: Bench):
    first = bench.run(PLAN)
    before = bench.playground.ledger.jobs()
    lines = PLAN.replace("repeats = 2\n", "") + "\n"
    again, new = bench.sessions.start(written(f"repeats = 2  # twice\n{lines}", bench.home), simulated=True)
    assert (again.id, new) == (first.id, False)
    assert bench.playground.ledger.jobs() == before
    other, new = bench.sessions.start(written(PLAN.replace("= 7", "= 8"), bench.home), simulated=True)
    assert new
    assert other.id != first.id
    assert bench.sessions.wait(other.id, 60)


def test_each_block_has_every_cell_once_in_an_order_drawn_from_the_seed(bench: Bench):
    session = bench.run(PLAN)
    where = {job.id: p for p in session.runs for job in p.run.jobs}
    order = [(where[job.id].repeat, where[job.id].request, job.plan.variant) for job in session.jobs]
    assert [repeat for repeat, *_ in order] == [0] * 4 + [1] * 4
    assert order[:4] != [(0, *cell) for _, *cell in order[4:]]
    same, other = (orders(seed) for seed in (7, 8))
    assert [tuple(cell) for _, *cell in order] == same
    assert same != other


def orders(seed: int) -> list[tuple[int, str]]:
    """The order of two blocks of two requests and two variants, by their numbers in the plan."""
    found = []
    for repeat in range(2):
        numbers = list(range(4))
        random.Random(f"{seed}/repeat/{repeat}").shuffle(numbers)
        names = [(request, ref) for request in range(2) for ref in (ONE_EACH["runcomfy"], ONE_EACH["apiframe"])]
        placed = {numbers.pop(): cell for cell in names}
        found += [placed[number] for number in sorted(placed)]
    return found


def test_no_more_jobs_are_under_way_than_the_plan_allows(bench: Bench):
    session, _ = bench.sessions.start(written(PLAN, bench.home), simulated=True)
    under_way = [0]
    while not bench.sessions.wait(session.id, 0.02):
        under_way.append(sum(bench.playground.works_on(job.id) for job in session.jobs))
    assert 1 <= max(under_way) <= 3


def test_warm_up_comes_first_and_is_marked(bench: Bench):
    session = bench.run(PLAN.replace("repeats = 2", "repeats = 1\nwarm_up = 1"))
    assert Counter(p.warm_up for p in session.runs) == {True: 2, False: 2}
    assert [row["warm_up"] for row in bench.sessions.rows(session)] == [True] * 4 + [False] * 4
    starts = {p.warm_up: [job.events[0].data["start"] for job in p.run.jobs] for p in session.runs}
    assert max(starts[True]) < min(starts[False])


@pytest.mark.slow
def test_a_clip_that_is_waited_for_keeps_no_other_job_from_beginning_and_the_session_ends_with_it(tmp_path: Path):
    lost = '[[clip]]\nprovider = "apiframe"\nfirst = 404\ntimes = 2\n'
    bench = Bench(tmp_path, lost)
    plan = PLAN.replace("= 3", "= 1").replace("repeats = 2", "repeats = 1\nwarm_up = 1")
    session, _ = bench.sessions.start(written(plan, bench.home), simulated=True)

    def now_is() -> Status:
        return status(bench.playground, bench.sessions.find(session.id))

    until(lambda: (now_is().awaited, now_is().over) == (2, 6))
    now = now_is()
    assert (now.delivered, now.under_way, now.eta_s, now.done) == (6, 0, None, False)
    assert now.line == "6 of 8 finished, 6 delivered, 2 clips waited for"
    world = bench.playground.wires._world
    for job in world._jobs.values():
        job.handout = Handout()
    for job in bench.sessions.find(session.id).jobs:
        if job.state == "succeeded":
            bench.playground.fetcher.fetch(job.id)
    assert bench.sessions.wait(session.id, 20)
    assert ending_words(bench.sessions.find(session.id).ending) == "The plan's one repeat was made."
    bench.close()


def test_nothing_is_measured_before_the_whole_warm_up_is_over(bench: Bench):
    session = bench.run(PLAN.replace("repeats = 2", "repeats = 1\nwarm_up = 1").replace("= 3", "= 8"))
    warm, cold = ([job for p in session.runs if p.warm_up is it for job in p.jobs] for it in (True, False))
    assert max(job.last_at for job in warm) <= min(job.started_at for job in cold)


def test_with_a_stop_rule_as_many_are_under_way_as_the_plan_says(bench: Bench):
    one = PLAN.replace(f', "{ONE_EACH["apiframe"]}"', "").replace('[[requests]]\nprompt = "A lighthouse"\n', "")
    rule = "repeats = 1\nwithin_percent = 0.1\nmost_repeats = 6"
    session, _ = bench.sessions.start(written(one.replace("repeats = 2", rule), bench.home), simulated=True)
    under_way = [0]
    while not bench.sessions.wait(session.id, 0.02):
        jobs = bench.sessions.find(session.id).jobs
        under_way.append(sum(bench.playground.works_on(job.id) for job in jobs))
    assert 2 <= max(under_way) <= 3
    assert ending_words(bench.sessions.find(session.id).ending).startswith("6 repeats were made")


def test_with_a_stop_rule_repeats_are_added_until_the_medians_are_known_well_enough(tmp_path: Path):
    """Of latencies of a second or so: what a busy machine adds to them is little beside them."""
    rule = "repeats = 2\nwithin_percent = 100\nmost_repeats = 9"
    with closing(Bench(tmp_path, speed=20)) as bench:
        session = bench.run(PLAN.replace("repeats = 2", rule))
    made = 1 + max(p.repeat for p in session.runs)
    assert 3 <= made < 9  # five latencies of a variant carry an interval, two requests give them in three repeats
    assert ending_words(session.ending) == f"After {made} repeats every median's interval was within 100 % of it."


def test_a_stop_rule_that_is_never_met_ends_where_the_plan_says(bench: Bench):
    rule = "repeats = 1\nwithin_percent = 0.1\nmost_repeats = 3"
    session = bench.run(PLAN.replace("repeats = 2", rule))
    assert {p.repeat for p in session.runs} == {0, 1, 2}
    assert "some intervals are still wider" in ending_words(session.ending)


def test_a_session_ends_also_if_all_jobs_of_its_last_repeat_are_over_between_two_looks(
    bench: Bench,
):
    bench.sessions = Sessions(bench.playground, look_s=1.0)
    session = bench.run(PLAN.replace("repeats = 2", "repeats = 1\nwithin_percent = 0.1\nmost_repeats = 2"))
    assert "some intervals are still wider" in ending_words(session.ending)


def test_a_take_made_again_by_hand_is_no_part_of_the_session(bench: Bench):
    session = bench.run(PLAN)
    job = bench.playground.again(session.jobs[0].id)
    bench.playground.wait()
    assert bench.playground.ledger.job(job.id).state == "delivered"
    assert job.id not in {job.id for job in bench.sessions.find(session.id).jobs}
    assert len(bench.sessions.rows(bench.sessions.find(session.id))) == len(session.jobs)
    (head,) = bench.playground.ledger.sessions(9)
    assert (head.planned, head.over, head.delivered) == (len(session.jobs),) * 3


def test_models_that_ended_at_their_maker_are_left_out_of_a_plans_groups_and_said(bench: Bench):
    ended = next(variant for variant in bench.playground.variants if variant.lifecycle)
    quote = quoted(bench, re.sub("variants = .*", f'variants = ["model:hailuo-2.3", "model:{ended.model}"]', PLAN))
    refs = {offer.variant.ref for _, offers in quote.requests for offer in offers}
    assert ended.ref not in refs
    assert any(ended.ref in reason and "its maker" in reason for reason in quote.left_out)


def test_variants_that_cannot_take_a_request_are_left_out_and_said(bench: Bench):
    text = PLAN.replace(f'"{ONE_EACH["apiframe"]}"', '"model:hailuo-2.3"')
    quote = quote_plan(bench.playground, written(text, bench.home), simulated=True)
    assert any("needs" in reason for reason in quote.left_out)
    assert quote.jobs == 2 * sum(len(offers) for _, offers in quote.requests)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (ONE_EACH["apiframe"], "model:halluo", r"plan.toml, line 6: No model is called 'halluo'"),
        (ONE_EACH["apiframe"], "apiframe:nothing", r"plan.toml, line 6: .*apiframe:nothing"),
        ("repeats", "repeatz", r"plan.toml, line 3: .*repeatz.*repeats"),
    ],
)
def test_a_typo_names_file_line_and_field_and_starts_nothing(bench: Bench, old: str, new: str, says: str):
    with pytest.raises(InvalidRequest, match=says):
        bench.sessions.start(written(PLAN.replace(old, new), bench.home), simulated=True)
    assert bench.playground.ledger.sessions(9) == []


@pytest.mark.parametrize(
    "act",
    [
        lambda bench, plan: bench.sessions.start(plan, simulated=True),
        lambda bench, plan: quote_plan(bench.playground, plan, simulated=True),
    ],
    ids=["start", "quote"],
)
@pytest.mark.parametrize(
    ("row", "says"),
    [
        ('"A cat",cat.png,', r"prompts.csv, line 4: .*cat.png.* is not an image"),
        ("A dog,,9", r"prompts.csv, line 4: Nothing fits this request. .*no 9 s: 6"),
    ],
)
def test_a_mistake_in_a_csv_that_only_shows_later_names_its_row(bench: Bench, act: Act, row: str, says: str):
    (bench.home / "cat.png").write_text("no image")
    (bench.home / "prompts.csv").write_text(f'prompt,image,duration\n"A boat\non water",,\n{row}\n')
    plan = written(PLAN.replace("repeats", 'requests_csv = "prompts.csv"\nrepeats'), bench.home)
    with pytest.raises(InvalidRequest, match=says):
        act(bench, plan)


def test_a_plan_that_could_cost_more_than_its_budget_starts_nothing(tmp_path: Path):
    rates = {"TAKES_USD_PER_CREDIT": "0.01@2026-11-21"}
    bench = Bench(tmp_path, env=rates)
    plan = PLAN.replace(f'"{ONE_EACH["runcomfy"]}", ', "")
    with pytest.raises(InvalidRequest, match=r"more than the plan's budget of \$0.10"):
        bench.sessions.start(written(f"budget_usd = 0.10\n{plan}", tmp_path), simulated=True)
    assert bench.playground.ledger.sessions(9) == []
    session = bench.run(f"budget_usd = 20\n{plan}")
    assert status(bench.playground, session).spent_usd > 0
    bench.close()


def test_a_plan_whose_budget_was_used_up_goes_on_with_a_larger_one(tmp_path: Path):
    bench = Bench(tmp_path, env={"TAKES_USD_PER_CREDIT": "0.01@2026-11-21"})
    rule = "repeats = 1\nwithin_percent = 0.1\nmost_repeats = 4"
    plan = PLAN.replace(f'"{ONE_EACH["runcomfy"]}", ', "").replace("repeats = 2", rule)
    (price,) = {offer.price.amount for _, offers in quoted(bench, plan).requests for offer in offers}
    cell = 2 * price / 100
    first = bench.run(f"budget_usd = {2 * cell}\n{plan}")
    assert "2 repeats were made; one more could cost" in ending_words(first.ending)
    again = bench.run(f"budget_usd = {3 * cell}\n{plan}")
    assert again.id == first.id
    assert "3 repeats were made; one more could cost" in ending_words(again.ending)
    assert f"budget_usd = {3 * cell}" in again.plan
    done = bench.run(f"budget_usd = {9 * cell}\n{plan}")
    assert "as many as the plan allows" in ending_words(done.ending)
    assert accepted(tmp_path) == len(done.jobs) == 8
    bench.close()


def quoted(bench: Bench, text: str) -> PlanQuote:
    return quote_plan(bench.playground, written(text, bench.home), simulated=True)


def test_a_budget_that_comes_later_counts_what_was_spent_before_it(tmp_path: Path):
    bench = Bench(tmp_path, env={"TAKES_USD_PER_CREDIT": "0.01@2026-11-21"})
    plan = PLAN.replace(f'"{ONE_EACH["runcomfy"]}", ', "")
    session = bench.run(plan)
    assert bench.run(f"budget_usd = 20\n{plan}").id == session.id
    own = own_pot(bench.sessions.find(session.id))
    balance = bench.playground.ledger.balance(own, bench.playground.settings.usd)
    assert balance.spent == status(bench.playground, session).spent_usd > 0
    assert balance.reserved == 0
    bench.close()


def test_once_bills_overspend_the_budget_no_more_jobs_begin_until_it_is_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    bench = Bench(tmp_path, env={"TAKES_USD_PER_CREDIT": "0.01@2026-11-21"})
    plan = f"budget_usd = 20\n{PLAN}".replace(f'"{ONE_EACH["runcomfy"]}", ', "").replace("= 3", "= 1")
    with monkeypatch.context() as patch:
        dear = [Balance(Decimal(20), Decimal(spent), Decimal(1)) for spent in (5, 5, 18, 21)]
        patch.setattr(Ledger, "balance", lambda *_: dear.pop(0))
        session = bench.run(plan)
    assert Counter(job.state for job in session.jobs) == {"delivered": 2, "planned": 2}
    assert session.ending is None
    assert "the plan's budget is overspent: $21.00 spent" in bench.sessions.holds[session.id]
    assert {job.state for job in bench.run(plan).jobs} == {"delivered"}
    assert session.id not in bench.sessions.holds
    bench.close()


@pytest.mark.slow
@pytest.mark.parametrize(("key", "says"), [("broke-71c2", "balance"), ("bad-71c2", "key")])
def test_what_a_refused_key_or_balance_kept_from_being_tried_is_made_once_it_is_mended(
    tmp_path: Path, key: str, says: str
):
    plan = written(PLAN.replace(f'"{ONE_EACH["runcomfy"]}", ', ""), tmp_path)
    with gateways() as there:
        bench = Bench(tmp_path, env={"APIFRAME_BASE_URL": f"{there.origin}/apiframe", "APIFRAME_API_KEY": key})
        session = live(bench, plan)
        assert {(job.state, job.said("account")) for job in session.jobs} <= {("rejected", says), ("rejected", "key")}
        assert "4 of 4 jobs were never tried, as a key or a balance was refused" in ending_words(session.ending)
        assert summarize(session, {}).variants[0].success is None
        bench.env["APIFRAME_API_KEY"] = "good-71c2"
        list_at(bench.again().playground, ONE_EACH["apiframe"], "777")
        mended = live(bench, plan)
        assert mended.id == session.id
        assert [job.plan.listed.amount == 777 for job in mended.jobs].count(True) == 4, "at the price of their day"
        assert set(cells(mended).values()) == {2}, "the refused jobs stay on record"
        assert [job.state for job in mended.jobs] == ["delivered"] * 4
        assert ending_words(mended.ending) == "All 2 repeats of the plan were made."
        (head,) = bench.playground.ledger.sessions(9)
        assert (head.planned, head.over, head.delivered) == (4, 4, 4)
        assert len(there.world.jobs()) == 4
        assert live(bench, plan).jobs == mended.jobs
        bench.close()


def list_at(playground: Playground, ref: str, amount: str) -> None:
    """Another list price in the catalogue of those plans that are made from now on."""
    variant = playground.gate._variants[ref]
    prices = tuple(replace(rule, money=replace(rule.money, amount=Decimal(amount))) for rule in variant.prices)
    playground.gate._variants[ref] = replace(variant, prices=prices)


def test_a_repeat_and_what_waited_are_held_to_the_list_price_of_their_day(tmp_path: Path):
    ref = ONE_EACH["apiframe"]
    plan = re.sub("variants = .*", f'variants = ["{ref}"]', PLAN).replace("repeats = 2", "repeats = 1")
    with gateways() as there:
        bench = Bench(tmp_path, env=there.env | {"TAKES_USD_PER_CREDIT": "0.01@2026-11-21", "TAKES_BUDGET": "100"})
        list_at(bench.playground, ref, "10100")  # since the plan was priced, by the catalogue of its offers
        session = live(bench, written(plan, tmp_path))
        assert [job.state for job in session.jobs] == ["rejected"] * 2
        assert all("could cost $101.00" in str(job.error) for job in session.jobs)
        assert there.world.charges() == 0
        list_at(bench.playground, ref, "40")
        bench.playground.ledger.reopen_session(session, Budget((), {}))
        more = Drive(bench.playground, session.id, HOST, threading.Event())._added(session, 1, [])
        assert [job.plan.listed.amount for job in more] == [40, 40]
        bench.close()


def test_a_plan_that_cannot_fit_by_its_list_prices_asks_no_provider_for_others(tmp_path: Path):
    """One of them lists a price, the other one says it when asked."""
    with gateways() as there:
        bench = Bench(tmp_path, env=there.env | {"TAKES_USD_PER_CREDIT": "0.01@2026-11-21"})
        with pytest.raises(InvalidRequest, match=r"could cost .* the plan's budget"):
            bench.sessions.start(written(f"budget_usd = 0.01\n{PLAN}", tmp_path), simulated=False)
        assert there.world.requests() == {}
        assert bench.sessions.start(written(PLAN, tmp_path), simulated=False)[1]
        assert there.world.requests()["runcomfy"]["quote"] == 1
        bench.close()


def live(bench: Bench, plan: Written) -> Session:
    session, _ = bench.sessions.start(plan, simulated=False, allow_unpriced=True)
    assert bench.sessions.wait(session.id, 60)
    return bench.sessions.find(session.id)


def test_in_the_sandbox_a_budget_needs_no_exchange_rate_and_for_money_it_does(tmp_path: Path):
    bench = Bench(tmp_path, env={"TAKES_USD_PER_CREDIT": "none"})
    plan = f"budget_usd = 20\n{PLAN}"
    quote = quoted(bench, plan)
    assert bench.sessions.refusal(quote, simulated=True) == ""
    assert "needs the rate of credit" in bench.sessions.refusal(quote, simulated=False, allow_unpriced=True)
    assert {job.state for job in bench.run(plan).jobs} == {"delivered"}
    bench.close()


def test_what_a_plan_would_not_start_for_is_known_from_its_quote(tmp_path: Path):
    bench = Bench(tmp_path, env={"TAKES_USD_PER_CREDIT": "0.01@2026-11-21", "TAKES_BUDGET": "0.15"})
    plan = PLAN.replace(f'"{ONE_EACH["runcomfy"]}", ', "")
    refusals = [
        (plan, False, "more than the 24-hour budget of $0.15"),
        (f"budget_usd = 0.10\n{plan}", True, "more than the plan's budget of $0.10"),
        (plan, True, ""),
    ]
    for text, simulated, says in refusals:
        found = bench.sessions.refusal(quoted(bench, text), simulated=simulated)
        assert (says in found) if says else not found
    bench.close()


# any end ------------------------------------------------------------------------------------------------------------


def test_a_session_that_was_cut_short_goes_on_where_it_was(tmp_path: Path):
    bench = Bench(tmp_path)
    session, _ = bench.sessions.start(written(PLAN, tmp_path), simulated=True)
    while not any(job.done for job in bench.sessions.find(session.id).jobs):
        bench.sessions.wait(session.id, 0.01)
    bench.again()
    assert bench.playground.resume() == []
    assert bench.sessions.resume() == [session.id]
    assert bench.sessions.wait(session.id, 60)
    ended = bench.sessions.find(session.id)
    assert set(cells(ended).values()) == {1}
    assert {job.state for job in ended.jobs} == {"delivered"}
    assert accepted(tmp_path) == len(ended.jobs)
    bench.close()


def test_a_session_belongs_to_one_process_at_a_time(tmp_path: Path):
    first = Bench(tmp_path, '[[fault]]\nkind = "stuck"\nseconds = 2\ntimes = 99')
    session, _ = first.sessions.start(written(PLAN, tmp_path), simulated=True)
    second = Bench(tmp_path)
    assert second.sessions.resume() == []
    with pytest.raises(InvalidRequest, match="Another Takes is running this session"):
        second.sessions.go_on(session.id)
    first.close()
    second.close()


def test_what_a_stopped_session_had_not_begun_is_never_begun_however_the_stop_ended(tmp_path: Path):
    bench = Bench(tmp_path, '[[fault]]\nkind = "stuck"\nseconds = 2\ntimes = 99')
    session, _ = bench.sessions.start(written(PLAN, tmp_path), simulated=True)
    while not any(job.handle for job in bench.sessions.find(session.id).jobs):
        bench.sessions.wait(session.id, 0.01)
    bench.playground.ledger.end_session(session.id, STOPPED)  # as far as a stop got that was cut short
    bench.again()
    sent = accepted(tmp_path)
    assert bench.sessions.resume() == [session.id]
    assert bench.sessions.wait(session.id, 60)
    bench.playground.wait()
    jobs = bench.sessions.find(session.id).jobs
    assert sent < len(jobs)
    assert accepted(tmp_path) == sent
    assert all(job.done for job in jobs)
    assert sum(job.owes_nothing for job in jobs) == len(jobs) - sent
    bench.close()


def test_stopping_ends_a_session_and_says_so(tmp_path: Path):
    bench = Bench(tmp_path, '[[fault]]\nkind = "stuck"\nseconds = 600\ntimes = 99')
    session, _ = bench.sessions.start(written(PLAN, tmp_path), simulated=True)
    while not any(job.handle for job in bench.sessions.find(session.id).jobs):
        bench.sessions.wait(session.id, 0.01)
    bench.sessions.stop(session.id)
    assert bench.sessions.wait(session.id, 60)
    ended = bench.sessions.find(session.id)
    assert ended.ending == STOPPED
    assert sum(job.owes_nothing for job in ended.jobs) >= 3, "what was not sent yet never will be"
    bench.close()


def test_a_stop_stands_however_the_jobs_end_and_no_repeat_is_added_after_it(bench: Bench):
    rule = "repeats = 1\nwithin_percent = 0.1\nmost_repeats = 50"
    session, _ = bench.sessions.start(written(PLAN.replace("repeats = 2", rule), bench.home), simulated=True)
    while not any(job.done for job in bench.sessions.find(session.id).jobs):
        bench.sessions.wait(session.id, 0.01)
    bench.sessions.stop(session.id)
    planned = len(bench.sessions.find(session.id).jobs)
    assert bench.sessions.wait(session.id, 60)
    bench.playground.wait()
    stopped = bench.sessions.find(session.id)
    assert stopped.ending == STOPPED
    assert stopped.done
    assert len(stopped.jobs) == planned


def test_whoever_goes_on_with_a_visitors_session_the_visitors_limits_hold(tmp_path: Path):
    bench, ann = Bench(tmp_path), Person("a" * 32)
    _let_start(bench, 10)
    rule = "repeats = 1\nwithin_percent = 0.1\nmost_repeats = 50"
    plan = written(PLAN.replace("repeats = 2", rule), tmp_path)
    session, _ = bench.sessions.start(plan, simulated=True, who=ann)
    _let_start(bench.again(), 10)
    assert bench.sessions.resume() == [session.id]
    assert bench.sessions.wait(session.id, 60)
    assert len(bench.sessions.find(session.id).jobs) == 8
    assert "You have 8 sandbox takes of this hour" in bench.sessions.holds[session.id]
    assert bench.sessions.find(session.id).ending is None, "another hour it goes on"
    bench.close()


def _let_start(bench: Bench, takes: int) -> None:
    """So many an hour."""
    ledger, now = bench.playground.ledger, bench.playground.clock.now
    bench.playground.admission = Admission(ledger, now, sandbox=replace(SANDBOX, an_hour=Limit(takes, takes, takes)))


def test_while_jobs_wait_for_a_key_no_repeat_is_added_to_them(tmp_path: Path):
    rule = "repeats = 1\nwithin_percent = 0.1\nmost_repeats = 50"
    plan = PLAN.replace(f'"{ONE_EACH["runcomfy"]}", ', "").replace("repeats = 2", rule)
    ann = Person("a" * 32, {"apiframe": "a-key-of-anns-71c2"})
    with gateways('[[fault]]\nkind = "stuck"\nseconds = 600\ntimes = 99') as there:
        bench = Bench(tmp_path, env={"APIFRAME_BASE_URL": f"{there.origin}/apiframe"})
        session, _ = bench.sessions.start(written(plan, tmp_path), simulated=False, allow_unpriced=True, who=ann)
        while not any(job.handle for job in bench.sessions.find(session.id).jobs):
            bench.sessions.wait(session.id, 0.01)
        planned = len(bench.again().sessions.find(session.id).jobs)
        assert bench.sessions.resume() == [session.id]
        assert bench.sessions.wait(session.id, 60)
        waiting = bench.sessions.find(session.id)
        assert len(waiting.jobs) == planned
        assert waiting.ending is None
        bench.close()


def test_a_visitors_live_session_spends_the_visitors_money_whoever_goes_on_with_it(tmp_path: Path):
    bench = Bench(tmp_path, env={"TAKES_VISITOR_BUDGET": "1", "TAKES_VISITORS_BUDGET": "5"})
    quote = quote_plan(bench.playground, written(PLAN, tmp_path), simulated=True)
    plan, ann = written(PLAN, tmp_path), Person("a" * 32)
    free = planned_session(bench.playground, quote, plan, "i", live=True, who=ann)
    own = planned_session(bench.playground, quote, plan, "i", live=True, who=replace(ann, keys=every_key()))
    assert {pot.name for pot in terms(free, bench.playground).pots} == {f"visitor {ann.id}", "visitors"}
    assert terms(own, bench.playground).pots == ()
    bench.close()


def every_key() -> dict[str, str]:
    return dict.fromkeys(PROVIDERS, "a-key-of-anns")


def test_two_presses_of_go_on_try_a_job_anew_once(tmp_path: Path):
    plan = written(PLAN.replace(f'"{ONE_EACH["runcomfy"]}", ', ""), tmp_path)
    with gateways() as there:
        bench = Bench(tmp_path, env={"APIFRAME_BASE_URL": f"{there.origin}/apiframe", "APIFRAME_API_KEY": "bad-71c2"})
        session = live(bench, plan)
        bench.env["APIFRAME_API_KEY"] = "good-71c2"
        bench.again()
        with ThreadPoolExecutor(4) as presses:
            list(presses.map(bench.sessions.go_on, [session.id] * 4))
        assert bench.sessions.wait(session.id, 60)
        assert len(there.world.jobs()) == 4
        assert set(cells(bench.sessions.find(session.id)).values()) == {2}
        bench.close()


def test_a_stop_from_elsewhere_leaves_no_job_that_is_never_begun_nor_ended(tmp_path: Path):
    bench = Bench(tmp_path, '[[fault]]\nkind = "stuck"\nseconds = 2\ntimes = 99')
    session, _ = bench.sessions.start(written(PLAN, tmp_path), simulated=True)
    while not any(job.handle for job in bench.sessions.find(session.id).jobs):
        bench.sessions.wait(session.id, 0.01)
    bench.playground.ledger.stop_session(session.id)  # as far as another process gets before it is killed
    assert bench.sessions.wait(session.id, 60)
    bench.playground.wait()
    assert all(job.state != "planned" for job in bench.sessions.find(session.id).jobs)
    bench.close()


CROWDED = re.sub("variants = .*", f'variants = ["{ONE_EACH["runcomfy"]}"]', PLAN).replace("= 3", "= 20")
"""More at once than its provider has places for: some are begun and wait for theirs."""


@pytest.mark.slow
def test_a_ledger_that_is_locked_while_a_session_is_driven_is_waited_for(tmp_path: Path, caplog: Any):
    bench = Bench(tmp_path, STUCK)
    session, _ = bench.sessions.start(written(CROWDED, tmp_path), simulated=True)
    bench.again()
    ledger = bench.playground.ledger
    ledger._file._busy_timeout_s = 0.1
    ledger.close()  # new connections have no more patience
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert bench.sessions.resume() == [session.id]
        until(lambda: session.id in bench.sessions.holds)
        other.execute("COMMIT")
    free(tmp_path / "world")
    assert bench.sessions.wait(session.id, 60)
    ended = bench.sessions.find(session.id)
    assert [job.state for job in ended.jobs] == ["delivered"] * 4
    assert (ending_words(ended.ending), accepted(tmp_path)) == ("All 2 repeats of the plan were made.", 4)
    assert bench.sessions.holds == {}
    assert "stopped" not in caplog.text
    bench.close()


@pytest.mark.slow
def test_whoever_drives_anew_waits_for_what_only_waits_for_its_place(tmp_path: Path):
    bench = Bench(tmp_path, '[[fault]]\nkind = "stuck"\nseconds = 1\ntimes = 99')
    session, _ = bench.sessions.start(written(CROWDED.replace("= 2", "= 4"), tmp_path), simulated=True)
    while not all(job.last("begun") for job in bench.sessions.find(session.id).jobs):
        bench.sessions.wait(session.id, 0.01)
    assert {"planned"} < {job.state for job in bench.sessions.find(session.id).jobs}
    Drive(bench.playground, session.id, HOST, threading.Event()).run()
    assert bench.sessions.find(session.id).done
    bench.close()


@pytest.mark.parametrize(("elsewhere_s", "waited_for"), [(60.0, True), (0.1, False)])
def test_runs_that_another_takes_has_are_waited_for_or_the_session_says_so(
    tmp_path: Path, elsewhere_s: float, waited_for: bool
):
    bench = Bench(tmp_path, STUCK, elsewhere_s=elsewhere_s)
    session, _ = bench.sessions.start(written(PLAN, tmp_path), simulated=True)
    bench.close()
    free(tmp_path / "world")
    bench = Bench(tmp_path, elsewhere_s=elsewhere_s)
    left = next(placed.run for placed in bench.sessions.find(session.id).runs if not placed.run.done)
    lock = FileLock(tmp_path / "locks" / f"{left.id}.lock", thread_local=False)
    lock.acquire()
    assert bench.sessions.resume() == [session.id]
    if waited_for:
        assert not bench.sessions.wait(session.id, 0.3)
        lock.release()
    assert bench.sessions.wait(session.id, 60)
    lock.release()
    assert bench.sessions.find(session.id).done == waited_for
    assert bench.sessions.holds.get(session.id) == (None if waited_for else ELSEWHERE)
    bench.close()


def test_a_job_that_stops_by_a_defect_is_told_of(tmp_path: Path, caplog: Any):
    bench = Bench(tmp_path, STUCK)
    session, _ = bench.sessions.start(
        written(PLAN.replace("= 2", "= 1").replace("= 3", "= 4"), tmp_path), simulated=True
    )
    until(lambda: all(job.handle for job in bench.sessions.find(session.id).jobs))
    bench.close()
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite3")) as db, db:
        db.execute("UPDATE events SET data = '{}' WHERE kind = 'queued'")  # no release of Takes writes such a handle
    bench = Bench(tmp_path)
    assert bench.sessions.resume() == [session.id]
    assert bench.sessions.wait(session.id, 60)
    assert not bench.sessions.find(session.id).done
    assert bench.sessions.holds[session.id] == "4 of its jobs have not come to their end; the log may say why."
    assert "stopped by a defect" in caplog.text
    bench.close()


def test_what_was_interrupted_in_its_upload_has_no_latency(tmp_path: Path):
    square(tmp_path / "boat.png")
    plan = re.sub("variants = .*", f'variants = ["{ONE_EACH["apiframe"]}"]', PLAN)
    plan = plan.replace('"A paper boat"', '"A paper boat"\nimage = "boat.png"')
    bench = Bench(tmp_path, '[[fault]]\nkind = "stuck"\nseconds = 5\ntimes = 99')
    session, _ = bench.sessions.start(written(plan, tmp_path), simulated=True)
    bench.close()
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    job = next(job for job in session.jobs if ledger.job(job.id).started_at is None)
    ledger.record(job.id, Event("uploading", session.at + 1, None, "upload"))
    ledger.close()
    bench = Bench(tmp_path)
    assert bench.sessions.resume() == [session.id]
    assert bench.sessions.wait(session.id, 60)
    assert bench.playground.ledger.job(job.id).resumed
    bench.close()


@pytest.fixture
def takes(tmp_path: Path) -> Iterator[Takes]:
    opened = open_takes(tmp_path / "home")
    yield opened
    opened.end()


@pytest.mark.slow
def test_killed_twice_on_its_way_a_session_is_complete_and_paid_once(takes: Takes):
    """At Apiframe, where a submit that was in the air is repeated under its key; elsewhere it may be uncertain."""
    square(takes.home / "boat.png")
    path = takes.home / "plan.toml"
    with_image = PLAN.replace('"A paper boat"', '"A paper boat. [Static shot]"\nimage = "boat.png"')
    one = re.sub("variants = .*", f'variants = ["{ONE_EACH["apiframe"]}"]', with_image)
    path.write_text(one.replace("repeats = 2", "repeats = 4").replace("lighthouse", "lighthouse. [Static shot]"))
    command = ["session", "run", str(path), "--sandbox"]
    for share in (2, 5):
        process = takes.begin(*command)
        until(lambda share=share: sum(job.done for job in takes.jobs()) >= share)
        process.kill()
    code, jobs = ended(takes.begin(*command)).returncode, takes.jobs()
    assert [(job.state, job.error) for job in jobs if job.state != "delivered"] == []
    assert code == 0
    assert takes.accepted() == len(jobs) >= 8
    (listed,) = takes.rows("session", "list")
    assert (listed["planned"], listed["delivered"]) == (len(jobs), len(jobs))
    told = json.loads(takes.run("session", "status", listed["session"], "--json").stdout)
    assert (told["session"], told["done"], told["eta_s"]) == (listed["session"], True, 0.0)


# when jobs begin, and when all may be over --------------------------------------------------------------------------


def test_a_closed_loop_fills_its_places_and_no_more():
    gate = Closed(3)
    assert [gate.free(number) for number in (0, 2, 3, 4)] == [True, True, False, False]


def test_an_open_loop_begins_jobs_at_its_rate_however_many_are_under_way():
    now = [0.0]
    gate = Open(30, random.Random(1), lambda: now[0])
    begun = 0
    while now[0] < 3600:
        while gate.free(10_000):
            gate.begun()
            begun += 1
        now[0] += min(gate.wait_s(), 1.0) or 0.001
    assert begun == pytest.approx(30 * 60, rel=0.1)


def planned(session: Session, *, started: float | None = None) -> list[Job]:
    jobs = [Job(job.id, job.run, job.position, job.plan, job.events[:1]) for job in session.jobs]
    if started is None:
        return jobs
    return [job.after(Event("submitting", started, "submitting", "submit")) for job in jobs]


def test_the_time_to_go_is_that_of_the_slowest_queue(bench: Bench):
    quote = quote_plan(bench.playground, written(PLAN, bench.home), simulated=True)
    plan = written(PLAN, bench.home)
    jobs = planned(planned_session(bench.playground, quote, plan, "i", live=False, who=HOST))
    eight = len(jobs)
    assert remaining_s(jobs, lambda job: 10.0, lambda job: 99, 1, 0.0) == 10.0 * eight
    assert remaining_s(jobs, lambda job: 10.0, lambda job: 99, None, 0.0) == 10.0
    assert remaining_s(jobs, lambda job: 10.0, lambda job: 1, 99, 0.0) == 40.0
    assert remaining_s(jobs, lambda job: None, lambda job: 99, 1, 0.0) is None
    assert remaining_s([], lambda job: None, lambda job: 99, 1, 0.0) == 0.0
    known = {jobs[0].plan.variant: 10.0}
    assert remaining_s(jobs, lambda job: known.get(job.plan.variant), lambda job: 99, 1, 0.0) == 10.0 * eight


def test_a_job_under_way_counts_only_for_what_is_left_of_it(bench: Bench):
    quote = quote_plan(bench.playground, written(PLAN, bench.home), simulated=True)
    plan = written(PLAN, bench.home)
    session = planned_session(bench.playground, quote, plan, "i", live=False, who=HOST)
    begun = planned(session, started=100.0)[:1]
    assert remaining_s(begun, lambda job: 10.0, lambda job: 9, 9, 107.0) == 3.0
    assert remaining_s(begun, lambda job: 10.0, lambda job: 9, 9, 190.0) == 0.0


def test_a_ledger_without_sessions_says_so(tmp_path: Path):
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    assert (ledger.sessions(9), ledger.unended_sessions(), ledger.session("s_1")) == ([], [], None)
    ledger.close()


def test_a_quote_counts_what_has_no_dollar_price_instead_of_calling_it_zero(bench: Bench):
    quote = quote_plan(bench.playground, written(PLAN, bench.home), simulated=True)
    known, unknown = quote.cost({})
    assert quote.jobs == 8
    assert 0 < unknown <= 8
    assert known >= 0
    dear = replace(quote, plan=replace(quote.plan, repeats=20))
    assert dear.cost({}) == (known * 10, unknown * 10)
    assert isinstance(known, Decimal)
