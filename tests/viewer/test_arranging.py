"""Takes are put in order, noted, found again and looked at across runs; and a page whose server is gone says so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from tests import browser
from tests.browser import Served, until
from tests.room import PLAYER, leave, press, show, still
from tests.scenes import Clip, Ended, Scenes

ONE, TWO = (Clip(320, 180, seconds, prompt=prompt) for seconds, prompt in ((2, "A paper boat"), (3, "A red lantern")))
GONE = "document.querySelector('.takes-gone') && !document.querySelector('.takes-gone').hidden"


@dataclass(frozen=True)
class Runs:
    """The ids of two runs, of three and of two takes, and of one whose take is in doubt."""

    one: str
    two: str
    doubt: str
    jobs: tuple[tuple[str, ...], ...]


@pytest.fixture(scope="module")
def runs(home: Path) -> Runs:
    scenes = Scenes(home / "takes")
    one, two = scenes.run([ONE] * 3, "A paper boat"), scenes.run([TWO] * 2, "A red lantern")
    doubt = scenes.run([Ended("uncertain", "Nobody answered.")], "A boat in doubt")
    scenes.close()
    return Runs(one.id, two.id, doubt.id, tuple(tuple(job.id for job in run.jobs) for run in (one, two)))


MOVING = False


def jobs(page: Page) -> list[str]:
    return page.evaluate("() => Array.from(document.querySelectorAll('#grid .tg-cell'), cell => cell.dataset.job)")


def until_videos(page: Page, count: int) -> None:
    until(page, "document.querySelectorAll('#grid .tg-cell video').length === arg", count)


def facts(page: Page) -> None:
    """Has all that is known of each take be seen, and what can be done with it."""
    if page.locator("#grid .takes-grid").get_attribute("data-facts") != "true":
        press(page, "d")


@pytest.mark.slow
def test_takes_are_moved_pinned_and_hidden_by_keys_and_by_hand_and_a_reload_keeps_it(
    page: Page, app: Served, runs: Runs
):
    a, b, c = runs.jobs[0]
    show(page, app, runs.one, 3)
    press(page, ".", ".", "3", "{")
    assert jobs(page) == [a, c, b]
    still(page)
    assert page.evaluate(f"() => {PLAYER}.videos().every(video => video.readyState >= 2 && video.currentTime > 0)")
    press(page, "3", "p")
    assert jobs(page) == [b, a, c]
    facts(page)
    page.locator(f"[data-job='{a}'] [data-act=hide]").press("Enter")
    assert jobs(page) == [b, c]
    focused = "() => [document.activeElement.closest('[data-job]')?.dataset.job, document.activeElement.dataset.act]"
    assert page.evaluate(focused) == [c, "hide"]
    assert page.evaluate(f"() => {PLAYER}.videos().length") == 2
    assert page.locator("#grid [data-act=unhide]").inner_text() == "1 hidden: show"
    page.reload()
    until_videos(page, 2)
    assert jobs(page) == [b, c]
    page.evaluate("() => document.activeElement.blur()")
    press(page, "u")
    assert jobs(page) == [b, a, c]
    page.locator("#grid [data-act=sort]").select_option("asked")
    facts(page)
    page.locator(f"[data-job='{b}'] [data-act=pin]").click()
    assert jobs(page) == [a, b, c]


@pytest.mark.slow
def test_a_star_puts_its_take_first_where_that_is_the_order(page: Page, app: Served, runs: Runs):
    a, b = runs.jobs[1]
    show(page, app, runs.two, 2)
    page.locator("#grid [data-act=sort]").select_option(label="starred first")
    assert jobs(page) == [a, b]
    page.locator(f"[data-job='{b}'] [data-act=star]").click()
    until(page, "document.querySelector('#grid .tg-cell').dataset.job === arg", b)
    page.locator(f"[data-job='{b}'] [data-act=star]").click()
    until(page, "document.querySelector('#grid .tg-cell').dataset.job === arg", a)
    page.locator("#grid [data-act=sort]").select_option("asked")


@pytest.mark.slow
def test_the_last_take_that_is_seen_cannot_be_hidden(page: Page, app: Served, runs: Runs):
    show(page, app, runs.two, 2)
    press(page, "1", "h", "1", "h")
    assert len(jobs(page)) == 1
    press(page, "u")


@pytest.mark.slow
def test_a_clip_is_opened_and_saved_by_its_own_name_and_a_link_leads_to_its_take(page: Page, app: Served, runs: Runs):
    show(page, app, runs.one, 3)
    places = "() => [...document.querySelectorAll('#grid .tg-stage')].map(node => [node.offsetTop, node.offsetWidth])"
    before = page.evaluate(places)
    page.locator("#grid [data-act=facts]").first.click()
    details = page.locator("#grid .tg-meta:visible")
    assert re.search(r"^cost\n.*(its list price|price unknown)", details.inner_text(), re.MULTILINE)
    assert page.evaluate(places) == before, "the details of one take move no other"
    page.keyboard.press("Escape")
    assert details.count() == 0
    facts(page)
    cell = page.locator("#grid .tg-cell").nth(1)
    job = cell.get_attribute("data-job")
    assert (cell.locator("[data-act=open-clip]").get_attribute("href") or "").endswith(f"{job}.mp4")
    with page.expect_download() as saved:
        cell.locator("[data-act=save-clip]").click()
    assert re.fullmatch(r"02-[a-z]+-[a-z0-9.-]+-sandbox\.mp4", saved.value.suggested_filename), "as in an export"
    page.goto(f"{app.url}?run={runs.one}&take={job}")
    page.locator(f"#grid .tg-cell[data-job='{job}'][aria-current=true]").wait_for()


@pytest.mark.slow
def test_what_is_noted_of_a_run_and_a_take_is_kept_and_found_under_history(page: Page, app: Served, runs: Runs):
    show(page, app, runs.one, 3)
    facts(page)
    cell = page.locator("#grid .tg-cell").first
    cell.locator("[data-act=star]").click()
    # As a person writes it, key by key: all are keys of the player elsewhere.
    cell.get_by_label("Note of this take").press_sequentially("the sail is right")
    cell.get_by_label("Tags of this take").press_sequentially("sail, keep")
    page.locator("#grid [data-act=notes]").click()
    page.get_by_label("Note of this run").press_sequentially("for the boat film")
    page.keyboard.press("Tab")
    page.wait_for_timeout(600)
    leave(page)
    page.goto(f"{app.url}?run={runs.one}")
    until_videos(page, 3)
    assert page.locator("#grid .tg-cell .tg-star[aria-pressed=true]").count() == 1
    assert page.get_by_label("Note of this run").input_value() == "for the boat film"
    page.get_by_role("tab", name="History").click()
    page.locator("#history li").nth(1).wait_for()
    page.locator("#history-words input, #history-words textarea").first.fill("sail film")
    until(page, "document.querySelectorAll('#history li').length === 1")
    row = page.locator("#history li").inner_text()
    assert "★" in row
    assert "#sail #keep" in row
    page.locator("#history-clear").click()
    until(page, "document.querySelectorAll('#history li').length === 3")
    page.locator("#history-starred input").check()
    until(page, "document.querySelectorAll('#history li').length === 1")
    page.locator("#history-clear").click()


@pytest.mark.slow
def test_takes_ticked_in_history_are_looked_at_together_with_what_differs_first(
    page: Page, app: Served, runs: Runs, tmp_path: Path
):
    leave(page)
    page.goto(app.url)
    page.get_by_role("tab", name="History").click()
    page.locator("#history li").nth(1).wait_for()
    boat, lantern = runs.jobs[0][0], runs.jobs[1][1]
    for job in (lantern, boat):
        page.locator(f"#history input[data-tick='{job}']").check()
    tray = page.get_by_role("region", name="Ticked takes")
    assert "2 takes ticked" in tray.inner_text()
    tray.get_by_role("link", name="Compare them").click()
    until_videos(page, 2)
    assert jobs(page) == [lantern, boat]
    assert "Not asked alike: prompt" in page.locator("#grid .tg-differs").inner_text()
    assert f"takes={lantern},{boat}" in page.url.replace("%2C", ",")
    with page.expect_download(timeout=60_000) as saved:
        page.locator("#grid [data-act=export]").click()
    assert re.fullmatch(r"takes-across_[0-9a-f]{32}.*\.zip", saved.value.suggested_filename)
    page.get_by_role("region", name="Ticked takes").get_by_role("button", name="Clear").click()
    assert not page.get_by_role("region", name="Ticked takes").is_visible()


@pytest.mark.slow
def test_a_take_in_doubt_leads_to_what_settles_it(page: Page, app: Served, runs: Runs):
    leave(page)
    page.goto(f"{app.url}?run={runs.doubt}")
    page.locator("#grid [data-act=settle]").click()
    page.locator("#doubt").wait_for()  # of a tab that was not opened before


AWAY = """hidden => {
  Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => hidden ? 'hidden' : 'visible' });
  document.dispatchEvent(new Event('visibilitychange')); }"""
DONE = """() => document.querySelector('#grid .takes-grid').dispatchEvent(
  new CustomEvent('takes-done', { bubbles: true, detail: { words: '1 of 1 delivered', play: () => {} } }))"""


@pytest.mark.slow
def test_takes_play_on_arrival_where_one_wants_it_and_more_are_added_from_the_page(page: Page, app: Served):
    leave(page)
    browser.visit(page, app.url)
    page.locator("[data-arrival=play]").click()
    browser.pick_only(page, ["RunComfy"])
    browser.press_run(page, 1)
    until(page, f"{PLAYER}.videos().some(video => !video.paused && video.muted)", within_s=60)
    page.keyboard.press("Space")
    browser.pick_only(page, ["RunComfy", "Apiframe"])
    page.keyboard.press("e")
    page.locator("#grid [data-act=add]").click()
    browser.until_all(page, "delivered", 2)
    assert page.locator("#grid .tg-provider").all_inner_texts() == ["RunComfy", "Apiframe"]
    page.locator("[data-arrival=play]").click()


@pytest.mark.slow
def test_who_is_in_another_tab_reads_in_the_title_what_came_until_they_come_back(page: Page, app: Served, runs: Runs):
    show(page, app, runs.two, 2)
    before = page.title()
    page.evaluate(AWAY, True)
    page.evaluate(DONE)
    page.evaluate(DONE)
    assert page.title() == f"✓ 1 of 1 delivered · {before}"
    page.evaluate(AWAY, False)
    assert page.title() == before


@pytest.mark.slow
def test_a_page_whose_server_is_gone_says_so_stops_its_clocks_and_goes_on_by_itself(
    context: BrowserContext, tmp_path: Path
):
    page = context.new_page()
    port = browser.free_port()
    with browser.serve(tmp_path, 0.05, port) as served:
        browser.visit(page, browser.wait_up(served).url)
        browser.pick_only(page, ["RunComfy"])
        browser.press_run(page, 1)
        clock = page.locator("#grid .tg-clock").first
        until(page, "/[1-9]/.test(document.querySelector('#grid .tg-clock').textContent)")
        served.process.kill()
        until(page, GONE)
        stands = clock.inner_text()
        page.wait_for_timeout(700)
        assert clock.inner_text() == stands
    with browser.serve(tmp_path, 0.05, port):
        until(page, f"!({GONE})", within_s=60)
        until(page, "document.querySelector('#grid .tg-clock').textContent !== arg", stands, within_s=60)
    page.close()
