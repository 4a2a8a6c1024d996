"""How smooth the player is with many large clips: ``python -m tests.bench_player [--clips 12] [--height 1080]``.

Clips of six seconds play in a real browser that decodes and draws without a graphics card, the worst case. Printed are
the page's own figure of how far the clips are apart, sampled over two passes, their speed, and in the second the frames
that were decoded and dropped. The first is printed apart: the clips' small copies are made in it, where so many are too
much for a machine, and it finds its pace.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from playwright.sync_api import Page

from tests.browser import CELLS, browse, serve, until, wait_up
from tests.scenes import Clip, Scenes

PLAYER = "document.querySelector('#grid .takes-grid').parentElement.__takes"
SECONDS = 6
FRAMES = SECONDS * 24
FRAME_MS = 1000 / 24
SAMPLE_MS = 100
LEAST_SPEED, MOST_DROPPED = 0.95, 0.03
"""What still counts as smooth: of the speed asked for, and of all frames."""


def one_pass(page: Page) -> tuple[list[float], float]:
    """To the end of the clips: milliseconds apart, and how fast they played of what was asked for."""
    apart, frame, first, began, ended = [], -1, 0, 0.0, 0.0
    while True:
        now, drift = page.evaluate(f"() => [{PLAYER}.frame(), {PLAYER}.drift() * 1000]")
        if now < frame:
            return apart, (frame - first) / (FRAMES / SECONDS) / (ended - began)
        frame, ended = now, time.monotonic()
        if not apart:
            first, began = now, ended
        apart.append(drift)
        page.wait_for_timeout(SAMPLE_MS)


def frames(page: Page) -> list[int]:
    """The frames of all clips decoded so far, and of these the dropped ones."""
    each = "video => video.getVideoPlaybackQuality()"
    sums = f"of => {PLAYER}.videos().map({each}).reduce((sum, one) => sum + one[of], 0)"
    return [page.evaluate(sums, of) for of in ("totalVideoFrames", "droppedVideoFrames")]


def main(arguments: list[str]) -> int:
    """Prints the figures; 1 if they are not smooth: a frame apart, slowed down, or with more than a few frames lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench_player", description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=12, metavar="N")
    parser.add_argument("--height", type=int, default=1080, metavar="PIXELS")
    options = parser.parse_args(arguments)
    width = round(options.height * 16 / 9)
    with tempfile.TemporaryDirectory() as folder:
        scenes = Scenes(Path(folder) / "takes")
        run = scenes.run([Clip(width, options.height, SECONDS)] * options.clips)
        scenes.close()
        with serve(Path(folder), 10) as app, browse(Path(folder) / "profile") as context:
            page = context.new_page()
            page.goto(f"{wait_up(app).url}?run={run.id}")
            until(page, f"{CELLS}.length === arg && {PLAYER}.videos().length === arg", options.clips)
            until(page, f"{PLAYER}.videos().every(video => video.readyState >= 2)")
            page.locator("#grid .tg-cells").scroll_into_view_if_needed()
            page.locator("#grid [data-act=play]").click()
            passes = [one_pass(page)]
            until(page, f"{PLAYER}.copies() !== 'coming'")
            one_pass(page)  # what is left of the pass in which the last copy came
            before = frames(page)
            passes.append(one_pass(page))
            after = frames(page)
            small = page.evaluate(f"() => {PLAYER}.copies()")
    for name, (apart, speed) in zip(("first pass", "second pass"), passes, strict=True):
        print(f"{name}: {median(apart):.0f} ms apart (median), {max(apart):.0f} ms at most, {speed:.2f}x speed")
    drawn, dropped = (now - then for now, then in zip(after, before, strict=True))
    print(f"of {drawn} frames decoded in the second {dropped} were dropped; small copies: {small}")
    print(f"one frame is {FRAME_MS:.0f} ms")
    return int(median(passes[1][0]) > FRAME_MS or passes[1][1] < LEAST_SPEED or dropped > MOST_DROPPED * drawn)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
