"""Nothing spends by accident: every submit passes one gate, whoever pays decides, and a stray press is asked about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from comparisons import settings
from comparisons.playground import Playground
from comparisons.records import HOST, Balance, Budget, Event, Job, Person, Pot
from comparisons.runs.compare import Choice, Consent
from comparisons.runs.offers import Offers
from comparisons.runs.quotes import A_MINUTE
from comparisons.runs.twice import ANSWER_S, NOT_BEFORE_S, Twice, UnderWay
from comparisons.settings import _volumes
from comparisons.ui import page
from providers import InvalidRequest, Money
from tests.net.test_secrets import Gateways, gateways
from tests.stage import ONE_EACH, make_stage
from tests.test_playground import TEXT, make

ANN, BOB = Person("a" * 32), Person("b" * 32)
APIFRAME, RUNCOMFY = Choice(refs=(ONE_EACH["apiframe"],)), Choice(refs=(ONE_EACH["runcomfy"],))
UNPRICED = Choice(refs=("apiframe:hailuo-02",))
CAPS = {"TAKES_PUBLIC": "1", "TAKES_VISITOR_BUDGET": "0.70", "TAKES_VISITORS_BUDGET": "1.20"}
RATE = {"TAKES_USD_PER_CREDIT": "0.1@2026-11-21"}
MADE_UP = {"apiframe": "bad-made-up-1c4d"}


@contextmanager
def hosted(home: Path, faults: str = "", **env: str) -> Iterator[tuple[Playground, Gateways]]:
    """A public playground whose host's keys lead to a sandbox on loopback."""
    with gateways(faults) as there:
        playground = make(home, **there.env, **CAPS, **env)
        try:
            yield playground, there
        finally:
            playground.close()


def on_the_hosts_account(there: Gateways) -> int:
    """Charges, but for those of keys that no host has: a wrong one is never charged."""
    return there.world.charges()


NO_RATE = {"TAKES_USD_PER_CREDIT": "none"}


@pytest.mark.parametrize(("choice", "rate"), [(UNPRICED, RATE), (APIFRAME, NO_RATE)], ids=["no price", "no rate"])
def test_what_began_on_a_made_up_key_is_not_taken_again_on_the_hosts(tmp_path: Path, choice: Choice, rate: Mapping):
    with hosted(tmp_path, **rate) as (playground, there):
        run = playground.start(
            TEXT, choice, simulated=False, consent=Consent(unpriced=True), who=replace(ANN, keys=MADE_UP)
        )
        playground.wait()
        assert playground.run(run.id).jobs[0].state == "rejected"
        for _ in range(8):
            with pytest.raises(InvalidRequest, match=r"is not known|needs the rate"):
                playground.again(run.jobs[0].id, ANN, allow_unpriced=True)
        assert on_the_hosts_account(there) == 0


def uncertain(playground: Playground, choice: Choice, who: Person) -> Job:
    run = playground.start(TEXT, choice, simulated=False, who=who)
    playground.wait()
    (job,) = playground.run(run.id).jobs
    assert job.state == "uncertain"
    return job


DROPPED = '[[fault]]\nkind = "malformed_json"\noperation = "submit"\nprovider = "runcomfy"\ntimes = 9\n'
"""What was accepted is answered by what nobody can read."""


def test_only_who_pays_can_say_what_the_provider_has_of_a_take(tmp_path: Path):
    with hosted(tmp_path, DROPPED) as (playground, there):
        job = uncertain(playground, RUNCOMFY, ANN)
        settle = playground.reconciler
        for act in (settle.not_charged, lambda job, who: settle.found(job, "some-id", who)):
            with pytest.raises(InvalidRequest, match="only who pays"):
                act(job.id, ANN)
        with pytest.raises(InvalidRequest, match="visitor's 24-hour budget"):
            playground.start(TEXT, RUNCOMFY, simulated=False, who=ANN)
        assert there.world.charges() == 1
        settle.not_charged(job.id, HOST)
        assert playground.ledger.job(job.id).state == "rejected"


def test_a_visitors_own_take_is_theirs_to_settle_and_asked_about_with_their_key(tmp_path: Path):
    with hosted(tmp_path, DROPPED) as (playground, _):
        ann = replace(ANN, keys={"runcomfy": "anns-own-key-33fe"})
        job = uncertain(playground, RUNCOMFY, ann)
        with pytest.raises(InvalidRequest, match="type it under Keys"):
            playground.reconciler.look_for(job.id, ANN)
        with pytest.raises(InvalidRequest, match="only who pays"):
            playground.reconciler.not_charged(job.id, HOST)
        assert playground.reconciler.not_charged(job.id, ann).state == "rejected"


def test_a_take_found_after_it_was_said_not_to_be_charged_counts_again(tmp_path: Path):
    with hosted(tmp_path, DROPPED) as (playground, there):
        job = uncertain(playground, RUNCOMFY, ANN)
        pot = playground.gate.budget(ANN.id, "", live=True).pots[0]
        before = playground.ledger.balance(pot, {})
        playground.reconciler.not_charged(job.id, HOST)
        assert playground.ledger.balance(pot, {}) == Balance(pot.limit, Decimal(0), Decimal(0))
        playground.reconciler.found(job.id, there.world.jobs("runcomfy")[0].id, HOST)
        playground.wait()
        after = playground.ledger.balance(pot, {})
        assert after.spent + after.reserved == before.reserved > 0


AWAY = {"APIFRAME_API_KEY": "any", "APIFRAME_BASE_URL": "http://127.0.0.1:9"}


@pytest.mark.parametrize(
    ("env", "why"),
    [
        ({"TAKES_VISITOR_BUDGET": "0.10"}, "visitor's 24-hour budget"),
        ({"TAKES_VISITORS_BUDGET": "0.10"}, "budget of all visitors"),
        ({"TAKES_BUDGET": "0.10"}, "the 24-hour budget"),
        ({"TAKES_VISITOR_BUDGET": ""}, "keys are off"),
        ({"SPACE_ID": "me/takes"}, "keys are off"),
    ],
)
def test_what_was_planned_on_other_terms_is_not_submitted_on_todays(tmp_path: Path, env: Mapping[str, str], why: str):
    first = make(tmp_path, **AWAY, **CAPS, **RATE)
    run = first.start(TEXT, APIFRAME, simulated=False, who=ANN)
    first.close()
    second = make(tmp_path, **(AWAY | CAPS | RATE | env))
    second.resume()
    second.wait()
    (job,) = second.run(run.id).jobs
    assert (job.state, why in job.error) == ("rejected", True), job.error
    assert second.gate.budget(ANN.id, "", live=True).pots  # and what it reserved is free again
    second.close()


def test_what_a_job_may_cost_counts_from_its_submit_however_long_it_was_planned_before(tmp_path: Path):
    stage = make_stage(tmp_path)
    planned = stage.plan([ONE_EACH["runcomfy"]]).jobs[0]
    job = replace(planned, id="j_late", plan=replace(planned.plan, live=True, listed=Money(Decimal("0.5"), "USD")))
    limits = Budget((Pot("folder", "the 24-hour budget", Decimal(9)),), {})
    stage.ledger.add_jobs([job], limits)
    sent = Event("submitting", job.last_at + 90_000, "submitting", "submit")
    stage.ledger.permit(job, [sent], limits)
    stage.ledger.record(job.id, Event("delivered", sent.at + 9, "delivered"))
    since_then = replace(limits.pots[0], since=sent.at - 1)
    assert stage.ledger.balance(since_then, {}).spent == Decimal("0.5")


def test_rates_are_those_of_the_day_of_the_submit(tmp_path: Path):
    first = make(tmp_path, **AWAY, **CAPS, **RATE)
    run = first.start(TEXT, APIFRAME, simulated=False, who=ANN)
    first.close()
    for rates in ({"TAKES_USD_PER_CREDIT": "none"}, {"TAKES_USD_PER_CREDIT": "0.5@2026-11-22"}):
        second = make(tmp_path, **AWAY, **CAPS, **rates)
        (job,) = second.run(run.id).jobs
        with pytest.raises(InvalidRequest, match=r"needs the rate|could cost \$2.50"):
            second.gate.submit(job, [Event("submitting", job.last_at + 1, "submitting", "submit")])
        second.close()


def test_what_was_spent_while_no_limit_was_set_counts_when_one_is(tmp_path: Path):
    away = {**AWAY, **RATE}
    first = make(tmp_path, **away)
    first.start(TEXT, APIFRAME, simulated=False)
    first.close()
    second = make(tmp_path, **away, TAKES_BUDGET="0.90")
    with pytest.raises(InvalidRequest, match=r"\$0.50 reserved, \$0.40 left"):
        second.start(TEXT, APIFRAME, simulated=False)
    second.close()


def test_a_take_again_is_priced_by_todays_list(tmp_path: Path):
    with hosted(tmp_path, **RATE) as (playground, _):
        run = playground.start(TEXT, APIFRAME, simulated=False, who=ANN)
        playground.wait()
        variant = next(each for each in playground.variants if each.ref == APIFRAME.refs[0])
        unpriced = tuple(replace(each, prices=()) if each is variant else each for each in playground.variants)
        playground.offers = Offers(unpriced, playground.wires, playground.quotes, playground.workers, playground.daily)
        with pytest.raises(InvalidRequest, match="is not known"):
            playground.again(run.jobs[0].id, ANN)


def test_the_ledger_takes_no_live_job_without_terms(tmp_path: Path):
    stage = make_stage(tmp_path)
    run = stage.plan([ONE_EACH["runcomfy"]])
    job = replace(run.jobs[0], id="j_free", plan=replace(run.jobs[0].plan, live=True))
    with pytest.raises(ValueError, match="need a budget"):
        stage.ledger.add_jobs([job])
    assert stage.ledger.job("j_free") is None


# asking for prices ------------------------------------------------------------------------------------------------


def questions(there: Gateways) -> int:
    return sum(count for counts in there.world.requests().values() for count in counts.values())


def test_presses_that_are_refused_ask_a_provider_nothing_new(tmp_path: Path):
    with hosted(tmp_path, DROPPED) as (playground, there):
        uncertain(playground, RUNCOMFY, ANN)
        before = questions(there)
        for _ in range(5):
            with pytest.raises(InvalidRequest, match="24-hour budget"):
                playground.start(TEXT, RUNCOMFY, simulated=False, repeats=12, who=ANN)
        assert questions(there) == before


def test_one_answer_serves_all_who_pay_with_the_same_key(tmp_path: Path):
    with hosted(tmp_path) as (playground, there):
        for who in (ANN, BOB, HOST):
            playground.offers.quote(TEXT, RUNCOMFY, simulated=False, who=who)
        assert there.world.requests()["runcomfy"]["quote"] == 1
        playground.offers.quote(
            TEXT, RUNCOMFY, simulated=False, who=replace(BOB, keys={"runcomfy": "bobs-own-key-90aa"})
        )
        assert there.world.requests()["runcomfy"]["quote"] == 2


@pytest.mark.slow
def test_a_visitor_asks_for_only_so_many_prices_a_minute(tmp_path: Path):
    with hosted(tmp_path) as (playground, there):
        for number in range(A_MINUTE + 5):  # each key of its own is a question of its own
            own = replace(ANN, keys={"runcomfy": f"anns-own-key-{number}"})
            playground.offers.quote(TEXT, RUNCOMFY, simulated=False, who=own)
        assert there.world.requests()["runcomfy"]["quote"] == A_MINUTE
        assert playground.offers.quote(TEXT, RUNCOMFY, simulated=False, who=BOB)[0].quoted is not None


# a stray press ----------------------------------------------------------------------------------------------------


def test_the_same_takes_are_started_twice_only_after_asking_once(tmp_path: Path):
    playground = make(tmp_path, '[[fault]]\nkind = "stuck"\nseconds = 900\ntimes = 9\n')
    playground.start(TEXT, RUNCOMFY, simulated=True, sure=False)
    with pytest.raises(UnderWay, match="Press again"):
        playground.start(TEXT, RUNCOMFY, simulated=True, sure=False)
    playground.start(replace(TEXT, prompt="Another boat"), RUNCOMFY, simulated=True, sure=False)
    playground.start(TEXT, RUNCOMFY, simulated=True, sure=False, who=ANN)  # what others run is not asked about
    assert len(playground.ledger.jobs()) == 3
    playground.close()


def test_it_is_asked_about_until_the_last_take_of_the_first_run_is_over(tmp_path: Path):
    done, going = make_stage(tmp_path).plan([ONE_EACH["runcomfy"], ONE_EACH["apiframe"]]).jobs
    done = done.after(Event("delivered", done.last_at + 9, "delivered"))
    with pytest.raises(UnderWay, match="The same 2 takes"):
        Twice(lambda: 100.0).check("", [done, going], [[done, going]])
    Twice(lambda: 100.0).check("", [done, done, going], [[done, going]])  # more than that is another request
    Twice(lambda: 100.0).check("", [done], [[done, going]])  # one that is over is not under way


def test_a_question_about_what_is_over_by_now_is_no_answer_to_the_next_one(tmp_path: Path):
    job, now = make_stage(tmp_path).plan([ONE_EACH["runcomfy"]]).jobs[0], [100.0]
    twice = Twice(lambda: now[0])
    with pytest.raises(UnderWay):
        twice.check("", [job], [[job]])
    now[0] += 10
    twice.check("", [job], [])
    with pytest.raises(UnderWay):
        twice.check("", [job], [[job]])


@pytest.mark.parametrize(
    ("later", "starts"), [(NOT_BEFORE_S / 2, False), (NOT_BEFORE_S + 0.1, True), (ANSWER_S + 1, False)]
)
def test_a_key_that_bounces_is_no_answer(tmp_path: Path, later: float, starts: bool):
    job, now = make_stage(tmp_path).plan([ONE_EACH["runcomfy"]]).jobs[0], [100.0]
    twice = Twice(lambda: now[0])
    with pytest.raises(UnderWay):
        twice.check("", [job], [[job]])
    now[0] += later
    if starts:
        twice.check("", [job], [[job]])
    else:
        with pytest.raises(UnderWay):
            twice.check("", [job], [[job]])


# where the caps are kept ------------------------------------------------------------------------------------------

MOUNTS = (
    "overlay / overlay rw 0 0\ntmpfs /tmp tmpfs rw 0 0\nhf-mount /data fuse rw 0 0\n/dev/sda /my\\040disk ext4 rw 0 0\n"
)


@pytest.mark.parametrize(
    ("folder", "lasts"),
    [("/app/.takes", False), ("/tmp/takes", False), ("/data/takes", True), ("/data", True), ("/my disk/a/b", True),
     ("/database", False)],
)  # fmt: skip
def test_a_folder_lasts_where_something_of_its_own_is_mounted(tmp_path: Path, folder: str, lasts: bool):
    (tmp_path / "mounts").write_text(MOUNTS)
    assert _volumes.is_on_a_volume(Path(folder), tmp_path / "mounts") is lasts
    on_a_space = {"SPACE_ID": "me/takes", "TAKES_HOME": folder, **CAPS, "APIFRAME_API_KEY": "any"}
    found = settings.read(on_a_space, Path("/nonexistent"), tmp_path / "mounts")
    assert (found.host_pays, bool(found.keys)) == (lasts, lasts)
    assert ("every restart empties" in found.not_lasting) is not lasts


def test_where_nobody_can_tell_what_is_mounted_a_folder_does_not_last():
    assert not _volumes.is_on_a_volume(Path("/data"), Path("/nonexistent"))


def test_where_the_caps_do_not_last_the_page_says_why_the_keys_are_off(tmp_path: Path):
    playground = make(tmp_path, **AWAY, **CAPS, SPACE_ID="me/takes")
    head = page._header(playground)
    assert ("every restart empties" in head, "Keys are set" in head, str(tmp_path) in head) == (True, False, False)
    playground.close()
