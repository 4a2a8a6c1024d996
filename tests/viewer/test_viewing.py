"""The viewing room's promises: many clips as one, two against each other, and the input beside the output."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from comparisons.ledger import Ledger
from comparisons.records import Run
from providers import PROVIDERS
from tests import browser, gallery, odd_clips, world
from tests.browser import CELLS, Served, until
from tests.room import PLAYER, WATCHED, leave, press, show, still, times
from tests.scenes import SMALL, Clip, Given, Scenes, Underway

SERIOUS = {"serious", "critical"}
AFTER = {
    "Compare": "#grid .tg-pair-stage",
    "Sessions": "#session-figures tbody tr",
    "History": "#history li",
    "Prices": "#providers table",
    "Vote": "#ballot .tg-verdict",
}
"""What a tab shows once it has heard from the server."""


SEA = Clip(320, 180, 3, image=False, prompt="A calm sea at noon. [Static shot]")
PLAIN = Clip(320, 180, 3)
KINDS = (
    "whole.mp4", "no-edit-list.mp4", "fragmented.mp4", "quicktime.mov", "hidden.mp4", "at-24000-1001.mp4",
    "web-30.webm", "web-60000-1001.webm", "uneven.mp4", "after-sound.mp4", "after-sound.webm", "vp8.webm", "av1.mp4",
    "ten-bit.mp4",
    "full-chroma.mp4", "wide-pixels.mp4", "turned-90.mp4", "hevc.mp4", "prores.mov", "animated.gif",
)  # fmt: skip
MIXED = [Clip(320, 180, 2), Clip(320, 180, 4, fps=16), Clip(180, 320, 3, fps=30, audio=True)]


@dataclass(frozen=True)
class Runs:
    """Ids of the runs that are looked at."""

    twelve: str
    two: str
    mixed: str
    upright: str
    pair: str
    large: str
    kinds: str
    uneven: str
    hevc: str
    lost: str


@pytest.fixture(scope="module")
def runs(home: Path) -> Runs:
    scenes = Scenes(home / "takes")
    twelve = scenes.run([Clip(320, 180, 3)] * 12)
    two = scenes.run([PLAIN, SEA, PLAIN], refs=BOTH)
    mixed = scenes.run(MIXED)
    upright = scenes.run([Clip(180, 320, 2)] * 4)
    pair = scenes.run([SMALL] * 2)
    large = scenes.run([Clip(1920, 1080, 2)] * 5)
    made = {name: Given(odd_clips.make(odd_clips.ODD[name])) for name in KINDS}
    kinds = scenes.run(list(made.values()))
    uneven = scenes.run([made["uneven.mp4"]] * 2)
    hevc = scenes.run([made["hevc.mp4"], made["vp8.webm"]])
    lost = scenes.run([made["hevc.mp4"], SMALL])
    scenes.close()
    gone = home / "takes" / "clips" / lost.jobs[0].result.file
    gone.write_bytes(gone.read_bytes()[:40] + bytes(2000))  # nobody can make anything of it any more
    ids = (twelve, two, mixed, upright, pair, large, kinds, uneven, hevc, lost)
    return Runs(*(run.id for run in ids))


BOTH = ["apiframe:hailuo-2.3-fast", "runcomfy:minimax/hailuo-2-3/pro/text-to-video", "odirouter:minimax_hailuo_23_i2v"]


# many as one ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_take_that_was_moved_is_put_back_by_its_key(page: Page, app: Served, runs: Runs):
    show(page, app, runs.two, 3)
    press(page, "3", "]", "]")
    assert page.locator("#grid [data-act=unshift]").all_inner_texts() == ["0 f", "0 f", "+2 f"]
    press(page, "\\")
    still(page)
    assert page.locator("#grid [data-act=unshift]").all_inner_texts() == ["0 f"] * 3
    assert times(page) == pytest.approx([times(page)[0]] * 3, abs=2e-3)


@pytest.mark.slow
def test_lengths_and_frame_rates_that_differ_are_said(page: Page, app: Served, runs: Runs):
    show(page, app, runs.mixed, 3)
    note = page.locator("#grid .tg-mixed").inner_text()
    assert "2.0 to 4.0 s long" in note
    assert "16 to 30 fps" in note
    page.locator("#grid [data-act=scrub]").fill("2.5")
    still(page)
    assert page.locator("#grid .tg-held:visible").all_inner_texts() == ["ended"]
    lasts = times(page)
    assert lasts[0] == pytest.approx(2 - 0.5 / 24, abs=5e-3)
    assert lasts[1:] == pytest.approx([2.5, 2.5], abs=1 / 16)


@pytest.mark.slow
def test_one_take_is_heard_alone_and_only_one_that_has_sound(page: Page, app: Served, runs: Runs):
    show(page, app, runs.mixed, 3)
    muted = f"() => {PLAYER}.videos().map(video => video.muted)"
    assert page.evaluate(muted) == [True] * 3
    press(page, "d")
    assert page.locator("#grid [data-act=solo]:visible").count() == 1
    press(page, "m")
    assert page.evaluate(muted) == [True, True, False], "of several, the first that has sound"
    press(page, "m")
    assert page.evaluate(muted) == [True] * 3
    press(page, "3", "s")
    assert page.evaluate(muted) == [True, True, False]
    press(page, "m")
    assert page.evaluate(muted) == [True] * 3


@pytest.mark.slow
def test_all_takes_are_zoomed_and_moved_together(page: Page, app: Served, runs: Runs):
    show(page, app, runs.two, 3)
    transforms = f"() => {PLAYER}.videos().map(video => getComputedStyle(video).transform)"
    assert page.evaluate(transforms) == ["none"] * 3
    press(page, "+", "+")
    zoomed = page.evaluate(transforms)
    assert len(set(zoomed)) == 1
    assert zoomed[0].startswith("matrix(2.25, 0, 0, 2.25, 0, 0")
    press(page, "Shift+ArrowRight")
    moved = page.evaluate(transforms)
    assert moved != zoomed
    box = page.locator("#grid .tg-stage").first.bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 60, steps=4)
    page.mouse.up()
    dragged = page.evaluate(transforms)
    assert dragged != moved
    numbers = [[float(number) for number in re.findall(r"-?[0-9.]+", each)] for each in dragged]
    assert all(each == pytest.approx(numbers[0], abs=0.1) for each in numbers)
    assert page.evaluate(f"() => {PLAYER}.videos().every(video => video.paused)"), "a drag is no click"
    press(page, "0")
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    until(page, f"getComputedStyle({PLAYER}.videos()[2]).transform !== 'none'")


@pytest.mark.slow
def test_every_key_is_on_the_help_sheet_and_escape_closes_it(page: Page, app: Served, runs: Runs):
    show(page, app, runs.two, 3)
    controls = page.locator("#grid .tg-player :is(button, select):visible")
    titles = controls.evaluate_all("nodes => nodes.map(node => node.title)")
    words = controls.evaluate_all("nodes => nodes.map(node => node.textContent).filter(Boolean)")
    assert all(titles), "each says what it does"
    assert (len(set(titles)), len(set(words))) == (len(titles), len(words)), "no two have one name"
    press(page, "?")
    sheet = page.locator("#grid .tg-help")
    assert sheet.is_visible()
    words = sheet.inner_text()
    called = {" ": "Space", "-": "−", "=": "+", "ArrowLeft": "arrow", "ArrowRight": "arrow"}
    keys = [called.get(key, key) for key in page.evaluate(f"() => {PLAYER}.keys()") if key != "Escape"]
    assert [key for key in keys if (key if len(key) > 1 else key.upper()) not in words] == []
    before = page.evaluate(f"() => {PLAYER}.frame()")
    press(page, ".", "Escape")
    assert not sheet.is_visible()
    assert page.evaluate(f"() => {PLAYER}.frame()") == before


def shown_small(page: Page) -> list[bool]:
    """Of which takes the small copy is shown, once nothing else is on its way."""
    until(page, f"{PLAYER}.copies() !== 'coming'")
    return page.evaluate(f"() => {PLAYER}.videos().map(video => video.src.endsWith('-small.mp4'))")


@pytest.mark.slow
def test_many_large_clips_play_as_small_copies_and_closely_looked_at_as_they_came(page: Page, app: Served, runs: Runs):
    show(page, app, runs.large, 5)
    note = page.locator("#grid .tg-mixed")
    assert shown_small(page) == [True] * 5
    assert "small copies play" in note.inner_text()
    page.locator("#grid [data-act=scrub]").fill("1")
    still(page)
    before = times(page)
    press(page, "+")
    assert shown_small(page) == [False] * 5
    assert note.inner_text() == ""
    assert times(page) == pytest.approx(before, abs=2e-3)
    assert page.evaluate(f"() => {PLAYER}.videos()[0].videoWidth") == 1920
    press(page, "0")
    assert shown_small(page) == [True] * 5
    press(page, "2", "c")
    assert shown_small(page) == [True, False, False, True, True]
    press(page, "Space")
    until(page, f"{PLAYER}.frame() >= 30")
    press(page, "Escape")
    until(page, f"{PLAYER}.copies() !== 'coming' && {PLAYER}.videos().every(video => !video.paused)")
    assert shown_small(page) == [True] * 5
    press(page, "Space")
    still(page)
    assert times(page) == pytest.approx([times(page)[0]] * 5, abs=2e-3)


BARRED = """() => { const player = document.querySelector('#grid .tg-player').getBoundingClientRect();
  const above = selector => [...document.querySelectorAll('#grid ' + selector)].filter(node => node.offsetHeight)
    .every(node => node.getBoundingClientRect().bottom <= player.top);
  const pair = document.querySelector('#grid .takes-grid').dataset.pair === 'true';
  return player.bottom <= innerHeight && above(pair ? '.tg-pair-stage' : '.tg-stage'); }"""
"""Whether the player's bar is in the window, and covers nothing of a picture."""


@pytest.mark.slow
def test_full_screen_shows_every_take_at_once_and_the_player_covers_none(page: Page, app: Served, runs: Runs):
    show(page, app, runs.twelve, 12)
    for width, height in ((1400, 900), (1024, 768)):
        page.set_viewport_size({"width": width, "height": height})
        press(page, "f")
        until(page, "document.fullscreenElement !== null")
        seen = "[...document.querySelectorAll('#grid .tg-stage')].map(node => node.getBoundingClientRect())"
        until(page, f"{seen}.every(box => box.height > 60 && box.bottom <= innerHeight)")
        until(page, f"({BARRED})()")
        costs = "[...document.querySelectorAll('#grid .tg-amount')]"
        assert page.evaluate(f"() => {costs}.every(node => node.getClientRects().length)")
        press(page, "1", "c")
        until(page, f"({BARRED})()")
        press(page, "Escape", "f")
        until(page, "document.fullscreenElement === null")
        press(page, "c")
        until(page, f"({BARRED})()")
        press(page, "Escape")
    page.set_viewport_size(browser.WIDE)


PARTS = """() => { const words = '.tg-number, .tg-held, .tg-sandbox, .tg-act, .tg-words, .tg-clock, .tg-hint, '
    + '.tg-track, .tg-fault-name, .tg-fault-words, .tg-provider, .tg-label, .tg-own, .tg-rest, .tg-total, '
    + '.tg-plusminus, .tg-amount, .tg-star, .tg-open, .tg-badge';
  const wrong = [];
  for (const cell of document.querySelectorAll('#grid .tg-cell')) {
    const whole = cell.getBoundingClientRect();
    const seen = node => node.textContent.trim() || node.matches('.tg-track, .tg-open');
    const parts = [...cell.querySelectorAll(words)].filter(node => node.getClientRects().length && seen(node));
    const boxes = parts.map(node => node.getBoundingClientRect());
    const name = at => parts[at].className + ' "' + parts[at].textContent + '"';
    const cut = cell.querySelector('.tg-middle');
    if (cut.scrollHeight > cut.clientHeight + 1) wrong.push(cell.dataset.state + ': what is in the middle is cut');
    boxes.forEach((box, at) => {
      if (Math.min(box.left - whole.left, whole.right - box.right, box.top - whole.top, whole.bottom - box.bottom) < -1)
        wrong.push(name(at) + ' leaves its take');
      if (parts[at].matches('.tg-act, .tg-amount, .tg-total') && parts[at].scrollWidth > parts[at].clientWidth + 1
        && parts[at].clientWidth) wrong.push(name(at) + ' is cut');
      for (let other = at + 1; other < boxes.length; other += 1) {
        const b = boxes[other];
        const across = Math.min(box.right, b.right) - Math.max(box.left, b.left);
        const down = Math.min(box.bottom, b.bottom) - Math.max(box.top, b.top);
        if (Math.min(across, down) > 0.5) wrong.push(name(at) + ' and ' + name(other));
      }
    });
  }
  return wrong; }"""
"""What on takes lies over something else, is cut, or leaves its take."""
FRAMES = """async () => {
  for (let n = 0; n < 4; n += 1) await new Promise(done => requestAnimationFrame(done)); }"""
"""Waits until the takes have the size that a new window gives them."""


@pytest.mark.slow
def test_on_a_take_of_any_size_and_state_nothing_lies_over_another_thing(
    page: Page, app: Served, runs: Runs, every: Run
):
    """Also with the buttons that are only there while the pointer is on a take, and on upright ones."""
    leave(page)
    page.goto(f"{app.url}?run={every.id}")
    for run in (every.id, runs.upright):
        if run != every.id:
            show(page, app, run, 4)
        until(page, f"{CELLS}.length > 0")
        acts = page.add_style_tag(content="#grid .tg-cell .tg-acts { display: flex !important; }")
        for width, height in ((390, 844), (1400, 900), (1024, 768)):
            page.set_viewport_size({"width": width, "height": height})
            page.evaluate(FRAMES)
            assert page.evaluate(PARTS) == [], (width, height)
        acts.evaluate("node => node.remove()")
        page.locator("#grid [data-act=fullscreen]").click()
        until(page, "document.fullscreenElement !== null")
        page.evaluate(FRAMES)
        assert page.evaluate(PARTS) == [], "full screen"
        page.evaluate("() => document.exitFullscreen()")
        until(page, "document.fullscreenElement === null")
    page.set_viewport_size(browser.WIDE)


@pytest.mark.slow
def test_upright_clips_stand_side_by_side_and_fill_their_stages(page: Page, app: Served, runs: Runs):
    show(page, app, runs.upright, 4)
    boxes = [stage.bounding_box() for stage in page.locator("#grid .tg-stage").all()]
    assert len({round(box["y"]) for box in boxes}) == 1
    assert all(box["width"] / box["height"] == pytest.approx(9 / 16, rel=0.02) for box in boxes)


# whatever the world hands out ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_at_one_moment_every_kind_of_clip_shows_its_picture_of_it(page: Page, app: Served, runs: Runs):
    """Frames apart: 0. What the browser cannot play, a copy shows, and says so; shapes are those of the picture."""
    clips = [odd_clips.ODD[name] for name in KINDS]
    leave(page)
    page.goto(f"{app.url}?run={runs.kinds}")
    until(page, f"{CELLS}.length === arg", len(KINDS))
    until(page, world.SETTLED, "#grid")
    assert dict(zip(KINDS, world.on_page(page, clips, 40), strict=True)) == dict.fromkeys(KINDS, 0)
    shown = dict(zip(KINDS, page.evaluate(world.SHOWN, "#grid"), strict=True))
    copied = {name for name in KINDS if not odd_clips.ODD[name].plays}
    assert {name for name, said in shown.items() if said["plays"] != "the clip"} == copied
    assert [said["size"] for said in shown.values()] == [[160, 90]] * len(KINDS)
    kinds = ("GIF", "HEVC in MP4", "ProRes 4:2:2 of 10 bits in MOV")
    words = page.locator("#grid .tg-badge").filter(has_text="H.264 copy").all_inner_texts()
    assert sorted(words) == [f"H.264 copy: this browser cannot play {kind}" for kind in kinds]


@pytest.mark.slow
def test_a_step_leads_to_the_next_picture_however_unevenly_they_come(page: Page, app: Served, runs: Runs):
    show(page, app, runs.uneven, 2)
    seen = []
    for _ in range(8):
        until(page, f"{PLAYER}.drift() === 0")
        seen.append(page.evaluate(world.READ, "#grid"))
        press(page, ".")
        still(page)
    assert seen == [[number] * 2 for number in odd_clips.ODD["uneven.mp4"].numbers[:8]]
    press(page, ",")
    still(page)
    until(page, f"{PLAYER}.drift() === 0")
    assert page.evaluate(world.READ, "#grid") == seen[-1]


@pytest.mark.slow
def test_a_clip_that_fails_while_it_plays_goes_on_as_a_copy(page: Page, app: Served, runs: Runs):
    show(page, app, runs.pair, 2)
    page.locator("#grid [data-act=scrub]").fill("1")
    still(page)
    before = times(page)
    page.evaluate(f"() => {PLAYER}.videos()[1].dispatchEvent(new Event('error'))")
    until(page, f"{PLAYER}.videos()[1].src.endsWith('-playable.mp4')")
    still(page)
    assert times(page) == pytest.approx(before, abs=2e-3)
    assert page.locator("#grid .tg-copied:visible").all_inner_texts() == ["copy"]
    press(page, "1", "c")
    assert page.locator("#grid .tg-name-b").inner_text().endswith(" · copy")
    press(page, "Escape")
    leave(page)


@pytest.mark.slow
def test_of_a_clip_that_nothing_plays_it_is_said_with_a_way_to_have_it(page: Page, app: Served, runs: Runs):
    leave(page)
    page.goto(f"{app.url}?run={runs.lost}")
    words = page.locator("#grid .tg-fault-words:visible").filter(has_text="No copy of it can be made")
    words.wait_for()
    assert "This browser cannot play HEVC in MP4." in words.inner_text()
    assert page.locator("#grid [data-act=download]:visible").get_attribute("href").endswith(".mp4")
    assert page.evaluate(f"() => {PLAYER}.videos().length") == 1, "the other goes on without it"
    WATCHED[page].errors.clear()  # the browser tells of the copy that it was refused


# two takes ------------------------------------------------------------------------------------------------------------

PIXELS = """() => { const canvas = document.querySelector('#grid .tg-canvas');
  const mean = (x, width) => { const data = canvas.getContext('2d').getImageData(x, canvas.height / 3, width, 40).data;
    const sum = [0, 0, 0]; for (let i = 0; i < data.length; i += 1) if (i % 4 < 3) sum[i % 4] += data[i];
    return sum.map(each => Math.round(each / (data.length / 4))); };
  const part = Math.floor(canvas.width * 0.2);
  return { left: mean(Math.floor(canvas.width * 0.05), part), right: mean(Math.floor(canvas.width * 0.75), part) }; }"""


def drawn(page: Page) -> dict[str, list[int]]:
    """Mean colors of the left and the right part of the picture, once it is drawn."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page.evaluate(PIXELS)


def far(one: list[int], other: list[int]) -> int:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def split(page: Page) -> int:
    return int(page.locator("#grid .tg-divider").get_attribute("aria-valuenow") or -1)


@pytest.mark.slow
def test_the_wipe_follows_mouse_touch_and_keys(page: Page, app: Served, runs: Runs):
    show(page, app, runs.two, 3)
    press(page, "1", "c")
    page.locator("#grid .tg-pair-stage").scroll_into_view_if_needed()
    box = page.locator("#grid .tg-pair-stage").bounding_box()
    across = lambda part: (box["x"] + part * box["width"], box["y"] + box["height"] / 2)  # noqa: E731
    page.mouse.move(*across(0.5))
    page.mouse.down()
    page.mouse.move(*across(0.98), steps=5)
    only_a = drawn(page)
    page.mouse.move(*across(0.02), steps=5)
    only_b = drawn(page)
    page.mouse.move(*across(0.5), steps=5)
    page.mouse.up()
    both = drawn(page)
    assert split(page) == 50
    assert far(only_a["right"], only_b["right"]) > 25, "the two takes look different"
    assert far(both["left"], only_a["left"]) <= 3
    assert far(both["right"], only_b["right"]) <= 3
    press(page, "ArrowLeft", "ArrowLeft", "Shift+ArrowRight")
    assert split(page) == 58
    press(page, "Home")
    assert split(page) == 0
    touch = page.context.new_cdp_session(page)
    for kind, part in (("touchStart", 0.1), ("touchMove", 0.4), ("touchMove", 0.7)):
        x, y = across(part)
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    until(page, "document.querySelector('#grid .tg-divider').getAttribute('aria-valuenow') === '70'")


@pytest.mark.slow
def test_the_difference_of_equal_takes_is_black_and_of_others_is_not(page: Page, app: Served, runs: Runs):
    show(page, app, runs.two, 3)
    press(page, "1", "c")
    pick = page.locator("#grid [data-act=pick-b]")
    pick.select_option(index=2)
    page.locator("#grid [data-mode=difference]").click()
    assert far(drawn(page)["left"], [0, 0, 0]) <= 1
    pick.select_option(index=1)
    assert far(drawn(page)["left"], [0, 0, 0]) > 25
    page.locator("#grid [data-act=gain]").select_option("16")
    assert page.evaluate("() => document.querySelector('#grid .tg-canvas').style.filter") == "brightness(16)"
    assert "amplified 16×" in page.locator("#grid .tg-name-b").inner_text()


SIDES = f"""() => {{ const canvas = document.querySelector('#grid .tg-canvas');
  const mean = (source, x, y, width, height) => {{ const small = document.createElement('canvas');
    small.width = small.height = 16; const context = small.getContext('2d');
    context.drawImage(source, x, y, width, height, 0, 0, 16, 16);
    const data = context.getImageData(0, 0, 16, 16).data; const sum = [0, 0, 0];
    for (let i = 0; i < data.length; i += 1) if (i % 4 < 3) sum[i % 4] += data[i];
    return sum.map(each => Math.round(each / 256)); }};
  const of = video => mean(video, 0, 0, video.videoWidth, video.videoHeight);
  const {{ width, height }} = canvas;
  return {{ takes: {PLAYER}.videos().map(of), whole: mean(canvas, 0, 0, width, height),
    left: mean(canvas, 0, 0, width / 2, height), right: mean(canvas, width / 2, 0, width / 2, height),
    top: mean(canvas, 0, 0, width, height / 2), bottom: mean(canvas, 0, height / 2, width, height / 2) }}; }}"""
"""Mean colors of the takes themselves, and of the halves of the picture that compares two of them."""
CLOSE = 4
"""Levels of 255 by which the mean of a picture and of its smaller copy may differ."""


def sides(page: Page) -> dict[str, Any]:
    drawn(page)
    return page.evaluate(SIDES)


@pytest.mark.slow
def test_side_by_side_shows_both_takes_whole_beside_or_on_a_phone_above_each_other(page: Page, app: Served, runs: Runs):
    show(page, app, runs.two, 3)
    press(page, "1", "a", "2", "b")
    page.locator("#grid button[data-mode=wipe]").click()
    press(page, "v")
    assert page.locator("#grid button[data-mode=side]").get_attribute("aria-pressed") == "true"
    seen = sides(page)
    first, second, _ = seen["takes"]
    assert far(first, second) > 25, "the two takes look different"
    assert (far(seen["left"], first) <= CLOSE, far(seen["right"], second) <= CLOSE) == (True, True), seen
    page.locator("#grid [data-act=swap]").click()
    seen = sides(page)
    assert (far(seen["left"], second) <= CLOSE, far(seen["right"], first) <= CLOSE) == (True, True), seen
    page.set_viewport_size({"width": 390, "height": 844})
    until(page, "document.querySelector('#grid .tg-pair-stage').dataset.stacked === 'true'")
    seen = sides(page)
    page.set_viewport_size(browser.WIDE)
    assert (far(seen["top"], second) <= CLOSE, far(seen["bottom"], first) <= CLOSE) == (True, True), seen


@pytest.mark.slow
def test_blinking_shows_one_take_and_the_other_in_turn_by_itself(page: Page, app: Served, runs: Runs):
    show(page, app, runs.two, 3)
    press(page, "1", "a", "2", "b")
    page.locator("#grid button[data-mode=wipe]").click()
    press(page, "v", "v", "v")
    assert page.locator("#grid button[data-mode=blink]").get_attribute("aria-pressed") == "true"
    named = "['a', 'b'].filter(name => !document.querySelector(`#grid .tg-name-${name}`).hidden)"
    until(page, f"{named}.length === 1")  # the picture of the way before stays until the next is drawn
    shown: list[int] = []
    for _ in range(200):
        (name,), seen = page.evaluate(f"() => [{named}, ({SIDES})()]")  # of one moment
        take = "ab".index(name)
        assert far(seen["whole"], seen["takes"][take]) <= CLOSE, name
        shown += [take] if shown[-1:] != [take] else []
        if len(shown) == 4:
            break
        page.wait_for_timeout(browser.LOOK_MS)
    assert shown in ([0, 1, 0, 1], [1, 0, 1, 0])


@pytest.mark.slow
def test_blinking_is_left_to_the_hand_where_motion_is_unwelcome_and_labels_hide(page: Page, app: Served, runs: Runs):
    page.emulate_media(reduced_motion="reduce")
    show(page, app, runs.two, 3)
    press(page, "1", "a", "2", "b")
    page.locator("#grid button[data-mode=blink]").click()
    page.evaluate("() => document.activeElement.blur()")
    first = drawn(page)
    assert page.locator("#grid .tg-name-a").is_visible()
    press(page, "x")
    assert far(drawn(page)["left"], first["left"]) > 25
    assert page.locator("#grid .tg-name-b").is_visible()
    press(page, "n")
    hidden = "[...document.querySelectorAll('#grid :is(.tg-name, .tg-who, .tg-label)')]"
    until(page, f"{hidden}.every(node => getComputedStyle(node).visibility === 'hidden')")
    press(page, "Escape")
    assert not page.locator("#grid .tg-pair").is_visible()


# the input beside the output ------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_input_image_is_wiped_over_the_first_frame_of_every_take_that_was_sent_it(
    page: Page, app: Served, runs: Runs
):
    show(page, app, runs.two, 3)
    press(page, ".", ".", "i")
    until(page, "document.querySelectorAll('#grid .tg-given:not([hidden])').length === 2")
    until(page, "[...document.querySelectorAll('#grid .tg-given')].every(image => image.naturalWidth > 0)")
    assert page.evaluate(f"() => {PLAYER}.frame()") == 0
    assert page.locator("#grid .tg-given-note:visible").all_inner_texts()[1] == "no image was sent"
    box = page.locator("#grid .tg-stage").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 50)
    page.mouse.down()
    page.mouse.up()
    clips = "[...document.querySelectorAll('#grid .tg-given')].map(image => getComputedStyle(image).clipPath)"
    assert page.evaluate(f"() => new Set({clips}).size") == 1
    assert "75%" in page.evaluate(f"() => {clips}[0]")
    assert page.evaluate(f"() => {PLAYER}.videos().every(video => video.paused)"), "moving the divider plays nothing"
    assert page.locator("#grid .tg-given:visible").count() == 2
    page.locator("#grid [data-act=play]").click()
    until(page, "document.querySelectorAll('#grid .tg-given:not([hidden])').length === 0")


@pytest.mark.slow
def test_a_filmstrip_of_eight_frames_leads_to_each_of_them(page: Page, app: Served, runs: Runs):
    show(page, app, runs.two, 3)
    films = page.locator("#grid .tg-film-image")
    films.last.scroll_into_view_if_needed()
    until(page, "[...document.querySelectorAll('#grid .tg-film-image')].every(image => image.naturalWidth > 0)")
    shape = page.evaluate("() => { const image = document.querySelector('#grid .tg-film-image'); return"
                          " image.naturalWidth / image.naturalHeight; }")  # fmt: skip
    assert shape == pytest.approx(8 * 16 / 9, rel=0.02)
    box = films.first.bounding_box()
    films.first.click(position={"x": box["width"] * 7.5 / 8, "y": 10})
    still(page)
    assert times(page) == pytest.approx([71.5 / 24] * 3, abs=5e-3)
    assert page.evaluate(f"() => {PLAYER}.frame()") == 71


# judging, and taking it along -----------------------------------------------------------------------------------------

BALLOT = "document.querySelector('#ballot .takes-grid').parentElement.__takes"
DRAWN = "document.querySelectorAll('#ballot video').length === 2"
SELLERS = "|".join(each.name for each in PROVIDERS.values())
NAMES = re.compile(rf"\b({SELLERS})\b|Hailuo|\$|credits|¥", re.IGNORECASE)


def until_said(page: Page, words: str) -> None:
    page.locator("#ballot .tg-ballot-said").filter(has_text=re.compile(words)).wait_for()


@pytest.mark.slow
def test_a_blind_vote_counts_only_when_every_clip_has_played_and_then_stands_on_the_leaderboard(
    page: Page, app: Served, runs: Runs
):
    leave(page)
    page.goto(f"{app.url}?vote={runs.pair}")
    until(page, DRAWN)
    until(page, f"{BALLOT}.videos().length === 2 && {BALLOT}.videos().every(video => video.readyState >= 2)")
    told = page.locator("#ballot").inner_text() + page.locator("#ballot").inner_html()
    assert NAMES.findall(told) == []
    assert not re.search(r"j_[0-9a-f]{32}|r_[0-9a-f]{32}", told)
    better = page.locator("#ballot [data-verdict='0']")
    assert better.is_disabled()
    until_said(page, "0 of 2 seen")
    page.locator("#ballot [data-act=loop]").click()
    page.locator("#ballot [data-act=speed]").select_option("2")
    page.locator("#ballot [data-act=play]").click()
    until_said(page, "All seen")
    better.click()
    until_said(page, "You preferred .* to ")
    until(page, "document.querySelectorAll('#ballot .tg-provider').length === 2")
    assert all(NAMES.search(name) for name in page.locator("#ballot .tg-provider").all_inner_texts())
    page.locator("#leaderboard").filter(has_text="Too few votes to rank").wait_for()
    assert "It rests on 1 vote (1 ballot of two takes), 1 comparison." in page.locator("#leaderboard").inner_text()
    assert page.locator("#pool label:has(input:checked)").inner_text().endswith("SANDBOX (1 vote)")
    assert "1" in page.locator("#win-matrix").inner_text()


@pytest.mark.slow
def test_the_next_ballot_comes_by_itself_unless_one_stays(page: Page, app: Served, runs: Runs):
    """The names are seen for some seconds; who stays goes on with Enter."""
    for stays in (True, False):
        leave(page)
        page.goto(f"{app.url}?vote={runs.twelve}")
        until(page, DRAWN)
        until(page, f"{BALLOT}.videos().length === 2 && {BALLOT}.videos().every(video => video.readyState >= 2)")
        page.locator("#ballot [data-act=speed]").select_option("2")
        page.locator("#ballot [data-act=play]").click()
        until_said(page, "All seen")
        page.locator("#ballot [data-verdict=tie]").click()
        until_said(page, "You found neither better")
        onward = page.locator("#ballot [data-act=skip-ballot]")
        if stays:
            page.locator("#ballot [data-act=stay]").click()
            assert onward.inner_text() == "Next ballot"
            page.locator("#ballot .takes-grid").focus()
            page.keyboard.press("Enter")
        until(page, "document.querySelector('#ballot .takes-grid').dataset.blind === 'true'")


@pytest.mark.slow
def test_of_three_or_more_the_best_and_the_worst_are_named(page: Page, app: Served, runs: Runs):
    leave(page)
    page.goto(f"{app.url}?vote={runs.two}")
    until(page, DRAWN)
    page.locator("#vote-kind").get_by_label("Best and worst").check()
    page.locator("#vote-next").click()
    until(page, "document.querySelectorAll('#ballot video').length > 2")
    until(page, f"{BALLOT}.videos().every(video => video.readyState >= 2)")
    assert page.evaluate("() => document.activeElement.matches('#ballot .takes-grid')"), "the keys are for its takes"
    send = page.locator("#ballot [data-act=send-vote]")
    assert send.is_disabled()
    assert page.locator("#ballot [data-choice=best-0]").is_disabled()
    page.locator("#ballot [data-act=loop]").click()
    page.locator("#ballot [data-act=speed]").select_option("2")
    page.locator("#ballot [data-act=play]").click()
    until_said(page, "All seen")
    page.locator("#ballot [data-choice=best-1]").click()
    page.locator("#ballot [data-choice=worst-1]").click()
    assert send.is_disabled(), "no take is both"
    page.locator("#ballot [data-choice=worst-0]").click()
    send.click()
    until_said(page, "Best: .+ Worst: .+")
    ledger = Ledger(app.home / "takes" / "ledger.sqlite3")
    vote = ledger.votes()[-1]
    ledger.close()
    assert (vote.kind, vote.verdict.best, vote.verdict.worst) == ("many", 1, 0)
    assert len(vote.shown) == page.locator("#ballot video").count()


@pytest.mark.slow
def test_of_a_take_that_the_browser_cannot_play_a_copy_is_judged(page: Page, app: Served, runs: Runs):
    leave(page)
    page.goto(f"{app.url}?vote={runs.hevc}")
    until(page, DRAWN)
    until(page, f"{BALLOT}.copied().filter(Boolean).length === 1")
    until(page, f"{BALLOT}.videos().every(video => video.readyState >= 2)")
    assert page.locator("#ballot .tg-copied:visible").all_inner_texts() == ["copy"]
    page.locator("#ballot [data-act=loop]").click()
    page.locator("#ballot [data-act=play]").click()
    until_said(page, "All seen")
    page.keyboard.press("t")  # as a press of *Tie*
    until_said(page, "You found neither better")


@pytest.mark.slow
def test_a_ballot_of_which_nothing_plays_says_so_and_leads_on(page: Page, app: Served, runs: Runs):
    leave(page)
    page.goto(f"{app.url}?vote={runs.lost}")
    until_said(page, "This browser cannot play Take [AB], so there is nothing to judge here")
    assert page.locator("#ballot [data-verdict]:visible").count() == 0
    told = page.evaluate("() => document.querySelector('#ballot [data-job]').dataset.job")
    page.locator("#ballot [data-act=skip-ballot]").click()
    until(page, "document.querySelector('#ballot [data-job]').dataset.job !== arg", told)
    WATCHED[page].errors.clear()  # the browser tells of the copies that it was refused


@pytest.mark.slow
def test_all_of_a_run_is_one_download(page: Page, app: Served, runs: Runs, tmp_path: Path):
    show(page, app, runs.pair, 2)
    with page.expect_download() as download:
        page.locator("#grid [data-act=export]").click()
    assert download.value.suggested_filename == f"takes-{runs.pair}-sandbox.zip"
    download.value.save_as(tmp_path / "takes.zip")
    with zipfile.ZipFile(tmp_path / "takes.zip") as file:
        names = {Path(name).name for name in file.namelist()}
    assert {"index.html", "grid.mp4", "results.csv", "results.jsonl", "results.parquet"} <= names


# for everybody --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def every(app: Served) -> Run:
    """24 takes: delivered, failed, in doubt, and some under way that the app does not work on."""
    scenes = Scenes(app.home / "takes")
    waiting = [Underway("running", 100), Underway("queued", 4000)]
    run = scenes.run([SMALL, SMALL, *gallery.FAILURES, *waiting, *gallery.FAILURES, *waiting * 6])
    scenes.close()
    return run


def serious(page: Page, rules: dict[str, Any] | None) -> list[tuple[str, str, Any]]:
    """What axe finds that matters: the rule, what it is about, and where."""
    return [
        (each["id"], each["help"], [node["html"][:160] for node in each["nodes"]][:3])
        for each in browser.wrongs(page, rules)
        if each["impact"] in SERIOUS
    ]


@pytest.mark.slow
def test_axe_finds_nothing_serious_on_any_tab(page: Page, app: Served, every: Run):
    leave(page)
    gallery.show(page, app.url, gallery.View("compare", f"?run={every.id}", gallery.keys("1", "c")), "light")
    found = {}
    for name in AFTER:
        if name == "Vote":  # on these takes nobody has voted; other ballots may be of takes that no browser plays
            page.goto(f"{app.url}?vote={every.id}")
        else:
            gallery.tab(name)(page)
        page.add_style_tag(content="* { transition: none !important; }")
        if name == "Sessions":
            gallery.add_session(app.home / "takes")
            page.locator("#sessions a").first.click()
        page.locator(AFTER[name]).first.wait_for()
        for theme, rules in (("light", None), ("dark", browser.COLORS)):
            page.evaluate("theme => document.body.classList.toggle('dark', theme === 'dark')", theme)
            found[f"{name}, {theme}"] = serious(page, rules)
    found = {name: what for name, what in found.items() if what}
    assert found == {}, json.dumps(found, indent=1)


@pytest.mark.slow
def test_nothing_moves_by_itself_where_motion_is_unwelcome(page: Page, app: Served, every: Run):
    moving = "() => document.getAnimations().filter(each => each.playState === 'running').length"
    leave(page)
    page.goto(f"{app.url}?run={every.id}")
    until(page, f"{CELLS}.length > 0")
    until(page, f"({moving})() > 0")
    page.emulate_media(reduced_motion="reduce")
    until(page, f"({moving})() === 0")
    lasting = """() => [...document.querySelectorAll('#grid *')]
      .filter(node => /[1-9]/.test(getComputedStyle(node).transitionDuration)).length"""
    assert page.evaluate(lasting) == 0
    again = page.locator("#grid [data-act=again]").first
    assert "Take again" in again.get_attribute("aria-label")
    until(page, "document.querySelectorAll('#grid video[aria-label]').length === 2")
