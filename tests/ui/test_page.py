"""The page's promises, each held by a real browser in front of the app as people start it."""

from __future__ import annotations

import contextlib
import itertools
import re
import secrets
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page

from comparisons.ledger import Ledger
from comparisons.records import Event, Job, Run
from comparisons.runs.compare import new_id
from comparisons.runs.history import PAGE
from comparisons.ui import sample
from comparisons.ui.picker.own_options import own_options
from providers import PROVIDERS
from tests import browser
from tests.browser import (
    CELLS,
    SETTLE_MS,
    Served,
    Trouble,
    pick_only,
    press_run,
    states,
    stored,
    until,
    until_all,
    visit,
)
from tests.form import TICK, ask, put_back, upload
from tests.scenes import SMALL, clip_of
from tests.stage import VARIANTS, hand_out

FRAME_S = 1 / 24
NASTY = (
    "\u202egpj.ylno <svg class=planted onload=window.__xss=1> [zebra-crossing-4711](javascript:window.__xss=2)"
    ' <a class=planted href="javascript:window.__xss=3">x</a> <img class=planted src=x onerror="window.__xss=4">'
    f" </script>[Static shot] {'unbroken' * 40}"
)
"""HTML and links that run scripts, a mark that turns the direction of writing, and a word no line can hold."""
SHORT = ["RunningHub"]
"""One gateway, the quickest of the sandbox: for what a single take can show."""
CANCELED = r"canceled (it|the job)"
GIVEN_UP = "Stopped waiting: .+ may still be billed"
PLAYER = "document.querySelector('.takes-grid').parentElement.__takes"


MOVING = False


@pytest.fixture(scope="module")
def servers(context: BrowserContext, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Served]]:
    """One app whose takes arrive within seconds, and one where they take long enough to be stopped.

    Neither renders anything: that would take longer than all the rest of a test.
    """
    homes = [tmp_path_factory.mktemp(name) for name in ("quick", "slow")]
    clip = clip_of(SMALL)
    plans = [hand_out(clip, home, dict.fromkeys(PROVIDERS, 0)) for home in homes]
    same = [{"TAKES_SANDBOX_FAULTS": str(plan)} for plan in plans]
    with browser.serve(homes[0], 8, **same[0]) as quick, browser.serve(homes[1], 0.1, **same[1]) as slow:
        yield browser.wait_up(quick), browser.wait_up(slow)


@pytest.fixture(scope="module")
def app(servers: tuple[Served, Served]) -> Served:
    return servers[0]


@pytest.fixture(scope="module")
def slow_app(servers: tuple[Served, Served]) -> Served:
    return servers[1]


@pytest.fixture(scope="module")
def tab(context: BrowserContext, servers: tuple[Served, Served]) -> Iterator[tuple[Page, Trouble]]:
    with browser.one_tab(context) as tab:
        yield tab


@pytest.fixture
def trouble(tab: tuple[Page, Trouble]) -> Trouble:
    return tab[1]


@pytest.fixture
def page(tab: tuple[Page, Trouble]) -> Iterator[Page]:
    """A tab with nothing in it. Whatever a test does, the page stays on this machine and logs no errors."""
    page, trouble = tab
    page.bring_to_front()
    page.set_viewport_size(browser.WIDE)
    trouble.leave(page, "about:blank")
    trouble.hosts.clear()
    yield page
    assert trouble == Trouble()


@pytest.fixture
def form(tab: tuple[Page, Trouble], app: Served) -> Iterator[Page]:
    """A tab whose form is as it opens; below it may be the run of an earlier test."""
    page, trouble = tab
    page.bring_to_front()
    page.set_viewport_size(browser.WIDE)
    if page.url.startswith(app.url):
        put_back(page)
    else:
        visit(page, app.url)
    try:
        yield page
        assert trouble == Trouble()
    finally:  # one test's trouble is not the next one's
        trouble.errors.clear()
        trouble.hosts.clear()


@pytest.fixture
def slow_form(page: Page, slow_app: Served) -> Page:
    """The page of the slow app as it opens."""
    visit(page, slow_app.url)
    return page


@pytest.fixture
def shown(six: Page) -> Page:
    """The page as it opens, Run pressed once, and all six takes in; tests leave it as it is."""
    six.bring_to_front()
    return six


@pytest.fixture(scope="module")
def six(context: BrowserContext, app: Served) -> Iterator[Page]:
    page = context.new_page()
    visit(page, app.url)
    page.evaluate(
        """() => { window.seen = {}; window.heard = new Set(); new MutationObserver(() => {
          window.heard.add(document.querySelector('#grid .tg-live').textContent);
          for (const cell of document.querySelectorAll('#grid [data-job]'))
            (window.seen[cell.dataset.job] ??= new Set()).add(cell.dataset.state);
        }).observe(document.querySelector('#grid'), { subtree: true, childList: true, attributes: true }); }"""
    )
    press_run(page, 6)
    until_all(page, "delivered", 6)
    until(page, f"{PLAYER}.videos().length === 6 && {PLAYER}.videos().every(v => v.readyState >= 2)")
    yield page
    page.close()


@pytest.fixture
def nasty(html: Page) -> Page:
    """One delivered take of a prompt that is HTML."""
    html.bring_to_front()
    return html


@pytest.fixture(scope="module")
def html(context: BrowserContext, app: Served) -> Iterator[Page]:
    page = context.new_page()
    visit(page, app.url)
    page.locator("#prompt textarea").fill(NASTY)
    pick_only(page, SHORT)
    press_run(page, 1)
    until_all(page, "delivered", 1)
    yield page
    page.close()


def still(page: Page) -> None:
    """Waits until no clip is on its way to another frame."""
    until(page, f"{PLAYER}.videos().every(video => video.paused && !video.seeking)")


def times(page: Page) -> list[float]:
    return page.evaluate(f"() => {PLAYER}.videos().map(video => video.currentTime)")


def unfocus(page: Page) -> None:
    """The grid in view and nothing focused: keys go to the page itself."""
    page.locator("#grid .tg-cells").scroll_into_view_if_needed()
    page.evaluate("() => document.activeElement.blur()")


def rewind(page: Page) -> None:
    """Paused on the first frame."""
    unfocus(page)
    if page.locator("[data-act=play]").get_attribute("aria-label") == "Pause":
        page.keyboard.press("Space")
    page.locator("[data-act=scrub]").fill("0")
    still(page)


def runs(app: Served) -> list[str]:
    ledger = Ledger(app.home / "takes" / "ledger.sqlite3")
    try:
        return [run.id for run in ledger.runs(100)]
    finally:
        ledger.close()


# the first minute -------------------------------------------------------------------------------------------------


RUN_IN_REACH = """() => { const run = document.querySelector('#run'), box = run.getBoundingClientRect();
  return box.bottom <= innerHeight && document.elementFromPoint(box.x + 20, box.y + 10).closest('#run') === run; }"""


def test_it_opens_ready_to_run_and_asks_no_other_host(page: Page, trouble: Trouble, app: Served):
    visit(page, app.url)
    assert page.locator("#prompt textarea").input_value() == sample.PROMPT
    until(page, "document.querySelector('#image img')?.naturalWidth > 0")
    assert page.locator("#picker input:checked").count() == 6
    picked = page.locator("#picker .tp-row:has(input:checked) .tp-provider").all_text_contents()
    assert len(set(picked) & {provider.name for provider in PROVIDERS.values()}) == 6
    assert page.locator("#run").is_enabled()
    assert page.locator("#run").inner_text().strip() == "Run 6 takes · sandbox"
    assert page.locator("#spent").inner_text().strip() == "Nothing is charged"
    assert page.locator(".ts-intro").is_visible()
    assert page.evaluate(RUN_IN_REACH)
    assert (trouble.hosts, trouble.errors) == (set(), [])


def test_run_brings_six_clips_through_their_states(shown: Page):
    seen = shown.evaluate("() => Object.values(window.seen).map(states => [...states])")
    assert len(seen) == 6
    for each in seen:
        assert each[-1] == "delivered"
        assert set(each) & {"queued", "running"}
    assert browser.run_of(shown)
    until(shown, f"{PLAYER}.videos().length === 6")
    until(shown, f"{PLAYER}.videos().every(video => video.readyState >= 2 && !video.error)")


def test_what_becomes_of_every_take_is_told_to_screen_readers(shown: Page):
    live = shown.locator("#grid .tg-live")
    assert (live.get_attribute("aria-live"), live.get_attribute("role")) == ("polite", "status")
    heard = {each for text in shown.evaluate("() => [...window.heard]") for each in text.split(". ")}
    delivered = [each for each in heard if re.search(r" delivered in [0-9.]+ s$", each)]
    assert len(delivered) == 6
    assert len({name for name in PROVIDERS if any(PROVIDERS[name].name in each for each in delivered)}) == 6
    assert live.inner_text().endswith("All takes are in")


def test_every_simulated_take_says_sandbox(shown: Page):
    labels = shown.locator("#grid [data-job] .tg-sandbox")
    assert [text.upper() for text in labels.all_inner_texts()] == ["SANDBOX"] * 6
    assert all(label.is_visible() for label in labels.all())
    assert shown.locator(".tg-head .tg-sandbox").is_visible()
    assert "simulated" in shown.locator("#table").inner_text()


BOXES = (
    "nodes => nodes.map(node => node.getBoundingClientRect()).map(box => [box.left, box.top, box.right, box.bottom])"
)


def meet(one: list[float], other: list[float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] + 2 < other[3] and other[1] + 2 < one[3]


def test_the_table_has_a_row_per_take_and_both_plots_are_drawn(shown: Page):
    statuses = "#table [data-testid^='cell-'][data-testid$='-1']"
    delivered = "each => each.textContent.trim() === 'delivered'"
    until(shown, f"[...document.querySelectorAll(arg)].filter({delivered}).length === 6", statuses)
    assert shown.locator(statuses).count() == 6
    heads = shown.locator("#table th .header").all_inner_texts()
    assert {"Take", "Total, s", "Generate, s", "Cost, USD"} <= set(heads)
    assert not any("_" in head for head in heads)
    shown.locator("#table th").filter(has_text="Held, s").first.hover()
    until(shown, "[...document.querySelectorAll('#table th')].some(head => /not in the total/.test(head.title))")
    plots = shown.locator("#plots svg")
    names = plots.nth(1).locator(".ch-name").evaluate_all(BOXES)
    assert 1 <= len(names) == plots.nth(1).locator(".ch-dot").count()
    assert not [pair for pair in itertools.combinations(names, 2) if meet(*pair)]
    assert [plot.bounding_box()["height"] > 100 for plot in plots.all()] == [True, True]
    assert "simulated" in plots.first.get_attribute("aria-label")
    assert plots.first.locator("[data-phase=generate]").count() == 6


# the player ---------------------------------------------------------------------------------------------------------


def test_a_frame_step_moves_every_clip_by_one_frame_of_its_own_and_back(shown: Page):
    rewind(shown)
    rates = shown.evaluate(f"() => {CELLS}.map(cell => Number(/([0-9.]+) fps/.exec(cell.textContent)[1]))")
    before = times(shown)
    for act, sign in (("forward", 1), ("forward", 2), ("back", 1), ("back", 0)):
        shown.locator(f"[data-act={act}]").click()
        still(shown)
        moved = [(now - then) * rate for now, then, rate in zip(times(shown), before, rates, strict=True)]
        assert moved == pytest.approx([sign] * 6, abs=0.05)


def test_keys_play_step_and_loop(shown: Page):
    rewind(shown)
    start = times(shown)
    shown.keyboard.press(".")
    still(shown)
    assert [now - then for now, then in zip(times(shown), start, strict=True)] == pytest.approx([FRAME_S] * 6, abs=2e-3)
    shown.keyboard.press(",")
    still(shown)
    assert times(shown) == pytest.approx(start, abs=2e-3)
    loop = shown.locator("[data-act=loop]")
    looping = loop.get_attribute("aria-pressed")
    shown.keyboard.press("l")
    assert loop.get_attribute("aria-pressed") != looping
    shown.keyboard.press("l")
    assert loop.get_attribute("aria-pressed") == looping
    shown.keyboard.press("Space")
    until(shown, f"{PLAYER}.videos().every(video => !video.paused && video.currentTime > 0.1)")
    shown.keyboard.press("Space")
    still(shown)


def test_typing_in_the_prompt_does_not_drive_the_player(shown: Page):
    rewind(shown)
    field = shown.locator("#prompt textarea")
    field.focus()
    shown.keyboard.press("End")
    shown.keyboard.type(" ,.ml")
    assert field.input_value().endswith(" ,.ml")
    field.fill(sample.PROMPT)
    assert shown.evaluate(f"() => {PLAYER}.videos().every(video => video.paused)")
    assert shown.evaluate(f"() => {PLAYER}.frame()") == 0


# closing, reloading, stopping ---------------------------------------------------------------------------------------


def another_prompt(page: Page) -> None:
    """One that no clip has been rendered for."""
    page.locator("#prompt textarea").fill(f"A slow boat, {secrets.token_hex(4)}")


@pytest.mark.slow
def test_a_reload_and_a_second_tab_show_the_same_run_until_it_completes(
    form: Page, trouble: Trouble, context: BrowserContext
):
    another_prompt(form)
    pick_only(form, ["OdiRouter", "Apiframe"])
    run = press_run(form, 2)
    before = states(form)
    assert "delivered" not in before.values()
    assert trouble == Trouble()
    ran, draft = form.locator("#prompt textarea").input_value(), f"{NASTY} not run yet"
    form.locator("#prompt textarea").fill(draft)
    trouble.leave(form, form.url)
    second = context.new_page()
    second.goto(form.url)
    for tab in (form, second):
        until(tab, f"{CELLS}.length === 2")
        assert list(states(tab)) == list(before)
        assert browser.run_of(tab) == run
    for tab in (form, second):
        until_all(tab, "delivered", 2)
    for tab, prompt in ((form, draft), (second, ran)):  # what was typed and not run is this tab's own
        until(tab, "document.querySelector('#prompt textarea').value === arg", prompt)
    form.locator("#prompt textarea").fill(ran)
    assert "not run yet" not in stored(form)
    second.close()


@pytest.mark.slow
def test_closing_every_tab_stops_no_job(context: BrowserContext, app: Served, page: Page):
    watcher = context.new_page()
    visit(watcher, app.url)
    another_prompt(watcher)
    pick_only(watcher, ["OdiRouter"])
    run = press_run(watcher, 1)
    assert "delivered" not in states(watcher).values()
    link = watcher.url
    watcher.close()
    ledger = Ledger(app.home / "takes" / "ledger.sqlite3")
    deadline = time.monotonic() + browser.START_S
    while not all(job.done for job in ledger.run(run).jobs) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [job.state for job in ledger.run(run).jobs] == ["delivered"]
    assert not any(job.resumed for job in ledger.run(run).jobs)
    ledger.close()
    page.goto(link)
    until_all(page, "delivered", 1)


def cell_of(page: Page, slug: str) -> Locator:
    return page.locator("#grid [data-job]").filter(has_text=PROVIDERS[slug].name).first


def says(cell: Locator, words: str) -> None:
    cell.filter(has_text=re.compile(words)).wait_for()


def start_slow(page: Page, slugs: list[str]) -> None:
    another_prompt(page)  # the same again would be asked about
    pick_only(page, [PROVIDERS[slug].name for slug in slugs])
    press_run(page, len(slugs))
    until_all(page, "queued", len(slugs))


def one_that(can: bool) -> str:
    """A provider that can cancel, or one that cannot."""
    return next(slug for slug, each in PROVIDERS.items() if each.can_cancel is can)


WHOLE = """() => { const player = document.querySelector('#grid .tg-player').getBoundingClientRect();
  return player.bottom <= innerHeight && [...document.querySelectorAll('#grid .tg-cell')].every(cell => {
    const { top, bottom, left, right } = cell.getBoundingClientRect();
    return top >= 0 && bottom <= player.top && left >= 0 && right <= innerWidth; }); }"""


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768)])
def test_six_takes_are_wholly_visible_above_the_player(shown: Page, width: int, height: int):
    before = shown.viewport_size
    try:
        shown.set_viewport_size({"width": width, "height": height})
        shown.evaluate("() => scrollTo(0, 0)")
        until(shown, f"({WHOLE})()")
    finally:
        shown.set_viewport_size(before)


@pytest.mark.slow
def test_a_key_changes_the_stage_and_another_runs_from_the_composer(slow_form: Page):
    stage = "document.querySelector('.takes-desk').dataset.stage"
    slow_form.locator("#prompt textarea").press("e")
    assert slow_form.evaluate(stage) == "choosing", "a letter of a field is no key"
    slow_form.evaluate("() => document.activeElement.blur()")
    for which in ("looking", "choosing"):
        slow_form.keyboard.press("e")
        assert slow_form.evaluate(stage) == which
    pick_only(slow_form, SHORT)
    slow_form.locator("#prompt textarea").press("Control+Enter")
    until(slow_form, f"{CELLS}.length === 1 && {stage} === 'looking'")
    until(slow_form, "document.activeElement.matches('#grid .takes-grid')")
    slow_form.get_by_role("tab", name="Compare").focus()
    for key, name in (("ArrowRight", "Vote"), ("End", "Prices"), ("Home", "Compare")):
        slow_form.keyboard.press(key)
        until(slow_form, "document.querySelector('[role=tab][aria-selected=true]').textContent.includes(arg)", name)
        assert slow_form.evaluate("() => document.activeElement.textContent.trim()") == name


def check_sheet(page: Page) -> None:
    """On a phone the variants are a sheet, with Run in reach, that Done, Escape and the browser's Back close."""
    here = page.url
    done = page.get_by_role("button", name="Done")
    for close in (done.click, lambda: page.keyboard.press("Escape"), page.go_back):
        browser.choose(page)
        assert done.is_visible()
        assert page.evaluate(RUN_IN_REACH)
        close()
        until(page, "document.querySelector('.takes-desk').dataset.stage === 'looking' && !history.state?.takesSheet")
        assert not done.is_visible()
        assert page.url == here


@pytest.mark.slow
def test_a_press_of_run_brings_its_takes_into_view(slow_form: Page, slow_app: Served):
    top = "document.querySelector('#grid .takes-grid').getBoundingClientRect().top"
    pick_only(slow_form, SHORT)
    assert not slow_form.locator("#grid").is_visible()
    press_run(slow_form, 1)
    until(slow_form, f"{top} > 0 && {top} < innerHeight / 2")
    slow_form.set_viewport_size({"width": 390, "height": 844})
    visit(slow_form, slow_app.url)
    assert slow_form.evaluate(f"() => {top} > innerHeight / 2")
    check_sheet(slow_form)
    pick_only(slow_form, ["RunComfy"])  # another take: the same is only started again when it is pressed once more
    slow_form.locator("#stage [data-stage=looking]").click()
    press_run(slow_form, 1)
    until(slow_form, f"{top} < innerHeight / 2")


@pytest.mark.slow
def test_space_after_run_plays_and_starts_no_second_run(form: Page, app: Served):
    pick_only(form, SHORT)
    before = len(runs(app))
    form.locator("#run").click()
    until(form, "document.activeElement.matches('#grid .takes-grid')")
    form.keyboard.press("Space")  # in a hurry: nothing is there yet
    until_all(form, "delivered", 1)
    until(form, f"{PLAYER}.videos().length === 1 && {PLAYER}.videos()[0].readyState >= 2")
    playing = form.locator("#grid [data-act=play]")
    heard = []
    for _ in range(2):
        form.keyboard.press("Space")
        heard.append(playing.get_attribute("aria-label"))
    assert heard == ["Pause", "Play"]
    form.locator("#grid .tg-cell").hover()
    form.locator("#grid [data-act=again]").click()
    form.keyboard.press("Space")
    until(form, f"{CELLS}.length === 2")
    assert playing.get_attribute("aria-label") == "Pause"
    form.keyboard.press("Space")
    until_all(form, "delivered", 2)
    assert len(runs(app)) == before + 1


@pytest.mark.slow
def test_a_run_pressed_while_the_same_is_under_way_is_started_only_when_it_is_pressed_once_more(
    slow_form: Page, slow_app: Served
):
    slow_form.locator("#prompt textarea").fill("A lighthouse. [Static shot]")
    pick_only(slow_form, [PROVIDERS[one_that(True)].name])
    first = press_run(slow_form, 1)
    before = len(runs(slow_app))
    slow_form.locator("#run").click()
    slow_form.locator("#run-note").filter(has_text="Press again to start it once more").wait_for()
    assert (len(runs(slow_app)), browser.run_of(slow_form)) == (before, first)
    slow_form.locator("#stop").click()
    slow_form.locator("#run-note p").wait_for(state="detached")  # nothing is under way any more
    pick_only(slow_form, [PROVIDERS[one_that(False)].name])
    assert press_run(slow_form, 1) != first


@pytest.mark.slow
def test_cancel_says_whether_it_was_stopped_or_may_still_be_billed(slow_form: Page):
    start_slow(slow_form, [one_that(True), one_that(False)])
    canceled, given_up = cell_of(slow_form, one_that(True)), cell_of(slow_form, one_that(False))
    canceled.locator("[data-act=cancel]").click()
    says(canceled, CANCELED)
    assert not canceled.locator("[data-act=cancel]").is_visible()
    given_up.locator("[data-act=cancel]").click()
    says(given_up, GIVEN_UP)
    assert list(states(slow_form).values()).count("canceled") == 1


@pytest.mark.slow
def test_stop_all_says_in_each_cell_what_happened(slow_form: Page):
    start_slow(slow_form, [one_that(True), one_that(False)])
    slow_form.locator("#stop").click()
    says(cell_of(slow_form, one_that(True)), CANCELED)
    until(slow_form, "document.querySelector('#stop').disabled")
    says(cell_of(slow_form, one_that(False)), GIVEN_UP)


@pytest.mark.slow
def test_take_again_adds_a_take_that_is_delivered(nasty: Page):
    run = browser.run_of(nasty)
    first = states(nasty)
    nasty.locator("#grid .tg-cell").first.hover()
    nasty.locator("#grid [data-act=again]").first.click()
    until(nasty, f"{CELLS}.length === 2")
    assert list(states(nasty))[:1] == list(first)
    until_all(nasty, "delivered", 2)
    assert browser.run_of(nasty) == run


@pytest.mark.slow
def test_history_lists_a_run_and_a_click_opens_it_again(form: Page, app: Served, html: Page, six: Page):
    form.get_by_role("tab", name="History").click()
    run = browser.run_of(six)
    row = form.locator(f"#history a[href$='?run={run}']")
    row.wait_for()
    assert sample.PROMPT[:30] in row.inner_text()
    assert "6 delivered" in row.inner_text()
    assert "Hailuo 2.3 at " in row.inner_text()
    assert form.locator("#history li").count() == min(len(runs(app)), PAGE)
    row.click()
    until_all(form, "delivered", 6)
    assert browser.run_of(form) == run
    assert list(states(form)) == list(states(six))


def search(page: Page, words: str) -> None:
    page.locator("#history-words textarea, #history-words input").first.fill(words)


@pytest.mark.slow
def test_history_is_searched_and_a_run_is_used_again_with_changes(form: Page, app: Served, html: Page, six: Page):
    form.get_by_role("tab", name="History").click()
    run, other = browser.run_of(six), browser.run_of(html)
    form.locator(f"#history a[href$='?run={other}']").wait_for()
    search(form, "BOAT drifts 100%")
    form.locator("#history").filter(has_text="No run matches").wait_for()
    search(form, "BOAT drifts")
    form.locator(f"#history a[href$='?like={run}']").wait_for()
    until(form, f"!document.querySelector('#history a[href$=\"?run={other}\"]')")
    form.locator("#history-first input").fill("2001-01-01")
    form.locator("#history-last input").fill("2001-01-02")
    form.locator("#history").filter(has_text="No run matches").wait_for()
    form.locator("#history-clear").click()
    form.locator(f"#history a[href$='?run={other}']").wait_for()
    search(form, "zebra")
    form.locator(f"#history a[href$='?run={run}']").wait_for(state="detached")
    before = runs(app)
    form.locator(f"#history a[href$='?like={other}']").click()
    until(form, "document.querySelector('#prompt textarea')?.value === arg", NASTY)
    until(form, "document.querySelector('.takes-desk').dataset.stage === 'looking'")
    until(form, "document.querySelectorAll('#picker .tp-pick').length === 1")
    until(form, "document.querySelector('#image img')?.naturalWidth > 0")
    takes = form.locator("#repeats input[type=number]").input_value()  # another test took it again
    until(form, f"/^Run {takes} take/.test(document.querySelector('#run').textContent.trim())")
    assert runs(app) == before


@pytest.mark.slow
def test_a_run_is_deleted_by_two_presses_and_says_what_goes(form: Page, app: Served):
    pick_only(form, SHORT)
    run = press_run(form, 1)
    until_all(form, "delivered", 1)
    (job,) = states(form)
    clip = app.home / "takes" / "clips" / f"{job}.mp4"
    form.get_by_role("tab", name="History").click()
    row = form.locator("#history li").filter(has=form.locator(f"[data-run='{run}']"))
    row.locator("[data-act=ask]").click()
    row.filter(has_text=re.compile(r"This deletes 1 clip \(.+B\) and the rows of this run")).wait_for()
    until(form, "document.activeElement.dataset.act === 'keep'")
    form.keyboard.press("Enter")
    row.locator("[data-act=ask]").wait_for()
    assert (run in runs(app), clip.exists()) == (True, True)
    row.locator("[data-act=ask]").click()
    row.locator("[data-act=delete]").click()
    form.locator("#history-said").filter(has_text="Deleted: 1 clip").wait_for()
    row.wait_for(state="detached")
    assert (run in runs(app), clip.exists()) == (False, False)


# bad input ------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_an_empty_prompt_gets_one_sentence_beside_the_field_and_starts_nothing(form: Page, app: Served):
    pick_only(form, ["Apiframe"])
    before = runs(app)
    form.locator("#prompt textarea").fill("")
    note = form.locator("#prompt-note")
    note.filter(has_text="needs a prompt").wait_for()
    assert "\n" not in note.get_by_role("status").inner_text().strip()
    until(form, "document.querySelector('#run').disabled")
    assert form.locator("#run").inner_text().strip() == "Choose at least one variant"
    assert runs(app) == before
    form.locator("#prompt textarea").fill("A paper boat")
    note.wait_for(state="hidden")
    until(form, "!document.querySelector('#run').disabled")


def broken_images(folder: Path) -> dict[str, Path]:
    whole = sample.PATH.read_bytes()
    contents = {
        "cut.jpg": whole[: len(whole) // 4],
        "text.png": b"just words",
        "head.png": b"\x89PNG\r\n\x1a\nand no more",
    }
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    return {name: folder / name for name in contents}


@pytest.mark.slow
def test_a_broken_image_gets_one_sentence_beside_the_field_and_starts_nothing(form: Page, app: Served, tmp_path: Path):
    before = runs(app)
    note = form.locator("#image-note")
    for file in broken_images(tmp_path).values():
        upload(form, file)
        note.filter(has_text="image").wait_for()
        assert "\n" not in note.get_by_role("status").inner_text().strip()
        until(form, "document.querySelector('#run').disabled")
        upload(form, sample.PATH)
        note.wait_for(state="hidden")
        until(form, "!document.querySelector('#run').disabled")
    notes = tmp_path / "notes.txt"
    notes.write_text("just words", encoding="utf-8")
    upload(form, notes)
    form.get_by_text("notes.txt").filter(has_text="image").first.wait_for()
    assert runs(app) == before


def test_nothing_chosen_cannot_be_run(form: Page):
    pick_only(form, [])
    until(form, "document.querySelector('#run').disabled")


@pytest.mark.slow
def test_an_unknown_run_in_the_link_gets_one_sentence(page: Page, app: Served):
    page.goto(f"{app.url}?run=r_nowhere")
    page.locator("#run-note").filter(has_text="no such run").wait_for()
    assert states(page) == {}


def leave_in_doubt(app: Served, run_id: str | None) -> None:
    """A take like that of a run, of which nobody knows whether it is billed, as an earlier start left it behind."""
    ledger = Ledger(app.home / "takes" / "ledger.sqlite3")
    like = ledger.run(run_id or "").jobs[0]
    told = Event("uncertain", like.last_at, "uncertain", data={"error": f"The answer was {NASTY}"})
    job = Job(new_id("j"), new_id("r"), 0, like.plan, (like.events[0], told))
    ledger.add_run(Run(job.run, like.last_at, NASTY, True, (job,)))
    ledger.close()


PLANTED = """() => document.querySelectorAll(
  ".planted, svg[onload], img[onerror], [href^='javascript:' i], [src^='javascript:' i]").length"""
SHOWING = """() => { const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode.parentElement;
    if (!walk.currentNode.data.includes('zebra-crossing-4711') || node.closest('script')) continue;
    found.push([node.tagName, getComputedStyle(node).unicodeBidi, node.innerHTML.includes('&lt;svg')]);
  } return found; }"""


def check_inert(page: Page, least: int) -> int:
    """How often the prompt is shown, once it is ``least`` times.

    Wherever it is, it is text alone, turns nothing around and makes nothing wide.
    """
    until(page, f"({SHOWING})().length >= arg", least)
    assert page.evaluate(PLANTED) == 0
    assert page.evaluate("() => window.__xss") is None
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    showing = page.evaluate(SHOWING)
    assert [each for each in showing if each[1] not in ("isolate", "plaintext") or not each[2]] == []
    return len(showing)


@pytest.mark.slow
def test_html_in_a_prompt_is_inert_everywhere(nasty: Page, app: Served):
    assert nasty.locator("#grid .tg-prompt").inner_text() == NASTY
    until(nasty, "document.querySelector('#table [data-testid=\"cell-0-1\"]')")
    nasty.locator("#plots svg").first.scroll_into_view_if_needed()
    assert check_inert(nasty, 1) == 1
    assert nasty.locator("#table img").count() == 0
    leave_in_doubt(app, browser.run_of(nasty))
    nasty.get_by_role("tab", name="History").click()
    nasty.locator("#doubt-facts dd").filter(has_text="zebra-crossing-4711").first.wait_for()
    nasty.locator("#history li").filter(has_text="zebra-crossing-4711").first.wait_for()
    check_inert(nasty, 4)  # the run, the one in doubt, its prompt and what happened
    nasty.set_viewport_size({"width": 390, "height": 844})
    check_inert(nasty, 1)
    nasty.get_by_role("tab", name="Compare").click()
    check_inert(nasty, 1)
    nasty.set_viewport_size(browser.WIDE)


def forget_the_answer(app: Served, run_id: str) -> str:
    """Leaves of a delivered take only that its submit was sent; the id under which its provider has it."""
    path = app.home / "takes" / "ledger.sqlite3"
    ledger = Ledger(path)
    job = ledger.run(run_id).jobs[0]
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        sent = "SELECT min(seq) FROM events WHERE job = :job AND kind = 'submitting'"
        db.execute(f"DELETE FROM events WHERE job = :job AND seq > ({sent})", {"job": job.id})
    for doubt in ledger.uncertain():
        ledger.record(doubt.id, Event("not_charged", doubt.last_at, "rejected"))
    ledger.record(job.id, Event("uncertain", job.last_at, "uncertain", data={"error": "No answer."}))
    ledger.close()
    return job.handle.id


@pytest.mark.slow
def test_a_take_in_doubt_is_found_or_closed_under_history(form: Page, trouble: Trouble, app: Served):
    pick_only(form, ["RunComfy"])
    run = press_run(form, 1)
    until_all(form, "delivered", 1)
    theirs = forget_the_answer(app, run)
    leave_in_doubt(app, run)
    form.get_by_role("tab", name="History").click()
    said, name = form.locator("#doubt-said"), form.locator("#doubt-id textarea, #doubt-id input").first
    name.fill("nobody")
    form.locator("#doubt-found").click()
    said.filter(has_text="knows no such thing").wait_for()
    name.fill(theirs)
    form.locator("#doubt-found").click()
    said.filter(has_text="its clip is being fetched").wait_for()
    form.locator("#doubt-not-charged").click()
    said.filter(has_text="not charged, by your word").wait_for()
    assert not form.locator("#reconcile").is_visible()
    assert trouble == Trouble()
    trouble.leave(form, f"{app.url}?run={run}")
    until_all(form, "delivered", 1)


@pytest.mark.slow
def test_the_browser_keeps_nothing_of_what_was_typed(nasty: Page):
    kept = stored(nasty)
    assert "zebra-crossing" not in kept
    assert sample.PROMPT[:20] not in kept


# choosing -------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_variants_that_cannot_take_part_are_grey_and_say_why(form: Page):
    form.locator("#nearest input").uncheck()
    ask(form, "duration", "10 s")
    ask(form, "resolution", "1080p")
    form.locator("#picker .tp-reason").filter(has_text="1080p only at 6 s").first.wait_for(state="attached")
    off = form.locator("#picker .tp-row.tp-off")
    assert off.count()
    for row in form.locator("#picker .tp-row.tp-off:visible").all():
        assert row.locator("input").is_disabled()
        assert (row.locator(".tp-reason").text_content() or "").strip()
    ask(form, "duration", "6 s")
    until(form, "!/1080p only at 6 s/.test(document.querySelector('#picker').textContent)")


def test_all_of_a_model_in_one_press_changes_the_price_text(form: Page):
    group = form.locator("#picker fieldset:has([data-act=all]:not([hidden])):visible").last
    free = group.locator(".tp-row:not(.tp-off)").count() - group.locator(".tp-badge", has_text="not used").count()
    before = group.locator("input:checked").count()
    button = group.locator("[data-act=all]")
    button.click()
    assert group.locator("input:checked").count() == free
    expected = f"Run {6 + free - before} takes · "
    until(form, "document.querySelector('#run').textContent.trim().startsWith(arg)", expected)
    button.click()
    until(form, "document.querySelector('#run').textContent.trim().startsWith(arg)", f"Run {6 - before} take")
    assert group.locator("input:checked").count() == 0


def test_live_without_a_key_says_so_at_the_mode_and_leads_to_the_fields_of_the_keys(form: Page):
    form.locator("#mode").get_by_text("Live", exact=True).click()
    form.locator("#mode-note").filter(has_text="Live needs a key").wait_for()
    until(form, "document.activeElement.closest('#keys') && document.activeElement.type === 'password'")
    assert form.locator("#run").inner_text().strip() == "Live needs a key"
    assert form.locator("#run").is_disabled()
    assert form.locator(".takes-mode").inner_text() == "Live: a run spends money"
    form.locator("#mode").get_by_text("Sandbox", exact=True).click()
    form.locator("#mode-note p").wait_for(state="detached")
    form.locator("#run").filter(has_text="Run 6 takes").wait_for()


OWN = next(
    (variant, option)
    for variant in VARIANTS
    for option in own_options(variant)
    if option.kind in ("number", "integer") and option.low is not None and not variant.lifecycle
)


@pytest.mark.slow
def test_what_only_some_models_have_is_set_beside_one_sent_and_filled_in_again(form: Page, app: Served):
    variant, option = OWN
    until(form, TICK, [variant.ref])
    row = form.locator(f".tp-item:has([data-ref='{variant.ref}'])")
    row.locator(".tp-own-told").click()
    field = row.locator(".tp-own-field").filter(has_text=option.shown).locator("input")
    field.fill("nonsense")
    field.press("Tab")
    form.locator("#run-note").filter(has_text=f"{option.shown} is {option.offered}").wait_for()
    field.fill(f"{option.low:g}")
    field.press("Tab")
    form.locator("#run").filter(has_text="Run 1 take").wait_for()
    run = press_run(form, 1)
    ledger = Ledger(app.home / "takes" / "ledger.sqlite3")
    (job,) = ledger.run(run).jobs
    ledger.close()
    assert job.plan.options[option.name] == job.plan.asked.options[option.name] == option.low
    visit(form, f"{app.url}?run={run}")
    browser.choose(form)
    until(
        form,
        f"document.querySelector(\"[data-ref='{variant.ref}'] ~ .tp-own input\")?.value === arg",
        f"{option.low:g}",
    )


def test_one_press_leaves_nothing_picked_and_the_keyboard_goes_on_from_the_list(form: Page):
    clear = form.get_by_role("button", name="Clear all variants")
    clear.press("Enter")
    form.locator("#picker .tp-summary").filter(has_text="Nothing picked yet").wait_for()
    form.locator("#run").filter(has_text="Choose at least one variant").wait_for()
    assert clear.is_hidden()
    form.keyboard.press("Space")
    form.locator("#run").filter(has_text="Run 1 take").wait_for()
    assert clear.is_visible()


def test_ticks_in_quick_succession_all_count(form: Page):
    form.evaluate(
        """async () => { for (const box of [...document.querySelectorAll('#picker input:checked')].slice(0, 4)) {
          box.click(); await new Promise(done => setTimeout(done, 30)); } }"""
    )
    assert form.locator("#picker input:checked").count() == 2
    form.locator("#run").filter(has_text="Run 2 takes").wait_for(timeout=5000)


def test_takes_per_variant_multiply_the_takes_on_the_button(form: Page):
    form.locator("#repeats input[type=number]").fill("3")
    form.locator("#repeats input[type=number]").press("Tab")
    until(form, "/^Run 18 takes/.test(document.querySelector('#run').textContent.trim())")


# for everybody --------------------------------------------------------------------------------------------------------

CONTROLS = """() => {
  const wanted = 'button, input:not([type=file]), textarea, select, a[href]';
  const able = [...document.querySelectorAll(wanted)].filter(node => !node.disabled && node.tabIndex >= 0
    && node.checkVisibility({ checkOpacity: false, checkVisibilityCSS: true }) && !node.closest('[inert], #table'));
  const groups = new Set();
  return able.filter(node => {
    if (node.type !== 'radio') return true;
    const name = node.name; if (groups.has(name)) return false;
    groups.add(name); return true;
  }).map(node => { node.dataset.wanted = '1'; node.dataset.calm = lookOf(node); return 1; }).length;
}"""
FORGET = """() => { document.activeElement.blur();
  for (const node of document.querySelectorAll('[data-wanted], [data-reached]')) {
  delete node.dataset.wanted; delete node.dataset.reached; } }"""
LOOK = """const lookOf = node => [node, node.closest('label'), node.parentElement,
    node.closest('.wrap')].filter(Boolean).map(of => {
    const s = getComputedStyle(of);
    return [s.outlineStyle === 'none' ? '' : s.outlineWidth + s.outlineColor, s.boxShadow, s.borderColor].join('|');
  }).join();"""
FOCUSED = """() => {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  const seen = Boolean(node.dataset.reached);
  const radio = node.type === 'radio' ? document.getElementsByName(node.name) : [node];
  for (const each of radio) each.dataset.reached = '1';
  const parts = node.type === 'date' && seen;  // day, month and year are focused one by one
  return { seen: seen && !parts, styled: lookOf(node) !== node.dataset.calm, inside: Boolean(node.closest('#table')),
    what: [node.tagName, node.type, node.getAttribute('aria-label') || node.textContent || node.id || node.name,
      node.closest('[id]').id].join(' ') };
}"""


TABS = ("Compare", "Vote", "Sessions", "History", "Prices")


def with_look(script: str) -> str:
    return script.replace("() => {", "() => { " + LOOK, 1)


def open_tab(page: Page, name: str) -> None:
    choice = page.get_by_role("tab", name=name)
    choice.scroll_into_view_if_needed()
    choice.click()
    until(page, "document.querySelector('[role=tab][aria-selected=true]').textContent.includes(arg)", name)


def tab_through(page: Page) -> tuple[list[str], list[str]]:
    """The controls that Tab does not reach, and those that do not show that they are focused."""
    page.evaluate("() => document.activeElement.blur()")
    dull = []
    for _ in range(250):
        page.keyboard.press("Tab")
        at = page.evaluate(with_look(FOCUSED))
        if at is None:
            continue  # past the end: the next press begins at the top
        if at["seen"]:
            break
        if not at["styled"] and not at["inside"]:
            dull.append(at["what"].strip()[:60])
    missed = page.evaluate(
        """() => [...document.querySelectorAll('[data-wanted]:not([data-reached])')]
          .map(node => node.tagName + ' ' + (node.getAttribute('aria-label') || node.textContent || node.id).trim())"""
    )
    return missed, dull


@pytest.mark.slow
def test_every_control_is_reached_by_tab_and_shows_that_it_is_focused(page: Page, six: Page):
    page.goto(six.url)
    until_all(page, "delivered", 6)
    until(page, "document.querySelector('#table [data-testid=\"cell-0-1\"]')")
    page.add_style_tag(content="* { transition: none !important; }")
    for name, least in zip(TABS, (30, 9, 30, 12, 4), strict=True):
        open_tab(page, name)
        if name == "Vote":
            page.locator("#vote-next").click()
            page.locator("#ballot video").first.wait_for()
        if name == "History":
            page.locator("#history li").first.wait_for()
        page.wait_for_function("!document.querySelector('.tp-coming')")
        page.evaluate(FORGET)
        assert page.evaluate(with_look(CONTROLS)) > least, name
        assert tab_through(page) == ([], []), name


@pytest.mark.slow
def test_nothing_overflows_on_a_phone(page: Page, six: Page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{six.url}&__theme=dark")
    until_all(page, "delivered", 6)
    until(page, "document.querySelectorAll('#plots svg').length === 2")
    top = page.evaluate("() => document.querySelector('#grid .takes-grid').getBoundingClientRect().top")
    assert 0 <= top < 844 / 2, "the clips of a run that is opened come first"
    page.evaluate("() => scrollTo(0, 0)")
    assert page.evaluate(RUN_IN_REACH)
    page.locator("#plots").scroll_into_view_if_needed()
    for dark in (True, False):
        page.evaluate("dark => document.body.classList.toggle('dark', dark)", dark)
        for name in TABS:
            open_tab(page, name)
            assert page.evaluate("() => document.documentElement.scrollWidth") <= 390, name


def check_lists_stay_closed(page: Page) -> None:
    """Tab passes lists without opening any; a key opens the one that has the focus, and what is chosen closes it."""
    lists, field = page.locator("[role=listbox]:visible"), page.locator("#duration input")
    page.locator("#image-url input").focus()
    for key in ("Tab", "Tab", "Shift+Tab"):
        page.keyboard.press(key)
        page.wait_for_timeout(SETTLE_MS)
        assert lists.count() == 0
    assert field.evaluate("node => node === document.activeElement")
    page.keyboard.press("ArrowDown")
    lists.wait_for()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.wait_for_timeout(SETTLE_MS)
    assert lists.count() == 0


def test_run_is_twelve_tabs_from_the_prompt(form: Page):
    until(form, "!document.querySelector('#run').disabled")
    # as on a first visit, where the field of modes is drawn after the stage
    form.evaluate("() => document.querySelectorAll('#mode input').forEach((mode, at) => { mode.name = at; })")
    form.locator("#prompt textarea").focus()
    stops = []
    while len(stops) < 12 and "run" not in stops:
        form.keyboard.press("Tab")
        stops.append(form.evaluate("() => (document.activeElement.closest('[id]') || document.body).id"))
    assert stops[-1] == "run", stops
    check_lists_stay_closed(form)


def test_a_camera_move_that_a_picked_model_documents_is_written_where_the_caret_is(form: Page):
    prompt = form.locator("#prompt textarea")
    prompt.fill("A boat. [Push in]")
    form.locator("#prompt-help").get_by_role("button").first.click()
    form.locator("#camera").get_by_role("button", name="Pan left", exact=True).click()
    form.locator("#camera").get_by_role("button", name="Shake", exact=True).click()
    assert prompt.input_value() == "A boat. [Push in, Pan left, Shake]"
    form.locator("#camera p").filter(has_text="Documented for Hailuo 2.3").wait_for()
    form.locator("#picker .tp-none").click()
    form.locator("#camera button").first.wait_for(state="detached")
    form.locator("#prompt-help").get_by_role("button").first.click()


PASTED = """async () => { const canvas = Object.assign(document.createElement('canvas'), { width: 400, height: 300 });
  canvas.getContext('2d').fillRect(0, 0, 400, 300);
  const told = new DataTransfer(), blob = await new Promise(done => canvas.toBlob(done, 'image/png'));
  told.items.add(new File([blob], 'pasted.png', { type: 'image/png' }));
  document.body.dispatchEvent(
    new ClipboardEvent('paste', { clipboardData: told, bubbles: true, cancelable: true })); }"""


@pytest.mark.slow
def test_an_image_that_is_pasted_anywhere_is_the_first_frame_in_place_of_the_one_that_was_there(form: Page):
    form.evaluate(PASTED)
    until(form, "/pasted\\.png$/.test((document.querySelector('#image img') || {}).src)")
