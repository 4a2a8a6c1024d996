"""Clips stay together, however fast and far apart they play. Each test has the machine to itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest
from playwright.sync_api import Page

from tests.browser import Served, until
from tests.room import FRAME_S, PLAYER, press, show, still, times
from tests.scenes import Clip, Scenes

pytestmark = pytest.mark.alone

SMALL = Clip(320, 180, 3)


@dataclass(frozen=True)
class Runs:
    """Ids of the runs that are looked at."""

    six: str
    twelve: str
    three: str


@pytest.fixture(scope="module")
def runs(home: Path) -> Runs:
    scenes = Scenes(home / "takes")
    six, twelve, three = ([Clip(1366, 768, 6)] * 6, [SMALL] * 12, [SMALL] * 3)
    ids = [scenes.run(takes).id for takes in (six, twelve, three)]
    scenes.close()
    return Runs(*ids)


def apart(page: Page, first: int, last: int, by: int) -> list[float]:
    """Seconds by which the clips are apart while they play, at eleven frames or so of the longest."""
    seen = []
    for frame in range(first, last, by):
        until(page, f"{PLAYER}.frame() >= arg", frame)
        seen.append(page.evaluate(f"() => {PLAYER}.drift()"))
    return seen


@pytest.mark.slow
def test_after_three_seconds_six_clips_are_within_one_frame(page: Page, app: Served, runs: Runs):
    show(page, app, runs.six, 6)
    press(page, "Space")
    until(page, f"{PLAYER}.frame() >= 72")
    assert min(times(page)) > 2.5
    seen = apart(page, 72, 136, 6)
    press(page, "Space")
    still(page)
    assert median(seen) <= FRAME_S, seen


@pytest.mark.slow
def test_twelve_clips_play_within_one_frame_of_each_other(page: Page, app: Served, runs: Runs):
    show(page, app, runs.twelve, 12)
    press(page, "r", "Space")
    seen = apart(page, 12, 66, 5)
    assert "ms apart" in page.locator("#grid [data-act=drift]").inner_text()
    press(page, "Space")
    still(page)
    assert median(seen) <= FRAME_S, seen


HINDER = f"""() => {{ const video = {PLAYER}.videos()[1]; const real = video.playbackRate;
  Object.defineProperty(video, 'playbackRate', {{ configurable: true, get: () => real, set: () => {{}} }});
  Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'playbackRate').set.call(video, 0.0625); }}"""
"""Has one clip all but stand still while it says that it plays, as one does whose frames do not arrive."""
LEFT_BEHIND = f"""async () => {{ let most = 0; const until = performance.now() + 1200;
  while (performance.now() < until) {{
    most = Math.max(most, {PLAYER}.drift()); await new Promise(requestAnimationFrame);
  }} return most; }}"""


@pytest.mark.slow
def test_when_one_clip_stands_still_the_others_wait_for_it(page: Page, app: Served, runs: Runs):
    show(page, app, runs.twelve, 12)
    press(page, "Space")
    until(page, f"{PLAYER}.frame() >= 6")
    page.evaluate(HINDER)
    assert page.evaluate(LEFT_BEHIND) < 0.25, "they go on for two frames and the time it takes to notice"
    page.evaluate(f"() => {{ delete {PLAYER}.videos()[1].playbackRate; }}")
    until(page, f"{PLAYER}.frame() >= 30")
    seen = apart(page, 30, 63, 3)
    press(page, "Space")
    still(page)
    assert median(seen) <= FRAME_S, seen


@pytest.mark.slow
def test_a_take_is_moved_against_the_others_by_frames_of_its_own(page: Page, app: Served, runs: Runs):
    show(page, app, runs.three, 3)
    start = times(page)
    press(page, "2", "]", "]", "]")
    still(page)
    assert times(page) == pytest.approx([start[0], start[1] + 3 * FRAME_S, start[2]], abs=2e-3)
    press(page, "d")
    assert page.locator("#grid [data-act=unshift]").all_inner_texts() == ["0 f", "+3 f", "0 f"]
    press(page, ".")
    still(page)
    assert times(page)[1] - times(page)[0] == pytest.approx(3 * FRAME_S, abs=2e-3)
    press(page, "Space")
    until(page, f"{PLAYER}.frame() >= 24")
    ahead = page.evaluate(f"() => {PLAYER}.videos()[1].currentTime - {PLAYER}.videos()[0].currentTime")
    assert ahead == pytest.approx(3 * FRAME_S, abs=FRAME_S)
    press(page, "Space", "[", "[", "[", "[")
    still(page)
    assert page.locator("#grid [data-act=unshift]").all_inner_texts()[1] == "−1 f"
    page.locator("#grid [data-act=unshift]").nth(1).click()
    still(page)
    assert times(page) == pytest.approx([times(page)[0]] * 3, abs=2e-3)


MOVED = f"""async () => {{ const video = {PLAYER}.videos()[0]; const at = [performance.now(), video.currentTime];
  await new Promise(done => setTimeout(done, 400));
  const moved = (video.currentTime - at[1] + video.duration) % video.duration;
  return moved / (performance.now() - at[0]) * 1000; }}"""
"""Seconds of the clip per second of the clock, while it plays; it may have begun anew meanwhile."""


@pytest.mark.slow
def test_every_speed_from_a_tenth_to_double_is_reached_by_keys_and_kept(page: Page, app: Served, runs: Runs):
    show(page, app, runs.three, 3)
    speed = page.locator("#grid [data-act=speed]")
    reached = {}
    press(page, "<", "<", "<", "<", "<", "k")
    for wanted in ("0.1", "0.25", "0.5", "1", "1.5", "2"):
        assert speed.input_value() == wanted
        rates = page.evaluate(f"() => {PLAYER}.videos().map(video => video.playbackRate)")
        assert rates == pytest.approx([float(wanted)] * 3, rel=0.35), "a clip is nudged by less than a third"
        until(page, f"{PLAYER}.videos().every(video => !video.paused && !video.seeking)")
        reached[wanted] = page.evaluate(MOVED)
        press(page, ">")
    assert speed.input_value() == "2", "the last is the fastest"
    press(page, "k", "<", "<")
    still(page)
    assert speed.input_value() == "1"
    assert reached["0.1"] == pytest.approx(0.1, abs=0.06)
    assert reached["2"] > 5 * reached["0.1"], "a busy machine slows all clips down"
