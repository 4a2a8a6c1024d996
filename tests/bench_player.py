"""How smooth the player is with many large clips: ``python -m tests.bench_player [--clips 12] [--height 1080]``.

Clips of six seconds play in a real browser that decodes and draws without a graphics card, the worst case. Printed are
the page's own figure of how far the clips are apart, sampled over two passes, the speed it settled at, and the frames
that were drawn and dropped. The first pass is printed apart: a machine that is too slow finds its pace in it.
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


def one_pass(page: Page) -> tuple[list[float], float]:
    """Milliseconds apart over one pass of the clips, and the seconds it took."""
    apart, began, frame = [], time.monotonic(), 0
    while True:
        page.wait_for_timeout(SAMPLE_MS)
        now, drift = page.evaluate(f"() => [{PLAYER}.frame(), {PLAYER}.drift() * 1000]")
        if now < frame:
            return apart, time.monotonic() - began
        frame = now
        if 12 <= frame <= FRAMES - 6:
            apart.append(drift)


def main(arguments: list[str]) -> int:
    """Prints the figures; 1 if the clips are more than a frame apart once the player has found its pace."""
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
            passes = [one_pass(page), one_pass(page)]
            quality = page.evaluate(f"() => {PLAYER}.videos().map(video => video.getVideoPlaybackQuality())"
                                    ".map(each => [each.totalVideoFrames, each.droppedVideoFrames])")  # fmt: skip
    for name, (apart, took) in zip(("first pass", "second pass"), passes, strict=True):
        print(
            f"{name}: {median(apart):.0f} ms apart (median), {max(apart):.0f} ms at most, {SECONDS / took:.2f}x speed"
        )
    drawn, dropped = (sum(each) for each in zip(*quality, strict=True))
    print(f"{drawn} frames decoded, {dropped} of them dropped; one frame is {FRAME_MS:.0f} ms")
    return int(median(passes[1][0]) > FRAME_MS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
