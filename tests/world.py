"""Clips as the world hands them out, through a real run, an export and a browser: ``python -m tests.world``.

The sandbox hands out every file of ``tests/odd_clips.py`` by a fault plan. Of each is printed how many frames what is
shown at a moment is away from what should be: on the page at every place of the scrubber, on an export's page opened
from disk, and in its ``grid.mp4``; what size and rate are said and shown; and whether the clip plays or a copy of it.
Exits 1 where a clip is not delivered, a frame away, of another size or rate than it has, or not shown at all.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
import tempfile
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from comparisons.exports import mosaic
from comparisons.ledger import Ledger
from comparisons.media.ffmpeg import run as ffmpeg
from comparisons.records import Job
from comparisons.ui import sample
from tests import browser, odd_clips
from tests.browser import CELLS, until
from tests.odd_clips import OddClip
from tests.room import PLAYER

STAMP_S = 0.002
"""By how much the stamps of a file may be rounded: so close to a change of pictures, either is right."""
VARIANTS = ("apiframe:hailuo-2.3", "odirouter:minimax_hailuo_23_i2v", "runninghub:minimax/hailuo-2.3/i2v-standard",
            "runninghub:minimax/hailuo-2.3-fast/image-to-video")  # fmt: skip
SPEED = 60.0
FEW = 12
"""Places of the scrubber that are looked at where a picture of the whole page must be taken."""
READ = """room => { const canvas = document.createElement('canvas'); canvas.width = 160; canvas.height = 90;
  const paper = canvas.getContext('2d', { willReadFrequently: true });
  const bright = bar => paper.getImageData(20 * bar + 10, 45, 1, 1).data[0] > 127;
  const number = video => { paper.drawImage(video, 0, 0, 160, 90);
    return [0, 1, 2, 3, 4, 5, 6, 7].reduce((sum, bar) => sum + (bright(bar) << bar), 0); };
  return [...document.querySelectorAll(room + ' [data-job]')].map(cell => { const video = cell.querySelector('video');
    return video && !video.hidden && video.readyState >= 2 ? number(video) : null; }); }"""
"""The number that each take shows, null of one that shows nothing."""
SHOWN = """room => [...document.querySelectorAll(room + ' [data-job]')].map(cell => {
  const [video, copied, fault] = ['video', '.tg-copied', '.tg-fault'].map(name => cell.querySelector(name));
  const of = !video || video.hidden || !fault.hidden ? 'nothing' : copied.textContent ? 'a copy' : 'the clip';
  return { plays: of, size: video ? [video.videoWidth, video.videoHeight] : null }; })"""
BARE = """() => { for (const mark of document.querySelectorAll('.tg-stage > span')) mark.style.visibility = 'hidden';
  document.querySelector('.tg-player').style.position = 'static'; }"""
"""Leaves nothing before the pictures."""
SETTLED = """[...document.querySelectorAll(arg + ' [data-job]')].every(cell => {
  const [video, words] = ['video', '.tg-fault:not([hidden]) .tg-fault-words'].map(name => cell.querySelector(name));
  if (video && video.hidden) return words && !/on its way/.test(words.textContent);
  return video && video.readyState >= 2 && !video.seeking; })"""


@dataclass
class Seen:
    """What became of one kind of clip."""

    clip: OddClip
    job: Job | None = None
    plays: str = "nothing"
    size: tuple[int, int] | None = None
    apart: dict[str, int] = field(default_factory=dict)

    @property
    def faults(self) -> list[str]:
        media = self.job.result.media if self.job and self.job.result else None
        if media is None:
            return ["not delivered"]
        said, copy = (media.width, media.height), self.plays == "a copy"
        grown = tuple(2 * ((side + 1) // 2) for side in said) if copy else said
        wrong = [f"{frames} apart {where}" for where, frames in self.apart.items() if frames]
        wrong += ["nothing shown"] if self.plays == "nothing" else []
        wrong += ["a copy of what plays"] if copy and self.clip.plays else []
        wrong += [f"shown {self.size}"] if self.size and self.size != grown else []
        wrong += ["rate"] if abs(media.fps - self.clip.media.fps) > 0.001 else []
        return wrong + (["frames"] if media.frames != len(self.clip.numbers) else [])

    def line(self) -> str:
        media = self.job.result.media if self.job and self.job.result else None
        said = f"{media.width} × {media.height}" if media else "–"
        rate = f"{media.fps:g}{' mean' if media.variable else ''}" if media else "–"
        shown = f"{self.size[0]} × {self.size[1]}" if self.size else "–"
        places = "".join(f"{self.apart.get(where, '–'):>8}" for where in PLACES)
        faults = ", ".join(self.faults)
        return f"{self.clip.file:<22}{places}  {said:<11}{shown:<11}{rate:<13}{self.plays:<10}{faults}"


PLACES = ("page", "export", "grid")
BOXES = """() => [...document.querySelectorAll('#room .tg-stage')].map(stage => {
  const box = stage.getBoundingClientRect();
  return [box.x, box.y, box.right, box.bottom]; })"""
"""Where the takes of an export's page are in view: left, top, right and bottom, in pixels."""
BOTTOM = """() => Math.ceil(document.querySelector('#room').getBoundingClientRect().bottom + scrollY)"""
"""How far down an export's page its takes and player reach, in pixels."""
HEAD = f"{'clip':<22}{''.join(f'{where:>8}' for where in PLACES)}  {'size said':<11}{'shown':<11}{'fps said':<13}plays"


def apart(clip: OddClip, moment: float, number: int | None, slack: float = STAMP_S) -> int:
    """How many pictures of a clip what is shown is away from what should be, so long after its first (s)."""
    if number not in clip.numbers:
        return len(clip.numbers)
    times = [time - clip.times[0] for time in clip.times]
    first, last = (max(0, bisect_right(times, moment + off) - 1) for off in (-slack, slack))
    at = clip.numbers.index(number)
    return max(first - at, at - last, 0)


def go(page: Page, position: float, room: str) -> float:
    """Scrubs there, and returns where that is, once every take stands still there."""
    page.locator(f"{room} [data-act=scrub]").fill(f"{position:.3f}")
    player = player_of(room)
    until(page, f"{player}.videos().every(video => video.paused && !video.seeking) && {player}.drift() === 0")
    return float(page.evaluate(f"() => {player}.position()"))


def player_of(room: str) -> str:
    return PLAYER.replace("#grid", room)


def places(clips: Sequence[OddClip], count: int) -> list[float]:
    """So many places of the scrubber, from the first picture to past the last of the shortest."""
    longest = max(clip.media.duration_s for clip in clips)
    return [longest * (n + 0.5) / count for n in range(count)]


def on_page(page: Page, clips: Sequence[OddClip], count: int, room: str = "#grid") -> list[int]:
    """The most frames that each take was away, at so many places of the scrubber."""
    worst = [0] * len(clips)
    for position in places(clips, count):
        moment = go(page, position, room)
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        numbers = page.evaluate(READ, room)
        worst = [
            max(most, apart(clip, moment, number)) for most, clip, number in zip(worst, clips, numbers, strict=True)
        ]
    return worst


def from_disk(page: Page, clips: Sequence[OddClip], count: int) -> list[int]:
    """The same of an export's page, by pictures of it: its clips' pixels may not be read."""
    page.evaluate(BARE)
    # All takes in view from the start: a picture of a longer page has blanks where a video was not painted before.
    page.set_viewport_size({"width": 1400, "height": page.evaluate(BOTTOM)})
    worst = [0] * len(clips)
    for position in places(clips, count):
        moment = go(page, position, "#room")
        boxes = page.evaluate(BOXES)  # anew: what is late may have moved them
        picture = Image.open(io.BytesIO(page.screenshot()))
        for place, (clip, box) in enumerate(zip(clips, boxes, strict=True)):
            number = odd_clips.number_in(_inner(picture.crop(tuple(map(round, box)))))
            worst[place] = max(worst[place], apart(clip, moment, number))
    return worst


def _inner(cell: Image.Image) -> Image.Image:
    """The part of a cell that its 16:9 picture fills."""
    across, down = min(cell.width, round(cell.height * 16 / 9)), min(cell.height, round(cell.width * 9 / 16))
    left, top = (cell.width - across) // 2, (cell.height - down) // 2
    return cell.crop((left, top, left + across, top + down))


def in_grid(grid: Path, jobs: Sequence[Job], clips: Sequence[OddClip]) -> list[int]:
    """The same of the mosaic, whose frames are as near as its rate allows: of faster clips it cannot show each."""
    infos = [job.result.media for job in jobs]
    where, rate = mosaic.layout(infos), mosaic.rate(infos)
    size = where.width * where.height
    raw = ffmpeg("-v", "error", "-i", str(grid), "-f", "rawvideo", "-pix_fmt", "gray", "-").stdout
    worst = [0] * len(clips)
    for frame in range(len(raw) // size):
        picture = Image.frombytes("L", (where.width, where.height), raw[frame * size : (frame + 1) * size])
        for place, (clip, (x, y)) in enumerate(zip(clips, where.spots, strict=True)):
            cell = _inner(picture.crop((x, y, x + where.cell[0], y + where.cell[1])))
            near = max(0.5 / rate, 1 / clip.media.fps if clip.media.fps > rate else 0)
            away = apart(clip, float(frame / rate), odd_clips.number_in(cell), float(near) + STAMP_S)
            worst[place] = max(worst[place], away)
    return worst


# the run --------------------------------------------------------------------------------------------------------------


def ordered(home: Path, clips: Sequence[OddClip]) -> list[Seen]:
    """A run of the command line in which the sandbox hands out these clips, as it is in the ledger."""
    repeats = -(-len(clips) // len(VARIANTS))
    handed = (list(clips) * 2 * len(VARIANTS))[: repeats * len(VARIANTS)]
    plan = home / "clips.toml"
    plan.write_text("".join(f"[[clip]]\nfile = {json.dumps(str(odd_clips.make(clip)))}\n" for clip in handed), "utf-8")
    chosen = [word for variant in VARIANTS for word in ("--variant", variant)]
    asked = ["compare", "--sandbox", "--prompt", "Numbered", "--image", str(sample.PATH), *chosen]
    takes(home, *asked, "--repeats", str(repeats), TAKES_SANDBOX_FAULTS=str(plan))
    by_hash = {sha256(odd_clips.make(clip).read_bytes()).hexdigest(): clip for clip in clips}
    ledger = Ledger(home / "takes" / "ledger.sqlite3")
    jobs = ledger.runs(1)[0].jobs
    ledger.close()
    came = [Seen(by_hash[job.result.sha256], job) for job in jobs if job.result and job.result.sha256 in by_hash]
    return came + [Seen(clip) for clip in clips if clip not in [each.clip for each in came]]


def takes(home: Path, *words: str, **env: str) -> None:
    """The command line, as somebody would call it."""
    command = [sys.executable, "-m", "comparisons", *words]
    env = browser.clean_env(home, 0, SPEED) | env
    done = subprocess.run(command, cwd=browser.ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{words[0]} ends with {done.returncode}: {(done.stdout + done.stderr)[-600:]}", file=sys.stderr)


def watched(home: Path, run: str, shown: Sequence[Seen], count: int) -> None:
    """Looks at a run on the page, and at its export."""
    clips = [each.clip for each in shown]
    takes(home, "export", run, "--out", str(home))
    with browser.browse(home / "profile") as context:
        page = context.new_page()
        with browser.serve(home, SPEED) as app:
            page.goto(f"{browser.wait_up(app).url}?run={run}")
            until(page, f"{CELLS}.length === arg", len(clips))
            until(page, SETTLED, "#grid")
            for each, said in zip(shown, page.evaluate(SHOWN, "#grid"), strict=True):
                each.plays, each.size = said["plays"], said["size"] and tuple(said["size"])
            note(shown, "page", on_page(page, clips, count))
            page.goto("about:blank")
        page.goto((home / f"takes-{run}" / "index.html").as_uri())
        until(page, SETTLED, "#room")
        note(shown, "export", from_disk(page, clips, FEW))
    grid = home / f"takes-{run}" / "grid.mp4"
    if grid.exists():
        note(shown, "grid", in_grid(grid, [each.job for each in shown], clips))


def note(shown: Sequence[Seen], where: str, worst: Sequence[int]) -> None:
    for each, frames in zip(shown, worst, strict=True):
        each.apart[where] = frames


def main(arguments: list[str]) -> int:
    """Prints one line a kind of clip."""
    parser = argparse.ArgumentParser(prog="python -m tests.world", description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", metavar="WORD", help="only the clips whose names have this in them")
    parser.add_argument("--places", type=int, default=150, metavar="N", help="of the scrubber that are looked at")
    options = parser.parse_args(arguments)
    clips = [clip for clip in odd_clips.ALL if options.only in clip.file]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        seen = ordered(home, clips)
        came = [each for each in seen if each.job]
        watched(home, came[0].job.run, came, options.places)
    print(HEAD)
    for each in seen:
        print(each.line())
    bad = sum(bool(each.faults) for each in seen)
    print(f"{len(seen)} takes of {len(clips)} kinds of clip, {bad} not as they should be")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
