"""The Sessions tab's promises: a plan built by clicking, every session seen as it runs, and only one's own."""

from __future__ import annotations

import asyncio
import io
import random
import re
import threading
import tracemalloc
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image
from playwright.sync_api import BrowserContext, Page

from comparisons.analysis.summary import summarize
from comparisons.ledger import Ledger, SessionHead
from comparisons.playground import Playground
from comparisons.records import HOST, Person
from comparisons.sessions import Asked, SessionPlan, Written, plan_toml, quote_plan
from comparisons.sessions.expand import planned_session
from comparisons.sessions.plan_toml import write
from comparisons.sessions.progress import Status, status
from comparisons.sessions.service import Sessions
from comparisons.ui import sample
from comparisons.ui.door.door import Door
from comparisons.ui.door.doorkeeper import Doorkeeper
from comparisons.ui.door.own_files import REPORTS
from comparisons.ui.fields import ANY
from comparisons.ui.option_fields import by_name, common, labels
from comparisons.ui.picker.picked import Picked
from comparisons.ui.sessions import page as sessions_page
from comparisons.ui.sessions import plan_form, plan_opening
from comparisons.ui.sessions.counting import Counting
from comparisons.ui.sessions.foresee import MOST_LEFT_OUT, foresee, one_of_each
from comparisons.ui.sessions.plan_form import CLOSED, OPEN, PlanForm
from comparisons.ui.sessions.saved_plans import packed
from comparisons.ui.sessions.watch import Watch
from comparisons.ui.sessions.wrong import FormPart, Wrong
from providers import PROVIDERS, VENDORS, InvalidRequest, Request
from tests import browser
from tests.browser import Served, Trouble, until, visit
from tests.door import id_in, kept, new_cookie
from tests.session_scenes import RATES, session_of, six
from tests.stage import ONE_EACH, VARIANTS, keep_clips_in_common
from tests.test_playground import make
from tests.ui.test_page import NASTY, check_inert

NEEDS_IMAGE = ONE_EACH["runninghub"]
TWO = (ONE_EACH["runcomfy"], ONE_EACH["apiframe"])
DONE = "/(All [12] repeats of the plan were|one repeat was) made/.test(document.querySelector('#session')?.textContent)"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("sessions")
    keep_clips_in_common(home / "takes")
    with browser.serve(home, speed=60) as served:
        yield browser.wait_up(served)


@pytest.fixture(scope="module")
def tab(context: BrowserContext, app: Served) -> Iterator[tuple[Page, Trouble]]:
    """One tab for all tests, with its Sessions open."""
    with browser.one_tab(context) as (page, trouble):
        visit(page, app.url)
        page.get_by_role("tab", name="Sessions").click()
        until(page, f"/Start {6 * len(PROVIDERS)} jobs/.test(document.querySelector('#plan-start').textContent)")
        yield page, trouble


@pytest.fixture
def page(tab: tuple[Page, Trouble]) -> Iterator[Page]:
    page, trouble = tab
    yield page
    assert trouble == Trouble()


START_IN_REACH = """() => { const start = document.querySelector('#plan-start'), box = start.getBoundingClientRect();
  return scrollY === 0 && document.elementFromPoint(box.x + 20, box.y + 10).closest('#plan-start') === start; }"""
HEAD_IN_SIGHT = """((top) => top >= 0 && top < innerHeight / 2)(
  document.querySelector('#session .takes-session').getBoundingClientRect().top)"""


def heads(app: Served) -> list[SessionHead]:
    ledger = Ledger(app.home / "takes" / "ledger.sqlite3")
    try:
        return ledger.sessions(20)
    finally:
        ledger.close()


def foreseen(page: Page, jobs: int) -> None:
    until(page, "document.querySelector('#plan-start').textContent.trim().startsWith(arg)", f"Start {jobs} jobs")


def fill(page: Page, field: str, text: str) -> None:
    box = page.locator(f"#plan-{field}").locator("input, textarea").first
    box.fill(text)
    box.press("Tab")


# by clicking ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_plan_built_by_clicking_is_saved_started_and_seen_to_its_end(page: Page, app: Served, tmp_path: Path):
    assert page.locator("#plan-foreseen").inner_text().count("without a price") == 1
    assert page.evaluate(START_IN_REACH)
    picked = page.locator("#plan-picker .tp-drop")
    assert picked.count() == len(PROVIDERS)
    for _ in range(len(PROVIDERS) - 2):
        picked.nth(1).click()
    fill(page, "prompts", "A paper boat. [Static shot]\n\n")
    fill(page, "repeats", "1")
    foreseen(page, 2)
    saved = save(page, tmp_path)
    page.locator("#plan-start").click()
    until(page, "document.querySelector('#session [data-session]')")
    until(page, DONE)
    (head,) = heads(app)
    assert (head.planned, head.delivered) == (2, 2)
    assert saved.identity(simulated=True) == head.session.identity
    assert page.url.endswith(f"?session={head.session.id}")
    assert page.locator("#sessions [aria-current=true]").get_attribute("data-session") == head.session.id
    assert page.locator("#session-told [aria-live=polite]").inner_text().startswith("2 of 2 finished, 2 delivered.")
    rows = page.locator("#session-figures tbody tr").all_inner_texts()
    assert len(rows) == 2
    assert all("1 of 1" in row and "100 %" in row and "too few (n = 1)" in row for row in rows)
    assert page.locator("#session-runs a[href^='?run=r_']").count() == 1
    assert not page.locator("#session-stop").is_visible()


def save(page: Page, folder: Path) -> Written:
    """Presses Save plan, and reads what it gave as the command line does."""
    with page.expect_download() as download:
        page.locator("#plan-save").click()
    with zipfile.ZipFile(download.value.path()) as file:
        assert sorted(file.namelist()) == ["plan.toml", sample.PATH.name]
        file.extractall(folder)
    return Written.read(folder / "plan.toml")


@pytest.mark.slow
def test_the_report_of_a_session_is_one_download(page: Page):
    with page.expect_download() as download:
        page.get_by_role("link", name="Download report").click()
    with zipfile.ZipFile(download.value.path()) as file:
        names = {name.partition("/")[2] for name in file.namelist()}
    assert {"index.html", "plan.toml", "results.csv"} <= names


@pytest.mark.slow
def test_an_equal_plan_is_not_run_again(page: Page, app: Served):
    page.locator("#plan-start").click()
    page.locator("#session-said").filter(has_text="An equal plan has run already").wait_for()
    assert len(heads(app)) == 1


@pytest.mark.slow
def test_a_wrong_plan_gets_one_sentence_beside_its_field_and_starts_nothing(page: Page, app: Served):
    for field, text, place, words in (
        ("prompts", "", "prompts", "A session needs a prompt"),
        ("repeats", "0", "how", "“Repeats” is a whole number from 1 to 1000, not 0."),
        ("name", " ", "name", "“Name” is a text"),
    ):
        before = page.locator(f"#plan-{field}").locator("input, textarea").first.input_value()
        fill(page, field, text)
        note = page.locator(f"#plan-{place}-note")
        note.filter(has_text=words).wait_for()
        assert page.locator(".takes-note [role=status]:visible").count() == 2  # this one, and that of the last press
        until(page, "document.querySelector('#plan-start').disabled")
        fill(page, field, before)
        note.wait_for(state="hidden")
        foreseen(page, 2)
    assert len(heads(app)) == 1


SHOWN = """() => [
    ...[...document.querySelectorAll("[id^='plan-']:not(#plan-picker) :is(input:not([type=file]), textarea)")].map(
        (each) => [each.closest("[id^='plan-']").id, each.value, each.checked]),
    ...[...document.querySelectorAll('#plan-picker .tp-pick')].map((each) => ['plan-picker', each.dataset.ref]),
]"""
SAME = f"JSON.stringify(({SHOWN})()) === JSON.stringify(arg)"


def open_plan(page: Page, file: Path, words: str) -> str:
    with page.expect_file_chooser() as chooser:
        page.locator("#plan-open").click()
    chooser.value.set_files(file)
    note = page.locator("#plan-opened [role=status]").filter(has_text=words)
    note.wait_for()
    return note.inner_text()


@pytest.mark.slow
def test_a_plan_that_was_saved_or_run_is_opened_again_with_every_field_as_it_was(page: Page, tmp_path: Path):
    fill(page, "prompts", "A paper boat. [Static shot]")
    save(page, tmp_path)
    page.locator("#plan-more").get_by_role("button").first.click()
    page.locator("#plan-budget").wait_for()
    before = page.evaluate(SHOWN)
    assert {"plan-name", "plan-prompts", "plan-picker", "plan-repeats", "plan-seed"} <= {each[0] for each in before}
    for field, text in (("name", "other"), ("prompts", "A car\nA bus"), ("seed", "7"), ("budget", "2.50")):
        fill(page, field, text)
    open_plan(page, tmp_path / "plan.toml", f"{sample.PATH.name}, is not in this file: choose it above")
    until(page, SAME, before)
    page.locator("#session-again").click()
    page.locator("#plan-opened").filter(has_text="Filled in from the plan of first-look").wait_for()
    page.locator("#plan-image img").wait_for()
    until(page, SAME, before)
    foreseen(page, 2)
    page.locator("#session-said").wait_for(state="hidden")
    page.locator("#plan-start").click()
    page.locator("#session-said").filter(has_text="An equal plan has run already").wait_for()
    page.locator("#plan-opened").wait_for(state="hidden")


@pytest.mark.slow
def test_a_session_of_another_process_is_seen_as_it_runs_and_a_reload_keeps_it(
    page: Page, tab: tuple[Page, Trouble], app: Served, tmp_path: Path
):
    playground = make(app.home / "takes")
    sessions = Sessions(playground)
    cut_short(page, playground, tmp_path)
    asked = (Asked(NASTY), Asked("Another. [Static shot]"))
    plan = SessionPlan(NASTY, TWO, asked, repeats=2, concurrency=1, nearest=True)
    session, _ = sessions.start(Written(plan, write(plan), tmp_path), simulated=True)
    row = page.locator(f"#sessions a[data-session='{session.id}']")
    row.click()
    until(page, DONE)
    assert sessions.wait(session.id, browser.PATIENCE_S)
    sessions.close()
    playground.close()
    assert page.locator("#session-figures tbody tr").count() == 2
    check_inert(page, 4)
    tab[1].leave(page, page.url)
    until(page, DONE)
    assert page.locator("[role=tab][aria-selected=true]").inner_text().strip() == "Sessions"
    until(page, HEAD_IN_SIGHT)
    page.wait_for_function("!document.querySelector('#plan-picker .tp-coming')")
    until(page, HEAD_IN_SIGHT)
    assert page.locator("#sessions li").count() == 3
    page.set_viewport_size({"width": 390, "height": 844})
    check_inert(page, 4)
    page.get_by_role("tab", name="History").click()
    until(page, "!location.search.includes('session')")


def cut_short(page: Page, playground: Playground, folder: Path) -> None:
    """A session whose Takes ends before its first job: the page says so, and goes on with it at a press."""
    closed = Sessions(playground)
    closed.close()
    plan = SessionPlan("cut short", TWO, (Asked("A boat. [Static shot]"),), nearest=True)
    session, _ = closed.start(Written(plan, write(plan), folder), simulated=True)
    assert closed.wait(session.id, browser.PATIENCE_S)
    page.locator(f"#sessions a[data-session='{session.id}']").click()
    page.locator("#session").filter(has_text="cut short").wait_for()
    assert page.locator("#session-stop").is_visible()
    page.locator("#session-go-on").click()
    until(page, DONE)
    page.locator("#session-go-on").wait_for(state="hidden")
    jobs = playground.ledger.session(session.id).jobs
    assert [job.state for job in jobs] == ["delivered"] * 2


@pytest.mark.slow
def test_what_an_opened_plan_names_whole_stays_so_in_its_order_until_it_is_taken_away(page: Page, tmp_path: Path):
    variants = (TWO[0], "model:hailuo-2.3", "provider:runcomfy")
    page.get_by_role("tab", name="Sessions").click()
    (tmp_path / "whole.toml").write_text(write(SessionPlan("whole", variants, (Asked("A boat"),), nearest=True)))
    open_plan(page, tmp_path / "whole.toml", "Filled in from whole.toml")
    model = page.locator("#plan-picker .tp-pick[data-ref='model:hailuo-2.3']")
    model.filter(has_text="All of Hailuo 2.3:").wait_for()
    assert saved_variants(page) == variants
    model.get_by_role("button").click()
    model.wait_for(state="detached")
    assert saved_variants(page) == (TWO[0], "provider:runcomfy")


def saved_variants(page: Page) -> tuple[str, ...]:
    with page.expect_download() as download:
        page.locator("#plan-save").click()
    with zipfile.ZipFile(download.value.path()) as file:
        return plan_toml.parse(file.read("plan.toml").decode(), None).variants


# the form -------------------------------------------------------------------------------------------------------------

FORM = PlanForm(
    name="boats", prompts="A paper boat, [Push in]\n A lighthouse \n", image=str(sample.PATH), nearest=True,
    picked=Picked(list(TWO)), repeats=2,
    mode="Sandbox", allow_unpriced=False, arrival=CLOSED, concurrency=8, rate=6, warm_up=0, seed=0, budget="",
    within="", most="", options={}, keys={},
)  # fmt: skip


def test_every_field_of_the_form_is_in_the_plan():
    whole = replace(
        FORM, options={"duration": 6, "resolution": "768p", "prompt_optimizer": True},
        nearest=False, picked=Picked(["model:m", "provider:p", *TWO]), arrival=OPEN,
        rate=1.5, warm_up=1, seed=7, budget="2.50", within="10", most="9",
    )  # fmt: skip
    plan = whole.written().plan
    asked = Asked("A paper boat, [Push in]", sample.PATH.name, options=whole.options)
    assert plan.requests == (asked, replace(asked, prompt="A lighthouse"))
    assert plan.variants == ("model:m", "provider:p", *TWO)
    assert (plan.concurrency, plan.rate_per_minute, plan.warm_up, plan.order_seed) == (None, 1.5, 1, 7)
    assert (str(plan.budget_usd), plan.within_percent, plan.most_repeats, plan.nearest) == ("2.50", 10.0, 9, False)


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        ({"prompts": " \n "}, "prompts", "A session needs a prompt"),
        ({"picked": Picked()}, "variants", "Choose at least one"),
        ({"prompts": "A boat\n" * 20_000}, "prompts", "A plan of more than 100 kB is too large for this form"),
        ({"prompts": "A\n" * 2001}, "prompts", "A session has at most 2000 prompts, not 2001."),
        ({"prompts": "A" * 10_001}, "prompts", "is a text of at most 10000 characters, not"),
        ({"name": " "}, "name", "“Name” is a text"),
        ({"repeats": None}, "how", "Repeats: a number is missing."),
        ({"repeats": 2.5}, "how", "“Repeats” is a whole number from 1 to 1000, not 2.5."),
        ({"within": "5"}, "how", "“Stop within” needs “Most repeats” beside it."),
        ({"budget": "lots"}, "how", "“Budget” is a number, not “lots”."),
        ({"budget": "nan"}, "how", "“Budget” is a number"),
        ({"picked": Picked(["nobody:x"])}, "variants", "nobody"),
        ({"image": None, "picked": Picked([NEEDS_IMAGE])}, "variants", "needs an image"),
        ({"picked": Picked(["model:none"])}, "variants", "none"),
        ({"mode": "Live"}, "start", "A live run needs a key"),
    ],
)
def test_what_is_wrong_is_one_sentence_in_its_place(tmp_path: Path, change: dict, place: str, words: str):
    playground = make(tmp_path)
    with pytest.raises(Wrong) as error:
        foresee(playground, replace(FORM, **change), HOST)
    playground.close()
    assert (error.value.place, words in str(error.value)) == (place, True), str(error.value)
    assert "plan.toml" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"prompts": "A\n" * 1700}, "prompts"),
        ({"prompts": "A\n" * 61, "repeats": None}, "prompts"),
        ({"prompts": "A\n" * 30, "repeats": 2, "warm_up": 1}, "how"),
        ({"prompts": "A", "repeats": 61}, "how"),
    ],
)
def test_a_visitors_form_of_more_takes_than_an_hours_is_refused_before_it_is_counted(change: dict, place: str):
    form = replace(FORM, **change)
    form.check_few(HOST)
    replace(FORM, prompts="A\n" * 60, repeats=1).check_few(Person("ann"))
    with pytest.raises(Wrong, match="takes; a visitor may start 60 in an hour") as error:
        form.check_few(Person("ann"))
    assert error.value.place == place


class Counter:
    """Counts plans of one prompt only when it is let; ``counted`` are the prompts of all."""

    def __init__(self) -> None:
        self.let, self.counted = threading.Event(), []

    def __call__(self, _playground: Playground, form: PlanForm, _who: Person) -> str:
        self.counted.append(form.prompts)
        if form.prompts == "wrong":
            raise Wrong(FormPart.HOW, "No.")
        assert form.prompts == "at once" or self.let.wait(10)
        return form.prompts


def test_a_page_picks_up_what_came_of_its_latest_form_and_of_nobody_elses():
    counter = Counter()
    counting, ann, bob = Counting(None, counter), Person("ann"), Person("bob")
    slow, other, quick = (replace(FORM, prompts=prompts) for prompts in ("slow", "other", "at once"))
    first = counting.begun("p", slow, ann)
    assert counting.begun("p", slow, ann) is first
    assert counting.begun("p", slow, replace(ann, keys={"runcomfy": "k"})) is not first
    others = counting.begun("p", other, ann), counting.begun("p", quick, ann)
    assert counting.picked_up("p", bob, counting.begun("p", quick, bob)) == "at once"  # ann's do not keep bob waiting
    assert others[0].cancelled()
    with pytest.raises(Wrong, match="was changed meanwhile"):
        counting.picked_up("p", ann, others[0])
    counter.let.set()
    assert counting.picked_up("p", ann, others[1]) == "at once"
    assert "other" not in counter.counted
    assert counting.begun("p", quick, ann) is not others[1]  # it is counted anew


def test_a_sentence_about_a_counted_form_stands_in_its_place_and_keeps_nothing_of_it():
    counting, ann = Counting(None, Counter()), Person("ann")
    with pytest.raises(Wrong, match=r"^No\.$") as error:
        counting.picked_up("p", ann, counting.begun("p", replace(FORM, prompts="wrong"), ann))
    assert (error.value.place, error.value.__cause__, error.value.__context__) == ("how", None, None)


@pytest.mark.slow
def test_of_those_left_out_so_many_are_listed_and_the_others_counted(tmp_path: Path):
    playground = make(tmp_path)
    models = sorted({f"model:{variant.model}" for variant in playground.variants})
    form = replace(FORM, prompts="A\n" * 40, image=None, picked=Picked(models), repeats=1)
    it = foresee(playground, form, HOST)
    playground.close()
    assert (len(it.left_out), it.more_left_out > 0) == (MOST_LEFT_OUT, True)
    told = sessions_page.foreseen(it)
    assert (told.count("<li>"), f"And {it.more_left_out} more." in told) == (MOST_LEFT_OUT, True)


def test_a_form_of_twenty_megabytes_is_refused_before_any_of_it_is_read_or_its_image_decoded():
    told = {"picked": {"chosen": list(TWO)}}
    names = [each.name for each in fields(PlanForm) if each.name not in ("options", "keys")]
    values = [told.get(name, getattr(FORM, name)) for name in names]
    unread = [*(ANY for _ in common(OPTIONS)), ""] + ["" for _ in VENDORS]
    assert PlanForm.read([*values, *unread], OPTIONS) == FORM
    for place in range(len(values)):  # whichever field it is in
        for huge in ("x" * 20_000_000, ["x" * 1_000_000] * 20, {"chosen": ["x" * 1_000_000] * 20}):
            forged = [*values[:place], huge, *values[place + 1 :], *unread]
            tracemalloc.start()
            with pytest.raises(Wrong, match="A plan of more than 100 kB is too large for this form"):
                PlanForm.read(forged, OPTIONS)
            held = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert held < 100_000


@pytest.mark.slow
def test_a_plan_holds_its_image_once_however_many_prompts_it_has(tmp_path: Path):
    noise = random.Random(1).randbytes(1200 * 1000 * 3)  # nothing to compress: some 3.6 MB as a file
    Image.frombytes("RGB", (1200, 1000), noise).save(tmp_path / "noise.png")
    playground, size = make(tmp_path / "home"), (tmp_path / "noise.png").stat().st_size
    form = replace(FORM, prompts="\n".join(map(str, range(300))), image=str(tmp_path / "noise.png"))
    written = form.written()
    written.identity(simulated=True)  # all that is loaded by and by is there from now on
    tracemalloc.start()
    quote = quote_plan(playground, written, True)
    assert len({id(request.first_frame.data) for request, _ in quote.requests}) == 1
    quote = quote_plan(playground, form.written(), True)  # one that has not loaded anything yet
    session = planned_session(playground, quote, written, written.identity(simulated=True), live=False, who=HOST)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(session.jobs) == 300 * len(TWO) * FORM.repeats
    assert peak < 30 * size  # of which decoding it once takes most; once for each prompt, it would be 600 times as much
    playground.close()


def test_what_a_plan_would_be_is_told_with_what_is_unknown(tmp_path: Path):
    playground = make(tmp_path, TAKES_USD_PER_CREDIT="none")
    before = foresee(playground, replace(FORM, arrival=OPEN, rate=0.5), HOST)
    assert (before.requests, before.variants, before.times, before.jobs, before.seconds) == (2, 2, 2, 8, None)
    assert before.unpriced == 4  # one of the two is priced in credits
    sessions = Sessions(playground)
    session, _ = sessions.start(FORM.written(), simulated=True)
    assert sessions.wait(session.id, 60)
    after = foresee(playground, replace(FORM, arrival=OPEN, rate=0.5), HOST)
    sessions.close()
    playground.close()
    assert 8 / 0.5 * 60 <= after.seconds <= 8 / 0.5 * 60 + 60  # as long as the jobs take to come, and one to end
    assert only_one(tmp_path)


def test_an_open_loop_is_not_said_to_be_over_before_its_jobs_can_have_come(tmp_path: Path):
    playground = make(tmp_path)
    sessions = Sessions(playground)
    before, _ = sessions.start(FORM.written(), simulated=True)
    assert sessions.wait(before.id, 60)
    slow = replace(FORM, arrival=OPEN, rate=0.5).written()
    quote = quote_plan(playground, slow, simulated=True)
    session = planned_session(playground, quote, slow, "identity", live=False, who=HOST)
    seconds = status(playground, session).eta_s
    sessions.close()
    playground.close()
    assert 8 / 0.5 * 60 <= seconds < 8 / 0.5 * 60 + 60


def only_one(home: Path) -> bool:
    """What was only foreseen left nothing: there is the one session that was started."""
    ledger = Ledger(home / "ledger.sqlite3")
    try:
        return len(ledger.sessions(9)) == 1
    finally:
        ledger.close()


def test_a_variant_of_every_gateway_is_ticked_at_first(tmp_path: Path):
    playground = make(tmp_path)
    ticked = one_of_each(playground.variants, Request("A boat"))
    playground.close()
    assert [ref.partition(":")[0] for ref in ticked] == list(PROVIDERS)


# opened again ---------------------------------------------------------------------------------------------------------

PROVIDERS_WHOLE = [f"provider:{slug}" for slug in PROVIDERS]
OPTIONS = by_name(VARIANTS)
KNOWN = plan_opening.Offered(frozenset({"model:m", *PROVIDERS_WHOLE, *ONE_EACH.values()}), OPTIONS)
CHOICES = {name: some.sampled_from([*found.values()]) for name, of in OPTIONS.items() if (found := labels(name, of))}
ALL = ["model:m", *PROVIDERS_WHOLE, *ONE_EACH.values()]
PICKED = some.lists(some.sampled_from(ALL), min_size=1, unique=True).map(Picked)
LINE = some.text(some.characters(codec="utf-8", exclude_characters="\n\r\0"), min_size=1, max_size=30)
WORDS = LINE.map(str.strip).filter(bool)


@some.composite
def forms(draw: some.DrawFn) -> PlanForm:
    """Any form whose plan is right, its image apart."""
    one = {"CLOSED": {"concurrency": some.integers(1, 1000)}, "OPEN": {"rate": some.floats(0.01, 6000)}}
    arrival = draw(some.sampled_from(sorted(one)))
    rule = draw(some.booleans())
    return replace(
        FORM, name=draw(WORDS), prompts="\n".join(draw(some.lists(WORDS, min_size=1, max_size=4))), image=None,
        options=draw(some.fixed_dictionaries({}, optional=CHOICES)), nearest=draw(some.booleans()), picked=draw(PICKED),
        repeats=draw(some.integers(1, 9)), arrival={"CLOSED": CLOSED, "OPEN": OPEN}[arrival],
        warm_up=draw(some.integers(0, 1000)), seed=draw(some.integers(0, 2**53)),
        budget=draw(some.decimals(Decimal("0.01"), 10**6, places=2).map(str) | some.just("")),
        within=str(draw(some.integers(1, 100) | some.floats(0.1, 99.9).filter(lambda it: it % 1))) if rule else "",
        most=str(draw(some.integers(9, 1000))) if rule else "",
        **{name: draw(values) for name, values in one[arrival].items()},
    )  # fmt: skip


@pytest.mark.slow
@given(forms())
def test_a_forms_plan_fills_the_form_as_it_was(form: PlanForm):
    assert plan_opening.form_of(form.written().plan, KNOWN) == form


SHOWABLE = SessionPlan("boats", ("model:m", *TWO), (Asked("A boat"), Asked("A lighthouse")))
HARD = SHOWABLE.requests[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"requests": (HARD, replace(HARD, image="a.jpg"))}, "images that differ from prompt to prompt"),
        ({"requests": (HARD, replace(HARD, options={"duration": 6}))}, "values of duration that differ"),
        ({"requests": (HARD, replace(HARD, options={"mood": "sad"}))}, "values of opt_mood that differ"),
        ({"requests": (replace(HARD, references=("a.jpg",)),)}, "reference images"),
        ({"requests": (replace(HARD, last_image="b.jpg"),)}, "a last frame"),
        (
            {"requests": (replace(HARD, options={"duration": 7777, "resolution": "9p"}),)},
            "duration = 7777 and resolution = 9p",
        ),
        ({"requests": (replace(HARD, prompt="A boat\nA car"),)}, "a prompt of several lines"),
        ({"requests": (replace(HARD, prompt=" A boat"),)}, "a prompt with blanks around it"),
        ({"variants": ("nobody:x",)}, "variants that are not offered here (nobody:x)"),
        ({"name": "a\nb"}, "a name of several lines"),
        ({"name": "a" * 201}, "a name of more than 200 characters"),
        ({"order_seed": 2**53 + 1}, "an order_seed above"),
        ({"budget_usd": Decimal("0.1" + "0" * 40)}, "a budget of that many digits"),
    ],
)
def test_what_the_form_cannot_show_is_refused_by_its_name(change: dict, words: str):
    assert plan_opening.form_of(SHOWABLE, KNOWN).prompts == "A boat\nA lighthouse"
    with pytest.raises(InvalidRequest) as error:
        plan_opening.form_of(replace(SHOWABLE, **change), KNOWN)
    assert str(error.value) == f"This form cannot show {words}{str(error.value).partition(words)[2]}"
    assert str(error.value).endswith("; the plan runs as it is from the command line.")


def test_an_opened_plan_has_nothing_read_or_looked_for_that_it_names(tmp_path: Path):
    text = 'name = "x"\nvariants = ["a:b"]\n'
    answers = []
    for there in (str(sample.PATH), "/etc/passwd", "/nowhere", "../../x", "a" * 9000):
        plan = plan_toml.parse(f"{text}[[requests]]\nprompt = 'A'\nimage = '{there}'\n", None)
        assert plan.requests[0].image == there
        with pytest.raises(InvalidRequest, match="requests in a CSV can only be run from the command line") as error:
            plan_toml.parse(f"requests_csv = '{there}'\n{text}", None)
        answers.append(str(error.value))
    assert len(set(answers)) == 1


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"hello", "sent.toml, line 1: this is not TOML"),
        (b"\xfa\xfb", "sent.toml, line 1: this is not UTF-8 text"),
        (b"name = 'x'\nvariants = []", "sent.toml, line 2: variants is a list of one or more variants"),
        (b"#" * (plan_form.MOST_BYTES + 1), "sent.toml is larger than 100 kB"),
        (packed(FORM.written()), "sent.toml is a zip, as Save plan gives it"),
    ],
    ids=["no TOML", "no text", "no plan", "too large", "a zip"],
)
def test_a_file_that_is_no_plan_gets_one_sentence(tmp_path: Path, sent: bytes, words: str):
    (tmp_path / "sent.toml").write_bytes(sent)
    with pytest.raises(InvalidRequest) as error:
        plan_opening.read(tmp_path / "sent.toml")
    assert str(error.value).startswith(words)


# in words -------------------------------------------------------------------------------------------------------------

NOW = Status(
    session="s1", name="boats", simulated=True, planned=60, over=12, delivered=11, under_way=8, awaited=0, states={},
    eta_s=180.0, spent_usd=Decimal(1), unpriced=0, ended="", done=False,
)  # fmt: skip


def test_a_session_tells_how_many_jobs_have_finished():
    assert NOW.line == "12 of 60 finished, 11 delivered, 8 under way, about 3 min to go"
    last = replace(NOW, over=59, under_way=0, awaited=1, eta_s=None)
    assert last.line == "59 of 60 finished, 11 delivered, 1 clip waited for"
    assert sessions_page.told(NOW) == "12 of 60 finished"
    assert sessions_page.told(replace(NOW, over=0)) == "60 jobs begin"
    assert sessions_page.told(replace(NOW, planned=1, over=0)) == "1 job begins"


def test_what_only_the_latencies_leave_out_is_told_apart_from_what_no_figure_has():
    html = sessions_page.figures(summarize(six(), RATES))
    nowhere, latencies = re.findall(r'<p class="takes-quiet">(In no figure|Not in the latencies): (.*?)\.</p>', html)
    assert nowhere[0] == "In no figure"
    assert "1 made to warm up" in nowhere[1]
    assert "picked up" not in nowhere[1]
    assert latencies[1].startswith("1 picked up after an interruption")


def test_who_is_better_is_told_of_the_figures_whatever_variants_are_called():
    """Also of variants whose names read like verdicts."""
    found = summarize(six(8, 4), RATES)
    odd = ("It cannot be told apart at n = 8", "too few pairs to compare", "Nobody is faster by 9 s than")
    named = [replace(each, provider="", label=f"{odd[at % 3]} {at}") for at, each in enumerate(found.variants)]
    plain, other = (sessions_page.figures(each) for each in (found, replace(found, variants=tuple(named))))
    for nobody in odd:
        other = other.replace(nobody, "")
    assert plain.count(" than ") == other.count(" than ") > 9
    assert plain.count("told apart at") == other.count("told apart at")


def test_the_one_run_a_page_has_no_room_for_is_one():
    runs = [(0, repeat, []) for repeat in range(sessions_page.MOST_RUNS + 1)]
    assert "1 more run is in the report." in sessions_page.runs(session_of(runs))
    assert "2 more runs are in the report." in sessions_page.runs(session_of([*runs, (0, 9999, [])]))


# whose it is ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def public(tmp_path: Path) -> Iterator[Playground]:
    playground = make(tmp_path, TAKES_PUBLIC="1")
    yield playground
    playground.close()


async def _report(keeper: Doorkeeper, session_id: str, cookie: str) -> httpx.Response:
    headers = {"cookie": cookie} if cookie else {}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(keeper), base_url="http://here") as client:
        return await client.get(f"{REPORTS}{session_id}.zip", headers=headers)


def test_a_session_is_shown_and_its_report_handed_to_its_owner_only(public: Playground, tmp_path: Path):
    door = Door(public)
    cookies = new_cookie(door), new_cookie(door)
    ann, bob = (Person(id_in(cookie)) for cookie in cookies)
    few = replace(FORM, prompts="A boat", repeats=1)
    session, _ = door.sessions.start(few.written(), simulated=True, who=ann)
    assert door.sessions.wait(session.id, 60)
    assert session.id in Watch(door, ann, session.id).look().head
    assert session.id not in Watch(door, bob, "").look().rows
    with pytest.raises(InvalidRequest, match="No session is called"):
        Watch(door, bob, session.id).look()
    keeper = kept(door)
    with ThreadPoolExecutor(1) as apart:  # a browser's loop may be running here
        answers = [apart.submit(asyncio.run, _report(keeper, session.id, who)).result() for who in (*cookies, "")]
    door.sessions.close()
    assert [answer.status_code for answer in answers] == [200, 404, 403]
    with zipfile.ZipFile(io.BytesIO(answers[0].content)) as file:
        assert file.testzip() is None
    assert "no-store" in answers[0].headers["cache-control"]
